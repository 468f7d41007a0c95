/* SPDX-License-Identifier: ISC */
#include "store/store_key.h"

#include "base/attr.h"
#include "store/store_rowseal.h"

enum { SECRETS_MOST = 20 };

/* The members that both insert and update write. */
static void
bind_key(struct q *q, const struct key *k)
{
    q_text(q, "name", k->name);
    q_text(q, "note", k->note);
    q_id_or_null(q, "owner_user", k->owner_user_id);
    q_id_or_null(q, "owner_service", k->owner_service_id);
    q_id_or_null(q, "expires", k->expires_s);
    q_int(q, "all_categories", k->access.all_categories);
    q_int(q, "all_models", k->access.all_models);
    q_int(q, "all_endpoints", k->access.all_endpoints);
    q_int(q, "all_networks", k->access.all_networks);
    q_id_or_null(q, "deployment", k->access.deployment_id);
    q_int_or_null(q, "spend_limit", k->spend_limit);
    q_text(q, "spend_reset", str_cstr(spend_reset_name(k->spend_reset)));
    q_int(q, "workspace", k->workspace_id);
}

enum err_code
store_key_insert(struct store *st, struct key *k, int64_t by_key_id,
    int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_KEY_INSERT);
    bind_key(&q, k);
    q_text(&q, "uuid", k->uuid);
    q_text(&q, "kind", str_cstr(key_kind_name(k->kind)));
    q_text(&q, "prefix", k->prefix);
    q_id_or_null(&q, "by_user", k->by_user_id);
    q_id_or_null(&q, "by_key", by_key_id);
    q_text(&q, "by_name", k->by_name);
    q_int(&q, "now", now_s);
    enum err_code code = q_run(&q);
    k->id = q_last_id(&q);
    return code;
}

enum err_code
store_key_update(struct store *st, const struct key *k, int64_t now_s,
    bool *changed)
{
    struct q q;
    int64_t changes = 0;
    q_begin(&q, st, SQL_KEY_UPDATE);
    bind_key(&q, k);
    q_int(&q, "id", k->id);
    q_int(&q, "version", k->version);
    q_int(&q, "now", now_s);
    enum err_code code = q_run_changes(&q, &changes);
    *changed = changes == 1;
    return code;
}

/* Nothing that stands in it is to be believed: it is suspended, whatever it
 * says. */
static void
suspend_broken(struct key *k)
{
    k->suspended_s = k->created_s ? k->created_s : 1;
    k->suspended_why = STR(KEY_SEAL_BROKEN);
}

/* In the order of the part key_columns in key.sql. */
static void
read_key(struct q *q, struct key *k)
{
    int c = 0;
    *k = (struct key){ 0 };
    k->id = q_get_int(q, c++);
    k->uuid = q_get_text(q, c++);
    k->workspace_id = q_get_int(q, c++);
    (void)key_kind_read(q_get_text(q, c++), &k->kind);
    k->prefix = q_get_text(q, c++);
    k->name = q_get_text(q, c++);
    k->note = q_get_text(q, c++);
    k->owner_user_id = q_get_int(q, c++);
    k->owner_service_id = q_get_int(q, c++);
    k->owner_uuid = q_get_text(q, c++);
    k->owner_name = q_get_text(q, c++);
    k->by_user_id = q_get_int(q, c++);
    k->by_name = q_get_text(q, c++);
    k->created_s = q_get_int(q, c++);
    k->updated_s = q_get_int(q, c++);
    k->expires_s = q_get_int(q, c++);
    k->disabled_s = q_get_int(q, c++);
    k->disabled_by = q_get_text(q, c++);
    k->suspended_s = q_get_int(q, c++);
    k->suspended_why = q_get_text(q, c++);
    k->revoked_s = q_get_int(q, c++);
    k->revoked_by = q_get_text(q, c++);
    k->spend_limit = q_get_int_or(q, c++, -1);
    (void)spend_reset_read(q_get_text(q, c++), &k->spend_reset);
    k->spent = q_get_int(q, c++);
    k->spent_month = q_get_int(q, c++);
    k->used_s = q_get_int(q, c++);
    k->used_address = q_get_text(q, c++);
    k->used_endpoint = q_get_text(q, c++);
    k->used_model = q_get_text(q, c++);
    k->last4 = q_get_text(q, c++);
    k->old_ends_s = q_get_int(q, c++);
    k->claim_ends_s = q_get_int(q, c++);
    k->claimed_s = q_get_int(q, c++);
    k->claimed_address = q_get_text(q, c++);
    k->claimed_agent = q_get_text(q, c++);
    k->version = q_get_int(q, c++);
    k->access.all_categories = q_get_int(q, c++) != 0;
    k->access.all_models = q_get_int(q, c++) != 0;
    k->access.all_endpoints = q_get_int(q, c++) != 0;
    k->access.all_networks = q_get_int(q, c++) != 0;
    k->access.deployment_id = q_get_int(q, c++);
    k->access.deployment_uuid = q_get_text(q, c++);
    k->categories_shown = q_get_text(q, c++);
    k->n_models = q_get_int(q, c++);
    k->rule_over = q_get_text(q, c++);
    if (q_get_int(q, c++))
        suspend_broken(k);
}

