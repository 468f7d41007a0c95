-- SPDX-License-Identifier: ISC
-- Runs before the gate and, for an allowed call, once more after it: only then
-- are these set, by the gate's answers "Variable-KEYLODGE_...".  What a client
-- sent under these names is replaced in both cases.
local key = lighty.r.req_env["KEYLODGE_KEY"]
local workspace = lighty.r.req_env["KEYLODGE_WORKSPACE"]
local model = lighty.r.req_env["KEYLODGE_MODEL"]
local inference = lighty.r.req_env["KEYLODGE_INFERENCE"]
local header = lighty.r.req_header
-- "X_Keylodge_Key" is the same as "X-Keylodge-Key" to an upstream that reads
-- headers as CGI does: nobody sends such names but to be taken for another
local odd = {}
for name in pairs(header) do
    if name:find("_", 1, true) then odd[#odd + 1] = name end
end
for _, name in ipairs(odd) do header[name] = "" end
header["X-Keylodge-Key"] = key or ""
header["X-Keylodge-Workspace"] = workspace or ""
header["X-Keylodge-Model"] = model or ""
header["X-Inference-Id"] = inference or ""
if key then
    header["Authorization"] = ""
    header["X-Api-Key"] = ""
end
return 0
