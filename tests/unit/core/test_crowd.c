/* SPDX-License-Identifier: ISC */
/* Limits and reports under many threads at once, and under kill -9.
 * KEYLODGE_RUNS: how often each is repeated (2; before a release 20). */
#include "stand.h"

#include "base/clock.h"
#include "core/rowseal.h"
#include "core/credit.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CLIENTS = 64, CALLS = 500, LIMIT = 1000 };

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

static int
runs(void)
{
    const char *given = getenv("KEYLODGE_RUNS");
    return given ? (int)strtol(given, NULL, 10) : 2;
}

/* ---- 64 clients ---- */

static atomic_int passed, broken;

struct client {
    pthread_t thread;
    int64_t estimate, takes; /* -1: nothing is reported */
    int calls;
};

/* Threads may not use cmocka's assertions: they count what is wrong. */
static void
client_report(struct seat *s, struct str id, int64_t takes)
{
    struct report_in r = { .id = id, .input_tokens = takes };
    struct report_result result = { .state = REPORT_REFUSED };
    struct cx *cx = seat_nobody(s);
    cx->actor.kind = ACTOR_GATE;
    r.set.present = 1u << field_index(report_fields, STR("input_tokens")) |
        1u << field_index(report_fields, STR("output_tokens"));
    err_init(&result.err, s->arena);
    if (report_usage(cx, &r, &result, 1) || result.state != REPORT_COUNTED)
        atomic_fetch_add(&broken, 1);
}

static void *
client_run(void *arg)
{
    struct client *c = arg;
    struct seat s;
    seat_open(&s, &st.w);
    for (int i = 0; i < c->calls; i++) {
        struct decision d;
        arena_reset(s.arena);
        stand_ask(&s, st.text, "a/big", c->estimate, 0, &d);
        if (d.reason == REASON_ALLOWED) {
            atomic_fetch_add(&passed, 1);
            if (c->takes >= 0) {
                char id[40];
                (void)snprintf(id, sizeof id, "%.*s",
                    STR_ARG(d.metered.reservation));
                client_report(&s, str_cstr(id), c->takes);
            }
        } else if (d.reason != REASON_RATE && d.reason != REASON_SPEND &&
            d.reason != REASON_CREDITS) {
            atomic_fetch_add(&broken, 1);
        }
    }
    seat_close(&s);
    return NULL;
}

static void
crowd(int64_t estimate, int64_t takes, int calls)
{
    static struct client clients[CLIENTS];
    atomic_store(&passed, 0);
    atomic_store(&broken, 0);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i].estimate = estimate;
        clients[i].takes = takes;
        clients[i].calls = calls;
        must(pthread_create(&clients[i].thread, NULL, client_run,
                 &clients[i]) == 0);
    }
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(clients[i].thread, NULL);
    assert_int_equal(atomic_load(&broken), 0);
}

static const struct {
    enum limit_counts counts;
    enum limit_period period;
    bool of_workspace;
} kinds[] = {
    { LIMIT_REQUESTS, LIMIT_DAY, false },
    { LIMIT_MONEY, LIMIT_MONTH, true },
    { LIMIT_REQUESTS, LIMIT_MINUTE, false },
    { LIMIT_TOTAL, LIMIT_DAY, false },
};

/* A limit of 1,000 lets exactly 1,000 of 32,000 pass. */
static void
test_exact(void **state)
{
    (void)state;
    for (int run = 0; run < runs(); run++) {
        size_t k = (size_t)run % COUNT_OF(kinds);
        struct str of = kinds[k].of_workspace ? STR("") : st.key.prefix;
        st.w.now_s += 2 * 86400;
        stand_limit(&st, of, kinds[k].counts, kinds[k].period, STR(""),
            LIMIT, false);
        crowd(1, run % 2 ? 1 : -1, CALLS);
        if (atomic_load(&passed) != LIMIT)
            fail_msg("run %d: %d passed", run, atomic_load(&passed));
        assert_int_equal(world_int(&st.w,
            "SELECT sum(used + reserved) FROM limit_cell"), LIMIT);
        stand_even(&st.w);
        stand_limit(&st, of, kinds[k].counts, kinds[k].period, STR(""), -1,
            false);
        world_exec(&st.w, "DELETE FROM reservation");
        world_exec(&st.w, "DELETE FROM usage_event; DELETE FROM usage_day; "
            "DELETE FROM usage_hour; DELETE FROM usage_week");
    }
}

