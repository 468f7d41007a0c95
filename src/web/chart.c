/* SPDX-License-Identifier: ISC */
#include "web/chart.h"

#include "text/money.h"
#include "text/when.h"

#include <inttypes.h>

/* Lengths are tenths of a pixel upright, hundredths of a percent across. */
enum {
    PLOT_BASE = 2000, PLOT_HIGH = 1920, GAP = 15, /* upright */
    PLOT_WIDE = 10000, BAR_WIDEST = 1200,         /* across */
    LINES_MOST = 5,
    LABELS_MOST = 8,   /* below the bars */
    GROUPS_MOST = 64,  /* told apart; further ones count as the rest */
    LEAST_MONEY = 100, /* micro-USD between two lines: "$0.0001" is the
                          longest label that the axis has room for */
    LIMIT_TIMES = 2    /* a limit further above the bars is left out */
};

struct series {
    struct str group, label;
    bool rest;
    int64_t total;
};

struct chart {
    struct arena *a;
    const struct chart_in *in;
    bool money;          /* else calls */
    int64_t first_s, len_s;
    size_t n_bars, n_series;
    struct series series[CHART_SERIES];
    int64_t *values;     /* of bar b and series s: [b * CHART_SERIES + s] */
    int64_t *sums;       /* of a bar */
    int64_t total;
    struct chart_axis axis;
};

static const char *const classes[CHART_SERIES] = { "s1", "s2", "s3", "s4",
    "s5" };

/* ---- words ---- */

/* "5 Nov" of "5 Nov 2026". */
static struct str
short_date(struct arena *a, int64_t s)
{
    struct str date = when_date(a, s);
    return str_head(date, date.n - (sizeof " 2026" - 1));
}

static bool
same_year(struct arena *a, struct usage_range r)
{
    struct str x = when_iso_date(a, r.from_s);
    struct str y = when_iso_date(a, r.to_s - 1);
    return str_eq(str_head(x, 4), str_head(y, 4));
}

struct str
range_words(struct arena *a, struct usage_range r)
{
    struct str last = when_date(a, r.to_s - 1);
    if (r.to_s - r.from_s <= DAY_S)
        return last;
    return arena_fmt(a, "%.*s to %.*s",
        STR_ARG(same_year(a, r) ? short_date(a, r.from_s)
                                : when_date(a, r.from_s)),
        STR_ARG(last));
}

static struct str
bar_date(const struct chart *c, size_t bar)
{
    int64_t s = c->first_s + (int64_t)bar * c->len_s;
    return same_year(c->a, c->in->range) ? short_date(c->a, s)
                                         : when_date(c->a, s);
}

static struct str
show(const struct chart *c, int64_t v)
{
    return c->money ? money_show(c->a, v) : count_show(c->a, v);
}

/* In sentences: "$18.20", "1 request". */
static struct str
say(const struct chart *c, int64_t v)
{
    if (c->money)
        return show(c, v);
    return count_of(c->a, v, "request");
}

/* "1.5 k", "2 k". Steps of 1, 2 and 5 need no second decimal. */
static struct str
round_count(struct arena *a, int64_t n)
{
    struct str s = count_short(a, n), whole, rest;
    if (str_cut(s, '.', &whole, &rest) && str_starts(rest, STR("0 ")))
        return arena_fmt(a, "%.*s%.*s", STR_ARG(whole),
            STR_ARG(str_from(rest, 1)));
    return s;
}

/* Never rounded, and with as many decimals on every line. */
static struct str
axis_label(const struct chart *c, int64_t v)
{
    int decimals = 2;
    int64_t unit = MICRO / 100;
    if (!c->money)
        return round_count(c->a, v);
    if (c->axis.step % MICRO == 0)
        return arena_fmt(c->a, "$%.*s",
            STR_ARG(round_count(c->a, v / MICRO)));
    for (; c->axis.step % unit; unit /= 10)
        decimals++;
    return arena_fmt(c->a, "$%" PRId64 ".%0*" PRId64, v / MICRO, decimals,
        v % MICRO / unit);
}

/* ---- sums ---- */

/* Stops at CHART_MOST. */
static int64_t
plus(int64_t x, int64_t y)
{
    return x > CHART_MOST - y ? CHART_MOST : x + y;
}

static int64_t
measure(const struct chart *c, const struct usage_sum *s)
{
    return c->money ? s->cost : s->refused + s->failed + s->succeeded;
}

static bool
any_cost(const struct usage_rows *rows)
{
    for (size_t i = 0; i < rows->n; i++)
        if (rows->items[i].sum.cost > 0)
            return true;
    return false;
}

/* Place of a row's group in the list; n when it is not there.  The rest has an
 * empty group, but so have calls without a model. */
static size_t
find_series(const struct series *list, size_t n, const struct usage_row *row)
{
    for (size_t i = 0; i < n; i++)
        if (!row->rest && str_eq(list[i].group, row->group))
            return i;
    return n;
}

static void
sort_series(struct series *list, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct series s = list[i];
        size_t at = i;
        for (; at > 0 && list[at - 1].total < s.total; at--)
            list[at] = list[at - 1];
        list[at] = s;
    }
}

