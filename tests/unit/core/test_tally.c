/* SPDX-License-Identifier: ISC */
/* Refused calls: each is counted once, floods stay bounded, the first of a
 * kind keep what was said to them, and a store that fails loses nothing. */
#include "stand.h"

#include "base/attr.h"
#include "core/tally.h"
#include "core/touch.h"
#include "text/when.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

static struct stand st;
static struct touches *touches;

static int
setup(void **state)
{
    (void)state;
    stand_open(&st);
    world_exec(&st.w, "UPDATE api_key SET all_models = 0, all_endpoints = 0; "
        "INSERT INTO key_endpoint (key_id, endpoint) "
        "SELECT id, '/v1/chat/completions' FROM api_key");
    touches = touches_new();
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    touches_free(touches);
    stand_close(&st);
    return 0;
}

static struct cx *
with_touches(struct seat *s)
{
    struct cx *cx = seat_nobody(s);
    cx->touches = touches;
    return cx;
}

/* One refused call; the id of the request is its number. */
static void
refused(struct seat *s, int n, const char *model, const char *endpoint)
{
    struct decision d;
    char id[20];
    struct cx *cx = with_touches(s);
    (void)snprintf(id, sizeof id, "req-%d", n);
    cx->request_id = str_cstr(id);
    struct call c = { .key = str_cstr(st.text), .model = str_cstr(model),
        .endpoint = str_cstr(endpoint), .address_text = STR("192.0.2.7") };
    check_call(cx, &c, &d);
    must(d.reason == REASON_MODEL || d.reason == REASON_ENDPOINT);
}

static void
flush(void)
{
    struct cx *cx = with_touches(&st.s);
    OK(cx, tally_flush(cx));
}

#define CALLS "SELECT ifnull(sum(calls), 0) FROM usage_event"
#define SUMS "SELECT ifnull(sum(refused), 0) FROM usage_day WHERE key_id = 0"
#define KEPT "SELECT count(*) FROM refused_call"

static void
counted(int64_t n)
{
    assert_int_equal(world_int(&st.w, CALLS), n);
    assert_int_equal(world_int(&st.w, SUMS), n);
    stand_even(&st.w);
}

static void
test_counts(void **state)
{
    (void)state;
    for (int i = 0; i < 25; i++)
        refused(&st.s, i, "a/big", "/v1/chat/completions");
    counted(0); /* nothing is written on the way of a request */
    flush();
    counted(25);
    assert_int_equal(world_int(&st.w, "SELECT count(*) FROM usage_event"), 1);
    assert_int_equal(world_int(&st.w, KEPT), TALLY_TRACES_KIND);
    assert_int_equal(world_int(&st.w, "SELECT kept FROM usage_event"),
        TALLY_TRACES_KIND);
    flush();
    counted(25);
    /* the same kind in the same minute: the row grows, no trace is added */
    refused(&st.s, 25, "a/big", "/v1/chat/completions");
    flush();
    counted(26);
    assert_int_equal(world_int(&st.w, KEPT), TALLY_TRACES_KIND);
    assert_int_equal(world_int(&st.w, "SELECT count(*) FROM usage_event"), 1);
    /* another minute is another row */
    st.w.now_s += MINUTE_S;
    refused(&st.s, 26, "a/big", "/v1/chat/completions");
    flush();
    counted(27);
    assert_int_equal(world_int(&st.w, KEPT), TALLY_TRACES_KIND + 1);
    assert_int_equal(world_int(&st.w, "SELECT count(*) FROM usage_event"), 2);
}

/* Names that callers make up make no rows: not of sums, not of events. */
static void
test_made_up_names(void **state)
{
    (void)state;
    char model[40], endpoint[40];
    for (int i = 0; i < 500; i++) {
        (void)snprintf(model, sizeof model, "made/up-%d", i);
        (void)snprintf(endpoint, sizeof endpoint, "/v1/made-up/%d", i);
        refused(&st.s, i, model, i % 2 ? endpoint : "/v1/chat/completions");
    }
    flush();
    counted(500);
    assert_int_equal(world_int(&st.w, "SELECT count(*) FROM usage_event"), 2);
    assert_in_range(world_int(&st.w, KEPT), 1, 2 * TALLY_TRACES_KIND);
}

