-- SPDX-License-Identifier: ISC
-- Statements on rotations that go on: two live secrets of one key.

-- :name rotation_seen
-- Calls with a secret; those of an older day are forgotten.
UPDATE key_secret SET
    calls = CASE WHEN calls_day_s = :day THEN calls + :calls ELSE :calls END,
    calls_day_s = :day, used_address = :address, used_agent = :agent,
    used_s = max(ifnull(used_s, 0), :at)
WHERE id = :id;

-- :name rotation_plan
-- When the old secret ends.
UPDATE key_secret SET ends_s = :at, silent_s = :silent, silent_from_s = :now
WHERE key_id = :key AND ends_s > :now;

-- :name rotation_old_back
UPDATE key_secret SET ends_s = NULL, silent_s = NULL, silent_from_s = NULL
WHERE id = :id AND key_id = :key AND ends_s > :now;

-- :name rotation_new_end
UPDATE key_secret SET ends_s = :now
WHERE id = :id AND key_id = :key AND ends_s IS NULL;

-- :name rotation_silent
-- Old secrets that nobody used for as long as was asked for.
SELECT s.id, k.prefix, k.workspace_id
FROM key_secret s JOIN api_key k ON k.id = s.key_id
WHERE s.silent_s IS NOT NULL AND s.ends_s > :now
    AND max(ifnull(s.used_s, 0), s.silent_from_s) + s.silent_s <= :now
LIMIT 20;

-- :name rotation_silent_end
-- Only if it is still so.
UPDATE key_secret SET ends_s = :now, silent_s = NULL
WHERE id = :id AND ends_s > :now
    AND max(ifnull(used_s, 0), silent_from_s) + silent_s <= :now;
