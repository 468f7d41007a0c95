-- SPDX-License-Identifier: ISC
-- Statements on who comes and goes: invitations, roles, service accounts, and
-- the keys that somebody leaves behind.

-- :part invite_columns
SELECT i.id, i.uuid, i.workspace_id, w.name, i.email, i.role, u.name,
    CASE WHEN
-- :use member_fit
    THEN m.role END, u.disabled_s IS NOT NULL OR NOT
-- :use user_fit
    , i.created_s, i.ends_s, i.accepted_s, i.cancelled_s,
    EXISTS (SELECT 1 FROM user x WHERE x.email = i.email),
-- :use invite_broken
    , w.deleted_s IS NOT NULL
FROM invite i JOIN workspace w ON w.id = i.workspace_id
LEFT JOIN user u ON u.id = i.by_user_id
LEFT JOIN member m ON m.workspace_id = i.workspace_id
    AND m.user_id = i.by_user_id

-- :name invite_insert
INSERT INTO invite (uuid, workspace_id, mac, email, role, by_user_id,
    created_s, ends_s)
VALUES (:uuid, :workspace, :mac, :email, :role, :user, :now, :ends);

-- :name invite_by_mac
-- :use invite_columns
WHERE i.mac = :mac;

-- :name invite_list
-- Those that may still be good, newest first.
-- :use invite_columns
WHERE i.workspace_id = :workspace AND i.created_s > :now - 8 * 86400
    AND i.accepted_s IS NULL AND i.cancelled_s IS NULL AND i.ends_s > :now
ORDER BY i.created_s DESC, i.id DESC LIMIT :most;

-- :name invite_by_uuid
-- :use invite_columns
WHERE i.uuid = :uuid AND i.workspace_id = :workspace;

-- :name invite_cancel
UPDATE invite SET cancelled_s = :now
WHERE id = :id AND workspace_id = :workspace AND accepted_s IS NULL
    AND cancelled_s IS NULL;

-- :name invite_replace
-- A new link for somebody makes the older ones useless.
UPDATE invite SET cancelled_s = :now
WHERE workspace_id = :workspace AND created_s > :now - 8 * 86400
    AND email = :email AND accepted_s IS NULL AND cancelled_s IS NULL
    AND (role <> 'owner' OR :owners);

-- :name invite_use
UPDATE invite SET accepted_s = :now
WHERE id = :id AND accepted_s IS NULL AND cancelled_s IS NULL;

-- :name member_is
SELECT 1 FROM member m JOIN user u ON u.id = m.user_id
WHERE m.workspace_id = :workspace AND u.email = :email;

-- :name member_set_role
UPDATE member SET role = :role
WHERE workspace_id = :workspace AND user_id = :user;

-- :name member_delete
DELETE FROM member WHERE workspace_id = :workspace AND user_id = :user;

-- :name owner_other
-- The owner who is here longest, of those who can sign in, without one.
SELECT u.id, u.uuid, u.email, u.name, m.role, m.created_s, u.seen_s, 0, 0, 0
FROM member m JOIN user u ON u.id = m.user_id
WHERE m.workspace_id = :workspace AND m.role = 'owner' AND m.user_id <> :user
    AND u.disabled_s IS NULL
ORDER BY m.created_s, u.id LIMIT 1;

-- :name left_person
-- Somebody who left keys here; no member, perhaps.
SELECT u.id, u.uuid, u.email, u.name, NULL, 0, u.seen_s, 0,
    u.disabled_s IS NOT NULL, 0
FROM user u WHERE u.uuid = :uuid AND EXISTS (SELECT 1 FROM api_key k
    WHERE k.left_user_id = u.id AND k.workspace_id = :workspace
        AND k.revoked_s IS NULL
        AND (k.suspended_why = 'owner_removed' OR k.left_s > :since));

-- :name left_people
-- Those whose keys wait for an answer, or were passed on since :since; the
-- one who left last comes first.
SELECT u.uuid, u.name, u.email, max(k.left_s), count(*),
    sum(k.suspended_why IS 'owner_removed')
FROM api_key k JOIN user u ON u.id = k.left_user_id
WHERE k.workspace_id = :workspace AND k.left_s IS NOT NULL
    AND k.revoked_s IS NULL
    AND (k.suspended_why = 'owner_removed' OR k.left_s > :since)
GROUP BY u.id ORDER BY max(k.left_s) DESC, u.id LIMIT 100;

-- :name service_page
-- With what the page on them shows.
SELECT s.id, s.uuid, s.name, s.created_s, u.name,
    (SELECT count(*) FROM api_key k WHERE k.owner_service_id = s.id
        AND k.workspace_id = s.workspace_id AND k.revoked_s IS NULL)
FROM service_account s LEFT JOIN user u ON u.id = s.by_user_id
WHERE s.workspace_id = :workspace AND s.disabled_s IS NULL
ORDER BY s.name LIMIT 1000;

-- :name service_name_taken
SELECT 1 FROM service_account
WHERE workspace_id = :workspace AND name = :name AND disabled_s IS NULL
    AND id <> :not;

-- :name service_rename
UPDATE service_account SET name = :name
WHERE id = :id AND workspace_id = :workspace AND disabled_s IS NULL;

-- :name service_remove
UPDATE service_account SET disabled_s = :now
WHERE id = :id AND workspace_id = :workspace AND disabled_s IS NULL;

-- :name key_suspend_left
-- Its owner left, and nobody has said yet what becomes of it.  One that is
-- suspended as leaked stays so.
UPDATE api_key SET left_user_id = :user, left_s = :now,
    suspended_why = CASE WHEN suspended_s IS NULL THEN 'owner_removed'
        ELSE suspended_why END,
    suspended_s = ifnull(suspended_s, :now),
    updated_s = :now, version = version + 1
WHERE id = :id AND workspace_id = :workspace AND owner_user_id = :user
    AND revoked_s IS NULL;

-- :name key_pass_left
-- The same, but it goes on, with an owner of the workspace.
UPDATE api_key SET left_user_id = :user, left_s = :now,
    owner_user_id = :owner, updated_s = :now, version = version + 1
WHERE id = :id AND workspace_id = :workspace AND owner_user_id = :user
    AND revoked_s IS NULL;

-- :name key_hand_over
-- An answer: the new owner has it, and what the leaving suspended works again.
UPDATE api_key SET owner_user_id = :owner_user,
    owner_service_id = :owner_service, left_user_id = NULL, left_s = NULL,
    suspended_s = CASE WHEN suspended_why = 'owner_removed' THEN NULL
        ELSE suspended_s END,
    suspended_why = CASE WHEN suspended_why = 'owner_removed' THEN NULL
        ELSE suspended_why END,
    updated_s = :now, version = version + 1
WHERE id = :id AND workspace_id = :workspace AND revoked_s IS NULL;
