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

-- An export walks through all of a workspace, removed ones too.
CREATE INDEX service_account_workspace ON service_account(workspace_id);
CREATE INDEX deployment_workspace ON deployment(workspace_id);