/* The same, with whether its seal is broken behind it. */
static void
read_key_whole(struct q *q, struct key *k)
{
    enum { BROKEN_COLUMN = 47 };
    read_key(q, k);
    if (q_get_int(q, BROKEN_COLUMN))
        suspend_broken(k);
}

enum err_code
store_key_claim_ends(struct store *st, const struct key *k, int64_t ends_s,
    int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_KEY_CLAIM_ENDS);
    q_int(&q, "id", k->id);
    q_int(&q, "workspace", k->workspace_id);
    q_int(&q, "ends", ends_s);
    q_int(&q, "now", now_s);
    return q_run_exactly(&q, 1);
}

enum err_code
store_key_claimed(struct store *st, const struct key *k, struct str address,
    struct str agent, int64_t now_s, bool *changed)
{
    struct q q;
    int64_t changes = 0;
    q_begin(&q, st, SQL_KEY_CLAIMED);
    q_int(&q, "id", k->id);
    q_int(&q, "workspace", k->workspace_id);
    q_text(&q, "address", address);
    q_text(&q, "agent", agent);
    q_int(&q, "now", now_s);
    enum err_code code = q_run_changes(&q, &changes);
    *changed = changes == 1;
    return code;
}

enum err_code
store_key_of_claim(struct store *st, struct str mac, struct claim_link *out)
{
    struct q q;
    *out = (struct claim_link){ 0 };
    q_begin(&q, st, SQL_KEY_OF_CLAIM);
    q_blob(&q, "mac", mac.p, mac.n);
    if (q_row(&q))
        *out = (struct claim_link){ .id = q_get_int(&q, 0),
            .ends_s = q_get_int(&q, 1),
            .used_s = q_get_int(&q, 2),
            .prefix = q_get_text(&q, 3),
            .workspace_id = q_get_int(&q, 4),
            .broken = q_get_int(&q, 5) != 0 };
    return q_end(&q);
}

static void
bind_times(struct q *q, const struct key_times *t)
{
    q_int(q, "now", t->now_s);
    q_int(q, "day", t->day_s);
    q_int(q, "week", t->week_s);
    q_int(q, "month", t->month_s);
}

enum err_code
store_key_by_prefix(struct store *st, int64_t workspace_id, struct str prefix,
    const struct key_times *t, struct key *out)
{
    struct q q;
    *out = (struct key){ 0 };
    q_begin(&q, st, SQL_KEY_BY_PREFIX);
    q_int(&q, "workspace", workspace_id);
    q_text(&q, "prefix", prefix);
    bind_times(&q, t);
    if (q_row(&q))
        read_key_whole(&q, out);
    return q_end(&q);
}

