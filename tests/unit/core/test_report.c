/* SPDX-License-Identifier: ISC */
/* Usage reports: settling, idempotence, missing numbers, late ones, money, and
 * that everything adds up on random load. */
#include "stand.h"

#include "base/clock.h"
#include "core/credit.h"
#include "core/catalog.h"
#include "core/key.h"
#include "core/usage.h"
#include "text/when.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct stand st;
static char prefix[16];

static int
setup(void **state)
{
    (void)state;
    stand_open(&st);
    (void)snprintf(prefix, sizeof prefix, "%.*s", STR_ARG(st.key.prefix));
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
number(const char *sql)
{
    return world_int(&st.w, sql);
}

/* Ask, and give the reservation's id. */
static struct str
reserve(const char *model, int64_t in, int64_t out)
{
    struct decision d;
    stand_ask(&st.s, st.text, model, in, out, &d);
    if (d.reason)
        fail_msg("refused: %s", reason_code(d.reason));
    assert_true(d.metered.reservation.n > 0);
    return d.metered.reservation;
}

static struct report_result
report(struct str id, int64_t in, int64_t out)
{
    return stand_report(&st.s, id, "", "", in, out, false);
}

static void
expect(struct report_result r, enum report_state state, int64_t cost)
{
    if (r.state != state || (state != REPORT_REFUSED && r.cost != cost))
        fail_msg("state %d, cost %" PRId64 ": %.*s", (int)r.state, r.cost,
            STR_ARG(r.err.msg));
}

/* ---- settling ---- */

static void
test_settle(void **state)
{
    (void)state;
    stand_spend_limit(&st, 1000, SPEND_NO_RESET);
    stand_limit(&st, st.key.prefix, LIMIT_TOTAL, LIMIT_DAY, STR(""), 1000,
        false);
    stand_limit(&st, st.key.prefix, LIMIT_REQUESTS, LIMIT_MINUTE, STR(""), 9,
        false);
    struct str id = reserve("a/big", 100, 500);
    /* the difference goes back at once */
    expect(report(id, 90, 10), REPORT_COUNTED, 100);
    stand_even(&st.w);
    assert_int_equal(number("SELECT count(*) FROM reservation"), 0);
    assert_int_equal(number("SELECT sum(used) FROM limit_cell c "
        "JOIN limit_rule r ON r.id = c.rule_id WHERE counts = 'total'"), 100);
    assert_int_equal(number("SELECT sum(spent_micro) FROM key_spend"), 100);
    /* or is added, even past the limit: then the next call is refused */
    id = reserve("a/big", 100, 100);
    struct decision d;
    expect(report(id, 100, 950), REPORT_COUNTED, 1050);
    stand_ask(&st.s, st.text, "a/big", 0, 0, &d);
    assert_int_equal(d.reason, REASON_RATE);
    stand_even(&st.w);
}

static void
test_once(void **state)
{
    (void)state;
    stand_limit(&st, st.key.prefix, LIMIT_REQUESTS, LIMIT_DAY, STR(""), 9,
        false);
    struct str id = reserve("a/big", 100, 500);
    expect(report(id, 90, 10), REPORT_COUNTED, 100);
    /* without key only an open reservation is known */
    expect(report(id, 90, 10), REPORT_REFUSED, 0);
    expect(stand_report(&st.s, id, prefix, "", 90, 10, false),
        REPORT_REPEATED, 100);
    struct report_result r =
        stand_report(&st.s, id, prefix, "", 90, 11, false);
    expect(r, REPORT_REFUSED, 0);
    assert_int_equal(r.err.code, ERR_CONFLICT);
    r = stand_report(&st.s, id, prefix, "", 90, 10, true);
    assert_int_equal(r.err.code, ERR_CONFLICT);
    r = stand_report(&st.s, id, prefix, "a/free", 90, 10, false);
    assert_int_equal(r.err.code, ERR_CONFLICT);
    r = stand_report(&st.s, id, prefix, "", 90, -1, false);
    assert_int_equal(r.err.code, ERR_CONFLICT);
    assert_int_equal(number("SELECT count(*) FROM usage_event"), 1);
    stand_even(&st.w);
    /* own ids likewise */
    r = stand_report(&st.s, STR("own-1"), prefix, "a/big", 5, 5, false);
    expect(r, REPORT_COUNTED, 10);
    r = stand_report(&st.s, STR("own-1"), prefix, "a/big", 5, 5, false);
    expect(r, REPORT_REPEATED, 10);
    r = stand_report(&st.s, STR("own-1"), prefix, "a/big", 6, 5, false);
    assert_int_equal(r.err.code, ERR_CONFLICT);
    stand_even(&st.w);
}

/* Missing is not zero. */
static void
test_missing(void **state)
{
    (void)state;
    stand_limit(&st, st.key.prefix, LIMIT_REQUESTS, LIMIT_DAY, STR(""), 99,
        false);
    struct report_result r = report(reserve("a/big", 100, 500), 90, -1);
    expect(r, REPORT_COUNTED, 590);
    assert_true(r.estimated);
    r = report(reserve("a/big", 100, 500), 0, 0);
    expect(r, REPORT_COUNTED, 0);
    assert_false(r.estimated);
    r = stand_report(&st.s, STR("x"), prefix, "a/big", -1, -1, false);
    expect(r, REPORT_COUNTED, 2000);
    assert_true(r.estimated);
    expect(stand_report(&st.s, STR("x"), prefix, "a/big", -1, -1, false),
        REPORT_REPEATED, 2000);
    /* a failed call is counted and costs nothing */
    r = stand_report(&st.s, reserve("a/big", 100, 500), "", "", -1, -1, true);
    expect(r, REPORT_COUNTED, 0);
    assert_false(r.estimated);
    assert_int_equal(number("SELECT sum(failed) FROM usage_day "
        "WHERE key_id = 0"), 1);
    stand_even(&st.w);
}

static void
test_wrong(void **state)
{
    (void)state;
    static const int64_t past = REPORT_LATE_S + 1;
    stand_limit(&st, st.key.prefix, LIMIT_REQUESTS, LIMIT_DAY, STR(""), 99,
        false);
    struct report_result r = stand_report(&st.s, STR("y"), "Nobody00",
        "a/big", 1, 1, false);
    assert_int_equal(r.err.code, ERR_NOT_FOUND);
    r = stand_report(&st.s, STR("y"), prefix, "a/big",
        USAGE_TOKENS_MOST + 1, 1, false);
    assert_int_equal(r.err.code, ERR_INVALID);
    for (int i = 0; i < 2; i++) {
        struct report_in in = { .id = STR("z"), .key = st.key.prefix };
        struct cx *cx = seat_nobody(&st.s);
        cx->actor.kind = ACTOR_GATE;
        in.time = i ? cx->now_s + REPORT_EARLY_S + 1 : cx->now_s - past;
        form_put(report_fields, &in.set, "time");
        struct report_result one = { .state = REPORT_REFUSED };
        err_init(&one.err, st.s.arena);
        OK(cx, report_usage(cx, &in, &one, 1));
        assert_int_equal(one.err.code, ERR_INVALID);
    }
    /* not for everybody, and not for keys of others */
    struct report_in in = { .id = STR("z"), .key = st.key.prefix };
    struct report_result one = { .state = REPORT_REFUSED };
    struct cx *cx = seat_as(&st.s, OWNER);
    err_init(&one.err, st.s.arena);
    GIVES(cx, report_usage(cx, &in, &one, 1), ERR_FORBIDDEN);
    struct str text;
    struct key theirs;
    struct key_in form = key_form("theirs");
    cx = seat_as(&st.s, STRANGER);
    OK(cx, key_create(cx, KEY_MANAGEMENT, &form, &text, &theirs));
    cx = seat_as(&st.s, STRANGER);
    cx->actor.kind = ACTOR_KEY;
    cx->actor.key = theirs;
    OK(cx, report_usage(cx, &in, &one, 1));
    assert_int_equal(one.err.code, ERR_NOT_FOUND);
    /* nor may one key settle what another reserved */
    struct str id = reserve("a/big", 1, 1);
    cx = seat_as(&st.s, STRANGER);
    cx->actor.kind = ACTOR_KEY;
    cx->actor.key = theirs;
    in = (struct report_in){ .id = id };
    err_init(&one.err, st.s.arena);
    OK(cx, report_usage(cx, &in, &one, 1));
    assert_int_equal(one.err.code, ERR_INVALID);
    assert_int_equal(number("SELECT count(*) FROM usage_event"), 0);
    stand_even(&st.w);
}

/* ---- late ---- */

static void
test_late(void **state)
{
    (void)state;
    for (int releases = 0; releases < 2; releases++) {
        world_exec(&st.w, releases
            ? "UPDATE workspace SET reserve_ends = 'release', "
              "credits_micro = 1000"
            : "UPDATE workspace SET credits_micro = 1000");
        world_exec(&st.w, "DELETE FROM credit_entry; INSERT INTO "
            "credit_entry (uuid, workspace_id, at_s, kind, amount_micro, "
            "balance_micro, by_name) SELECT 'u' || id, id, 0, 'payment', "
            "1000, 1000, 'x' FROM workspace");
        stand_spend_limit(&st, 2000, SPEND_NO_RESET);
        stand_limit(&st, st.key.prefix, LIMIT_TOTAL, LIMIT_DAY, STR(""),
            10000, false);
        struct str id = reserve("a/big", 100, 200);
        st.w.now_s += METER_LEASE_S;
        struct cx *cx = seat_as(&st.s, SHELL);
        OK(cx, meter_sweep(cx));
        stand_even(&st.w);
        /* once, and charged */
        expect(report(id, 50, 20), REPORT_COUNTED, 70);
        stand_even(&st.w);
        expect(stand_report(&st.s, id, prefix, "", 50, 20, false),
            REPORT_REPEATED, 70);
        assert_int_equal(number("SELECT credits_micro FROM workspace "
            "WHERE slug = 'team'"), 930);
        /* after the end, before the sweep: also once */
        id = reserve("a/big", 100, 200);
        st.w.now_s += METER_LEASE_S + 60;
        expect(report(id, 1, 1), REPORT_COUNTED, 2);
        cx = seat_as(&st.s, SHELL);
        OK(cx, meter_sweep(cx));
        stand_even(&st.w);
        assert_int_equal(number("SELECT credits_micro FROM workspace "
            "WHERE slug = 'team'"), 928);
        st.w.now_s += DAY_S;
    }
}

/* A line of the ledger counts a call once: when it is first charged, whatever
 * a late report makes of it. */
static void
test_late_ledger(void **state)
{
    (void)state;
    static const struct {
        const char *reserved, *said;
        int64_t in, amount, calls;
    } cases[] = {
        { "a/big", "", 500, -500, 1 },      /* dearer than its estimate */
        { "a/big", "", 10, -10, 1 },        /* cheaper */
        { "a/big", "a/free", 10, 0, 1 },    /* charged, and given back */
        { "a/free", "a/big", 10, -10, 1 },  /* charged late only */
        { "a/free", "", 10, 0, 0 },
    };
    struct credit_in on = { .amount = 100000 };
    struct cx *cx = seat_as(&st.s, OWNER);
    OK(cx, credit_on(cx, &on));
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct str id = reserve(cases[i].reserved, 100, 0);
        int64_t calls = number("SELECT sum(calls) FROM credit_line");
        int64_t amount = number("SELECT sum(amount_micro) FROM credit_line");
        st.w.now_s += METER_LEASE_S;
        cx = seat_as(&st.s, SHELL);
        OK(cx, meter_sweep(cx));
        expect(stand_report(&st.s, id, "", cases[i].said, cases[i].in, 0,
            false), REPORT_COUNTED, -cases[i].amount);
        assert_int_equal(number("SELECT sum(calls) FROM credit_line") - calls,
            cases[i].calls);
        assert_int_equal(number("SELECT sum(amount_micro) FROM credit_line")
            - amount, cases[i].amount);
        stand_even(&st.w);
        stand_ledger(&st.w);
    }
}