/* The key's own limit and the workspace's credits, at once. */
static void
test_exact_money(void **state)
{
    (void)state;
    stand_spend_limit(&st, LIMIT + 500, SPEND_NO_RESET);
    struct credit_in on = { .amount = LIMIT };
    struct cx *cx = seat_as(&st.s, OWNER);
    OK(cx, credit_on(cx, &on));
    crowd(1, 1, CALLS / 5);
    assert_int_equal(atomic_load(&passed), LIMIT);
    assert_int_equal(world_int(&st.w, "SELECT credits_micro FROM workspace "
        "WHERE slug = 'team'"), 0);
    stand_even(&st.w);
}

/* Without a bound: over by at most calls under way x what one takes more. */
static void
test_overshoot(void **state)
{
    (void)state;
    enum { TAKES = 10 };
    stand_limit(&st, st.key.prefix, LIMIT_MONEY, LIMIT_DAY, STR(""), LIMIT,
        false);
    crowd(1, TAKES, 20);
    int64_t used = world_int(&st.w, "SELECT sum(used) FROM limit_cell");
    assert_in_range(used, LIMIT, LIMIT + CLIENTS * (TAKES - 1));
    struct decision d;
    stand_ask(&st.s, st.text, "a/big", 1, 0, &d);
    assert_int_equal(d.reason, REASON_SPEND);
    stand_even(&st.w);
}

/* ---- the ledger, while the owner moves money ---- */

enum { TURNS = 60, TOP_UP = 50, TAKEN = 30, FIRST = 300 };

/* Two top-ups, one adjustment, and so on. */
static void *
treasurer_run(void *arg)
{
    struct seat s;
    (void)arg;
    seat_open(&s, &st.w);
    for (int i = 0; i < TURNS; i++) {
        struct credit_in top_up = { .amount = TOP_UP };
        struct credit_adjust_in take = { .way = CREDIT_TAKE,
            .amount = TAKEN, .note = STR("taken") };
        struct cx *cx = seat_as(&s, OWNER);
        if (i % 3 == 2 ? credit_adjust(cx, &take) : credit_top_up(cx, &top_up))
            atomic_fetch_add(&broken, 1);
        arena_reset(s.arena);
    }
    seat_close(&s);
    return NULL;
}

/* Every micro-dollar that came in is in the balance, or was charged to a call;
 * what people read as the ledger says the same line by line. */
static void
test_ledger(void **state)
{
    (void)state;
    enum { CAME_IN = FIRST + TURNS / 3 * (2 * TOP_UP - TAKEN) };
    pthread_t treasurer;
    struct credit_in on = { .amount = FIRST };
    struct cx *cx = seat_as(&st.s, OWNER);
    OK(cx, credit_on(cx, &on));
    must(pthread_create(&treasurer, NULL, treasurer_run, NULL) == 0);
    crowd(1, 1, CALLS / 5);
    pthread_join(treasurer, NULL);
    assert_int_equal(atomic_load(&broken), 0);
    int64_t reports = atomic_load(&passed);
    assert_true(reports >= FIRST);
    assert_int_equal(world_int(&st.w, "SELECT credits_micro FROM workspace "
        "WHERE slug = 'team'"), CAME_IN - reports);
    assert_int_equal(world_int(&st.w, "SELECT -sum(amount_micro) "
        "FROM credit_entry WHERE kind = 'model_usage'"), reports);
    assert_int_equal(world_int(&st.w, "SELECT sum(calls) FROM credit_line"),
        reports);
    stand_even(&st.w);
    stand_ledger(&st.w);
    /* what is there can be spent to the end, and no further */
    struct credit_in last = { .amount = 2 * reports };
    cx = seat_as(&st.s, OWNER);
    OK(cx, credit_top_up(cx, &last));
    crowd(7, 7, CALLS / 2);
    assert_in_range(world_int(&st.w, "SELECT credits_micro FROM workspace "
        "WHERE slug = 'team'"), 0, 6);
    stand_even(&st.w);
    stand_ledger(&st.w);
}

/* ---- kill -9 ---- */

static void
world_shut(void)
{
    seat_close(&st.s);
    db_close(st.w.db);
}

static void
world_again(void)
{
    struct db_options o = { .path = st.w.db_path, .busy_ms = 10000,
        .macs = seal_macs(st.w.secrets) };
    struct err e;
    struct arena *a = arena_new(4096);
    err_init(&e, a);
    must(db_open(&o, &st.w.db, &e) == ERR_OK);
    arena_free(a);
    seat_open(&st.s, &st.w);
}