static void
test_kinds_are_bounded(void **state)
{
    (void)state;
    static const char *const endpoints[] = { "/v1/completions",
        "/v1/messages", "/v1/responses", "/v1/embeddings", "/v1/models",
        "/v1/images/generations", "/v1/images/edits", "/v1/audio/speech",
        "/v1/audio/transcriptions", "/v1/videos", "/v1/ocr" };
    static const char *const models[] = { "a/big", "a/free", "" };
    int n = 0;
    for (size_t m = 0; m < COUNT_OF(models); m++)
        for (size_t e = 0; e < COUNT_OF(endpoints); e++)
            for (int i = 0; i < 3; i++)
                refused(&st.s, n++, models[m], endpoints[e]);
    flush();
    counted(n);
    assert_in_range(world_int(&st.w, "SELECT count(*) FROM usage_event"), 2,
        TALLY_KINDS);
    assert_in_range(world_int(&st.w, KEPT), 1, TALLY_TRACES_MINUTE);
}

/* While the store fails, counts and traces wait; then each is there once. */
static void
test_failing_store(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        refused(&st.s, i, "a/big", "/v1/chat/completions");
    for (int i = 0; i < 3; i++) {
        struct cx *cx = with_touches(&st.s);
        cx->may_write = false;
        assert_int_not_equal(tally_flush(cx), ERR_OK);
        refused(&st.s, 5 + i, "a/big", "/v1/chat/completions");
    }
    counted(0);
    flush();
    counted(8);
    assert_int_equal(world_int(&st.w, KEPT), 8);
    assert_int_equal(world_int(&st.w, "SELECT count(*) FROM (SELECT id, "
        "row_number() OVER (ORDER BY id) - 1 AS n, request_id "
        "FROM refused_call) WHERE request_id <> 'req-' || n"), 0);
    flush();
    counted(8);
}

/* An unknown key, and a known prefix with a wrong secret, write nothing. */
static void
test_strangers(void **state)
{
    (void)state;
    char text[64];
    struct decision d;
    (void)snprintf(text, sizeof text, "%s", st.text);
    text[20] = text[20] == 'a' ? 'b' : 'a';
    struct cx *cx = with_touches(&st.s);
    struct call c = { .key = str_cstr(text), .model = STR("a/big") };
    check_call(cx, &c, &d);
    assert_int_equal(d.reason, REASON_INVALID_KEY);
    flush();
    counted(0);
}

enum { THREADS = 8, EACH = 300 };

static void *
flood(void *arg)
{
    struct seat s;
    int first = (int)(intptr_t)arg * EACH;
    seat_open(&s, &st.w);
    for (int i = 0; i < EACH; i++) {
        refused(&s, first + i, i % 2 ? "a/big" : "a/free",
            i % 3 ? "/v1/chat/completions" : "/v1/ocr");
        arena_reset(s.arena);
    }
    seat_close(&s);
    return NULL;
}

/* Written by one while many count: none is lost, none is there twice. */
static void
test_threads(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    for (intptr_t i = 0; i < THREADS; i++)
        must(pthread_create(&threads[i], NULL, flood, (void *)i) == 0);
    for (int i = 0; i < 20; i++)
        flush();
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    flush();
    counted(THREADS * EACH);
    assert_in_range(world_int(&st.w, KEPT), 1, TALLY_TRACES_MINUTE);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = { T(test_counts),
        T(test_made_up_names), T(test_kinds_are_bounded),
        T(test_failing_store), T(test_strangers), T(test_threads) };
    return cmocka_run_group_tests_name("tally", tests, NULL, NULL);
}
