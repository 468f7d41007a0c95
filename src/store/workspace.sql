-- SPDX-License-Identifier: ISC
-- Statements on workspaces and members.

-- :name workspace_insert
INSERT INTO workspace (uuid, slug, name, personal, demo, key_max,
    second_factor, second_factor_s, created_s, updated_s)
VALUES (:uuid, :slug, :name, :personal, :demo, :key_max, :second_factor,
    :second_factor_s, :now, :now);

-- :name workspace_by_slug
-- With the role of the person who asks; NULL when not a member.
SELECT w.id, w.uuid, w.slug, w.name, w.personal, w.demo, w.key_max,
    w.key_life_max_s, w.key_life_default_s, w.frozen_s, w.frozen_why,
    w.created_s, w.version, m.role, w.reserve_ends = 'release',
    w.event_months, w.frozen_until_s, w.frozen_by,
    w.owner_leaves = 'pass', w.second_factor, w.second_factor_s, w.deleted_s,
    CASE WHEN NOT
-- :use workspace_fit
        THEN 1 WHEN m.role IS NOT NULL AND NOT
-- :use member_fit
        THEN 2 ELSE 0 END
FROM workspace w
LEFT JOIN member m ON m.workspace_id = w.id AND m.user_id = :user
WHERE w.slug = :slug;

-- :name workspace_by_id
SELECT w.id, w.uuid, w.slug, w.name, w.personal, w.demo, w.key_max,
    w.key_life_max_s, w.key_life_default_s, w.frozen_s, w.frozen_why,
    w.created_s, w.version, m.role, w.reserve_ends = 'release',
    w.event_months, w.frozen_until_s, w.frozen_by,
    w.owner_leaves = 'pass', w.second_factor, w.second_factor_s, w.deleted_s,
    CASE WHEN NOT
-- :use workspace_fit
        THEN 1 WHEN m.role IS NOT NULL AND NOT
-- :use member_fit
        THEN 2 ELSE 0 END
FROM workspace w
LEFT JOIN member m ON m.workspace_id = w.id AND m.user_id = :user
WHERE w.id = :id;

-- :name workspace_ids
-- That somebody is in, the oldest first.
SELECT workspace_id FROM member WHERE user_id = :user
ORDER BY workspace_id LIMIT :most;

-- :name workspace_of_user
SELECT w.id, w.uuid, w.slug, w.name, w.personal, w.demo, w.key_max,
    w.key_life_max_s, w.key_life_default_s, w.frozen_s, w.frozen_why,
    w.created_s, w.version, m.role, w.reserve_ends = 'release',
    w.event_months, w.frozen_until_s, w.frozen_by,
    w.owner_leaves = 'pass', w.second_factor, w.second_factor_s, w.deleted_s,
    CASE WHEN NOT
-- :use workspace_fit
        THEN 1 WHEN m.role IS NOT NULL AND NOT
-- :use member_fit
        THEN 2 ELSE 0 END,
    (SELECT count(*) FROM member x WHERE x.workspace_id = w.id),
    (SELECT count(*) FROM api_key k WHERE k.workspace_id = w.id
        AND k.kind = 'standard' AND k.revoked_s IS NULL
        AND (k.expires_s IS NULL OR k.expires_s > :now))
FROM member m JOIN workspace w ON w.id = m.workspace_id
WHERE m.user_id = :user AND w.deleted_s IS NULL
ORDER BY w.personal DESC, w.name, w.id
LIMIT 1000;

-- As whoever operates the installation sees it: nobody's role.
-- :part workspace_bare
w.id, w.uuid, w.slug, w.name, w.personal, w.demo, w.key_max,
    w.key_life_max_s, w.key_life_default_s, w.frozen_s, w.frozen_why,
    w.created_s, w.version, NULL, w.reserve_ends = 'release',
    w.event_months, w.frozen_until_s, w.frozen_by,
    w.owner_leaves = 'pass', w.second_factor, w.second_factor_s, w.deleted_s,
    CASE WHEN NOT
