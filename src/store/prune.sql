-- SPDX-License-Identifier: ISC
-- Statements that forget what is too old, a few rows at a time: the writer is
-- everybody's.  Sums of hours and days, the ledger and the audit log stay.

-- :name prune_next
-- The workspace after :after, and the instant of its oldest event.
SELECT w.id, w.event_months,
    (SELECT e.at_ms FROM usage_event e WHERE e.workspace_id = w.id
        ORDER BY e.at_ms LIMIT 1)
FROM workspace w WHERE w.id > :after ORDER BY w.id LIMIT 1;

-- :name prune_events
DELETE FROM usage_event WHERE id IN (SELECT id FROM usage_event
    WHERE workspace_id = :workspace AND at_ms < :before
    ORDER BY at_ms LIMIT :most);

-- :name prune_reservations
-- Those that closed by themselves; reports delete the others.
DELETE FROM reservation WHERE id IN (SELECT id FROM reservation
    WHERE closed_s IS NOT NULL AND closed_s < :before
    ORDER BY closed_s LIMIT :most);

-- :name prune_sessions
DELETE FROM session WHERE id IN (SELECT id FROM session
    WHERE ends_s < :before ORDER BY ends_s LIMIT :most);

-- :name prune_attempts
DELETE FROM attempt WHERE mac IN (SELECT mac FROM attempt
    WHERE ends_s < :before ORDER BY ends_s LIMIT :most);

-- :name prune_places
DELETE FROM sign_in_place WHERE (user_id, address) IN (
    SELECT user_id, address FROM sign_in_place
    WHERE at_s < :before ORDER BY at_s LIMIT :most);

-- :name prune_links
DELETE FROM once_link WHERE id IN (SELECT id FROM once_link
    WHERE ends_s < :before ORDER BY ends_s LIMIT :most);

-- :name prune_budget_told
DELETE FROM budget_told WHERE (key_id, rule_id, start_s, amount) IN (
    SELECT key_id, rule_id, start_s, amount FROM budget_told
    WHERE start_s > 0 AND at_s < :before ORDER BY at_s LIMIT :most);

-- :name prune_outbox
-- Sent or given up, and their tries.
DELETE FROM outbox WHERE id IN (SELECT id FROM outbox
    WHERE made_s < :before AND state IN ('sent', 'given_up')
    ORDER BY made_s LIMIT :most);