/* A report for another model than the one that was reserved: the rule of the
 * one gives its share back, the rule of the other counts it. */
static void
test_other_model(void **state)
{
    (void)state;
    struct ai_model *models;
    size_t n;
    struct cx *cx = seat_as(&st.s, OWNER);
    OK(cx, model_list(cx, &models, &n));
    assert_int_equal(n, 2);
    for (size_t i = 0; i < n; i++)
        stand_limit(&st, st.key.prefix, LIMIT_TOTAL, LIMIT_DAY,
            models[i].uuid, 1000, false);
    expect(stand_report(&st.s, reserve("a/big", 100, 100), "", "a/free", 30,
        40, false), REPORT_COUNTED, 0);
    assert_int_equal(number("SELECT sum(reserved) FROM limit_cell"), 0);
    assert_int_equal(number("SELECT used FROM limit_cell c "
        "JOIN limit_rule r ON r.id = c.rule_id JOIN model m "
        "ON m.id = r.model_id WHERE m.name = 'a/big'"), 0);
    assert_int_equal(number("SELECT used FROM limit_cell c "
        "JOIN limit_rule r ON r.id = c.rule_id JOIN model m "
        "ON m.id = r.model_id WHERE m.name = 'a/free'"), 70);
    stand_even(&st.w);
}

