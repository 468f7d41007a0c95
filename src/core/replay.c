/* SPDX-License-Identifier: ISC */
#include "core/replay.h"

#include "core/access.h"
#include "core/key_rules.h"
#include "core/usage.h"
#include "store/store_limit.h"
#include "text/when.h"

/* The limit at work. */
struct run {
    struct limit l;     /* of the period at hand */
    int64_t used;       /* in it; of a minute: in its own cell */
    int64_t before;     /* a minute's: in the minute before */
    int64_t n;          /* calls read */
    int64_t last_ms;    /* of the last one */
    struct replay *out;
};

/* On to the period of a call; one that was passed over was empty. */
static void
turn_page(struct run *r, int64_t at_s)
{
    struct spend_period p = limit_period_at(r->l.period, at_s);
    if (p.start_s == r->l.start_s)
        return;
    bool next = p.start_s == r->l.start_s + MINUTE_S;
    r->before = r->l.period == LIMIT_MINUTE && next ? r->used : 0;
    r->used = 0;
    r->l.start_s = p.start_s;
}

static void
one_call(void *arg, const struct replay_call *c)
{
    struct run *r = arg;
    struct need need = { c->input_tokens, c->output_tokens, c->cost };
    r->n++;
    if (r->n > REPLAY_CALLS_MOST)
        return; /* only tells that there are more */
    r->last_ms = c->at_ms;
    if (!c->counts)
        return;
    int64_t amount = limit_need(r->l.counts, &need);
    turn_page(r, c->at_ms / 1000);
    r->l.used = r->used +
        limit_share(r->before, c->at_ms % (MINUTE_S * (int64_t)1000));
    r->out->calls++;
    if (limit_over(&r->l, amount))
        r->out->refused++;
    else
        r->used += amount;
}

/* The period that holds the first day, and what it saw before that day. */
static enum err_code
begin(struct cx *cx, int64_t key_id, const struct limit *l, struct run *r)
{
    struct spend_period p = limit_period_at(l->period, r->out->from_s);
    r->l = *l;
    r->l.reserved = 0;
    r->l.start_s = p.start_s;
    p.end_s = r->out->from_s;
    if (p.start_s >= p.end_s)
        return ERR_OK;
    return store_limit_days_sum(cx->store, cx->ws.id, key_id, l, p,
        &r->used);
}

enum err_code
replay_limit(struct cx *cx, struct str prefix, const struct limit *l,
    int days, struct replay *out)
{
    struct key k = { 0 };
    struct run r = { .out = out };
    *out = (struct replay){ .from_s = usage_days(cx, days).from_s };
    if (access_need(cx, RIGHT_LIMITS) ||
        (prefix.n && key_find(cx, prefix, &k)))
        return cx->err.code;
    store_slow(cx->store, true);
    if (begin(cx, k.id, l, &r) ||
        store_replay(cx->store, cx->ws.id, k.id, l->model, out->from_s,
            REPLAY_CALLS_MOST + 1, one_call, &r))
        return cx->err.code;
    if (r.n > REPLAY_CALLS_MOST)
        out->cut_s = r.last_ms / 1000;
    return ERR_OK;
}
