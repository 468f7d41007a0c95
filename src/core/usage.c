/* SPDX-License-Identifier: ISC */
#include "core/usage.h"

#include "core/access.h"
#include "core/change.h"
#include "model/catalog.h"
#include "store/store_usage.h"
#include "text/when.h"

#include <inttypes.h>

enum { PER = 1000000, GROUPS_SHOWN = 8 };

/* ---- writing ---- */

int64_t
usage_cost(int64_t input_tokens, int64_t input_price, int64_t output_tokens,
    int64_t output_price)
{
    must(input_tokens >= 0 && input_tokens <= USAGE_TOKENS_MOST);
    must(output_tokens >= 0 && output_tokens <= USAGE_TOKENS_MOST);
    must(input_price >= 0 && input_price <= PRICE_MOST);
    must(output_price >= 0 && output_price <= PRICE_MOST);
    /* whole millions apart from the rest, so that no product overflows */
    int64_t whole = input_tokens / PER * input_price +
        output_tokens / PER * output_price;
    int64_t part = input_tokens % PER * input_price +
        output_tokens % PER * output_price;
    return whole + (part + PER / 2) / PER;
}

static enum err_code
check_event(struct cx *cx, const struct usage_event *e)
{
    if (e->input_tokens < 0 || e->input_tokens > USAGE_TOKENS_MOST)
        err_field(&cx->err, "input_tokens", "Must be between 0 and %" PRId64,
            USAGE_TOKENS_MOST);
    if (e->output_tokens < 0 || e->output_tokens > USAGE_TOKENS_MOST)
        err_field(&cx->err, "output_tokens", "Must be between 0 and %" PRId64,
            USAGE_TOKENS_MOST);
    return cx->err.code;
}

static enum err_code
price_event(struct cx *cx, struct usage_event *e)
{
    int64_t input, output;
    e->cost = 0;
    if (e->outcome != USAGE_SUCCEEDED)
        return ERR_OK;
    if (store_usage_price(cx->store, cx->ws.id, e->model, e->at_ms / 1000,
            &input, &output))
        return cx->err.code;
    if (input >= 0)
        e->cost =
            usage_cost(e->input_tokens, input, e->output_tokens, output);
    return ERR_OK;
}

static struct spend_period
period_of(enum spend_reset reset, int64_t at_s)
{
    int64_t day = when_day_start(at_s), week = when_week_start(at_s);
    switch (reset) {
    case SPEND_DAY:
        return (struct spend_period){ day, day + DAY_S };
    case SPEND_WEEK:
        return (struct spend_period){ week, week + 7 * DAY_S };
    case SPEND_MONTH:
        return (struct spend_period){ when_month_start(at_s),
            when_month_next(at_s) };
    case SPEND_NO_RESET:
    case SPEND_RESET_COUNT:
        break;
    }
    return (struct spend_period){ 0, INT64_MAX };
}

/* A period without a row gets one from its days, which hold this event. */
static enum err_code
add_spend(struct cx *cx, const struct usage_event *e, enum spend_reset reset)
{
    bool found;
    struct spend_period p = period_of(reset, e->at_ms / 1000);
    if (store_usage_spend_add(cx->store, e->key_id, p, e->cost, &found))
        return cx->err.code;
    if (found)
        return ERR_OK;
    return store_usage_spend_set(cx->store, cx->ws.id, e->key_id, p);
}

enum err_code
usage_add(struct cx *cx, const struct usage_event *e, bool *fresh)
{
    struct usage_key k;
    struct usage_event event = *e;
    *fresh = false;
    event.workspace_id = cx->ws.id;
    if (check_event(cx, &event) ||
        store_usage_key(cx->store, cx->ws.id, event.key_id, &k))
        return cx->err.code;
    if (!k.found)
        return ERR(&cx->err, ERR_NOT_FOUND,
            "There is no such key in this workspace.");
    if (price_event(cx, &event) ||
        store_usage_event_insert(cx->store, &event, fresh) || !*fresh ||
        store_usage_add(cx->store, &event))
        return cx->err.code;
    return k.limited ? add_spend(cx, &event, k.reset) : ERR_OK;
}

