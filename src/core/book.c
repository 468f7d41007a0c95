/* SPDX-License-Identifier: ISC */
#include "core/book.h"

#include "core/credit.h"
#include "core/limit.h"
#include "core/usage.h"
#include "store/store_limit.h"
#include "store/store_usage.h"
#include "text/when.h"

enum err_code
book_price(struct cx *cx, struct usage_event *e)
{
    int64_t input, output;
    e->cost = 0;
    if (e->outcome != USAGE_SUCCEEDED || e->model.n == 0)
        return ERR_OK;
    if (store_usage_price(cx->store, e->workspace_id, e->model,
            e->at_ms / 1000, &input, &output))
        return cx->err.code;
    if (input >= 0)
        e->cost =
            usage_cost(e->input_tokens, input, e->output_tokens, output);
    return ERR_OK;
}

/* ---- what was held ---- */

/* Is this rule among "3 7 12"? */
static bool
holds(struct str rules, int64_t id)
{
    struct str one;
    int64_t n;
    while (str_cut(rules, ' ', &one, &rules) || one.n)
        if (str_int(one, &n) && n == id)
            return true;
    return false;
}

static enum err_code
give_back(struct cx *cx, const struct limits *all,
    const struct reservation *r)
{
    struct need n = { r->input_tokens, r->output_tokens, r->cost };
    for (size_t i = 0; i < all->n; i++) {
        const struct limit *l = &all->items[i];
        if (holds(r->rules, l->id) &&
            store_limit_cell_release(cx->store, l->id,
                limit_period_at(l->period, r->created_s).start_s,
                limit_need(l->counts, &n)))
            return cx->err.code;
    }
    if (r->spend_start_s >= 0 &&
        store_spend_reserve(cx->store, r->key_id, r->spend_start_s, -r->cost))
        return cx->err.code;
    return r->credits
        ? store_credits_reserve(cx->store, r->workspace_id, -r->cost)
        : ERR_OK;
}

enum err_code
book_release(struct cx *cx, const struct reservation *r)
{
    struct limits all;
    if (limit_load(cx, r->workspace_id, r->key_id, &all))
        return cx->err.code;
    return give_back(cx, &all, r);
}

/* ---- what is charged ---- */

/* Rules have an entry in the model's own catalogue; events only a name. */
static bool
applies(const struct limit *l, const struct usage_event *e)
{
    return l->model_id == 0 || str_eq(l->model, e->model);
}

/* A minute that no window reaches any more is not counted. */
static bool
is_past(const struct cx *cx, const struct limit *l, int64_t start_s)
{
    return l->period == LIMIT_MINUTE && start_s < cx->now_s - 3 * MINUTE_S;
}

static enum err_code
add_cells(struct cx *cx, const struct limits *all,
    const struct usage_event *e, int64_t sign)
{
    struct need n = { e->input_tokens, e->output_tokens, e->cost };
    for (size_t i = 0; i < all->n; i++) {
        const struct limit *l = &all->items[i];
        struct limit_cell c = { .rule_id = l->id,
            .start_s = limit_period_at(l->period, e->at_ms / 1000).start_s,
            .used = sign * limit_need(l->counts, &n) };
        if (applies(l, e) && !is_past(cx, l, c.start_s) &&
            store_limit_cell_add(cx->store, &c))
            return cx->err.code;
    }
    return ERR_OK;
}

static enum err_code
add_sums(struct cx *cx, const struct usage_event *e, int64_t sign)
{
    struct usage_sum sum = { .failed = sign * (e->outcome == USAGE_FAILED),
        .succeeded = sign * (e->outcome == USAGE_SUCCEEDED),
        .input_tokens = sign * e->input_tokens,
        .output_tokens = sign * e->output_tokens,
        .cost = sign * e->cost };
    return store_usage_sum(cx->store, e, &sum);
}

/* A period without a row gets one from its days, which hold this event. */
static enum err_code
add_spend(struct cx *cx, const struct usage_key *k,
    const struct usage_event *e, int64_t cost)
{
    bool found;
    struct spend_period p =
        limit_period_at(limit_of_spend(k->reset), e->at_ms / 1000);
    if (!k->limited)
        return ERR_OK;
    if (store_usage_spend_add(cx->store, e->key_id, p, cost, &found))
        return cx->err.code;
    if (found)
        return ERR_OK;
    return store_usage_spend_set(cx->store, e->workspace_id, e->key_id, p);
}

enum err_code
book_settle(struct cx *cx, const struct reservation *r,
    const struct usage_event *old, const struct usage_event *e)
{
    struct limits all;
    struct usage_key k;
    bool fresh;
    must(!old || old->at_ms == e->at_ms);
    if (limit_load(cx, e->workspace_id, e->key_id, &all) ||
        store_usage_key(cx->store, e->workspace_id, e->key_id, &k))
        return cx->err.code;
    if (r && r->state == RESERVATION_LIVE && give_back(cx, &all, r))
        return cx->err.code;
    if (old) {
        if (store_report_event_correct(cx->store, e) ||
            add_sums(cx, old, -1) || add_cells(cx, &all, old, -1))
            return cx->err.code;
    } else {
        if (store_usage_event_insert(cx->store, e, &fresh))
            return cx->err.code;
        if (!fresh)
            return ERR_FAULT(&cx->err, "event is booked already");
    }
    int64_t before = old ? old->cost : 0;
    int64_t more = e->cost - before;
    if (add_sums(cx, e, 1) || add_cells(cx, &all, e, 1) ||
        add_spend(cx, &k, e, more))
        return cx->err.code;
    return credit_charge(cx, e->workspace_id, e->model, e->event_id, more,
        before == 0);
}
