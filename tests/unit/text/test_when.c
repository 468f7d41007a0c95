/* SPDX-License-Identifier: ISC */
#include "text/when.h"

#include "cases.h"

#include <time.h>

static const int64_t MOMENT = 1795194120; /* 2026-11-20T17:02:00Z */

static void
test_show(void **state)
{
    static const struct {
        int64_t s;
        const char *rfc, *longer, *date;
    } rows[] = {
        { 0, "1970-01-01T00:00:00Z", "1 Jan 1970, 00:00 UTC", "1 Jan 1970" },
        { -1, "1969-12-31T23:59:59Z", "31 Dec 1969, 23:59 UTC",
            "31 Dec 1969" },
        { 1795194120, "2026-11-20T17:02:00Z", "20 Nov 2026, 17:02 UTC",
            "20 Nov 2026" },
        { 951782400, "2000-02-29T00:00:00Z", "29 Feb 2000, 00:00 UTC",
            "29 Feb 2000" },
        { 4107542400, "2100-03-01T00:00:00Z", "1 Mar 2100, 00:00 UTC",
            "1 Mar 2100" },
        { 253402300799, "9999-12-31T23:59:59Z", "31 Dec 9999, 23:59 UTC",
            "31 Dec 9999" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        EXPECT_STR(i, when_rfc3339(*state, rows[i].s), rows[i].rfc);
        EXPECT_STR(i, when_long(*state, rows[i].s), rows[i].longer);
        EXPECT_STR(i, when_date(*state, rows[i].s), rows[i].date);
        EXPECT_STR(i, str_head(str_cstr(rows[i].rfc), 10),
            when_iso_date(*state, rows[i].s).p);
    }
    EXPECT_STR(0, when_rfc3339_ms(*state, 1795194120007),
        "2026-11-20T17:02:00.007Z");
    EXPECT_STR(1, when_rfc3339_ms(*state, -1), "1969-12-31T23:59:59.999Z");
    /* no time, however wrong, is a fault */
    assert_true(when_long(*state, INT64_MAX).n > 0);
    assert_true(when_rfc3339_ms(*state, INT64_MIN).n > 0);
}

static void
test_read(void **state)
{
    static const struct {
        struct str s;
        int64_t want; /* -1: refused */
    } rows[] = {
        { STR_INIT("2026-11-20T17:02:00Z"), 1795194120 },
        { STR_INIT("2026-11-20t17:02:00z"), 1795194120 },
        { STR_INIT("2026-11-20T17:02:00.999999999Z"), 1795194120 },
        { STR_INIT("2026-11-20T18:02:00+01:00"), 1795194120 },
        { STR_INIT("2026-11-20T11:32:00-05:30"), 1795194120 },
        { STR_INIT("2026-11-21T16:01:00+22:59"), 1795194120 },
        { STR_INIT("2026-11-20T17:02:00-00:00"), 1795194120 },
        { STR_INIT("2026-11-20"), 1795219199 },
        { STR_INIT("1970-01-01"), 86399 },
        { STR_INIT("1970-01-01T00:00:00Z"), 0 },
        { STR_INIT("9999-12-31"), 253402300799 },
        { STR_INIT("9999-12-31T23:59:59Z"), 253402300799 },
        { STR_INIT("2024-02-29"), 1709251199 },
        { STR_INIT("2000-02-29"), 951868799 },
        { STR_INIT("2016-12-31T23:59:60Z"), 1483228800 },
        { STR_INIT("2017-01-01T00:59:60+01:00"), 1483228800 },
        { STR_INIT("2026-11-20T17:02:60Z"), -1 },
        { STR_INIT("2016-12-31T23:59:61Z"), -1 },
        { STR_INIT("9999-12-31T23:59:60Z"), -1 },
        { STR_INIT("9999-12-31T23:59:59-00:01"), -1 },
        { STR_INIT("1970-01-01T00:00:00+00:01"), -1 },
        { STR_INIT("1969-12-31T23:59:59Z"), -1 },
        { STR_INIT("1969-12-31"), -1 },
        { STR_INIT("2023-02-29"), -1 },
        { STR_INIT("2100-02-29"), -1 },
        { STR_INIT("2026-04-31"), -1 },
        { STR_INIT("2026-00-10"), -1 },
        { STR_INIT("2026-13-10"), -1 },
        { STR_INIT("2026-01-00"), -1 },
        { STR_INIT("2026-01-32"), -1 },
        { STR_INIT("2026-1-1"), -1 },
        { STR_INIT("26-01-01"), -1 },
        { STR_INIT("12026-01-01"), -1 },
        { STR_INIT("20261120"), -1 },
        { STR_INIT("2026/11/20"), -1 },
        { STR_INIT("2026-11-20 "), -1 },
        { STR_INIT("2026-11-20T"), -1 },
        { STR_INIT("2026-11-20T17:02Z"), -1 },
        { STR_INIT("2026-11-20T17:02:00"), -1 },
        { STR_INIT("2026-11-20 17:02:00Z"), -1 },
        { STR_INIT("2026-11-20T24:00:00Z"), -1 },
        { STR_INIT("2026-11-20T17:60:00Z"), -1 },
        { STR_INIT("2026-11-20T17:02:00.Z"), -1 },
        { STR_INIT("2026-11-20T17:02:00,5Z"), -1 },
        { STR_INIT("2026-11-20T17:02:00+1:00"), -1 },
        { STR_INIT("2026-11-20T17:02:00+0100"), -1 },
        { STR_INIT("2026-11-20T17:02:00+24:00"), -1 },
        { STR_INIT("2026-11-20T17:02:00+01:60"), -1 },
        { STR_INIT("2026-11-20T17:02:00ZZ"), -1 },
        { STR_INIT("2026-11-20T17:02:00Z\0"), -1 },
        { STR_INIT("+026-11-20"), -1 },
        { STR_INIT("2026-11--1"), -1 },
        { { NULL, 0 }, -1 },
        { STR_INIT("tomorrow"), -1 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t got = -2;
        bool ok = when_read(rows[i].s, &got);
        EXPECT(i, rows[i].s, ok == (rows[i].want >= 0));
        if (ok)
            EXPECT(i, rows[i].s, got == rows[i].want);
    }
}

static void
test_ago(void **state)
{
    static const struct {
        int64_t ago;
        const char *want;
    } rows[] = {
        { 0, "just now" },
        { 59, "just now" },
        { 60, "1 minute ago" },
        { 119, "1 minute ago" },
        { 300, "5 minutes ago" },
        { 3599, "59 minutes ago" },
        { 3600, "1 hour ago" },
        { 7200, "2 hours ago" },
        { 86399, "23 hours ago" },
        { 86400, "1 day ago" },
        { 604800, "7 days ago" },
        { 604801, "13 Nov 2026" },
        { -1, "in less than a minute" },
        { -60, "in 1 minute" },
        { -3 * 86400 - 5, "in 3 days" },
        { -604800, "in 7 days" },
        { -604801, "27 Nov 2026" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        EXPECT_STR(i, when_ago(*state, MOMENT - rows[i].ago, MOMENT),
            rows[i].want);
    assert_true(when_ago(*state, INT64_MIN, MOMENT).n > 0);
    assert_true(when_ago(*state, INT64_MAX, MOMENT).n > 0);
}

static void
test_starts(void **state)
{
    static const struct {
        const char *at, *day, *week, *month, *next;
    } rows[] = {
        { "2026-11-20T17:02:00Z", "2026-11-20", "2026-11-16", "2026-11-01",
            "2026-12-01" },
        { "2026-11-16T00:00:00Z", "2026-11-16", "2026-11-16", "2026-11-01",
            "2026-12-01" },
        { "2026-11-15T23:59:59Z", "2026-11-15", "2026-11-09", "2026-11-01",
            "2026-12-01" },
        { "2026-12-31T23:59:59Z", "2026-12-31", "2026-12-28", "2026-12-01",
            "2027-01-01" },
        { "2024-02-29T12:00:00Z", "2024-02-29", "2024-02-26", "2024-02-01",
            "2024-03-01" },
        { "1970-01-01T00:00:00Z", "1970-01-01", "1969-12-29", "1970-01-01",
            "1970-02-01" },
    };
    struct arena *a = *state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t s = 0;
        assert_true(when_read(str_cstr(rows[i].at), &s));
        EXPECT_STR(i, when_iso_date(a, when_day_start(s)), rows[i].day);
        EXPECT_STR(i, when_iso_date(a, when_week_start(s)), rows[i].week);
        EXPECT_STR(i, when_iso_date(a, when_month_start(s)), rows[i].month);
        EXPECT_STR(i, when_iso_date(a, when_month_next(s)), rows[i].next);
        assert_int_equal(when_day_start(s) % DAY_S, 0);
        assert_int_equal(when_week_start(s) % DAY_S, 0);
        assert_int_equal(when_month_start(s) % DAY_S, 0);
        assert_int_equal(when_month_next(s) % DAY_S, 0);
    }
}

/* Each day of 10,000 years against the C library's calendar. */
static void
test_every_day(void **state)
{
    (void)state;
    struct arena *a = arena_new(64 * 1024);
    int64_t last_month = -1;
    for (int64_t s = 0; s <= 253402300799; s += DAY_S) {
        struct tm tm;
        char want[16];
        time_t t = (time_t)s;
        int64_t back = -1;
        assert_non_null(gmtime_r(&t, &tm));
        strftime(want, sizeof want, "%Y-%m-%d", &tm);
        struct str got = when_iso_date(a, s);
        if (!str_is(got, want) || !when_read(got, &back) ||
            back != s + DAY_S - 1)
            fail_msg("day %lld: %s, got %s", (long long)(s / DAY_S), want,
                got.p);
        if (tm.tm_mday == 1)
            last_month = s;
        assert_true(when_month_start(s + 1) == last_month);
        assert_true(tm.tm_wday != 1 || when_week_start(s) == s);
        arena_reset(a);
    }
    arena_free(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(test_show),
        cmocka_unit_test(test_read),
        WITH_ARENA(test_ago),
        WITH_ARENA(test_starts),
        cmocka_unit_test(test_every_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