enum err_code
usage_record(struct cx *cx, const struct usage_event *e, bool *fresh)
{
    *fresh = false;
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (usage_add(cx, e, fresh))
        return change_abort(cx);
    return change_commit(cx, AUDIT_NONE);
}

enum err_code
usage_spend_begin(struct cx *cx, const struct key *k)
{
    if (k->spend_limit < 0)
        return ERR_OK;
    return store_usage_spend_set(cx->store, k->workspace_id, k->id,
        period_of(k->spend_reset, cx->now_s));
}

/* ---- reading ---- */

struct usage_range
usage_days(const struct cx *cx, int n)
{
    int64_t today = when_day_start(cx->now_s);
    return (struct usage_range){ today - (n - 1) * (int64_t)DAY_S,
        today + DAY_S };
}

enum usage_bucket
usage_bucket_of(struct usage_range r)
{
    return r.to_s - r.from_s > (int64_t)USAGE_DAYS_DAILY * DAY_S ? USAGE_WEEK
                                                                 : USAGE_DAY;
}

/* Whose usage the actor sees: 0 for that of everybody. */
static enum err_code
begin_filter(struct cx *cx, struct usage_range r, int64_t key_id,
    struct usage_filter *f)
{
    *f = (struct usage_filter){ .workspace_id = cx->ws.id,
        .key_id = key_id,
        .from_s = r.from_s,
        .to_s = r.to_s };
    if (access_need(cx, RIGHT_USAGE_OWN))
        return cx->err.code;
    if (!access_has(cx, RIGHT_USAGE_ALL))
        f->user_id = cx->actor.user.id;
    return ERR_OK;
}

enum err_code
usage_totals(struct cx *cx, struct usage_range r, int64_t key_id,
    struct usage_sum *out)
{
    struct usage_filter f;
    *out = (struct usage_sum){ 0 };
    if (begin_filter(cx, r, key_id, &f))
        return cx->err.code;
    return store_usage_totals(cx->store, &f, out);
}

static void
label_rows(struct usage_rows *rows, enum usage_group group)
{
    static const char *const none[] = { [USAGE_BY_MODEL] = "No model",
        [USAGE_BY_KEY] = "No name", [USAGE_BY_MEMBER] = "Nobody",
        [USAGE_BY_ENDPOINT] = "No endpoint" };
    for (size_t i = 0; i < rows->n; i++) {
        struct usage_row *r = &rows->items[i];
        if (r->rest)
            r->label = STR("Other");
        else if (r->label.n == 0)
            r->label = str_cstr(none[group]);
    }
}

enum err_code
usage_series(struct cx *cx, struct usage_range r, enum usage_bucket bucket,
    enum usage_group group, int64_t key_id, int most, struct usage_rows *out)
{
    struct usage_filter f;
    *out = (struct usage_rows){ NULL, 0 };
    if (begin_filter(cx, r, key_id, &f))
        return cx->err.code;
    f.bucket = bucket;
    f.group = group;
    f.most = most;
    store_slow(cx->store, true);
    if (store_usage_rows(cx->store, &f, out))
        return cx->err.code;
    label_rows(out, group);
    return ERR_OK;
}

/* ---- a page of usage ---- */

/* The place of a row's group in the table; table->n when it is not there. */
static size_t
place_of(const struct usage_rows *table, const struct usage_row *r)
{
    for (size_t i = 0; i < table->n; i++)
        if (table->items[i].rest == r->rest &&
            str_eq(table->items[i].group, r->group))
            return i;
    return table->n;
}

static bool
comes_before(const struct usage_row *a, const struct usage_row *b)
{
    if (a->rest != b->rest)
        return b->rest;
    if (a->sum.cost != b->sum.cost)
        return a->sum.cost > b->sum.cost;
    return usage_asked(&a->sum) > usage_asked(&b->sum);
}

/* Groups in order; those that are equal stay as they came. */
static void
sort_table(struct usage_rows *table)
{
    for (size_t i = 1; i < table->n; i++) {
        struct usage_row one = table->items[i];
        size_t at = i;
        for (; at && comes_before(&one, &table->items[at - 1]); at--)
            table->items[at] = table->items[at - 1];
        table->items[at] = one;
    }
}

