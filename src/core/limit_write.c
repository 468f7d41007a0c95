/* SPDX-License-Identifier: ISC */
/* Making, changing and removing limits. */
#include "core/limit.h"

#include "base/attr.h"
#include "base/buf.h"
#include "core/access.h"
#include "core/change.h"
#include "core/key_rules.h"
#include "model/catalog.h"
#include "store/store_catalog.h"
#include "store/store_limit.h"
#include "text/money.h"

/* ---- what is asked for ---- */

/* The model of a rule; one that was removed cannot get a new limit. */
static enum err_code
find_model(struct cx *cx, struct str uuid, bool removing, struct limit *l)
{
    struct ai_model m;
    if (uuid.n == 0)
        return ERR_OK;
    if (store_model_by_uuid(cx->store, cx->ws.id, uuid, cx->now_s, &m))
        return cx->err.code;
    if (!m.id || (m.removed_s && !removing))
        return err_field(&cx->err, "model",
            "Choose one of the models of this workspace");
    l->model_id = m.id;
    l->model = m.name;
    l->model_uuid = m.uuid;
    return ERR_OK;
}

static enum err_code
check_place(struct cx *cx, const struct limit *l, struct str model)
{
    bool money = l->counts == LIMIT_MONEY;
    if (l->source == LIMIT_RULE_WORKSPACE && (!money || model.n))
        return err_field(&cx->err, money ? "model" : "counts",
            "A workspace has budgets of money for all models. Set this on "
            "a key");
    if (money && l->period == LIMIT_MINUTE)
        err_field(&cx->err, "period",
            "A budget is per day, week or month, or without reset");
    if (!money && l->period != LIMIT_MINUTE && l->period != LIMIT_DAY)
        err_field(&cx->err, "period",
            "Requests and tokens are limited per minute or per day");
    return cx->err.code;
}

/* -1: no limit. */
static enum err_code
read_amount(struct cx *cx, const struct limit_in *in, int64_t *amount)
{
    bool money = in->counts == LIMIT_MONEY;
    const char *own = money ? "budget" : "amount";
    const char *other = money ? "amount" : "budget";
    *amount = -1;
    if (field_has(limit_fields, &in->set, other))
        return err_field(&cx->err, other, "This limit counts %s",
            money ? "money: send budget" : "no money: send amount");
    if (!field_has(limit_fields, &in->set, own))
        return ERR_OK;
    *amount = money ? in->budget : in->amount;
    if (*amount < 0 || *amount > LIMIT_AMOUNT_MOST)
        return err_field(&cx->err, own,
            "Must be 0 or more, or left out for no limit");
    return ERR_OK;
}

/* The rule that stands in the place of l already, or NULL. */
static const struct limit *
find_rule(const struct limits *all, const struct limit *l, size_t *n_beside)
{
    const struct limit *found = NULL;
    *n_beside = 0;
    for (size_t i = 0; i < all->n; i++) {
        const struct limit *o = &all->items[i];
        *n_beside += o->source == l->source;
        if (o->source == l->source && o->counts == l->counts &&
            o->period == l->period && o->model_id == l->model_id)
            found = o;
    }
    return found;
}

static struct str
words_or_none(struct cx *cx, const struct limit *l)
{
    if (!l || l->amount < 0)
        return STR("none");
    struct str words = limit_words(cx->arena, l);
    return l->shadow ? arena_fmt(cx->arena, "%.*s (shadow)", STR_ARG(words))
                     : words;
}

/* ---- writing ---- */

/* What the period of l has seen so far; of a minute nothing. */
static enum err_code
seen_so_far(struct cx *cx, int64_t key_id, const struct limit *l,
    struct spend_period p, int64_t *used)
{
    *used = 0;
    if (l->period == LIMIT_MINUTE)
        return ERR_OK;
    return store_limit_days_sum(cx->store, cx->ws.id, key_id, l, p, used);
}

static enum err_code
insert_rule(struct cx *cx, int64_t key_id, struct limit *l)
{
    struct spend_period p = limit_period_at(l->period, cx->now_s);
    if (store_limit_set(cx->store, cx->ws.id, key_id, l, cx->now_s))
        return cx->err.code;
    if (l->period == LIMIT_MINUTE)
        return ERR_OK;
    if (seen_so_far(cx, key_id, l, p, &l->used))
        return cx->err.code;
    return store_limit_take_over(cx->store, l->id, p.start_s, l->used);
}

static enum err_code
write_rule(struct cx *cx, int64_t key_id, const struct limit *old,
    struct limit *l, size_t n_beside)
{
    if (l->amount < 0)
        return old ? store_limit_remove(cx->store, cx->ws.id, old->id)
                   : ERR_OK;
    if (old)
        return store_limit_set(cx->store, cx->ws.id, key_id, l, cx->now_s);
    if (n_beside >= LIMIT_RULES_MOST) {
        ERR(&cx->err, ERR_CONFLICT,
            "There are %d limits here, which is the most. Remove one first.",
            (int)LIMIT_RULES_MOST);
        cx->err.reason = "limit";
        return cx->err.code;
    }
    return insert_rule(cx, key_id, l);
}

