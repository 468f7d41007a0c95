/* SPDX-License-Identifier: ISC */
#include "core/export.h"

#include "core/change.h"
#include "core/key.h"
#include "core/limit.h"
#include "core/workspace.h"
#include "secret/keytext.h"
#include "secret/random.h"
#include "secret/seal.h"
#include "store/store_catalog.h"
#include "store/store_limit.h"
#include "store/store_port.h"
#include "store/store_workspace.h"
#include "model/team.h"
#include "text/hex.h"
#include "text/json.h"
#include "text/when.h"

#include <inttypes.h>

enum { SPARE = 1024 * 1024, KEYS_AT_ONCE = 200, MEMBERS_AT_ONCE = 500,
    LINE_MOST = 1024 * 1024 };

static const char *const names[] = {
    [PORT_WORKSPACE] = "workspaces",
    [PORT_MEMBER] = "members",
    [PORT_SERVICE] = "service_accounts",
    [PORT_DEPLOYMENT] = "deployments",
    [PORT_MODEL] = "models",
    [PORT_LIMIT] = "limits",
    [PORT_KEY] = "keys",
};
_Static_assert(COUNT_OF(names) == PORT_KIND_COUNT, "kinds");

const char *
port_kind_name(enum port_kind kind)
{
    return names[kind];
}

struct str
port_verifier_ad(struct arena *a, struct str id, struct str uuid,
    struct str prefix, const char *kind)
{
    return arena_fmt(a, "export 1 %.*s %.*s %.*s %s", STR_ARG(id),
        STR_ARG(uuid), STR_ARG(prefix), kind);
}

void
port_mac(const struct secrets *transfer, const uint8_t sum[DIGEST_BYTES],
    uint8_t out[MAC_BYTES])
{
    struct str parts[] = { STR(PORT_FORMAT),
        { (const char *)sum, DIGEST_BYTES } };
    mac_make(transfer, SUBKEY_TRANSFER, parts, COUNT_OF(parts), out);
}

/* One export under way.  All that is read lives in `a`, until the next page. */
struct export {
    struct cx *cx;
    struct arena *a;
    const struct export_out *out;
    struct export_counts *counts;
    struct key_times t;
    struct str id;
    struct digester sum;
    int64_t lines;
};

static struct val *
line(struct export *e, const char *type)
{
    struct val *v = val_map(e->a);
    val_put_cstr(v, "type", type);
    return v;
}

static void
put_time(struct val *v, const char *name, int64_t s)
{
    if (s)
        val_put_str(v, name, when_rfc3339(v->arena, s));
    else
        val_put_null(v, name);
}

static void
put_text(struct val *v, const char *name, struct str s)
{
    if (s.n)
        val_put_str(v, name, s);
    else
        val_put_null(v, name);
}

static void
put_count(struct val *v, const char *name, int64_t n, bool is)
{
    if (is)
        val_put_int(v, name, n);
    else
        val_put_null(v, name);
}

static void
put_list(struct val *v, const char *name, bool all, const struct strs *list)
{
    if (all) {
        val_put_null(v, name);
        return;
    }
    struct val *items = val_put_list(v, name);
    for (size_t i = 0; i < list->n; i++)
        val_add_str(items, list->items[i]);
}

static enum err_code
give(struct export *e, const struct val *v)
{
    struct buf b;
    buf_init(&b, e->a, LINE_MOST);
    json_write(&b, v);
    buf_char(&b, '\n');
    must(!b.full);
    e->lines++;
    digest_add(&e->sum, b.p, b.n);
    if (!e->out->sink(e->out->to, buf_view(&b)))
        return ERR(&e->cx->err, ERR_INVALID, "The export could not be "
            "written.");
    return ERR_OK;
}

static enum err_code
give_counted(struct export *e, enum port_kind kind, const struct val *v)
{
    e->counts->n[kind]++;
    return give(e, v);
}

