/* SPDX-License-Identifier: ISC */
/* What a limit would have refused, against the plainest counting there is. */
#include "stand.h"

#include "core/replay.h"
#include "text/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
