-- SPDX-License-Identifier: ISC
-- Migration 4: what programs that manage keys need.

-- What a program made under an Idempotency-Key: the same text again makes
-- nothing twice.
CREATE TABLE api_once (
    mac BLOB PRIMARY KEY,           -- HMAC-SHA-256 of the asking key's id and
                                    -- the text it sent
    workspace_id INTEGER NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
    request BLOB NOT NULL,          -- SHA-256 of method, path and body
    object_kind TEXT NOT NULL,      -- as in audit
    object_id TEXT NOT NULL,
    at_s INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX api_once_workspace ON api_once(workspace_id);
CREATE INDEX api_once_at ON api_once(at_s);
