/* SPDX-License-Identifier: ISC */
/* Making the change of an advice, and undoing it. */
#include "core/advice.h"

#include "base/buf.h"
#include "core/change.h"
#include "core/key.h"
#include "core/key_rules.h"
#include "core/limit.h"
#include "secret/random.h"
#include "store/store_advice.h"
#include "text/when.h"

#include <inttypes.h>

/* ---- a setting as text: how it was, how it became ---- */

static struct str
list_text(struct cx *cx, bool all, const struct strs *list)
{
    struct buf b;
    if (all)
        return STR("all");
    buf_init(&b, cx->arena, BUF_MAX_FIELD);
    for (size_t i = 0; i < list->n; i++)
        buf_fmt(&b, "%s%.*s", i ? "\n" : "", STR_ARG(list->items[i]));
    return buf_view(&b);
}

static struct strs
list_of(struct cx *cx, struct str text)
{
    struct strs s = { NULL, 0 };
    struct str rest = text, one;
    size_t n = 1;
    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == '\n';
    s.items = arena_array(cx->arena, n, sizeof *s.items);
    while (rest.n) {
        (void)str_cut(rest, '\n', &one, &rest);
        s.items[s.n++] = one;
    }
    return s;
}

static enum err_code
find_limit(struct cx *cx, const struct key *k, int64_t rule_id,
    struct limit *out)
{
    struct limits all;
    *out = (struct limit){ .amount = -1 };
    if (limit_list(cx, k->prefix, &all))
        return cx->err.code;
    for (size_t i = 0; i < all.n; i++)
        if (rule_id ? all.items[i].id == rule_id
                    : all.items[i].source == LIMIT_SPEND)
            *out = all.items[i];
    return ERR_OK;
}

/* k: read now, with its access. */
static enum err_code
state_text(struct cx *cx, const struct key *k, enum advice_kind kind,
    int64_t rule_id, struct str *out)
{
    struct limit l;
    switch (kind) {
    case ADVICE_SILENT:
        *out = k->disabled_s ? STR("off") : STR("on");
        return ERR_OK;
    case ADVICE_MODELS:
        *out = list_text(cx, k->access.all_models, &k->access.model_uuids);
        return ERR_OK;
    case ADVICE_ENDPOINTS:
        *out = list_text(cx, k->access.all_endpoints, &k->access.endpoints);
        return ERR_OK;
    case ADVICE_LIMIT:
        if (find_limit(cx, k, rule_id, &l))
            return cx->err.code;
        *out = arena_fmt(cx->arena, "%" PRId64, l.amount);
        return ERR_OK;
    case ADVICE_EXPIRY:
    case ADVICE_COUNT:
        break;
    }
    *out = arena_fmt(cx->arena, "%" PRId64, k->expires_s);
    return ERR_OK;
}

/* ---- setting it ---- */

static enum err_code
set_list(struct cx *cx, const struct key *k, bool models, struct str text)
{
    struct key now_is;
    struct key_in in = { .partial = true };
    bool all = str_is(text, "all");
    struct strs list = all ? (struct strs){ NULL, 0 } : list_of(cx, text);
    key_in_say(&in, models ? "model_scope" : "endpoint_scope", false);
    key_in_say(&in, models ? "models" : "endpoints", false);
    if (models) {
        in.model_scope = !all;
        in.models = list;
    } else {
        in.endpoint_scope = !all;
        in.endpoints = list;
    }
    return key_edit(cx, k->prefix, &in, &now_is);
}

static enum err_code
set_expiry(struct cx *cx, const struct key *k, int64_t expires_s)
{
    struct key now_is;
    struct key_in in = { .partial = true,
        .expiry = expires_s ? KEY_EXPIRY_DATE : KEY_EXPIRY_NONE,
        .expires_on = expires_s };
    key_in_say(&in, "expiry", false);
    key_in_say(&in, "expires_on", expires_s == 0);
    return key_edit(cx, k->prefix, &in, &now_is);
}

static enum err_code
set_spend(struct cx *cx, const struct key *k, int64_t amount)
{
    struct key now_is;
    struct key_in in = { .partial = true, .spend_limit = amount,
        .spend_reset = (int)k->spend_reset };
    key_in_say(&in, "spend_limit", amount < 0);
    key_in_say(&in, "spend_reset", false);
    return key_edit(cx, k->prefix, &in, &now_is);
}

static enum err_code
set_rule(struct cx *cx, const struct key *k, int64_t rule_id, int64_t amount)
{
    struct limit l;
    if (find_limit(cx, k, rule_id, &l))
        return cx->err.code;
    if (l.amount < 0)
        return ERR(&cx->err, ERR_CONFLICT, "This limit was removed since.");
    bool money = l.counts == LIMIT_MONEY;
    struct limit_in in = { .counts = (int)l.counts, .period = (int)l.period,
        .model = l.model_uuid, .amount = money ? 0 : amount,
        .budget = money ? amount : 0, .shadow = l.shadow };
    static const char *const names[] = { "counts", "period", "shadow" };
    for (size_t i = 0; i < COUNT_OF(names); i++)
        in.set.present |= (uint64_t)1
            << field_index(limit_fields, str_cstr(names[i]));
    in.set.present |= (uint64_t)1
        << field_index(limit_fields, money ? STR("budget") : STR("amount"));
    if (l.model_uuid.n)
        in.set.present |= (uint64_t)1
            << field_index(limit_fields, STR("model"));
    return limit_set(cx, k->prefix, &in);
}

