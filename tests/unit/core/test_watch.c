/* SPDX-License-Identifier: ISC */
/* Keys that end and budgets that run out are told, once each. */
#include "stand.h"

#include "core/watch.h"
#include "model/notice.h"

#include <stdio.h>

static struct stand st;
static struct watch watch;
static int calls;

static int
setup(void **state)
{
    (void)state;
    stand_open(&st);
    watch = (struct watch){ .minute_s = 0 };
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    stand_close(&st);
    return 0;
}

static void
look(void)
{
    struct cx *cx = seat_as(&st.s, SHELL);
    cx->ws = (struct workspace){ 0 };
    cx->mails = true;
    cx->public_url = STR("https://k.example");
    OK(cx, watch_some(cx, &watch));
}

/* A call that cost so many micro-USD. */
static void
spend(int64_t micro)
{
    char id[20], prefix[20];
    snprintf(id, sizeof id, "call-%d", ++calls);
    snprintf(prefix, sizeof prefix, "%.*s", STR_ARG(st.key.prefix));
    (void)stand_report(&st.s, str_cstr(id), prefix, "a/big", micro, 0, false);
}

static int64_t
told(enum notice_kind kind)
{
    char sql[120];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM outbox WHERE kind = %d",
        (int)kind);
    return world_int(&st.w, sql);
}

/* owner, admin, and the member whose key it is */
enum { TOLD_OF_KEY = 3, TOLD_OF_WORKSPACE = 2 };

static void
a_budget_is_told_at_80_and_at_100_percent_once(void **state)
{
    (void)state;
    stand_spend_limit(&st, 1000, SPEND_MONTH);
    look();
    spend(799);
    look();
    assert_int_equal(told(NOTICE_BUDGET_80), 0);
    spend(1);
    look();
    assert_int_equal(told(NOTICE_BUDGET_80), TOLD_OF_KEY);
    spend(100);
    look();
    assert_int_equal(told(NOTICE_BUDGET_80), TOLD_OF_KEY);
    assert_int_equal(told(NOTICE_BUDGET_100), 0);
    spend(100);
    look();
    spend(5);
    look();
    assert_int_equal(told(NOTICE_BUDGET_80), TOLD_OF_KEY);
    assert_int_equal(told(NOTICE_BUDGET_100), TOLD_OF_KEY);
}

static void
over_both_at_once_only_the_worse_is_told(void **state)
{
    (void)state;
    stand_spend_limit(&st, 1000, SPEND_MONTH);
    look();
    spend(1000);
    look();
    assert_int_equal(told(NOTICE_BUDGET_80), 0);
    assert_int_equal(told(NOTICE_BUDGET_100), TOLD_OF_KEY);
}

static void
a_new_period_and_a_new_amount_are_told_anew(void **state)
{
    (void)state;
    stand_spend_limit(&st, 1000, SPEND_DAY);
    look();
    spend(1000);
    look();
    st.w.now_s += 86400;
    spend(1000);
    look();
    assert_int_equal(told(NOTICE_BUDGET_100), 2 * TOLD_OF_KEY);
    stand_spend_limit(&st, 2000, SPEND_DAY);
    spend(1000);
    look();
    assert_int_equal(told(NOTICE_BUDGET_100), 3 * TOLD_OF_KEY);
}

static void
a_budget_of_the_workspace_is_told_to_those_who_manage(void **state)
{
    (void)state;
    stand_limit(&st, STR(""), LIMIT_MONEY, LIMIT_MONTH, STR(""), 1000, false);
    look();
    spend(900);
    look();
    assert_int_equal(told(NOTICE_BUDGET_80), TOLD_OF_WORKSPACE);
}

static void
shadows_and_rates_are_no_budgets(void **state)
{
    (void)state;
    stand_limit(&st, st.key.prefix, LIMIT_MONEY, LIMIT_DAY, STR(""), 10,
        true);
    stand_limit(&st, st.key.prefix, LIMIT_REQUESTS, LIMIT_DAY, STR(""), 1,
        false);
    look();
    spend(50);
    look();
    assert_int_equal(world_int(&st.w, "SELECT count(*) FROM outbox"), 0);
}

static void
what_was_before_the_first_look_is_not_told(void **state)
{
    (void)state;
    stand_spend_limit(&st, 1000, SPEND_MONTH);
    spend(900);
    look();
    look();
    assert_int_equal(told(NOTICE_BUDGET_80), 0);
    spend(1); /* the next call shows it */
    look();
    assert_int_equal(told(NOTICE_BUDGET_80), TOLD_OF_KEY);
}

static void
set_end(int64_t s)
{
    char sql[120];
    snprintf(sql, sizeof sql, "UPDATE api_key SET expires_s = %lld",
        (long long)s);
    world_exec(&st.w, sql);
}

static void
an_end_is_told_seven_days_before_once(void **state)
{
    (void)state;
    set_end(st.w.now_s + 30 * 86400);
    st.w.now_s += 23 * 86400 - 60;
    look();
    assert_int_equal(told(NOTICE_KEY_EXPIRES), 0);
    st.w.now_s += 60;
    look();
    assert_int_equal(told(NOTICE_KEY_EXPIRES), 1); /* its owner */
    st.w.now_s += 3600;
    look();
    assert_int_equal(told(NOTICE_KEY_EXPIRES), 1);
    /* moved: told anew when that one is near */
    set_end(st.w.now_s + 8 * 86400);
    st.w.now_s += 60;
    look();
    assert_int_equal(told(NOTICE_KEY_EXPIRES), 1);
    st.w.now_s += 86400;
    look();
    assert_int_equal(told(NOTICE_KEY_EXPIRES), 2);
}

static void
short_lives_and_stopped_keys_are_not_told(void **state)
{
    (void)state;
    set_end(st.w.now_s + 7 * 86400);
    st.w.now_s += 60;
    look();
    set_end(st.w.now_s + 20 * 86400);
    world_exec(&st.w, "UPDATE api_key SET disabled_s = 1");
    st.w.now_s += 15 * 86400;
    look();
    world_exec(&st.w, "UPDATE api_key SET disabled_s = NULL, revoked_s = 1, "
                      "expires_s = expires_s + 1");
    st.w.now_s += 60;
    look();
    assert_int_equal(told(NOTICE_KEY_EXPIRES), 0);
}

int
main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_budget_is_told_at_80_and_at_100_percent_once),
        T(over_both_at_once_only_the_worse_is_told),
        T(a_new_period_and_a_new_amount_are_told_anew),
        T(a_budget_of_the_workspace_is_told_to_those_who_manage),
        T(shadows_and_rates_are_no_budgets),
        T(what_was_before_the_first_look_is_not_told),
        T(an_end_is_told_seven_days_before_once),
        T(short_lives_and_stopped_keys_are_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
