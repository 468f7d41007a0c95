/* SPDX-License-Identifier: ISC */
/* Keys as aiXplain shows them (contracts/README.md section 2). */
#include "api/aix.h"
#include "api/api.h"
#include "api/part.h"
#include "core/catalog.h"
#include "text/when.h"

/* In a LIMIT nothing may be null, and 0 allows nothing: no limit is the most
 * that can be set, and reads back as none. */
#define NO_LIMIT LIMIT_AMOUNT_MOST

const struct aix_count aix_counts[AIX_COUNTS] = {
    { "tpm", true, LIMIT_MINUTE, offsetof(struct aix_limit_in, tpm) },
    { "tpd", true, LIMIT_DAY, offsetof(struct aix_limit_in, tpd) },
    { "rpm", false, LIMIT_MINUTE, offsetof(struct aix_limit_in, rpm) },
    { "rpd", false, LIMIT_DAY, offsetof(struct aix_limit_in, rpd) },
};

const struct limit *
aix_rule(const struct limits *all, int64_t model_id, enum limit_counts counts,
    enum limit_period period)
{
    for (size_t i = 0; i < all->n; i++) {
        const struct limit *l = &all->items[i];
        if (l->source == LIMIT_RULE_KEY && !l->shadow &&
            l->model_id == model_id && l->counts == counts &&
            l->period == period)
            return l;
    }
    return NULL;
}

bool
aix_token_type(const struct limits *all, int64_t model_id,
    enum limit_counts *out)
{
    static const enum limit_counts order[] = { LIMIT_TOTAL, LIMIT_INPUT,
        LIMIT_OUTPUT };
    for (size_t i = 0; i < COUNT_OF(order); i++)
        if (aix_rule(all, model_id, order[i], LIMIT_MINUTE) ||
            aix_rule(all, model_id, order[i], LIMIT_DAY)) {
            *out = order[i];
            return true;
        }
    *out = LIMIT_TOTAL;
    return false;
}

bool
aix_has(const struct limits *all, int64_t model_id)
{
    enum limit_counts tokens;
    return aix_token_type(all, model_id, &tokens) ||
        aix_rule(all, model_id, LIMIT_REQUESTS, LIMIT_MINUTE) ||
        aix_rule(all, model_id, LIMIT_REQUESTS, LIMIT_DAY);
}

bool
aix_first_of_model(const struct limits *all, size_t i)
{
    int64_t model_id = all->items[i].model_id;
    for (size_t k = 0; k < i; k++)
        if (all->items[k].model_id == model_id)
            return false;
    return model_id && aix_has(all, model_id);
}

static void
put_limit(struct val *v, const struct limits *all, int64_t model_id)
{
    enum limit_counts tokens;
    bool any = aix_token_type(all, model_id, &tokens);
    for (size_t i = 0; i < AIX_COUNTS; i++) {
        const struct limit *l = aix_rule(all, model_id,
            aix_counts[i].tokens ? tokens : LIMIT_REQUESTS,
            aix_counts[i].period);
        val_put_int(v, aix_counts[i].name, l ? l->amount : NO_LIMIT);
    }
    if (any)
        val_put_cstr(v, "tokenType", limit_counts_name(tokens));
    else
        val_put_null(v, "tokenType");
}

/* A key with its limits; `text`: the whole key, when it is new. */
static enum err_code
key_shape(struct cx *cx, const struct key *k, struct str text,
    struct val **out)
{
    struct arena *a = cx->arena;
    struct limits all;
    struct val *v = *out = val_map(a);
    if (limit_list(cx, k->prefix, &all))
        return cx->err.code;
    val_put_str(v, "id", k->uuid);
    val_put_str(v, "name", k->name);
    if (text.n)
        val_put_str(v, "accessKey", text);
    else /* clients find a key by its first and last 4 characters */
        val_put_fmt(v, "accessKey", "%.*s...%.*s",
            STR_ARG(str_head(k->prefix, 4)), STR_ARG(k->last4));
    val_put_bool(v, "isAdmin", k->kind == KEY_ADMIN);
    if (k->spend_limit < 0)
        val_put_null(v, "budget");
    else
        val_put(v, "budget", usd_val(a, k->spend_limit));
    if (aix_has(&all, 0))
        put_limit(val_put_map(v, "globalLimits"), &all, 0);
    else
        val_put_null(v, "globalLimits");
    struct val *assets = val_put_list(v, "assetsLimits");
    for (size_t i = 0; i < all.n; i++)
        if (aix_first_of_model(&all, i)) {
            struct val *asset = val_add_map(assets);
            val_put_str(asset, "assetId", all.items[i].model_uuid);
            put_limit(asset, &all, all.items[i].model_id);
        }
    if (k->expires_s)
        val_put_str(v, "expiresAt", arena_fmt(a, "%.*s.000000Z",
            STR_ARG(str_head(when_rfc3339(a, k->expires_s),
                sizeof "2026-11-21T12:00:00" - 1))));
    else
        val_put_null(v, "expiresAt");
    return ERR_OK;
}