/* The price of then, and the period of then. */
static void
test_time_of_the_call(void **state)
{
    (void)state;
    struct ai_model now_is;
    st.w.now_s = when_day_start(st.w.now_s) + DAY_S - 5;
    stand_spend_limit(&st, 1000, SPEND_DAY);
    stand_limit(&st, st.key.prefix, LIMIT_MONEY, LIMIT_DAY, STR(""), 1000,
        false);
    struct str id = reserve("a/big", 100, 200);
    st.w.now_s += 10;
    struct model_in in = { .version = 1, .name = STR("a/big"),
        .category = STR("chat"), .input_price = 9000000,
        .output_price = 9000000 };
    struct cx *cx = seat_as(&st.s, OWNER);
    OK(cx, model_edit(cx, str_cstr(st.big_uuid), &in, &now_is));
    expect(report(id, 100, 100), REPORT_COUNTED, 200);
    stand_even(&st.w);
    /* yesterday paid it; today is free */
    assert_int_equal(number("SELECT count(*) FROM limit_cell "
        "WHERE used = 200 AND start_s = 1763510400"), 1);
    assert_int_equal(number("SELECT spent_micro FROM key_spend "
        "WHERE start_s = 1763510400"), 200);
    id = reserve("a/big", 100, 0);
    expect(report(id, 100, 0), REPORT_COUNTED, 900);
    struct decision d;
    stand_ask(&st.s, st.text, "a/big", 20, 0, &d);
    assert_int_equal(d.reason, REASON_SPEND);
}

