-- SPDX-License-Identifier: ISC
-- Statements on second factors and recovery codes.

-- :name factor_find
SELECT id, seed, last_step, created_s, proved_s FROM factor
WHERE user_id = :user AND kind = 'totp';

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
UPDATE recovery_code SET used_s = :now
WHERE hash = :hash AND user_id = :user AND used_s IS NULL;

-- :name recovery_code_left
SELECT count(*) FROM recovery_code
WHERE user_id = :user AND used_s IS NULL;

-- :name recovery_code_remove
DELETE FROM recovery_code WHERE user_id = :user;
