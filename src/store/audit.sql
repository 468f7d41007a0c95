-- SPDX-License-Identifier: ISC
-- Statements on the audit log.

-- :part audit_columns
seq, at_s, workspace_id, actor_kind, actor_id, actor_name, action,
object_kind, object_id, object_name, details, address, request_id, prev_hash,
hash

-- :name audit_last
SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1;

-- :name audit_insert
INSERT INTO audit (seq, at_s, workspace_id, actor_kind, actor_id, actor_name,
    action, object_kind, object_id, object_name, details, address,
    request_id, prev_hash, hash)
VALUES (:seq, :at, :workspace, :actor_kind, :actor_id, :actor_name, :action,
    :object_kind, :object_id, :object_name, :details, :address, :request,
    :prev, :hash);

-- :part audit_wanted
    AND (:actor IS NULL OR actor_id = :actor)
    AND (:action IS NULL OR action = :action)
    AND (:object IS NULL OR object_id = :object)
    AND (:find IS NULL OR instr(lower(actor_name), :find) > 0
        OR instr(lower(object_name), :find) > 0 OR object_id = :find_id)
    AND (:from IS NULL OR at_s >= :from) AND (:to IS NULL OR at_s < :to)

-- :name audit_list
-- Newest first, older than :mark.
SELECT
-- :use audit_columns
FROM audit
WHERE workspace_id = :workspace AND (:mark IS NULL OR seq < :mark)
-- :use audit_wanted
ORDER BY seq DESC LIMIT :most;

-- :name audit_list_all
-- The same of the whole log.
SELECT
-- :use audit_columns
FROM audit
WHERE seq < :mark
-- :use audit_wanted
ORDER BY seq DESC LIMIT :most;

-- :name audit_list_back
-- Oldest first, newer than :mark: the page before.
SELECT
-- :use audit_columns
FROM audit
WHERE workspace_id = :workspace AND seq > :mark
-- :use audit_wanted
ORDER BY seq LIMIT :most;

-- :name audit_list_object
SELECT
-- :use audit_columns
FROM audit
WHERE workspace_id = :workspace AND object_kind = :kind
    AND object_id = :object
ORDER BY seq DESC LIMIT :most;

-- :name audit_chain
-- For the verifier: in order, from :after on.
SELECT
-- :use audit_columns
FROM audit WHERE seq > :after ORDER BY seq LIMIT :most;

-- :name audit_chain_workspace
-- The same of one workspace.
SELECT
-- :use audit_columns
FROM audit WHERE workspace_id = :workspace AND seq > :after
ORDER BY seq LIMIT :most;

-- :name audit_head_insert
-- Of one row there is one head.
INSERT INTO audit_head (seq, at_s, hash, public_key, signature)
VALUES (:seq, :at, :hash, :public_key, :signature)
ON CONFLICT (seq) DO NOTHING;

-- :name audit_head_last
SELECT seq, at_s, hash, public_key, signature FROM audit_head
WHERE seq = (SELECT max(seq) FROM audit_head);

-- :name audit_head_list
SELECT seq, at_s, hash, public_key, signature FROM audit_head
WHERE seq > :after ORDER BY seq LIMIT :most;