/* ---- the workspace ---- */

static enum err_code
workspace_line(struct export *e, const struct workspace *w)
{
    bool credits;
    int64_t balance;
    struct str person;
    if (store_port_workspace(e->cx->store, w->id, &credits, &balance,
            &person))
        return e->cx->err.code;
    struct val *v = line(e, "workspace");
    val_put_str(v, "uuid", w->uuid);
    val_put_str(v, "slug", w->slug);
    val_put_str(v, "name", w->name);
    val_put_bool(v, "personal", w->personal);
    val_put_bool(v, "demo", w->demo);
    put_text(v, "person", w->personal ? person : STR(""));
    val_put_int(v, "key_max", w->key_max);
    put_count(v, "life_max_s", w->key_life_max_s, w->key_life_max_s > 0);
    put_count(v, "life_default_s", w->key_life_default_s,
        w->key_life_default_s > 0);
    val_put_int(v, "event_months", w->event_months);
    val_put_cstr(v, "second_factor", factor_rule_name(w->second_factor));
    val_put_cstr(v, "owner_leaves",
        leaver_name(w->leaver_passes ? LEAVER_PASS : LEAVER_SUSPEND));
    val_put_cstr(v, "reserve_ends",
        reserve_end_name(w->reserve_releases ? RESERVE_RELEASE
                                             : RESERVE_CHARGE));
    put_count(v, "credits", balance, credits);
    put_time(v, "frozen", w->frozen_s);
    put_time(v, "frozen_until", w->frozen_until_s);
    put_text(v, "frozen_why", w->frozen_why);
    put_text(v, "frozen_by", w->frozen_by);
    put_time(v, "deleted", w->deleted_s);
    put_time(v, "created", w->created_s);
    return give_counted(e, PORT_WORKSPACE, v);
}

static enum err_code
members(struct export *e, int64_t workspace_id)
{
    int64_t after = 0;
    size_t n = MEMBERS_AT_ONCE;
    while (n == MEMBERS_AT_ONCE) {
        struct port_member *m;
        if (store_port_members(e->cx->store, workspace_id, after,
                MEMBERS_AT_ONCE, &m, &n))
            return e->cx->err.code;
        for (size_t i = 0; i < n; i++) {
            struct val *v = line(e, "member");
            val_put_str(v, "uuid", m[i].uuid);
            val_put_str(v, "email", m[i].email);
            val_put_str(v, "name", m[i].name);
            val_put_cstr(v, "role", role_choices[m[i].role]);
            val_put_bool(v, "disabled", m[i].disabled);
            put_time(v, "created", m[i].created);
            if (give_counted(e, PORT_MEMBER, v))
                return e->cx->err.code;
            after = m[i].id;
        }
    }
    return ERR_OK;
}

static enum err_code
services(struct export *e, int64_t workspace_id)
{
    struct port_service *s;
    size_t n;
    if (store_port_services(e->cx->store, workspace_id, &s, &n))
        return e->cx->err.code;
    for (size_t i = 0; i < n; i++) {
        struct val *v = line(e, "service_account");
        val_put_str(v, "uuid", s[i].uuid);
        val_put_str(v, "name", s[i].name);
        put_time(v, "created", s[i].created);
        put_time(v, "removed", s[i].removed);
        if (give_counted(e, PORT_SERVICE, v))
            return e->cx->err.code;
    }
    return ERR_OK;
}

static enum err_code
deployments(struct export *e, int64_t workspace_id)
{
    struct port_deployment *d;
    size_t n;
    if (store_port_deployments(e->cx->store, workspace_id, &d, &n))
        return e->cx->err.code;
    for (size_t i = 0; i < n; i++) {
        struct val *v = line(e, "deployment");
        val_put_str(v, "uuid", d[i].uuid);
        val_put_str(v, "name", d[i].name);
        val_put_str(v, "base_url", d[i].base_url);
        put_time(v, "created", d[i].created);
        put_time(v, "removed", d[i].removed);
        if (give_counted(e, PORT_DEPLOYMENT, v))
            return e->cx->err.code;
    }
    return ERR_OK;
}

