-- SPDX-License-Identifier: ISC
-- Statements that forget what is too old, a few rows at a time: the writer is
-- everybody's.  Sums of hours and days, the ledger and the audit log stay.

-- :name prune_next
-- The workspace after :after, and the instant of its oldest event.
SELECT w.id, w.event_months,
    (SELECT e.at_ms FROM usage_event e WHERE e.workspace_id = w.id
        ORDER BY e.at_ms LIMIT 1)
FROM workspace w WHERE w.id > :after ORDER BY w.id LIMIT 1;

-- :part prune_events_old
FROM usage_event WHERE workspace_id = :workspace AND at_ms < :before

-- :name prune_events
DELETE FROM usage_event WHERE id IN (SELECT id
-- :use prune_events_old
    ORDER BY at_ms LIMIT :most);

-- :name prune_events_count
SELECT count(*)
-- :use prune_events_old
;

-- :part prune_reservations_old
-- Those that closed by themselves; reports delete the others.
FROM reservation WHERE closed_s IS NOT NULL AND closed_s < :before

-- :name prune_reservations
DELETE FROM reservation WHERE id IN (SELECT id
-- :use prune_reservations_old
    ORDER BY closed_s LIMIT :most);

-- :name prune_reservations_count
SELECT count(*)
-- :use prune_reservations_old
;

-- :part prune_sessions_old
FROM session WHERE ends_s < :before

-- :name prune_sessions
DELETE FROM session WHERE id IN (SELECT id
-- :use prune_sessions_old
    ORDER BY ends_s LIMIT :most);

-- :name prune_sessions_count
SELECT count(*)
-- :use prune_sessions_old
;

-- :part prune_attempts_old
FROM attempt WHERE ends_s < :before

-- :name prune_attempts
DELETE FROM attempt WHERE mac IN (SELECT mac
-- :use prune_attempts_old
    ORDER BY ends_s LIMIT :most);

-- :name prune_attempts_count
SELECT count(*)
-- :use prune_attempts_old
;

-- :part prune_places_old
FROM sign_in_place WHERE at_s < :before

-- :name prune_places
DELETE FROM sign_in_place WHERE (user_id, address) IN (SELECT user_id, address
-- :use prune_places_old
    ORDER BY at_s LIMIT :most);

-- :name prune_places_count
SELECT count(*)
-- :use prune_places_old
;

-- :part prune_links_old
FROM once_link WHERE ends_s < :before

-- :name prune_links
DELETE FROM once_link WHERE id IN (SELECT id
-- :use prune_links_old
    ORDER BY ends_s LIMIT :most);

-- :name prune_links_count
SELECT count(*)
-- :use prune_links_old
;

-- :part prune_budget_told_old
FROM budget_told WHERE start_s > 0 AND at_s < :before

-- :name prune_budget_told
DELETE FROM budget_told WHERE (key_id, rule_id, start_s, amount) IN (
    SELECT key_id, rule_id, start_s, amount
-- :use prune_budget_told_old
    ORDER BY at_s LIMIT :most);

-- :name prune_budget_told_count
SELECT count(*)
-- :use prune_budget_told_old
;

-- :part prune_outbox_old
-- Sent or given up, and their tries.
FROM outbox WHERE made_s < :before AND state IN ('sent', 'given_up')

-- :name prune_outbox
DELETE FROM outbox WHERE id IN (SELECT id
-- :use prune_outbox_old
    ORDER BY made_s LIMIT :most);

-- :name prune_outbox_count
SELECT count(*)
-- :use prune_outbox_old
;