static enum err_code
set_state(struct cx *cx, const struct key *k, enum advice_kind kind,
    int64_t rule_id, struct str text)
{
    struct key now_is;
    int64_t n = 0;
    switch (kind) {
    case ADVICE_SILENT:
        return str_is(text, "off") ? key_disable(cx, k->prefix, &now_is)
                                   : key_enable(cx, k->prefix, &now_is);
    case ADVICE_MODELS:
    case ADVICE_ENDPOINTS:
        return set_list(cx, k, kind == ADVICE_MODELS, text);
    case ADVICE_LIMIT:
        must(str_int(text, &n));
        return rule_id ? set_rule(cx, k, rule_id, n) : set_spend(cx, k, n);
    case ADVICE_EXPIRY:
    case ADVICE_COUNT:
        break;
    }
    must(str_int(text, &n));
    return set_expiry(cx, k, n);
}

static struct str
target_text(struct cx *cx, const struct advice *a)
{
    switch (a->kind) {
    case ADVICE_SILENT:
        return STR("off");
    case ADVICE_MODELS:
    case ADVICE_ENDPOINTS:
        return list_text(cx, false, &a->keep);
    case ADVICE_LIMIT:
        return arena_fmt(cx->arena, "%" PRId64, a->amount);
    case ADVICE_EXPIRY:
    case ADVICE_COUNT:
        break;
    }
    return arena_fmt(cx->arena, "%" PRId64, a->expires_s);
}

/* ---- doing and undoing ---- */

static enum err_code
find_key(struct cx *cx, struct str prefix, struct key *k)
{
    if (key_find_to_edit(cx, prefix, k))
        return cx->err.code;
    return store_key_access(cx->store, k);
}

/* Is it advised now? */
static enum err_code
find_advice(struct cx *cx, const struct key *k, const struct advice_in *in,
    struct advice *out)
{
    struct advice all[ADVICE_MOST];
    size_t n;
    if (advice_of_key(cx, k, all, &n))
        return cx->err.code;
    for (size_t i = 0; i < n; i++)
        if (all[i].kind == (enum advice_kind)in->kind &&
            (all[i].kind != ADVICE_LIMIT || all[i].limit.id == in->rule)) {
            *out = all[i];
            return ERR_OK;
        }
    return ERR(&cx->err, ERR_CONFLICT,
        "This does not apply any more: the key was changed, or used, since "
        "you opened the page.");
}

/* In the open change. */
static enum err_code
apply(struct cx *cx, const struct key *k, const struct advice *a)
{
    struct key after;
    struct advice_done d = { .uuid = random_uuid(cx->arena, cx->now_s * 1000),
        .key_id = k->id, .kind = a->kind, .rule_id = a->limit.id,
        .at_s = cx->now_s, .by_name = cx_actor_name(cx) };
    if (state_text(cx, k, a->kind, d.rule_id, &d.was) ||
        set_state(cx, k, a->kind, d.rule_id, target_text(cx, a)) ||
        find_key(cx, k->prefix, &after) ||
        state_text(cx, &after, a->kind, d.rule_id, &d.became))
        return cx->err.code;
    return store_advice_add(cx->store, cx->ws.id, &d);
}

enum err_code
advice_apply(struct cx *cx, struct str prefix, const struct advice_in *in,
    struct key *out)
{
    struct advice a;
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (find_key(cx, prefix, out) || find_advice(cx, out, in, &a) ||
        apply(cx, out, &a))
        return change_abort(cx);
    return change_commit(cx, AUDIT_NONE); /* the change has its own line */
}

static int64_t
undo_from(const struct cx *cx)
{
    return cx->now_s - ADVICE_UNDO_DAYS * (int64_t)DAY_S;
}

enum err_code
advice_recent(struct cx *cx, const struct key *k, struct advice_done **out,
    size_t *n)
{
    *n = 0;
    if (k->revoked_s || !key_may_edit(cx, k))
        return ERR_OK;
    return store_advice_list(cx->store, cx->ws.id, k->id, undo_from(cx),
        ADVICE_RECENT, out, n);
}

/* In the open change. */
static enum err_code
undo(struct cx *cx, const struct key *k, struct str done)
{
    struct advice_done d;
    struct str now_is;
    if (store_advice_get(cx->store, cx->ws.id, k->id, done, undo_from(cx),
            &d))
        return cx->err.code;
    if (!d.id)
        return ERR(&cx->err, ERR_NOT_FOUND,
            "There is nothing to undo: it was undone, or is too long ago.");
    if (state_text(cx, k, d.kind, d.rule_id, &now_is))
        return cx->err.code;
    if (!str_eq(now_is, d.became))
        return ERR(&cx->err, ERR_CONFLICT,
            "This was changed again since. Edit the key instead.");
    if (set_state(cx, k, d.kind, d.rule_id, d.was))
        return cx->err.code;
    return store_advice_undo(cx->store, d.id, cx->now_s);
}

enum err_code
advice_undo(struct cx *cx, struct str prefix, struct str done,
    struct key *out)
{
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (find_key(cx, prefix, out) || undo(cx, out, done))
        return change_abort(cx);
    return change_commit(cx, AUDIT_NONE); /* the change has its own line */
}
