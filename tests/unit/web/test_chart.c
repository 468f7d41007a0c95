/* SPDX-License-Identifier: ISC */
#include "web/chart.h"

#include "text/when.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* 2026-11-20, a Friday. */
static const int64_t TODAY = INT64_C(1795132800);

enum { ROWS_MOST = 4000, BASE = 2000 };

static struct arena *arena;
static struct usage_row rows[ROWS_MOST];
static struct usage_rows list = { rows, 0 };

static int
setup(void **state)
{
    (void)state;
    arena = arena_new(1 << 16);
    list.n = 0;
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void
add(int64_t start_s, const char *group, int64_t cost)
{
    bool rest = str_is(str_cstr(group), "rest");
    assert_true(list.n < ROWS_MOST);
    rows[list.n++] = (struct usage_row){ .start_s = start_s,
        .group = str_cstr(rest ? "" : group),
        .label = str_cstr(rest ? "Other" : group),
        .rest = rest,
        .sum = { .succeeded = 1, .cost = cost } };
}

static struct usage_range
days(int n)
{
    return (struct usage_range){ TODAY - (n - 1) * (int64_t)DAY_S,
        TODAY + DAY_S };
}

static struct val *
chart_of(struct usage_range r, enum usage_bucket bucket, int64_t limit)
{
    struct val *view = val_map(arena);
    struct chart_in in = { "c", r, bucket, &list, limit };
    chart_put(arena, view, "chart", &in);
    return val_get_cstr(view, "chart");
}

static struct val *
chart(int n_days)
{
    return chart_of(days(n_days), USAGE_DAY, -1);
}

static struct val *
item(const struct val *map, const char *name, size_t i)
{
    struct val *v = val_get_cstr(map, name);
    assert_non_null(v);
    if (v->type != VAL_LIST || i >= v->u.list.n)
        fail_msg("%s has no item %zu", name, i);
    return v->u.list.items[i];
}

static size_t
count(const struct val *map, const char *name)
{
    const struct val *v = val_get_cstr(map, name);
    assert_non_null(v);
    assert_int_equal(v->type, VAL_LIST);
    return v->u.list.n;
}

static void
expect(const struct val *map, const char *name, const char *want)
{
    struct str got = val_text(val_get_cstr(map, name));
    if (!str_is(got, want))
        fail_msg("%s: got \"%.*s\", want \"%s\"", name, STR_ARG(got), want);
}

/* "12.5" with so many decimals, as an integer. */
static int
number(const struct val *map, const char *name, int decimals)
{
    struct str s = val_text(val_get_cstr(map, name)), whole, part;
    int64_t w = 0, p = 0;
    int scale = decimals == 1 ? 10 : 100;
    if (!str_cut(s, '.', &whole, &part) || part.n != (size_t)decimals ||
        !str_int(whole, &w) || !str_int(part, &p))
        fail_msg("%s: \"%.*s\" has not %d decimals", name, STR_ARG(s),
            decimals);
    return (int)w * scale + (int)p;
}

/* ---- the grid ---- */

static void
test_axis(void **state)
{
    static const struct {
        int64_t most, least, step;
        int lines;
    } cases[] = {
        { 0, 1, 1, 1 },
        { 1, 1, 1, 1 },
        { 5, 1, 1, 5 },
        { 6, 1, 2, 3 },
        { 10, 1, 2, 5 },
        { 11, 1, 5, 3 },
        { 25, 1, 5, 5 },
        { 26, 1, 10, 3 },
        { 99, 1, 20, 5 },
        { 101, 1, 50, 3 },
        { 18200000, 100, 5000000, 4 }, /* $18.20: lines at $5 */
        { 3, 100, 100, 1 },
        { 501, 100, 200, 3 },
        { CHART_MOST, 1, INT64_C(1000000000000000000), 4 },
        { CHART_MOST, 100, INT64_C(1000000000000000000), 4 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct chart_axis a = chart_axis(cases[i].most, cases[i].least);
        if (a.step != cases[i].step || a.lines != cases[i].lines)
            fail_msg("row %zu: %d lines of %" PRId64, i, a.lines, a.step);
    }
}

/* For every size: 1, 2 or 5, enough, and not a line too many. */
static void
test_axis_sizes(void **state)
{
    (void)state;
    for (int64_t most = 6; most < CHART_MOST / 3; most += most / 7 + 1) {
        struct chart_axis a = chart_axis(most, 1);
        int64_t lead = a.step;
        while (lead % 10 == 0)
            lead /= 10;
        if ((lead != 1 && lead != 2 && lead != 5) || a.lines < 3 ||
            a.lines > 5 || a.step * a.lines < most ||
            a.step * (a.lines - 1) >= most)
            fail_msg("%" PRId64 ": %d lines of %" PRId64, most, a.lines,
                a.step);
    }
}

static void
test_grid(void **state)
{
    static const struct {
        int64_t cost;
        const char *labels[3]; /* the lowest lines */
    } cases[] = {
        { 13600000, { "$5", "$10", "$15" } },
        { 120000, { "$0.05", "$0.10", "$0.15" } },
        { 12000, { "$0.005", "$0.010", "$0.015" } },
        { 1200000, { "$0.50", "$1.00", "$1.50" } },
        { 2600000, { "$1", "$2", "$3" } },
        { 1200000000, { "$500", "$1 k", "$1.5 k" } },
        { INT64_C(5100000000000), { "$2 M", "$4 M", "$6 M" } },
        { 300, { "$0.0001", "$0.0002", "$0.0003" } },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        list.n = 0;
        add(TODAY, "a", cases[i].cost);
        struct val *c = chart(3);
        for (size_t k = 0; k < 3; k++) {
            struct val *line = item(c, "grid", k);
            struct str got = val_text(val_get_cstr(line, "label"));
            struct str want = str_cstr(cases[i].labels[k]);
            if (!str_eq(got, want))
                fail_msg("row %zu: \"%.*s\", not \"%.*s\"", i, STR_ARG(got),
                    STR_ARG(want));
            assert_true(number(line, "y", 1) < BASE);
        }
        struct val *top = item(c, "grid", count(c, "grid") - 1);
        assert_int_equal(number(top, "y", 1), 80);
    }
}

/* ---- bars ---- */

static void
test_nothing(void **state)
{
    (void)state;
    assert_int_equal(chart(30)->type, VAL_NULL);
    add(TODAY, "a", 0);
    rows[0].sum = (struct usage_sum){ 0 };
    assert_int_equal(chart(30)->type, VAL_NULL);
}

static void
test_one_bar(void **state)
{
    (void)state;
    add(TODAY, "a", 5000000);
    struct val *c = chart(1);
    struct val *bar = item(c, "bars", 0);
    assert_int_equal(count(c, "bars"), 1);
    assert_int_equal(number(bar, "mid", 2), 5000);
    assert_int_equal(number(bar, "x", 2), 4400); /* not the whole width */
    assert_int_equal(number(bar, "w", 2), 1200);
    expect(bar, "label", "20 Nov");
    expect(bar, "tip", "20 Nov: $5.00");
    struct val *part = item(bar, "parts", 0);
    assert_int_equal(number(part, "y", 1), 80);
    assert_int_equal(number(part, "h", 1), 1920);
    expect(c, "title", "Spend per day, 20 Nov 2026");
    expect(c, "desc", "$5.00 in all. The highest day is 20 Nov at $5.00.");
    assert_int_equal(count(c, "cols"), 1);
}

/* Bars keep apart and within the plot, however many there are. */
static void
test_bars_apart(void **state)
{
    (void)state;
    add(TODAY, "a", 5000000);
    for (int n = 1; n <= 800; n++) {
        struct val *c = chart(n);
        int end = 0;
        assert_int_equal(count(c, "bars"), n);
        for (size_t i = 0; i < (size_t)n; i++) {
            struct val *bar = item(c, "bars", i);
            int x = number(bar, "x", 2), w = number(bar, "w", 2);
            int mid = number(bar, "mid", 2);
            if (x < end || w < 1 || x > mid || x + w < mid)
                fail_msg("%d days, bar %zu: x %d w %d after %d", n, i, x, w,
                    end);
            end = x + w;
        }
        assert_true(end <= 10000);
    }
}

static void
test_labels(void **state)
{
    (void)state;
    add(TODAY, "a", 5000000);
    for (int n = 1; n <= 200; n++) {
        struct val *c = chart(n);
        size_t all = 0, small = 0;
        for (size_t i = 0; i < (size_t)n; i++) {
            struct val *bar = item(c, "bars", i);
            if (val_get_cstr(bar, "label")->type == VAL_NULL)
                continue;
            all++;
            small += val_text(val_get_cstr(bar, "label_class")).n == 0;
        }
        if (all < 1 || all > 8 || small < 1 || small > 4)
            fail_msg("%d days: %zu labels, %zu on a phone", n, all, small);
    }
    /* away from the edge, where a label would stick out */
    expect(item(chart(30), "bars", 2), "label", "24 Oct");
}

/* The parts lie on each other and reach the height of the whole bar. */
static void
expect_stack(const struct val *bar, int top, size_t n_parts)
{
    int edge = BASE;
    assert_int_equal(count(bar, "parts"), n_parts);
    for (size_t i = 0; i < n_parts; i++) {
        struct val *part = item(bar, "parts", i);
        int y = number(part, "y", 1), h = number(part, "h", 1);
        int gap = edge - (y + h);
        if (h < 1 || gap < 0 || gap > 15 || (i == 0 && gap != 0))
            fail_msg("part %zu: y %d h %d over %d", i, y, h, edge);
        edge = y;
    }
    assert_int_equal(edge, top);
}

static void
test_stack(void **state)
{
    (void)state;
    static const char *const names[] = { "a", "b", "c", "d", "e" };
    for (int i = 0; i < 5; i++) /* thirds: nothing divides evenly */
        add(TODAY, names[i], 3333333);
    struct val *c = chart(30);
    /* $16.67 below a top line of $20: 2000 - 1920 * 16.666665 / 20 */
    expect_stack(item(c, "bars", 29), 400, 5);
    assert_int_equal(count(item(c, "bars", 0), "parts"), 0);
}

/* Parts far too thin to be seen do not push the others about. */
static void
test_thin_parts(void **state)
{
    (void)state;
    add(TODAY, "a", 5000000000);
    add(TODAY, "b", 1);
    add(TODAY, "c", 3000000);
    add(TODAY, "d", 6000000);
    struct val *c = chart(2);
    struct val *bar = item(c, "bars", 1);
    /* $5,009 below a top line of $6,000 */
    expect_stack(bar, 397, count(bar, "parts"));
    assert_true(count(bar, "parts") <= 3);
}

static void
test_huge(void **state)
{
    (void)state;
    add(TODAY, "a", INT64_MAX);
    add(TODAY, "b", INT64_MAX);
    add(TODAY - DAY_S, "a", 1);
    struct val *c = chart(2);
    struct val *bar = item(c, "bars", 1);
    expect_stack(bar, 80, 1); /* all that counts is full already */
    assert_int_equal(count(item(c, "bars", 0), "parts"), 0);
}

static void
test_calls(void **state)
{
    (void)state;
    add(TODAY, "a", 0);
    rows[0].sum = (struct usage_sum){ .refused = 1, .failed = 2,
        .succeeded = 4 };
    add(TODAY - DAY_S, "a", 0);
    struct val *c = chart(7);
    expect(c, "title", "Requests per day, 14 Nov to 20 Nov 2026");
    expect(c, "desc",
        "8 requests in all. The highest day is 20 Nov at 7 requests.");
    expect(c, "unit", "requests");
    expect(c, "zero", "0");
    expect(item(c, "bars", 6), "tip", "20 Nov: 7 requests");
    expect(item(c, "bars", 5), "tip", "19 Nov: 1 request");
    expect(item(c, "grid", 0), "label", "2");
}

/* ---- series ---- */

static void
expect_legend(const struct val *c, const char *const *want, size_t n)
{
    static const char *const classes[] = { "s1", "s2", "s3", "s4", "s5" };
    assert_int_equal(count(c, "legend"), n);
    for (size_t i = 0; i < n; i++) {
        expect(item(c, "legend", i), "label", want[i]);
        expect(item(c, "legend", i), "class", classes[i]);
        expect(item(c, "cols", i), "label", want[i]);
    }
}

static void
test_series(void **state)
{
    (void)state;
    add(TODAY, "small", 1000000);
    add(TODAY - DAY_S, "large", 9000000);
    add(TODAY, "large", 1000000);
    add(TODAY, "middle", 5000000);
    struct val *c = chart(2);
    expect_legend(c, (const char *const[]){ "large", "middle", "small" }, 3);
    expect(item(c, "legend", 0), "total", "$10.00");
    struct val *row = item(c, "rows", 1);
    expect(row, "label", "20 Nov");
    static const char *const cells[] = { "1.00", "5.00", "1.00", "7.00" };
    assert_int_equal(count(row, "cells"), COUNT_OF(cells));
    for (size_t i = 0; i < COUNT_OF(cells); i++)
        assert_true(str_is(val_text(item(row, "cells", i)), cells[i]));
}

static void
test_five_groups(void **state)
{
    (void)state;
    static const char *const names[] = { "a", "b", "c", "d", "e" };
    for (int i = 0; i < 5; i++)
        add(TODAY, names[i], 1000000 * (9 - i));
    expect_legend(chart(2), names, 5);
}

/* A sixth, or a rest that the store made: the last colour is for all others. */
static void
test_other(void **state)
{
    (void)state;
    static const char *const want[] = { "a", "b", "c", "d", "Other" };
    static const char *const last[] = { "f", "rest" };
    for (size_t k = 0; k < COUNT_OF(last); k++) {
        list.n = 0;
        add(TODAY, last[k], 500000);
        for (int i = 0; i < 4; i++)
            add(TODAY, want[i], 1000000 * (9 - i));
        add(TODAY, "e", 1000000);
        struct val *c = chart(2);
        expect_legend(c, want, 5);
        expect(item(c, "legend", 4), "total", "$1.50");
        expect_stack(item(c, "bars", 1), 80 + 1920 * 85 / 400, 5);
    }
}

/* Calls without a model are a group of their own, not the rest. */
static void
test_empty_group(void **state)
{
    (void)state;
    static const char *const want[] = { "", "Other" };
    add(TODAY, "", 2000000);
    add(TODAY, "rest", 5000000);
    struct val *c = chart(2);
    expect_legend(c, want, 2);
    expect(item(c, "legend", 0), "total", "$2.00");
    expect(item(c, "legend", 1), "total", "$5.00");
}

static void
test_many_groups(void **state)
{
    char names[300][8];
    (void)state;
    for (int i = 0; i < 300; i++) {
        names[i][0] = 'g';
        names[i][1] = (char)('0' + i / 100);
        names[i][2] = (char)('0' + i / 10 % 10);
        names[i][3] = (char)('0' + i % 10);
        names[i][4] = '\0';
        add(TODAY, names[i], 1000000);
    }
    struct val *c = chart(2);
    assert_int_equal(count(c, "legend"), 5);
    expect(item(c, "legend", 4), "label", "Other");
    expect(item(c, "legend", 4), "total", "$296.00");
}

/* ---- limit, weeks, years ---- */

static void
test_limit(void **state)
{
    (void)state;
    add(TODAY, "a", 8000000);
    struct val *c = chart_of(days(30), USAGE_DAY, 12000000);
    struct val *limit = val_get_cstr(c, "limit");
    expect(limit, "label", "Limit $12.00");
    /* the axis goes to $15, since the limit has to be on it */
    expect(item(c, "grid", 2), "label", "$15");
    assert_int_equal(number(limit, "y", 1), BASE - 1920 * 12 / 15);
    c = chart_of(days(30), USAGE_DAY, 17000000); /* too far above */
    assert_int_equal(val_get_cstr(c, "limit")->type, VAL_NULL);
    c = chart_of(days(30), USAGE_DAY, 5000000); /* below the bar */
    assert_int_equal(val_get_cstr(c, "limit")->type, VAL_MAP);
    c = chart_of(days(30), USAGE_DAY, -1);
    assert_int_equal(val_get_cstr(c, "limit")->type, VAL_NULL);
    rows[0].sum.cost = 0; /* calls have no limit in dollars */
    c = chart_of(days(30), USAGE_DAY, 1);
    assert_int_equal(val_get_cstr(c, "limit")->type, VAL_NULL);
}

/* A range that begins on a Wednesday has a first week that begins before. */
static void
test_weeks(void **state)
{
    (void)state;
    struct usage_range r = { TODAY - 100 * (int64_t)DAY_S, TODAY + DAY_S };
    int64_t monday = when_week_start(r.from_s);
    assert_true(monday < r.from_s);
    add(monday, "a", 1000000);
    add(when_week_start(TODAY), "a", 3000000);
    struct val *c = chart_of(r, USAGE_WEEK, -1);
    assert_int_equal(count(c, "bars"), 15);
    expect(item(c, "bars", 0), "tip", "10 Aug: $1.00");
    expect(item(c, "bars", 14), "tip", "16 Nov: $3.00");
    expect(c, "first", "Week of");
    expect(c, "title", "Spend per week, 12 Aug to 20 Nov 2026");
    expect(c, "desc",
        "$4.00 in all. The highest week is that of 16 Nov at $3.00.");
}

static void
test_years(void **state)
{
    (void)state;
    struct usage_range r = { TODAY - 400 * (int64_t)DAY_S, TODAY + DAY_S };
    add(when_week_start(TODAY), "a", 3000000);
    struct val *c = chart_of(r, USAGE_WEEK, -1);
    expect(c, "title", "Spend per week, 16 Oct 2025 to 20 Nov 2026");
    expect(item(c, "bars", 0), "tip", "13 Oct 2025: $0.00");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_axis),
        TEST(test_axis_sizes),
        TEST(test_grid),
        TEST(test_nothing),
        TEST(test_one_bar),
        TEST(test_bars_apart),
        TEST(test_labels),
        TEST(test_stack),
        TEST(test_thin_parts),
        TEST(test_huge),
        TEST(test_calls),
        TEST(test_series),
        TEST(test_five_groups),
        TEST(test_other),
        TEST(test_empty_group),
        TEST(test_many_groups),
        TEST(test_limit),
        TEST(test_weeks),
        TEST(test_years),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
