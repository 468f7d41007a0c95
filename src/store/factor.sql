-- SPDX-License-Identifier: ISC
-- Statements on second factors and recovery codes.

-- :name factor_find
SELECT f.id, f.seed, f.last_step, f.created_s, f.proved_s, NOT
-- :use factor_fit
FROM factor f JOIN user u ON u.id = f.user_id
WHERE f.user_id = :user AND f.kind = 'totp';

-- :name factor_begin
-- One that is not proved yet gives way to a new one; a proved one does not.
INSERT INTO factor (user_id, kind, seed, created_s)
VALUES (:user, 'totp', :seed, :now)
ON CONFLICT (user_id, kind) DO UPDATE SET seed = :seed, created_s = :now,
    last_step = 0 WHERE proved_s IS NULL;

-- :name factor_prove
UPDATE factor SET proved_s = :now, last_step = :step
WHERE id = :id AND proved_s IS NULL;

-- :name factor_step
-- A step counts once.
UPDATE factor SET last_step = :step WHERE id = :id AND last_step < :step;

-- :name factor_remove
DELETE FROM factor WHERE user_id = :user AND kind = 'totp';

-- :name recovery_code_insert
INSERT INTO recovery_code (hash, user_id) VALUES (:hash, :user);

-- :name recovery_code_use
UPDATE recovery_code AS c SET used_s = :now FROM user u
WHERE u.id = c.user_id AND c.hash = :hash AND c.user_id = :user
    AND c.used_s IS NULL AND
-- :use code_fit
;

-- :name recovery_code_left
SELECT count(*) FROM recovery_code
WHERE user_id = :user AND used_s IS NULL;

-- :name recovery_code_remove
DELETE FROM recovery_code WHERE user_id = :user;
