/* SPDX-License-Identifier: ISC */
/* Freezing a workspace: when it ends, who may, and that a thaw restores the
 * exact state, whatever was under way. */
#include "stand.h"

#include "base/attr.h"
#include "core/credit.h"
#include "core/freeze.h"
#include "text/when.h"

#include <stdio.h>
#include <string.h>

static struct stand st;

static int
setup(void **state)
{
    (void)state;
    stand_open(&st);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    stand_close(&st);
    return 0;
}

static int64_t
end_in_store(void)
{
    return world_int(&st.w, "SELECT ifnull(frozen_until_s, 0) FROM workspace "
        "WHERE slug = 'team'");
}

static void
begin(int lasts, int64_t until)
{
    struct freeze_in in = { .why = STR("A bill overnight"), .lasts = lasts,
        .until = until };
    if (until)
        form_put(freeze_fields, &in.set, "until");
    struct cx *cx = seat_as(&st.s, ADMIN);
    OK(cx, freeze_begin(cx, &in));
}

static void
end(void)
{
    struct cx *cx = seat_as(&st.s, OWNER);
    OK(cx, freeze_end(cx));
}

static enum reason
ask(void)
{
    struct decision d;
    stand_ask(&st.s, st.text, "a/big", 10, 10, &d);
    return d.reason;
}

static void
test_ends(void **state)
{
    (void)state;
    static const struct {
        int lasts;
        int64_t until, end;
    } rows[] = {
        { FREEZE_OPEN, 0, 0 },
        { FREEZE_OPEN, WORLD_NOW + 5, 0 }, /* the date is for FREEZE_DATE */
        { FREEZE_HOUR, 0, WORLD_NOW + HOUR_S },
        { FREEZE_DAY, 0, WORLD_NOW + DAY_S },
        { FREEZE_WEEK, 0, WORLD_NOW + 7 * DAY_S },
        { FREEZE_DATE, WORLD_NOW + 1, WORLD_NOW + 1 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        begin(rows[i].lasts, rows[i].until);
        if (end_in_store() != rows[i].end)
            fail_msg("row %zu: %lld", i, (long long)end_in_store());
        assert_int_equal(ask(), REASON_DISABLED_KEY);
        if (rows[i].end) {
            st.w.now_s = rows[i].end - 1;
            assert_int_equal(ask(), REASON_DISABLED_KEY);
            st.w.now_s = rows[i].end;
            assert_int_equal(ask(), REASON_ALLOWED);
            st.w.now_s = WORLD_NOW;
        }
        end();
        assert_int_equal(ask(), REASON_ALLOWED);
    }
}

static void
test_wrong(void **state)
{
    (void)state;
    struct freeze_in in = { .why = STR("x"), .lasts = FREEZE_DATE };
    struct cx *cx = seat_as(&st.s, ADMIN);
    GIVES(cx, freeze_begin(cx, &in), ERR_INVALID);
    expect_field(cx, "until");
    in.until = WORLD_NOW; /* now is over */
    form_put(freeze_fields, &in.set, "until");
    cx = seat_as(&st.s, ADMIN);
    GIVES(cx, freeze_begin(cx, &in), ERR_INVALID);
    expect_field(cx, "until");
    in.lasts = FREEZE_OPEN;
    cx = seat_as(&st.s, MEMBER);
    GIVES(cx, freeze_begin(cx, &in), ERR_FORBIDDEN);
    cx = seat_as(&st.s, MEMBER);
    GIVES(cx, freeze_end(cx), ERR_FORBIDDEN);
    assert_int_equal(ask(), REASON_ALLOWED);
    begin(FREEZE_HOUR, 0);
    cx = seat_as(&st.s, OWNER);
    GIVES(cx, freeze_begin(cx, &in), ERR_CONFLICT);
    assert_int_equal(end_in_store(), WORLD_NOW + HOUR_S);
    end();
    end(); /* not frozen: no error, and nothing in the log */
    assert_int_equal(world_int(&st.w, "SELECT count(*) FROM audit "
        "WHERE action = 'workspace.thaw'"), 1);
}

static const char *const tables[] = { "workspace", "api_key", "key_secret",
    "limit_rule", "limit_cell", "key_spend", "reservation", "usage_event",
    "usage_hour", "usage_day", "usage_week", "credit_entry", "credit_line",
    "model", "model_price", "member", "session" };

/* A copy of each table, or how many rows differ from it. */
static void
remember(void)
{
    char sql[200];
    for (size_t i = 0; i < COUNT_OF(tables); i++) {
        (void)snprintf(sql, sizeof sql, "CREATE TABLE was_%s AS SELECT * "
            "FROM %s", tables[i], tables[i]);
        world_tamper(&st.w, sql);
    }
}

/* The seals are made anew with each change: they do not count. */
static void
even_out(const char *table, const char *column)
{
    char sql[200];
    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM "
        "pragma_table_info('%s') WHERE name = '%s'", table, column);
    if (world_int(&st.w, sql) == 0)
        return;
    (void)snprintf(sql, sizeof sql, "UPDATE is_%s SET %s = 0; "
        "UPDATE was_%s SET %s = 0", table, column, table, column);
    world_tamper(&st.w, sql);
}

