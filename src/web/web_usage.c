/* SPDX-License-Identifier: ISC */
/* Usage of a range of days, as a page and as CSV. */
#include "web/pages.h"

#include "base/buf.h"
#include "core/access.h"
#include "core/usage.h"
#include "http/problem.h"
#include "text/csv.h"
#include "text/money.h"
#include "text/when.h"
#include "web/chart.h"
#include "web/download.h"
#include "web/view.h"

#include <inttypes.h>

enum { DAYS_SHOWN = 30, DAYS_MOST = 731, ROWS_MOST = 100 };

static const struct {
    const char *value, *label;
} groups[] = {
    [USAGE_BY_MODEL] = { "model", "Model" },
    [USAGE_BY_KEY] = { "key", "Key" },
    [USAGE_BY_MEMBER] = { "member", "Member" },
    [USAGE_BY_ENDPOINT] = { "endpoint", "Endpoint" },
};

/* What the address asks for. */
struct ask {
    struct str from, to;  /* as typed; empty when it is no date */
    struct usage_range r; /* the usual one when something is wrong */
    enum usage_group by;
    struct err wrong;
};

/* ---- what the address says ---- */

/* Start of a typed day, or -1: none typed, or no date. */
static int64_t
read_day(struct ask *ask, const char *name, struct str *text)
{
    int64_t last;
    if (text->n == 0)
        return -1;
    if (text->n == sizeof "2026-11-20" - 1 && when_read(*text, &last))
        return when_day_start(last);
    *text = STR(""); /* browsers complain about others */
    err_field(&ask->wrong, name, "Enter a date such as 2026-11-20");
    return -1;
}

/* One end is enough: up to today, or the usual number of days. */
static void
read_range(struct cx *cx, struct ask *ask)
{
    const struct usage_range usual = usage_days(cx, DAYS_SHOWN);
    int64_t from = read_day(ask, "from", &ask->from);
    int64_t last = read_day(ask, "to", &ask->to);
    ask->r = usual;
    if (last >= 0)
        ask->r.to_s = last + DAY_S;
    if (from >= 0)
        ask->r.from_s = from;
    else if (last >= 0)
        ask->r.from_s = ask->r.to_s - (usual.to_s - usual.from_s);
    if (!ask->wrong.code && ask->r.from_s >= ask->r.to_s)
        err_field(&ask->wrong, "to",
            "The last day must not be before the first");
    if (!ask->wrong.code &&
        ask->r.to_s - ask->r.from_s > (int64_t)DAYS_MOST * DAY_S)
        err_field(&ask->wrong, "from", "Choose %d days at most", DAYS_MOST);
}

static void
read_group(struct ask *ask, struct str by)
{
    if (by.n == 0)
        return;
    for (size_t i = 0; i < COUNT_OF(groups); i++)
        if (str_is(by, groups[i].value)) {
            ask->by = (enum usage_group)i;
            return;
        }
    err_field(&ask->wrong, "by",
        "Choose model, key, member or endpoint to group by");
}

static void
read_ask(struct cx *cx, const struct req *req, struct ask *ask)
{
    *ask = (struct ask){ .from = str_trim(req_query(req, "from")),
        .to = str_trim(req_query(req, "to")) };
    err_init(&ask->wrong, cx->arena);
    read_range(cx, ask);
    read_group(ask, req_query(req, "by"));
    if (ask->wrong.code)
        ask->r = usage_days(cx, DAYS_SHOWN);
}

static struct str
first_day(struct cx *cx, struct usage_range r)
{
    return when_iso_date(cx->arena, r.from_s);
}

static struct str
last_day(struct cx *cx, struct usage_range r)
{
    return when_iso_date(cx->arena, r.to_s - 1);
}

static struct str
address(struct cx *cx, const char *rest, struct usage_range r,
    enum usage_group by)
{
    struct pairs p = { NULL, 0 };
    form_add(cx->arena, &p, STR("from"), first_day(cx, r));
    form_add(cx->arena, &p, STR("to"), last_day(cx, r));
    form_add(cx->arena, &p, STR("by"), str_cstr(groups[by].value));
    return view_address(cx, view_path(cx, rest), &p);
}

/* ---- the page ---- */

