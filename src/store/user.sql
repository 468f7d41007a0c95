-- SPDX-License-Identifier: ISC
-- Statements on users, sessions and one-time links.

-- :name user_insert
INSERT INTO user (uuid, email, name, password, created_s, updated_s,
    password_s)
VALUES (:uuid, :email, :name, :password, :now, :now, :now);

-- :part user_columns
u.id, u.uuid, u.email, u.name, u.password, u.epoch, u.disabled_s, u.created_s,
u.seen_s, u.password_s, u.last_workspace_id, u.operator, NOT
-- :use user_fit

-- :name user_by_email
SELECT
-- :use user_columns
FROM user u WHERE u.email = :email;

-- :name user_by_id
SELECT
-- :use user_columns
FROM user u WHERE u.id = :id;

-- :name user_any
-- Anybody who can sign in, or could before somebody changed it: people of the
-- demo never could.
SELECT 1 FROM user u WHERE u.password IS NOT NULL OR NOT
-- :use user_fit
LIMIT 1;

-- :name user_set_name
UPDATE user SET name = :name, updated_s = :now WHERE id = :id;

-- :name user_list
SELECT
-- :use user_columns
FROM user u WHERE u.id > :after ORDER BY u.id LIMIT :most;

-- :name user_overview
-- The newest first, before :before.  Without the password.
SELECT u.id, u.uuid, u.email, u.name, NULL, u.epoch, u.disabled_s,
    u.created_s, u.seen_s, u.password_s, u.last_workspace_id, u.operator, NOT
-- :use user_fit
    , (SELECT count(*) FROM member m JOIN workspace w ON w.id = m.workspace_id
        WHERE m.user_id = u.id AND w.deleted_s IS NULL),
    EXISTS (SELECT 1 FROM factor f
        WHERE f.user_id = u.id AND f.proved_s IS NOT NULL) AS codes
FROM user u
WHERE u.id < :before
    AND (:find IS NULL OR instr(lower(u.name), :find) > 0
        OR instr(u.email, :find) > 0)
    AND CASE :state
        WHEN 'operator' THEN u.operator = 1
        WHEN 'disabled' THEN u.disabled_s IS NOT NULL
        WHEN 'no-codes' THEN NOT EXISTS (SELECT 1 FROM factor f
            WHERE f.user_id = u.id AND f.proved_s IS NOT NULL)
        WHEN 'broken' THEN NOT
-- :use user_fit
        ELSE 1 END
ORDER BY u.id DESC LIMIT :most;

-- :name user_by_uuid
SELECT
-- :use user_columns
FROM user u WHERE u.uuid = :uuid;

-- :name user_set_disabled
UPDATE user SET disabled_s = :disabled, updated_s = :now WHERE id = :id;

-- :name user_set_operator
UPDATE user SET operator = :operator, updated_s = :now WHERE id = :id;

-- :name user_set_email
UPDATE user SET email = :email, updated_s = :now WHERE id = :id;

-- :name user_set_password
UPDATE user SET password = :password, password_s = :now, updated_s = :now
WHERE id = :id;

-- :name user_end_sessions
-- Every session of another epoch is over.
UPDATE user SET epoch = epoch + 1, updated_s = :now WHERE id = :id;

-- :name user_stamp
-- Seen, perhaps in a workspace; a user who is gone changes nothing.
UPDATE user SET seen_s = max(ifnull(seen_s, 0), :now),
    last_workspace_id = coalesce(:workspace, last_workspace_id)
WHERE id = :id;

-- :name session_insert
INSERT INTO session (uuid, mac, user_id, epoch, created_s, seen_s, fresh_s,
    ends_s, address, agent)
VALUES (:uuid, :mac, :user, :epoch, :now, :now, :now, :ends, :address,
    :agent);

-- :name session_by_mac
-- And whose it is.
SELECT s.id, s.uuid, s.user_id, s.epoch, s.created_s, s.seen_s, s.fresh_s,
    s.ends_s, s.address, s.agent, NOT
-- :use session_fit
,
-- :use user_columns
FROM session s JOIN user u ON u.id = s.user_id WHERE s.mac = :mac;

-- :name session_list
SELECT s.id, s.uuid, s.user_id, s.epoch, s.created_s, s.seen_s, s.fresh_s,
    s.ends_s, s.address, s.agent, NOT
-- :use session_fit
FROM session s JOIN user u ON u.id = s.user_id
WHERE s.user_id = :user ORDER BY s.seen_s DESC LIMIT 100;

-- :name session_stamp
UPDATE session SET seen_s = max(seen_s, :now) WHERE id = :id;

-- :name session_renew
UPDATE session SET mac = :mac, epoch = :epoch, fresh_s = :now WHERE id = :id;

-- :name session_end
DELETE FROM session WHERE id = :id;

-- :name session_end_by_uuid
DELETE FROM session WHERE user_id = :user AND uuid = :uuid;

-- :name session_end_others
DELETE FROM session WHERE user_id = :user AND id <> :keep;

-- :name session_end_oldest
-- Keeps the newest :most sessions of a user.
DELETE FROM session WHERE user_id = :user AND id NOT IN (
    SELECT id FROM session WHERE user_id = :user
    ORDER BY seen_s DESC LIMIT :most);

-- :name once_insert
INSERT INTO once_link (kind, mac, user_id, key_id, created_s, ends_s)
VALUES (:kind, :mac, :user, :key, :now, :ends);

-- :name once_by_mac
SELECT l.id, l.ends_s, l.used_s, l.user_id, l.key_id, NOT
-- :use link_fit
FROM once_link l LEFT JOIN user u ON u.id = l.user_id
LEFT JOIN api_key k ON k.id = l.key_id
WHERE l.mac = :mac AND l.kind = :kind;

-- :name once_use
UPDATE once_link SET used_s = :now WHERE id = :id AND used_s IS NULL;

-- :name once_void
-- A new link of a kind makes the older ones useless.
UPDATE once_link SET ends_s = :now
WHERE kind = :kind AND used_s IS NULL AND ends_s > :now
    AND user_id IS :user AND key_id IS :key;

-- :name form_once_insert
INSERT INTO form_once (mac, user_id, key_id, at_s)
VALUES (:mac, :user, :key, :now);

-- :name form_once_find
SELECT f.at_s, k.prefix FROM form_once f JOIN api_key k ON k.id = f.key_id
WHERE f.mac = :mac AND f.user_id = :user;

-- :name form_once_prune
DELETE FROM form_once WHERE at_s < :before;
