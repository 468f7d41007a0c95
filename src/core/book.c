/* SPDX-License-Identifier: ISC */
#include "core/book.h"

#include "core/credit.h"
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

/* A period without a row gets one from its days, which hold this event. */
static enum err_code
add_spend(struct book *b, const struct usage_event *e, int64_t cost)
{
    bool found;
    struct cx *cx = b->cx;
    struct spend_period p =
        limit_period_at(limit_of_spend(b->key.reset), e->at_ms / 1000);
    if (!b->key.limited)
        return ERR_OK;
    if (store_usage_spend_add(cx->store, e->key_id, p, cost, &found))
        return cx->err.code;
    if (found)
        return ERR_OK;
    if (sums_write(&b->sums))
        return cx->err.code;
    return store_usage_spend_set(cx->store, e->workspace_id, e->key_id, p);
}

/* ---- the transaction ---- */

void
book_open(struct book *b, struct cx *cx)
{
    *b = (struct book){ .cx = cx };
    sums_open(&b->sums, cx);
}

enum err_code
book_close(struct book *b)
{
    return sums_write(&b->sums);
}

/* What is charged of this key; reports often come key by key. */
static enum err_code
turn_to(struct book *b, int64_t workspace_id, int64_t key_id)
{
    struct cx *cx = b->cx;
    if (b->workspace_id == workspace_id && b->key_id == key_id)
        return ERR_OK;
    b->limits = (struct limits){ .n = 0 };
    if (store_usage_key(cx->store, workspace_id, key_id, &b->key))
        return cx->err.code;
    if (b->key.rules && limit_load(cx, workspace_id, key_id, &b->limits))
        return cx->err.code;
    b->workspace_id = workspace_id;
    b->key_id = key_id;
    return ERR_OK;
}

enum err_code
book_settle(struct book *b, const struct reservation *r,
    const struct usage_event *old, const struct usage_event *e)
{
    bool fresh;
    struct cx *cx = b->cx;
    must(!old || old->at_ms == e->at_ms);
    if (turn_to(b, e->workspace_id, e->key_id))
        return cx->err.code;
    const struct limits *all = &b->limits;
    if (r && r->state == RESERVATION_LIVE && give_back(cx, all, r))
        return cx->err.code;
    if (old) {
        if (store_report_event_correct(cx->store, e) ||
            sums_add(&b->sums, old, -1) || add_cells(cx, all, old, -1))
            return cx->err.code;
    } else {
        if (store_usage_event_insert(cx->store, e, &fresh))
            return cx->err.code;
        if (!fresh)
            return ERR_FAULT(&cx->err, "event is booked already");
    }
    int64_t before = old ? old->cost : 0;
    int64_t more = e->cost - before;
    if (sums_add(&b->sums, e, 1) || add_cells(cx, all, e, 1) ||
        add_spend(b, e, more))
        return cx->err.code;
    if (!b->key.credits)
        return ERR_OK;
    return credit_charge(cx, e->workspace_id, e->model, e->event_id, more,
        before == 0);
}
