-- SPDX-License-Identifier: ISC
-- Statements that seal everything anew, for a new master secret.  What is
-- walked has its statement here too, when nobody else walks it.

-- :name secret_reseal
UPDATE key_secret SET sealed = :sealed WHERE id = :id;

-- Keys, with all that belongs to them, in one go (core/reseal.c).

-- :name stale_upto
-- Where the next :most keys end; NULL: there are no more.
SELECT ifnull((SELECT id FROM api_key WHERE id > :after
        ORDER BY id LIMIT 1 OFFSET :most - 1),
    (SELECT max(id) FROM api_key WHERE id > :after));

-- :name stale_walk
-- Their secrets; a key without any has a row, too.  Is the key whole, under
-- another subkey than this transaction's?  Does the secret's seal fit?
SELECT k.id, k.seal_n, k.workspace_id, k.uuid, k.prefix, k.kind,
    row_stale(k.seal,
-- :use key_mac
, k.seal_n, k.limits_n)
    AND k.limits_n = (SELECT count(*) FROM limit_rule x WHERE x.key_id = k.id),
    s.id, s.sealed, s.foreign_mac,
-- :use secret_fit
FROM api_key k LEFT JOIN key_secret s ON s.key_id = k.id
WHERE k.id > :after AND k.id <= :upto ORDER BY k.id;

-- :name stale_secret
-- With the seal that fits when its key is next.
UPDATE key_secret AS s SET sealed = :sealed,
    seal = CASE WHEN :fit THEN row_mac(3, s.id, s.key_id, :sealed,
-- :use secret_rest
, :seal_n + 1) ELSE s.seal END
WHERE s.id = :id;

-- :name stale_key
-- A whole one: it has as many limits as it says.
UPDATE api_key AS k SET seal_n = k.seal_n + 1, seal = row_mac(
-- :use key_mac
, k.seal_n + 1, k.limits_n)
WHERE k.id = :id;

-- :name secret_refind
UPDATE key_secret SET foreign_mac = :mac WHERE id = :id;

-- :name password_walk
SELECT id, uuid, password FROM user
WHERE id > :after AND password IS NOT NULL ORDER BY id LIMIT :most;

-- :name password_reseal
UPDATE user SET password = :sealed WHERE id = :id;

-- :name seed_walk
SELECT f.id, u.uuid, f.seed FROM factor f JOIN user u ON u.id = f.user_id
WHERE f.id > :after ORDER BY f.id LIMIT :most;

-- :name seed_reseal
UPDATE factor SET seed = :sealed WHERE id = :id;

-- :name webhook_walk
SELECT id, uuid, sealed FROM webhook
WHERE id > :after ORDER BY id LIMIT :most;

-- :name webhook_reseal
UPDATE webhook SET sealed = :sealed WHERE id = :id;

-- :name webhook_old_walk
SELECT id, uuid, old_sealed FROM webhook
WHERE id > :after AND old_sealed IS NOT NULL ORDER BY id LIMIT :most;

-- :name webhook_old_reseal
UPDATE webhook SET old_sealed = :sealed WHERE id = :id;

-- :name outbox_walk
SELECT id, uuid, sealed FROM outbox
WHERE id > :after AND sealed IS NOT NULL ORDER BY id LIMIT :most;

-- :name outbox_reseal
UPDATE outbox SET sealed = :sealed WHERE id = :id;

-- :name management_count
SELECT count(*) FROM api_key
WHERE kind = 'management' AND revoked_s IS NULL
    AND (expires_s IS NULL OR expires_s > :now);
