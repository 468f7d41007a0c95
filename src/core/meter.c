/* SPDX-License-Identifier: ISC */
#include "core/meter.h"

#include "base/buf.h"
#include "core/book.h"
#include "core/report.h"
#include "core/usage.h"
#include "secret/random.h"
#include "store/store_limit.h"
#include "store/store_reserve.h"
#include "text/when.h"

#include <inttypes.h>

enum {
    TOKENS_UNKNOWN = 1000, /* of a model that the catalogue does not have */
    SWEEPS_MOST = 50,      /* transactions in one sweep */
    CLOSE_FEW = 8,         /* ended reservations that a call closes first, */
    CLOSE_ROUNDS = 8,      /* and so often again, if it would be refused */
    PERIODS_KEPT_S = REPORT_LATE_S + 31 * DAY_S /* since their start */
};

/* One decision at work. */
struct desk {
    struct cx *cx;
    const struct metering *m;
    struct metered *out;
    struct meter_facts facts;
    int64_t spend_start_s; /* -1: no spending limit */
    bool closed_some;
};

/* ---- the estimate ---- */

static int64_t
estimate(int64_t said, int64_t of_model, const struct desk *d)
{
    int64_t usual = d->facts.model_id ? of_model : TOKENS_UNKNOWN;
    if (d->m->plain)
        return 0;
    if (said < 0 || (d->m->at_least && said < usual))
        return usual;
    return said;
}

/* A call whose model is not named, or not known, may be one of the dearest:
 * leaving the name out must not be a way past limits of money. */
static enum err_code
price_unknown(struct desk *d, struct usage_event *e)
{
    int64_t input, output;
    if (d->m->plain)
        return ERR_OK;
    if (store_usage_price_most(d->cx->store, e->workspace_id, d->cx->now_s,
            &input, &output))
        return d->cx->err.code;
    e->cost = usage_cost(e->input_tokens, input, e->output_tokens, output);
    return ERR_OK;
}

static enum err_code
make_estimate(struct desk *d)
{
    struct need *n = &d->out->need;
    struct usage_event e = { .workspace_id = d->m->key->workspace_id,
        .at_ms = d->cx->now_s * 1000,
        .model = d->m->model };
    e.input_tokens =
        estimate(d->m->input_tokens, d->facts.reserve_input, d);
    e.output_tokens =
        estimate(d->m->output_tokens, d->facts.reserve_output, d);
    if (d->facts.model_id ? book_price(d->cx, &e)
                          : price_unknown(d, &e))
        return d->cx->err.code;
    *n = (struct need){ e.input_tokens, e.output_tokens, e.cost };
    return ERR_OK;
}

/* ---- those whose time is over ---- */

static enum err_code
close_one(struct book *b, const struct reservation *r)
{
    struct cx *cx = b->cx;
    if (store_reservation_close(cx->store, r, cx->now_s))
        return cx->err.code;
    if (r->releases)
        return book_release(cx, r);
    struct usage_event e = { .workspace_id = r->workspace_id,
        .key_id = r->key_id,
        .event_id = r->uuid,
        .at_ms = r->created_s * 1000,
        .model = r->model,
        .endpoint = r->endpoint,
        .outcome = USAGE_SUCCEEDED,
        .input_tokens = r->input_tokens,
        .output_tokens = r->output_tokens,
        .estimated = true,
        .cost = r->cost,
        .took_ms = -1,
        .address = r->address,
        .request_id = r->request_id };
    return book_settle(b, r, NULL, &e);
}

/* workspace_id 0: of all. */
static enum err_code
close_ended(struct cx *cx, int64_t workspace_id, size_t most, size_t *n)
{
    struct book b;
    struct reservation *ended;
    if (store_reservation_ended(cx->store, workspace_id, cx->now_s, most,
            &ended, n) || *n == 0)
        return cx->err.code;
    book_open(&b, cx);
    for (size_t i = 0; i < *n; i++)
        if (close_one(&b, &ended[i]))
            return cx->err.code;
    return book_close(&b);
}

/* ---- what applies ---- */

/* The order in which limits are asked: calls, tokens, then money from the key
 * outwards. */
static int
rank(const struct limit *l)
{
    if (l->counts == LIMIT_REQUESTS)
        return 0;
    if (l->counts != LIMIT_MONEY)
        return 1;
    switch (l->source) {
    case LIMIT_SPEND:
        return 2;
    case LIMIT_RULE_KEY:
        return 3;
    case LIMIT_RULE_WORKSPACE:
        return 4;
    case LIMIT_CREDITS:
        break;
    }
    return 5;
}

