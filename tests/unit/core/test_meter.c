/* SPDX-License-Identifier: ISC */
/* Limits at the gate: each kind and period, all or nothing, shadow, sliding
 * minutes, boundaries of time, ends of reservations. */
#include "stand.h"

#include "core/rowseal.h"
#include "core/key.h"
#include "core/touch.h"
#include "text/when.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
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

static enum reason
ask(const char *model, int64_t in, int64_t out)
{
    struct decision d;
    stand_ask(&st.s, st.text, model, in, out, &d);
    return d.reason;
}

/* How many of n calls pass. */
static int
passes(int n, const char *model, int64_t in, int64_t out)
{
    int passed = 0;
    for (int i = 0; i < n; i++)
        passed += ask(model, in, out) == REASON_ALLOWED;
    return passed;
}

static int64_t
count(const char *table)
{
    char sql[100];
    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table);
    return world_int(&st.w, sql);
}

/* ---- each kind ---- */

static void
test_none(void **state)
{
    (void)state;
    struct decision d;
    stand_ask(&st.s, st.text, "a/big", 10, 10, &d);
    assert_int_equal(d.reason, REASON_ALLOWED);
    assert_int_equal(d.metered.reservation.n, 0);
    assert_int_equal(count("reservation"), 0);
}

static void
test_kinds(void **state)
{
    (void)state;
    static const struct {
        enum limit_counts counts;
        enum limit_period period;
        bool of_workspace;
        int64_t amount, in, out;
        int pass;
        enum reason reason;
    } rows[] = {
        { LIMIT_REQUESTS, LIMIT_MINUTE, false, 3, 1, 1, 3, REASON_RATE },
        { LIMIT_REQUESTS, LIMIT_DAY, false, 4, 1, 1, 4, REASON_RATE },
        { LIMIT_REQUESTS, LIMIT_DAY, false, 0, 1, 1, 0, REASON_RATE },
        { LIMIT_INPUT, LIMIT_MINUTE, false, 100, 30, 999, 3, REASON_RATE },
        { LIMIT_INPUT, LIMIT_DAY, false, 0, 0, 0, 0, REASON_RATE },
        { LIMIT_OUTPUT, LIMIT_DAY, false, 100, 999, 50, 2, REASON_RATE },
        { LIMIT_TOTAL, LIMIT_DAY, false, 100, 10, 10, 5, REASON_RATE },
        { LIMIT_MONEY, LIMIT_DAY, false, 100, 20, 5, 4, REASON_SPEND },
        { LIMIT_MONEY, LIMIT_WEEK, false, 99, 20, 5, 3, REASON_SPEND },
        { LIMIT_MONEY, LIMIT_NO_RESET, false, 25, 20, 5, 1, REASON_SPEND },
        { LIMIT_MONEY, LIMIT_MONTH, true, 50, 20, 5, 2, REASON_SPEND },
        { LIMIT_MONEY, LIMIT_MONTH, true, 0, 0, 0, 0, REASON_SPEND },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str prefix = rows[i].of_workspace ? STR("") : st.key.prefix;
        stand_limit(&st, prefix, rows[i].counts, rows[i].period, STR(""),
            rows[i].amount, false);
        int pass = passes(8, "a/big", rows[i].in, rows[i].out);
        enum reason r = ask("a/big", rows[i].in, rows[i].out);
        if (pass != rows[i].pass || r != rows[i].reason)
            fail_msg("row %zu: %d passed instead of %d, then %s", i, pass,
                rows[i].pass, reason_code(r));
        stand_limit(&st, prefix, rows[i].counts, rows[i].period, STR(""), -1,
            false);
        world_exec(&st.w, "DELETE FROM reservation");
    }
    assert_int_equal(ask("a/big", 1, 1), REASON_ALLOWED);
}

