/* SPDX-License-Identifier: ISC */
/* Setting limits: who may, what is refused, what a new one starts with, and
 * the list of all that apply: next reset, pace, and the strictest. */
#define _DEFAULT_SOURCE /* timegm */
#include "stand.h"

#include "base/clock.h"
#include "core/catalog.h"
#include "core/key.h"
#include "core/usage.h"
#include "text/when.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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

static struct limit_in
form(enum limit_counts counts, enum limit_period period, int64_t amount)
{
    struct limit_in in = { .counts = (int)counts, .period = (int)period,
        .amount = amount, .budget = amount };
    form_put(limit_fields, &in.set,
        counts == LIMIT_MONEY ? "budget" : "amount");
    return in;
}

static void
test_who(void **state)
{
    (void)state;
    static const struct {
        enum who who;
        enum err_code code;
    } rows[] = { { OWNER, ERR_OK }, { ADMIN, ERR_OK }, { SHELL, ERR_OK },
        { MEMBER, ERR_FORBIDDEN }, { OTHER, ERR_FORBIDDEN },
        { STRANGER, ERR_NOT_FOUND } };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct limit_in in = form(LIMIT_REQUESTS, LIMIT_DAY, (int64_t)i);
        struct limits all;
        struct cx *cx = seat_as(&st.s, rows[i].who);
        GIVES(cx, limit_set(cx, st.key.prefix, &in), rows[i].code);
        cx = seat_as(&st.s, rows[i].who);
        if (rows[i].who == STRANGER)
            GIVES(cx, limit_list(cx, st.key.prefix, &all), ERR_NOT_FOUND);
        else
            OK(cx, limit_list(cx, st.key.prefix, &all));
    }
    /* one line each that says what it was and is */
    assert_int_equal(world_int(&st.w, "SELECT count(*) FROM audit "
        "WHERE action = 'limit.set' AND object_kind = 'key'"), 3);
    assert_int_equal(world_int(&st.w, "SELECT count(*) FROM audit "
        "WHERE details LIKE '%\"0 requests per day\",\"1 request per day%'"), 1);
    assert_int_equal(world_int(&st.w, "SELECT count(*) FROM limit_rule"), 1);
}

