-- SPDX-License-Identifier: ISC
-- Statements on usage.  Reports read the aggregates only: usage_day and
-- usage_week, where key_id 0 holds the sums of the whole workspace.

-- :name usage_event_insert
-- The same event of a key counts once.
INSERT INTO usage_event (workspace_id, key_id, event_id, at_ms, model,
    endpoint, outcome, reason, input_tokens, output_tokens, estimated,
    cost_micro, took_ms, address, request_id, upstream_id, client_id)
VALUES (:workspace, :key, :event, :at, :model, :endpoint, :outcome, :reason,
    :input, :output, :estimated, :cost, :took, :address, :request, :upstream,
    :client)
ON CONFLICT (key_id, event_id) DO NOTHING;

-- :part usage_values
(workspace_id, key_id, start_s, model, endpoint, refused, failed, succeeded,
    input_tokens, output_tokens, cost_micro)
VALUES (:workspace, :key, :start, :model, :endpoint, :refused, :failed,
    :succeeded, :input, :output, :cost)
ON CONFLICT (workspace_id, key_id, start_s, model, endpoint) DO UPDATE
SET refused = refused + excluded.refused,
    failed = failed + excluded.failed,
    succeeded = succeeded + excluded.succeeded,
    input_tokens = input_tokens + excluded.input_tokens,
    output_tokens = output_tokens + excluded.output_tokens,
    cost_micro = cost_micro + excluded.cost_micro

-- :name usage_hour_add
INSERT INTO usage_hour
-- :use usage_values
;

-- :name usage_day_add
INSERT INTO usage_day
-- :use usage_values
;

-- :name usage_week_add
INSERT INTO usage_week
-- :use usage_values
;

-- :name usage_spend_set
-- What a key spent in the period of its limit, from the sums of the days: a
-- period is made of whole UTC days.  For a period that has no row yet, and
-- after the kind of period was changed.
INSERT INTO key_spend (key_id, start_s, spent_micro, reserved_micro)
VALUES (:key, :start,
    (SELECT ifnull(sum(cost_micro), 0) FROM usage_day
        WHERE workspace_id = :workspace AND key_id = :key
            AND start_s >= :start AND start_s < :end), 0)
ON CONFLICT (key_id, start_s) DO UPDATE
SET spent_micro = excluded.spent_micro;

-- :name usage_spend_add
UPDATE key_spend SET spent_micro = spent_micro + :cost
WHERE key_id = :key AND start_s = :start;

-- :name usage_key
-- Is there such a key, what does its spending limit count, and what else is
-- there to be charged?
SELECT k.spend_reset, k.spend_limit_micro IS NOT NULL,
    w.credits_micro IS NOT NULL,
    EXISTS (SELECT 1 FROM limit_rule r WHERE r.key_id = k.id)
    OR EXISTS (SELECT 1 FROM limit_rule r
        WHERE r.workspace_id = k.workspace_id AND r.key_id IS NULL)
FROM api_key k JOIN workspace w ON w.id = k.workspace_id
WHERE k.id = :key AND k.workspace_id = :workspace;

-- :name usage_price
-- The price of a model at :at.
SELECT p.input_micro, p.output_micro
FROM model m JOIN model_price p ON p.model_id = m.id
WHERE m.workspace_id = :workspace AND m.name = :name AND m.removed_s IS NULL
    AND p.from_s <= :at
ORDER BY p.from_s DESC LIMIT 1;

-- :name usage_price_most
-- The highest prices of all live models at :at.
SELECT max(p.input_micro), max(p.output_micro)
FROM model m JOIN model_price p ON p.model_id = m.id
WHERE m.workspace_id = :workspace AND m.removed_s IS NULL
    AND p.from_s = (SELECT max(b.from_s) FROM model_price b
        WHERE b.model_id = m.id AND b.from_s <= :at);

-- :part usage_sums
ifnull(sum(d.refused), 0) AS refused, ifnull(sum(d.failed), 0) AS failed,
ifnull(sum(d.succeeded), 0) AS succeeded,
ifnull(sum(d.input_tokens), 0) AS input_tokens,
ifnull(sum(d.output_tokens), 0) AS output_tokens,
ifnull(sum(d.cost_micro), 0) AS cost

-- One key, or with :key 0 the whole workspace.
-- :part usage_from_days
FROM usage_day d
WHERE d.workspace_id = :workspace AND d.key_id = :key
    AND d.start_s >= :from AND d.start_s < :to

