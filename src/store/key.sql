-- SPDX-License-Identifier: ISC
-- Statements on API keys of all kinds.
--
-- A ":part" is text that several statements share; "-- :use" puts it in, at
-- build time.

-- :part key_columns
k.id, k.uuid, k.workspace_id, k.kind, k.prefix, k.name, k.note,
k.owner_user_id, k.owner_service_id,
coalesce(u.uuid, s.uuid), coalesce(u.email, s.name),
k.by_user_id, k.by_name, k.created_s, k.updated_s, k.expires_s,
k.disabled_s, k.disabled_by, k.suspended_s, k.suspended_why,
k.revoked_s, k.revoked_by, k.spend_limit_micro, k.spend_reset,
(SELECT spent_micro FROM key_spend p WHERE p.key_id = k.id
    AND p.start_s = CASE k.spend_reset WHEN 'day' THEN :day
        WHEN 'week' THEN :week WHEN 'month' THEN :month ELSE 0 END),
(SELECT sum(cost_micro) FROM usage_day d WHERE d.workspace_id = k.workspace_id
    AND d.key_id = k.id AND d.start_s >= :month),
k.used_s, k.used_address, k.used_endpoint, k.used_model,
(SELECT last4 FROM key_secret c WHERE c.key_id = k.id AND c.ends_s IS NULL
    ORDER BY c.id DESC LIMIT 1),
(SELECT max(c.ends_s) FROM key_secret c WHERE c.key_id = k.id
    AND c.ends_s > :now),
k.claim_ends_s, k.claimed_s, k.claimed_address, k.claimed_agent,
k.version, k.all_categories, k.all_models, k.all_endpoints, k.all_networks,
k.deployment_id, (SELECT uuid FROM deployment d WHERE d.id = k.deployment_id),
CASE k.all_categories WHEN 0 THEN (SELECT group_concat(category, ', ')
    FROM key_category g WHERE g.key_id = k.id) END,
CASE k.all_models WHEN 0 THEN (SELECT count(*) FROM key_model g
    WHERE g.key_id = k.id) END,
(SELECT CASE r.amount WHEN 0 THEN 'no_reset' ELSE r.period END AS until
    FROM limit_rule r LEFT JOIN limit_cell c ON c.rule_id = r.id
    AND c.start_s = CASE r.period WHEN 'day' THEN :day WHEN 'week' THEN :week
        WHEN 'month' THEN :month ELSE 0 END
    WHERE r.key_id = k.id AND r.model_id IS NULL AND r.shadow = 0
        AND ifnull(c.used, 0) >= r.amount
        AND (r.period <> 'minute' OR r.amount = 0)
    ORDER BY instr('no_reset month week day', until) LIMIT 1) AS rule_over,
EXISTS (SELECT 1 FROM seal_broken z WHERE z.kind = 1 AND z.row_id = k.id)
    AS broken

-- :part key_tables
FROM api_key k
LEFT JOIN user u ON u.id = k.owner_user_id
LEFT JOIN service_account s ON s.id = k.owner_service_id

-- :part key_filter
k.workspace_id = :workspace AND k.kind = :kind
AND (:find IS NULL OR instr(lower(k.name), :find) > 0
    OR instr(lower(k.prefix), :find) = 1)
AND (:owner IS NULL OR u.uuid = :owner OR s.uuid = :owner)
AND CASE ifnull(:status, 'live')
    WHEN 'any' THEN 1
    WHEN 'revoked' THEN k.revoked_s IS NOT NULL
    WHEN 'live' THEN k.revoked_s IS NULL
    WHEN 'expired' THEN k.revoked_s IS NULL AND k.expires_s <= :now
    WHEN 'suspended' THEN k.revoked_s IS NULL
        AND (k.suspended_s IS NOT NULL OR broken)
    WHEN 'disabled' THEN k.revoked_s IS NULL AND k.disabled_s IS NOT NULL
        AND (k.expires_s IS NULL OR k.expires_s > :now)
    WHEN 'expiring' THEN k.revoked_s IS NULL AND k.disabled_s IS NULL
        AND k.expires_s > :now AND k.expires_s <= :now + 7 * 86400
    WHEN 'limit_reached' THEN k.revoked_s IS NULL
        AND k.spend_limit_micro <= ifnull((SELECT spent_micro
            FROM key_spend p WHERE p.key_id = k.id
            AND p.start_s = CASE k.spend_reset WHEN 'day' THEN :day
                WHEN 'week' THEN :week WHEN 'month' THEN :month
                ELSE 0 END), 0) OR k.revoked_s IS NULL
        AND rule_over IS NOT NULL
    WHEN 'unused' THEN k.revoked_s IS NULL
        AND ifnull(k.used_s, k.created_s) < :now - 90 * 86400
    WHEN 'waiting' THEN k.revoked_s IS NULL AND k.claim_ends_s IS NOT NULL
        AND k.claimed_s IS NULL
    ELSE k.revoked_s IS NULL AND k.disabled_s IS NULL
        AND k.suspended_s IS NULL
        AND (k.claim_ends_s IS NULL OR k.claimed_s IS NOT NULL)
        AND (k.expires_s IS NULL OR k.expires_s > :now)
    END

