-- SPDX-License-Identifier: ISC
-- Statements on what is to be told outside: mail, events for webhooks.

-- :name outbox_add
INSERT INTO outbox (uuid, workspace_id, webhook_id, kind, recipient, sealed,
    made_s, due_s, ends_s)
VALUES (:uuid, :workspace, :webhook, :kind, :recipient, :sealed, :now, :now,
    :ends);

-- :name outbox_people
-- Who is told of something in a workspace: one person, and those of a role.
SELECT u.email FROM member m JOIN user u ON u.id = m.user_id
WHERE m.workspace_id = :workspace AND u.disabled_s IS NULL
    AND (m.user_id = :owner OR (:admins AND m.role IN ('owner', 'admin')))
ORDER BY u.id;

-- :name outbox_guards
-- Owners of a workspace, and who operates the installation.
SELECT u.email FROM member m JOIN user u ON u.id = m.user_id
WHERE m.workspace_id = :workspace AND m.role = 'owner'
    AND u.disabled_s IS NULL
UNION
SELECT email FROM user
WHERE operator = 1 AND disabled_s IS NULL AND :operators;

-- :name outbox_hooks
-- Webhooks of a workspace that want this event.
SELECT id, workspace_id FROM webhook
WHERE workspace_id = :workspace AND paused_s IS NULL
    AND (events >> :kind) & 1;

-- :name outbox_hooks_all
-- The same of every workspace, by id.
SELECT w.id, w.workspace_id FROM webhook w
WHERE w.id > :after AND w.paused_s IS NULL AND (w.events >> :kind) & 1
    AND NOT (SELECT demo FROM workspace WHERE id = w.workspace_id)
ORDER BY w.id LIMIT :most;

-- :name outbox_hooks_of_user
-- The same of every workspace that a person is in.
SELECT w.id, w.workspace_id FROM member m
JOIN webhook w ON w.workspace_id = m.workspace_id
WHERE m.user_id = :user AND w.paused_s IS NULL
    AND (w.events >> :kind) & 1;

-- :part outbox_columns
o.id, o.uuid, o.workspace_id, o.webhook_id, o.kind, o.recipient, o.sealed,
o.state, o.made_s, o.due_s, o.ends_s, o.tries, o.problem

-- :name outbox_by_id
SELECT
-- :use outbox_columns
FROM outbox o WHERE o.id = :id;

-- :name outbox_next
-- The first that is due.  Of the events of a workspace one goes out at a time:
-- a slow receiver keeps nobody waiting but its own workspace.  What belongs to a
-- deleted one waits until it is restored; only :always goes out.
SELECT
-- :use outbox_columns
FROM outbox o
WHERE o.state = 'waiting' AND (o.webhook_id IS NOT NULL) = :hook
    AND o.due_s <= :now
    AND (o.kind = :always OR NOT EXISTS (SELECT 1 FROM workspace w
        WHERE w.id = o.workspace_id AND w.deleted_s IS NOT NULL))
    AND NOT EXISTS (SELECT 1 FROM outbox s
        WHERE :hook AND s.state = 'sending'
            AND s.workspace_id = o.workspace_id AND s.webhook_id IS NOT NULL)
ORDER BY o.due_s LIMIT 1;

-- :name outbox_claim
UPDATE outbox SET state = 'sending', tries = tries + 1
WHERE id = :id AND state = 'waiting';

-- :name outbox_sent
-- It is out: what it said, and to whom, is of no more use.
UPDATE outbox SET state = 'sent', sealed = NULL, recipient = '',
    problem = ''
WHERE id = :id AND state = 'sending';

-- :name outbox_failed
UPDATE outbox SET state = CASE WHEN :final OR :due >= ends_s
        THEN 'given_up' ELSE 'waiting' END,
    due_s = :due, problem = :problem
WHERE id = :id AND state = 'sending';

-- :name outbox_late
-- Those whose time is over before a try worked.
UPDATE outbox SET state = 'given_up',
    problem = CASE WHEN problem = '' THEN 'It was not sent in time'
        ELSE problem END,
    tries = max(tries, 1)