-- The whole workspace: the weeks from :first to :last, and the days before and
-- after them.
-- :part usage_weeks
d AS (
    SELECT * FROM usage_week
    WHERE workspace_id = :workspace AND key_id = :key
        AND start_s >= :first AND start_s < :last
    UNION ALL SELECT * FROM usage_day
    WHERE workspace_id = :workspace AND key_id = :key
        AND start_s >= :from AND start_s < :first
    UNION ALL SELECT * FROM usage_day
    WHERE workspace_id = :workspace AND key_id = :key
        AND start_s >= :last AND start_s < :to)

-- Key by key, each a short walk along the primary key; :key 0: all of them.
-- CROSS JOIN keeps this order.
-- :part usage_from_own
FROM api_key k CROSS JOIN usage_day d
WHERE k.owner_user_id = :user AND k.workspace_id = :workspace
    AND (:key = 0 OR k.id = :key)
    AND d.workspace_id = :workspace AND d.key_id = k.id
    AND d.start_s >= :from AND d.start_s < :to

-- :name usage_totals
SELECT
-- :use usage_sums
-- :use usage_from_days
;

-- :name usage_totals_own
SELECT
-- :use usage_sums
-- :use usage_from_own
;

-- :part usage_bucket
CASE :bucket WHEN 'day' THEN d.start_s
    WHEN 'week' THEN d.start_s - (d.start_s / 86400 + 3) % 7 * 86400
    ELSE 0 END AS bucket

-- A row of sums as it lies there, for store/usage_fold.c.
-- :part usage_cells
d.refused, d.failed, d.succeeded, d.input_tokens, d.output_tokens, d.cost_micro

-- :name usage_by_model
SELECT d.start_s, d.model, d.model,
-- :use usage_cells
-- :use usage_from_days
;

-- :name usage_by_model_weeks
WITH
-- :use usage_weeks
SELECT d.start_s, d.model, d.model,
-- :use usage_cells
FROM d;

-- :name usage_by_model_own
SELECT d.start_s, d.model, d.model,
-- :use usage_cells
-- :use usage_from_own
;

-- :name usage_by_endpoint
SELECT d.start_s, d.endpoint, d.endpoint,
-- :use usage_cells
-- :use usage_from_days
;

-- :name usage_by_endpoint_weeks
WITH
-- :use usage_weeks
SELECT d.start_s, d.endpoint, d.endpoint,
-- :use usage_cells
FROM d;

-- :name usage_by_endpoint_own
SELECT d.start_s, d.endpoint, d.endpoint,
-- :use usage_cells
-- :use usage_from_own
;

-- The keys that were ever used: each step is one seek, however many others there
-- are.
-- :part usage_used
WITH RECURSIVE used AS (
    SELECT min(key_id) AS id FROM usage_week
    WHERE workspace_id = :workspace AND key_id > 0
    UNION ALL SELECT (SELECT min(x.key_id) FROM usage_week x
        WHERE x.workspace_id = :workspace AND x.key_id > used.id)
    FROM used WHERE used.id IS NOT NULL
)

-- The dearest of them.
-- :part usage_key_tops
-- :use usage_used
, tops AS MATERIALIZED (
    SELECT k.id AS id, k.prefix AS prefix, k.name AS name,
        (SELECT sum(micro) FROM (
            SELECT c.cost_micro AS micro FROM usage_week c
            WHERE c.workspace_id = :workspace AND c.key_id = k.id
                AND c.start_s >= :first AND c.start_s < :last
            UNION ALL SELECT c.cost_micro FROM usage_day c
            WHERE c.workspace_id = :workspace AND c.key_id = k.id
                AND c.start_s >= :from AND c.start_s < :first
            UNION ALL SELECT c.cost_micro FROM usage_day c
            WHERE c.workspace_id = :workspace AND c.key_id = k.id
                AND c.start_s >= :last AND c.start_s < :to)) AS cost
    FROM used CROSS JOIN api_key k ON k.id = used.id
    WHERE :key = 0 OR k.id = :key
    ORDER BY cost DESC, k.id LIMIT :most
)

-- The rest is the workspace without them.
-- :part usage_key_fold
, named AS MATERIALIZED (
    SELECT bucket, sum(refused) AS refused, sum(failed) AS failed,
        sum(succeeded) AS succeeded, sum(input_tokens) AS input_tokens,
        sum(output_tokens) AS output_tokens, sum(cost) AS cost
    FROM part GROUP BY bucket
)
SELECT bucket, gid, label, 0 AS rest, refused, failed, succeeded,
    input_tokens, output_tokens, cost
