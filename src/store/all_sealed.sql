-- SPDX-License-Identifier: ISC
-- Row seals: what each covers, and the statements that make and check them
-- (store/rowseal.h).  The name of this file puts its parts before all that use
-- them.
--
-- x_sealed: the columns; x_mac: what goes into the MAC, the kind of row first
-- (enum row_kind).  The gate reads x_sealed once and has the store's C look
-- (store_gate_key): a third faster.
-- x_fit: does the seal fit the row?
-- x_whole: and are the limits that belong to it all there, and no others?
-- In a transaction that changed a row itself both say what it was before.

-- :part key_sealed
k.id, k.uuid, k.workspace_id, k.kind, k.prefix, k.owner_user_id,
k.owner_service_id, k.expires_s, k.disabled_s, k.suspended_s, k.suspended_why,
k.revoked_s, k.all_categories, k.all_models, k.all_endpoints, k.all_networks,
k.deployment_id, k.spend_limit_micro, k.spend_reset, k.left_user_id, k.left_s,
k.claim_ends_s, k.claimed_s

-- :part key_mac
1,
-- :use key_sealed

-- :part key_fit
row_sealed(k.seal,
-- :use key_mac
, k.seal_n, k.limits_n)

-- :part key_whole
(
-- :use key_fit
AND (k.limits_n = (SELECT count(*) FROM limit_rule x WHERE x.key_id = k.id)
    OR ifnull(row_noted(1, k.id), 0)))

-- :part workspace_sealed
w.id, w.uuid, w.personal, w.demo, w.key_max, w.key_life_max_s,
w.owner_leaves, w.reserve_ends, w.event_months, w.second_factor,
w.second_factor_s, w.credits_micro IS NULL, w.frozen_s, w.frozen_until_s,
w.deleted_s

-- :part workspace_mac
2,
-- :use workspace_sealed

-- :part workspace_fit
row_sealed(w.seal,
-- :use workspace_mac
, w.seal_n, w.limits_n)

-- :part workspace_whole
(
-- :use workspace_fit
AND (w.limits_n = (SELECT count(*) FROM limit_rule x
        WHERE x.workspace_id = w.id AND x.key_id IS NULL)
    OR ifnull(row_noted(2, w.id), 0)))

-- Rows that belong to a key or a workspace: its seal_n comes after these.

-- :part secret_rest
s.ends_s, s.silent_s, s.silent_from_s

-- :part secret_sealed
s.id, s.key_id, s.sealed,
-- :use secret_rest

-- :part secret_mac
3,
-- :use secret_sealed

-- :part secret_fit
row_sealed(s.seal,
-- :use secret_mac
, k.seal_n)

-- :part limit_mac
4, r.id, r.workspace_id, r.key_id, r.model_id, r.counts, r.period, r.amount,
r.shadow

-- :part member_mac
5, m.workspace_id, m.user_id, m.role

-- :part member_fit
row_sealed(m.seal,
-- :use member_mac
, w.seal_n)

-- :part category_fit
row_sealed(c.seal, 6, c.key_id, c.category, k.seal_n)

-- :part model_fit
row_sealed(x.seal, 7, x.key_id, x.model_id, k.seal_n)

-- :part endpoint_fit
row_sealed(e.seal, 8, e.key_id, e.endpoint, k.seal_n)

-- :part network_fit
row_sealed(n.seal, 9, n.key_id, n.network, k.seal_n)

-- People.  How many second factors somebody has is part of who they are: one
-- that was taken away is missed.

-- :part user_mac
10, u.id, u.uuid, u.email, u.password, u.epoch, u.disabled_s, u.operator,
(SELECT count(*) FROM factor z
    WHERE z.user_id = u.id AND z.proved_s IS NOT NULL)

-- :part user_fit
row_sealed(u.seal,
-- :use user_mac
, u.seal_n)

-- :part session_mac
11, s.id, s.mac, s.user_id, s.epoch, s.fresh_s, s.ends_s

-- :part session_fit
row_sealed(s.seal,
-- :use session_mac
, u.seal_n)

-- :part link_mac
-- The seal_n of its user, or of its key; of the set-up, that has neither, 0.
12, l.id, l.kind, l.mac, l.user_id, l.key_id, l.ends_s, l.used_s

-- :part link_fit
row_sealed(l.seal,
-- :use link_mac
, coalesce(u.seal_n, k.seal_n, 0))