static void
fold_table(struct cx *cx, const struct usage_rows *all, int most,
    struct usage_report *out)
{
    struct usage_rows *table = &out->rows;
    table->items =
        arena_array(cx->arena, (size_t)most + 1, sizeof *table->items);
    for (size_t i = 0; i < all->n; i++) {
        const struct usage_row *r = &all->items[i];
        size_t at = place_of(table, r);
        usage_sum_add(&out->sum, &r->sum);
        if (at < table->n) {
            usage_sum_add(&table->items[at].sum, &r->sum);
            continue;
        }
        must(at <= (size_t)most);
        table->items[at] = *r;
        table->items[at].start_s = 0;
        table->n++;
    }
    sort_table(table);
}

/* In each bucket the first groups of the table, and one row of all others. */
static void
fold_series(struct cx *cx, const struct usage_rows *all, size_t most,
    struct usage_report *out)
{
    struct usage_rows *s = &out->series;
    s->items = arena_array(cx->arena, all->n, sizeof *s->items);
    for (size_t i = 0; i < all->n;) {
        int64_t start_s = all->items[i].start_s;
        struct usage_row rest = { .start_s = start_s,
            .label = STR("Other"),
            .rest = true };
        bool any = false;
        for (; i < all->n && all->items[i].start_s == start_s; i++) {
            const struct usage_row *r = &all->items[i];
            if (!r->rest && place_of(&out->rows, r) < most) {
                s->items[s->n++] = *r;
                continue;
            }
            usage_sum_add(&rest.sum, &r->sum);
            any = true;
        }
        if (any)
            s->items[s->n++] = rest;
    }
}

enum err_code
usage_report(struct cx *cx, struct usage_range r, enum usage_bucket bucket,
    enum usage_group group, int rows_most, int series_most,
    struct usage_report *out)
{
    struct usage_rows all;
    *out = (struct usage_report){ .sum = { 0 } };
    if (usage_series(cx, r, bucket, group, 0, rows_most, &all))
        return cx->err.code;
    fold_table(cx, &all, rows_most, out);
    fold_series(cx, &all, (size_t)series_most, out);
    return ERR_OK;
}

/* ---- one key ---- */

bool
usage_may_see(const struct cx *cx, const struct key *k)
{
    return access_own(cx, k) || access_has(cx, RIGHT_USAGE_ALL);
}

enum err_code
usage_for_key(struct cx *cx, const struct key *k, struct usage_rows *out)
{
    *out = (struct usage_rows){ NULL, 0 };
    if (!usage_may_see(cx, k))
        return access_need(cx, RIGHT_USAGE_ALL);
    return usage_series(cx, usage_days(cx, USAGE_KEY_DAYS), USAGE_DAY,
        USAGE_BY_MODEL, k->id, GROUPS_SHOWN, out);
}

enum err_code
usage_steps(struct cx *cx, struct usage_steps *out)
{
    struct usage_filter f;
    *out = (struct usage_steps){ 0 };
    if (begin_filter(cx, usage_days(cx, 1), 0, &f))
        return cx->err.code;
    return store_usage_steps(cx->store, cx->ws.id, f.user_id, out);
}

enum err_code
usage_overview(struct cx *cx, struct usage_overview *out)
{
    struct usage_filter f;
    struct key_times t;
    struct usage_range today = usage_days(cx, 1);
    cx_times(cx, &t);
    *out = (struct usage_overview){ 0 };
    if (begin_filter(cx, today, 0, &f) ||
        store_usage_totals(cx->store, &f, &out->today))
        return cx->err.code;
    f.from_s = t.month_s;
    if (store_usage_totals(cx->store, &f, &out->month) ||
        store_usage_active(cx->store, cx->ws.id, 0, cx->now_s,
            &out->n_active))
        return cx->err.code;
    if (store_usage_care_any(cx->store, cx->ws.id, f.user_id, &t,
            &out->n_care))
        return cx->err.code;
    for (int care = 0; care < CARE_COUNT; care++)
        if (store_usage_care(cx->store, cx->ws.id, f.user_id,
                (enum usage_care)care, &t, out->care[care].keys,
                &out->care[care].n))
            return cx->err.code;
    return ERR_OK;
}