/* Which groups have a colour of their own. */
static void
pick_series(struct chart *c)
{
    struct series list[GROUPS_MOST];
    size_t n = 0;
    bool rest = false;
    for (size_t i = 0; i < c->in->rows->n; i++) {
        const struct usage_row *row = &c->in->rows->items[i];
        size_t at = find_series(list, n, row);
        if (row->rest || (at == n && n == GROUPS_MOST)) {
            rest = true;
            continue;
        }
        if (at == n)
            list[n++] = (struct series){ row->group, row->label, false, 0 };
        list[at].total = plus(list[at].total, measure(c, &row->sum));
    }
    sort_series(list, n);
    rest = rest || n > CHART_SERIES;
    size_t named = rest ? CHART_SERIES - 1 : CHART_SERIES;
    for (size_t i = 0; i < n && i < named; i++)
        c->series[c->n_series++] =
            (struct series){ list[i].group, list[i].label, false, 0 };
    if (rest)
        c->series[c->n_series++] =
            (struct series){ STR(""), STR("Other"), true, 0 };
}

static void
fill(struct chart *c)
{
    c->values = arena_array(c->a, c->n_bars * CHART_SERIES,
        sizeof *c->values);
    c->sums = arena_array(c->a, c->n_bars, sizeof *c->sums);
    for (size_t i = 0; i < c->in->rows->n; i++) {
        const struct usage_row *row = &c->in->rows->items[i];
        must(row->start_s >= c->first_s);
        size_t bar = (size_t)((row->start_s - c->first_s) / c->len_s);
        must(bar < c->n_bars);
        size_t s = find_series(c->series, c->n_series, row);
        if (s == c->n_series)
            s--; /* the rest is the last one */
        int64_t v = measure(c, &row->sum);
        int64_t *cell = &c->values[bar * CHART_SERIES + s];
        *cell = plus(*cell, v);
        c->series[s].total = plus(c->series[s].total, v);
        c->sums[bar] = plus(c->sums[bar], v);
        c->total = plus(c->total, v);
    }
}

static size_t
highest(const struct chart *c)
{
    size_t at = 0;
    for (size_t i = 1; i < c->n_bars; i++)
        if (c->sums[i] > c->sums[at])
            at = i;
    return at;
}

/* ---- the axis ---- */

struct chart_axis
chart_axis(int64_t most, int64_t least)
{
    static const int64_t times[] = { 1, 2, 5 };
    must(most >= 0 && most <= CHART_MOST);
    for (int64_t power = least;; power *= 10)
        for (size_t i = 0; i < COUNT_OF(times); i++) {
            int64_t step = power * times[i];
            int64_t lines = most / step + (most % step != 0);
            if (lines <= LINES_MOST)
                return (struct chart_axis){ step,
                    lines ? (int)lines : 1 };
        }
}

/* Height of v above the base. */
static int
height(const struct chart *c, int64_t v)
{
    double top = (double)c->axis.step * c->axis.lines;
    return (int)((double)v / top * PLOT_HIGH + 0.5);
}

static void
put_y(struct val *v, const char *name, int tenths)
{
    val_put_fmt(v, name, "%d.%d", tenths / 10, tenths % 10);
}

static void
put_x(struct val *v, const char *name, int hundredths)
{
    val_put_fmt(v, name, "%d.%02d", hundredths / 100, hundredths % 100);
}

static bool
shows_limit(const struct chart *c, int64_t high)
{
    return c->money && c->in->limit > 0 &&
        c->in->limit / LIMIT_TIMES <= high;
}

static void
put_axis(struct chart *c, struct val *view)
{
    int64_t high = c->sums[highest(c)];
    int64_t most = high;
    bool limited = shows_limit(c, high);
    if (limited && c->in->limit > most)
        most = c->in->limit;
    c->axis = chart_axis(most, c->money ? LEAST_MONEY : 1);
    struct val *grid = val_put_list(view, "grid");
    for (int i = 1; i <= c->axis.lines; i++) {
        struct val *line = val_add_map(grid);
        put_y(line, "y", PLOT_BASE - PLOT_HIGH * i / c->axis.lines);
        val_put_str(line, "label", axis_label(c, c->axis.step * i));
    }
    val_put_cstr(view, "zero", c->money ? "$0" : "0");
    val_put_null(view, "limit");
    if (!limited)
        return;
    struct val *limit = val_put_map(view, "limit");
    put_y(limit, "y", PLOT_BASE - height(c, c->in->limit));
    val_put_fmt(limit, "label", "Limit %.*s",
        STR_ARG(money_show(c->a, c->in->limit)));
}

/* ---- bars ---- */

