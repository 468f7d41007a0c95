-- SPDX-License-Identifier: ISC
-- Statements on limits, what they have counted, and reservations.

-- :name limit_list
-- Every rule of a key (0: of the workspace itself), with what it counted in the
-- period that holds now, and in the minute before.  Asked for both it would
-- sort them, and make a temporary table, also when there are none.
SELECT r.id, r.key_id, r.model_id, m.name, m.uuid, r.counts, r.period,
    r.amount, r.shadow, c.start_s IS NOT NULL, c.used, c.reserved,
    c.would_refuse, ifnull(b.used + b.reserved, 0), r.version,
    row_sealed(r.seal,
-- :use limit_mac
, CASE :key WHEN 0 THEN (SELECT seal_n FROM workspace WHERE id = :workspace)
        ELSE (SELECT seal_n FROM api_key WHERE id = :key) END)
FROM limit_rule r
LEFT JOIN model m ON m.id = r.model_id
LEFT JOIN limit_cell c ON c.rule_id = r.id
    AND c.start_s = CASE r.period WHEN 'minute' THEN :minute
        WHEN 'day' THEN :day WHEN 'week' THEN :week WHEN 'month' THEN :month
        ELSE 0 END
LEFT JOIN limit_cell b ON r.period = 'minute' AND b.rule_id = r.id
    AND b.start_s = :minute - 60
WHERE r.workspace_id = :workspace AND ifnull(r.key_id, 0) = :key
LIMIT 100;

-- :name limit_set
-- The rule of this place, made or changed; its counters stay.
INSERT INTO limit_rule (workspace_id, key_id, model_id, counts, period,
    amount, shadow, created_s, updated_s)
VALUES (:workspace, :key, :model, :counts, :period, :amount, :shadow, :now,
    :now)
ON CONFLICT (workspace_id, ifnull(key_id, 0), ifnull(model_id, 0), counts,
    period) DO UPDATE
SET amount = excluded.amount, shadow = excluded.shadow,
    updated_s = excluded.updated_s, version = version + 1
RETURNING id;

-- :name limit_change
-- Only when nobody else did since :version.
UPDATE limit_rule SET amount = :amount, shadow = :shadow, updated_s = :now,
    version = version + 1
WHERE id = :id AND workspace_id = :workspace AND version = :version;

-- :name limit_remove
DELETE FROM limit_rule WHERE id = :id AND workspace_id = :workspace;

-- What a limit would have counted in whole days.  :model NULL: of all models.
-- :part limit_days
ifnull(CASE :counts
        WHEN 'requests' THEN sum(failed + succeeded)
        WHEN 'input' THEN sum(input_tokens)
        WHEN 'output' THEN sum(output_tokens)
        WHEN 'total' THEN sum(input_tokens + output_tokens)
        ELSE sum(cost_micro) END, 0)
FROM usage_day
WHERE workspace_id = :workspace AND key_id = :key
    AND start_s >= :start AND start_s < :end
    AND (:model IS NULL OR model = :model)

-- :name limit_days_sum
SELECT
-- :use limit_days
;

-- :name limit_take_over
-- A new rule begins with what its period has seen so far: limit_days_sum.
INSERT INTO limit_cell (rule_id, start_s, used, reserved)
VALUES (:rule, :start, :used, 0);

-- :name replay_key
-- Calls of one key, oldest first.  Those that do not count come too: the bound
-- is one of the work.  The plus keeps the index of the workspace out of it.
SELECT at_ms,
    outcome <> 'refused' AND (:model IS NULL OR model = :model),
    input_tokens, output_tokens, cost_micro
FROM usage_event
WHERE +workspace_id = :workspace AND key_id = :key AND at_ms >= :from * 1000
ORDER BY at_ms, id LIMIT :most;

-- :name replay_workspace
SELECT at_ms,
    outcome <> 'refused' AND (:model IS NULL OR model = :model),
    input_tokens, output_tokens, cost_micro
FROM usage_event
WHERE workspace_id = :workspace AND at_ms >= :from * 1000
ORDER BY at_ms, id LIMIT :most;

-- :name limit_spent_hour
-- The hour in which the workspace's cost reached an amount, since :start.
SELECT start_s FROM (
    SELECT start_s, sum(sum(cost_micro)) OVER (ORDER BY start_s) AS run
    FROM usage_hour
    WHERE workspace_id = :workspace AND key_id = 0 AND start_s >= :start
    GROUP BY start_s)
WHERE run >= :amount ORDER BY start_s LIMIT 1;

-- :name limit_cell_add
INSERT INTO limit_cell (rule_id, start_s, used, reserved, would_refuse)
VALUES (:rule, :start, :used, :reserved, :would)
ON CONFLICT (rule_id, start_s) DO UPDATE
SET used = used + excluded.used, reserved = reserved + excluded.reserved,
    would_refuse = would_refuse + excluded.would_refuse;

-- :name limit_cell_release
-- A minute that is long over has no row any more.
UPDATE limit_cell SET reserved = reserved - :amount
WHERE rule_id = :rule AND start_s = :start;

