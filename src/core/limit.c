/* SPDX-License-Identifier: ISC */
#include "core/limit.h"

#include "core/access.h"
#include "core/key_rules.h"
#include "store/store_limit.h"
#include "store/store_reserve.h"
#include "text/money.h"
#include "text/when.h"

#include <inttypes.h>

enum { WINDOW_MS = 60000 };

/* ---- sums ---- */

int64_t
limit_need(enum limit_counts counts, const struct need *n)
{
    switch (counts) {
    case LIMIT_REQUESTS:
        return 1;
    case LIMIT_INPUT:
        return n->input_tokens;
    case LIMIT_OUTPUT:
        return n->output_tokens;
    case LIMIT_TOTAL:
        return n->input_tokens + n->output_tokens;
    case LIMIT_MONEY:
        return n->cost;
    case LIMIT_COUNTS_COUNT:
        break;
    }
    must(false);
    return 0;
}

struct spend_period
limit_period_at(enum limit_period p, int64_t at_s)
{
    int64_t start = 0, end = INT64_MAX;
    switch (p) {
    case LIMIT_MINUTE:
        start = at_s - at_s % MINUTE_S;
        end = start + MINUTE_S;
        break;
    case LIMIT_DAY:
        start = when_day_start(at_s);
        end = start + DAY_S;
        break;
    case LIMIT_WEEK:
        start = when_week_start(at_s);
        end = start + 7 * DAY_S;
        break;
    case LIMIT_MONTH:
        start = when_month_start(at_s);
        end = when_month_next(at_s);
        break;
    case LIMIT_NO_RESET:
    case LIMIT_PERIOD_COUNT:
        break;
    }
    return (struct spend_period){ start, end };
}

enum limit_period
limit_of_spend(enum spend_reset reset)
{
    static const enum limit_period periods[] = {
        [SPEND_NO_RESET] = LIMIT_NO_RESET,
        [SPEND_DAY] = LIMIT_DAY,
        [SPEND_WEEK] = LIMIT_WEEK,
        [SPEND_MONTH] = LIMIT_MONTH,
    };
    _Static_assert(COUNT_OF(periods) == SPEND_RESET_COUNT, "resets");
    return periods[reset];
}

int64_t
limit_share(int64_t before, int64_t into_ms)
{
    int64_t left_ms = WINDOW_MS - into_ms;
    /* whole minutes apart from the rest, so that no product overflows */
    return before / WINDOW_MS * left_ms + before % WINDOW_MS * left_ms /
        WINDOW_MS;
}

static int64_t
into_minute_ms(const struct cx *cx)
{
    return cx->now_s % MINUTE_S * 1000 + cx->sub_ms;
}

bool
limit_over(const struct limit *l, int64_t need)
{
    int64_t left = l->amount - l->used - l->reserved;
    return left <= 0 || need > left;
}

