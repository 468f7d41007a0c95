/* SPDX-License-Identifier: ISC */
#include "store/store_usage.h"

#include "base/attr.h"
#include "store/usage_fold.h"

enum { HOUR = 3600, DAY = 86400 };

static const char *const outcome_names[] = {
    [USAGE_SUCCEEDED] = "succeeded",
    [USAGE_FAILED] = "failed",
    [USAGE_REFUSED] = "refused",
};
_Static_assert(COUNT_OF(outcome_names) == USAGE_OUTCOME_COUNT, "outcomes");

/* ---- writing ---- */

enum err_code
store_usage_key(struct store *st, int64_t workspace_id, int64_t key_id,
    struct usage_key *out)
{
    struct q q;
    *out = (struct usage_key){ 0 };
    q_begin(&q, st, SQL_USAGE_KEY);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "key", key_id);
    if (q_row(&q)) {
        out->found = spend_reset_read(q_get_text(&q, 0), &out->reset);
        out->limited = q_get_int(&q, 1) != 0;
        out->credits = q_get_int(&q, 2) != 0;
        out->rules = q_get_int(&q, 3) != 0;
    }
    return q_end(&q);
}

enum err_code
store_usage_event_insert(struct store *st, const struct usage_event *e,
    bool *fresh)
{
    struct q q;
    int64_t changes = 0;
    q_begin(&q, st, SQL_USAGE_EVENT_INSERT);
    q_int(&q, "workspace", e->workspace_id);
    q_int(&q, "key", e->key_id);
    q_text(&q, "event", e->event_id);
    q_int(&q, "at", e->at_ms);
    q_text(&q, "model", e->model);
    q_text(&q, "endpoint", e->endpoint);
    q_text(&q, "outcome", str_cstr(outcome_names[e->outcome]));
    q_text(&q, "reason", e->reason);
    q_int(&q, "input", e->input_tokens);
    q_int(&q, "output", e->output_tokens);
    q_int(&q, "estimated", e->estimated);
    q_int(&q, "cost", e->cost);
    q_int_or_null(&q, "took", e->took_ms);
    q_text(&q, "address", e->address);
    q_text(&q, "request", e->request_id);
    q_text(&q, "upstream", e->upstream_id);
    q_text(&q, "client", e->client_id);
    enum err_code code = q_run_changes(&q, &changes);
    *fresh = changes == 1;
    return code;
}

int64_t
usage_week_start(int64_t day_s)
{
    return day_s - (day_s / DAY + 3) % 7 * DAY;
}

void
usage_cells(const struct usage_event *e, struct usage_cell out[USAGE_CELLS])
{
    int64_t at_s = e->at_ms / 1000, day_s = at_s - at_s % DAY;
    const int64_t starts[] = { [USAGE_SPAN_HOUR] = at_s - at_s % HOUR,
        [USAGE_SPAN_DAY] = day_s,
        [USAGE_SPAN_WEEK] = usage_week_start(day_s) };
    for (size_t i = 0; i < USAGE_CELLS; i++) {
        enum usage_span span = (enum usage_span)(i / 2);
        int64_t key_id = i % 2 ? 0 : e->key_id;
        /* the weeks of a key are not divided */
        bool whole = span == USAGE_SPAN_WEEK && key_id;
        out[i] = (struct usage_cell){ .span = span,
            .workspace_id = e->workspace_id,
            .key_id = key_id,
            .start_s = starts[span],
            .model = whole ? STR("") : e->model,
            .endpoint = whole ? STR("") : e->endpoint };
    }
}