/* The key of the path: management keys are not there for this family, nor what
 * was deleted. */
static enum err_code
find(struct cx *cx, const struct req *req, struct key *out)
{
    if (key_by_uuid(cx, req_param(req, "id"), out))
        return cx->err.code;
    if (out->kind == KEY_MANAGEMENT || out->revoked_s)
        return ERR(&cx->err, ERR_NOT_FOUND, "There is no such API key.");
    return ERR_OK;
}

static enum err_code
find_to_change(struct cx *cx, const struct req *req, struct key *out)
{
    if (find(cx, req, out) || out->kind == KEY_STANDARD)
        return cx->err.code;
    return ERR(&cx->err, ERR_FORBIDDEN,
        "This is an admin key. Change it in the console.");
}

static enum err_code
answer(struct cx *cx, struct str uuid, struct str text, struct res *res)
{
    struct key k;
    struct val *v;
    if (key_by_uuid(cx, uuid, &k) || key_shape(cx, &k, text, &v))
        return cx->err.code;
    res_json(res, text.n ? 201 : 200, v);
    return ERR_OK;
}

enum err_code
api_aix_list(struct cx *cx, const struct req *req, struct res *res)
{
    static const enum key_kind kinds[] = { KEY_STANDARD, KEY_ADMIN };
    (void)req;
    struct val *list = val_list(cx->arena);
    for (size_t c = 0; c < COUNT_OF(kinds); c++) {
        struct key *keys;
        size_t n;
        if (key_list_all(cx, kinds[c], &keys, &n))
            return cx->err.code;
        for (size_t i = 0; i < n; i++) {
            struct val *v;
            if (key_shape(cx, &keys[i], (struct str){ NULL, 0 }, &v))
                return cx->err.code;
            val_add(list, v);
        }
    }
    res_json(res, 200, list);
    return ERR_OK;
}

enum err_code
api_aix_get(struct cx *cx, const struct req *req, struct res *res)
{
    struct key k;
    if (find(cx, req, &k))
        return cx->err.code;
    return answer(cx, k.uuid, (struct str){ NULL, 0 }, res);
}

enum err_code
api_aix_create(struct cx *cx, const struct req *req, struct res *res)
{
    struct aix_change change;
    struct limits none = { .n = 0 };
    struct str text;
    struct key k;
    if (aix_read(cx, req->json, &none, &change))
        return cx->err.code;
    if (change.id.n)
        return err_field(&cx->err, "id", "A new key has no id yet");
    if (allot_create(cx, &change.in, change.limits, change.n, &text, &k))
        return aix_rename(cx);
    return answer(cx, k.uuid, text, res);
}

/* An admin key sets limits and budgets; the rest it may send as it is. */
static enum err_code
only_limits(struct cx *cx, const struct key *k, struct aix_change *c)
{
    const struct key_in *in = &c->in;
    struct key_in budget = { .partial = true,
        .spend_limit = in->spend_limit };
    bool expiry = c->says_expiry &&
        (in->expiry == KEY_EXPIRY_NONE ? 0 : in->expires_on) != k->expires_s;
    if (cx->actor.key.kind != KEY_ADMIN)
        return ERR_OK;
    if (expiry || !str_eq(in->name, k->name))
        return ERR(&cx->err, ERR_FORBIDDEN,
            "An admin key sets limits and budgets, not names and expiry. Use "
            "a management key.");
    if (c->says_budget)
        key_in_say(&budget, "spend_limit", in->spend_limit < 0);
    c->in = budget;
    return ERR_OK;
}