static void
test_spending_and_credits(void **state)
{
    (void)state;
    struct decision d;
    stand_spend_limit(&st, 100, SPEND_DAY);
    assert_int_equal(passes(9, "a/big", 20, 5), 4);
    stand_ask(&st.s, st.text, "a/big", 20, 5, &d);
    assert_int_equal(d.reason, REASON_SPEND);
    assert_int_equal(d.metered.refused->source, LIMIT_SPEND);
    assert_int_equal(d.metered.refused->resets_s,
        when_day_start(st.w.now_s) + DAY_S);
    stand_even(&st.w);
    /* the day is over: nothing ran, and all is free */
    st.w.now_s += DAY_S;
    world_exec(&st.w, "UPDATE workspace SET credits_micro = 60 "
        "WHERE slug = 'team'; INSERT INTO credit_entry (uuid, workspace_id, "
        "at_s, kind, amount_micro, balance_micro, by_name) SELECT 'u', id, 0, "
        "'payment', 60, 60, 'x' FROM workspace WHERE slug = 'team'");
    /* what was open before is charged now: spending of yesterday, and credits
     * which it did not hold */
    assert_int_equal(ask("a/big", 20, 5), REASON_CREDITS);
    world_exec(&st.w, "UPDATE workspace SET credits_micro = 60 "
        "WHERE slug = 'team'; UPDATE credit_entry SET amount_micro = 0 "
        "WHERE kind <> 'payment'");
    assert_int_equal(passes(9, "a/big", 20, 5), 2);
    assert_int_equal(ask("a/big", 20, 5), REASON_CREDITS);
    stand_even(&st.w);
}

static void
test_model(void **state)
{
    (void)state;
    stand_limit(&st, st.key.prefix, LIMIT_REQUESTS, LIMIT_DAY,
        str_cstr(st.big_uuid), 2, false);
    assert_int_equal(passes(5, "a/big", 1, 1), 2);
    assert_int_equal(passes(5, "a/free", 1, 1), 5);
    /* only on the other model nothing is held */
    assert_int_equal(count("reservation"), 2);
}

/* Without an estimate: that of the model, and its price. */
static void
test_default_estimate(void **state)
{
    (void)state;
    struct decision d;
    stand_limit(&st, st.key.prefix, LIMIT_TOTAL, LIMIT_DAY, STR(""), 5000,
        false);
    stand_ask(&st.s, st.text, "a/big", -1, -1, &d);
    assert_int_equal(d.reason, REASON_ALLOWED);
    assert_int_equal(d.metered.need.input_tokens, 1000);
    assert_int_equal(d.metered.need.output_tokens, 1000);
    assert_int_equal(d.metered.need.cost, 2000);
    stand_ask(&st.s, st.text, "a/big", 7, -1, &d);
    assert_int_equal(d.metered.need.input_tokens, 7);
    assert_int_equal(d.metered.need.output_tokens, 1000);
}

/* Nor is a name left out, or made up, a way past money. */
static void
test_unknown_model(void **state)
{
    (void)state;
    static const char *const names[] = { "", "no/such", "a/big" };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        st.w.now_s += DAY_S;
        stand_limit(&st, st.key.prefix, LIMIT_MONEY, LIMIT_DAY, STR(""), 100,
            false);
        assert_int_equal(passes(9, names[i], 20, 5), 4);
    }
    st.w.now_s += DAY_S;
    assert_int_equal(passes(9, "a/free", 20, 5), 9);
    struct decision d;
    st.w.now_s += DAY_S;
    stand_ask(&st.s, st.text, "no/such", 20, 5, &d);
    stand_report(&st.s, d.metered.reservation, "", "a/free", 20, 5, false);
    assert_int_equal(passes(9, "no/such", 20, 5), 4);
    stand_even(&st.w);
}

/* ---- all or nothing ---- */