-- :part factor_mac
13, f.id, f.user_id, f.kind, f.seed, f.last_step, f.proved_s

-- :part factor_fit
row_sealed(f.seal,
-- :use factor_mac
, u.seal_n)

-- :part code_mac
14, c.hash, c.user_id, c.used_s

-- :part code_fit
row_sealed(c.seal,
-- :use code_mac
, u.seal_n)

-- :part invite_mac
15, i.id, i.workspace_id, i.mac, i.email, i.role, i.by_user_id, i.created_s,
i.ends_s, i.accepted_s, i.cancelled_s

-- :part invite_fit
row_sealed(i.seal,
-- :use invite_mac
, w.seal_n)

-- :part invite_broken
-- One that was accepted or withdrawn is of no more use, and not sealed again.
(i.accepted_s IS NULL AND i.cancelled_s IS NULL AND NOT
-- :use invite_fit
)

-- ---- was a row whole, before somebody changes it? ----

-- :name fit_key
SELECT
-- :use key_whole
FROM api_key k WHERE k.id = :id;

-- :name fit_key_new
-- A new key has no limits yet, or somebody put them there for it.
SELECT NOT EXISTS (SELECT 1 FROM limit_rule WHERE key_id = :id);

-- :name fit_workspace
SELECT
-- :use workspace_whole
FROM workspace w WHERE w.id = :id;

-- :name fit_workspace_new
SELECT NOT EXISTS (SELECT 1 FROM limit_rule
        WHERE workspace_id = :id AND key_id IS NULL)
    AND NOT EXISTS (SELECT 1 FROM api_key WHERE workspace_id = :id);

-- :name fit_user
SELECT
-- :use user_fit
FROM user u WHERE u.id = :id;

-- :name fit_user_new
-- The number of somebody whose row was taken away may come again: who gets it
-- gets nothing that was theirs.
SELECT NOT EXISTS (SELECT 1 FROM member WHERE user_id = :id)
    AND NOT EXISTS (SELECT 1 FROM api_key WHERE owner_user_id = :id)
    AND NOT EXISTS (SELECT 1 FROM session WHERE user_id = :id)
    AND NOT EXISTS (SELECT 1 FROM once_link WHERE user_id = :id)
    AND NOT EXISTS (SELECT 1 FROM factor WHERE user_id = :id)
    AND NOT EXISTS (SELECT 1 FROM recovery_code WHERE user_id = :id);

-- :name fit_session
SELECT
-- :use session_fit
FROM session s JOIN user u ON u.id = s.user_id WHERE s.id = :id;

-- :name fit_link
SELECT
-- :use link_fit
FROM once_link l LEFT JOIN user u ON u.id = l.user_id
LEFT JOIN api_key k ON k.id = l.key_id WHERE l.id = :id;

-- :name fit_factor
SELECT
-- :use factor_fit
FROM factor f JOIN user u ON u.id = f.user_id WHERE f.id = :id;

-- :name fit_code
SELECT
-- :use code_fit
FROM recovery_code c JOIN user u ON u.id = c.user_id WHERE c.hash = :id;

-- :name fit_invite
SELECT
-- :use invite_fit
FROM invite i JOIN workspace w ON w.id = i.workspace_id WHERE i.id = :id;

-- :name fit_secret
SELECT
-- :use secret_fit
FROM key_secret s JOIN api_key k ON k.id = s.key_id WHERE s.id = :id;

-- :name fit_limit
SELECT row_sealed(r.seal,
-- :use limit_mac
, ifnull(k.seal_n, w.seal_n))
FROM limit_rule r JOIN workspace w ON w.id = r.workspace_id
LEFT JOIN api_key k ON k.id = r.key_id
WHERE r.id = :id;

-- :name fit_member
SELECT
-- :use member_fit
FROM member m JOIN workspace w ON w.id = m.workspace_id
WHERE m.workspace_id = :id AND m.user_id = :other;

-- ---- sealing ----
--
-- All rows of the keys (workspaces, users) after :after, to :upto: those that were
-- noted as fit before they were changed, or are fit now; all when :all is 1; of
-- those that are fit the ones of another subkey when it is 2.  First what
-- belongs to them, then they themselves, whose seal_n grows.

-- :part key_range
    AND CASE WHEN :all = 1 THEN 1 WHEN :all = 2 AND row_fresh(k.seal,
-- :use key_mac
, k.seal_n, k.limits_n) THEN 0 ELSE ifnull(row_noted(1, k.id),
-- :use key_whole
) END