-- :use workspace_fit
        THEN 1 ELSE 0 END,
    (SELECT count(*) FROM member x WHERE x.workspace_id = w.id),
    (SELECT count(*) FROM api_key k WHERE k.workspace_id = w.id
        AND k.kind = 'standard' AND k.revoked_s IS NULL
        AND (k.expires_s IS NULL OR k.expires_s > :now))

-- :name workspace_list
SELECT
-- :use workspace_bare
FROM workspace w WHERE w.id > :after ORDER BY w.id LIMIT :most;

-- :name workspace_overview
-- The newest first, before :before.
SELECT
-- :use workspace_bare
, (SELECT u.email FROM member x JOIN user u ON u.id = x.user_id
        WHERE x.workspace_id = w.id AND x.role = 'owner'
        ORDER BY x.user_id LIMIT 1),
    (SELECT count(*) FROM member x
        WHERE x.workspace_id = w.id AND x.role = 'owner'),
    (SELECT ifnull(sum(d.cost_micro), 0) FROM usage_day d
        WHERE d.workspace_id = w.id AND d.key_id = 0 AND d.start_s >= :since)
FROM workspace w
WHERE w.id < :before
    AND (:find IS NULL OR instr(lower(w.name), :find) > 0
        OR instr(w.slug, :find) > 0)
    AND CASE :state
        WHEN 'deleted' THEN w.deleted_s IS NOT NULL
        WHEN 'frozen' THEN w.deleted_s IS NULL AND w.frozen_s IS NOT NULL
            AND (w.frozen_until_s IS NULL OR w.frozen_until_s > :now)
        WHEN 'active' THEN w.deleted_s IS NULL AND (w.frozen_s IS NULL
            OR w.frozen_until_s <= :now)
        WHEN 'broken' THEN NOT
-- :use workspace_fit
        ELSE 1 END
ORDER BY w.id DESC LIMIT :most;

-- :name workspace_slug_taken
SELECT 1 FROM workspace WHERE slug = :slug;

-- :name workspace_set_settings
UPDATE workspace SET name = :name, key_max = :key_max,
    key_life_max_s = :life_max, key_life_default_s = :life_default,
    owner_leaves = :owner_leaves, reserve_ends = :reserve_ends,
    event_months = :event_months, second_factor = :second_factor,
    second_factor_s = :second_factor_s, updated_s = :now, version = version + 1
WHERE id = :id AND version = :version;

-- :name workspace_freeze
UPDATE workspace SET frozen_s = :now, frozen_why = :why, frozen_by = :by,
    frozen_until_s = :until
WHERE id = :id;

-- :name workspace_thaw
UPDATE workspace SET frozen_s = NULL, frozen_why = NULL, frozen_by = NULL,
    frozen_until_s = NULL
WHERE id = :id;

-- :name workspace_set_deleted
UPDATE workspace SET deleted_s = :deleted WHERE id = :id;

-- :name workspace_demo_id
SELECT id FROM workspace WHERE slug = :slug AND demo = 1;

-- :name member_insert
INSERT INTO member (workspace_id, user_id, role, created_s)
VALUES (:workspace, :user, :role, :now);

-- :name member_page
-- Owners first, then admins, then members; by name; after :mark.  Who is :mark
-- may be gone meanwhile: then as if a member.
WITH shown AS (
    SELECT u.id, u.name,
        CASE m.role WHEN 'owner' THEN 0 WHEN 'admin' THEN 1 ELSE 2 END AS rank
    FROM member m JOIN user u ON u.id = m.user_id
    WHERE m.workspace_id = :workspace AND (:mark IS NULL OR
        (CASE m.role WHEN 'owner' THEN 0 WHEN 'admin' THEN 1 ELSE 2 END,
            u.name, u.id) >
        (SELECT CASE (SELECT role FROM member
                WHERE workspace_id = :workspace AND user_id = :mark)
                WHEN 'owner' THEN 0 WHEN 'admin' THEN 1 ELSE 2 END,
            y.name, y.id FROM user y WHERE y.id = :mark))
    ORDER BY rank, u.name, u.id LIMIT :most)