static void
test_all_or_nothing(void **state)
{
    (void)state;
    struct decision d;
    stand_limit(&st, st.key.prefix, LIMIT_REQUESTS, LIMIT_DAY, STR(""), 100,
        false);
    stand_limit(&st, st.key.prefix, LIMIT_MONEY, LIMIT_DAY, STR(""), 10,
        false);
    assert_int_equal(passes(50, "a/big", 20, 5), 0);
    assert_int_equal(count("limit_cell WHERE reserved <> 0 OR used <> 0"), 0);
    assert_int_equal(count("reservation"), 0);
    /* nor is the period of a spending limit begun */
    stand_spend_limit(&st, 1, SPEND_DAY);
    assert_int_equal(count("key_spend"), 1);
    st.w.now_s += DAY_S;
    assert_int_equal(passes(5, "a/big", 20, 5), 0);
    assert_int_equal(count("key_spend"), 1);
    /* the first in order is the answer, the strictest is marked */
    stand_limit(&st, st.key.prefix, LIMIT_REQUESTS, LIMIT_MINUTE, STR(""), 0,
        false);
    stand_ask(&st.s, st.text, "a/big", 20, 5, &d);
    assert_int_equal(d.reason, REASON_RATE);
    assert_int_equal(d.metered.refused->period, LIMIT_MINUTE);
    assert_true(d.metered.refused->strictest);
}

static void
test_shadow(void **state)
{
    (void)state;
    struct decision d;
    stand_limit(&st, st.key.prefix, LIMIT_REQUESTS, LIMIT_DAY, STR(""), 2,
        true);
    assert_int_equal(passes(5, "a/big", 1, 1), 5);
    stand_ask(&st.s, st.text, "a/big", 1, 1, &d);
    assert_int_equal(d.metered.limits.items[0].would_refuse, 4);
    assert_int_equal(d.metered.limits.items[0].reserved, 6);
    /* made to enforce, it counts on */
    stand_limit(&st, st.key.prefix, LIMIT_REQUESTS, LIMIT_DAY, STR(""), 7,
        false);
    assert_int_equal(passes(5, "a/big", 1, 1), 1);
}

static void
test_refusals_are_counted(void **state)
{
    (void)state;
    struct decision d;
    struct touches *touches = touches_new();
    stand_limit(&st, st.key.prefix, LIMIT_REQUESTS, LIMIT_DAY, STR(""), 0,
        false);
    for (int i = 0; i < 300; i++) {
        char model[20];
        struct cx *cx = seat_nobody(&st.s);
        (void)snprintf(model, sizeof model, "%s%d", i % 2 ? "x/" : "a/big",
            i);
        cx->touches = touches;
        struct call call = { .key = str_cstr(st.text),
            .model = i % 2 ? str_cstr(model) : STR("a/big"),
            .endpoint = i % 3 ? STR("/v1/embeddings") : str_cstr(model) };
        check_call(cx, &call, &d);
        assert_int_equal(d.reason, REASON_RATE);
        if (i % 100 == 99) {
            cx = seat_as(&st.s, SHELL);
            cx->touches = touches;
            OK(cx, touch_flush(cx));
        }
    }
    assert_int_equal(world_int(&st.w, "SELECT sum(calls) FROM usage_event "
        "WHERE outcome = 'refused'"), 300);
    /* made-up names do not make rows */
    assert_int_equal(count("usage_event"), 4);
    assert_int_equal(count("usage_hour WHERE key_id <> 0"), 4);
    stand_even(&st.w);
    touches_free(touches);
}

static enum reason
ask_with(struct touches *touches, struct decision *d)
{
    struct cx *cx = seat_nobody(&st.s);
    cx->touches = touches;
    struct call call = { .key = str_cstr(st.text), .model = STR("a/big") };
    check_call(cx, &call, d);
    assert_false(store_in_tx(cx->store));
    return d->reason;
}

/* From its second call on, a metered key is looked at in the transaction of
 * the writer: each end of that leaves it closed, and decides the same. */