enum err_code
store_usage_cell_add(struct store *st, const struct usage_cell *c,
    const struct usage_sum *sum)
{
    static const enum sql statements[] = {
        [USAGE_SPAN_HOUR] = SQL_USAGE_HOUR_ADD,
        [USAGE_SPAN_DAY] = SQL_USAGE_DAY_ADD,
        [USAGE_SPAN_WEEK] = SQL_USAGE_WEEK_ADD,
    };
    struct q q;
    q_begin(&q, st, statements[c->span]);
    q_int(&q, "workspace", c->workspace_id);
    q_int(&q, "key", c->key_id);
    q_int(&q, "start", c->start_s);
    q_text(&q, "model", c->model);
    q_text(&q, "endpoint", c->endpoint);
    q_int(&q, "refused", sum->refused);
    q_int(&q, "failed", sum->failed);
    q_int(&q, "succeeded", sum->succeeded);
    q_int(&q, "input", sum->input_tokens);
    q_int(&q, "output", sum->output_tokens);
    q_int(&q, "cost", sum->cost);
    return q_run_exactly(&q, 1);
}

enum err_code
store_usage_sum(struct store *st, const struct usage_event *e,
    const struct usage_sum *sum)
{
    struct usage_cell cells[USAGE_CELLS];
    enum err_code code = ERR_OK;
    usage_cells(e, cells);
    for (size_t i = 0; !code && i < USAGE_CELLS; i++)
        code = store_usage_cell_add(st, &cells[i], sum);
    return code;
}

enum err_code
store_usage_add(struct store *st, const struct usage_event *e)
{
    struct usage_sum sum = { .refused = e->outcome == USAGE_REFUSED,
        .failed = e->outcome == USAGE_FAILED,
        .succeeded = e->outcome == USAGE_SUCCEEDED,
        .input_tokens = e->input_tokens,
        .output_tokens = e->output_tokens,
        .cost = e->cost };
    return store_usage_sum(st, e, &sum);
}

enum err_code
store_usage_spend_add(struct store *st, int64_t key_id,
    struct spend_period p, int64_t cost, bool *found)
{
    struct q q;
    int64_t changes = 0;
    q_begin(&q, st, SQL_USAGE_SPEND_ADD);
    q_int(&q, "key", key_id);
    q_int(&q, "start", p.start_s);
    q_int(&q, "cost", cost);
    enum err_code code = q_run_changes(&q, &changes);
    *found = changes == 1;
    return code;
}

enum err_code
store_usage_spend_set(struct store *st, int64_t workspace_id, int64_t key_id,
    struct spend_period p)
{
    struct q q;
    q_begin(&q, st, SQL_USAGE_SPEND_SET);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "key", key_id);
    q_int(&q, "start", p.start_s);
    q_int(&q, "end", p.end_s);
    return q_run_exactly(&q, 1);
}

enum err_code
store_usage_price(struct store *st, int64_t workspace_id, struct str model,
    int64_t at_s, int64_t *input, int64_t *output)
{
    struct q q;
    *input = *output = -1;
    q_begin(&q, st, SQL_USAGE_PRICE);
    q_int(&q, "workspace", workspace_id);
    q_text(&q, "name", model);
    q_int(&q, "at", at_s);
    if (q_row(&q)) {
        *input = q_get_int(&q, 0);
        *output = q_get_int(&q, 1);
    }
    return q_end(&q);
}

enum err_code
store_usage_price_most(struct store *st, int64_t workspace_id, int64_t at_s,
    int64_t *input, int64_t *output)
{
    struct q q;
    *input = *output = 0;
    q_begin(&q, st, SQL_USAGE_PRICE_MOST);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "at", at_s);
    if (q_row(&q)) {
        *input = q_get_int(&q, 0);
        *output = q_get_int(&q, 1);
    }
    return q_end(&q);
}

/* ---- reading ---- */

static void
read_sum(struct q *q, int c, struct usage_sum *s)
{
    *s = (struct usage_sum){ q_get_int(q, c), q_get_int(q, c + 1),
        q_get_int(q, c + 2), q_get_int(q, c + 3), q_get_int(q, c + 4),
        q_get_int(q, c + 5) };
}

static void
bind_filter(struct q *q, const struct usage_filter *f)
{
    q_int(q, "workspace", f->workspace_id);
    q_int(q, "key", f->key_id);
    q_int(q, "from", f->from_s);
    q_int(q, "to", f->to_s);
    if (f->user_id)
        q_int(q, "user", f->user_id);
}

