-- SPDX-License-Identifier: ISC
-- Migration 5: people who come and go.

-- Keys of somebody who left: until a person says what becomes of each, it
-- stands here who that was and since when.  Such a key is suspended
-- ('owner_removed'), or was passed to an owner and is listed for a week.
ALTER TABLE api_key ADD COLUMN left_user_id INTEGER
    REFERENCES user(id) ON DELETE SET NULL;
ALTER TABLE api_key ADD COLUMN left_s INTEGER;
CREATE INDEX api_key_left ON api_key(left_user_id)
    WHERE left_user_id IS NOT NULL;
CREATE INDEX api_key_left_list ON api_key(workspace_id, left_s)
    WHERE left_s IS NOT NULL;

-- The name of a removed service account may be given again.
DROP INDEX service_account_name;
CREATE UNIQUE INDEX service_account_name
    ON service_account(workspace_id, name) WHERE disabled_s IS NULL;

-- How often something was tried, from a network or against an account
-- (core/throttle.h).
CREATE TABLE attempt (
    mac BLOB PRIMARY KEY,           -- HMAC-SHA-256 of what is counted
    tries INTEGER NOT NULL,         -- in a row, of those that grow
    due_ms INTEGER NOT NULL,        -- what is owed is paid back, or the wait
                                    -- is over
    ends_s INTEGER NOT NULL         -- forgotten then
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_end ON attempt(ends_s);

-- From where somebody signed in before: nobody else's wrong guesses keep them
-- out there, and another place is worth a notice.
CREATE TABLE sign_in_place (
    user_id INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    at_s INTEGER NOT NULL,          -- last time
    PRIMARY KEY (user_id, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_place_at ON sign_in_place(at_s);

-- One factor of a kind.
CREATE UNIQUE INDEX factor_one ON factor(user_id, kind);
DROP INDEX factor_user;             -- the new one does for it
