/* SPDX-License-Identifier: ISC */
/*
 * A revoke holds from the next request on, in every thread (SECURITY.md R1,
 * T12): eight threads ask for one key without pause; whatever began after the
 * answer to the revoke must be refused.  Calls that began before and ended
 * after it may pass, and are counted.
 */
#include "world.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum { THREADS = 8, ROUNDS = 30, LEAST_CALLS = 5 };

static struct world world;

/* One round; `over` is set when the revoke was answered. */
struct round {
    struct pairs params;
    atomic_bool over, stop;
    atomic_int passed, after, passed_after, astride;
};

struct seat {
    pthread_t thread;
    struct worker worker;
    struct round *round;
};

static void *
ask_on(void *arg)
{
    struct seat *s = arg;
    struct round *r = s->round;
    int after = 0;
    while (!atomic_load(&r->stop) || after < LEAST_CALLS) {
        struct answer ans;
        bool began_after = atomic_load(&r->over);
        size_t n = dispatch_begin(&s->worker, &r->params);
        dispatch_end(&s->worker, n, STR(""), &ans);
        bool passed = ans.status == 200;
        atomic_fetch_add(&r->passed, passed);
        if (!began_after) {
            atomic_fetch_add(&r->astride, atomic_load(&r->over));
            continue;
        }
        after++;
        atomic_fetch_add(&r->after, 1);
        atomic_fetch_add(&r->passed_after, passed);
    }
    return NULL;
}

static void
gate_params(struct round *r, struct str key)
{
    struct arena *a = world.keep;
    form_add(a, &r->params, STR("REQUEST_METHOD"), STR("GET"));
    form_add(a, &r->params, STR("REQUEST_URI"), STR("/protected/v1/models"));
    form_add(a, &r->params, STR("REMOTE_ADDR"), STR("192.0.2.7"));
    form_add(a, &r->params, STR("FCGI_ROLE"), STR("AUTHORIZER"));
    form_add(a, &r->params, STR("HTTP_AUTHORIZATION"),
        arena_fmt(a, "Bearer %.*s", STR_ARG(key)));
}

/* What takes the key away: each kind of it in turn. */
static int
take_away(int round, struct str prefix)
{
    const char *what = round % 3 == 0 ? "revoke"
        : round % 3 == 1              ? "disable"
                                      : "rotate";
    return req_post(&world, OWNER,
        arena_fmt(world.keep, "/w/team/keys/%.*s/%s", STR_ARG(prefix), what)
            .p,
        round % 3 == 2
            ? arena_fmt(world.keep, "overlap=none&once=r%d", round)
            : STR("")).status;
}

static struct seat seats[THREADS];

static void
play(int number, int *passed, int *after, int *passed_after, int *astride)
{
    struct round r = { .params = { NULL, 0 } };
    char name[32];
    (void)snprintf(name, sizeof name, "round %d", number);
    struct str key = world_key(&world, OWNER, KEY_STANDARD, name);
    gate_params(&r, key);
    for (int i = 0; i < THREADS; i++) {
        seats[i].round = &r;
        must(pthread_create(&seats[i].thread, NULL, ask_on, &seats[i]) == 0);
    }
    while (atomic_load(&r.passed) < THREADS)
        continue;
    int status = take_away(number, str_head(key, 8));
    atomic_store(&r.over, true);
    atomic_store(&r.stop, true);
    for (int i = 0; i < THREADS; i++)
        pthread_join(seats[i].thread, NULL);
    if (status != 303 && status != 200)
        fail_msg("round %d: %d", number, status);
    *passed += atomic_load(&r.passed);
    *after += atomic_load(&r.after);
    *passed_after += atomic_load(&r.passed_after);
    *astride += atomic_load(&r.astride);
}

static void
test_revoke(void **state)
{
    (void)state;
    int passed = 0, after = 0, passed_after = 0, astride = 0;
    struct err e;
    err_init(&e, world.keep);
    for (int i = 0; i < THREADS; i++)
        must(worker_open(&seats[i].worker, &world.app, &e) == ERR_OK);
    for (int i = 0; i < ROUNDS; i++)
        play(i, &passed, &after, &passed_after, &astride);
    for (int i = 0; i < THREADS; i++)
        worker_close(&seats[i].worker);
    print_message("# %d rounds: %d calls passed before, %d under way, "
                  "%d after, of which %d passed\n", ROUNDS, passed, astride,
        after, passed_after);
    assert_true(after >= ROUNDS * THREADS * LEAST_CALLS);
    assert_int_equal(passed_after, 0);
}

static int
setup(void **state)
{
    (void)state;
    world_open(&world);
    world_exec(&world, "UPDATE workspace SET key_max = 1000");
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    world_close(&world);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_revoke),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
