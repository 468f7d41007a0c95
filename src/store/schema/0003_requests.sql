-- SPDX-License-Identifier: ISC
-- Migration 3: what the pages about limits and requests need.

-- What becomes of a reservation that nobody settles, and how many months of
-- events are kept, stand in workspace since the start: reserve_ends,
-- event_months.

-- A form sends the version that it saw: who comes late is told so.
ALTER TABLE limit_rule ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

-- A freeze may end by itself, and names who did it; the rest stands in
-- workspace since the start: frozen_s, frozen_why.
ALTER TABLE workspace ADD COLUMN frozen_until_s INTEGER;
                                    -- NULL: until somebody thaws it
ALTER TABLE workspace ADD COLUMN frozen_by TEXT;

-- Keys that somebody found where they do not belong.
CREATE TABLE leak_report (
    id INTEGER PRIMARY KEY,
    key_id INTEGER NOT NULL REFERENCES api_key(id) ON DELETE CASCADE,
    at_s INTEGER NOT NULL,
    address TEXT NOT NULL,          -- of who reported it
    source TEXT NOT NULL,           -- where it was found, in their words
    last4 TEXT NOT NULL             -- of the secret that was reported
) STRICT;
CREATE INDEX leak_report_key ON leak_report(key_id, id);

-- Those that somebody has to look at.
CREATE INDEX api_key_suspended
    ON api_key(workspace_id, suspended_s) WHERE suspended_s IS NOT NULL;

-- Reports that named no live key, a row a day.  Each report writes something,
-- so that the time it takes does not tell whether it hit.
CREATE TABLE leak_miss (
    day_s INTEGER PRIMARY KEY,      -- start of the UTC day
    reports INTEGER NOT NULL
) STRICT;

-- One form, one entry.
ALTER TABLE credit_entry ADD COLUMN once BLOB; -- HMAC-SHA-256 of its id
CREATE UNIQUE INDEX credit_entry_once
    ON credit_entry(workspace_id, once) WHERE once IS NOT NULL;

-- The ledger as people read it: charges of one day that follow each other are
-- one line.  Written with the entries; the lines of a workspace sum to its
-- balance, and each balance is the one before plus the amount.
CREATE TABLE credit_line (
    id INTEGER PRIMARY KEY,
    workspace_id INTEGER NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
    kind TEXT NOT NULL,             -- as in credit_entry; corrections of
                                    -- charges are in the line of charges
    at_s INTEGER NOT NULL,          -- the first
    until_s INTEGER NOT NULL,       -- the last
    calls INTEGER NOT NULL,         -- charged in this line
    amount_micro INTEGER NOT NULL,
    balance_micro INTEGER NOT NULL, -- after it
    note TEXT NOT NULL,
    by_name TEXT NOT NULL
) STRICT;
CREATE INDEX credit_line_workspace ON credit_line(workspace_id, id);
CREATE INDEX credit_line_at ON credit_line(workspace_id, at_s);
INSERT INTO credit_line (workspace_id, kind, at_s, until_s, calls,
    amount_micro, balance_micro, note, by_name)
SELECT workspace_id, CASE kind WHEN 'refund' THEN 'model_usage' ELSE kind END,
    at_s, at_s, kind = 'model_usage', amount_micro, balance_micro, note,
    by_name
FROM credit_entry ORDER BY id;
-- Links that ended long ago are forgotten.
CREATE INDEX once_link_end ON once_link(ends_s);

-- A refused call, with what every rule said to it.  At most some in a minute
-- (core/tally.h), kept for 30 days; the row of usage_event counts them all.
CREATE TABLE refused_call (
    id INTEGER PRIMARY KEY,
    request_id TEXT NOT NULL UNIQUE,
    workspace_id INTEGER NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
    key_id INTEGER NOT NULL REFERENCES api_key(id) ON DELETE CASCADE,
    at_ms INTEGER NOT NULL,
    model TEXT NOT NULL,            -- as the caller named it, '' when none
    endpoint TEXT NOT NULL,
    deployment TEXT NOT NULL,
    address TEXT NOT NULL,
    reason TEXT NOT NULL,           -- code
    message TEXT NOT NULL,          -- what the caller was told
    trace TEXT NOT NULL             -- JSON, see core/trace.h
) STRICT;
CREATE INDEX refused_call_workspace ON refused_call(workspace_id, at_ms);
CREATE INDEX refused_call_key ON refused_call(key_id, at_ms);

-- Of the refusals that a row counts, those that have a row of their own in
-- refused_call.
ALTER TABLE usage_event ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;

-- No statement asks for the reservations of a key, and keys are not deleted; to
-- keep this index in order was dear for each reserved call.
DROP INDEX reservation_key;

-- Has the workspace a limit of its own?  Asked for each call.
CREATE INDEX limit_rule_workspace
    ON limit_rule(workspace_id, key_id) WHERE key_id IS NULL;
-- No statement uses it: reports go key by key, or read the rows of key_id 0.
DROP INDEX usage_day_by_day;

-- The same sums by week, for reports over months: of all keys (key_id 0) by
-- model and endpoint, of each key in one row whose model and endpoint are ''.
CREATE TABLE usage_week (
    workspace_id INTEGER NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
    key_id INTEGER NOT NULL,        -- 0: all keys
    start_s INTEGER NOT NULL,       -- of the Monday, UTC
    model TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    refused INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    succeeded INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cost_micro INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, key_id, start_s, model, endpoint)
) STRICT, WITHOUT ROWID;
INSERT INTO usage_week
SELECT workspace_id, key_id,
    start_s - (start_s / 86400 + 3) % 7 * 86400 AS week_s,
    iif(key_id, '', model) AS m, iif(key_id, '', endpoint) AS e,
    sum(refused), sum(failed), sum(succeeded), sum(input_tokens),
    sum(output_tokens), sum(cost_micro)
FROM usage_day GROUP BY workspace_id, key_id, week_s, m, e;

-- The newest instant at which stamps were written: the program's time does not
-- go back over a restart either.
CREATE TABLE clock_seen (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    seen_s INTEGER NOT NULL
) STRICT;

-- The gate finds the secrets of a key in the index alone.
DROP INDEX key_secret_key;
CREATE INDEX key_secret_key ON key_secret(key_id, id, ends_s, sealed);

-- The sweep goes by reservation_live_workspace.
DROP INDEX reservation_live;
