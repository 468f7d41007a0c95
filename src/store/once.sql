-- SPDX-License-Identifier: ISC
-- Statements on what was made under an Idempotency-Key.

-- :name api_once_insert
INSERT INTO api_once (mac, workspace_id, request, object_kind, object_id, at_s)
VALUES (:mac, :workspace, :request, :kind, :object, :now);

-- :name api_once_find
SELECT request, object_kind, object_id, at_s FROM api_once
WHERE mac = :mac AND workspace_id = :workspace;

-- :name api_once_prune
DELETE FROM api_once WHERE at_s < :before;
