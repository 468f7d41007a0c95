-- SPDX-License-Identifier: ISC
-- Runs before the gate and, for an allowed call, once more after it: only then
-- is KEYLODGE_KEY set, by the gate's answer "Variable-KEYLODGE_KEY".
local key = lighty.r.req_env["KEYLODGE_KEY"]
local header = lighty.r.req_header
header["X-Keylodge-Key"] = key or ""
if key then
    header["Authorization"] = ""
end
return 0
