-- SPDX-License-Identifier: ISC
-- Statements on deployments and models.

-- :part deployment_columns
d.id, d.uuid, d.workspace_id, d.name, d.base_url, d.created_s, d.updated_s,
d.removed_s, d.version

-- :name deployment_list
-- With how many models it serves and how many live keys are bound to it.
SELECT
-- :use deployment_columns
, (SELECT count(*) FROM model_deployment x JOIN model m ON m.id = x.model_id
    WHERE x.deployment_id = d.id AND m.removed_s IS NULL),
(SELECT count(*) FROM api_key k
    WHERE k.deployment_id = d.id AND k.revoked_s IS NULL)
FROM deployment d
WHERE d.workspace_id = :workspace AND d.removed_s IS NULL
ORDER BY d.name LIMIT 1000;

-- :name deployment_by_uuid
SELECT
-- :use deployment_columns
, (SELECT count(*) FROM model_deployment x JOIN model m ON m.id = x.model_id
    WHERE x.deployment_id = d.id AND m.removed_s IS NULL),
(SELECT count(*) FROM api_key k
    WHERE k.deployment_id = d.id AND k.revoked_s IS NULL)
FROM deployment d WHERE d.workspace_id = :workspace AND d.uuid = :uuid;

-- :name deployment_insert
INSERT INTO deployment (uuid, workspace_id, name, base_url, created_s,
    updated_s)
VALUES (:uuid, :workspace, :name, :base_url, :now, :now);

-- :name deployment_update
UPDATE deployment SET name = :name, base_url = :base_url, updated_s = :now,
    version = version + 1
WHERE id = :id AND workspace_id = :workspace AND version = :version
    AND removed_s IS NULL;

-- :name deployment_remove
UPDATE deployment SET removed_s = :now, updated_s = :now,
    version = version + 1
WHERE id = :id AND workspace_id = :workspace AND removed_s IS NULL;

-- :name deployment_name_taken
SELECT 1 FROM deployment
WHERE workspace_id = :workspace AND name = :name AND removed_s IS NULL
    AND id <> :not;

-- :part model_columns
m.id, m.uuid, m.workspace_id, m.name, m.category, m.reserve_input,
m.reserve_output, m.created_s, m.updated_s, m.removed_s, m.version,
(SELECT input_micro FROM model_price p
    WHERE p.model_id = m.id AND p.from_s <= :now
    ORDER BY p.from_s DESC LIMIT 1),
(SELECT output_micro FROM model_price p
    WHERE p.model_id = m.id AND p.from_s <= :now
    ORDER BY p.from_s DESC LIMIT 1),
(SELECT max(p.from_s) FROM model_price p
    WHERE p.model_id = m.id AND p.from_s <= :now),
(SELECT count(*) FROM key_model x JOIN api_key k ON k.id = x.key_id
    WHERE x.model_id = m.id AND k.revoked_s IS NULL)

-- :name model_list
SELECT
-- :use model_columns
, (SELECT group_concat(name, ', ') FROM (
    SELECT d.name FROM model_deployment x
    JOIN deployment d ON d.id = x.deployment_id
    WHERE x.model_id = m.id AND d.removed_s IS NULL ORDER BY d.name LIMIT 200))
FROM model m
WHERE m.workspace_id = :workspace AND m.removed_s IS NULL
ORDER BY m.name LIMIT 1000;

-- :name model_by_uuid
SELECT
-- :use model_columns
FROM model m WHERE m.workspace_id = :workspace AND m.uuid = :uuid;

-- :name model_insert
INSERT INTO model (uuid, workspace_id, name, category, created_s, updated_s)
VALUES (:uuid, :workspace, :name, :category, :now, :now);

-- :name model_update
UPDATE model SET name = :name, category = :category, updated_s = :now,
    version = version + 1
WHERE id = :id AND workspace_id = :workspace AND version = :version
    AND removed_s IS NULL;

-- :name model_remove
UPDATE model SET removed_s = :now, updated_s = :now, version = version + 1
WHERE id = :id AND workspace_id = :workspace AND removed_s IS NULL;

-- :name model_name_taken
SELECT 1 FROM model
WHERE workspace_id = :workspace AND name = :name AND removed_s IS NULL
    AND id <> :not;

-- :name model_price_set
-- A new price holds from now on; two in the same second: the last one.
INSERT INTO model_price (model_id, from_s, input_micro, output_micro)
VALUES (:model, :from, :input, :output)
ON CONFLICT (model_id, from_s) DO UPDATE
SET input_micro = excluded.input_micro, output_micro = excluded.output_micro;

-- :name model_price_list
-- Newest first; also those to come.
SELECT from_s, input_micro, output_micro FROM model_price
WHERE model_id = :model ORDER BY from_s DESC LIMIT :most;

-- :name model_price_remove
-- Only one that has not begun.
DELETE FROM model_price
WHERE model_id = :model AND from_s = :from AND from_s > :now;

-- :name model_deployment_list
SELECT d.uuid FROM model_deployment x
JOIN deployment d ON d.id = x.deployment_id
WHERE x.model_id = :model AND d.removed_s IS NULL ORDER BY d.name LIMIT 200;

-- :name model_deployment_clear
DELETE FROM model_deployment WHERE model_id = :model;

-- :name model_deployment_add
INSERT INTO model_deployment (model_id, deployment_id)
SELECT :model, id FROM deployment
WHERE uuid = :uuid AND workspace_id = :workspace AND removed_s IS NULL;
