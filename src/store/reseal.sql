-- SPDX-License-Identifier: ISC
-- Statements that seal everything anew, for a new master secret.  What is
-- walked has its statement here too, when nobody else walks it.

-- :name secret_reseal
UPDATE key_secret SET sealed = :sealed WHERE id = :id;

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
