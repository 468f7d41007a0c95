-- SPDX-License-Identifier: ISC
-- Migration 6: what operating it needs.

-- A secret that another product made is found by a MAC of its SHA-256, since
-- its text has no public part (secret/foreign.h).  NULL: of our own form.  Its
-- last4 is '*'.
ALTER TABLE key_secret ADD COLUMN foreign_mac BLOB;
CREATE UNIQUE INDEX key_secret_foreign
    ON key_secret(foreign_mac) WHERE foreign_mac IS NOT NULL;
