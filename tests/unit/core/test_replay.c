/* SPDX-License-Identifier: ISC */
/* What a limit would have refused, against the plainest counting there is. */
#include "stand.h"

#include "base/clock.h"
#include "core/key.h"
#include "core/replay.h"
#include "text/when.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct stand st;
static char prefix[16];
static int n_events;

static int
setup(void **state)
{
    (void)state;
    stand_open(&st);
    (void)snprintf(prefix, sizeof prefix, "%.*s", STR_ARG(st.key.prefix));
    n_events = 0;
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    stand_close(&st);
    return 0;
}

/* A call at an instant, of 40 tokens and as many micro-dollars. */
static void
call_at(int64_t at_s, const char *model, bool failed)
{
    char id[16];
    int64_t now = st.w.now_s;
    (void)snprintf(id, sizeof id, "e%d", n_events++);
    st.w.now_s = at_s;
    (void)stand_report(&st.s, str_cstr(id), prefix, model, 30, 10, failed);
    st.w.now_s = now;
}

static struct replay
replay(struct limit l, bool of_workspace, int days)
{
    struct replay r;
    struct cx *cx = seat_as(&st.s, ADMIN);
    OK(cx, replay_limit(cx, of_workspace ? STR("") : str_cstr(prefix), &l,
        days, &r));
    return r;
}

static void
expect(struct limit l, bool of_workspace, int days, int calls, int refused)
{
    struct replay r = replay(l, of_workspace, days);
    if (r.calls != calls || r.refused != refused)
        fail_msg("%.*s: %d of %d instead of %d of %d",
            STR_ARG(limit_words(st.s.arena, &l)), (int)r.refused,
            (int)r.calls, refused, calls);
}

static void
test_periods(void **state)
{
    (void)state;
    int64_t now = st.w.now_s; /* Wednesday noon */
    /* three calls in one minute of the day before yesterday, two today */
    for (int i = 0; i < 3; i++)
        call_at(now - 2 * DAY_S + i, "a/big", false);
    call_at(now - 100, "a/big", false);
    call_at(now - 10, "a/free", true);
    struct limit l = { .counts = LIMIT_REQUESTS, .period = LIMIT_DAY,
        .amount = 2 };
    expect(l, false, 7, 5, 1);
    expect(l, false, 1, 2, 0);
    l.amount = 0;
    expect(l, false, 7, 5, 5);
    l.amount = 2;
    l.period = LIMIT_MINUTE;
    expect(l, false, 7, 5, 1);
    /* of one model: the failed call was one of another */
    l.period = LIMIT_DAY;
    l.amount = 1;
    l.model = STR("a/big");
    expect(l, false, 7, 4, 2);
    /* what is refused uses up nothing: 40, then 40 again, of 100 */
    l = (struct limit){ .counts = LIMIT_TOTAL, .period = LIMIT_DAY,
        .amount = 100 };
    expect(l, false, 7, 5, 1);
    /* today alone: the week is counted from its Monday on */
    l = (struct limit){ .counts = LIMIT_MONEY, .period = LIMIT_WEEK,
        .amount = 120 };
    expect(l, false, 1, 2, 2); /* both meet a limit that is exhausted */
    expect(l, false, 7, 5, 2);
    l.period = LIMIT_NO_RESET;
    expect(l, true, 1, 2, 2);
    l.amount = 160;
    expect(l, true, 1, 2, 1);
}

static void
test_minutes_slide(void **state)
{
    (void)state;
    int64_t start = st.w.now_s - 600;
    /* 10 in the last second of a minute; 6 s into the next, 9 of them count */
    for (int i = 0; i < 10; i++)
        call_at(start + 59, "a/big", false);
    for (int i = 0; i < 3; i++)
        call_at(start + 66, "a/big", false);
    struct limit l = { .counts = LIMIT_REQUESTS, .period = LIMIT_MINUTE,
        .amount = 10 };
    expect(l, false, 1, 13, 2);
    /* two minutes later nothing of it counts */
    call_at(start + 185, "a/big", false);
    expect(l, false, 1, 14, 2);
}