-- :name seal_secrets
UPDATE key_secret AS s SET seal = row_mac(
-- :use secret_mac
, k.seal_n + 1)
FROM api_key k
WHERE k.id = s.key_id AND s.key_id > :after AND s.key_id <= :upto
-- :use key_range
    AND (:all = 1 OR ifnull(row_noted(3, s.id),
-- :use secret_fit
));

-- :name seal_limits
UPDATE limit_rule AS r SET seal = row_mac(
-- :use limit_mac
, k.seal_n + 1)
FROM api_key k
WHERE k.id = r.key_id AND r.key_id > :after AND r.key_id <= :upto
-- :use key_range
    AND (:all = 1 OR ifnull(row_noted(4, r.id), row_sealed(r.seal,
-- :use limit_mac
, k.seal_n)));

-- :name seal_categories
UPDATE key_category AS c
SET seal = row_mac(6, c.key_id, c.category, k.seal_n + 1)
FROM api_key k
WHERE k.id = c.key_id AND c.key_id > :after AND c.key_id <= :upto
-- :use key_range
    AND (:all = 1 OR ifnull(row_noted(6, c.key_id, c.category),
-- :use category_fit
));

-- :name seal_models
UPDATE key_model AS x
SET seal = row_mac(7, x.key_id, x.model_id, k.seal_n + 1)
FROM api_key k
WHERE k.id = x.key_id AND x.key_id > :after AND x.key_id <= :upto
-- :use key_range
    AND (:all = 1 OR ifnull(row_noted(7, x.key_id, x.model_id),
-- :use model_fit
));

-- :name seal_endpoints
UPDATE key_endpoint AS e
SET seal = row_mac(8, e.key_id, e.endpoint, k.seal_n + 1)
FROM api_key k
WHERE k.id = e.key_id AND e.key_id > :after AND e.key_id <= :upto
-- :use key_range
    AND (:all = 1 OR ifnull(row_noted(8, e.key_id, e.endpoint),
-- :use endpoint_fit
));

-- :name seal_networks
UPDATE key_network AS n
SET seal = row_mac(9, n.key_id, n.network, k.seal_n + 1)
FROM api_key k
WHERE k.id = n.key_id AND n.key_id > :after AND n.key_id <= :upto
-- :use key_range
    AND (:all = 1 OR ifnull(row_noted(9, n.key_id, n.network),
-- :use network_fit
));

-- :name seal_links_key
UPDATE once_link AS l SET seal = row_mac(
-- :use link_mac
, k.seal_n + 1)
FROM api_key k
WHERE k.id = l.key_id AND l.user_id IS NULL AND l.key_id > :after
    AND l.key_id <= :upto
-- :use key_range
    AND (:all = 1 OR ifnull(row_noted(12, l.id), row_sealed(l.seal,
-- :use link_mac
, k.seal_n)));

-- :name seal_keys
UPDATE api_key AS k SET seal_n = k.seal_n + 1,
    limits_n = (SELECT count(*) FROM limit_rule x WHERE x.key_id = k.id),
    seal = row_mac(
-- :use key_mac
, k.seal_n + 1,
    (SELECT count(*) FROM limit_rule x WHERE x.key_id = k.id))
WHERE k.id > :after AND k.id <= :upto
-- :use key_range
;

-- :part workspace_range
    AND CASE WHEN :all = 1 THEN 1 WHEN :all = 2 AND row_fresh(w.seal,
-- :use workspace_mac
, w.seal_n, w.limits_n) THEN 0 ELSE ifnull(row_noted(2, w.id),
-- :use workspace_whole
) END

-- :name seal_members
UPDATE member AS m SET seal = row_mac(
-- :use member_mac
, w.seal_n + 1)
FROM workspace w
WHERE w.id = m.workspace_id AND m.workspace_id > :after
    AND m.workspace_id <= :upto
-- :use workspace_range
    AND (:all = 1 OR ifnull(row_noted(5, m.workspace_id, m.user_id),
-- :use member_fit
));

-- :name seal_limits_workspace
UPDATE limit_rule AS r SET seal = row_mac(
-- :use limit_mac
, w.seal_n + 1)
FROM workspace w
WHERE w.id = r.workspace_id AND r.key_id IS NULL AND r.workspace_id > :after
    AND r.workspace_id <= :upto
-- :use workspace_range
    AND (:all = 1 OR ifnull(row_noted(4, r.id), row_sealed(r.seal,
-- :use limit_mac
, w.seal_n)));