/* The key of a prefix, which may have limits; none for an empty one. */
static enum err_code
find_place(struct cx *cx, struct str prefix, struct key *k)
{
    *k = (struct key){ 0 };
    if (prefix.n == 0)
        return ERR_OK;
    if (key_find(cx, prefix, k))
        return cx->err.code;
    if (k->kind == KEY_STANDARD)
        return ERR_OK;
    return ERR(&cx->err, ERR_CONFLICT,
        "Limits are for API keys: this key calls no models.");
}

/* The audit line of a change from one limit (NULL: none) to another. */
static enum err_code
commit(struct cx *cx, const struct key *k, const struct limit *from,
    const struct limit *to)
{
    bool removed = !to || to->amount < 0;
    struct val *details = val_map(cx->arena);
    change_diff(details, "limit", words_or_none(cx, from),
        words_or_none(cx, to));
    struct audit_event event = { removed ? "limit.remove" : "limit.set",
        k->id ? "key" : "workspace", k->id ? k->prefix : cx->ws.slug,
        k->id ? k->name : cx->ws.name, details };
    return change_commit(cx, from || !removed ? &event : AUDIT_NONE);
}

enum err_code
limit_set(struct cx *cx, struct str prefix, const struct limit_in *in)
{
    struct key k;
    struct limits all;
    size_t n_beside;
    struct limit l = {
        .source = prefix.n ? LIMIT_RULE_KEY : LIMIT_RULE_WORKSPACE,
        .counts = (enum limit_counts)in->counts,
        .period = (enum limit_period)in->period,
        .shadow = in->shadow,
    };
    if (CHANGE_BEGIN_AS(cx, RIGHT_LIMITS))
        return cx->err.code;
    if (find_place(cx, prefix, &k) || check_place(cx, &l, in->model) ||
        read_amount(cx, in, &l.amount) ||
        find_model(cx, in->model, l.amount < 0, &l) ||
        limit_load(cx, cx->ws.id, k.id, &all))
        return change_abort(cx);
    const struct limit *old = find_rule(&all, &l, &n_beside);
    if (write_rule(cx, k.id, old, &l, n_beside))
        return change_abort(cx);
    return commit(cx, &k, old, &l);
}

/* ---- by form ---- */

/* What was typed, by what the limit counts. */
static enum err_code
read_typed(struct cx *cx, struct str typed, struct limit *l)
{
    bool money = l->counts == LIMIT_MONEY;
    if (!(money ? money_read(typed, &l->amount)
                : count_read(typed, &l->amount)))
        return err_field(&cx->err, "limit",
            money ? "Limit must be an amount like 50 or 49.99"
                  : "Limit must be a whole number like 500, 1,000 or 20k");
    if (l->amount > LIMIT_AMOUNT_MOST)
        return err_field(&cx->err, "limit", "This is more than can be set");
    return ERR_OK;
}

/* The new limit of a form, all rules asked; `all` are those there are. */
static enum err_code
read_form(struct cx *cx, const struct key *k, const struct limit_form_in *in,
    struct limit *l, struct limits *all, size_t *n_beside)
{
    *l = (struct limit){
        .source = k->id ? LIMIT_RULE_KEY : LIMIT_RULE_WORKSPACE,
        .counts = (enum limit_counts)in->counts,
        .period = (enum limit_period)in->period,
        .shadow = in->shadow,
        .version = 1,
    };
    if (check_place(cx, l, in->model) || read_typed(cx, in->limit, l) ||
        find_model(cx, in->model, false, l) ||
        limit_load(cx, cx->ws.id, k->id, all))
        return cx->err.code;
    const struct limit *old = find_rule(all, l, n_beside);
    if (old)
        return err_field(&cx->err, "period",
            "There is a limit of this kind already: %.*s. Change that one",
            STR_ARG(limit_words(cx->arena, old)));
    return ERR_OK;
}

static enum err_code
fill_period(struct cx *cx, struct limit *l)
{
    struct spend_period p = limit_period_at(l->period, cx->now_s);
    l->start_s = p.start_s;
    l->resets_s = p.end_s == INT64_MAX ? 0 : p.end_s;
    return cx->err.code;
}

enum err_code
limit_draft(struct cx *cx, struct str prefix, const struct limit_form_in *in,
    struct limit *out)
{
    struct key k;
    struct limits all;
    size_t n;
    if (access_need(cx, RIGHT_LIMITS) || find_place(cx, prefix, &k) ||
        read_form(cx, &k, in, out, &all, &n) || fill_period(cx, out))
        return cx->err.code;
    return seen_so_far(cx, k.id, out,
        limit_period_at(out->period, cx->now_s), &out->used);
}

