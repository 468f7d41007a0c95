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

CREATE TABLE api_key (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,
    workspace_id INTEGER NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('standard', 'management', 'admin')),
    prefix TEXT NOT NULL UNIQUE,    -- 8 base62 characters, public
    name TEXT NOT NULL,             -- 1..80 characters
    note TEXT NOT NULL DEFAULT '',
    owner_user_id INTEGER REFERENCES user(id) ON DELETE SET NULL,
    owner_service_id INTEGER
        REFERENCES service_account(id) ON DELETE SET NULL,
    by_user_id INTEGER REFERENCES user(id) ON DELETE SET NULL,
    by_key_id INTEGER REFERENCES api_key(id) ON DELETE SET NULL,
    by_name TEXT NOT NULL,          -- creator as called then; 'shell'
    created_s INTEGER NOT NULL,
    updated_s INTEGER NOT NULL,
    expires_s INTEGER,              -- valid while now < expires_s
    disabled_s INTEGER,
    disabled_by TEXT,               -- name of who did it
    suspended_s INTEGER,
    suspended_why TEXT,             -- 'leaked', 'owner_removed'
    revoked_s INTEGER,
    revoked_by TEXT,
    all_categories INTEGER NOT NULL DEFAULT 1, -- 1: any; 0: those listed in
    all_models INTEGER NOT NULL DEFAULT 1,     -- the child tables below; an
    all_endpoints INTEGER NOT NULL DEFAULT 1,  -- empty list allows nothing
    all_networks INTEGER NOT NULL DEFAULT 1,
    deployment_id INTEGER REFERENCES deployment(id),
                                    -- NULL: scope 'public', every deployment
    spend_limit_micro INTEGER CHECK (spend_limit_micro >= 0),
    spend_reset TEXT NOT NULL DEFAULT 'no_reset'
        CHECK (spend_reset IN ('no_reset', 'day', 'week', 'month')),
    used_s INTEGER,                 -- last use, minute precision
    used_address TEXT,
    used_endpoint TEXT,
    used_model TEXT,
    version INTEGER NOT NULL DEFAULT 1
, left_user_id INTEGER
    REFERENCES user(id) ON DELETE SET NULL, left_s INTEGER, end_told_s INTEGER, claim_ends_s INTEGER, claimed_s INTEGER, claimed_address TEXT, claimed_agent TEXT, seal_n INTEGER NOT NULL DEFAULT 0, limits_n INTEGER NOT NULL DEFAULT 0, seal BLOB) STRICT;

CREATE INDEX api_key_by ON api_key(by_user_id);

CREATE INDEX api_key_by_key ON api_key(by_key_id);

CREATE INDEX api_key_deployment ON api_key(deployment_id);

CREATE INDEX api_key_left ON api_key(left_user_id)
    WHERE left_user_id IS NOT NULL;

CREATE INDEX api_key_left_list ON api_key(workspace_id, left_s)
    WHERE left_s IS NOT NULL;

CREATE INDEX api_key_list ON api_key(workspace_id, kind, id);

CREATE INDEX api_key_list_name ON api_key(workspace_id, kind, name, id);

CREATE INDEX api_key_list_used ON api_key(workspace_id, kind, used_s, id);

CREATE INDEX api_key_live
    ON api_key(workspace_id, kind, expires_s) WHERE revoked_s IS NULL;

CREATE UNIQUE INDEX api_key_name
    ON api_key(workspace_id, name) WHERE revoked_s IS NULL;

CREATE INDEX api_key_owner ON api_key(owner_user_id);

CREATE INDEX api_key_service ON api_key(owner_service_id);

CREATE INDEX api_key_suspended
    ON api_key(workspace_id, suspended_s) WHERE suspended_s IS NOT NULL;

CREATE INDEX api_key_untold ON api_key(expires_s)
    WHERE revoked_s IS NULL AND expires_s IS NOT NULL
        AND end_told_s IS NOT expires_s;