static void
compare(void)
{
    char sql[400];
    for (size_t i = 0; i < COUNT_OF(tables); i++) {
        const char *t = tables[i];
        (void)snprintf(sql, sizeof sql, "CREATE TABLE is_%s AS SELECT * FROM "
            "%s", t, t);
        world_tamper(&st.w, sql);
        even_out(t, "seal");
        even_out(t, "seal_n");
        (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM (SELECT * FROM "
            "(SELECT * FROM is_%s EXCEPT SELECT * FROM was_%s) UNION ALL "
            "SELECT * FROM (SELECT * FROM was_%s EXCEPT SELECT * FROM is_%s))",
            t, t, t, t);
        if (world_int(&st.w, sql) != 0)
            fail_msg("%s is not as it was", t);
    }
}

/* Limits half used, a call under way, a balance: all of it is as it was. */
static void
test_thaw_restores(void **state)
{
    (void)state;
    struct decision d;
    char under_way[40];
    struct credit_in on = { .amount = 100000 };
    struct cx *cx = seat_as(&st.s, OWNER);
    OK(cx, credit_on(cx, &on));
    stand_spend_limit(&st, 50000, SPEND_MONTH);
    stand_limit(&st, st.key.prefix, LIMIT_REQUESTS, LIMIT_DAY, STR(""), 5,
        false);
    stand_limit(&st, STR(""), LIMIT_MONEY, LIMIT_MONTH, STR(""), 40000,
        false);
    assert_int_equal(ask(), REASON_ALLOWED);
    stand_ask(&st.s, st.text, "a/big", 10, 10, &d);
    (void)snprintf(under_way, sizeof under_way, "%.*s",
        STR_ARG(d.metered.reservation));
    remember();
    begin(FREEZE_DAY, 0);
    for (int i = 0; i < 20; i++)
        assert_int_equal(ask(), REASON_DISABLED_KEY);
    end();
    compare();
    /* a call that was let through before is booked during a freeze */
    begin(FREEZE_OPEN, 0);
    assert_int_equal(stand_report(&st.s, str_cstr(under_way), "", "", 7, 7,
        false).state, REPORT_COUNTED);
    assert_int_equal(world_int(&st.w, "SELECT credits_micro FROM workspace "
        "WHERE slug = 'team'"), 100000 - 14);
    end();
    stand_even(&st.w);
    /* two of five are used */
    for (int i = 0; i < 3; i++)
        assert_int_equal(ask(), REASON_ALLOWED);
    assert_int_equal(ask(), REASON_RATE);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = { T(test_ends), T(test_wrong),
        T(test_thaw_restores) };
    return cmocka_run_group_tests_name("freeze", tests, NULL, NULL);
}