/* The first moment of a minute at which `before` lets `room` pass. */
static int64_t
first_ms(int64_t before, int64_t room, int64_t from_ms)
{
    int64_t low = from_ms, high = WINDOW_MS;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (limit_share(before, middle) <= room)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

int64_t
limit_wait_ms(const struct cx *cx, const struct limit *l, int64_t need)
{
    int64_t now_ms = cx->now_s * 1000 + cx->sub_ms;
    if (need < 1)
        need = 1; /* an exhausted limit opens when anything is left */
    if (need > l->amount || l->source == LIMIT_CREDITS || !l->resets_s)
        return -1;
    if (l->period != LIMIT_MINUTE)
        return l->resets_s * 1000 - now_ms;
    int64_t into = into_minute_ms(cx);
    int64_t own = l->used + l->reserved - limit_share(l->before, into);
    if (own + need <= l->amount)
        return first_ms(l->before, l->amount - need - own, into) - into;
    return WINDOW_MS - into + first_ms(own, l->amount - need, 0);
}

int64_t
limit_runs_out(const struct cx *cx, const struct limit *l, int64_t born_s)
{
    enum { YEARS_MOST_S = 5 * 365 * DAY_S };
    int64_t since_s = l->start_s > born_s ? l->start_s : born_s;
    int64_t basis_s = cx->now_s - since_s;
    int64_t left = l->amount - l->used - l->reserved;
    if (l->source == LIMIT_CREDITS || l->period == LIMIT_MINUTE ||
        l->used <= 0 || left <= 0 ||
        basis_s < (l->period == LIMIT_DAY ? HOUR_S : DAY_S))
        return 0;
    /* only shown, so floating point is exact enough */
    double more_s = (double)left * (double)basis_s / (double)l->used;
    if (more_s > YEARS_MOST_S)
        return l->resets_s ? -1 : 0;
    int64_t at_s = cx->now_s + (int64_t)more_s;
    return l->resets_s && at_s >= l->resets_s ? -1 : at_s;
}

/* ---- which there are ---- */

enum err_code
limit_load(struct cx *cx, int64_t workspace_id, int64_t key_id,
    struct limits *out)
{
    struct key_times t;
    cx_times(cx, &t);
    if (store_limit_list(cx->store, workspace_id, key_id, &t,
            cx->now_s - cx->now_s % MINUTE_S, out))
        return cx->err.code;
    for (size_t i = 0; i < out->n; i++) {
        struct limit *l = &out->items[i];
        struct spend_period p = limit_period_at(l->period, cx->now_s);
        l->start_s = p.start_s;
        l->resets_s = p.end_s == INT64_MAX ? 0 : p.end_s;
        l->used += limit_share(l->before, into_minute_ms(cx));
    }
    return ERR_OK;
}

/* Is less of a left than of b, in parts of each?  Parts of a million: limits
 * are too large to multiply with each other. */
static int64_t
left_part(const struct limit *l)
{
    enum { PARTS = 1000000 };
    int64_t left = l->amount - l->used - l->reserved;
    if (l->amount <= 0 || left <= 0)
        return 0;
    return l->amount > INT64_MAX / PARTS
        ? left / (l->amount / PARTS)
        : left * PARTS / l->amount;
}

void
limit_mark(struct limits *l)
{
    struct limit *least = NULL;
    for (size_t i = 0; i < l->n; i++) {
        l->items[i].strictest = false;
        /* a balance has no whole that something could be a part of: it is
         * the strictest only when nothing is left of it */
        if (l->items[i].shadow ||
            (l->items[i].source == LIMIT_CREDITS &&
                !limit_over(&l->items[i], 0)))
            continue;
        if (!least || left_part(&l->items[i]) < left_part(least))
            least = &l->items[i];
    }
    if (least)
        least->strictest = true;
}

static enum err_code
add_spend(struct cx *cx, const struct key *k, struct limit *l)
{
    bool found;
    struct spend_period p =
        limit_period_at(limit_of_spend(k->spend_reset), cx->now_s);
    *l = (struct limit){ .source = LIMIT_SPEND,
        .counts = LIMIT_MONEY,
        .period = limit_of_spend(k->spend_reset),
        .amount = k->spend_limit,
        .start_s = p.start_s,
        .resets_s = p.end_s == INT64_MAX ? 0 : p.end_s };
    return store_spend_get(cx->store, k->id, p.start_s, &l->used,
        &l->reserved, &found);
}

/* Rules of the key first; they come in the order of their making. */
static void
sort_by_source(struct limits *l)
{
    for (size_t i = 1; i < l->n; i++) {
        struct limit one = l->items[i];
        size_t at = i;
        for (; at && l->items[at - 1].source > one.source; at--)
            l->items[at] = l->items[at - 1];
        l->items[at] = one;
    }
}

enum err_code
limit_of_key(struct cx *cx, int64_t workspace_id, const struct key *k,
    struct limits *out)
{
    struct meter_facts f;
    if (limit_load(cx, workspace_id, k->id, out) ||
        (k->id && k->spend_limit >= 0 &&
            add_spend(cx, k, &out->items[out->n++])) ||
        store_meter_workspace(cx->store, workspace_id, &f))
        return cx->err.code;
    if (f.has_credits)
        out->items[out->n++] = (struct limit){ .source = LIMIT_CREDITS,
            .counts = LIMIT_MONEY,
            .period = LIMIT_NO_RESET,
            .amount = f.credits,
            .reserved = f.credits_reserved };
    sort_by_source(out);
    limit_mark(out);
    return ERR_OK;
}

enum err_code
limit_list(struct cx *cx, struct str prefix, struct limits *out)
{
    struct key k = { .id = 0 };
    *out = (struct limits){ .n = 0 };
    if (access_need(cx, RIGHT_KEY_SEE) ||
        (prefix.n && key_find(cx, prefix, &k)) ||
        limit_of_key(cx, cx->ws.id, &k, out))
        return cx->err.code;
    for (size_t i = 0; i < out->n; i++)
        out->items[i].runs_out_s =
            limit_runs_out(cx, &out->items[i],
                out->items[i].source == LIMIT_RULE_WORKSPACE
                    ? cx->ws.created_s
                    : k.created_s);
    return ERR_OK;
}

enum err_code
limit_spent_hour(struct cx *cx, const struct limit *l, int64_t *hour_s)
{
    *hour_s = 0;
    if (l->source != LIMIT_RULE_WORKSPACE || !l->resets_s || l->amount == 0)
        return ERR_OK;
    return store_limit_spent_hour(cx->store, cx->ws.id, l->start_s, l->amount,
        hour_s);
}

/* ---- words ---- */

struct str
limit_words(struct arena *a, const struct limit *l)
{
    static const char *const what[] = { [LIMIT_REQUESTS] = "request",
        [LIMIT_INPUT] = "input token", [LIMIT_OUTPUT] = "output token",
        [LIMIT_TOTAL] = "token" };
    static const char *const per[] = { [LIMIT_MINUTE] = " per minute",
        [LIMIT_DAY] = " per day", [LIMIT_WEEK] = " per week",
        [LIMIT_MONTH] = " per month", [LIMIT_NO_RESET] = " in all" };
    struct str n = l->counts == LIMIT_MONEY
        ? money_show(a, l->amount)
        : count_of(a, l->amount, what[l->counts]);
    return arena_fmt(a, "%.*s%s%s%.*s", STR_ARG(n), per[l->period],
        l->model.n ? " of " : "", STR_ARG(l->model));
}