CREATE TABLE api_once (
    mac BLOB PRIMARY KEY,           -- HMAC-SHA-256 of the asking key's id and
                                    -- the text it sent
    workspace_id INTEGER NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
    request BLOB NOT NULL,          -- SHA-256 of method, path and body
    object_kind TEXT NOT NULL,      -- as in audit
    object_id TEXT NOT NULL,
    at_s INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX api_once_at ON api_once(at_s);

CREATE INDEX api_once_workspace ON api_once(workspace_id);

CREATE TABLE attempt (
    mac BLOB PRIMARY KEY,           -- HMAC-SHA-256 of what is counted
    tries INTEGER NOT NULL,         -- in a row, of those that grow
    due_ms INTEGER NOT NULL,        -- what is owed is paid back, or the wait
                                    -- is over
    ends_s INTEGER NOT NULL         -- forgotten then
) STRICT, WITHOUT ROWID;

CREATE INDEX attempt_end ON attempt(ends_s);

CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at_s INTEGER NOT NULL,
    workspace_id INTEGER,           -- NULL: of the installation or of a user;
                                    -- no foreign key: the log outlives all
    actor_kind TEXT NOT NULL,       -- 'user', 'key', 'shell', 'system'
    actor_id TEXT NOT NULL,         -- uuid or prefix
    actor_name TEXT NOT NULL,
    action TEXT NOT NULL,           -- 'key.create'
    object_kind TEXT NOT NULL,      -- 'key', 'member', ...
    object_id TEXT NOT NULL,
    object_name TEXT NOT NULL,
    details TEXT NOT NULL,          -- JSON: {"field": ["before", "after"]}
    address TEXT NOT NULL,
    request_id TEXT NOT NULL,
    prev_hash BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT;

CREATE INDEX audit_actor ON audit(workspace_id, actor_id, seq);

CREATE INDEX audit_object ON audit(workspace_id, object_kind, object_id, seq);

CREATE INDEX audit_workspace ON audit(workspace_id, seq);

CREATE TABLE audit_head (
    seq INTEGER PRIMARY KEY,        -- of the row that it vouches for, and with
                                    -- it for all before
    at_s INTEGER NOT NULL,
    hash BLOB NOT NULL,             -- of that row
    public_key BLOB NOT NULL,
    signature BLOB NOT NULL         -- core/audit.c says of what
) STRICT;

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

CREATE TABLE clock_seen (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    seen_s INTEGER NOT NULL
) STRICT;

CREATE TABLE credit_entry (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,
    workspace_id INTEGER NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
    at_s INTEGER NOT NULL,
    kind TEXT NOT NULL,             -- payment, bonus, refund, adjustment,
                                    -- model_usage, credits_expired, init
    amount_micro INTEGER NOT NULL,  -- positive: top-up; negative: charge
    balance_micro INTEGER NOT NULL, -- after it
    model TEXT NOT NULL DEFAULT '',
    reference TEXT NOT NULL DEFAULT '',
    note TEXT NOT NULL DEFAULT '',
    by_name TEXT NOT NULL
, once BLOB) STRICT;

CREATE UNIQUE INDEX credit_entry_once
    ON credit_entry(workspace_id, once) WHERE once IS NOT NULL;

CREATE INDEX credit_entry_workspace ON credit_entry(workspace_id, id);

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

CREATE INDEX credit_line_at ON credit_line(workspace_id, at_s);

CREATE INDEX credit_line_workspace ON credit_line(workspace_id, id);

CREATE TABLE deployment (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,
    workspace_id INTEGER NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
    name TEXT NOT NULL,             -- 1..80 characters
    base_url TEXT NOT NULL,         -- http or https
    created_s INTEGER NOT NULL,
    updated_s INTEGER NOT NULL,
    removed_s INTEGER,              -- NULL: in use; rows stay for history
    version INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE UNIQUE INDEX deployment_name
    ON deployment(workspace_id, name) WHERE removed_s IS NULL;

CREATE INDEX deployment_workspace ON deployment(workspace_id);

CREATE TABLE factor (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
    kind TEXT NOT NULL,             -- 'totp'
    seed BLOB NOT NULL,             -- sealed
    last_step INTEGER NOT NULL DEFAULT 0, -- a step counts once
    created_s INTEGER NOT NULL,
    proved_s INTEGER                -- NULL: not yet confirmed with a code
, seal BLOB) STRICT;

CREATE UNIQUE INDEX factor_one ON factor(user_id, kind);

CREATE TABLE form_once (
    mac BLOB PRIMARY KEY,           -- HMAC-SHA-256 of the form's id
    user_id INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
    key_id INTEGER NOT NULL REFERENCES api_key(id) ON DELETE CASCADE,
    at_s INTEGER NOT NULL           -- when the secret was shown
) STRICT, WITHOUT ROWID;

CREATE INDEX form_once_at ON form_once(at_s);

CREATE INDEX form_once_key ON form_once(key_id);

CREATE INDEX form_once_user ON form_once(user_id);

CREATE TABLE invite (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,
    workspace_id INTEGER NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
    mac BLOB NOT NULL UNIQUE,       -- HMAC-SHA-256 of the link's token
    email TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
    by_user_id INTEGER REFERENCES user(id) ON DELETE SET NULL,
    created_s INTEGER NOT NULL,
    ends_s INTEGER NOT NULL,
    accepted_s INTEGER,
    cancelled_s INTEGER
, seal BLOB) STRICT;

CREATE INDEX invite_by ON invite(by_user_id);

CREATE INDEX invite_workspace ON invite(workspace_id, created_s);

CREATE TABLE key_category (
    key_id INTEGER NOT NULL REFERENCES api_key(id) ON DELETE CASCADE,
    category TEXT NOT NULL, seal BLOB,
    PRIMARY KEY (key_id, category)
) STRICT, WITHOUT ROWID;

CREATE TABLE key_endpoint (
    key_id INTEGER NOT NULL REFERENCES api_key(id) ON DELETE CASCADE,
    endpoint TEXT NOT NULL, seal BLOB,         -- '/v1/chat/completions'
    PRIMARY KEY (key_id, endpoint)
) STRICT, WITHOUT ROWID;

CREATE TABLE key_label (
    key_id INTEGER NOT NULL REFERENCES api_key(id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (key_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE key_model (
    key_id INTEGER NOT NULL REFERENCES api_key(id) ON DELETE CASCADE,
    model_id INTEGER NOT NULL REFERENCES model(id) ON DELETE CASCADE, seal BLOB,
    PRIMARY KEY (key_id, model_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX key_model_model ON key_model(model_id);

CREATE TABLE key_network (
    key_id INTEGER NOT NULL REFERENCES api_key(id) ON DELETE CASCADE,
    network TEXT NOT NULL, seal BLOB,          -- canonical CIDR
    PRIMARY KEY (key_id, network)
) STRICT, WITHOUT ROWID;

CREATE TABLE key_secret (
    id INTEGER PRIMARY KEY,
    key_id INTEGER NOT NULL REFERENCES api_key(id) ON DELETE CASCADE,
    sealed BLOB NOT NULL,           -- sealed SHA-256 of the key text, bound
                                    -- to workspace, key, prefix and kind
    last4 TEXT NOT NULL,            -- of the key text; part of the checksum
    created_s INTEGER NOT NULL,
    ends_s INTEGER,                 -- NULL: the current one
    used_s INTEGER
, used_address TEXT, used_agent TEXT, calls_day_s INTEGER, calls INTEGER NOT NULL DEFAULT 0, silent_s INTEGER, silent_from_s INTEGER, foreign_mac BLOB, seal BLOB) STRICT;

CREATE UNIQUE INDEX key_secret_foreign
    ON key_secret(foreign_mac) WHERE foreign_mac IS NOT NULL;

CREATE INDEX key_secret_key ON key_secret(key_id, id, ends_s, sealed,
    silent_s, silent_from_s, seal);

CREATE INDEX key_secret_silent ON key_secret(ends_s)
    WHERE silent_s IS NOT NULL;

CREATE TABLE key_spend (
    key_id INTEGER NOT NULL REFERENCES api_key(id) ON DELETE CASCADE,
    start_s INTEGER NOT NULL,       -- of the period; 0 for no_reset
    spent_micro INTEGER NOT NULL,
    reserved_micro INTEGER NOT NULL,
    PRIMARY KEY (key_id, start_s)
) STRICT, WITHOUT ROWID;

CREATE TABLE leak_miss (
    day_s INTEGER PRIMARY KEY,      -- start of the UTC day
    reports INTEGER NOT NULL
) STRICT;

CREATE TABLE leak_report (
    id INTEGER PRIMARY KEY,
    key_id INTEGER NOT NULL REFERENCES api_key(id) ON DELETE CASCADE,
    at_s INTEGER NOT NULL,
    address TEXT NOT NULL,          -- of who reported it
    source TEXT NOT NULL,           -- where it was found, in their words
    last4 TEXT NOT NULL             -- of the secret that was reported
) STRICT;

CREATE INDEX leak_report_key ON leak_report(key_id, id);

CREATE TABLE limit_cell (
    rule_id INTEGER NOT NULL REFERENCES limit_rule(id) ON DELETE CASCADE,
    start_s INTEGER NOT NULL,       -- of the minute, day, week, month; or 0
    used INTEGER NOT NULL,
    reserved INTEGER NOT NULL,
    would_refuse INTEGER NOT NULL DEFAULT 0, -- by a shadow limit
    PRIMARY KEY (rule_id, start_s)
) STRICT, WITHOUT ROWID;

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
, version INTEGER NOT NULL DEFAULT 1, seal BLOB) STRICT;

CREATE INDEX limit_rule_key ON limit_rule(key_id);

CREATE INDEX limit_rule_model ON limit_rule(model_id);

CREATE UNIQUE INDEX limit_rule_one ON limit_rule(workspace_id,
    ifnull(key_id, 0), ifnull(model_id, 0), counts, period);

CREATE INDEX limit_rule_workspace
    ON limit_rule(workspace_id, key_id) WHERE key_id IS NULL;

CREATE TABLE member (
    workspace_id INTEGER NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
    created_s INTEGER NOT NULL, seal BLOB,
    PRIMARY KEY (workspace_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX member_user ON member(user_id);

CREATE TABLE meta (
    name TEXT PRIMARY KEY,          -- 'instance', 'setup_done_s', ...
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE model (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,
    workspace_id INTEGER NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
    name TEXT NOT NULL,             -- 'openai/gpt-5'
    category TEXT NOT NULL,         -- chat, responses, image, audio, video,
                                    -- embeddings, speech, ocr
    reserve_input INTEGER NOT NULL DEFAULT 1000,  -- tokens reserved when the
    reserve_output INTEGER NOT NULL DEFAULT 1000, -- caller gives no estimate
    created_s INTEGER NOT NULL,
    updated_s INTEGER NOT NULL,
    removed_s INTEGER,
    version INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE UNIQUE INDEX model_name
    ON model(workspace_id, name) WHERE removed_s IS NULL;

CREATE TABLE model_deployment (
    model_id INTEGER NOT NULL REFERENCES model(id) ON DELETE CASCADE,
    deployment_id INTEGER NOT NULL REFERENCES deployment(id) ON DELETE CASCADE,
    PRIMARY KEY (model_id, deployment_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX model_deployment_deployment ON model_deployment(deployment_id);

CREATE TABLE model_price (
    model_id INTEGER NOT NULL REFERENCES model(id) ON DELETE CASCADE,
    from_s INTEGER NOT NULL,
    input_micro INTEGER NOT NULL CHECK (input_micro >= 0),
                                    -- per 1,000,000 input tokens
    output_micro INTEGER NOT NULL CHECK (output_micro >= 0),
                                    -- per 1,000,000 output tokens
    PRIMARY KEY (model_id, from_s)
) STRICT, WITHOUT ROWID;

CREATE TABLE once_link (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,             -- 'setup', 'reset', 'claim'
    mac BLOB NOT NULL UNIQUE,       -- HMAC-SHA-256 of the link's token
    user_id INTEGER REFERENCES user(id) ON DELETE CASCADE,
    key_id INTEGER REFERENCES api_key(id) ON DELETE CASCADE,
    created_s INTEGER NOT NULL,
    ends_s INTEGER NOT NULL,
    used_s INTEGER                  -- NULL: still good
, seal BLOB) STRICT;

CREATE INDEX once_link_end ON once_link(ends_s);

CREATE INDEX once_link_key ON once_link(key_id);

CREATE INDEX once_link_user ON once_link(user_id);

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

CREATE INDEX outbox_made ON outbox(made_s);

CREATE INDEX outbox_sending ON outbox(workspace_id) WHERE state = 'sending';

CREATE INDEX outbox_stuck ON outbox(id)
    WHERE state <> 'sent' AND tries > 0;

CREATE INDEX outbox_webhook ON outbox(webhook_id, id);

CREATE INDEX outbox_workspace ON outbox(workspace_id, id);

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

CREATE TABLE progress (
    job TEXT PRIMARY KEY,
    at INTEGER NOT NULL             -- 'budgets': id of usage_event
) STRICT, WITHOUT ROWID;

CREATE TABLE recovery_code (
    hash BLOB PRIMARY KEY,          -- SHA-256 of a 120-bit code
    user_id INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
    used_s INTEGER
, seal BLOB) STRICT, WITHOUT ROWID;

CREATE INDEX recovery_code_user ON recovery_code(user_id);

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

CREATE INDEX refused_call_key ON refused_call(key_id, at_ms);

CREATE INDEX refused_call_workspace ON refused_call(workspace_id, at_ms);

CREATE TABLE reservation (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,
    workspace_id INTEGER NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
    key_id INTEGER NOT NULL REFERENCES api_key(id) ON DELETE CASCADE,
    model TEXT NOT NULL,            -- name as asked; '' when none
    endpoint TEXT NOT NULL,
    created_s INTEGER NOT NULL,
    ends_s INTEGER NOT NULL,        -- charged or released then, by setting
    input_tokens INTEGER NOT NULL,  -- reserved
    output_tokens INTEGER NOT NULL,
    cost_micro INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'live'
        CHECK (state IN ('live', 'settled', 'charged', 'released')),
    closed_s INTEGER
, rules TEXT NOT NULL DEFAULT '', spend_start_s INTEGER, credits INTEGER NOT NULL DEFAULT 0, address TEXT NOT NULL DEFAULT '', request_id TEXT NOT NULL DEFAULT '') STRICT;

CREATE INDEX reservation_closed
    ON reservation(closed_s) WHERE closed_s IS NOT NULL;

CREATE INDEX reservation_live_workspace
    ON reservation(workspace_id, ends_s) WHERE state = 'live';

CREATE INDEX reservation_workspace ON reservation(workspace_id, created_s);

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

CREATE TABLE service_account (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,
    workspace_id INTEGER NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    by_user_id INTEGER REFERENCES user(id) ON DELETE SET NULL,
    created_s INTEGER NOT NULL,
    disabled_s INTEGER
) STRICT;

CREATE INDEX service_account_by ON service_account(by_user_id);

CREATE UNIQUE INDEX service_account_name
    ON service_account(workspace_id, name) WHERE disabled_s IS NULL;

CREATE INDEX service_account_workspace ON service_account(workspace_id);

CREATE TABLE session (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,      -- names it in the list of sessions
    mac BLOB NOT NULL UNIQUE,       -- HMAC-SHA-256 of the cookie's token
    user_id INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
    epoch INTEGER NOT NULL,         -- of the user, when it began
    created_s INTEGER NOT NULL,
    seen_s INTEGER NOT NULL,        -- idle for 30 minutes: over
    fresh_s INTEGER NOT NULL,       -- last proof of password or code
    ends_s INTEGER NOT NULL,        -- absolute end
    address TEXT NOT NULL,          -- where it began
    agent TEXT NOT NULL             -- User-Agent, clipped to 200 bytes
, seal BLOB) STRICT;

CREATE INDEX session_end ON session(ends_s);

CREATE INDEX session_user ON session(user_id, seen_s);

CREATE TABLE sign_in_place (
    user_id INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    at_s INTEGER NOT NULL,          -- last time
    PRIMARY KEY (user_id, address)
) STRICT, WITHOUT ROWID;

CREATE INDEX sign_in_place_at ON sign_in_place(at_s);

CREATE TABLE sqlite_sequence(name,seq);

CREATE TABLE usage_day (
    workspace_id INTEGER NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
    key_id INTEGER NOT NULL,        -- 0: all keys
    start_s INTEGER NOT NULL,       -- of the UTC day
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

CREATE TABLE usage_event (
    id INTEGER PRIMARY KEY,
    workspace_id INTEGER NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
    key_id INTEGER NOT NULL REFERENCES api_key(id) ON DELETE CASCADE,
    event_id TEXT NOT NULL,         -- the caller's; the same twice counts once
    at_ms INTEGER NOT NULL,
    model TEXT NOT NULL,            -- '' when none
    endpoint TEXT NOT NULL,
    outcome TEXT NOT NULL
        CHECK (outcome IN ('succeeded', 'failed', 'refused')),
    reason TEXT NOT NULL DEFAULT '', -- code of a refusal
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    estimated INTEGER NOT NULL DEFAULT 0, -- 1: no figures were reported
    cost_micro INTEGER NOT NULL,    -- at the price of that time
    took_ms INTEGER,
    address TEXT NOT NULL DEFAULT '',
    request_id TEXT NOT NULL DEFAULT '',
    upstream_id TEXT NOT NULL DEFAULT '',
    client_id TEXT NOT NULL DEFAULT ''
, calls INTEGER NOT NULL DEFAULT 1, kept INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE INDEX usage_event_key ON usage_event(key_id, at_ms);

CREATE UNIQUE INDEX usage_event_once ON usage_event(key_id, event_id);

CREATE INDEX usage_event_refused ON usage_event(key_id, at_ms)
    WHERE outcome = 'refused';

CREATE INDEX usage_event_workspace ON usage_event(workspace_id, at_ms);

CREATE TABLE usage_hour (
    workspace_id INTEGER NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
    key_id INTEGER NOT NULL,        -- 0: all keys
    start_s INTEGER NOT NULL,       -- of the hour
    model TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    refused INTEGER NOT NULL,       -- asked = refused + failed + succeeded
    failed INTEGER NOT NULL,
    succeeded INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cost_micro INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, key_id, start_s, model, endpoint)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE user (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL UNIQUE,     -- lower case, as sign-in compares it
    name TEXT NOT NULL,             -- 1..80 characters
    password BLOB,                  -- sealed Argon2id string; NULL: none set
    epoch INTEGER NOT NULL DEFAULT 1, -- a session of another epoch is over
    disabled_s INTEGER,             -- NULL: may sign in
    created_s INTEGER NOT NULL,
    updated_s INTEGER NOT NULL,
    seen_s INTEGER,                 -- last request with a session
    password_s INTEGER,             -- when the password was set
    last_workspace_id INTEGER REFERENCES workspace(id) ON DELETE SET NULL
, operator INTEGER NOT NULL DEFAULT 0
    CHECK (operator IN (0, 1)), seal_n INTEGER NOT NULL DEFAULT 0, seal BLOB) STRICT;

CREATE INDEX user_operator ON user(operator) WHERE operator = 1;

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

CREATE TABLE workspace (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,      -- org-uuid of the APIs
    slug TEXT NOT NULL UNIQUE,      -- in addresses; made once, never changes
    name TEXT NOT NULL,             -- 1..80 characters
    personal INTEGER NOT NULL,      -- 1: of one user
    demo INTEGER NOT NULL DEFAULT 0, -- 1: made up by --demo, marked as such
    key_max INTEGER NOT NULL DEFAULT 10, -- live keys of each kind at most
    key_life_max_s INTEGER,         -- longest life of a new key; NULL: any
    key_life_default_s INTEGER,     -- suggested by the form; NULL: no expiry
    owner_leaves TEXT NOT NULL DEFAULT 'suspend', -- or 'pass' to an owner
    reserve_ends TEXT NOT NULL DEFAULT 'charge',  -- or 'release'
    event_months INTEGER NOT NULL DEFAULT 13,     -- kept usage events
    second_factor TEXT NOT NULL DEFAULT 'none',   -- 'admins', 'all'
    credits_micro INTEGER,          -- balance; NULL: credits are not used
    frozen_s INTEGER,               -- NULL: not frozen
    frozen_why TEXT,
    created_s INTEGER NOT NULL,
    updated_s INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1
, credits_reserved_micro INTEGER NOT NULL DEFAULT 0, frozen_until_s INTEGER, frozen_by TEXT, second_factor_s INTEGER NOT NULL DEFAULT 0, deleted_s INTEGER, seal_n INTEGER NOT NULL DEFAULT 0, limits_n INTEGER NOT NULL DEFAULT 0, seal BLOB) STRICT;