static void
put_filters(struct cx *cx, const struct req *req, struct res *res,
    struct val *view, const struct ask *ask)
{
    struct form fm;
    struct req shown = *req;
    bool wrong = ask->wrong.code != ERR_OK;
    if (wrong) {
        shown.failed = &ask->wrong;
        res->status = problem_of(ask->wrong.code)->status;
    }
    form_begin(&fm, cx, &shown, view);
    form_text(&fm, "from", wrong ? ask->from : first_day(cx, ask->r));
    form_text(&fm, "to", wrong ? ask->to : last_day(cx, ask->r));
    struct val *by = form_choice(&fm, "by");
    for (size_t i = 0; i < COUNT_OF(groups); i++)
        form_option(&fm, by, str_cstr(groups[i].value),
            str_cstr(groups[i].label), STR(""),
            ask->by == (enum usage_group)i);
    form_done(&fm);
}

static void
put_preset(struct cx *cx, struct val *list, const struct ask *ask,
    struct str label, struct usage_range r)
{
    struct val *row = val_add_map(list);
    val_put_str(row, "label", label);
    val_put_str(row, "href", address(cx, "/usage", r, ask->by));
    val_put_bool(row, "current",
        r.from_s == ask->r.from_s && r.to_s == ask->r.to_s);
}

static void
put_presets(struct cx *cx, struct val *view, const struct ask *ask)
{
    static const int days[] = { 7, 30, 90 };
    struct val *list = val_put_list(view, "presets");
    struct usage_range month = usage_days(cx, 1);
    month.from_s = when_month_start(cx->now_s);
    for (size_t i = 0; i < COUNT_OF(days); i++)
        put_preset(cx, list, ask,
            arena_fmt(cx->arena, "Last %d days", days[i]),
            usage_days(cx, days[i]));
    put_preset(cx, list, ask, STR("This month"), month);
}

static void
put_tiles(struct cx *cx, struct val *view, const struct usage_sum *s)
{
    struct arena *a = cx->arena;
    struct val *tiles = val_put_list(view, "tiles");
    int64_t bad = s->refused + s->failed;
    view_tile(tiles, "Spend", money_show(a, s->cost), STR(""), STR(""));
    view_tile(tiles, "Requests", count_show(a, bad + s->succeeded),
        bad ? arena_fmt(a, "%.*s failed or refused",
                  STR_ARG(count_show(a, bad)))
            : STR(""), STR(""));
    view_tile(tiles, "Input tokens", count_short(a, s->input_tokens), STR(""),
        STR(""));
    view_tile(tiles, "Output tokens", count_short(a, s->output_tokens),
        STR(""), STR(""));
}

static void
put_sum(struct cx *cx, struct val *v, const struct usage_sum *s)
{
    struct arena *a = cx->arena;
    val_put_str(v, "asked",
        count_show(a, s->refused + s->failed + s->succeeded));
    val_put_str(v, "failed", count_show(a, s->failed));
    val_put_str(v, "refused", count_show(a, s->refused));
    val_put_str(v, "input", count_show(a, s->input_tokens));
    val_put_str(v, "output", count_show(a, s->output_tokens));
    val_put_str(v, "total",
        count_show(a, s->input_tokens + s->output_tokens));
    val_put_str(v, "cost", money_show(a, s->cost));
}

static void
put_table(struct cx *cx, struct val *view, const struct ask *ask,
    const struct usage_report *rep)
{
    struct val *list = val_put_list(view, "rows");
    for (size_t i = 0; i < rep->rows.n; i++) {
        const struct usage_row *r = &rep->rows.items[i];
        struct val *row = val_add_map(list);
        val_put_str(row, "label", r->label);
        val_put_null(row, "href");
        if (ask->by == USAGE_BY_KEY && !r->rest)
            val_put_fmt(row, "href", "%.*s/%.*s",
                STR_ARG(view_path(cx, "/keys")), STR_ARG(r->group));
        put_sum(cx, row, &r->sum);
    }
    put_sum(cx, val_put_map(view, "sum"), &rep->sum);
}

static void
put_words(struct cx *cx, struct val *view, const struct ask *ask)
{
    struct buf b;
    struct str now = when_rfc3339(cx->arena, cx->now_s);
    buf_init(&b, cx->arena, BUF_MAX_FIELD);
    if (ask->wrong.code)
        buf_fmt(&b, "The last %d days are shown. ", DAYS_SHOWN);
    if (usage_bucket_of(ask->r) == USAGE_WEEK)
        buf_fmt(&b, "Over %d days are shown by week. ", USAGE_DAYS_DAILY);
    if (!access_has(cx, RIGHT_USAGE_ALL))
        buf_cstr(&b, "You see the usage of your own keys.");
    view_text_or_null(view, "buckets_words", str_trim(buf_view(&b)));
    val_put_str(view, "fresh_at", now);
    val_put_fmt(view, "fresh", "%.*s UTC",
        STR_ARG(str_head(str_from(now, sizeof "2026-11-20T" - 1),
            sizeof "19:02" - 1)));
}