/* ---- many at once ---- */

static void
test_batch(void **state)
{
    (void)state;
    enum { N = 1000 };
    static struct report_in in[N];
    static struct report_result out[N];
    struct cx *cx = seat_nobody(&st.s);
    cx->actor.kind = ACTOR_GATE;
    for (int i = 0; i < N; i++) {
        in[i] = (struct report_in){ .key = st.key.prefix,
            .id = arena_fmt(st.s.arena, "b%d", i == 7 ? 6 : i),
            .model = STR("a/big"), .input_tokens = i == 7 ? 6 : i };
        form_put(report_fields, &in[i].set, "model");
        form_put(report_fields, &in[i].set, "input_tokens");
        form_put(report_fields, &in[i].set, "output_tokens");
        out[i] = (struct report_result){ .state = REPORT_REFUSED };
        err_init(&out[i].err, st.s.arena);
    }
    in[3].key = STR("Nobody00");
    in[4].input_tokens = -1;
    OK(cx, report_usage(cx, in, out, N));
    for (int i = 0; i < N; i++) {
        enum report_state want = i == 3 || i == 4 ? REPORT_REFUSED
            : i == 7                              ? REPORT_REPEATED
                                                  : REPORT_COUNTED;
        if (out[i].state != want)
            fail_msg("report %d: %d", i, (int)out[i].state);
    }
    assert_int_equal(number("SELECT sum(cost_micro) FROM usage_event"),
        N * (N - 1) / 2 - 3 - 4 - 7);
    stand_even(&st.w);
}