static void
test_refused_are_left_out(void **state)
{
    (void)state;
    char sql[300];
    call_at(st.w.now_s - 5, "a/big", false);
    (void)snprintf(sql, sizeof sql, "INSERT INTO usage_event (workspace_id, "
        "key_id, event_id, at_ms, model, endpoint, outcome, input_tokens, "
        "output_tokens, cost_micro) VALUES (%lld, %lld, 'r', %lld, 'a/big', "
        "'', 'refused', 0, 0, 0)", (long long)st.key.workspace_id,
        (long long)st.key.id, (long long)(st.w.now_s - 4) * 1000);
    world_exec(&st.w, sql);
    struct limit l = { .counts = LIMIT_REQUESTS, .period = LIMIT_DAY };
    expect(l, false, 1, 1, 1);
}

static void
test_cut(void **state)
{
    (void)state;
    char sql[500];
    int64_t from = when_day_start(st.w.now_s);
    (void)snprintf(sql, sizeof sql, "WITH RECURSIVE n(i) AS (SELECT 0 UNION "
        "ALL SELECT i + 1 FROM n WHERE i < %d) INSERT INTO usage_event "
        "(workspace_id, key_id, event_id, at_ms, model, endpoint, outcome, "
        "input_tokens, output_tokens, cost_micro) SELECT %lld, %lld, 'n' || "
        "i, (%lld + i / 10) * 1000, '', '', 'succeeded', 1, 1, 1 FROM n",
        (int)REPLAY_CALLS_MOST - 1, (long long)st.key.workspace_id,
        (long long)st.key.id, (long long)from);
    world_exec(&st.w, sql);
    struct limit l = { .counts = LIMIT_REQUESTS, .period = LIMIT_DAY,
        .amount = REPLAY_CALLS_MOST - 1 };
    assert_int_equal(replay(l, true, 1).cut_s, 0);
    expect(l, true, 1, REPLAY_CALLS_MOST, 1);
    call_at(st.w.now_s - 1, "a/big", false);
    struct replay r = replay(l, false, 1);
    assert_int_equal(r.calls, REPLAY_CALLS_MOST);
    assert_int_equal(r.cut_s, from + (REPLAY_CALLS_MOST - 1) / 10);
}

static void
test_who(void **state)
{
    (void)state;
    static const struct {
        enum who who;
        enum err_code code;
    } rows[] = { { ADMIN, ERR_OK }, { OWNER, ERR_OK },
        { MEMBER, ERR_FORBIDDEN }, { STRANGER, ERR_NOT_FOUND } };
    struct limit l = { .counts = LIMIT_REQUESTS, .period = LIMIT_DAY };
    struct replay r;
    call_at(st.w.now_s - 5, "a/big", false);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct cx *cx = seat_as(&st.s, rows[i].who);
        GIVES(cx, replay_limit(cx, str_cstr(prefix), &l, 7, &r),
            rows[i].code);
    }
    /* a workspace sees its own calls only */
    struct cx *cx = seat_as(&st.s, STRANGER);
    OK(cx, replay_limit(cx, STR(""), &l, 7, &r));
    assert_int_equal(r.calls, 0);
}

/* Calls that a limit let through as it was, replayed: it refuses none. */
static void
test_same_as_the_gate(void **state)
{
    (void)state;
    unsigned seed = 7;
    int passed = 0;
    int64_t start = st.w.now_s;
    struct limit l = { .counts = LIMIT_REQUESTS, .period = LIMIT_MINUTE,
        .amount = 5 };
    stand_limit(&st, st.key.prefix, l.counts, l.period, STR(""), l.amount,
        false);
    for (int i = 0; i < 120; i++) {
        struct decision d;
        st.w.now_s += rand_r(&seed) % 8;
        stand_ask(&st.s, st.text, "a/big", 1, 1, &d);
        if (d.reason != REASON_ALLOWED)
            continue;
        passed++;
        (void)stand_report(&st.s, d.metered.reservation, prefix, "a/big", 1,
            1, false);
    }
    assert_true(passed > 10 && passed < 120);
    assert_true(st.w.now_s - start < DAY_S / 2);
    expect(l, false, 1, passed, 0);
}

/* ---- the same calls, replayed, and with the limit at the gate ---- */

static uint64_t seed;

static int64_t
draw(int64_t below)
{
    seed = seed * UINT64_C(6364136223846793005) +
        UINT64_C(1442695040888963407);
    return (int64_t)((seed >> 33) % (uint64_t)below);
}

enum { CALLS = 250 };
static struct {
    int64_t at_s, input, output;
    bool failed;
} calls[CALLS];