static void
put_in_order(struct limits *all)
{
    for (size_t i = 1; i < all->n; i++) {
        struct limit one = all->items[i];
        size_t at = i;
        for (; at && rank(&all->items[at - 1]) > rank(&one); at--)
            all->items[at] = all->items[at - 1];
        all->items[at] = one;
    }
}

/* A period of the spending limit without a row gets one now, from the sums of
 * its days; if the call is refused, that is undone and done again. */
static enum err_code
load_spend(struct desk *d, struct limit *l)
{
    bool found;
    struct cx *cx = d->cx;
    const struct key *k = d->m->key;
    enum limit_period period = limit_of_spend(d->facts.spend_reset);
    struct spend_period p = limit_period_at(period, cx->now_s);
    *l = (struct limit){ .source = LIMIT_SPEND,
        .counts = LIMIT_MONEY,
        .period = period,
        .amount = d->facts.spend_limit,
        .start_s = p.start_s,
        .resets_s = p.end_s == INT64_MAX ? 0 : p.end_s };
    d->spend_start_s = p.start_s;
    if (store_spend_get(cx->store, k->id, p.start_s, &l->used, &l->reserved,
            &found))
        return cx->err.code;
    if (found)
        return ERR_OK;
    if (store_usage_spend_set(cx->store, k->workspace_id, k->id, p) ||
        store_spend_prune(cx->store, k->id, cx->now_s - PERIODS_KEPT_S))
        return cx->err.code;
    return store_spend_get(cx->store, k->id, p.start_s, &l->used,
        &l->reserved, &found);
}

static enum err_code
load(struct desk *d)
{
    struct limits *all = &d->out->limits;
    const struct key *k = d->m->key;
    size_t n = 0;
    /* many have a spending limit only: then there is nothing to ask for */
    *all = (struct limits){ .items = arena_array(d->cx->arena, 2,
        sizeof *all->items) };
    if (d->facts.n_rules &&
        limit_load(d->cx, k->workspace_id, k->id, all))
        return d->cx->err.code;
    d->out->broken = all->broken || all->n != d->facts.n_rules;
    for (size_t i = 0; i < all->n; i++)
        if (!all->items[i].model_id ||
            str_eq(all->items[i].model, d->m->model))
            all->items[n++] = all->items[i];
    all->n = n;
    if (d->facts.spend_limit >= 0 && load_spend(d, &all->items[all->n++]))
        return d->cx->err.code;
    if (d->facts.has_credits)
        all->items[all->n++] = (struct limit){ .source = LIMIT_CREDITS,
            .counts = LIMIT_MONEY,
            .period = LIMIT_NO_RESET,
            .amount = d->facts.credits,
            .reserved = d->facts.credits_reserved };
    put_in_order(all);
    return ERR_OK;
}

/* ---- deciding ---- */

static bool
refuses(const struct desk *d, const struct limit *l)
{
    return limit_over(l, limit_need(l->counts, &d->out->need));
}

static void
decide(struct desk *d)
{
    struct metered *out = d->out;
    for (size_t i = 0; i < out->limits.n; i++) {
        const struct limit *l = &out->limits.items[i];
        if (l->shadow || !refuses(d, l))
            continue;
        if (!out->refused)
            out->refused = l;
        int64_t wait = limit_wait_ms(d->cx, l,
            limit_need(l->counts, &out->need));
        if (wait < 0 || out->wait_ms < 0)
            out->wait_ms = -1;
        else if (wait > out->wait_ms)
            out->wait_ms = wait;
    }
    limit_mark(&out->limits);
}

/* ---- reserving ---- */

static enum err_code
reserve_cell(struct desk *d, struct limit *l, int64_t amount)
{
    struct cx *cx = d->cx;
    struct limit_cell c = { .rule_id = l->id,
        .start_s = l->period == LIMIT_NO_RESET ? 0 : l->start_s,
        .reserved = amount,
        .would_refuse = l->shadow && refuses(d, l) };
    l->would_refuse += c.would_refuse;
    if (store_limit_cell_add(cx->store, &c))
        return cx->err.code;
    if (l->period == LIMIT_NO_RESET || l->begun)
        return ERR_OK;
    /* a period that begins sweeps out those that no window, and no report,
     * reaches any more */
    return store_limit_cell_prune(cx->store, l->id,
        l->period == LIMIT_MINUTE ? l->start_s - 2 * MINUTE_S
                                  : cx->now_s - PERIODS_KEPT_S);
}

