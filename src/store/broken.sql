-- SPDX-License-Identifier: ISC
-- What a person is shown of rows whose seal is broken, before they accept them:
-- the row, and as JSON what it holds now.

-- :part broken_limit
json_object('counts', r.counts, 'period', r.period, 'amount', r.amount,
    'model', (SELECT name FROM model WHERE id = r.model_id),
    'shadow', r.shadow)

-- :part broken_link
json_object('for', l.kind, 'ends', datetime(l.ends_s, 'unixepoch'),
    'used', datetime(l.used_s, 'unixepoch'))

-- :name broken_parts_key
-- Of one key and of what belongs to it.
SELECT 'key', json_object('workspace', (SELECT slug FROM workspace
        WHERE id = k.workspace_id), 'name', k.name, 'kind', k.kind,
    'owner', coalesce((SELECT email FROM user WHERE id = k.owner_user_id),
        (SELECT name FROM service_account WHERE id = k.owner_service_id)),
    'expires', datetime(k.expires_s, 'unixepoch'),
    'disabled', datetime(k.disabled_s, 'unixepoch'),
    'suspended', datetime(k.suspended_s, 'unixepoch'),
    'suspended_why', k.suspended_why,
    'revoked', datetime(k.revoked_s, 'unixepoch'),
    'any_category', k.all_categories, 'any_model', k.all_models,
    'any_endpoint', k.all_endpoints, 'any_network', k.all_networks,
    'deployment', (SELECT name FROM deployment WHERE id = k.deployment_id),
    'spend_limit_micro_usd', k.spend_limit_micro,
    'spend_reset', k.spend_reset,
    'left_by', (SELECT email FROM user WHERE id = k.left_user_id),
    'claimable_until', datetime(k.claim_ends_s, 'unixepoch'),
    'claimed', datetime(k.claimed_s, 'unixepoch'),
    'limits', (SELECT count(*) FROM limit_rule x WHERE x.key_id = k.id),
    'limits_sealed', k.limits_n)
FROM api_key k WHERE k.id = :id AND NOT
-- :use key_whole
UNION ALL
SELECT 'secret', json_object('last4', s.last4,
    'created', datetime(s.created_s, 'unixepoch'),
    'ends', datetime(s.ends_s, 'unixepoch'), 'silent_s', s.silent_s)
FROM key_secret s JOIN api_key k ON k.id = s.key_id
WHERE s.key_id = :id AND NOT
-- :use secret_fit
UNION ALL
SELECT 'limit',
-- :use broken_limit
FROM limit_rule r JOIN api_key k ON k.id = r.key_id
WHERE r.key_id = :id AND NOT row_sealed(r.seal,
-- :use limit_mac
, k.seal_n)
UNION ALL
SELECT 'link',
-- :use broken_link
FROM once_link l JOIN api_key k ON k.id = l.key_id
WHERE l.key_id = :id AND NOT row_sealed(l.seal,
-- :use link_mac
, k.seal_n);

-- :name broken_parts_lists
-- And of its lists.
SELECT 'category', json_object('category', c.category)
FROM key_category c JOIN api_key k ON k.id = c.key_id
WHERE c.key_id = :id AND NOT
-- :use category_fit
UNION ALL
SELECT 'model', json_object('model',
    (SELECT name FROM model WHERE id = x.model_id))
FROM key_model x JOIN api_key k ON k.id = x.key_id
WHERE x.key_id = :id AND NOT
-- :use model_fit
UNION ALL
SELECT 'endpoint', json_object('endpoint', e.endpoint)
FROM key_endpoint e JOIN api_key k ON k.id = e.key_id
WHERE e.key_id = :id AND NOT
-- :use endpoint_fit
UNION ALL
SELECT 'network', json_object('network', n.network)
FROM key_network n JOIN api_key k ON k.id = n.key_id
WHERE n.key_id = :id AND NOT
-- :use network_fit
;

-- :name broken_parts_workspace
-- Of one workspace, of who is in it, and of its own limits.
SELECT 'workspace', json_object('name', w.name, 'personal', w.personal,
    'demo', w.demo, 'keys_most', w.key_max,
    'key_days_most', w.key_life_max_s / 86400,
    'keys_of_leavers', w.owner_leaves, 'calls_without_report', w.reserve_ends,
    'months_calls_are_kept', w.event_months, 'codes_for', w.second_factor,
    'codes_from', datetime(w.second_factor_s, 'unixepoch'),
    'has_credits', w.credits_micro IS NOT NULL,
    'frozen', datetime(w.frozen_s, 'unixepoch'),
    'frozen_until', datetime(w.frozen_until_s, 'unixepoch'),
    'deleted', datetime(w.deleted_s, 'unixepoch'),
    'limits', (SELECT count(*) FROM limit_rule x
        WHERE x.workspace_id = w.id AND x.key_id IS NULL),
    'limits_sealed', w.limits_n)
FROM workspace w WHERE w.id = :id AND NOT
-- :use workspace_whole
UNION ALL
SELECT 'member', json_object('email',
    (SELECT email FROM user WHERE id = m.user_id), 'role', m.role)
FROM member m JOIN workspace w ON w.id = m.workspace_id
WHERE m.workspace_id = :id AND NOT
-- :use member_fit
UNION ALL
SELECT 'limit',
-- :use broken_limit
FROM limit_rule r JOIN workspace w ON w.id = r.workspace_id
WHERE r.workspace_id = :id AND r.key_id IS NULL AND NOT row_sealed(r.seal,
-- :use limit_mac
, w.seal_n)
UNION ALL
SELECT 'invite', json_object('email', i.email, 'role', i.role,
    'ends', datetime(i.ends_s, 'unixepoch'))
FROM invite i JOIN workspace w ON w.id = i.workspace_id
WHERE i.workspace_id = :id AND
-- :use invite_broken
;

-- :name broken_parts_user
-- Of one account, and of what lets its person in.
SELECT 'user', json_object('email', u.email, 'name', u.name,
    'password_set', datetime(u.password_s, 'unixepoch'),
    'disabled', datetime(u.disabled_s, 'unixepoch'),
    'operator', u.operator)
FROM user u WHERE u.id = :id AND NOT
-- :use user_fit
UNION ALL
SELECT 'session', json_object('address', s.address, 'agent', s.agent,
    'ends', datetime(s.ends_s, 'unixepoch'))
FROM session s JOIN user u ON u.id = s.user_id
WHERE s.user_id = :id AND NOT
-- :use session_fit
UNION ALL
SELECT 'factor', json_object('kind', f.kind,
    'proved', datetime(f.proved_s, 'unixepoch'))
FROM factor f JOIN user u ON u.id = f.user_id
WHERE f.user_id = :id AND NOT
-- :use factor_fit
UNION ALL
SELECT 'code', json_object('used', datetime(c.used_s, 'unixepoch'))
FROM recovery_code c JOIN user u ON u.id = c.user_id
WHERE c.user_id = :id AND NOT
-- :use code_fit
;

-- :name broken_parts_links
-- And of its links.
SELECT 'link',
-- :use broken_link
FROM once_link l JOIN user u ON u.id = l.user_id
WHERE l.user_id = :id AND NOT row_sealed(l.seal,
-- :use link_mac
, u.seal_n);
