-- SPDX-License-Identifier: ISC
-- Statements on credits and their ledger.

-- :name credit_state
SELECT credits_micro, credits_reserved_micro,
    (SELECT ifnull(-sum(amount_micro), 0) FROM credit_line l
        WHERE l.workspace_id = w.id AND l.at_s >= :month
            AND l.kind = 'model_usage')
FROM workspace w WHERE w.id = :workspace;

-- :name credit_use_on
UPDATE workspace SET credits_micro = 0
WHERE id = :workspace AND credits_micro IS NULL;

-- :name credit_use_off
UPDATE workspace SET credits_micro = NULL
WHERE id = :workspace AND credits_micro IS NOT NULL;

-- :name credit_move
-- NULL: credits are not used here.
UPDATE workspace SET credits_micro = credits_micro + :amount
WHERE id = :workspace AND credits_micro IS NOT NULL
RETURNING credits_micro;

-- :name credit_entry_insert
INSERT INTO credit_entry (uuid, workspace_id, at_s, kind, amount_micro,
    balance_micro, model, reference, note, by_name, once)
VALUES (:uuid, :workspace, :at, :kind, :amount, :balance, :model, :reference,
    :note, :by, :once);

-- :name credit_once
SELECT 1 FROM credit_entry WHERE workspace_id = :workspace AND once = :once;

-- :name credit_line_extend
-- Only the newest line grows.
UPDATE credit_line SET until_s = :at, calls = calls + :calls,
    amount_micro = amount_micro + :amount, balance_micro = :balance
WHERE id = (SELECT max(l.id) FROM credit_line l
        WHERE l.workspace_id = :workspace)
    AND kind = 'model_usage' AND at_s >= :day;

-- :name credit_line_insert
INSERT INTO credit_line (workspace_id, kind, at_s, until_s, calls,
    amount_micro, balance_micro, note, by_name)
VALUES (:workspace, :kind, :at, :at, :calls, :amount, :balance, :note, :by);

-- :part credit_columns
id, kind, at_s, until_s, calls, amount_micro, balance_micro, note, by_name

-- :part credit_wanted
    AND (:kind IS NULL OR kind = :kind)
    AND (:from IS NULL OR until_s >= :from) AND (:to IS NULL OR at_s < :to)

-- :name credit_list
-- Newest first, older than :mark.
SELECT
-- :use credit_columns
FROM credit_line
WHERE workspace_id = :workspace AND (:mark IS NULL OR id < :mark)
-- :use credit_wanted
ORDER BY id DESC LIMIT :most;

-- :name credit_list_back
-- Oldest first, newer than :mark: the page before.
SELECT
-- :use credit_columns
FROM credit_line
WHERE workspace_id = :workspace AND id > :mark
-- :use credit_wanted
ORDER BY id LIMIT :most;