FROM part
UNION ALL
SELECT whole.bucket, '', '', 1, whole.refused - ifnull(named.refused, 0) AS r,
    whole.failed - ifnull(named.failed, 0) AS f,
    whole.succeeded - ifnull(named.succeeded, 0) AS s,
    whole.input_tokens - ifnull(named.input_tokens, 0),
    whole.output_tokens - ifnull(named.output_tokens, 0),
    whole.cost - ifnull(named.cost, 0)
FROM whole LEFT JOIN named ON named.bucket = whole.bucket
WHERE r > 0 OR f > 0 OR s > 0
ORDER BY bucket, rest, cost DESC, gid
LIMIT 100000

-- :name usage_by_key
-- :use usage_key_tops
, part AS MATERIALIZED (
SELECT tops.prefix AS gid, tops.name AS label,
-- :use usage_bucket
,
-- :use usage_sums
FROM tops CROSS JOIN usage_day d
WHERE d.workspace_id = :workspace AND d.key_id = tops.id
    AND d.start_s >= :from AND d.start_s < :to
GROUP BY tops.id, bucket
), whole AS MATERIALIZED (
SELECT
-- :use usage_bucket
,
-- :use usage_sums
-- :use usage_from_days
GROUP BY bucket
)
-- :use usage_key_fold
;

-- :name usage_by_key_weeks
-- :use usage_key_tops
,
-- :use usage_weeks
, of_tops AS (
    SELECT tops.prefix AS gid, tops.name AS label, x.*
    FROM tops CROSS JOIN usage_week x
    WHERE x.workspace_id = :workspace AND x.key_id = tops.id
        AND x.start_s >= :first AND x.start_s < :last
    UNION ALL SELECT tops.prefix, tops.name, x.*
    FROM tops CROSS JOIN usage_day x
    WHERE x.workspace_id = :workspace AND x.key_id = tops.id
        AND x.start_s >= :from AND x.start_s < :first
    UNION ALL SELECT tops.prefix, tops.name, x.*
    FROM tops CROSS JOIN usage_day x
    WHERE x.workspace_id = :workspace AND x.key_id = tops.id
        AND x.start_s >= :last AND x.start_s < :to
), part AS MATERIALIZED (
SELECT d.gid, d.label,
-- :use usage_bucket
,
-- :use usage_sums
FROM of_tops d
GROUP BY d.key_id, bucket
), whole AS MATERIALIZED (
SELECT
-- :use usage_bucket
,
-- :use usage_sums
FROM d
GROUP BY bucket
)
-- :use usage_key_fold
;

-- :name usage_by_key_own
SELECT d.start_s, k.prefix, k.name,
-- :use usage_cells
-- :use usage_from_own
;

-- Whose they are now.  Service accounts are listed like people.
-- :part usage_owned
-- :use usage_used
, owned AS MATERIALIZED (
    SELECT k.id AS id, coalesce(u.uuid, s.uuid, '') AS gid,
        coalesce(u.email, s.name, '') AS label
    FROM used CROSS JOIN api_key k ON k.id = used.id
    LEFT JOIN user u ON u.id = k.owner_user_id
    LEFT JOIN service_account s ON s.id = k.owner_service_id
    WHERE k.workspace_id = :workspace AND (:key = 0 OR k.id = :key))

-- :name usage_by_member
-- :use usage_owned
SELECT d.start_s, owned.gid, owned.label,
-- :use usage_cells
FROM owned CROSS JOIN usage_day d
WHERE d.workspace_id = :workspace AND d.key_id = owned.id
    AND d.start_s >= :from AND d.start_s < :to;

-- :name usage_by_member_weeks
-- The weeks from :first to :last, and the days before and after them.
-- :use usage_owned
SELECT d.start_s, owned.gid, owned.label,
-- :use usage_cells
FROM owned CROSS JOIN usage_week d
WHERE d.workspace_id = :workspace AND d.key_id = owned.id
    AND d.start_s >= :first AND d.start_s < :last
UNION ALL SELECT d.start_s, owned.gid, owned.label,
-- :use usage_cells
FROM owned CROSS JOIN usage_day d
WHERE d.workspace_id = :workspace AND d.key_id = owned.id
    AND d.start_s >= :from AND d.start_s < :first
UNION ALL SELECT d.start_s, owned.gid, owned.label,
-- :use usage_cells
FROM owned CROSS JOIN usage_day d
WHERE d.workspace_id = :workspace AND d.key_id = owned.id
    AND d.start_s >= :last AND d.start_s < :to;