static void
test_hinted(void **state)
{
    (void)state;
    struct decision d;
    struct key k;
    struct touches *touches = touches_new();
    assert_int_equal(ask_with(touches, &d), REASON_ALLOWED);
    assert_int_equal(d.metered.reservation.n, 0);
    stand_limit(&st, st.key.prefix, LIMIT_REQUESTS, LIMIT_DAY, STR(""), 3,
        false);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ask_with(touches, &d), REASON_ALLOWED);
        assert_true(d.metered.reservation.n > 0);
    }
    assert_int_equal(ask_with(touches, &d), REASON_RATE);
    /* refused before it comes to limits */
    struct cx *cx = seat_as(&st.s, OWNER);
    OK(cx, key_disable(cx, st.key.prefix, &k));
    assert_int_equal(ask_with(touches, &d), REASON_DISABLED_KEY);
    cx = seat_as(&st.s, OWNER);
    OK(cx, key_enable(cx, st.key.prefix, &k));
    assert_int_equal(ask_with(touches, &d), REASON_RATE);
    /* no limit any more: let through, and nothing is held */
    stand_limit(&st, st.key.prefix, LIMIT_REQUESTS, LIMIT_DAY, STR(""), -1,
        false);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ask_with(touches, &d), REASON_ALLOWED);
        assert_int_equal(d.metered.reservation.n, 0);
    }
    stand_limit(&st, st.key.prefix, LIMIT_REQUESTS, LIMIT_DAY, STR(""), 9,
        false);
    assert_int_equal(ask_with(touches, &d), REASON_ALLOWED);
    cx = seat_as(&st.s, OWNER);
    OK(cx, key_revoke(cx, st.key.prefix, false, STR(""), &k));
    assert_int_equal(ask_with(touches, &d), REASON_INVALID_KEY);
    stand_even(&st.w);
    touches_free(touches);
}

/* ---- minutes that slide ---- */

static enum reason
ask_at_ms(int64_t ms)
{
    struct decision d;
    struct cx *cx = seat_nobody(&st.s);
    struct call call = { .key = str_cstr(st.text), .estimated = true };
    cx->now_s = st.w.now_s + ms / 1000;
    cx->sub_ms = ms % 1000;
    check_call(cx, &call, &d);
    return d.reason;
}

static void
test_steady(void **state)
{
    (void)state;
    static const int limits[] = { 2, 7, 60, 600 };
    for (size_t l = 0; l < COUNT_OF(limits); l++) {
        st.w.now_s = WORLD_NOW + (int64_t)(l + 1) * HOUR_S + 17;
        stand_limit(&st, st.key.prefix, LIMIT_REQUESTS, LIMIT_MINUTE, STR(""),
            limits[l], false);
        /* one call less than the limit, evenly, for six minutes */
        int n = limits[l] - 1;
        for (int64_t i = 0; i < 6 * (int64_t)n; i++)
            if (ask_at_ms(i * 60000 / n) != REASON_ALLOWED)
                fail_msg("limit %d: call %" PRId64 " refused", limits[l], i);
    }
}

static void
test_burst(void **state)
{
    (void)state;
    int before = 0, after = 0, later = 0;
    st.w.now_s = when_day_start(WORLD_NOW) + HOUR_S;
    stand_limit(&st, st.key.prefix, LIMIT_REQUESTS, LIMIT_MINUTE, STR(""), 20,
        false);
    for (int i = 0; i < 60; i++)
        before += ask_at_ms(59900) == REASON_ALLOWED;
    for (int i = 0; i < 60; i++)
        after += ask_at_ms(60100) == REASON_ALLOWED;
    assert_int_equal(before, 20);
    assert_in_range(after, 0, 1);
    for (int i = 0; i < 60; i++)
        later += ask_at_ms(90000) == REASON_ALLOWED;
    assert_int_equal(after + later, 10);
    /* two minutes on everything is free again, and old cells are gone */
    int free_again = 0;
    for (int i = 0; i < 60; i++)
        free_again += ask_at_ms(240000) == REASON_ALLOWED;
    assert_int_equal(free_again, 20);
    assert_in_range(count("limit_cell"), 1, 2);
}

