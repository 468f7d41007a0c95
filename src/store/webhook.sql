-- SPDX-License-Identifier: ISC
-- Statements on webhooks: where a workspace has its events sent.

-- :part webhook_columns
w.id, w.uuid, w.workspace_id, w.url, w.events, w.sealed, w.old_sealed,
w.old_ends_s, w.paused_s, w.created_s, w.version, w.once, w.updated_s

-- :name webhook_insert
INSERT INTO webhook (uuid, workspace_id, url, events, sealed, once, created_s,
    updated_s)
VALUES (:uuid, :workspace, :url, :events, :sealed, :once, :now, :now);

-- :name webhook_list
-- With how the last message of each went.
SELECT
-- :use webhook_columns
, (SELECT o.state FROM outbox o WHERE o.webhook_id = w.id
    ORDER BY o.id DESC LIMIT 1),
(SELECT o.made_s FROM outbox o WHERE o.webhook_id = w.id
    ORDER BY o.id DESC LIMIT 1),
(SELECT o.problem FROM outbox o WHERE o.webhook_id = w.id
    ORDER BY o.id DESC LIMIT 1)
FROM webhook w WHERE w.workspace_id = :workspace ORDER BY w.id LIMIT :most;

-- :name webhook_by_uuid
SELECT
-- :use webhook_columns
FROM webhook w WHERE w.uuid = :uuid AND w.workspace_id = :workspace;

-- :name webhook_by_id
SELECT
-- :use webhook_columns
FROM webhook w WHERE w.id = :id;

-- :name webhook_edit
-- Only when nobody else did since :version.
UPDATE webhook SET url = :url, events = :events, updated_s = :now,
    version = version + 1
WHERE id = :id AND workspace_id = :workspace AND version = :version;

-- :name webhook_pause
-- NULL: it goes on.
UPDATE webhook SET paused_s = :at, updated_s = :now, version = version + 1
WHERE id = :id AND workspace_id = :workspace;

-- :name webhook_rotate
UPDATE webhook SET old_sealed = sealed, old_ends_s = :ends, sealed = :sealed,
    once = :once, updated_s = :now, version = version + 1
WHERE id = :id AND workspace_id = :workspace;

-- :name webhook_end_old
UPDATE webhook SET old_sealed = NULL, old_ends_s = NULL, updated_s = :now,
    version = version + 1
WHERE id = :id AND workspace_id = :workspace;

-- :name webhook_remove
DELETE FROM webhook WHERE id = :id AND workspace_id = :workspace;
