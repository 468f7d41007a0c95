-- SPDX-License-Identifier: ISC
-- Statements of backup, verify, restore and of new master secrets: they read
-- or change all there is, beside or without a server.

-- :name backup_counts
SELECT (SELECT count(*) FROM workspace), (SELECT count(*) FROM user),
    (SELECT count(*) FROM api_key), (SELECT count(*) FROM usage_event),
    (SELECT ifnull(max(at_s), 0) FROM audit
        WHERE seq = (SELECT max(seq) FROM audit));

-- :name secret_walk
-- With what each is bound to.
SELECT c.id, c.sealed, k.workspace_id, k.uuid, k.prefix, k.kind,
    c.foreign_mac
FROM key_secret c JOIN api_key k ON k.id = c.key_id
WHERE c.id > :after ORDER BY c.id LIMIT :most;

-- :name backup_last
SELECT value FROM meta WHERE name = 'backup_s';

-- :name backup_note
INSERT INTO meta (name, value) VALUES ('backup_s', :at)
ON CONFLICT (name) DO UPDATE SET value = :at;

-- :name backup_place
SELECT value FROM meta WHERE name = 'backup_folder';

-- :name backup_place_note
INSERT INTO meta (name, value) VALUES ('backup_folder', :folder)
ON CONFLICT (name) DO UPDATE SET value = :folder;

-- :name session_end_all
DELETE FROM session;

-- :name once_void_all
UPDATE once_link SET ends_s = :now WHERE used_s IS NULL AND ends_s > :now;

-- :name invite_void_all
UPDATE invite SET cancelled_s = :now
WHERE accepted_s IS NULL AND cancelled_s IS NULL;