static enum err_code
reserve_one(struct desk *d, struct limit *l, struct buf *rules)
{
    struct store *st = d->cx->store;
    int64_t amount = limit_need(l->counts, &d->out->need);
    enum err_code code = ERR_OK;
    switch (l->source) {
    case LIMIT_RULE_KEY:
    case LIMIT_RULE_WORKSPACE:
        buf_fmt(rules, "%s%" PRId64, rules->n ? " " : "", l->id);
        code = reserve_cell(d, l, amount);
        break;
    case LIMIT_SPEND:
        code = store_spend_reserve(st, d->m->key->id, d->spend_start_s,
            amount);
        break;
    case LIMIT_CREDITS:
        code = store_credits_reserve(st, d->m->key->workspace_id, amount);
        break;
    }
    l->reserved += amount;
    return code;
}

static enum err_code
reserve(struct desk *d)
{
    struct cx *cx = d->cx;
    struct metered *out = d->out;
    struct buf rules;
    buf_init(&rules, cx->arena, BUF_MAX_FIELD);
    for (size_t i = 0; i < out->limits.n; i++)
        if (reserve_one(d, &out->limits.items[i], &rules))
            return cx->err.code;
    out->reservation =
        random_uuid(cx->arena, cx->now_s * 1000 + cx->sub_ms);
    out->ends_s = cx->now_s + METER_LEASE_S;
    /* made-up names, which a client may send with every call, would make a row
     * of sums each; who reports the call may name it otherwise */
    bool known = d->facts.model_id || !d->m->at_least;
    limit_mark(&out->limits);
    struct reservation r = { .uuid = out->reservation,
        .workspace_id = d->m->key->workspace_id,
        .key_id = d->m->key->id,
        .model = known ? d->m->model : STR(""),
        .endpoint = key_endpoint_known(d->m->endpoint) ? d->m->endpoint
                                                       : STR(""),
        .created_s = cx->now_s,
        .ends_s = out->ends_s,
        .input_tokens = out->need.input_tokens,
        .output_tokens = out->need.output_tokens,
        .cost = out->need.cost,
        .rules = buf_view(&rules),
        .spend_start_s = d->spend_start_s,
        .credits = d->facts.has_credits,
        .address = d->m->address,
        .request_id = cx->request_id };
    return store_reservation_insert(cx->store, &r);
}

/* Read what applies, and decide. */
static enum err_code
look(struct desk *d)
{
    struct cx *cx = d->cx;
    const struct key *k = d->m->key;
    bool found;
    *d->out = (struct metered){ 0 };
    if (store_meter_facts(cx->store, k->workspace_id, k->id, d->m->model,
            &d->facts, &found))
        return cx->err.code;
    if (!found)
        return ERR_FAULT(&cx->err, "the key is gone");
    if (make_estimate(d) || load(d))
        return cx->err.code;
    if (!d->out->broken)
        decide(d);
    return ERR_OK;
}

/* Everything between begin and commit.  When many reservations end at once, a
 * call closes some only, unless what they hold is what it lacks. */
static enum err_code
meter(struct desk *d)
{
    size_t n = CLOSE_FEW;
    for (int i = 0; i < CLOSE_ROUNDS && n == CLOSE_FEW; i++) {
        if (close_ended(d->cx, d->m->key->workspace_id, CLOSE_FEW, &n) ||
            look(d))
            return d->cx->err.code;
        d->closed_some = d->closed_some || n;
        if (!d->out->refused)
            break;
    }
    if (d->out->broken || d->out->refused || d->out->limits.n == 0)
        return ERR_OK;
    return reserve(d);
}

enum err_code
meter_begin(struct cx *cx)
{
    store_tx_lax(cx->store); /* its report is booked anyway */
    return STORE_TX_BEGIN(cx->store);
}

/*
 * Not a change of core/change.h: nobody answers for it in the audit log, and
 * the question comes as a GET too, which may change nothing else.
 */
enum err_code
meter_call(struct cx *cx, const struct metering *m, struct metered *out)
{
    struct desk d = { .cx = cx, .m = m, .out = out, .spend_start_s = -1 };
    *out = (struct metered){ 0 };
    if (!store_in_tx(cx->store) && meter_begin(cx))
        return cx->err.code;
    if (meter(&d) || (!out->reservation.n && !d.closed_some)) {
        store_tx_abort(cx->store);
        return cx->err.code;
    }
    return store_tx_commit_later(cx->store);
}

enum err_code
meter_sweep(struct cx *cx)
{
    struct reservation *ended;
    size_t n = 0;
    if (store_reservation_ended(cx->store, 0, cx->now_s, 1, &ended, &n))
        return cx->err.code;
    for (int i = 0; n && i < SWEEPS_MOST; i++) {
        if (STORE_TX_BEGIN(cx->store))
            return cx->err.code;
        if (close_ended(cx, 0, RESERVATIONS_MOST, &n)) {
            store_tx_abort(cx->store);
            return cx->err.code;
        }
        if (store_tx_commit(cx->store))
            return cx->err.code;
    }
    return ERR_OK;
}
