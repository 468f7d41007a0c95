/* SPDX-License-Identifier: ISC */
/*
 * A revoke holds from the next request on, in every thread (SECURITY.md R1,
 * T12): eight threads, by all faces of the gate, ask for one key without pause;
 * whatever began after the answer to the revoke must be refused.  Calls that
 * began before and ended after it may pass, and are counted.
 * KEYLODGE_REVOKES: how many keys are taken away (1,000; before a release
 * 10,000).
 */
#include "world.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 8, LEAST_CALLS = 5 };

/* How a thread asks. */
enum way { AUTHORIZER, SUB_REQUEST, JSON_CHECK, WAYS };

static struct world world;

/* One round; `over` is set when the revoke was answered. */
struct round {
    struct pairs params[WAYS];
    struct str body; /* of JSON_CHECK */
    struct arena *arena;
    atomic_bool over, stop;
    atomic_int passed, after, passed_after, astride;
};

struct seat {
    pthread_t thread;
    struct worker worker;
    struct round *round;
    enum way way;
};

static bool
says_yes(enum way way, const struct answer *ans)
{
    struct str yes = STR("\"allowed\":true");
    if (way != JSON_CHECK)
        return ans->status == (way == AUTHORIZER ? 200 : 204);
    for (size_t i = 0; i < ans->body.n; i++)
        if (str_starts(str_from(ans->body, i), yes))
            return true;
    return false;
}

static void *
ask_on(void *arg)
{
    struct seat *s = arg;
    struct round *r = s->round;
    int after = 0;
    while (!atomic_load(&r->stop) || after < LEAST_CALLS) {
        struct answer ans;
        bool began_after = atomic_load(&r->over);
        size_t n = dispatch_begin(&s->worker, &r->params[s->way]);
        dispatch_end(&s->worker, n, n ? r->body : STR(""), &ans);
        bool passed = says_yes(s->way, &ans);
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
make_params(struct round *r, struct str key)
{
    static const struct {
        const char *method, *uri;
    } ways[] = {
        [AUTHORIZER] = { "GET", "/protected/v1/models" },
        [SUB_REQUEST] = { "GET", "/gate" },
        [JSON_CHECK] = { "POST", "/v1/check" },
    };
    struct arena *a = r->arena;
    r->body = arena_fmt(a, "{\"key\":\"%.*s\"}", STR_ARG(key));
    for (int way = 0; way < WAYS; way++) {
        struct pairs *p = &r->params[way];
        form_add(a, p, STR("REQUEST_METHOD"), str_cstr(ways[way].method));
        form_add(a, p, STR("REQUEST_URI"), str_cstr(ways[way].uri));
        form_add(a, p, STR("REMOTE_ADDR"), STR("192.0.2.7"));
        form_add(a, p, STR("HTTP_AUTHORIZATION"), arena_fmt(a, "Bearer %.*s",
            STR_ARG(way == JSON_CHECK ? world.key[MANAGEMENT] : key)));
    }
    form_add(a, &r->params[AUTHORIZER], STR("FCGI_ROLE"), STR("AUTHORIZER"));
    form_add(a, &r->params[SUB_REQUEST], STR("HTTP_X_ORIGINAL_URI"),
        STR("/v1/models"));
    form_add(a, &r->params[JSON_CHECK], STR("CONTENT_TYPE"),
        STR("application/json"));
    form_add(a, &r->params[JSON_CHECK], STR("CONTENT_LENGTH"),
        arena_fmt(a, "%zu", r->body.n));
}

/* What takes the key away: each kind of it in turn. */
static int
take_away(int round, struct str prefix)
{
    const char *what = round % 3 == 0 ? "revoke"
        : round % 3 == 1              ? "disable"
                                      : "rotate";
    return req_post(&world, OWNER,
        arena_fmt(world.arena, "/w/team/keys/%.*s/%s", STR_ARG(prefix), what)
            .p,
        round % 3 == 2
            ? arena_fmt(world.arena, "overlap=none&once=r%d", round)
            : STR("")).status;
}

static struct seat seats[THREADS];

static void
play(int number, int *passed, int *after, int *passed_after, int *astride)
{
    struct round r = { .arena = arena_new(4096) };
    char name[32];
    (void)snprintf(name, sizeof name, "round %d", number);
    struct str key = world_key(&world, OWNER, KEY_STANDARD, name);
    make_params(&r, key);
    for (int i = 0; i < THREADS; i++) {
        seats[i].round = &r;
        seats[i].way = (enum way)(i % WAYS);
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
    arena_free(r.arena);
    world_forget(&world);
}

static void
test_revoke(void **state)
{
    (void)state;
    int passed = 0, after = 0, passed_after = 0, astride = 0;
    const char *given = getenv("KEYLODGE_REVOKES");
    int rounds = given ? (int)strtol(given, NULL, 10) : 1000;
    struct err e;
    err_init(&e, world.keep);
    for (int i = 0; i < THREADS; i++)
        must(worker_open(&seats[i].worker, &world.app, &e) == ERR_OK);
    for (int i = 0; i < rounds; i++)
        play(i, &passed, &after, &passed_after, &astride);
    for (int i = 0; i < THREADS; i++)
        worker_close(&seats[i].worker);
    print_message("# %d rounds: %d calls passed before, %d under way, "
                  "%d after, of which %d passed\n", rounds, passed, astride,
        after, passed_after);
    assert_true(after >= rounds * THREADS * LEAST_CALLS);
    assert_int_equal(passed_after, 0);
}

static int
setup(void **state)
{
    (void)state;
    world_open(&world);
    world_exec(&world, "UPDATE workspace SET key_max = 100000");
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