-- :name key_insert
INSERT INTO api_key (uuid, workspace_id, kind, prefix, name, note,
    owner_user_id, owner_service_id, by_user_id, by_key_id, by_name,
    created_s, updated_s, expires_s, all_categories, all_models,
    all_endpoints, all_networks, deployment_id, spend_limit_micro,
    spend_reset)
VALUES (:uuid, :workspace, :kind, :prefix, :name, :note, :owner_user,
    :owner_service, :by_user, :by_key, :by_name, :now, :now, :expires,
    :all_categories, :all_models, :all_endpoints, :all_networks, :deployment,
    :spend_limit, :spend_reset);

-- :name key_update
-- What the edit form may change; only when nobody else did since :version.
UPDATE api_key SET name = :name, note = :note, owner_user_id = :owner_user,
    owner_service_id = :owner_service, expires_s = :expires,
    all_categories = :all_categories, all_models = :all_models,
    all_endpoints = :all_endpoints, all_networks = :all_networks,
    deployment_id = :deployment, spend_limit_micro = :spend_limit,
    spend_reset = :spend_reset, updated_s = :now, version = version + 1
WHERE id = :id AND workspace_id = :workspace AND version = :version;

-- :name key_by_prefix
SELECT
-- :use key_columns
, NOT
-- :use key_whole
-- :use key_tables
WHERE k.prefix = :prefix AND k.workspace_id = :workspace;

-- :name key_by_uuid
SELECT
-- :use key_columns
, NOT
-- :use key_whole
-- :use key_tables
WHERE k.uuid = :uuid AND k.workspace_id = :workspace;

-- :name key_list_newest
SELECT
-- :use key_columns
-- :use key_tables
WHERE
-- :use key_filter
AND (:id IS NULL OR k.id < :id)
ORDER BY k.id DESC LIMIT :most;

-- :name key_list_newest_back
SELECT
-- :use key_columns
-- :use key_tables
WHERE
-- :use key_filter
AND (:id IS NULL OR k.id > :id)
ORDER BY k.id LIMIT :most;

-- :name key_list_name
SELECT
-- :use key_columns
-- :use key_tables
WHERE
-- :use key_filter
AND (:id IS NULL OR (k.name, k.id) > (:mark, :id))
ORDER BY k.name, k.id LIMIT :most;

-- :name key_list_name_back
SELECT
-- :use key_columns
-- :use key_tables
WHERE
-- :use key_filter
AND (:id IS NULL OR (k.name, k.id) < (:mark, :id))
ORDER BY k.name DESC, k.id DESC LIMIT :most;

-- :name key_list_used
-- Last used first, never used last.
SELECT
-- :use key_columns
-- :use key_tables
WHERE
-- :use key_filter
AND (:id IS NULL OR (ifnull(k.used_s, 0), k.id) < (:mark, :id))
ORDER BY k.used_s DESC, k.id DESC LIMIT :most;

-- :name key_list_used_back
SELECT
-- :use key_columns
-- :use key_tables
WHERE
-- :use key_filter
AND (:id IS NULL OR (ifnull(k.used_s, 0), k.id) > (:mark, :id))
ORDER BY k.used_s, k.id LIMIT :most;

-- :name key_of_user
-- What somebody owns here, by steps: after :id, oldest first.
SELECT
-- :use key_columns
-- :use key_tables
WHERE k.owner_user_id = :owner AND k.workspace_id = :workspace
    AND k.revoked_s IS NULL AND k.id > :id
ORDER BY k.id LIMIT :most;

-- :name key_of_service
SELECT
-- :use key_columns
-- :use key_tables
WHERE k.owner_service_id = :owner AND k.workspace_id = :workspace
    AND k.revoked_s IS NULL AND k.id > :id
ORDER BY k.id LIMIT :most;

