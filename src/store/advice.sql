-- SPDX-License-Identifier: ISC
-- Statements on advice.

-- :name advice_use
-- What a key did, by day, model and endpoint.
SELECT start_s, model, endpoint, succeeded + failed, input_tokens,
    output_tokens, cost_micro
FROM usage_day
WHERE workspace_id = :workspace AND key_id = :key AND start_s >= :from
ORDER BY start_s LIMIT :most;

-- :name advice_done_insert
INSERT INTO advice_done (uuid, workspace_id, key_id, kind, rule_id, at_s,
    by_name, was, became)
VALUES (:uuid, :workspace, :key, :kind, :rule, :at, :by, :was, :became);

-- :name advice_done_list
-- Newest first, of one key.
SELECT id, uuid, key_id, kind, rule_id, at_s, by_name, was, became
FROM advice_done
WHERE key_id = :key AND workspace_id = :workspace AND at_s > :from
    AND undone_s IS NULL
ORDER BY at_s DESC, id DESC LIMIT :most;

-- :name advice_done_get
SELECT id, uuid, key_id, kind, rule_id, at_s, by_name, was, became
FROM advice_done
WHERE uuid = :uuid AND workspace_id = :workspace AND key_id = :key
    AND at_s > :from AND undone_s IS NULL;

-- :name advice_done_undo
UPDATE advice_done SET undone_s = :now WHERE id = :id AND undone_s IS NULL;