enum err_code
limit_add(struct cx *cx, struct str prefix, const struct limit_form_in *in,
    struct limit *out)
{
    struct key k;
    struct limits all;
    size_t n;
    if (CHANGE_BEGIN_AS(cx, RIGHT_LIMITS))
        return cx->err.code;
    if (find_place(cx, prefix, &k) ||
        read_form(cx, &k, in, out, &all, &n) ||
        write_rule(cx, k.id, NULL, out, n))
        return change_abort(cx);
    return commit(cx, &k, NULL, out);
}

/* The rule of an id among those of this key, or of the workspace itself. */
static enum err_code
find_by_id(struct cx *cx, const struct key *k, struct str id,
    struct limit *out)
{
    struct limits all;
    int64_t n;
    enum limit_source source = k->id ? LIMIT_RULE_KEY : LIMIT_RULE_WORKSPACE;
    if (limit_load(cx, cx->ws.id, k->id, &all))
        return cx->err.code;
    for (size_t i = 0; str_int(id, &n) && i < all.n; i++)
        if (all.items[i].id == n && all.items[i].source == source) {
            *out = all.items[i];
            return ERR_OK;
        }
    return ERR(&cx->err, ERR_NOT_FOUND,
        "There is no such limit. It may have been removed.");
}

enum err_code
limit_get(struct cx *cx, struct str prefix, struct str id, struct limit *out)
{
    struct key k;
    if (access_need(cx, RIGHT_LIMITS) || find_place(cx, prefix, &k))
        return cx->err.code;
    return find_by_id(cx, &k, id, out);
}

enum err_code
limit_redraft(struct cx *cx, struct str prefix, struct str id,
    const struct limit_form_in *in, struct limit *out)
{
    if (limit_get(cx, prefix, id, out))
        return cx->err.code;
    out->shadow = in->shadow;
    return read_typed(cx, in->limit, out);
}

enum err_code
limit_edit(struct cx *cx, struct str prefix, struct str id,
    const struct limit_form_in *in, struct limit *out)
{
    struct key k;
    struct limit old;
    bool changed = false;
    if (CHANGE_BEGIN_AS(cx, RIGHT_LIMITS))
        return cx->err.code;
    if (find_place(cx, prefix, &k) || find_by_id(cx, &k, id, &old))
        return change_abort(cx);
    *out = old;
    out->shadow = in->shadow;
    out->version = in->version;
    if (read_typed(cx, in->limit, out) ||
        store_limit_change(cx->store, cx->ws.id, out, cx->now_s, &changed))
        return change_abort(cx);
    if (!changed) {
        ERR(&cx->err, ERR_CONFLICT,
            "Somebody changed this limit after you opened the form.");
        cx->err.reason = "stale";
        return change_abort(cx);
    }
    return commit(cx, &k, &old, out);
}

enum err_code
limit_remove(struct cx *cx, struct str prefix, struct str id)
{
    struct key k;
    struct limit old;
    if (CHANGE_BEGIN_AS(cx, RIGHT_LIMITS))
        return cx->err.code;
    if (find_place(cx, prefix, &k) || find_by_id(cx, &k, id, &old) ||
        store_limit_remove(cx->store, cx->ws.id, old.id))
        return change_abort(cx);
    return commit(cx, &k, &old, NULL);
}

enum err_code
limit_start(struct cx *cx, const struct key_in *in, const struct key *k,
    struct str *words)
{
    const struct {
        const char *name;
        int64_t amount;
        enum limit_counts counts;
        enum limit_period period;
    } rates[] = {
        { "rate_requests", in->rate_requests, LIMIT_REQUESTS, LIMIT_MINUTE },
        { "rate_tokens", in->rate_tokens, LIMIT_TOTAL, LIMIT_MINUTE },
        { "day_tokens", in->day_tokens, LIMIT_TOTAL, LIMIT_DAY },
    };
    struct buf b;
    buf_init(&b, cx->arena, BUF_MAX_FIELD);
    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        struct limit l = { .source = LIMIT_RULE_KEY,
            .counts = rates[i].counts,
            .period = rates[i].period,
            .amount = rates[i].amount };
        if (!field_has(key_fields, &in->set, rates[i].name))
            continue;
        if (k->kind != KEY_STANDARD)
            return err_field(&cx->err, rates[i].name,
                "Limits are for API keys: this key calls no models");
        if (access_need(cx, RIGHT_LIMITS) || insert_rule(cx, k->id, &l))
            return cx->err.code;
        buf_fmt(&b, "%s%.*s", b.n ? "; " : "",
            STR_ARG(limit_words(cx->arena, &l)));
    }
    *words = b.n ? buf_view(&b) : STR("none");
    return ERR_OK;
}