-- :name key_of_left
-- What somebody who left owned, and nobody has decided on.
SELECT
-- :use key_columns
-- :use key_tables
WHERE k.left_user_id = :owner AND k.workspace_id = :workspace
    AND k.revoked_s IS NULL AND k.id > :id
    AND (k.suspended_why = 'owner_removed' OR k.left_s > :now - 7 * 86400)
ORDER BY k.id LIMIT :most;

-- :name key_any
SELECT 1 FROM api_key WHERE workspace_id = :workspace AND kind = :kind LIMIT 1;

-- :name key_count_live
-- Neither revoked nor expired: what the limit of the workspace counts.  Stops
-- at :most: counting 10,000 rows costs more than the rest of the page.
SELECT count(*) FROM (SELECT 1 FROM api_key
    WHERE workspace_id = :workspace AND kind = :kind AND revoked_s IS NULL
        AND (expires_s IS NULL OR expires_s > :now) LIMIT :most);

-- :name key_name_taken
SELECT prefix FROM api_key
WHERE workspace_id = :workspace AND name = :name AND revoked_s IS NULL
    AND id <> :not;

-- :name key_prefix_taken
SELECT 1 FROM api_key WHERE prefix = :prefix;

-- :name key_disable
UPDATE api_key SET disabled_s = :now, disabled_by = :by, updated_s = :now,
    version = version + 1
WHERE id = :id AND workspace_id = :workspace AND disabled_s IS NULL;

-- :name key_enable
UPDATE api_key SET disabled_s = NULL, disabled_by = NULL, updated_s = :now,
    version = version + 1
WHERE id = :id AND workspace_id = :workspace AND disabled_s IS NOT NULL;

-- :name key_revoke
UPDATE api_key SET revoked_s = :now, revoked_by = :by, updated_s = :now,
    version = version + 1
WHERE id = :id AND workspace_id = :workspace AND revoked_s IS NULL;

-- :name key_touched
-- A rotation also counts as an edit.
UPDATE api_key SET updated_s = :now, version = version + 1
WHERE id = :id AND workspace_id = :workspace;

-- :name key_used
-- At most one write a minute for each key.
UPDATE api_key SET used_s = :at, used_address = :address,
    used_endpoint = :endpoint, used_model = :model
WHERE id = :id AND ifnull(used_s, 0) < :at;

-- :name key_claim_ends
-- A new link, or none any more; only while it waits.
UPDATE api_key SET claim_ends_s = :ends, updated_s = :now,
    version = version + 1
WHERE id = :id AND workspace_id = :workspace AND claimed_s IS NULL
    AND revoked_s IS NULL;

-- :name key_claimed
UPDATE api_key SET claimed_s = :now, claimed_address = :address,
    claimed_agent = :agent, updated_s = :now, version = version + 1
WHERE id = :id AND workspace_id = :workspace AND claimed_s IS NULL
    AND claim_ends_s > :now;

-- :name key_of_claim
-- The key that a link of this MAC is for, and its workspace.
SELECT l.id, l.ends_s, l.used_s, k.prefix, k.workspace_id, NOT
row_sealed(l.seal,
-- :use link_mac
, k.seal_n)
FROM once_link l JOIN api_key k ON k.id = l.key_id
WHERE l.mac = :mac AND l.kind = 'claim';

-- :name secret_used
UPDATE key_secret SET used_s = :at WHERE id = :id AND ifnull(used_s, 0) < :at;

-- :name secret_insert
INSERT INTO key_secret (key_id, sealed, last4, created_s)
VALUES (:key, :sealed, :last4, :now);

-- :name secret_bring
-- One that was made elsewhere: of another installation, or of another form.
INSERT INTO key_secret (key_id, sealed, last4, created_s, ends_s, foreign_mac)
VALUES (:key, :sealed, :last4, :created, :ends, :mac);

-- :name gate_foreign
-- Which key has an imported secret of this MAC, ended or not.
SELECT k.prefix FROM key_secret s JOIN api_key k ON k.id = s.key_id
WHERE s.foreign_mac = :mac;

-- :name secret_list
-- Current one first; ended ones stay for the history.
SELECT id, sealed, last4, created_s, ends_s, used_s, used_address, used_agent,
    calls_day_s, calls, silent_s
FROM key_secret WHERE key_id = :key ORDER BY id DESC LIMIT 20;

-- :name secret_end
-- Every secret that would go on longer ends at :at.  From where it was used
-- until now is what the key knows.
UPDATE key_secret SET ends_s = :at, used_address = ifnull(used_address,
    (SELECT k.used_address FROM api_key k WHERE k.id = key_id))
WHERE key_id = :key AND (ends_s IS NULL OR ends_s > :at);