-- :name usage_by_member_own
SELECT d.start_s, u.uuid, u.email,
-- :use usage_cells
FROM user u CROSS JOIN api_key k CROSS JOIN usage_day d
WHERE u.id = :user AND k.owner_user_id = u.id AND k.workspace_id = :workspace
    AND (:key = 0 OR k.id = :key)
    AND d.workspace_id = :workspace AND d.key_id = k.id
    AND d.start_s >= :from AND d.start_s < :to;

-- A live API key that is not switched off, perhaps of one owner only.
-- :part care_where
FROM api_key k
WHERE k.workspace_id = :workspace AND k.kind = 'standard'
    AND k.revoked_s IS NULL AND k.disabled_s IS NULL AND k.suspended_s IS NULL
    AND (k.expires_s IS NULL OR k.expires_s > :now)
    AND (:user IS NULL OR k.owner_user_id = :user)

-- :name care_active
SELECT count(*)
-- :use care_where
;

-- :part care_leaked_where
FROM api_key k
WHERE k.workspace_id = :workspace AND k.suspended_s IS NOT NULL
    AND k.suspended_why = 'leaked' AND k.revoked_s IS NULL
    AND (k.expires_s IS NULL OR k.expires_s > :now)
    AND (:user IS NULL
        OR (k.kind = 'standard' AND k.owner_user_id = :user))

-- :name care_leaked
-- Of every kind, for those who see every kind.
SELECT k.prefix, k.name, count(*) OVER ()
-- :use care_leaked_where
ORDER BY k.suspended_s DESC LIMIT 5;

-- :name care_expiring
SELECT k.prefix, k.name, count(*) OVER ()
-- :use care_where
    AND k.expires_s <= :now + 7 * 86400
ORDER BY k.expires_s, k.id LIMIT 5;

-- How full the fullest limit of a key is, 1.0 when it is used up.  Minutes come
-- and go: no cell of theirs is found.
-- :part care_full
max(CASE ifnull(k.spend_limit_micro, -1) WHEN -1 THEN 0.0 WHEN 0 THEN 1.0
    ELSE ifnull((SELECT p.spent_micro FROM key_spend p WHERE p.key_id = k.id
        AND p.start_s = CASE k.spend_reset WHEN 'day' THEN :day
            WHEN 'week' THEN :week WHEN 'month' THEN :month ELSE 0 END), 0)
        * 1.0 / k.spend_limit_micro END,
    ifnull((SELECT max(CASE r.amount WHEN 0 THEN 1.0
            ELSE ifnull(c.used, 0) * 1.0 / r.amount END)
        FROM limit_rule r LEFT JOIN limit_cell c ON c.rule_id = r.id
            AND c.start_s = CASE r.period WHEN 'day' THEN :day
                WHEN 'week' THEN :week WHEN 'month' THEN :month ELSE 0 END
        WHERE r.key_id = k.id AND r.shadow = 0), 0.0))

-- :name care_limit
-- Nearest to its limit, or furthest over it, first.
SELECT prefix, name, count(*) OVER () FROM (
    SELECT k.prefix, k.name,
-- :use care_full
    AS part
-- :use care_where
    )
WHERE part >= 0.8 ORDER BY part DESC, name LIMIT 5;

-- :name care_unused
-- Longest unused first.
SELECT k.prefix, k.name, count(*) OVER ()
-- :use care_where
    AND ifnull(k.used_s, k.created_s) < :now - 90 * 86400
ORDER BY ifnull(k.used_s, k.created_s), k.id LIMIT 5;

-- :name care_no_expiry
SELECT k.prefix, k.name, count(*) OVER ()
-- :use care_where
    AND k.expires_s IS NULL
ORDER BY k.id LIMIT 5;

-- :name care_any
-- Each key once, whatever it needs.
SELECT (SELECT count(*)
-- :use care_leaked_where
    ) + count(*)
-- :use care_where
    AND (k.expires_s IS NULL OR k.expires_s <= :now + 7 * 86400
        OR ifnull(k.used_s, k.created_s) < :now - 90 * 86400
        OR
-- :use care_full
        >= 0.8);

-- :name usage_steps
-- What was done with keys so far.  Who has 100 of them is past the first
-- steps: so it never walks through thousands.
SELECT count(*), count(used_s), count(spend_limit_micro) FROM (
    SELECT k.used_s, k.spend_limit_micro FROM api_key k
    WHERE k.workspace_id = :workspace AND k.kind = 'standard'
        AND (:user IS NULL OR k.owner_user_id = :user)
    ORDER BY k.id LIMIT 100);