static void
test_refused(void **state)
{
    (void)state;
    static const struct {
        enum limit_counts counts;
        enum limit_period period;
        bool of_workspace;
        const char *model;
        int64_t amount;
        const char *field;
    } rows[] = {
        { LIMIT_REQUESTS, LIMIT_WEEK, false, "", 1, "period" },
        { LIMIT_TOTAL, LIMIT_NO_RESET, false, "", 1, "period" },
        { LIMIT_MONEY, LIMIT_MINUTE, false, "", 1, "period" },
        { LIMIT_REQUESTS, LIMIT_DAY, true, "", 1, "counts" },
        { LIMIT_MONEY, LIMIT_DAY, true, "x", 1, "model" },
        { LIMIT_REQUESTS, LIMIT_DAY, false, "", -1, "amount" },
        { LIMIT_MONEY, LIMIT_DAY, false, "", -1, "budget" },
        { LIMIT_MONEY, LIMIT_DAY, false, "", LIMIT_AMOUNT_MOST + 1,
            "budget" },
        { LIMIT_REQUESTS, LIMIT_DAY, false, "no-such", 1, "model" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct limit_in in =
            form(rows[i].counts, rows[i].period, rows[i].amount);
        in.model = str_cstr(rows[i].model);
        struct cx *cx = seat_as(&st.s, ADMIN);
        GIVES(cx, limit_set(cx,
            rows[i].of_workspace ? STR("") : st.key.prefix, &in),
            ERR_INVALID);
        expect_field(cx, rows[i].field);
    }
    /* money is not a number of requests, nor the other way */
    struct limit_in in = form(LIMIT_REQUESTS, LIMIT_DAY, 1);
    form_put(limit_fields, &in.set, "budget");
    struct cx *cx = seat_as(&st.s, ADMIN);
    GIVES(cx, limit_set(cx, st.key.prefix, &in), ERR_INVALID);
    expect_field(cx, "budget");
    /* a model of somebody else */
    struct ai_model made;
    struct model_in m = { .name = STR("b/theirs"), .category = STR("chat") };
    cx = seat_as(&st.s, STRANGER);
    OK(cx, model_add(cx, &m, &made));
    in = form(LIMIT_REQUESTS, LIMIT_DAY, 1);
    in.model = made.uuid;
    cx = seat_as(&st.s, ADMIN);
    GIVES(cx, limit_set(cx, st.key.prefix, &in), ERR_INVALID);
    /* a key that calls nothing */
    struct key k;
    struct str text;
    struct key_in kin = key_form("manages");
    cx = seat_as(&st.s, OWNER);
    OK(cx, key_create(cx, KEY_MANAGEMENT, &kin, &text, &k));
    in = form(LIMIT_REQUESTS, LIMIT_DAY, 1);
    cx = seat_as(&st.s, ADMIN);
    GIVES(cx, limit_set(cx, k.prefix, &in), ERR_CONFLICT);
    assert_int_equal(world_int(&st.w, "SELECT count(*) FROM limit_rule"), 0);
}

/* A new amount goes on with the counter; a new period begins with what it has
 * seen so far. */
static void
test_counters(void **state)
{
    (void)state;
    struct decision d;
    char prefix[16];
    (void)snprintf(prefix, sizeof prefix, "%.*s", STR_ARG(st.key.prefix));
    (void)stand_report(&st.s, STR("1"), prefix, "a/big", 30, 10, false);
    (void)stand_report(&st.s, STR("2"), prefix, "a/free", 5, 5, true);
    static const struct {
        enum limit_counts counts;
        enum limit_period period;
        bool big, of_workspace;
        int64_t used;
    } rows[] = {
        { LIMIT_REQUESTS, LIMIT_DAY, false, false, 2 },
        { LIMIT_REQUESTS, LIMIT_DAY, true, false, 1 },
        { LIMIT_REQUESTS, LIMIT_MINUTE, false, false, 0 },
        { LIMIT_INPUT, LIMIT_DAY, false, false, 35 },
        { LIMIT_OUTPUT, LIMIT_DAY, true, false, 10 },
        { LIMIT_TOTAL, LIMIT_DAY, false, false, 50 },
        { LIMIT_MONEY, LIMIT_NO_RESET, false, false, 40 },
        { LIMIT_MONEY, LIMIT_MONTH, false, true, 40 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct limits all;
        stand_limit(&st, rows[i].of_workspace ? STR("") : st.key.prefix,
            rows[i].counts, rows[i].period,
            rows[i].big ? str_cstr(st.big_uuid) : STR(""), 1000, false);
        struct cx *cx = seat_as(&st.s, MEMBER);
        OK(cx, limit_list(cx, st.key.prefix, &all));
        assert_int_equal(all.n, i + 1);
        int64_t used = -1;
        for (size_t k = 0; k < all.n; k++)
            if (all.items[k].counts == rows[i].counts &&
                all.items[k].period == rows[i].period &&
                (all.items[k].model_id != 0) == rows[i].big)
                used = all.items[k].used;
        if (used != rows[i].used)
            fail_msg("row %zu: %d", i, (int)used);
    }
    stand_limit(&st, st.key.prefix, LIMIT_REQUESTS, LIMIT_DAY, STR(""), 3,
        false);
    stand_ask(&st.s, st.text, "a/big", 1, 1, &d);
    assert_int_equal(d.reason, REASON_ALLOWED);
    stand_ask(&st.s, st.text, "a/big", 1, 1, &d);
    assert_int_equal(d.reason, REASON_RATE);
    stand_even(&st.w);
}

static void
test_list(void **state)
{
    (void)state;
    static const enum limit_source order[] = { LIMIT_RULE_KEY, LIMIT_RULE_KEY,
        LIMIT_SPEND, LIMIT_RULE_WORKSPACE, LIMIT_CREDITS };
    struct limits all;
    struct decision d;
    stand_limit(&st, STR(""), LIMIT_MONEY, LIMIT_MONTH, STR(""), 100000,
        false);
    stand_limit(&st, st.key.prefix, LIMIT_REQUESTS, LIMIT_MINUTE, STR(""), 9,
        false);
    stand_limit(&st, st.key.prefix, LIMIT_TOTAL, LIMIT_DAY, STR(""), 0, true);
    stand_spend_limit(&st, 100, SPEND_WEEK);
    world_exec(&st.w, "UPDATE workspace SET credits_micro = 500");
    stand_ask(&st.s, st.text, "a/big", 40, 20, &d);
    assert_int_equal(d.reason, REASON_ALLOWED);
    struct cx *cx = seat_as(&st.s, MEMBER);
    OK(cx, limit_list(cx, st.key.prefix, &all));
    assert_int_equal(all.n, COUNT_OF(order));
    for (size_t i = 0; i < all.n; i++)
        assert_int_equal(all.items[i].source, order[i]);
    /* 40 of 100 left is less than 8 of 9; a shadow is never it */
    for (size_t i = 0; i < all.n; i++)
        assert_int_equal(all.items[i].strictest, i == 2);
    assert_int_equal(all.items[2].reserved, 60);
    assert_int_equal(all.items[2].resets_s,
        when_week_start(st.w.now_s) + 7 * DAY_S);
    assert_int_equal(all.items[0].resets_s, st.w.now_s + 60);
    assert_int_equal(all.items[1].would_refuse, 1);
    assert_int_equal(all.items[4].amount, 500);
    assert_int_equal(all.items[4].reserved, 60);
    cx = seat_as(&st.s, MEMBER);
    OK(cx, limit_list(cx, STR(""), &all));
    assert_int_equal(all.n, 2);
    /* removed: nothing of it is left */
    stand_limit(&st, st.key.prefix, LIMIT_REQUESTS, LIMIT_MINUTE, STR(""), -1,
        false);
    assert_int_equal(world_int(&st.w, "SELECT count(*) FROM limit_rule"), 2);
    assert_int_equal(world_int(&st.w, "SELECT count(*) FROM limit_cell"), 2);
}

static void
test_words(void **state)
{
    (void)state;
    struct arena *a = st.s.arena;
    struct limit l = { .counts = LIMIT_REQUESTS, .period = LIMIT_MINUTE,
        .amount = 10 };
    assert_true(str_is(limit_words(a, &l), "10 requests per minute"));
    l = (struct limit){ .counts = LIMIT_MONEY, .period = LIMIT_MONTH,
        .amount = 5000000 };
    assert_true(str_is(limit_words(a, &l), "$5.00 per month"));
    l = (struct limit){ .counts = LIMIT_INPUT, .period = LIMIT_DAY,
        .amount = 2000, .model = STR("a/big") };
    assert_true(
        str_is(limit_words(a, &l), "2,000 input tokens per day of a/big"));
}

/* ---- reset, pace and the strictest, against plain reckoning ---- */

static uint64_t seed;

static int64_t
draw(int64_t below)
{
    seed = seed * UINT64_C(6364136223846793005) +
        UINT64_C(1442695040888963407);
    return (int64_t)((seed >> 16) % (uint64_t)below);
}

static void
draw_seed(void)
{
    const char *given = getenv("KEYLODGE_SEED");
    seed = given ? strtoull(given, NULL, 10)
                 : (uint64_t)clock_now_ms() ^ (uint64_t)getpid() << 40;
    print_message("KEYLODGE_SEED=%" PRIu64 "\n", seed);
}

/* Starts of the period and of the next one, by the C library's calendar. */
static void
by_calendar(enum limit_period p, int64_t at_s, int64_t *start, int64_t *next)
{
    time_t t = (time_t)at_s;
    struct tm tm;
    assert_non_null(gmtime_r(&t, &tm));
    tm.tm_sec = 0;
    if (p == LIMIT_MINUTE) {
        *start = timegm(&tm);
        *next = *start + 60;
        return;
    }
    tm.tm_hour = tm.tm_min = 0;
    int step = p == LIMIT_DAY ? 1 : p == LIMIT_WEEK ? 7 : 0;
    if (p == LIMIT_WEEK)
        tm.tm_mday -= (tm.tm_wday + 6) % 7;
    if (p == LIMIT_MONTH)
        tm.tm_mday = 1;
    struct tm then = tm;
    *start = timegm(&tm);
    then.tm_mday += step;
    then.tm_mon += p == LIMIT_MONTH;
    *next = timegm(&then);
}

static void
test_periods(void **state)
{
    (void)state;
    draw_seed();
    for (int i = 0; i < 20000; i++) {
        enum limit_period p = (enum limit_period)draw(LIMIT_NO_RESET);
        int64_t start, next, at_s = draw(INT64_C(4102444800)); /* to 2099 */
        if (draw(3) == 0)
            at_s = when_day_start(at_s) - draw(2);
        by_calendar(p, at_s < 0 ? 0 : at_s, &start, &next);
        struct spend_period got = limit_period_at(p, at_s < 0 ? 0 : at_s);
        if (got.start_s != start || got.end_s != next)
            fail_msg("period %d at %" PRId64 ": %" PRId64 "..%" PRId64
                " instead of %" PRId64 "..%" PRId64, (int)p, at_s,
                got.start_s, got.end_s, start, next);
    }
}

/* At the pace since the period, or the key, began. */
static int64_t
by_hand(const struct limit *l, int64_t born_s, int64_t now_s)
{
    int64_t since = l->start_s > born_s ? l->start_s : born_s;
    int64_t left = l->amount - l->used - l->reserved;
    if (now_s - since < (l->period == LIMIT_DAY ? HOUR_S : DAY_S) ||
        l->used <= 0 || left <= 0)
        return 0;
    long double more =
        (long double)left * (long double)(now_s - since) / l->used;
    if (l->resets_s && now_s + more >= l->resets_s)
        return -1;
    return more > 5 * 365 * (long double)DAY_S ? 0 : now_s + (int64_t)more;
}

static void
test_pace(void **state)
{
    (void)state;
    int said = 0, lasts = 0;
    draw_seed();
    struct cx *cx = seat_as(&st.s, ADMIN);
    for (int i = 0; i < 5000; i++) {
        struct limit l = { .source = LIMIT_RULE_KEY, .counts = LIMIT_MONEY,
            .period = LIMIT_DAY + (enum limit_period)draw(4),
            .amount = 1 + draw(INT64_C(1) << (1 + draw(50))) };
        cx->now_s = WORLD_NOW + draw(400 * (int64_t)DAY_S);
        struct spend_period p = limit_period_at(l.period, cx->now_s);
        l.start_s = p.start_s;
        l.resets_s = p.end_s == INT64_MAX ? 0 : p.end_s;
        l.used = draw(l.amount + 2);
        l.reserved = draw(4) ? 0 : draw(l.amount);
        int64_t born_s = cx->now_s - draw(100 * (int64_t)DAY_S);
        int64_t got = limit_runs_out(cx, &l, born_s);
        int64_t want = by_hand(&l, born_s, cx->now_s);
        bool near = got > 0 && want > 0 && got - want <= 60 &&
            want - got <= 60;
        if (got != want && !near)
            fail_msg("amount %" PRId64 ", used %" PRId64 ", held %" PRId64
                ", period %d: %" PRId64 " instead of %" PRId64, l.amount,
                l.used, l.reserved, (int)l.period, got, want);
        said += got > 0;
        lasts += got < 0;
    }
    assert_true(said > 100 && lasts > 100);
    /* of credits and minutes nothing is said */
    struct limit l = { .source = LIMIT_CREDITS, .amount = 9, .used = 5 };
    assert_int_equal(limit_runs_out(cx, &l, 0), 0);
    l = (struct limit){ .period = LIMIT_MINUTE, .amount = 9, .used = 5 };
    assert_int_equal(limit_runs_out(cx, &l, 0), 0);
}

static long double
part_left(const struct limit *l)
{
    int64_t left = l->amount - l->used - l->reserved;
    return left <= 0 || l->amount <= 0
        ? 0
        : (long double)left / (long double)l->amount;
}

static void
test_strictest(void **state)
{
    (void)state;
    enum { MOST = 6 };
    draw_seed();
    for (int round = 0; round < 2000; round++) {
        struct limit items[MOST];
        struct limits all = { .items = items,
            .n = (size_t)draw(MOST + 1) };
        const struct limit *marked = NULL;
        long double least = 2;
        for (size_t i = 0; i < all.n; i++) {
            items[i] = (struct limit){ .source = LIMIT_RULE_KEY,
                .amount = draw(INT64_C(1) << (1 + draw(55))),
                .shadow = draw(5) == 0,
                .strictest = draw(2) == 0 };
            items[i].used = draw(items[i].amount + 2);
            items[i].reserved = draw(3) ? 0 : draw(items[i].amount + 2);
            if (!items[i].shadow && part_left(&items[i]) < least)
                least = part_left(&items[i]);
        }
        limit_mark(&all);
        for (size_t i = 0; i < all.n; i++) {
            if (!items[i].strictest)
                continue;
            assert_null(marked);
            assert_false(items[i].shadow);
            marked = &items[i];
        }
        assert_int_equal(marked != NULL, least < 2);
        if (marked && part_left(marked) > least + 0.00001L)
            fail_msg("%Lf is left of it, and %Lf of another",
                part_left(marked), least);
    }
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_who),
        T(test_refused),
        T(test_counters),
        T(test_list),
        T(test_words),
        T(test_periods),
        T(test_pace),
        T(test_strictest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