enum err_code
store_usage_totals(struct store *st, const struct usage_filter *f,
    struct usage_sum *out)
{
    struct q q;
    *out = (struct usage_sum){ 0 };
    q_begin(&q, st, f->user_id ? SQL_USAGE_TOTALS_OWN : SQL_USAGE_TOTALS);
    bind_filter(&q, f);
    if (q_row(&q))
        read_sum(&q, 0, out);
    return q_end(&q);
}

static void
read_row(struct q *q, struct usage_row *r)
{
    *r = (struct usage_row){ .start_s = q_get_int(q, 0),
        .group = q_get_text(q, 1),
        .label = q_get_text(q, 2),
        .rest = q_get_int(q, 3) != 0 };
    read_sum(q, 4, &r->sum);
}

/* Append to an array of doubling size: a report has from 0 to thousands of
 * rows. */
static void
rows_add(struct arena *a, struct usage_rows *rows, size_t *room,
    const struct usage_row *r)
{
    if (rows->n == *room) {
        size_t larger = *room ? 2 * *room : 64;
        struct usage_row *items = arena_array(a, larger, sizeof *items);
        for (size_t i = 0; i < rows->n; i++)
            items[i] = rows->items[i];
        rows->items = items;
        *room = larger;
    }
    rows->items[rows->n++] = *r;
}

/* A statement that has put the groups together itself. */
static void
read_folded(struct q *q, struct usage_rows *out)
{
    struct usage_row row;
    size_t room = 0;
    while (q_row(q)) {
        read_row(q, &row);
        rows_add(store_arena(q->st), out, &room, &row);
    }
}

/* One that gives the rows as they lie there. */
static void
read_cells(struct q *q, const struct usage_filter *filter,
    struct usage_rows *out)
{
    struct usage_fold *f = usage_fold_new(store_arena(q->st), filter);
    while (q_row(q)) {
        struct usage_sum sum;
        read_sum(q, 3, &sum);
        usage_fold_add(f, q_get_int(q, 0), q_peek_text(q, 1),
            q_peek_text(q, 2), &sum);
    }
    usage_fold_end(f, out);
}

/* The whole weeks of a range; none: both at its end. */
static void
bind_weeks(struct q *q, const struct usage_filter *f)
{
    int64_t first_s = usage_week_start(f->from_s + 6 * DAY);
    int64_t last_s = usage_week_start(f->to_s);
    bool any = f->key_id == 0 && first_s < last_s;
    q_int(q, "first", any ? first_s : f->to_s);
    q_int(q, "last", any ? last_s : f->to_s);
}

/* The texts of one grouping: from days, from weeks, and of own keys. */
struct texts {
    enum sql days, weeks, own;
};

/* Single days of weeks are not there. */
static enum sql
text_of(const struct texts *t, const struct usage_filter *f)
{
    if (f->user_id)
        return t->own;
    return f->bucket != USAGE_DAY && f->key_id == 0 ? t->weeks : t->days;
}

enum err_code
store_usage_rows(struct store *st, const struct usage_filter *f,
    struct usage_rows *out)
{
    static const struct texts texts[] = {
        [USAGE_BY_MODEL] = { SQL_USAGE_BY_MODEL, SQL_USAGE_BY_MODEL_WEEKS,
            SQL_USAGE_BY_MODEL_OWN },
        [USAGE_BY_KEY] = { SQL_USAGE_BY_KEY, SQL_USAGE_BY_KEY_WEEKS,
            SQL_USAGE_BY_KEY_OWN },
        [USAGE_BY_MEMBER] = { SQL_USAGE_BY_MEMBER,
            SQL_USAGE_BY_MEMBER_WEEKS, SQL_USAGE_BY_MEMBER_OWN },
        [USAGE_BY_ENDPOINT] = { SQL_USAGE_BY_ENDPOINT,
            SQL_USAGE_BY_ENDPOINT_WEEKS, SQL_USAGE_BY_ENDPOINT_OWN },
    };
    static const char *const buckets[] = { [USAGE_DAY] = "day",
        [USAGE_WEEK] = "week", [USAGE_WHOLE] = "whole" };
    struct q q;
    const struct texts *t = &texts[f->group];
    enum sql which = text_of(t, f);
    /* of thousands of keys only the dearest are looked at closely */
    bool folded = f->group == USAGE_BY_KEY && which != t->own;
    *out = (struct usage_rows){ NULL, 0 };
    q_begin(&q, st, which);
    bind_filter(&q, f);
    if (folded || which == t->weeks)
        bind_weeks(&q, f);
    if (folded) {
        q_text(&q, "bucket", str_cstr(buckets[f->bucket]));
        q_int(&q, "most", f->most);
        read_folded(&q, out);
    } else {
        read_cells(&q, f, out);
    }
    return q_end(&q);
}

