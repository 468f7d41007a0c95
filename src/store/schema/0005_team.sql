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

-- Where a workspace has its events sent.
CREATE TABLE webhook (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    workspace_id INTEGER NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
    url TEXT NOT NULL,
    events INTEGER NOT NULL,        -- bit n: of enum notice_kind n
    sealed BLOB NOT NULL,           -- signing secret, bound to the uuid
    old_sealed BLOB,                -- of a rotation: signs too, until it ends
    old_ends_s INTEGER,
    paused_s INTEGER,               -- NULL: it gets events
    once BLOB NOT NULL,             -- MAC of the form that made the secret
    created_s INTEGER NOT NULL,
    updated_s INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX webhook_workspace ON webhook(workspace_id, id);

-- What is to be told outside: a mail to one person, or an event to a webhook.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,      -- Message-ID, webhook-id: of every try
    workspace_id INTEGER REFERENCES workspace(id) ON DELETE CASCADE,
                                    -- NULL: of an account
    webhook_id INTEGER REFERENCES webhook(id) ON DELETE CASCADE,
                                    -- NULL: a mail
    kind INTEGER NOT NULL,          -- enum notice_kind
    recipient TEXT NOT NULL,        -- address of a mail; '' of a webhook
    sealed BLOB,                    -- what it says, links too, bound to the
                                    -- uuid; NULL once it is out
    state TEXT NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'sending', 'sent', 'given_up')),
    made_s INTEGER NOT NULL,
    due_s INTEGER NOT NULL,         -- of the next try
    ends_s INTEGER NOT NULL,        -- no try from then on
    tries INTEGER NOT NULL DEFAULT 0,
    problem TEXT NOT NULL DEFAULT '' -- of the last try
) STRICT;
CREATE INDEX outbox_due ON outbox(webhook_id IS NOT NULL, due_s)
    WHERE state = 'waiting';
CREATE INDEX outbox_sending ON outbox(workspace_id) WHERE state = 'sending';
CREATE INDEX outbox_stuck ON outbox(id)
    WHERE state <> 'sent' AND tries > 0;
CREATE INDEX outbox_webhook ON outbox(webhook_id, id);
CREATE INDEX outbox_workspace ON outbox(workspace_id, id);
CREATE INDEX outbox_made ON outbox(made_s);

-- One try to send it.
CREATE TABLE outbox_try (
    outbox_id INTEGER NOT NULL REFERENCES outbox(id) ON DELETE CASCADE,
    n INTEGER NOT NULL,             -- 1, 2, ...
    at_s INTEGER NOT NULL,
    took_ms INTEGER NOT NULL,
    status INTEGER NOT NULL,        -- HTTP or SMTP; 0: there was no answer
    bytes INTEGER NOT NULL,         -- that went out
    problem TEXT NOT NULL,          -- '': it worked
    PRIMARY KEY (outbox_id, n)
) STRICT, WITHOUT ROWID;

-- Heads of the audit log, signed with the audit key: who holds only its public
-- half sees a chain that was cut or written anew.
CREATE TABLE audit_head (
    seq INTEGER PRIMARY KEY,        -- of the row that it vouches for, and with
                                    -- it for all before
    at_s INTEGER NOT NULL,
    hash BLOB NOT NULL,             -- of that row
    public_key BLOB NOT NULL,
    signature BLOB NOT NULL         -- core/audit.c says of what
) STRICT;

-- Which end of a key its owner was told of; another end is told anew.
ALTER TABLE api_key ADD COLUMN end_told_s INTEGER;
CREATE INDEX api_key_untold ON api_key(expires_s)
    WHERE revoked_s IS NULL AND expires_s IS NOT NULL
        AND end_told_s IS NOT expires_s;

-- Budgets of which it was told that they are nearly, or wholly, used up.
CREATE TABLE budget_told (
    key_id INTEGER NOT NULL,        -- 0: of the workspace
    rule_id INTEGER NOT NULL,       -- 0: the key's spending limit
    start_s INTEGER NOT NULL,       -- of the period
    amount INTEGER NOT NULL,        -- another limit is told anew
    level INTEGER NOT NULL,         -- 80, 100: percent
    at_s INTEGER NOT NULL,
    PRIMARY KEY (key_id, rule_id, start_s, amount)
) STRICT, WITHOUT ROWID;
CREATE INDEX budget_told_at ON budget_told(at_s) WHERE start_s > 0;

-- How far jobs have come.
CREATE TABLE progress (
    job TEXT PRIMARY KEY,
    at INTEGER NOT NULL             -- 'budgets': id of usage_event
) STRICT, WITHOUT ROWID;

-- A key that waits for its holder has no secret: the link of kind 'claim' makes
-- it.  claim_ends_s: when the newest link ends; NULL: it never had one.
ALTER TABLE api_key ADD COLUMN claim_ends_s INTEGER;
ALTER TABLE api_key ADD COLUMN claimed_s INTEGER; -- NULL: it waits
ALTER TABLE api_key ADD COLUMN claimed_address TEXT;
ALTER TABLE api_key ADD COLUMN claimed_agent TEXT;

-- Who still uses a secret, while a rotation goes on: the last address and
-- client, and calls of the day that starts at calls_day_s.
ALTER TABLE key_secret ADD COLUMN used_address TEXT;
ALTER TABLE key_secret ADD COLUMN used_agent TEXT;
ALTER TABLE key_secret ADD COLUMN calls_day_s INTEGER;
ALTER TABLE key_secret ADD COLUMN calls INTEGER NOT NULL DEFAULT 0;
-- An old secret may end before ends_s, once nobody used it for so long since
-- silent_from_s.
ALTER TABLE key_secret ADD COLUMN silent_s INTEGER;
ALTER TABLE key_secret ADD COLUMN silent_from_s INTEGER;
CREATE INDEX key_secret_silent ON key_secret(ends_s)
    WHERE silent_s IS NOT NULL;

-- Changes that an advice made, so that they can be undone for a while.
CREATE TABLE advice_done (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,
    workspace_id INTEGER NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
    key_id INTEGER NOT NULL REFERENCES api_key(id) ON DELETE CASCADE,
    kind TEXT NOT NULL,             -- enum advice_kind
    rule_id INTEGER NOT NULL,       -- limit_rule; 0: the spending limit
    at_s INTEGER NOT NULL,
    by_name TEXT NOT NULL,
    was TEXT NOT NULL,              -- the setting before, and after
    became TEXT NOT NULL,
    undone_s INTEGER
) STRICT;
CREATE INDEX advice_done_key ON advice_done(key_id, at_s);
CREATE INDEX advice_done_workspace ON advice_done(workspace_id);