static enum err_code
model_lines(struct export *e, const struct ai_model *listed)
{
    struct ai_model m;
    struct port_price *p;
    size_t n;
    if (store_model_by_uuid(e->cx->store, listed->workspace_id, listed->uuid,
            e->cx->now_s, &m))
        return e->cx->err.code;
    struct val *v = line(e, "model");
    val_put_str(v, "uuid", m.uuid);
    val_put_str(v, "name", m.name);
    val_put_str(v, "category", m.category);
    put_list(v, "deployments", false, &m.deployments);
    put_time(v, "created", m.created_s);
    if (give_counted(e, PORT_MODEL, v) ||
        store_port_prices(e->cx->store, m.id, &p, &n))
        return e->cx->err.code;
    for (size_t i = 0; i < n; i++) {
        v = line(e, "price");
        /* prices of the first day of all have no other time than 0 */
        val_put_str(v, "from", when_rfc3339(e->a, p[i].from));
        val_put_int(v, "input", p[i].input);
        val_put_int(v, "output", p[i].output);
        if (give(e, v))
            return e->cx->err.code;
    }
    return ERR_OK;
}

static enum err_code
models(struct export *e, int64_t workspace_id)
{
    struct ai_model *list;
    size_t n;
    if (store_model_list(e->cx->store, workspace_id, e->cx->now_s, &list,
            &n))
        return e->cx->err.code;
    for (size_t i = 0; i < n; i++) {
        list[i].workspace_id = workspace_id;
        if (model_lines(e, &list[i]))
            return e->cx->err.code;
    }
    return ERR_OK;
}

/* Of a key, or with 0 of the workspace itself. */
static enum err_code
limits(struct export *e, int64_t workspace_id, int64_t key_id)
{
    struct limits all;
    int64_t now = e->cx->now_s;
    if (store_limit_list(e->cx->store, workspace_id, key_id, &e->t,
            now - now % MINUTE_S, &all))
        return e->cx->err.code;
    for (size_t i = 0; i < all.n; i++) {
        const struct limit *l = &all.items[i];
        bool of_key = l->source == LIMIT_RULE_KEY;
        if (of_key != (key_id != 0) || (l->model_id && !l->model.n))
            continue;
        bool counts = l->period != LIMIT_MINUTE;
        struct val *v = line(e, "limit");
        val_put_bool(v, "of_key", of_key);
        put_text(v, "model", l->model);
        val_put_cstr(v, "counts", limit_counts_name(l->counts));
        val_put_cstr(v, "period", limit_period_name(l->period));
        val_put_int(v, "amount", l->amount);
        val_put_bool(v, "shadow", l->shadow);
        val_put_int(v, "used", counts ? l->used : 0);
        put_time(v, "since",
            counts ? limit_period_at(l->period, now).start_s : 0);
        if (give_counted(e, PORT_LIMIT, v))
            return e->cx->err.code;
    }
    return ERR_OK;
}

/* ---- keys ---- */