enum err_code
store_usage_active(struct store *st, int64_t workspace_id, int64_t user_id,
    int64_t now_s, int64_t *n)
{
    struct q q;
    q_begin(&q, st, SQL_CARE_ACTIVE);
    q_int(&q, "workspace", workspace_id);
    q_id_or_null(&q, "user", user_id);
    q_int(&q, "now", now_s);
    *n = q_row(&q) ? q_get_int(&q, 0) : 0;
    return q_end(&q);
}

static void
bind_care(struct q *q, int64_t workspace_id, int64_t user_id, int64_t now_s)
{
    q_int(q, "workspace", workspace_id);
    q_id_or_null(q, "user", user_id);
    q_int(q, "now", now_s);
}

static void
bind_periods(struct q *q, const struct key_times *t)
{
    q_int(q, "day", t->day_s);
    q_int(q, "week", t->week_s);
    q_int(q, "month", t->month_s);
}

enum err_code
store_usage_care(struct store *st, int64_t workspace_id, int64_t user_id,
    enum usage_care care, const struct key_times *t,
    struct care_key out[CARE_SHOWN], int64_t *n)
{
    static const enum sql statements[] = {
        [CARE_LEAKED] = SQL_CARE_LEAKED,
        [CARE_EXPIRING] = SQL_CARE_EXPIRING,
        [CARE_LIMIT] = SQL_CARE_LIMIT,
        [CARE_UNUSED] = SQL_CARE_UNUSED,
        [CARE_NO_EXPIRY] = SQL_CARE_NO_EXPIRY,
    };
    _Static_assert(COUNT_OF(statements) == CARE_COUNT, "each has its own");
    struct q q;
    *n = 0;
    q_begin(&q, st, statements[care]);
    bind_care(&q, workspace_id, user_id, t->now_s);
    if (care == CARE_LIMIT)
        bind_periods(&q, t);
    for (size_t i = 0; i < CARE_SHOWN && q_row(&q); i++) {
        out[i] = (struct care_key){ q_get_text(&q, 0), q_get_text(&q, 1) };
        *n = q_get_int(&q, 2);
    }
    return q_end(&q);
}

enum err_code
store_usage_care_any(struct store *st, int64_t workspace_id, int64_t user_id,
    const struct key_times *t, int64_t *n)
{
    struct q q;
    q_begin(&q, st, SQL_CARE_ANY);
    bind_care(&q, workspace_id, user_id, t->now_s);
    bind_periods(&q, t);
    *n = q_row(&q) ? q_get_int(&q, 0) : 0;
    return q_end(&q);
}

enum err_code
store_usage_steps(struct store *st, int64_t workspace_id, int64_t user_id,
    struct usage_steps *out)
{
    enum { MANY = 100 }; /* the LIMIT of the statement */
    struct q q;
    *out = (struct usage_steps){ 0 };
    q_begin(&q, st, SQL_USAGE_STEPS);
    q_int(&q, "workspace", workspace_id);
    q_id_or_null(&q, "user", user_id);
    if (q_row(&q)) {
        int64_t keys = q_get_int(&q, 0);
        out->created = keys > 0;
        out->called = keys >= MANY || q_get_int(&q, 1) > 0;
        out->limited = keys >= MANY || q_get_int(&q, 2) > 0;
    }
    return q_end(&q);
}