enum err_code
store_key_by_uuid(struct store *st, int64_t workspace_id, struct str uuid,
    const struct key_times *t, struct key *out)
{
    struct q q;
    *out = (struct key){ 0 };
    q_begin(&q, st, SQL_KEY_BY_UUID);
    q_int(&q, "workspace", workspace_id);
    q_text(&q, "uuid", uuid);
    bind_times(&q, t);
    if (q_row(&q))
        read_key_whole(&q, out);
    return q_end(&q);
}

static enum sql
list_statement(const struct key_filter *f)
{
    switch (f->sort) {
    case KEY_SORT_NAME:
        return f->back ? SQL_KEY_LIST_NAME_BACK : SQL_KEY_LIST_NAME;
    case KEY_SORT_USED:
        return f->back ? SQL_KEY_LIST_USED_BACK : SQL_KEY_LIST_USED;
    case KEY_SORT_NEWEST:
        break;
    }
    return f->back ? SQL_KEY_LIST_NEWEST_BACK : SQL_KEY_LIST_NEWEST;
}

static void
reverse(struct key *keys, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        struct key swap = keys[i];
        keys[i] = keys[n - 1 - i];
        keys[n - 1 - i] = swap;
    }
}

enum err_code
store_key_list(struct store *st, const struct key_filter *f,
    const struct key_times *t, struct key **out, size_t *n)
{
    struct q q;
    size_t most = (size_t)f->most;
    *out = arena_array(store_arena(st), most, sizeof **out);
    *n = 0;
    q_begin(&q, st, list_statement(f));
    q_int(&q, "workspace", f->workspace_id);
    q_text(&q, "kind", str_cstr(key_kind_name(f->kind)));
    q_text_or_null(&q, "find", f->find);
    q_text_or_null(&q, "owner", f->owner);
    q_text_or_null(&q, "status", f->status);
    q_id_or_null(&q, "id", f->mark_id);
    if (f->sort == KEY_SORT_NAME)
        q_text(&q, "mark", f->mark_name);
    if (f->sort == KEY_SORT_USED)
        q_int(&q, "mark", f->mark_used);
    q_int(&q, "most", f->most);
    bind_times(&q, t);
    while (*n < most && q_row(&q))
        read_key(&q, &(*out)[(*n)++]);
    if (f->back)
        reverse(*out, *n);
    return q_end(&q);
}

enum err_code
store_key_of(struct store *st, int64_t workspace_id, enum key_holder who,
    int64_t id, int64_t after_id, int most, const struct key_times *t,
    struct key **out, size_t *n)
{
    static const enum sql which[] = { [HOLDER_USER] = SQL_KEY_OF_USER,
        [HOLDER_SERVICE] = SQL_KEY_OF_SERVICE,
        [HOLDER_LEFT] = SQL_KEY_OF_LEFT };
    struct q q;
    *out = arena_array(store_arena(st), (size_t)most, sizeof **out);
    *n = 0;
    q_begin(&q, st, which[who]);
    q_int(&q, "owner", id);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "id", after_id);
    q_int(&q, "most", most);
    bind_times(&q, t);
    while (*n < (size_t)most && q_row(&q))
        read_key(&q, &(*out)[(*n)++]);
    return q_end(&q);
}

enum err_code
store_key_any(struct store *st, int64_t workspace_id, enum key_kind kind,
    bool *any)
{
    struct q q;
    q_begin(&q, st, SQL_KEY_ANY);
    q_int(&q, "workspace", workspace_id);
    q_text(&q, "kind", str_cstr(key_kind_name(kind)));
    *any = q_row(&q);
    return q_end(&q);
}