/* When it says it opens, it opens, and not a bit before. */
static void
test_wait(void **state)
{
    (void)state;
    struct decision d;
    st.w.now_s = when_day_start(WORLD_NOW) + HOUR_S;
    stand_limit(&st, st.key.prefix, LIMIT_REQUESTS, LIMIT_MINUTE, STR(""), 9,
        false);
    for (int i = 0; i < 9; i++)
        assert_int_equal(ask_at_ms(5000 * i), REASON_ALLOWED);
    for (int round = 0; round < 12; round++) {
        struct cx *cx = seat_nobody(&st.s);
        struct call call = { .key = str_cstr(st.text), .estimated = true };
        static int64_t at_ms = 45000;
        cx->now_s = st.w.now_s + at_ms / 1000;
        cx->sub_ms = at_ms % 1000;
        check_call(cx, &call, &d);
        assert_int_equal(d.reason, REASON_RATE);
        assert_in_range(d.metered.wait_ms, 1, 120000);
        assert_int_equal(ask_at_ms(at_ms + d.metered.wait_ms - 1),
            REASON_RATE);
        at_ms += d.metered.wait_ms;
        assert_int_equal(ask_at_ms(at_ms), REASON_ALLOWED);
    }
    /* more than the limit ever lets pass: no use to wait */
    stand_limit(&st, st.key.prefix, LIMIT_TOTAL, LIMIT_DAY, STR(""), 10,
        false);
    stand_limit(&st, st.key.prefix, LIMIT_REQUESTS, LIMIT_MINUTE, STR(""), -1,
        false);
    stand_ask(&st.s, st.text, "a/big", 10, 1, &d);
    assert_int_equal(d.reason, REASON_RATE);
    assert_int_equal(d.metered.wait_ms, -1);
}

/* ---- boundaries ---- */

static int64_t
instant(const char *text)
{
    int64_t s;
    assert_true(when_read(str_cstr(text), &s));
    return s;
}

/* Twelve boundaries: a full period up to its last second, one reset at its
 * first second, and none by going back. */
