-- SPDX-License-Identifier: ISC
-- Statements on single calls: what the pages about requests read.

-- :name refused_call_insert
INSERT INTO refused_call (request_id, workspace_id, key_id, at_ms, model,
    endpoint, deployment, address, reason, message, trace)
VALUES (:request, :workspace, :key, :at, :model, :endpoint, :deployment,
    :address, :reason, :message, :trace)
ON CONFLICT (request_id) DO NOTHING;

-- :name refused_call_prune
-- Rows were written in the order of time, so the oldest come first.
DELETE FROM refused_call WHERE id IN (
    SELECT id FROM (SELECT id, at_ms FROM refused_call WHERE id > 0
        ORDER BY id LIMIT :most)
    WHERE at_ms < :before);

-- :part refused_call_columns
c.workspace_id, c.key_id, c.at_ms, c.request_id, c.model, c.endpoint,
c.deployment, c.address, c.reason, c.message, c.trace

-- :name refused_call_get
-- With a user: only calls of keys that this person owns.
SELECT
-- :use refused_call_columns
, k.prefix, k.name
FROM refused_call c JOIN api_key k ON k.id = c.key_id
WHERE c.request_id = :request AND c.workspace_id = :workspace
    AND (:key IS NULL OR c.key_id = :key)
    AND (:user IS NULL OR k.owner_user_id = :user);

-- :name refused_call_any
-- For the shell.
SELECT workspace_id FROM refused_call WHERE request_id = :request;

-- :part request_event_columns
e.at_ms, 0 AS kind, e.id, e.key_id, e.event_id, e.model, e.endpoint,
e.outcome, e.reason, e.input_tokens, e.output_tokens, e.estimated,
e.cost_micro, e.took_ms, e.address, e.request_id,
CASE WHEN e.outcome <> 'refused' THEN 1
    WHEN e.at_ms < :kept THEN e.calls ELSE e.calls - e.kept END AS calls

-- :name request_event_by_key
-- Events of a key have their own names.
SELECT
-- :use request_event_columns
, k.prefix, k.name
FROM usage_event e JOIN api_key k ON k.id = e.key_id
WHERE e.key_id = :key AND e.event_id = :id AND e.workspace_id = :workspace;

-- :name request_event_by_time
-- The id tells when the call was; :most bounds the walk.
SELECT
-- :use request_event_columns
, k.prefix, k.name
FROM (SELECT id AS found FROM (
        SELECT id, event_id, request_id FROM usage_event
        WHERE workspace_id = :workspace AND at_ms >= :from AND at_ms < :to
        ORDER BY at_ms LIMIT :most)
    WHERE event_id = :id OR request_id = :id LIMIT 1)
JOIN usage_event e ON e.id = found
JOIN api_key k ON k.id = e.key_id
WHERE (:key IS NULL OR e.key_id = :key)
    AND (:user IS NULL OR k.owner_user_id = :user);

-- :name request_reservation
-- A call under way.
SELECT r.uuid, r.key_id, r.model, r.endpoint, r.created_s, r.ends_s,
    r.input_tokens, r.output_tokens, r.cost_micro, r.address, r.request_id,
    r.state, k.prefix, k.name
FROM reservation r JOIN api_key k ON k.id = r.key_id
WHERE r.workspace_id = :workspace AND r.created_s >= :from
    AND r.created_s < :to AND (r.uuid = :id OR r.request_id = :id)
    AND (:key IS NULL OR r.key_id = :key)
    AND (:user IS NULL OR k.owner_user_id = :user)
LIMIT 1;

-- :part request_refused_columns
c.at_ms, 1 AS kind, c.id, c.key_id, c.request_id AS event_id, c.model,
c.endpoint, 'refused' AS outcome, c.reason, 0 AS input_tokens,
0 AS output_tokens, 0 AS estimated, 0 AS cost_micro, NULL AS took_ms,
c.address, c.request_id, 1 AS calls

-- :part request_event_wanted
    AND (:model IS NULL OR e.model = :model)
    AND (:outcome IS NULL OR e.outcome = :outcome)
    AND (:reason IS NULL OR e.reason = :reason)
    AND (:user IS NULL OR e.key_id IN (SELECT o.id FROM api_key o
        WHERE o.workspace_id = :workspace AND o.owner_user_id = :user))
    AND (e.outcome <> 'refused' OR e.at_ms < :kept OR e.calls > e.kept)

-- :part request_refused_wanted
    AND (:model IS NULL OR c.model = :model)
    AND (:outcome IS NULL OR :outcome = 'refused')
    AND (:reason IS NULL OR c.reason = :reason)
    AND (:user IS NULL OR c.key_id IN (SELECT o.id FROM api_key o
        WHERE o.workspace_id = :workspace AND o.owner_user_id = :user))

-- :part request_older
    AND e.at_ms >= :from AND e.at_ms <= :at AND (e.at_ms < :at
        OR 0 < :mark_kind OR (0 = :mark_kind AND e.id < :mark_id))