-- :name secret_end_old
-- What a rotation left going on ends at :at; the current one stays.
UPDATE key_secret SET ends_s = :at
WHERE key_id = :key AND ends_s > :at;

-- :name gate_key
-- Everything the gate needs of a key, by its public part: a row for each live
-- secret (at most two), or one row when there is none.  One statement, since
-- every statement of its own costs a read transaction.  In front what the seals
-- of key, workspace and secret cover, each with its seal, in their order.
SELECT
-- :use key_sealed
, k.seal_n, k.limits_n, k.seal,
-- :use workspace_sealed
, w.seal_n, w.limits_n, w.seal,
-- :use secret_sealed
, k.seal_n, s.seal,
    k.name, k.used_s, w.frozen_why, k.by_name, w.slug
FROM api_key k JOIN workspace w ON w.id = k.workspace_id
LEFT JOIN key_secret s
    ON s.key_id = k.id AND (s.ends_s IS NULL OR s.ends_s > :now)
WHERE k.prefix = :prefix
ORDER BY s.id DESC LIMIT 2;

-- :name gate_other
-- The public part of a key beside this one, found in the same index.
SELECT coalesce((SELECT min(prefix) FROM api_key WHERE prefix > :prefix),
    (SELECT min(prefix) FROM api_key));

-- :name gate_endpoint
SELECT
-- :use endpoint_fit
FROM key_endpoint e JOIN api_key k ON k.id = e.key_id
WHERE e.key_id = :key AND e.endpoint = :endpoint;

-- :name gate_model
-- The model as this workspace knows it, and whether this key lists it: NULL
-- no, 1 yes, 0 the seal of that is broken.
SELECT m.id, m.category, (SELECT
-- :use model_fit
    FROM key_model x WHERE x.key_id = k.id AND x.model_id = m.id), (SELECT
-- :use category_fit
    FROM key_category c WHERE c.key_id = k.id AND c.category = m.category)
FROM model m JOIN api_key k ON k.id = :key
WHERE m.workspace_id = :workspace AND m.name = :name AND m.removed_s IS NULL;

-- :name gate_deployment
SELECT uuid FROM deployment WHERE id = :id AND removed_s IS NULL;

-- :name key_category_list
SELECT category FROM key_category WHERE key_id = :key ORDER BY category;

-- :name key_model_list
SELECT m.name, m.uuid FROM key_model x JOIN model m ON m.id = x.model_id
WHERE x.key_id = :key AND m.removed_s IS NULL ORDER BY m.name;

-- :name key_endpoint_list
SELECT endpoint FROM key_endpoint WHERE key_id = :key ORDER BY endpoint;

-- :name key_network_list
SELECT network FROM key_network WHERE key_id = :key ORDER BY network;

-- :name gate_networks
SELECT n.network,
-- :use network_fit
FROM key_network n JOIN api_key k ON k.id = n.key_id WHERE n.key_id = :key;

-- :name gate_categories
SELECT c.category,
-- :use category_fit
FROM key_category c JOIN api_key k ON k.id = c.key_id WHERE c.key_id = :key;

-- :name key_label_list
SELECT name, value FROM key_label WHERE key_id = :key ORDER BY name;

-- :name key_deployment
SELECT uuid, name FROM deployment WHERE id = :id;

-- :name key_category_add
INSERT INTO key_category (key_id, category) VALUES (:key, :value);

-- :name key_model_add
-- Only a model of the key's own workspace.
INSERT INTO key_model (key_id, model_id)
SELECT :key, id FROM model
WHERE uuid = :value AND workspace_id = :workspace AND removed_s IS NULL;

-- :name key_endpoint_add
INSERT INTO key_endpoint (key_id, endpoint) VALUES (:key, :value);

-- :name key_network_add
INSERT INTO key_network (key_id, network) VALUES (:key, :value);

-- :name key_label_add
INSERT INTO key_label (key_id, name, value) VALUES (:key, :name, :value);

-- :name key_category_clear
DELETE FROM key_category WHERE key_id = :key;

-- :name key_model_clear
DELETE FROM key_model WHERE key_id = :key;

-- :name key_endpoint_clear
DELETE FROM key_endpoint WHERE key_id = :key;

-- :name key_network_clear
DELETE FROM key_network WHERE key_id = :key;

-- :name key_label_clear
DELETE FROM key_label WHERE key_id = :key;

-- :name key_calls_since
-- How many calls a key made since :since, from the hourly sums.
SELECT ifnull(sum(succeeded + failed), 0) FROM usage_hour
WHERE workspace_id = :workspace AND key_id = :key AND start_s >= :since;
