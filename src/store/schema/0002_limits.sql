-- SPDX-License-Identifier: ISC
-- Migration 2: what limits need while calls are under way.

-- Rule ids are never used again (AUTOINCREMENT): a reservation names the rules
-- that hold its estimate, and must not take it off another one.
DROP TABLE limit_cell;
DROP TABLE limit_rule;

-- A rate limit or budget, of a key or of the whole workspace.  The key's own
-- spending limit stands in api_key.
CREATE TABLE limit_rule (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
    key_id INTEGER REFERENCES api_key(id) ON DELETE CASCADE,
                                    -- NULL: of the workspace
    model_id INTEGER REFERENCES model(id) ON DELETE CASCADE,
                                    -- NULL: all models
    counts TEXT NOT NULL
        CHECK (counts IN ('requests', 'input', 'output', 'total', 'money')),
    period TEXT NOT NULL
        CHECK (period IN ('minute', 'day', 'week', 'month', 'no_reset')),
    amount INTEGER NOT NULL CHECK (amount >= 0), -- requests, tokens, micro-USD
    shadow INTEGER NOT NULL DEFAULT 0, -- 1: counts, but refuses nothing
    created_s INTEGER NOT NULL,
    updated_s INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX limit_rule_one ON limit_rule(workspace_id,
    ifnull(key_id, 0), ifnull(model_id, 0), counts, period);
CREATE INDEX limit_rule_key ON limit_rule(key_id);
CREATE INDEX limit_rule_model ON limit_rule(model_id);

-- What a limit has counted in one period.  A period without a row is zero: a
-- reset is not an event.  reserved: by calls under way.
CREATE TABLE limit_cell (
    rule_id INTEGER NOT NULL REFERENCES limit_rule(id) ON DELETE CASCADE,
    start_s INTEGER NOT NULL,       -- of the minute, day, week, month; or 0
    used INTEGER NOT NULL,
    reserved INTEGER NOT NULL,
    would_refuse INTEGER NOT NULL DEFAULT 0, -- by a shadow limit
    PRIMARY KEY (rule_id, start_s)
) STRICT, WITHOUT ROWID;

-- What calls under way may still cost: part of the balance that is spoken for.
ALTER TABLE workspace
    ADD COLUMN credits_reserved_micro INTEGER NOT NULL DEFAULT 0;

-- Where the estimate is held, so that exactly that is given back.
ALTER TABLE reservation ADD COLUMN rules TEXT NOT NULL DEFAULT '';
                                    -- ids of limit_rule, by spaces
ALTER TABLE reservation ADD COLUMN spend_start_s INTEGER;
                                    -- of key_spend; NULL: not held there
ALTER TABLE reservation ADD COLUMN credits INTEGER NOT NULL DEFAULT 0;
                                    -- 1: held of the workspace's credits
ALTER TABLE reservation ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE reservation ADD COLUMN request_id TEXT NOT NULL DEFAULT '';
-- Ends of those under way, of one workspace; and those that closed by
-- themselves, which a late report may still settle.
CREATE INDEX reservation_live_workspace
    ON reservation(workspace_id, ends_s) WHERE state = 'live';
CREATE INDEX reservation_closed
    ON reservation(closed_s) WHERE closed_s IS NOT NULL;

-- Refusals of one kind in one minute are one row, so that a flood of them does
-- not fill the disk.
ALTER TABLE usage_event ADD COLUMN calls INTEGER NOT NULL DEFAULT 1;
