-- SPDX-License-Identifier: ISC
-- wrk: $BATCH new usage reports of the key $REPORTED with each request, by the
-- management key $MANAGER
local size = tonumber(os.getenv("BATCH"))
local key = os.getenv("REPORTED"):sub(1, 8)
local base, n = "", 0
local headers = {
   ["Authorization"] = "Bearer " .. os.getenv("MANAGER"),
   ["Content-Type"] = "application/json"
}
function init(args)
   math.randomseed(os.time())
   base = os.time() .. "-" .. size .. "-" .. math.random(1000000) .. "-"
end
function request()
   local all = {}
   for i = 1, size do
      n = n + 1
      all[i] = '{"id":"' .. base .. n .. '","key":"' .. key ..
         '","model":"openai/gpt-5","endpoint":"/v1/chat/completions",' ..
         '"input_tokens":' .. n % 5000 .. ',"output_tokens":' .. n % 900 .. "}"
   end
   return wrk.format("POST", nil, headers,
      '{"reports":[' .. table.concat(all, ",") .. "]}")
end