static void
test_boundaries(void **state)
{
    (void)state;
    static const struct {
        enum limit_period period;
        const char *start; /* of the next period */
    } rows[] = {
        { LIMIT_DAY, "2027-02-28T00:00:00Z" },
        { LIMIT_DAY, "2027-03-01T00:00:00Z" },
        { LIMIT_DAY, "2028-02-29T00:00:00Z" }, /* leap day */
        { LIMIT_DAY, "2028-03-01T00:00:00Z" },
        { LIMIT_DAY, "2029-01-01T00:00:00Z" }, /* year */
        { LIMIT_WEEK, "2027-03-29T00:00:00Z" }, /* Monday, clocks in Europe */
        { LIMIT_WEEK, "2029-01-01T00:00:00Z" }, /* Monday and year */
        { LIMIT_MONTH, "2027-03-01T00:00:00Z" },
        { LIMIT_MONTH, "2028-03-01T00:00:00Z" }, /* after 29 days */
        { LIMIT_MONTH, "2029-01-01T00:00:00Z" },
        { LIMIT_DAY, "2027-11-07T00:00:00Z" }, /* clocks in America */
        { LIMIT_MONTH, "2027-05-01T00:00:00Z" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t edge = instant(rows[i].start);
        static const int64_t asked[] = { -4, -3, -2, -1, 0, 1, 2, 3,
            -3600 + 2, -1, 4 };
        static const int want[] = { 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 0 };
        st.w.now_s = edge - 10;
        stand_limit(&st, st.key.prefix, LIMIT_MONEY, rows[i].period, STR(""),
            3, false);
        for (size_t k = 0; k < COUNT_OF(asked); k++) {
            st.w.now_s = edge + asked[k];
            int got = ask("a/big", 1, 0) == REASON_ALLOWED;
            if (got != want[k])
                fail_msg("boundary %s, period %d, at %+" PRId64 ": %d",
                    rows[i].start, (int)rows[i].period, asked[k], got);
        }
        stand_limit(&st, st.key.prefix, LIMIT_MONEY, rows[i].period, STR(""),
            -1, false);
        world_exec(&st.w, "DELETE FROM reservation");
    }
}

/* Down across the boundary: nothing has to run for a reset. */
static void
test_down_across(void **state)
{
    (void)state;
    stand_limit(&st, st.key.prefix, LIMIT_REQUESTS, LIMIT_DAY, STR(""), 3,
        false);
    st.w.now_s = instant("2027-06-01T23:59:00Z");
    assert_int_equal(passes(5, "a/big", 1, 1), 3);
    struct db_options o = { .path = st.w.db_path, .busy_ms = 10000,
        .macs = seal_macs(st.w.secrets) };
    struct err e;
    seat_close(&st.s);
    db_close(st.w.db);
    struct arena *a = arena_new(4096);
    err_init(&e, a);
    assert_int_equal(db_open(&o, &st.w.db, &e), ERR_OK);
    arena_free(a);
    seat_open(&st.s, &st.w);
    assert_int_equal(passes(5, "a/big", 1, 1), 0);
    st.w.now_s = instant("2027-06-03T00:00:00Z");
    assert_int_equal(passes(5, "a/big", 1, 1), 3);
    stand_even(&st.w);
}

/* ---- reservations that end ---- */

static void
test_ends(void **state)
{
    (void)state;
    for (int releases = 0; releases < 2; releases++)
        for (int swept = 0; swept < 2; swept++) {
            world_exec(&st.w, "DELETE FROM reservation; "
                "DELETE FROM usage_event; DELETE FROM usage_day; "
                "DELETE FROM usage_hour; DELETE FROM usage_week; "
                "DELETE FROM limit_rule");
            world_exec(&st.w, releases
                ? "UPDATE workspace SET reserve_ends = 'release'"
                : "UPDATE workspace SET reserve_ends = 'charge'");
            st.w.now_s = when_day_start(WORLD_NOW) + HOUR_S;
            stand_limit(&st, st.key.prefix, LIMIT_MONEY, LIMIT_DAY, STR(""),
                100, false);
            assert_int_equal(passes(9, "a/big", 20, 5), 4);
            st.w.now_s += METER_LEASE_S - 1;
            assert_int_equal(passes(9, "a/big", 20, 5), 0);
            assert_int_equal(count("usage_event"), 0);
            st.w.now_s += 1;
            if (swept) {
                struct cx *cx = seat_as(&st.s, SHELL);
                OK(cx, meter_sweep(cx));
                assert_int_equal(count("usage_event"), releases ? 0 : 4);
            }
            assert_int_equal(passes(9, "a/big", 20, 5), releases ? 4 : 0);
            assert_int_equal(count("usage_event WHERE estimated "
                "AND cost_micro = 25"), releases ? 0 : 4);
            stand_even(&st.w);
        }
}

/* Many end at once: a call that passes anyway closes some of them, one that
 * needs what they hold closes as many as it needs, and the sweep the rest. */
static void
test_many_end(void **state)
{
    (void)state;
    world_exec(&st.w, "UPDATE workspace SET reserve_ends = 'release'");
    stand_limit(&st, st.key.prefix, LIMIT_REQUESTS, LIMIT_DAY, STR(""), 30,
        false);
    assert_int_equal(passes(31, "a/big", 20, 5), 30);
    st.w.now_s += METER_LEASE_S;
    assert_int_equal(passes(1, "a/big", 20, 5), 1);
    assert_int_equal(count("reservation WHERE state = 'live'"), 30 - 8 + 1);
    stand_limit(&st, st.key.prefix, LIMIT_MONEY, LIMIT_DAY, STR(""), 0,
        false);
    assert_int_equal(passes(1, "a/big", 20, 5), 0); /* it looked at all */
    assert_int_equal(count("reservation WHERE state = 'live'"), 1);
    stand_even(&st.w);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_none),
        T(test_kinds),
        T(test_spending_and_credits),
        T(test_model),
        T(test_default_estimate),
        T(test_unknown_model),
        T(test_all_or_nothing),
        T(test_shadow),
        T(test_refusals_are_counted),
        T(test_hinted),
        T(test_steady),
        T(test_burst),
        T(test_wait),
        T(test_boundaries),
        T(test_down_across),
        T(test_ends),
        T(test_many_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