/* Calls of many hours in one request: they share rows, and two months of the
 * spending limit begin in the middle of it. */
static void
test_batch_of_weeks(void **state)
{
    (void)state;
    enum { N = 500, DAYS = 27 };
    static struct report_in in[N];
    static struct report_result out[N];
    stand_spend_limit(&st, 1000000, SPEND_MONTH);
    struct cx *cx = seat_nobody(&st.s);
    cx->actor.kind = ACTOR_GATE;
    for (int i = 0; i < N; i++) {
        in[i] = (struct report_in){ .key = st.key.prefix,
            .id = arena_fmt(st.s.arena, "w%d", i),
            .model = i % 3 ? STR("a/big") : STR("a/free"),
            .time = cx->now_s - i * 7919 % (DAYS * DAY_S),
            .input_tokens = i };
        form_put(report_fields, &in[i].set, "time");
        form_put(report_fields, &in[i].set, "model");
        form_put(report_fields, &in[i].set, "input_tokens");
        form_put(report_fields, &in[i].set, "output_tokens");
        err_init(&out[i].err, st.s.arena);
    }
    OK(cx, report_usage(cx, in, out, N));
    for (int i = 0; i < N; i++)
        assert_int_equal(out[i].state, REPORT_COUNTED);
    stand_even(&st.w);
    assert_true(number("SELECT count(*) FROM key_spend") >= 2);
    assert_int_equal(number("SELECT count(*) FROM key_spend p "
        "WHERE spent_micro <> (SELECT sum(cost_micro) FROM usage_event e "
        "WHERE e.key_id = p.key_id AND strftime('%Y-%m', e.at_ms / 1000, "
        "'unixepoch') = strftime('%Y-%m', p.start_s, 'unixepoch'))"), 0);
}

/* ---- random load ---- */

static uint64_t seed;

static int64_t
draw(int64_t below)
{
    seed = seed * UINT64_C(6364136223846793005) +
        UINT64_C(1442695040888963407);
    return (int64_t)((seed ^ seed >> 29) >> 1) % below;
}

enum { OPEN_MOST = 40 };
static struct {
    char id[40];
    int times;
    int64_t in, out;
    bool failed;
} open_calls[OPEN_MOST];

static void
random_ask(size_t slot)
{
    struct decision d;
    int64_t in = draw(5) ? draw(300) : -1, out = draw(5) ? draw(300) : -1;
    stand_ask(&st.s, st.text, draw(3) ? "a/big" : "a/free", in, out, &d);
    open_calls[slot].id[0] = '\0';
    if (d.reason != REASON_ALLOWED)
        return;
    (void)snprintf(open_calls[slot].id, sizeof open_calls[slot].id, "%.*s",
        STR_ARG(d.metered.reservation));
    open_calls[slot].times = 1 + (int)draw(3);
    open_calls[slot].in = draw(4) ? draw(400) : -1;
    open_calls[slot].out = draw(4) ? draw(400) : -1;
    open_calls[slot].failed = draw(6) == 0;
}