-- :name limit_cell_prune
DELETE FROM limit_cell
WHERE rule_id = :rule AND start_s < :before AND start_s > 0;

-- :name meter_facts
-- What one decision needs of key, workspace and model.
SELECT k.spend_limit_micro, k.spend_reset, w.credits_micro,
    w.credits_reserved_micro, w.reserve_ends = 'release', m.id,
    m.reserve_input, m.reserve_output, k.limits_n + w.limits_n
FROM api_key k JOIN workspace w ON w.id = k.workspace_id
LEFT JOIN model m ON m.workspace_id = k.workspace_id AND m.name = :model
    AND m.removed_s IS NULL
WHERE k.id = :key AND k.workspace_id = :workspace;

-- :name meter_workspace
SELECT credits_micro, credits_reserved_micro FROM workspace
WHERE id = :workspace;

-- :name spend_get
SELECT spent_micro, reserved_micro FROM key_spend
WHERE key_id = :key AND start_s = :start;

-- :name spend_reserve
UPDATE key_spend SET reserved_micro = reserved_micro + :amount
WHERE key_id = :key AND start_s = :start;

-- :name spend_prune
-- Periods that began before then; one that is asked for again is made anew,
-- from the sums of its days.
DELETE FROM key_spend
WHERE key_id = :key AND start_s < :before AND start_s > 0;

-- :name credits_reserve
UPDATE workspace
SET credits_reserved_micro = credits_reserved_micro + :amount
WHERE id = :workspace;

-- :name reservation_insert
INSERT INTO reservation (uuid, workspace_id, key_id, model, endpoint,
    created_s, ends_s, input_tokens, output_tokens, cost_micro, rules,
    spend_start_s, credits, address, request_id)
VALUES (:uuid, :workspace, :key, :model, :endpoint, :created, :ends, :input,
    :output, :cost, :rules, :spend_start, :credits, :address, :request);

-- :part reservation_columns
v.id, v.uuid, v.workspace_id, v.key_id, v.model, v.endpoint, v.created_s,
v.ends_s, v.input_tokens, v.output_tokens, v.cost_micro, v.rules,
v.spend_start_s, v.credits, v.address, v.request_id, v.state,
w.reserve_ends = 'release'

-- :name reservation_by_uuid
-- Workspace 0: of any.
SELECT
-- :use reservation_columns
FROM reservation v JOIN workspace w ON w.id = v.workspace_id
WHERE v.uuid = :uuid AND (:workspace = 0 OR v.workspace_id = :workspace);

-- :name reservation_ended
-- Those whose time is over, workspace by workspace: each step of `busy` is one
-- seek, so that no index of all is kept for it with each reserved call.
WITH RECURSIVE busy AS (
    SELECT min(workspace_id) AS id FROM reservation
    WHERE state = 'live' AND workspace_id > 0
    UNION ALL SELECT (SELECT min(n.workspace_id) FROM reservation n
        WHERE n.state = 'live' AND n.workspace_id > busy.id)
    FROM busy WHERE busy.id IS NOT NULL
)
SELECT
-- :use reservation_columns
FROM busy CROSS JOIN reservation v
    ON v.workspace_id = busy.id AND v.state = 'live' AND v.ends_s <= :now
JOIN workspace w ON w.id = v.workspace_id
LIMIT :most;

-- :name reservation_ended_workspace
SELECT
-- :use reservation_columns
FROM reservation v JOIN workspace w ON w.id = v.workspace_id
WHERE v.workspace_id = :workspace AND v.state = 'live' AND v.ends_s <= :now
ORDER BY v.ends_s LIMIT :most;

-- :name reservation_close
UPDATE reservation SET state = :state, closed_s = :now
WHERE id = :id AND state = 'live';

-- :name reservation_delete
DELETE FROM reservation WHERE id = :id;

-- :name report_key
-- The key of a report, by its prefix; :workspace 0: of any.
SELECT k.id, k.workspace_id FROM api_key k
WHERE k.prefix = :prefix
    AND (:workspace = 0 OR k.workspace_id = :workspace);

-- :name report_event
SELECT at_ms, model, endpoint, outcome, input_tokens, output_tokens,
    estimated, cost_micro, address, request_id, upstream_id, client_id
FROM usage_event WHERE key_id = :key AND event_id = :event;

-- :name report_event_correct
UPDATE usage_event
SET model = :model, endpoint = :endpoint, outcome = :outcome,
    input_tokens = :input, output_tokens = :output, estimated = :estimated,
    cost_micro = :cost, took_ms = :took, upstream_id = :upstream,
    client_id = :client
WHERE key_id = :key AND event_id = :event;

-- :name refused_event_add
-- One row for a kind of refusal in a minute; it names its first request.
INSERT INTO usage_event (workspace_id, key_id, event_id, at_ms, model,
    endpoint, outcome, reason, input_tokens, output_tokens, cost_micro,
    address, request_id, calls, kept)
VALUES (:workspace, :key, :event, :at, :model, :endpoint, 'refused', :reason,
    0, 0, 0, :address, :request, :calls, :kept)
ON CONFLICT (key_id, event_id) DO UPDATE
SET calls = calls + excluded.calls, kept = kept + excluded.kept;