enum err_code
api_aix_update(struct cx *cx, const struct req *req, struct res *res)
{
    struct aix_change change;
    struct limits all;
    struct key k;
    if (find_to_change(cx, req, &k) || limit_list(cx, k.prefix, &all) ||
        aix_read(cx, req->json, &all, &change))
        return cx->err.code;
    if (change.id.n && !str_eq_nocase(change.id, k.uuid))
        return err_field(&cx->err, "id", "This is the id of another key");
    if (only_limits(cx, &k, &change) ||
        allot_edit(cx, k.prefix, &change.in, change.limits, change.n))
        return aix_rename(cx);
    return answer(cx, k.uuid, (struct str){ NULL, 0 }, res);
}

enum err_code
api_aix_delete(struct cx *cx, const struct req *req, struct res *res)
{
    struct key k, was;
    if (find_to_change(cx, req, &k) ||
        key_revoke(cx, k.prefix, false, (struct str){ NULL, 0 }, &was))
        return cx->err.code;
    res->status = 200; /* never 204: clients want exactly this */
    res->cache = CACHE_NO_STORE;
    return ERR_OK;
}

/* ---- what was used today ---- */

/* model_id 0: all models. */
static void
add_usage(struct val *list, const struct limits *all,
    const struct usage_rows *today, const struct limit *of)
{
    struct val *v = val_add_map(list);
    int64_t model_id = of ? of->model_id : 0, requests = 0, tokens = 0;
    enum limit_counts type;
    (void)aix_token_type(all, model_id, &type);
    for (size_t i = 0; i < today->n; i++) {
        const struct usage_row *row = &today->items[i];
        if (of && !str_eq(row->group, of->model))
            continue;
        struct need need = { .input_tokens = row->sum.input_tokens,
            .output_tokens = row->sum.output_tokens };
        requests += row->sum.succeeded + row->sum.failed;
        tokens += limit_need(type, &need);
    }
    const struct limit *r =
        aix_rule(all, model_id, LIMIT_REQUESTS, LIMIT_DAY);
    const struct limit *t = aix_rule(all, model_id, type, LIMIT_DAY);
    val_put_int(v, "requestCount", requests);
    val_put(v, "requestCountLimit",
        r ? val_int(v->arena, r->amount) : val_null(v->arena));
    val_put_int(v, "tokenCount", tokens);
    val_put(v, "tokenCountLimit",
        t ? val_int(v->arena, t->amount) : val_null(v->arena));
    val_put(v, "assetId",
        of ? val_str(v->arena, of->model_uuid) : val_null(v->arena));
}

static enum err_code
usage_of(struct cx *cx, const struct key *k, struct res *res)
{
    struct limits all;
    struct usage_rows today;
    if (allot_today(cx, k, &all, &today))
        return cx->err.code;
    struct val *list = val_list(cx->arena);
    add_usage(list, &all, &today, NULL);
    for (size_t i = 0; i < all.n; i++)
        if (aix_first_of_model(&all, i))
            add_usage(list, &all, &today, &all.items[i]);
    res_json(res, 200, list);
    return ERR_OK;
}

enum err_code
api_aix_usage(struct cx *cx, const struct req *req, struct res *res)
{
    struct key k;
    if (find(cx, req, &k))
        return cx->err.code;
    return usage_of(cx, &k, res);
}

enum err_code
api_aix_usage_own(struct cx *cx, const struct req *req, struct res *res)
{
    (void)req;
    return usage_of(cx, &cx->actor.key, res);
}

enum err_code
api_aix_model(struct cx *cx, const struct req *req, struct res *res)
{
    struct ai_model m;
    struct str source, alias;
    if (model_find(cx, req_param(req, "id"), &m))
        return cx->err.code;
    struct val *v = val_map(cx->arena);
    (void)str_cut(m.name, '/', &source, &alias);
    val_put_str(v, "id", m.uuid);
    val_put_str(v, "name", m.name);
    val_put_str(v, "path", m.name);
    val_put_cstr(v, "description", "");
    val_put_str(val_put_map(v, "supplier"), "name", source);
    val_put_str(val_put_map(v, "function"), "id", m.category);
    res_json(res, 200, v);
    return ERR_OK;
}