static void
random_limits(void)
{
    static const struct {
        enum limit_counts counts;
        enum limit_period period;
        int64_t most;
    } kinds[] = {
        { LIMIT_REQUESTS, LIMIT_MINUTE, 50 },
        { LIMIT_REQUESTS, LIMIT_DAY, 1000 },
        { LIMIT_TOTAL, LIMIT_DAY, 100000 },
        { LIMIT_OUTPUT, LIMIT_MINUTE, 5000 },
        { LIMIT_MONEY, LIMIT_WEEK, 100000 },
        { LIMIT_MONEY, LIMIT_NO_RESET, 1000000 },
    };
    size_t i = (size_t)draw(COUNT_OF(kinds));
    bool of_model = draw(3) == 0;
    /* the checks of stand_even count what a rule has seen all its life */
    bool steady = kinds[i].counts == LIMIT_REQUESTS;
    stand_limit(&st, st.key.prefix, kinds[i].counts, kinds[i].period,
        of_model && !steady ? str_cstr(st.big_uuid) : STR(""),
        !steady && draw(3) == 0 ? -1 : draw(kinds[i].most), draw(4) == 0);
    if (draw(4) == 0)
        stand_spend_limit(&st, draw(1000000), SPEND_NO_RESET);
}

static void
test_random(void **state)
{
    (void)state;
    const char *given = getenv("KEYLODGE_SEED");
    seed = given ? strtoull(given, NULL, 10)
                 : (uint64_t)clock_now_ms() ^ (uint64_t)getpid() << 40;
    print_message("KEYLODGE_SEED=%" PRIu64 "\n", seed);
    st.w.now_s = when_day_start(st.w.now_s);
    stand_limit(&st, st.key.prefix, LIMIT_REQUESTS, LIMIT_DAY, STR(""), 1000,
        false);
    stand_spend_limit(&st, 1000000, SPEND_NO_RESET);
    struct credit_in on = { .amount = 100000 };
    struct cx *cx = seat_as(&st.s, OWNER);
    OK(cx, credit_on(cx, &on));
    for (int i = 0; i < 1500; i++) {
        size_t slot = (size_t)draw(OPEN_MOST);
        if (i % 50 == 49)
            random_limits();
        if (open_calls[slot].times == 0) {
            random_ask(slot);
        } else if (open_calls[slot].id[0]) {
            (void)stand_report(&st.s, str_cstr(open_calls[slot].id), prefix,
                "", open_calls[slot].in, open_calls[slot].out,
                open_calls[slot].failed);
            open_calls[slot].times--;
        } else {
            open_calls[slot].times = 0;
        }
        st.w.now_s += draw(200) ? draw(10) : draw(2 * METER_LEASE_S);
        if (i % 100 == 99)
            stand_even(&st.w);
    }
    st.w.now_s += METER_LEASE_S;
    cx = seat_as(&st.s, SHELL);
    OK(cx, meter_sweep(cx));
    stand_even(&st.w);
    stand_ledger(&st.w);
    assert_int_equal(number("SELECT sum(reserved) FROM limit_cell"), 0);
    /* and what the pages read is the same */
    struct usage_sum sum;
    cx = seat_as(&st.s, OWNER);
    OK(cx, usage_totals(cx, usage_days(cx, 400), 0, &sum));
    assert_int_equal(sum.cost,
        number("SELECT sum(cost_micro) FROM usage_event"));
    assert_true(sum.succeeded > 50);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_settle),
        T(test_once),
        T(test_missing),
        T(test_wrong),
        T(test_late),
        T(test_late_ledger),
        T(test_other_model),
        T(test_time_of_the_call),
        T(test_batch),
        T(test_batch_of_weeks),
        T(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
