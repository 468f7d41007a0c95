-- SPDX-License-Identifier: ISC
-- Migration 6: what operating it needs.

-- A secret that another product made is found by a MAC of its SHA-256, since
-- its text has no public part (secret/foreign.h).  NULL: of our own form.  Its
-- last4 is '*'.
ALTER TABLE key_secret ADD COLUMN foreign_mac BLOB;
CREATE UNIQUE INDEX key_secret_foreign
    ON key_secret(foreign_mac) WHERE foreign_mac IS NOT NULL;

-- Codes are asked for from this second on, so that who makes or joins a new
-- team has time to set them up.  0: at once.
ALTER TABLE workspace ADD COLUMN second_factor_s INTEGER NOT NULL DEFAULT 0;

-- Who operates the installation and sees its pages.  The first person who can
-- sign in does; `keylodge user operator` says who else.
ALTER TABLE user ADD COLUMN operator INTEGER NOT NULL DEFAULT 0
    CHECK (operator IN (0, 1));
UPDATE user SET operator = 1 WHERE id = (SELECT min(id) FROM user
    WHERE password IS NOT NULL AND disabled_s IS NULL);
CREATE INDEX user_operator ON user(operator) WHERE operator = 1;

-- A workspace that its owner deleted: nobody enters it, and it is frozen.  What
-- it holds stays; who operates the installation can bring it back.  NULL: not.
ALTER TABLE workspace ADD COLUMN deleted_s INTEGER;

-- An export walks through all of a workspace, removed ones too.
CREATE INDEX service_account_workspace ON service_account(workspace_id);
CREATE INDEX deployment_workspace ON deployment(workspace_id);

-- Row seals (store/rowseal.h): a MAC, under a subkey of the master secret, of
-- what decides about power and money.  NULL, or of other bytes: the row is
-- broken and allows nothing.  seal_n: grows with each change of a key, or
-- workspace, and of the rows that belong to it, whose seals hold it too, so
-- that a row that was taken away cannot be put back.  limits_n: rows of
-- limit_rule that belong to it.  Sessions, links, factors and codes hold the
-- seal_n of their user, invitations that of their workspace; links of keys that
-- wait that of the key.
ALTER TABLE api_key ADD COLUMN seal_n INTEGER NOT NULL DEFAULT 0;
ALTER TABLE api_key ADD COLUMN limits_n INTEGER NOT NULL DEFAULT 0;
ALTER TABLE api_key ADD COLUMN seal BLOB;
ALTER TABLE workspace ADD COLUMN seal_n INTEGER NOT NULL DEFAULT 0;
ALTER TABLE workspace ADD COLUMN limits_n INTEGER NOT NULL DEFAULT 0;
ALTER TABLE workspace ADD COLUMN seal BLOB;
ALTER TABLE member ADD COLUMN seal BLOB;
ALTER TABLE limit_rule ADD COLUMN seal BLOB;
ALTER TABLE key_secret ADD COLUMN seal BLOB;
ALTER TABLE key_category ADD COLUMN seal BLOB;
ALTER TABLE key_model ADD COLUMN seal BLOB;
ALTER TABLE key_endpoint ADD COLUMN seal BLOB;
ALTER TABLE key_network ADD COLUMN seal BLOB;
ALTER TABLE user ADD COLUMN seal_n INTEGER NOT NULL DEFAULT 0;
ALTER TABLE user ADD COLUMN seal BLOB;
ALTER TABLE session ADD COLUMN seal BLOB;
ALTER TABLE once_link ADD COLUMN seal BLOB;
ALTER TABLE factor ADD COLUMN seal BLOB;
ALTER TABLE recovery_code ADD COLUMN seal BLOB;
ALTER TABLE invite ADD COLUMN seal BLOB;

-- The gate still finds the secrets of a key in the index alone.
DROP INDEX key_secret_key;
CREATE INDEX key_secret_key ON key_secret(key_id, id, ends_s, sealed,
    silent_s, silent_from_s, seal);

-- Rows whose seal was found broken, until they are whole again.
CREATE TABLE seal_broken (
    kind INTEGER NOT NULL,          -- enum row_kind: a key, workspace, user
    row_id INTEGER NOT NULL,
    workspace_id INTEGER NOT NULL,  -- of a user 0; no foreign key: nothing about such a
                                    -- row is to be believed
    at_s INTEGER NOT NULL,          -- when it was found
    seal BLOB,                      -- of the program: who could write this row
                                    -- would keep it from telling anybody
    PRIMARY KEY (kind, row_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX seal_broken_workspace ON seal_broken(workspace_id);
