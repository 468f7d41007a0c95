/* SPDX-License-Identifier: ISC */
#include "core/limit.h"

#include "core/access.h"
#include "core/change.h"
#include "core/key_rules.h"
#include "model/catalog.h"
#include "store/store_catalog.h"
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

/* What is left of `before` in the window that ends so late in this minute. */
static int64_t
share(int64_t before, int64_t into_ms)
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
        if (share(before, middle) <= room)
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
    int64_t own = l->used + l->reserved - share(l->before, into);
    if (own + need <= l->amount)
        return first_ms(l->before, l->amount - need - own, into) - into;
    return WINDOW_MS - into + first_ms(own, l->amount - need, 0);
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
        l->used += share(l->before, into_minute_ms(cx));
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
limit_list(struct cx *cx, struct str prefix, struct limits *out)
{
    struct key k = { .spend_limit = -1 };
    struct meter_facts f;
    *out = (struct limits){ NULL, 0 };
    if (access_need(cx, RIGHT_KEY_SEE) ||
        (prefix.n && key_find(cx, prefix, &k)) ||
        limit_load(cx, cx->ws.id, k.id, out))
        return cx->err.code;
    if (k.spend_limit >= 0 && add_spend(cx, &k, &out->items[out->n++]))
        return cx->err.code;
    if (store_meter_workspace(cx->store, cx->ws.id, &f))
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

/* ---- setting ---- */

struct str
limit_words(struct arena *a, const struct limit *l)
{
    static const char *const what[] = { [LIMIT_REQUESTS] = "requests",
        [LIMIT_INPUT] = "input tokens", [LIMIT_OUTPUT] = "output tokens",
        [LIMIT_TOTAL] = "tokens", [LIMIT_MONEY] = "" };
    static const char *const per[] = { [LIMIT_MINUTE] = " per minute",
        [LIMIT_DAY] = " per day", [LIMIT_WEEK] = " per week",
        [LIMIT_MONTH] = " per month", [LIMIT_NO_RESET] = " in all" };
    bool money = l->counts == LIMIT_MONEY;
    struct str n =
        money ? money_show(a, l->amount) : count_show(a, l->amount);
    return arena_fmt(a, "%.*s%s%s%s%s%.*s", STR_ARG(n), money ? "" : " ",
        what[l->counts], per[l->period], l->model.n ? " of " : "",
        STR_ARG(l->model));
}

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
check_place(struct cx *cx, const struct limit_in *in, bool of_key)
{
    bool money = in->counts == LIMIT_MONEY;
    if (!of_key && (!money || in->model.n))
        return err_field(&cx->err, money ? "model" : "counts",
            "A workspace has budgets of money for all models. Set this on "
            "a key");
    if (money && in->period == LIMIT_MINUTE)
        err_field(&cx->err, "period",
            "A budget is per day, week or month, or without reset");
    if (!money && in->period != LIMIT_MINUTE && in->period != LIMIT_DAY)
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

static enum err_code
write_rule(struct cx *cx, int64_t key_id, const struct limit *old,
    struct limit *l, size_t n_beside)
{
    if (l->amount < 0)
        return old ? store_limit_remove(cx->store, cx->ws.id, old->id)
                   : ERR_OK;
    if (!old && n_beside >= LIMIT_RULES_MOST) {
        ERR(&cx->err, ERR_CONFLICT,
            "There are %d limits here, which is the most. Remove one first.",
            (int)LIMIT_RULES_MOST);
        cx->err.reason = "limit";
        return cx->err.code;
    }
    if (store_limit_set(cx->store, cx->ws.id, key_id, l, cx->now_s))
        return cx->err.code;
    if (old || l->period == LIMIT_MINUTE)
        return ERR_OK;
    return store_limit_take_over(cx->store, cx->ws.id, key_id, l,
        limit_period_at(l->period, cx->now_s));
}

enum err_code
limit_set(struct cx *cx, struct str prefix, const struct limit_in *in)
{
    struct key k = { 0 };
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
    if ((prefix.n && key_find(cx, prefix, &k)) ||
        check_place(cx, in, prefix.n > 0) ||
        read_amount(cx, in, &l.amount) ||
        find_model(cx, in->model, l.amount < 0, &l) ||
        limit_load(cx, cx->ws.id, k.id, &all))
        return change_abort(cx);
    if (prefix.n && k.kind != KEY_STANDARD) {
        ERR(&cx->err, ERR_CONFLICT,
            "Limits are for API keys: this key calls no models.");
        return change_abort(cx);
    }
    const struct limit *old = find_rule(&all, &l, &n_beside);
    if (write_rule(cx, k.id, old, &l, n_beside))
        return change_abort(cx);
    struct val *details = val_map(cx->arena);
    change_diff(details, "limit", words_or_none(cx, old),
        words_or_none(cx, &l));
    struct audit_event event = { l.amount < 0 ? "limit.remove" : "limit.set",
        prefix.n ? "key" : "workspace", prefix.n ? k.prefix : cx->ws.slug,
        prefix.n ? k.name : cx->ws.name, details };
    return change_commit(cx, old || l.amount >= 0 ? &event : AUDIT_NONE);
}
