-- SPDX-License-Identifier: ISC
-- Statements of export and import: the shell walks through whole workspaces, and
-- brings in what another installation made.

-- :name port_workspaces
SELECT id FROM workspace WHERE id > :after ORDER BY id LIMIT 1;

-- :name port_workspace
-- What the row holds beyond what everybody reads.
SELECT w.credits_micro, (SELECT u.email FROM member m
    JOIN user u ON u.id = m.user_id WHERE m.workspace_id = w.id
    ORDER BY m.created_s LIMIT 1)
FROM workspace w WHERE w.id = :workspace;

-- :name port_members
SELECT u.id, u.uuid, u.email, u.name, m.role, u.disabled_s, m.created_s
FROM member m JOIN user u ON u.id = m.user_id
WHERE m.workspace_id = :workspace AND m.user_id > :after
ORDER BY m.user_id LIMIT :most;

-- :name port_services
SELECT id, uuid, name, created_s, disabled_s FROM service_account
WHERE workspace_id = :workspace ORDER BY name LIMIT :most;

-- :name port_deployments
SELECT id, uuid, name, base_url, created_s, removed_s FROM deployment
WHERE workspace_id = :workspace ORDER BY id LIMIT :most;

-- :name port_prices
SELECT from_s, input_micro, output_micro FROM model_price
WHERE model_id = :model ORDER BY from_s LIMIT :most;

-- :name port_keys
SELECT k.id, k.uuid, k.kind, k.prefix, k.name, k.note, u.email, s.uuid,
    k.by_name, k.created_s, k.updated_s, k.expires_s, k.disabled_s,
    k.disabled_by, k.suspended_s, k.suspended_why, k.revoked_s, k.revoked_by,
    k.all_categories, k.all_models, k.all_endpoints, k.all_networks,
    k.deployment_id, k.spend_limit_micro, k.spend_reset, k.used_s,
    k.claim_ends_s IS NOT NULL AND k.claimed_s IS NULL,
    (SELECT p.spent_micro FROM key_spend p WHERE p.key_id = k.id
        AND p.start_s = CASE k.spend_reset WHEN 'day' THEN :day
        WHEN 'week' THEN :week WHEN 'month' THEN :month ELSE 0 END)
FROM api_key k
LEFT JOIN user u ON u.id = k.owner_user_id
LEFT JOIN service_account s ON s.id = k.owner_service_id
WHERE k.workspace_id = :workspace AND k.kind = :kind AND k.id > :after
ORDER BY k.id LIMIT :most;

-- :name port_find_workspace
SELECT id FROM workspace WHERE uuid = :uuid;

-- :name port_find_user
SELECT id FROM user WHERE uuid = :uuid;

-- :name port_find_service
SELECT id FROM service_account
WHERE workspace_id = :workspace AND uuid = :uuid;

-- :name port_find_service_name
SELECT id, uuid FROM service_account
WHERE workspace_id = :workspace AND name = :name AND disabled_s IS NULL;

-- :name port_find_model
SELECT id, uuid FROM model
WHERE workspace_id = :workspace AND name = :name AND removed_s IS NULL;

-- :name port_find_key
SELECT workspace_id FROM api_key WHERE uuid = :uuid;

-- :name port_personal
-- Has this person a personal workspace?
SELECT 1 FROM member m JOIN workspace w ON w.id = m.workspace_id
WHERE m.user_id = :user AND w.personal = 1;

-- :name port_user_disable
UPDATE user SET disabled_s = :now WHERE id = :id;

-- :name port_service_remove
UPDATE service_account SET disabled_s = :at
WHERE workspace_id = :workspace AND id = :id;

-- :name port_price_add
INSERT INTO model_price (model_id, from_s, input_micro, output_micro)
VALUES (:model, :from, :input, :output);

-- :name port_key_insert
INSERT INTO api_key (uuid, workspace_id, kind, prefix, name, note,
    owner_user_id, owner_service_id, by_name, created_s, updated_s, expires_s,
    disabled_s, disabled_by, suspended_s, suspended_why, revoked_s, revoked_by,
    all_categories, all_models, all_endpoints, all_networks, deployment_id,
    spend_limit_micro, spend_reset, used_s, claim_ends_s)
VALUES (:uuid, :workspace, :kind, :prefix, :name, :note, :owner_user,
    :owner_service, :by_name, :created, :updated, :expires, :disabled,
    :disabled_by, :suspended, :suspended_why, :revoked, :revoked_by,
    :all_categories, :all_models, :all_endpoints, :all_networks, :deployment,
    :spend_limit, :spend_reset, :used, :claim_ends);

-- :name port_spend
INSERT INTO key_spend (key_id, start_s, spent_micro, reserved_micro)
VALUES (:key, :start, :spent, 0);