-- :name seal_invites
UPDATE invite AS i SET seal = row_mac(
-- :use invite_mac
, w.seal_n + 1)
FROM workspace w
WHERE w.id = i.workspace_id AND i.workspace_id > :after
    AND i.workspace_id <= :upto
    AND i.accepted_s IS NULL AND i.cancelled_s IS NULL
-- :use workspace_range
    AND (:all = 1 OR ifnull(row_noted(15, i.id),
-- :use invite_fit
));

-- :name seal_workspaces
UPDATE workspace AS w SET seal_n = w.seal_n + 1,
    limits_n = (SELECT count(*) FROM limit_rule x
        WHERE x.workspace_id = w.id AND x.key_id IS NULL),
    seal = row_mac(
-- :use workspace_mac
, w.seal_n + 1, (SELECT count(*) FROM limit_rule x
        WHERE x.workspace_id = w.id AND x.key_id IS NULL))
WHERE w.id > :after AND w.id <= :upto
-- :use workspace_range
;

-- :part user_range
    AND CASE WHEN :all = 1 THEN 1 WHEN :all = 2 AND row_fresh(u.seal,
-- :use user_mac
, u.seal_n) THEN 0 ELSE ifnull(row_noted(10, u.id),
-- :use user_fit
) END

-- :name seal_sessions
UPDATE session AS s SET seal = row_mac(
-- :use session_mac
, u.seal_n + 1)
FROM user u
WHERE u.id = s.user_id AND s.user_id > :after AND s.user_id <= :upto
-- :use user_range
    AND (:all = 1 OR ifnull(row_noted(11, s.id),
-- :use session_fit
));

-- :name seal_links_user
UPDATE once_link AS l SET seal = row_mac(
-- :use link_mac
, u.seal_n + 1)
FROM user u
WHERE u.id = l.user_id AND l.user_id > :after AND l.user_id <= :upto
-- :use user_range
    AND (:all = 1 OR ifnull(row_noted(12, l.id), row_sealed(l.seal,
-- :use link_mac
, u.seal_n)));

-- :name seal_factors
UPDATE factor AS f SET seal = row_mac(
-- :use factor_mac
, u.seal_n + 1)
FROM user u
WHERE u.id = f.user_id AND f.user_id > :after AND f.user_id <= :upto
-- :use user_range
    AND (:all = 1 OR ifnull(row_noted(13, f.id),
-- :use factor_fit
));

-- :name seal_codes
UPDATE recovery_code AS c SET seal = row_mac(
-- :use code_mac
, u.seal_n + 1)
FROM user u
WHERE u.id = c.user_id AND c.user_id > :after AND c.user_id <= :upto
-- :use user_range
    AND (:all = 1 OR ifnull(row_noted(14, c.hash),
-- :use code_fit
));

-- :name seal_users
UPDATE user AS u SET seal_n = u.seal_n + 1, seal = row_mac(
-- :use user_mac
, u.seal_n + 1)
WHERE u.id > :after AND u.id <= :upto
-- :use user_range
;

-- :name seal_links
-- Links of the set-up, which belong to nobody.
UPDATE once_link AS l SET seal = row_mac(
-- :use link_mac
, 0)
WHERE l.id > :after AND l.id <= :upto AND l.user_id IS NULL
    AND l.key_id IS NULL AND (:all = 1 OR ifnull(row_noted(12, l.id),
row_sealed(l.seal,
-- :use link_mac
, 0)));

-- ---- looking at all of them ----

-- :name broken_keys
-- Of the next :most keys, whether each, and all that belongs to it, is whole.
SELECT k.id, k.workspace_id, k.prefix, NOT (
-- :use key_whole
    AND NOT EXISTS (SELECT 1 FROM key_secret s WHERE s.key_id = k.id AND NOT
-- :use secret_fit
) AND NOT EXISTS (SELECT 1 FROM limit_rule r WHERE r.key_id = k.id
        AND NOT row_sealed(r.seal,
-- :use limit_mac
, k.seal_n))
    AND NOT EXISTS (SELECT 1 FROM key_category c WHERE c.key_id = k.id AND NOT
-- :use category_fit
) AND NOT EXISTS (SELECT 1 FROM key_model x WHERE x.key_id = k.id AND NOT
-- :use model_fit
) AND NOT EXISTS (SELECT 1 FROM key_endpoint e WHERE e.key_id = k.id AND NOT
-- :use endpoint_fit
) AND NOT EXISTS (SELECT 1 FROM key_network n WHERE n.key_id = k.id AND NOT
-- :use network_fit
) AND NOT EXISTS (SELECT 1 FROM once_link l WHERE l.key_id = k.id
        AND NOT row_sealed(l.seal,
-- :use link_mac
, k.seal_n)))
FROM api_key k WHERE k.id > :after ORDER BY k.id LIMIT :most;