-- :part request_refused_older
    AND c.at_ms >= :from AND c.at_ms >= :kept
    AND c.at_ms <= :at AND (c.at_ms < :at
        OR 1 < :mark_kind OR (1 = :mark_kind AND c.id < :mark_id))

-- :part request_newer
    AND e.at_ms < :to AND e.at_ms >= :at AND (e.at_ms > :at
        OR 0 > :mark_kind OR (0 = :mark_kind AND e.id > :mark_id))

-- :part request_refused_newer
    AND c.at_ms < :to AND c.at_ms >= :kept
    AND c.at_ms >= :at AND (c.at_ms > :at
        OR 1 > :mark_kind OR (1 = :mark_kind AND c.id > :mark_id))

-- :part request_names
SELECT r.*, k.prefix, k.name
FROM r JOIN api_key k ON k.id = r.key_id

-- :name request_list
-- Newest first, older than the mark; both sources each bring a page.
WITH r AS MATERIALIZED (
SELECT * FROM (SELECT
-- :use request_event_columns
FROM usage_event e WHERE e.workspace_id = :workspace
-- :use request_older
-- :use request_event_wanted
ORDER BY e.at_ms DESC, e.id DESC LIMIT :most)
UNION ALL
SELECT * FROM (SELECT
-- :use request_refused_columns
FROM refused_call c WHERE c.workspace_id = :workspace
-- :use request_refused_older
-- :use request_refused_wanted
ORDER BY c.at_ms DESC, c.id DESC LIMIT :most))
-- :use request_names
ORDER BY r.at_ms DESC, r.kind DESC, r.id DESC LIMIT :most;

-- :name request_list_back
-- Oldest first, newer than the mark: the page before.
WITH r AS MATERIALIZED (
SELECT * FROM (SELECT
-- :use request_event_columns
FROM usage_event e WHERE e.workspace_id = :workspace
-- :use request_newer
-- :use request_event_wanted
ORDER BY e.at_ms, e.id LIMIT :most)
UNION ALL
SELECT * FROM (SELECT
-- :use request_refused_columns
FROM refused_call c WHERE c.workspace_id = :workspace
-- :use request_refused_newer
-- :use request_refused_wanted
ORDER BY c.at_ms, c.id LIMIT :most))
-- :use request_names
ORDER BY r.at_ms, r.kind, r.id LIMIT :most;

-- :name request_list_key
-- The plus keeps the index of the workspace out of it.
WITH r AS MATERIALIZED (
SELECT * FROM (SELECT
-- :use request_event_columns
FROM usage_event e WHERE e.key_id = :key AND +e.workspace_id = :workspace
-- :use request_older
-- :use request_event_wanted
ORDER BY e.at_ms DESC, e.id DESC LIMIT :most)
UNION ALL
SELECT * FROM (SELECT
-- :use request_refused_columns
FROM refused_call c WHERE c.key_id = :key AND +c.workspace_id = :workspace
-- :use request_refused_older
-- :use request_refused_wanted
ORDER BY c.at_ms DESC, c.id DESC LIMIT :most))
-- :use request_names
ORDER BY r.at_ms DESC, r.kind DESC, r.id DESC LIMIT :most;

-- :name request_list_key_back
WITH r AS MATERIALIZED (
SELECT * FROM (SELECT
-- :use request_event_columns
FROM usage_event e WHERE e.key_id = :key AND +e.workspace_id = :workspace
-- :use request_newer
-- :use request_event_wanted
ORDER BY e.at_ms, e.id LIMIT :most)
UNION ALL
SELECT * FROM (SELECT
-- :use request_refused_columns
FROM refused_call c WHERE c.key_id = :key AND +c.workspace_id = :workspace
-- :use request_refused_newer
-- :use request_refused_wanted
ORDER BY c.at_ms, c.id LIMIT :most))
-- :use request_names
ORDER BY r.at_ms, r.kind, r.id LIMIT :most;

-- :name request_floor
-- How far back one page reads: the time of the :skip-th event before :at.
SELECT at_ms FROM usage_event
WHERE workspace_id = :workspace AND at_ms <= :at AND at_ms >= :from
ORDER BY at_ms DESC LIMIT 1 OFFSET :skip;

-- :name request_floor_key
SELECT at_ms FROM usage_event
WHERE key_id = :key AND at_ms <= :at AND at_ms >= :from
ORDER BY at_ms DESC LIMIT 1 OFFSET :skip;

-- :name request_ceiling
SELECT at_ms FROM usage_event
WHERE workspace_id = :workspace AND at_ms >= :at AND at_ms < :to
ORDER BY at_ms LIMIT 1 OFFSET :skip;

-- :name request_ceiling_key
SELECT at_ms FROM usage_event
WHERE key_id = :key AND at_ms >= :at AND at_ms < :to
ORDER BY at_ms LIMIT 1 OFFSET :skip;