/* Bursts and pauses over some days, which end now. */
static void
draw_calls(void)
{
    int64_t at_s = st.w.now_s;
    for (int i = CALLS - 1; i >= 0; i--) {
        at_s -= draw(12) ? draw(9) : draw(4 * HOUR_S);
        calls[i].at_s = at_s;
        calls[i].failed = draw(8) == 0; /* costs nothing, so takes nothing */
        calls[i].input = calls[i].failed ? 0 : draw(40);
        calls[i].output = calls[i].failed ? 0 : draw(40);
    }
}

static struct limit
draw_limit(void)
{
    static const struct {
        enum limit_counts counts;
        enum limit_period period;
        int64_t most;
    } kinds[] = {
        { LIMIT_REQUESTS, LIMIT_MINUTE, 20 },
        { LIMIT_REQUESTS, LIMIT_DAY, 200 },
        { LIMIT_INPUT, LIMIT_MINUTE, 400 },
        { LIMIT_OUTPUT, LIMIT_DAY, 3000 },
        { LIMIT_TOTAL, LIMIT_MINUTE, 800 },
        { LIMIT_MONEY, LIMIT_DAY, 4000 },
        { LIMIT_MONEY, LIMIT_WEEK, 9000 },
        { LIMIT_MONEY, LIMIT_MONTH, 9000 },
        { LIMIT_MONEY, LIMIT_NO_RESET, 9000 },
    };
    size_t i = (size_t)draw(COUNT_OF(kinds));
    return (struct limit){ .counts = kinds[i].counts,
        .period = kinds[i].period, .amount = draw(kinds[i].most) };
}

/* How many of them the gate refuses a new key that has the limit. */
static int
refused_at_the_gate(const struct limit *l)
{
    int refused = 0;
    struct str text;
    char name[16];
    (void)snprintf(name, sizeof name, "limited %d", n_events++);
    struct key_in in = key_form(name);
    int64_t now = st.w.now_s;
    st.w.now_s = calls[0].at_s - 1;
    struct cx *cx = seat_as(&st.s, MEMBER);
    OK(cx, key_create(cx, KEY_STANDARD, &in, &text, &st.key));
    (void)snprintf(st.text, sizeof st.text, "%.*s", STR_ARG(text));
    struct str limited = arena_dup(st.s.arena, st.key.prefix);
    stand_limit(&st, limited, l->counts, l->period, STR(""), l->amount,
        false);
    for (int i = 0; i < CALLS; i++) {
        struct decision d;
        st.w.now_s = calls[i].at_s;
        stand_ask(&st.s, st.text, "a/big", calls[i].input, calls[i].output,
            &d);
        refused += d.reason != REASON_ALLOWED;
        if (d.reason == REASON_ALLOWED)
            (void)stand_report(&st.s, d.metered.reservation, "", "a/big",
                calls[i].input, calls[i].output, calls[i].failed);
    }
    st.w.now_s = now;
    return refused;
}

/* What replay says would be refused is what the gate then refuses, when every
 * call takes what was estimated. */
static void
test_random(void **state)
{
    (void)state;
    int some = 0;
    const char *given = getenv("KEYLODGE_SEED");
    seed = given ? strtoull(given, NULL, 10)
                 : (uint64_t)clock_now_ms() ^ (uint64_t)getpid() << 40;
    print_message("KEYLODGE_SEED=%" PRIu64 "\n", seed);
    world_exec(&st.w, "UPDATE workspace SET key_max = 100");
    draw_calls();
    for (int i = 0; i < CALLS; i++) {
        char id[16];
        int64_t now = st.w.now_s;
        (void)snprintf(id, sizeof id, "e%d", i);
        st.w.now_s = calls[i].at_s;
        (void)stand_report(&st.s, str_cstr(id), prefix, "a/big",
            calls[i].input, calls[i].output, calls[i].failed);
        st.w.now_s = now;
    }
    for (int round = 0; round < 12; round++) {
        struct limit l = draw_limit();
        struct replay r = replay(l, false, 31);
        int refused = refused_at_the_gate(&l);
        assert_int_equal(r.calls, CALLS);
        if (r.refused != refused)
            fail_msg("%.*s: %d by replay, %d by the gate",
                STR_ARG(limit_words(st.s.arena, &l)), (int)r.refused,
                refused);
        some += refused > 0 && refused < CALLS;
    }
    assert_true(some > 0);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_periods),
        T(test_minutes_slide),
        T(test_refused_are_left_out),
        T(test_cut),
        T(test_who),
        T(test_same_as_the_gate),
        T(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