static void
run_threads(void *(*run)(void *), int n)
{
    enum { MOST = 16 };
    pthread_t threads[MOST];
    must(n <= MOST);
    for (intptr_t i = 0; i < n; i++)
        must(pthread_create(&threads[i], NULL, run, (void *)i) == 0);
    for (int i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
}

/* Run `work` in a child and kill it after so long; 0: let it end. */
static void
child(void (*work)(void), int kill_after_ms)
{
    int status;
    world_shut();
    (void)fflush(NULL);
    pid_t pid = fork();
    must(pid >= 0);
    if (pid == 0) {
        world_again();
        work();
        _exit(0);
    }
    if (kill_after_ms) {
        struct timespec t = { 0, kill_after_ms * 1000000L };
        nanosleep(&t, NULL);
        kill(pid, SIGKILL);
    }
    must(waitpid(pid, &status, 0) == pid);
    if (!kill_after_ms && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
        fail_msg("child ended with %d", status);
    world_again();
}

static void *
mixed_calls(void *arg)
{
    struct client c = { .estimate = 3, .takes = (intptr_t)arg % 3 ? 2 : -1,
        .calls = CALLS };
    return client_run(&c);
}

static void
work_mixed(void)
{
    run_threads(mixed_calls, 8);
}

/* Killed in the middle, the sums are whole, and no limit is passed. */
static void
test_kill_calls(void **state)
{
    (void)state;
    stand_spend_limit(&st, 1000000, SPEND_NO_RESET);
    stand_limit(&st, st.key.prefix, LIMIT_REQUESTS, LIMIT_DAY, STR(""), LIMIT,
        false);
    stand_limit(&st, st.key.prefix, LIMIT_TOTAL, LIMIT_MINUTE, STR(""),
        100000, false);
    for (int i = 0; i < 3 * runs(); i++) {
        child(work_mixed, 20 + i * 37 % 100);
        stand_even(&st.w);
        assert_in_range(world_int(&st.w, "SELECT sum(used + reserved) "
            "FROM limit_cell c JOIN limit_rule r ON r.id = c.rule_id "
            "WHERE counts = 'requests'"), 0, LIMIT);
    }
    child(work_mixed, 0);
    assert_int_equal(world_int(&st.w, "SELECT sum(used + reserved) "
        "FROM limit_cell c JOIN limit_rule r ON r.id = c.rule_id "
        "WHERE counts = 'requests'"), LIMIT);
    stand_even(&st.w);
}

/* Every report, each one to three times, from four threads in batches. */
enum { REPORTS = 2000, BATCH = 20, REPORTERS = 4 };

static int64_t
takes(int i)
{
    return (int64_t)i * 7919 % 5003;
}

static void *
send_reports(void *arg)
{
    struct seat s;
    struct report_in in[BATCH];
    struct report_result out[BATCH];
    seat_open(&s, &st.w);
    for (int round = 0; round < 3; round++)
        for (int i = (int)(intptr_t)arg * BATCH; i < REPORTS;
             i += REPORTERS * BATCH) {
            size_t n = 0;
            arena_reset(s.arena);
            struct cx *cx = seat_nobody(&s);
            cx->actor.kind = ACTOR_GATE;
            for (int k = i; k < i + BATCH; k++) {
                if (k % 3 < round)
                    continue;
                in[n] = (struct report_in){ .key = str_cstr(prefix),
                    .id = arena_fmt(s.arena, "r%d", k),
                    .model = STR("a/big"), .input_tokens = takes(k) };
                in[n].set.present = UINT64_C(1)
                        << field_index(report_fields, STR("input_tokens")) |
                    UINT64_C(1)
                        << field_index(report_fields, STR("output_tokens")) |
                    UINT64_C(1) << field_index(report_fields, STR("model"));
                out[n] = (struct report_result){ .state = REPORT_REFUSED };
                err_init(&out[n++].err, s.arena);
            }
            must(report_usage(cx, in, out, n) == ERR_OK);
            for (size_t k = 0; k < n; k++)
                must(out[k].state != REPORT_REFUSED);
        }
    seat_close(&s);
    return NULL;
}

static void
work_reports(void)
{
    run_threads(send_reports, REPORTERS);
}

static void
test_kill_reports(void **state)
{
    (void)state;
    int64_t want = 0;
    for (int i = 0; i < REPORTS; i++)
        want += takes(i);
    stand_spend_limit(&st, 1000000000, SPEND_NO_RESET);
    for (int i = 0; i < 3 * runs(); i++) {
        child(work_reports, 15 + i * 23);
        stand_even(&st.w);
    }
    child(work_reports, 0);
    assert_int_equal(
        world_int(&st.w, "SELECT sum(cost_micro) FROM usage_event"), want);
    assert_int_equal(
        world_int(&st.w, "SELECT spent_micro FROM key_spend"), want);
    stand_even(&st.w);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_exact),
        T(test_exact_money),
        T(test_overshoot),
        T(test_ledger),
        T(test_kill_calls),
        T(test_kill_reports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