SELECT u.id, u.uuid, u.email, u.name, m.role, m.created_s, u.seen_s,
    EXISTS (SELECT 1 FROM factor f
        WHERE f.user_id = u.id AND f.proved_s IS NOT NULL),
    u.disabled_s IS NOT NULL,
    (SELECT count(*) FROM api_key k WHERE k.owner_user_id = u.id
        AND k.workspace_id = :workspace AND k.revoked_s IS NULL)
FROM shown JOIN user u ON u.id = shown.id
JOIN member m ON m.workspace_id = :workspace AND m.user_id = shown.id
ORDER BY shown.rank, shown.name, shown.id;

-- :name member_page_back
-- The page before :mark.
WITH shown AS (
    SELECT u.id, u.name,
        CASE m.role WHEN 'owner' THEN 0 WHEN 'admin' THEN 1 ELSE 2 END AS rank
    FROM member m JOIN user u ON u.id = m.user_id
    WHERE m.workspace_id = :workspace AND (:mark IS NULL OR
        (CASE m.role WHEN 'owner' THEN 0 WHEN 'admin' THEN 1 ELSE 2 END,
            u.name, u.id) <
        (SELECT CASE (SELECT role FROM member
                WHERE workspace_id = :workspace AND user_id = :mark)
                WHEN 'owner' THEN 0 WHEN 'admin' THEN 1 ELSE 2 END,
            y.name, y.id FROM user y WHERE y.id = :mark))
    ORDER BY rank DESC, u.name DESC, u.id DESC LIMIT :most)
SELECT u.id, u.uuid, u.email, u.name, m.role, m.created_s, u.seen_s,
    EXISTS (SELECT 1 FROM factor f
        WHERE f.user_id = u.id AND f.proved_s IS NOT NULL),
    u.disabled_s IS NOT NULL,
    (SELECT count(*) FROM api_key k WHERE k.owner_user_id = u.id
        AND k.workspace_id = :workspace AND k.revoked_s IS NULL)
FROM shown JOIN user u ON u.id = shown.id
JOIN member m ON m.workspace_id = :workspace AND m.user_id = shown.id
ORDER BY shown.rank, shown.name, shown.id;

-- :name member_count
SELECT count(*) FROM member WHERE workspace_id = :workspace;

-- :name member_names
-- By name, without the counts, which are dear with 10,000 keys.
SELECT u.id, u.uuid, u.email, u.name, m.role, m.created_s, u.seen_s, 0,
    u.disabled_s IS NOT NULL, 0
FROM member m JOIN user u ON u.id = m.user_id
WHERE m.workspace_id = :workspace
ORDER BY CASE m.role WHEN 'owner' THEN 0 WHEN 'admin' THEN 1 ELSE 2 END,
    u.name, u.id
LIMIT 1000;

-- :name member_by_uuid
SELECT u.id, u.uuid, u.email, u.name, m.role, m.created_s, u.seen_s,
    EXISTS (SELECT 1 FROM factor f
        WHERE f.user_id = u.id AND f.proved_s IS NOT NULL),
    u.disabled_s IS NOT NULL,
    (SELECT count(*) FROM api_key k WHERE k.owner_user_id = u.id
        AND k.workspace_id = :workspace AND k.revoked_s IS NULL)
FROM user u JOIN member m ON m.user_id = u.id AND m.workspace_id = :workspace
WHERE u.uuid = :uuid;

-- :name service_list
SELECT id, uuid, name FROM service_account
WHERE workspace_id = :workspace AND disabled_s IS NULL
ORDER BY name LIMIT 1000;

-- :name service_by_uuid
SELECT id, uuid, name FROM service_account
WHERE workspace_id = :workspace AND uuid = :uuid AND disabled_s IS NULL;

-- :name service_insert
INSERT INTO service_account (uuid, workspace_id, name, by_user_id, created_s)
VALUES (:uuid, :workspace, :name, :user, :now);
