-- SPDX-License-Identifier: ISC
-- Statements that find what there is to tell: keys that end, budgets.

-- :name watch_keys
-- Keys that end soon, of which nobody was told, soonest first.
SELECT id, workspace_id, prefix, created_s, expires_s,
    disabled_s IS NULL AND suspended_s IS NULL
FROM api_key
WHERE revoked_s IS NULL AND expires_s IS NOT NULL
    AND end_told_s IS NOT expires_s
    AND expires_s > :now AND expires_s <= :soon
ORDER BY expires_s LIMIT :most;

-- :name watch_key_told
UPDATE api_key SET end_told_s = expires_s WHERE id = :id;

-- :name watch_progress
SELECT at FROM progress WHERE job = :job;

-- :name watch_progress_set
INSERT INTO progress (job, at) VALUES (:job, :at)
ON CONFLICT (job) DO UPDATE SET at = excluded.at;

-- :name watch_last_call
SELECT id FROM usage_event WHERE id > 0 ORDER BY id DESC LIMIT 1;

-- :name watch_calls
-- Keys of the next calls, each once, and how far that is.
WITH calls AS (SELECT id, workspace_id, key_id FROM usage_event
    WHERE id > :after ORDER BY id LIMIT :most)
SELECT calls.workspace_id, k.id, k.prefix, max(calls.id)
FROM calls JOIN api_key k ON k.id = calls.key_id
GROUP BY k.id;

-- :name watch_budget
-- One row changes when this was not told yet.
INSERT INTO budget_told (key_id, rule_id, start_s, amount, level, at_s)
VALUES (:key, :rule, :start, :amount, :level, :now)
ON CONFLICT (key_id, rule_id, start_s, amount) DO UPDATE
SET level = excluded.level, at_s = excluded.at_s
WHERE level < excluded.level;
