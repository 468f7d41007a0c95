-- SPDX-License-Identifier: ISC
-- wrk: a random key of the file in $KEYS with each request
local keys = {}
for line in io.lines(os.getenv("KEYS")) do keys[#keys + 1] = line end
function init(args)
   math.randomseed(os.time())
end
function request()
   local key = keys[math.random(#keys)]
   return wrk.format("GET", nil, {
      ["Authorization"] = "Bearer " .. key,
      ["X-Model"] = "openai/gpt-5",
      ["X-Original-URI"] = "/protected/v1/chat/completions"
   })
end
