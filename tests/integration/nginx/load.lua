-- SPDX-License-Identifier: Apache-2.0
-- wrk's requests: four gets to one put, over 1,000 keys.
local sent = 0

request = function()
  sent = sent + 1
  local path = "/b/load-" .. (sent * 7919) % 1000
  if sent % 5 == 0 then return wrk.format("PUT", path, nil, "value of " .. path) end
  return wrk.format("GET", path)
end
