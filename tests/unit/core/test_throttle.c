/* SPDX-License-Identifier: ISC */
/* How often a network may report keys: bursts, the rate after them, whom it
 * holds together, and many at once. */
#include "world.h"

#include "base/attr.h"
#include "core/throttle.h"

#include <pthread.h>
#include <stdatomic.h>

enum { BURST = 30, EACH_S = 2 };

static struct world w;
static struct seat s;

static int
setup(void **state)
{
    (void)state;
    world_bare(&w);
    seat_open(&s, &w);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    seat_close(&s);
    world_free(&w);
    return 0;
}

/* How many of n pass at one moment; *retry_s of the last, 0: it passed. */
static int
passes_at(struct seat *seat, const char *from, int n, int64_t *retry_s)
{
    int passed = 0;
    for (int i = 0; i < n; i++) {
        struct cx *cx = seat_nobody(seat);
        must(ip_read(str_cstr(from), &cx->peer));
        enum err_code code = throttle_take(cx, THROTTLE_LEAKS, STR(""));
        must(code == ERR_OK || code == ERR_LIMITED);
        passed += code == ERR_OK;
        *retry_s = code ? cx->err.retry_s : 0;
    }
    return passed;
}

static int
passes(const char *from, int n, int64_t *retry_s)
{
    return passes_at(&s, from, n, retry_s);
}

static void
test_burst_and_rate(void **state)
{
    (void)state;
    int64_t retry_s;
    assert_int_equal(passes("192.0.2.7", BURST, &retry_s), BURST);
    assert_int_equal(retry_s, 0);
    /* refused tries cost nothing further, however many */
    assert_int_equal(passes("192.0.2.7", 100, &retry_s), 0);
    assert_int_equal(retry_s, EACH_S);
    w.now_s += EACH_S - 1;
    assert_int_equal(passes("192.0.2.7", 1, &retry_s), 0);
    assert_int_equal(retry_s, 1);
    /* what was said to be enough is */
    w.now_s += retry_s;
    assert_int_equal(passes("192.0.2.7", 5, &retry_s), 1);
    /* a pause fills up to a burst, and no further */
    w.now_s += 100 * BURST * EACH_S;
    assert_int_equal(passes("192.0.2.7", 100, &retry_s), BURST);
}

/* A clock that goes back lets nobody pass more often. */
static void
test_clock_back(void **state)
{
    (void)state;
    int64_t retry_s;
    passes("192.0.2.7", BURST, &retry_s);
    w.now_s -= 60;
    assert_int_equal(passes("192.0.2.7", 5, &retry_s), 0);
    assert_int_equal(retry_s, 60 + EACH_S);
}

static void
test_networks(void **state)
{
    (void)state;
    static const struct {
        const char *first, *second;
        bool together;
    } pairs[] = {
        { "192.0.2.7", "192.0.2.200", true },
        { "192.0.2.7", "192.0.3.7", false },
        { "192.0.2.7", "::ffff:192.0.2.9", true },
        { "2001:db8:0:100::1", "2001:db8:0:1ff::2", true },
        { "2001:db8:0:100::1", "2001:db8:0:200::1", false },
        { "::1", "0.0.0.1", false },
    };
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        int64_t retry_s;
        w.now_s += 3600;
        passes(pairs[i].first, BURST, &retry_s);
        int n = passes(pairs[i].second, 1, &retry_s);
        if (n != !pairs[i].together)
            fail_msg("%s and %s: %d", pairs[i].first, pairs[i].second, n);
    }
}

static atomic_int passed;

static void *
knock(void *arg)
{
    struct seat own;
    int64_t retry_s;
    (void)arg;
    seat_open(&own, &w);
    atomic_fetch_add(&passed,
        passes_at(&own, "198.51.100.1", BURST, &retry_s));
    seat_close(&own);
    return NULL;
}

/* Many at once are no more than one after the other. */
static void
test_threads(void **state)
{
    (void)state;
    enum { THREADS = 8 };
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        must(pthread_create(&threads[i], NULL, knock, NULL) == 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&passed), BURST);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = { T(test_burst_and_rate),
        T(test_clock_back), T(test_networks), T(test_threads) };
    return cmocka_run_group_tests_name("throttle", tests, NULL, NULL);
}