enum err_code
store_key_count_live(struct store *st, int64_t workspace_id,
    enum key_kind kind, int64_t now_s, int64_t most, int64_t *n)
{
    struct q q;
    q_begin(&q, st, SQL_KEY_COUNT_LIVE);
    q_int(&q, "workspace", workspace_id);
    q_text(&q, "kind", str_cstr(key_kind_name(kind)));
    q_int(&q, "now", now_s);
    q_int(&q, "most", most);
    *n = q_row(&q) ? q_get_int(&q, 0) : 0;
    return q_end(&q);
}

enum err_code
store_key_name_taken(struct store *st, int64_t workspace_id, struct str name,
    int64_t not_id, bool *taken)
{
    struct q q;
    q_begin(&q, st, SQL_KEY_NAME_TAKEN);
    q_int(&q, "workspace", workspace_id);
    q_text(&q, "name", name);
    q_int(&q, "not", not_id);
    *taken = q_row(&q);
    return q_end(&q);
}

enum err_code
store_key_prefix_taken(struct store *st, struct str prefix, bool *taken)
{
    struct q q;
    q_begin(&q, st, SQL_KEY_PREFIX_TAKEN);
    q_text(&q, "prefix", prefix);
    *taken = q_row(&q);
    return q_end(&q);
}

/* Run a statement on one key that may find it already so. */
static enum err_code
run_state(struct q *q, const struct key *k, int64_t now_s, bool *changed)
{
    int64_t changes = 0;
    q_int(q, "id", k->id);
    q_int(q, "workspace", k->workspace_id);
    q_int(q, "now", now_s);
    enum err_code code = q_run_changes(q, &changes);
    must(changes <= 1);
    *changed = changes == 1;
    return code;
}

enum err_code
store_key_disable(struct store *st, const struct key *k, struct str by,
    int64_t now_s, bool *changed)
{
    struct q q;
    q_begin(&q, st, SQL_KEY_DISABLE);
    q_text(&q, "by", by);
    return run_state(&q, k, now_s, changed);
}

enum err_code
store_key_enable(struct store *st, const struct key *k, int64_t now_s,
    bool *changed)
{
    struct q q;
    q_begin(&q, st, SQL_KEY_ENABLE);
    return run_state(&q, k, now_s, changed);
}

enum err_code
store_key_revoke(struct store *st, const struct key *k, struct str by,
    int64_t now_s, bool *changed)
{
    struct q q;
    q_begin(&q, st, SQL_KEY_REVOKE);
    q_text(&q, "by", by);
    return run_state(&q, k, now_s, changed);
}

enum err_code
store_key_touched(struct store *st, const struct key *k, int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_KEY_TOUCHED);
    q_int(&q, "id", k->id);
    q_int(&q, "workspace", k->workspace_id);
    q_int(&q, "now", now_s);
    return q_run_exactly(&q, 1);
}

enum err_code
store_key_used(struct store *st, int64_t key_id, int64_t secret_id,
    int64_t at_s, struct str address, struct str endpoint, struct str model)
{
    struct q q;
    q_begin(&q, st, SQL_KEY_USED);
    q_int(&q, "id", key_id);
    q_int(&q, "at", at_s);
    q_text(&q, "address", address);
    q_text(&q, "endpoint", endpoint);
    q_text(&q, "model", model);
    enum err_code code = q_run(&q);
    if (code || !secret_id)
        return code;
    q_begin(&q, st, SQL_SECRET_USED);
    q_int(&q, "id", secret_id);
    q_int(&q, "at", at_s);
    return q_run(&q);
}

enum err_code
store_key_calls_since(struct store *st, const struct key *k, int64_t since_s,
    int64_t *n)
{
    struct q q;
    q_begin(&q, st, SQL_KEY_CALLS_SINCE);
    q_int(&q, "workspace", k->workspace_id);
    q_int(&q, "key", k->id);
    q_int(&q, "since", since_s);
    *n = q_row(&q) ? q_get_int(&q, 0) : 0;
    return q_end(&q);
}