/* What is alive of a key's secrets, sealed for the way. */
static enum err_code
secrets(struct export *e, const struct key *k)
{
    struct cx *cx = e->cx;
    struct key_secret *s;
    size_t n, given = 0;
    if (!e->out->transfer)
        return ERR_OK;
    if (store_secret_list(cx->store, k->id, &s, &n))
        return cx->err.code;
    for (size_t i = 0; i < n && given < PORT_SECRETS_MOST; i++) {
        struct str plain;
        if (s[i].ends_s && s[i].ends_s <= cx->now_s)
            continue;
        if (!seal_open(e->a, cx->secrets, SUBKEY_APIKEY,
                key_seal_ad(e->a, k), s[i].sealed, &plain) ||
            plain.n != KEYTEXT_HASH)
            return ERR_FAULT(&cx->err, "a secret of key %.*s does not open",
                STR_ARG(k->prefix));
        struct val *v = line(e, "secret");
        val_put_str(v, "last4", s[i].last4);
        val_put_bool(v, "imported", str_is(s[i].last4, KEY_LAST4_IMPORTED));
        put_time(v, "created", s[i].created_s);
        put_time(v, "ends", s[i].ends_s);
        val_put_str(v, "verifier", b64_show(e->a, seal_with(e->a,
            secrets_subkey(e->out->transfer, SUBKEY_APIKEY),
            port_verifier_ad(e->a, e->id, k->uuid, k->prefix,
                key_kind_name(k->kind)), plain)));
        if (give(e, v))
            return cx->err.code;
        given++;
    }
    return ERR_OK;
}

static struct str
labels_of(struct export *e, const struct key_label *labels, size_t n)
{
    struct buf b;
    buf_init(&b, e->a, BUF_MAX_FIELD);
    for (size_t i = 0; i < n; i++)
        buf_fmt(&b, "%s%.*s=%.*s", i ? "\n" : "", STR_ARG(labels[i].name),
            STR_ARG(labels[i].value));
    return buf_view(&b);
}

static void
put_state(struct val *v, const struct port_key *p)
{
    put_time(v, "created", p->created);
    put_time(v, "updated", p->updated);
    put_time(v, "expires", p->expires);
    put_time(v, "used", p->used);
    put_time(v, "disabled", p->disabled);
    put_text(v, "disabled_by", p->disabled_by);
    put_time(v, "suspended", p->suspended);
    put_text(v, "suspended_why", p->suspended_why);
    put_time(v, "revoked", p->revoked);
    put_text(v, "revoked_by", p->revoked_by);
    val_put_bool(v, "waiting", p->waiting);
}

static void
put_access(struct val *v, const struct key_access *a)
{
    put_list(v, "categories", a->all_categories, &a->categories);
    put_list(v, "models", a->all_models, &a->models);
    put_list(v, "endpoints", a->all_endpoints, &a->endpoints);
    put_list(v, "networks", a->all_networks, &a->networks);
    put_text(v, "deployment", a->deployment_uuid);
}

static enum err_code
key_lines(struct export *e, struct port_row *r)
{
    struct cx *cx = e->cx;
    const struct port_key *p = &r->key;
    struct key_label *labels;
    size_t n_labels;
    if (store_key_access(cx->store, &r->as) ||
        store_key_labels(cx->store, r->as.id, &labels, &n_labels))
        return cx->err.code;
    struct val *v = line(e, "key");
    val_put_str(v, "uuid", p->uuid);
    val_put_str(v, "prefix", p->prefix);
    val_put_str(v, "name", p->name);
    put_text(v, "note", p->note);
    val_put_cstr(v, "kind", key_kind_name(r->as.kind));
    put_text(v, "owner", p->owner);
    val_put_str(v, "by", p->by);
    put_state(v, p);
    put_access(v, &r->as.access);
    put_count(v, "spend_limit", p->spend_limit, p->spend_limit >= 0);
    val_put_cstr(v, "spend_reset", spend_reset_name(r->as.spend_reset));
    val_put_int(v, "spent", p->spent);
    put_time(v, "spent_since",
        limit_period_at(limit_of_spend(r->as.spend_reset), cx->now_s).start_s);
    put_text(v, "labels", labels_of(e, labels, n_labels));
    if (give_counted(e, PORT_KEY, v) || secrets(e, &r->as))
        return cx->err.code;
    return limits(e, r->as.workspace_id, r->as.id);
}

