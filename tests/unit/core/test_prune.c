/* SPDX-License-Identifier: ISC */
/* What is forgotten, when, and in how small steps. */
#include "stand.h"

#include "base/clock.h"
#include "core/prune.h"
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
count(const char *table)
{
    char sql[100];
    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table);
    return world_int(&st.w, sql);
}

static int64_t
instant(const char *text)
{
    int64_t s;
    assert_true(when_read(str_cstr(text), &s));
    return s;
}

static void
prune(struct prune *p)
{
    struct cx *cx = seat_as(&st.s, SHELL);
    OK(cx, prune_some(cx, p));
}

/* One event of the key, so long ago. */
static void
event_at(int i, int64_t at_s)
{
    char sql[400];
    (void)snprintf(sql, sizeof sql, "INSERT INTO usage_event (workspace_id, "
        "key_id, event_id, at_ms, model, endpoint, outcome, input_tokens, "
        "output_tokens, cost_micro) SELECT workspace_id, id, 'e%d', %lld, "
        "'a/big', '', 'succeeded', 1, 1, 2 FROM api_key", i,
        (long long)at_s * 1000);
    world_exec(&st.w, sql);
}

static void
test_months(void **state)
{
    (void)state;
    static const struct {
        const char *now, *before;
        int64_t months;
    } rows[] = {
        { "2027-03-31T23:59:59Z", "2027-02-01T00:00:00Z", 1 },
        { "2027-03-01T00:00:00Z", "2027-02-01T00:00:00Z", 1 },
        { "2027-02-28T23:59:59Z", "2027-01-01T00:00:00Z", 1 },
        { "2027-01-15T12:00:00Z", "2025-12-01T00:00:00Z", 13 },
        { "2028-02-29T12:00:00Z", "2018-02-01T00:00:00Z", 120 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_int_equal(
            prune_before_ms(instant(rows[i].now), rows[i].months) / 1000,
            instant(rows[i].before));
    /* a call that a report may still name is always kept */
    for (int64_t now = 0; now < 1500 * (int64_t)DAY_S; now += 6 * HOUR_S)
        assert_true(prune_before_ms(now + WORLD_NOW, 1) / 1000 <=
            now + WORLD_NOW - REPORT_LATE_S);
}

/* Each workspace by its own months; the sums stay. */
static void
test_events(void **state)
{
    (void)state;
    struct prune p = { 0 };
    st.w.now_s = instant("2027-06-10T00:00:00Z");
    for (int month = 1; month <= 12; month++) {
        char day[24];
        (void)snprintf(day, sizeof day, "2026-%02d-15T00:00:00Z", month);
        event_at(month, instant(day));
    }
    stand_report(&st.s, STR("now"), arena_cstr(st.s.arena, st.key.prefix),
        "a/big", 5, 5, false);
    int64_t cost = world_int(&st.w, "SELECT sum(cost_micro) FROM usage_day "
        "WHERE key_id <> 0");
    prune(&p);
    /* 13 months before June 2027: May 2026 is kept */
    assert_int_equal(count("usage_event"), 9);
    assert_int_equal(world_int(&st.w, "SELECT min(at_ms) / 1000 "
        "FROM usage_event"), instant("2026-05-15T00:00:00Z"));
    world_exec(&st.w, "UPDATE workspace SET event_months = 1 "
        "WHERE slug = 'strangers'");
    prune(&p);
    assert_int_equal(count("usage_event"), 9);
    world_exec(&st.w, "UPDATE workspace SET event_months = 1 "
        "WHERE slug = 'team'");
    prune(&p);
    assert_int_equal(count("usage_event"), 1);
    assert_int_equal(cost, world_int(&st.w, "SELECT sum(cost_micro) "
        "FROM usage_day WHERE key_id <> 0"));
}

/* However much there is to do: so much in a call, in steps of so much. */
static void
test_bounded(void **state)
{
    (void)state;
    enum { OLD = 3 * PRUNE_ROWS * PRUNE_STEPS };
    struct prune p = { 0 };
    char sql[700];
    (void)snprintf(sql, sizeof sql, "INSERT INTO usage_event (workspace_id, "
        "key_id, event_id, at_ms, model, endpoint, outcome, input_tokens, "
        "output_tokens, cost_micro) WITH RECURSIVE c(i) AS (SELECT 1 UNION "
        "ALL SELECT i + 1 FROM c WHERE i < %d) SELECT workspace_id, k.id, i, "
        "i * 1000, 'a/big', '', 'succeeded', 1, 1, 2 FROM c CROSS JOIN "
        "api_key k", OLD);
    world_exec(&st.w, sql);
    int64_t left = count("usage_event"), longest_us = 0;
    assert_int_equal(left, OLD);
    int calls = 0;
    for (; left; calls++) {
        int64_t began = clock_mono_us();
        prune(&p);
        int64_t us = clock_mono_us() - began, now_left = count("usage_event");
        assert_in_range(left - now_left, 1, PRUNE_ROWS * PRUNE_STEPS);
        left = now_left;
        longest_us = us > longest_us ? us : longest_us;
        assert_in_range(calls, 0, 9);
    }
    print_message("%d old events in %d calls, the longest %lld us for %d "
                  "transactions\n", OLD, calls, (long long)longest_us,
        PRUNE_STEPS);
}

/* The shell goes on to the end, and counts before what it will do. */
static void
test_all(void **state)
{
    (void)state;
    enum { OLD = PRUNE_ROWS * PRUNE_STEPS + 5, LINKS = 3 * PRUNE_ROWS + 1 };
    struct pruned before, done, after;
    char sql[900];
    (void)snprintf(sql, sizeof sql, "INSERT INTO usage_event (workspace_id, "
        "key_id, event_id, at_ms, model, endpoint, outcome, input_tokens, "
        "output_tokens, cost_micro) WITH RECURSIVE c(i) AS (SELECT 1 UNION "
        "ALL SELECT i + 1 FROM c WHERE i < %d) SELECT workspace_id, k.id, i, "
        "i * 1000, 'a/big', '', 'succeeded', 1, 1, 2 FROM c CROSS JOIN "
        "api_key k; INSERT INTO once_link (kind, mac, created_s, ends_s) "
        "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c "
        "WHERE i < %d) SELECT 'setup', randomblob(32), 1, 1 FROM c", OLD,
        LINKS);
    world_exec(&st.w, sql);
    struct cx *cx = seat_as(&st.s, OWNER);
    GIVES(cx, prune_all(cx, &done), ERR_FORBIDDEN);
    cx = seat_as(&st.s, SHELL);
    OK(cx, prune_count(cx, &before));
    assert_int_equal(before.calls, OLD);
    assert_int_equal(before.rest[PRUNE_LINKS], LINKS);
    assert_int_equal(count("usage_event"), OLD);
    OK(cx, prune_all(cx, &done));
    assert_memory_equal(&done, &before, sizeof done);
    assert_int_equal(count("usage_event"), 0);
    assert_int_equal(count("once_link"), 0);
    OK(cx, prune_count(cx, &after));
    struct pruned none = { 0 };
    assert_memory_equal(&after, &none, sizeof after);
}

/* A report counts once, also when its event is gone. */
static void
test_once(void **state)
{
    (void)state;
    struct prune p = { 0 };
    struct report_in in = { .id = STR("r"), .key = st.key.prefix,
        .model = STR("a/big"), .input_tokens = 5, .time = st.w.now_s };
    static const struct {
        int64_t days;
        enum report_state state;
    } rows[] = { { 0, REPORT_COUNTED }, { 27, REPORT_REPEATED },
        { 29, REPORT_REFUSED }, { 75, REPORT_REFUSED } };
    static const char *const sent[] = { "model", "input_tokens",
        "output_tokens", "time" };
    world_exec(&st.w, "UPDATE workspace SET event_months = 1");
    for (size_t i = 0; i < COUNT_OF(sent); i++)
        form_put(report_fields, &in.set, sent[i]);
    int64_t start_s = st.w.now_s;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct report_result out = { .state = REPORT_REFUSED };
        st.w.now_s = start_s + rows[i].days * DAY_S;
        prune(&p);
        struct cx *cx = seat_nobody(&st.s);
        cx->actor.kind = ACTOR_GATE;
        err_init(&out.err, st.s.arena);
        OK(cx, report_usage(cx, &in, &out, 1));
        assert_int_equal(out.state, rows[i].state);
    }
    assert_int_equal(count("usage_event"), 0);
    assert_int_equal(world_int(&st.w, "SELECT sum(succeeded) FROM usage_day "
        "WHERE key_id <> 0"), 1);
}

static void
test_rest(void **state)
{
    (void)state;
    struct prune p = { 0 };
    static const struct {
        const char *table;
        int64_t kept_s;
    } rows[] = {
        { "session", 0 },
        { "reservation", REPORT_LATE_S },
        { "once_link", PRUNE_LINK_S },
    };
    char sql[900];
    (void)snprintf(sql, sizeof sql,
        "INSERT INTO reservation (uuid, workspace_id, key_id, model, "
        "endpoint, created_s, ends_s, input_tokens, output_tokens, "
        "cost_micro, state, closed_s) SELECT 'v', workspace_id, id, '', '', "
        "1, 1, 1, 1, 1, 'charged', %lld FROM api_key;"
        "INSERT INTO session (uuid, mac, user_id, epoch, created_s, seen_s, "
        "fresh_s, ends_s, address, agent) SELECT 's', x'00', id, 1, 1, 1, 1, "
        "%lld, '', '' FROM user LIMIT 1;"
        "INSERT INTO once_link (kind, mac, created_s, ends_s) "
        "VALUES ('setup', x'00', 1, %lld)", (long long)st.w.now_s,
        (long long)st.w.now_s, (long long)st.w.now_s);
    world_exec(&st.w, sql);
    int64_t start_s = st.w.now_s;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        st.w.now_s = start_s + rows[i].kept_s;
        p.minute_s = 0;
        prune(&p);
        int64_t kept = count(rows[i].table);
        st.w.now_s++;
        prune(&p); /* in the same minute it does not look again */
        kept += count(rows[i].table);
        p.minute_s = 0;
        prune(&p);
        if (kept != 2 || count(rows[i].table) != 0)
            fail_msg("%s: %d", rows[i].table, (int)kept);
        st.w.now_s = start_s;
    }
}

/* Counters of periods long over go when a new one begins. */
static void
test_periods(void **state)
{
    (void)state;
    struct decision d;
    stand_limit(&st, st.key.prefix, LIMIT_REQUESTS, LIMIT_DAY, STR(""), 9,
        false);
    stand_spend_limit(&st, 1000000, SPEND_DAY);
    for (int day = 0; day < 100; day++) {
        st.w.now_s += DAY_S;
        stand_ask(&st.s, st.text, "a/big", 1, 1, &d);
        assert_int_equal(d.reason, REASON_ALLOWED);
        stand_report(&st.s, d.metered.reservation, "", "a/big", 1, 1, false);
    }
    assert_in_range(count("limit_cell"), 28, 62);
    assert_in_range(count("key_spend"), 28, 62);
    stand_even(&st.w);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_months),
        T(test_events),
        T(test_bounded),
        T(test_all),
        T(test_once),
        T(test_rest),
        T(test_periods),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
