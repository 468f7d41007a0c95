/* SPDX-License-Identifier: ISC */
#include "api/left.h"

#include "base/buf.h"
#include "text/when.h"

#include <inttypes.h>

static int64_t
remaining(const struct limit *l)
{
    int64_t left = l->amount - l->used - l->reserved;
    return left > 0 ? left : 0;
}

struct str
left_duration(struct arena *a, int64_t ms)
{
    struct buf b;
    if (ms < 1000)
        return arena_fmt(a, "%" PRId64 "ms", ms > 0 ? ms : 0);
    int64_t s = (ms + 999) / 1000;
    buf_init(&b, a, BUF_MAX_FIELD);
    if (s >= HOUR_S)
        buf_fmt(&b, "%" PRId64 "h", s / HOUR_S);
    if (s >= MINUTE_S)
        buf_fmt(&b, "%" PRId64 "m", s % HOUR_S / MINUTE_S);
    buf_fmt(&b, "%" PRId64 "s", s % MINUTE_S);
    return buf_view(&b);
}

/* A minute slides: what it holds counts in part for a minute more. */
static int64_t
whole_in_ms(const struct cx *cx, const struct limit *l)
{
    int64_t end_s = l->resets_s;
    if (!end_s || l->used + l->reserved == 0)
        return 0;
    if (l->period == LIMIT_MINUTE)
        end_s += MINUTE_S;
    return end_s * 1000 - (cx->now_s * 1000 + cx->sub_ms);
}

static void
put_headers(struct cx *cx, const struct limit *l, const char *const names[3],
    struct res *res)
{
    struct arena *a = cx->arena;
    res_header(a, res, names[0], arena_fmt(a, "%" PRId64, l->amount));
    res_header(a, res, names[1], arena_fmt(a, "%" PRId64, remaining(l)));
    res_header(a, res, names[2], left_duration(a, whole_in_ms(cx, l)));
}

void
left_headers(struct cx *cx, const struct decision *d, struct res *res)
{
    static const char *const requests[3] = { "x-ratelimit-limit-requests",
        "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests" };
    static const char *const tokens[3] = { "x-ratelimit-limit-tokens",
        "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens" };
    const struct limit *least[2] = { NULL, NULL };
    const struct limits *all = &d->metered.limits;
    for (size_t i = 0; i < all->n; i++) {
        const struct limit *l = &all->items[i];
        const struct limit **at = &least[l->counts != LIMIT_REQUESTS];
        if (l->shadow || l->counts == LIMIT_MONEY)
            continue;
        if (!*at || remaining(l) < remaining(*at))
            *at = l;
    }
    if (least[0])
        put_headers(cx, least[0], requests, res);
    if (least[1])
        put_headers(cx, least[1], tokens, res);
}

const char *
left_source_name(enum limit_source s)
{
    static const char *const names[] = { [LIMIT_RULE_KEY] = "key",
        [LIMIT_SPEND] = "spending_limit",
        [LIMIT_RULE_WORKSPACE] = "workspace",
        [LIMIT_CREDITS] = "credits" };
    return names[s];
}

void
left_rule(struct cx *cx, struct val *v, const struct limit *l,
    struct str model)
{
    val_put_cstr(v, "of", left_source_name(l->source));
    val_put_cstr(v, "counts", limit_counts_name(l->counts));
    val_put_cstr(v, "period", limit_period_name(l->period));
    if (model.n)
        val_put_str(v, "model", model);
    else
        val_put_null(v, "model");
    val_put_int(v, "limit", l->amount);
    val_put_int(v, "used", l->used);
    val_put_int(v, "reserved", l->reserved);
    val_put_bool(v, "shadow", l->shadow);
    if (l->resets_s)
        val_put_str(v, "resets_at", when_rfc3339(cx->arena, l->resets_s));
    else
        val_put_null(v, "resets_at");
}

void
left_limits(struct cx *cx, const struct decision *d, struct val *v)
{
    struct val *list = val_put_list(v, "limits");
    for (size_t i = 0; i < d->metered.limits.n; i++) {
        const struct limit *l = &d->metered.limits.items[i];
        struct val *one = val_add_map(list);
        left_rule(cx, one, l, l->model);
        val_put_int(one, "remaining", remaining(l));
        val_put_bool(one, "strictest", l->strictest);
        val_put_bool(one, "refused", d->metered.refused == l);
    }
}