enum err_code
store_secret_insert(struct store *st, int64_t key_id, struct str sealed,
    struct str last4, int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_SECRET_INSERT);
    q_int(&q, "key", key_id);
    q_blob(&q, "sealed", sealed.p, sealed.n);
    q_text(&q, "last4", last4);
    q_int(&q, "now", now_s);
    return q_run(&q);
}

enum err_code
store_secret_bring(struct store *st, int64_t key_id,
    const struct key_secret *s, struct str mac)
{
    struct q q;
    q_begin(&q, st, SQL_SECRET_BRING);
    q_int(&q, "key", key_id);
    q_blob(&q, "sealed", s->sealed.p, s->sealed.n);
    q_text(&q, "last4", s->last4);
    q_int(&q, "created", s->created_s);
    q_id_or_null(&q, "ends", s->ends_s);
    if (mac.n)
        q_blob(&q, "mac", mac.p, mac.n);
    else
        q_null(&q, "mac");
    return q_run(&q);
}

static void
read_secret(struct q *q, struct key_secret *s)
{
    *s = (struct key_secret){ .id = q_get_int(q, 0),
        .sealed = q_get_blob(q, 1),
        .last4 = q_get_text(q, 2),
        .created_s = q_get_int(q, 3),
        .ends_s = q_get_int(q, 4),
        .used_s = q_get_int(q, 5),
        .used_address = q_get_text(q, 6),
        .used_agent = q_get_text(q, 7),
        .calls_day_s = q_get_int(q, 8),
        .calls = q_get_int(q, 9),
        .silent_s = q_get_int(q, 10) };
}

enum err_code
store_secret_list(struct store *st, int64_t key_id, struct key_secret **out,
    size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), SECRETS_MOST, sizeof **out);
    *n = 0;
    q_begin(&q, st, SQL_SECRET_LIST);
    q_int(&q, "key", key_id);
    while (*n < SECRETS_MOST && q_row(&q))
        read_secret(&q, &(*out)[(*n)++]);
    return q_end(&q);
}

enum err_code
store_secret_end(struct store *st, int64_t key_id, int64_t at_s)
{
    struct q q;
    q_begin(&q, st, SQL_SECRET_END);
    q_int(&q, "key", key_id);
    q_int(&q, "at", at_s);
    return q_run(&q);
}

enum err_code
store_secret_end_old(struct store *st, int64_t key_id, int64_t at_s,
    bool *changed)
{
    struct q q;
    int64_t changes;
    q_begin(&q, st, SQL_SECRET_END_OLD);
    q_int(&q, "key", key_id);
    q_int(&q, "at", at_s);
    enum err_code code = q_run_changes(&q, &changes);
    *changed = changes > 0;
    return code;
}

/* Columns of gate_key. */
enum {
    G_ID, G_UUID, G_WORKSPACE, G_KIND, G_PREFIX, G_OWNER, G_SERVICE,
    G_EXPIRES, G_DISABLED, G_SUSPENDED, G_WHY, G_REVOKED, G_ALL_CATEGORIES,
    G_ALL_MODELS, G_ALL_ENDPOINTS, G_ALL_NETWORKS, G_DEPLOYMENT, G_SPEND,
    G_RESET, G_LEFT_USER, G_LEFT, G_CLAIM_ENDS, G_CLAIMED, G_SEAL_N,
    G_LIMITS_N, G_SEAL,
    GW_ID, GW_UUID, GW_PERSONAL, GW_DEMO, GW_KEY_MAX, GW_LIFE, GW_LEAVES,
    GW_ENDS, GW_MONTHS, GW_FACTOR, GW_FACTOR_S, GW_NO_CREDITS, GW_FROZEN, GW_UNTIL,
    GW_DELETED,
    GW_SEAL_N, GW_LIMITS_N, GW_SEAL,
    GS_ID, GS_KEY, GS_SEALED, GS_ENDS, GS_SILENT, GS_SILENT_FROM, GS_SEAL_N,
    GS_SEAL,
    G_NAME, G_USED, G_FROZEN_WHY, G_BY, G_SLUG
};