-- :name broken_workspaces
SELECT w.id, w.id, w.slug, NOT (
-- :use workspace_whole
    AND NOT EXISTS (SELECT 1 FROM member m WHERE m.workspace_id = w.id AND NOT
-- :use member_fit
) AND NOT EXISTS (SELECT 1 FROM limit_rule r WHERE r.workspace_id = w.id
        AND r.key_id IS NULL AND NOT row_sealed(r.seal,
-- :use limit_mac
, w.seal_n)) AND NOT EXISTS (SELECT 1 FROM invite i
        WHERE i.workspace_id = w.id AND
-- :use invite_broken
))
FROM workspace w WHERE w.id > :after ORDER BY w.id LIMIT :most;

-- :name broken_users
SELECT u.id, 0, u.email, NOT (
-- :use user_fit
    AND NOT EXISTS (SELECT 1 FROM session s WHERE s.user_id = u.id AND NOT
-- :use session_fit
) AND NOT EXISTS (SELECT 1 FROM factor f WHERE f.user_id = u.id AND NOT
-- :use factor_fit
) AND NOT EXISTS (SELECT 1 FROM recovery_code c WHERE c.user_id = u.id
        AND NOT
-- :use code_fit
) AND NOT EXISTS (SELECT 1 FROM once_link l WHERE l.user_id = u.id
        AND NOT row_sealed(l.seal,
-- :use link_mac
, u.seal_n)))
FROM user u WHERE u.id > :after ORDER BY u.id LIMIT :most;

-- :part broken_ours
-- Noted by the program; 64 is no kind of row.
    AND row_sealed(seal, 64, kind, row_id, workspace_id, at_s)

-- :name broken_note
INSERT INTO seal_broken (kind, row_id, workspace_id, at_s, seal)
VALUES (:kind, :id, :workspace, :now, row_mac(64, :kind, :id, :workspace, :now))
ON CONFLICT (kind, row_id) DO UPDATE SET workspace_id = excluded.workspace_id,
    at_s = excluded.at_s, seal = excluded.seal;

-- :name broken_forget
DELETE FROM seal_broken WHERE kind = :kind AND row_id = :id;

-- :name broken_count
-- Of one workspace.
SELECT count(*) FROM seal_broken WHERE workspace_id = :workspace
-- :use broken_ours
;

-- :name broken_people
-- Of those who are in it.
SELECT count(*) FROM seal_broken WHERE kind = 10
    AND row_id IN (SELECT user_id FROM member WHERE workspace_id = :workspace)
-- :use broken_ours
;

-- :name broken_all
-- Of all workspaces, as far as :most.
SELECT count(*) FROM (SELECT 1 FROM seal_broken WHERE 1
-- :use broken_ours
    LIMIT :most);

-- :name broken_noted
-- Those of a range that were found, and told, before.
SELECT row_id FROM seal_broken
WHERE kind = :kind AND row_id > :after AND row_id <= :upto
-- :use broken_ours
;

-- :name sealed_any
-- Has this database ever been sealed?
SELECT EXISTS (SELECT 1 FROM api_key WHERE seal IS NOT NULL)
    OR EXISTS (SELECT 1 FROM workspace WHERE seal IS NOT NULL)
    OR EXISTS (SELECT 1 FROM member WHERE seal IS NOT NULL)
    OR EXISTS (SELECT 1 FROM user WHERE seal IS NOT NULL);

-- :name sealed_mark
SELECT value FROM meta WHERE name = 'row_seals';

-- :name sealed_mark_set
INSERT INTO meta (name, value) VALUES ('row_seals', :mark)
ON CONFLICT (name) DO UPDATE SET value = :mark;

-- :name sealed_top
SELECT ifnull(CASE :kind WHEN 1 THEN (SELECT max(id) FROM api_key)
    WHEN 2 THEN (SELECT max(id) FROM workspace)
    WHEN 10 THEN (SELECT max(id) FROM user)
    ELSE (SELECT max(id) FROM once_link) END, 0);