static enum err_code
keys(struct export *e, int64_t workspace_id, enum key_kind kind)
{
    int64_t after = 0;
    size_t n = KEYS_AT_ONCE;
    while (n == KEYS_AT_ONCE) {
        struct port_row *rows;
        arena_reset(e->a);
        if (store_port_keys(e->cx->store, workspace_id, kind, &e->t, after,
                KEYS_AT_ONCE, &rows, &n))
            return e->cx->err.code;
        for (size_t i = 0; i < n; i++) {
            after = rows[i].key.id;
            if (key_lines(e, &rows[i]))
                return e->cx->err.code;
        }
        e->out->step(e->out->of, e->counts->n[PORT_KEY]);
    }
    return ERR_OK;
}

static enum err_code
one_workspace(struct export *e, int64_t id)
{
    struct workspace w;
    arena_reset(e->a);
    if (store_workspace_by_id(e->cx->store, id, 0, &w) ||
        workspace_line(e, &w) || members(e, id) || services(e, id) ||
        deployments(e, id) || models(e, id) || limits(e, id, 0))
        return e->cx->err.code;
    for (int kind = 0; kind < KEY_KIND_COUNT; kind++)
        if (keys(e, id, (enum key_kind)kind))
            return e->cx->err.code;
    return ERR_OK;
}

/* ---- the file ---- */

static enum err_code
first_line(struct export *e)
{
    struct val *v = line(e, PORT_FORMAT);
    val_put_int(v, "version", PORT_VERSION);
    val_put_str(v, "id", e->id);
    put_time(v, "made", e->cx->now_s);
    val_put_bool(v, "verifiers", e->out->transfer != NULL);
    return give(e, v);
}

static enum err_code
last_line(struct export *e)
{
    uint8_t sum[DIGEST_BYTES], mac[MAC_BYTES];
    struct val *v = line(e, "end");
    digest_end(&e->sum, sum);
    val_put_int(v, "lines", e->lines);
    val_put_str(v, "sha256", hex_show(e->a, sum, sizeof sum));
    val_put_null(v, "mac");
    if (e->out->transfer) {
        port_mac(e->out->transfer, sum, mac);
        val_put_str(v, "mac", hex_show(e->a, mac, sizeof mac));
    }
    return give(e, v);
}

static enum err_code
all_lines(struct export *e)
{
    int64_t id = e->cx->ws.id;
    if (first_line(e))
        return e->cx->err.code;
    if (id) {
        if (one_workspace(e, id))
            return e->cx->err.code;
        return last_line(e);
    }
    if (store_port_next(e->cx->store, 0, &id))
        return e->cx->err.code;
    while (id)
        if (one_workspace(e, id) || store_port_next(e->cx->store, id, &id))
            return e->cx->err.code;
    return last_line(e);
}

static enum err_code
note(struct export *e)
{
    struct cx *cx = e->cx;
    struct val *details = val_map(cx->arena);
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    val_put_int(details, "keys", e->counts->n[PORT_KEY]);
    val_put_bool(details, "verifiers", e->out->transfer != NULL);
    struct audit_event event = { "export.make",
        cx->ws.id ? "workspace" : "installation", cx->ws.slug, cx->ws.name,
        details };
    return change_commit(cx, &event);
}

enum err_code
export_run(struct cx *cx, const struct export_out *out,
    struct export_counts *counts)
{
    struct export e = { .cx = cx, .out = out, .counts = counts };
    *counts = (struct export_counts){ 0 };
    if (cx->actor.kind != ACTOR_SHELL)
        return ERR(&cx->err, ERR_FORBIDDEN, "Only the shell does this.");
    cx_times(cx, &e.t);
    e.id = random_uuid(cx->arena, cx->now_s * 1000);
    digest_begin(&e.sum);
    e.a = arena_new(SPARE);
    struct arena *before = store_swap(cx->store, e.a);
    (void)all_lines(&e);
    (void)store_swap(cx->store, before);
    arena_free(e.a);
    return cx->err.code ? cx->err.code : note(&e);
}