/* The edges come from sums, so rounding never adds up over a bar. */
static void
put_parts(const struct chart *c, struct val *list, size_t bar)
{
    int64_t sum = 0;
    for (size_t s = 0; s < c->n_series; s++) {
        int from = height(c, sum);
        sum = plus(sum, c->values[bar * CHART_SERIES + s]);
        int to = height(c, sum), gap = 0;
        if (to == from)
            continue;
        if (from > 0) /* a thin part must not vanish in its gap */
            gap = to - from < 2 * GAP ? (to - from) / 2 : GAP;
        struct val *part = val_add_map(list);
        val_put_cstr(part, "class", classes[s]);
        put_y(part, "y", PLOT_BASE - to);
        put_y(part, "h", to - from - gap);
    }
}

/* Every so many bars one label; every second of those has room on a phone. */
static void
put_bar_label(const struct chart *c, struct val *v, size_t bar)
{
    size_t every = (c->n_bars + LABELS_MOST - 1) / LABELS_MOST;
    size_t nth = bar / every;
    bool has = bar % every == every / 2;
    val_put_cstr(v, "label_class", nth % 2 ? "big" : "");
    if (has)
        val_put_str(v, "label",
            short_date(c->a, c->first_s + (int64_t)bar * c->len_s));
    else
        val_put_null(v, "label");
}

static void
put_bars(const struct chart *c, struct val *view)
{
    struct val *bars = val_put_list(view, "bars");
    int n = (int)c->n_bars, w = PLOT_WIDE * 4 / 5 / n;
    if (w > BAR_WIDEST)
        w = BAR_WIDEST;
    for (size_t i = 0; i < c->n_bars; i++) {
        struct val *bar = val_add_map(bars);
        int mid = (2 * (int)i + 1) * PLOT_WIDE / (2 * n);
        put_x(bar, "x", mid - w / 2);
        put_x(bar, "w", w);
        put_x(bar, "mid", mid);
        val_put_fmt(bar, "tip", "%.*s: %.*s", STR_ARG(bar_date(c, i)),
            STR_ARG(say(c, c->sums[i])));
        put_bar_label(c, bar, i);
        put_parts(c, val_put_list(bar, "parts"), i);
    }
}

/* ---- the rest of the figure ---- */

static void
put_words(const struct chart *c, struct val *view)
{
    bool weeks = c->in->bucket == USAGE_WEEK;
    const char *unit = weeks ? "week" : "day";
    size_t top = highest(c);
    val_put_cstr(view, "id", c->in->id);
    val_put_fmt(view, "title", "%s per %s, %.*s",
        c->money ? "Spend" : "Requests", unit,
        STR_ARG(range_words(c->a, c->in->range)));
    val_put_fmt(view, "desc", "%.*s in all. The highest %s is %s%.*s at "
                              "%.*s.",
        STR_ARG(say(c, c->total)), unit, weeks ? "that of " : "",
        STR_ARG(bar_date(c, top)), STR_ARG(say(c, c->sums[top])));
    val_put_cstr(view, "unit", c->money ? "US dollars" : "requests");
    val_put_cstr(view, "first", weeks ? "Week of" : "Day");
    val_put_bool(view, "figures_open", false);
}

/* A cell of the figures: the unit stands in the caption. */
static void
add_cell(const struct chart *c, struct val *cells, int64_t v)
{
    val_add_str(cells, str_from(show(c, v), c->money ? 1 : 0));
}

static void
put_figures(const struct chart *c, struct val *view)
{
    struct val *legend = val_put_list(view, "legend");
    struct val *cols = val_put_list(view, "cols");
    struct val *rows = val_put_list(view, "rows");
    for (size_t s = 0; s < c->n_series; s++) {
        struct val *entry = val_add_map(legend);
        val_put_cstr(entry, "class", classes[s]);
        val_put_str(entry, "label", c->series[s].label);
        val_put_str(entry, "total", show(c, c->series[s].total));
        val_put_str(val_add_map(cols), "label", c->series[s].label);
    }
    if (c->n_series > 1)
        val_put_cstr(val_add_map(cols), "label", "Together");
    for (size_t b = 0; b < c->n_bars; b++) {
        struct val *row = val_add_map(rows);
        val_put_str(row, "label", bar_date(c, b));
        struct val *cells = val_put_list(row, "cells");
        for (size_t s = 0; s < c->n_series; s++)
            add_cell(c, cells, c->values[b * CHART_SERIES + s]);
        if (c->n_series > 1)
            add_cell(c, cells, c->sums[b]);
    }
}

void
chart_put(struct arena *a, struct val *view, const char *name,
    const struct chart_in *in)
{
    struct chart c = { .a = a, .in = in, .money = any_cost(in->rows) };
    bool weeks = in->bucket == USAGE_WEEK;
    must(in->range.from_s < in->range.to_s && in->bucket != USAGE_WHOLE);
    val_put_null(view, name);
    c.len_s = weeks ? 7 * DAY_S : DAY_S;
    c.first_s = weeks ? when_week_start(in->range.from_s) : in->range.from_s;
    c.n_bars = (size_t)((in->range.to_s - c.first_s + c.len_s - 1) / c.len_s);
    pick_series(&c);
    fill(&c);
    if (c.total == 0)
        return;
    struct val *chart = val_put_map(view, name);
    put_words(&c, chart);
    put_axis(&c, chart);
    put_bars(&c, chart);
    put_figures(&c, chart);
}