static void
read_gate(struct q *q, int64_t now_s, struct gate_key *out)
{
    struct key *k = &out->key;
    k->id = q_get_int(q, G_ID);
    k->uuid = q_get_text(q, G_UUID);
    k->workspace_id = q_get_int(q, G_WORKSPACE);
    (void)key_kind_read(q_get_text(q, G_KIND), &k->kind);
    k->prefix = q_get_text(q, G_PREFIX);
    k->name = q_get_text(q, G_NAME);
    k->expires_s = q_get_int(q, G_EXPIRES);
    k->disabled_s = q_get_int(q, G_DISABLED);
    k->suspended_s = q_get_int(q, G_SUSPENDED);
    k->suspended_why = q_get_text(q, G_WHY);
    k->revoked_s = q_get_int(q, G_REVOKED);
    k->access.all_categories = q_get_int(q, G_ALL_CATEGORIES) != 0;
    k->access.all_models = q_get_int(q, G_ALL_MODELS) != 0;
    k->access.all_endpoints = q_get_int(q, G_ALL_ENDPOINTS) != 0;
    k->access.all_networks = q_get_int(q, G_ALL_NETWORKS) != 0;
    k->access.deployment_id = q_get_int(q, G_DEPLOYMENT);
    k->used_s = q_get_int(q, G_USED);
    out->frozen_until_s = q_get_int(q, GW_UNTIL);
    out->frozen_s = out->frozen_until_s && out->frozen_until_s <= now_s
        ? 0
        : q_get_int(q, GW_FROZEN);
    out->frozen_why = q_get_text(q, G_FROZEN_WHY);
    k->by_name = q_get_text(q, G_BY);
    out->workspace_uuid = q_get_text(q, GW_UUID);
    out->workspace_slug = q_get_text(q, G_SLUG);
    out->metered = !q_is_null(q, G_SPEND) || !q_get_int(q, GW_NO_CREDITS) ||
        q_get_int(q, G_LIMITS_N) > 0 || q_get_int(q, GW_LIMITS_N) > 0;
}

/* The row of a secret that is proven. */
static void
look_at_seals(struct q *q, struct gate_key *out)
{
    out->broken = !q_fits(q, ROW_KEY, G_ID, G_SEAL) ||
        !q_fits(q, ROW_WORKSPACE, GW_ID, GW_SEAL);
    if (out->broken)
        suspend_broken(&out->key);
    out->broken = out->broken || !q_fits(q, ROW_SECRET, GS_ID, GS_SEAL);
}

enum err_code
store_gate_other(struct store *st, struct str prefix, struct str *other)
{
    struct q q;
    *other = (struct str){ NULL, 0 };
    q_begin(&q, st, SQL_GATE_OTHER);
    q_text(&q, "prefix", prefix);
    if (q_row(&q))
        *other = q_get_text(&q, 0);
    return q_end(&q);
}

enum err_code
store_gate_key(struct store *st, struct str prefix, int64_t now_s,
    gate_proof *proof, void *with, struct gate_key *out)
{
    struct q q;
    *out = (struct gate_key){ 0 };
    q_begin(&q, st, SQL_GATE_KEY);
    q_int(&q, "now", now_s);
    q_text(&q, "prefix", prefix);
    while (out->n_secrets < COUNT_OF(out->secrets) && q_row(&q)) {
        if (!out->key.id)
            read_gate(&q, now_s, out);
        if (q_is_null(&q, GS_ID))
            break;
        struct key_secret *s = &out->secrets[out->n_secrets++];
        s->id = q_get_int(&q, GS_ID);
        s->sealed = q_get_blob(&q, GS_SEALED);
        if (out->proven || !proof || !proof(with, &out->key, s))
            continue; /* all are counted: does the key rotate? */
        out->proven = s;
        look_at_seals(&q, out);
    }
    return q_end(&q);
}