WHERE id IN (SELECT id FROM outbox
    WHERE state = 'waiting' AND (webhook_id IS NOT NULL) = :hook
        AND due_s <= :now AND ends_s <= :now LIMIT 100);

-- :name outbox_release
-- Of a sender that ended in the middle.
UPDATE outbox SET state = 'waiting', due_s = max(due_s, :now)
WHERE id IN (SELECT id FROM outbox WHERE state = 'sending'
    AND (workspace_id IS NULL OR workspace_id > 0));

-- :name outbox_again
-- Once more what was given up; a link is over when it is (ends 0).
UPDATE outbox SET state = 'waiting', due_s = :now,
    ends_s = max(ends_s, :ends)
WHERE id = :id AND state = 'given_up';

-- :name outbox_try_add
INSERT INTO outbox_try (outbox_id, n, at_s, took_ms, status, bytes, problem)
VALUES (:id, :n, :at, :took, :status, :bytes, :problem)
ON CONFLICT (outbox_id, n) DO UPDATE
SET at_s = excluded.at_s, took_ms = excluded.took_ms,
    status = excluded.status, bytes = excluded.bytes,
    problem = excluded.problem;

-- :name outbox_stuck
-- Mail that did not go out at the first try, newest first.
SELECT
-- :use outbox_columns
FROM outbox o
WHERE o.state <> 'sent' AND o.tries > 0 AND o.webhook_id IS NULL
    AND (:before = 0 OR o.id < :before)
ORDER BY o.id DESC LIMIT :most;

-- :name outbox_stuck_workspace
SELECT
-- :use outbox_columns
FROM outbox o
WHERE o.workspace_id = :workspace AND o.state <> 'sent' AND o.tries > 0
    AND o.webhook_id IS NULL AND (:before = 0 OR o.id < :before)
ORDER BY o.id DESC LIMIT :most;

-- :name outbox_stuck_all
-- Mail and events of all workspaces that did not go out at the first try, newest
-- first, and whose they are.
SELECT
-- :use outbox_columns
, w.name, h.url
FROM outbox o LEFT JOIN workspace w ON w.id = o.workspace_id
    LEFT JOIN webhook h ON h.id = o.webhook_id
WHERE o.state <> 'sent' AND o.tries > 0 AND o.id > 0
    AND (:before = 0 OR o.id < :before)
ORDER BY o.id DESC LIMIT :most;

-- :name outbox_stuck_by_uuid
-- One of them, wherever it belongs.
SELECT
-- :use outbox_columns
, w.name, h.url
FROM outbox o LEFT JOIN workspace w ON w.id = o.workspace_id
    LEFT JOIN webhook h ON h.id = o.webhook_id
WHERE o.uuid = :uuid AND o.state <> 'sent' AND o.tries > 0;

-- :name outbox_hurry
-- What waits for its next try is due now.
UPDATE outbox SET due_s = :now WHERE id = :id AND state = 'waiting';

-- :name outbox_drop
-- Nobody tries it any more; what is under way cannot be held.
DELETE FROM outbox WHERE id = :id AND state IN ('waiting', 'given_up');

-- :name outbox_by_uuid
-- Of a workspace.
SELECT
-- :use outbox_columns
FROM outbox o WHERE o.uuid = :uuid AND o.workspace_id = :workspace;

-- :name outbox_of_hook
-- The log of a webhook: tries, newest message first.
SELECT
-- :use outbox_columns
, t.n, t.at_s, t.took_ms, t.status, t.bytes, t.problem
FROM outbox o LEFT JOIN outbox_try t ON t.outbox_id = o.id AND t.n = o.tries
WHERE o.webhook_id = :webhook AND (:before = 0 OR o.id < :before)
ORDER BY o.id DESC LIMIT :most;

-- :name outbox_counts
-- What waits and what was given up, of mail and of events.
SELECT ifnull(sum(webhook_id IS NULL AND state <> 'given_up'), 0),
    ifnull(sum(webhook_id IS NULL AND state = 'given_up'), 0),
    ifnull(sum(webhook_id IS NOT NULL AND state <> 'given_up'), 0),
    ifnull(sum(webhook_id IS NOT NULL AND state = 'given_up'), 0)
FROM outbox WHERE state <> 'sent' AND tries > 0 AND id > 0;