/* The numbers of the table, of the chart, and of all of it. */
static enum err_code
read_report(struct cx *cx, const struct ask *ask, struct usage_report *out)
{
    return usage_report(cx, ask->r, usage_bucket_of(ask->r), ask->by,
        ROWS_MOST, CHART_SERIES, out);
}

/* Where to learn how to call, for who has not done so yet. */
static enum err_code
put_first_call(struct cx *cx, struct val *view)
{
    struct usage_sum ever;
    struct usage_range all = { 0, usage_days(cx, 1).to_s };
    if (usage_totals(cx, all, 0, &ever))
        return cx->err.code;
    val_put_null(view, "key_href");
    if (ever.refused + ever.failed + ever.succeeded == 0)
        val_put_str(view, "key_href", view_path(cx, "/"));
    return ERR_OK;
}

static enum err_code
put_report(struct cx *cx, struct val *view, const struct ask *ask)
{
    struct usage_report rep;
    enum usage_bucket bucket = usage_bucket_of(ask->r);
    if (read_report(cx, ask, &rep))
        return cx->err.code;
    const struct usage_sum *s = &rep.sum;
    bool none = s->refused + s->failed + s->succeeded == 0;
    val_put_bool(view, "none", none);
    if (none)
        return put_first_call(cx, view);
    put_tiles(cx, view, s);
    put_table(cx, view, ask, &rep);
    struct chart_in chart = { .id = "spend", .range = ask->r,
        .bucket = bucket, .rows = &rep.series, .limit = -1 };
    chart_put(cx->arena, view, "chart", &chart);
    return ERR_OK;
}

enum err_code
web_usage(struct cx *cx, const struct req *req, struct res *res)
{
    struct ask ask;
    read_ask(cx, req, &ask);
    struct val *view = view_new(cx, req);
    struct str here = address(cx, "/usage", ask.r, ask.by);
    put_filters(cx, req, res, view, &ask);
    put_presets(cx, view, &ask);
    put_words(cx, view, &ask);
    val_put_str(view, "here", here);
    val_put_str(view, "base", view_path(cx, "/usage"));
    val_put_str(view, "csv_href", address(cx, "/usage.csv", ask.r, ask.by));
    val_put_cstr(view, "group", groups[ask.by].label);
    if (put_report(cx, view, &ask) &&
        !view_load_failed(cx, res, view, here))
        return cx->err.code;
    res_page(res, "usage/view", view);
    return ERR_OK;
}

/* ---- CSV ---- */

static void
csv_count(struct cx *cx, struct buf *out, int64_t n)
{
    csv_number(out, arena_fmt(cx->arena, "%" PRId64, n), false);
}

static void
csv_row(struct cx *cx, struct buf *out, const struct usage_row *r)
{
    const struct usage_sum *s = &r->sum;
    csv_cell(out, r->group, true);
    csv_cell(out, r->label, false);
    csv_count(cx, out, s->refused + s->failed + s->succeeded);
    csv_count(cx, out, s->failed);
    csv_count(cx, out, s->refused);
    csv_count(cx, out, s->input_tokens);
    csv_count(cx, out, s->output_tokens);
    csv_count(cx, out, s->input_tokens + s->output_tokens);
    csv_number(out, money_plain(cx->arena, s->cost), false);
    csv_end(out);
}

/* The rows that the same address shows as a table; money is not rounded. */
enum err_code
web_usage_csv(struct cx *cx, const struct req *req, struct res *res)
{
    struct ask ask;
    struct usage_report rep;
    struct download d;
    read_ask(cx, req, &ask);
    if (ask.wrong.code)
        return ERR(&cx->err, ERR_INVALID, "%.*s.",
            STR_ARG(ask.wrong.fields[0].msg));
    if (read_report(cx, &ask, &rep))
        return cx->err.code;
    const char *const heads[] = { "id", groups[ask.by].value, "requests",
        "failed", "refused", "input_tokens", "output_tokens", "total_tokens",
        "cost_usd" };
    download_begin(cx, &d, heads, COUNT_OF(heads));
    for (size_t i = 0; i < rep.rows.n; i++)
        csv_row(cx, &d.out, &rep.rows.items[i]);
    download_send(cx, &d, res,
        arena_fmt(cx->arena, "usage-%.*s-%.*s", STR_ARG(first_day(cx, ask.r)),
            STR_ARG(last_day(cx, ask.r))));
    return ERR_OK;
}
