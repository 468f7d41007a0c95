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
