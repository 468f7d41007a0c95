/* SPDX-License-Identifier: ISC */
/* Freezing a workspace: when it ends, who may, and that a thaw restores the
 * exact state, whatever was under way. */
#include "stand.h"

#include "base/attr.h"
#include "core/account.h"
#include "core/claim.h"
#include "core/credit.h"
#include "core/freeze.h"
#include "core/key.h"
#include "core/member.h"
#include "core/service.h"
#include "core/workspace.h"
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

/* ---- deleted ---- */

static void
refused(struct cx *cx, enum err_code code)
{
    GIVES(cx, code, ERR_CONFLICT);
    assert_true(cx->err.reason && strcmp(cx->err.reason, "deleted") == 0);
}

/* What makes something is refused, whoever is let in; what ends something is
 * not. */
static void
test_nothing_is_made_in_a_deleted_one(void **state)
{
    (void)state;
    struct key_in in = key_form("more");
    struct rotate_in rotate = { .overlap = KEY_OVERLAP_NONE };
    struct claim_in claim = { .claim = KEY_CLAIM_NONE };
    struct service_in service = { .name = STR("Batch") };
    struct freeze_in freeze = { .why = STR("x"), .lasts = FREEZE_OPEN };
    struct fate_in fate = { .fate = FATE_REVOKE };
    struct settings_in settings;
    struct str text, prefix = st.key.prefix;
    struct key k, waits;
    struct user stranger;
    struct member m;
    struct cx *cx = seat_as(&st.s, MEMBER);
    in.claim = KEY_CLAIM_DAY;
    OK(cx, key_create(cx, KEY_STANDARD, &in, &text, &waits));
    char waiting[16];
    (void)snprintf(waiting, sizeof waiting, "%.*s", STR_ARG(waits.prefix));
    cx = seat_as(&st.s, OWNER);
    OK(cx, workspace_delete(cx, cx->ws.name));
    int64_t keys = world_int(&st.w, "SELECT count(*) FROM key_secret");
    in = key_form("late");
    cx = seat_as(&st.s, SHELL);
    refused(cx, key_create(cx, KEY_STANDARD, &in, &text, &k));
    cx = seat_as(&st.s, SHELL);
    refused(cx, key_rotate(cx, prefix, &rotate, &text, &k));
    cx = seat_as(&st.s, SHELL);
    refused(cx, claim_renew(cx, str_cstr(waiting), &claim, &text, &k));
    cx = seat_as(&st.s, SHELL);
    refused(cx, key_enable(cx, prefix, &k));
    cx = seat_as(&st.s, SHELL);
    OK(cx, user_by_email(cx, who_email(STRANGER), &stranger));
    refused(cx, member_add(cx, &stranger, ROLE_MEMBER));
    cx = seat_as(&st.s, SHELL);
    refused(cx, service_add(cx, &service));
    cx = seat_as(&st.s, SHELL);
    settings_now(cx, &settings);
    refused(cx, settings_save(cx, &settings));
    cx = seat_as(&st.s, SHELL);
    refused(cx, freeze_begin(cx, &freeze));
    cx = seat_as(&st.s, SHELL);
    refused(cx, freeze_end(cx));
    assert_int_equal(world_int(&st.w, "SELECT count(*) FROM key_secret"),
        keys);
    /* a key that leaked, a person who went */
    cx = seat_as(&st.s, SHELL);
    OK(cx, key_disable(cx, str_cstr(waiting), &k));
    cx = seat_as(&st.s, SHELL);
    OK(cx, key_revoke(cx, str_cstr(waiting), false, STR(""), &k));
    cx = seat_as(&st.s, SHELL);
    OK(cx, user_by_email(cx, who_email(ADMIN), &stranger));
    OK(cx, member_get(cx, stranger.uuid, &m));
    OK(cx, member_remove(cx, stranger.uuid, &fate));
    /* restored, it is as before */
    cx = seat_as(&st.s, SHELL);
    OK(cx, workspace_restore(cx, STR("team")));
    cx = seat_as(&st.s, SHELL);
    OK(cx, key_create(cx, KEY_STANDARD, &in, &text, &k));
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = { T(test_ends), T(test_wrong),
        T(test_thaw_restores), T(test_nothing_is_made_in_a_deleted_one) };
    return cmocka_run_group_tests_name("freeze", tests, NULL, NULL);
}
