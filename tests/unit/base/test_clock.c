/* SPDX-License-Identifier: ISC */
/* The time of the program: it never goes back, whatever is done to the clock of
 * the machine, and it is right again after a while (SEMANTICS.md 17). */
#include "base/clock.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
/* 2028-02-29T00:00:00Z */
#define EDGE (INT64_C(1835395200) * SECOND)

static int64_t back;

/* Let the machine's clock run from..to in steps; the last shown. */
static int64_t
run(struct clock_steady *c, int64_t from, int64_t to, int64_t step)
{
    int64_t shown = c->last_us;
    for (int64_t at = from; at <= to; at += step) {
        int64_t now = clock_steady_us(c, at, &back);
        if (now < shown)
            fail_msg("%" PRId64 " us back", shown - now);
        assert_int_equal(back, 0);
        shown = now;
    }
    return shown;
}

/* A clock that goes forward is shown as it is, jumps and all. */
static void
test_forward(void **state)
{
    (void)state;
    struct clock_steady c = { 0 };
    for (int64_t at = EDGE; at < EDGE + HOUR; at += 7 * SECOND)
        assert_int_equal(clock_steady_us(&c, at, &back), at);
    assert_int_equal(clock_steady_us(&c, EDGE + 400 * DAY, &back),
        EDGE + 400 * DAY);
    assert_int_equal(back, 0);
}

/* Set back an hour just after midnight: it stays the new day, minutes go on
 * nearly as fast as ever, and a day later the time is right. */
static void
test_an_hour_back(void **state)
{
    (void)state;
    struct clock_steady c = { 0 };
    int64_t last = run(&c, EDGE - HOUR, EDGE + 5 * SECOND, SECOND);
    int64_t wall = EDGE + 5 * SECOND - HOUR;
    assert_int_equal(clock_steady_us(&c, wall, &back), last);
    assert_int_equal(back, HOUR);
    int64_t now = run(&c, wall, wall + 60 * SECOND, SECOND / 10);
    assert_in_range(now - last, 57 * SECOND, 60 * SECOND - 1);
    now = run(&c, wall + 60 * SECOND, wall + 10 * HOUR, SECOND);
    assert_in_range(now, wall + 10 * HOUR + HOUR / 2 - 10 * SECOND,
        wall + 10 * HOUR + HOUR / 2 + 10 * SECOND);
    now = run(&c, wall + 10 * HOUR, wall + DAY, SECOND);
    assert_int_equal(now, wall + DAY);
    assert_int_equal(c.ahead_us, 0);
}

/* Asked all the time it loses as much as asked now and then. */
static void
test_asked_often(void **state)
{
    (void)state;
    struct clock_steady often = { 0 }, seldom = { 0 };
    (void)clock_steady_us(&often, EDGE, &back);
    (void)clock_steady_us(&seldom, EDGE, &back);
    int64_t wall = EDGE - 60 * SECOND;
    (void)clock_steady_us(&often, wall, &back);
    (void)clock_steady_us(&seldom, wall, &back);
    int64_t a = run(&often, wall, wall + 20 * SECOND, 17);
    int64_t b = run(&seldom, wall, wall + 20 * SECOND, SECOND);
    assert_in_range(a - b + SECOND / 10, 0, SECOND / 5);
    assert_in_range(b, EDGE + 18 * SECOND, EDGE + 20 * SECOND);
}

/* More than a day back: the clock was wrong before, and is right now. */
static void
test_far_back(void **state)
{
    (void)state;
    struct clock_steady c = { 0 };
    (void)clock_steady_us(&c, EDGE + 365 * DAY, &back);
    assert_int_equal(clock_steady_us(&c, EDGE, &back), EDGE);
    assert_int_equal(back, 365 * DAY);
    assert_int_equal(run(&c, EDGE, EDGE + HOUR, SECOND), EDGE + HOUR);
    /* back a day, it is not believed */
    assert_int_equal(clock_steady_us(&c, EDGE + HOUR - DAY, &back),
        EDGE + HOUR);
}

/* Any steps at all: never back but for those that are believed. */
static void
test_random(void **state)
{
    (void)state;
    struct clock_steady c = { 0 };
    unsigned seed = (unsigned)time(NULL) ^ (unsigned)getpid();
    int64_t wall = EDGE, shown = 0;
    print_message("seed %u\n", seed);
    for (int i = 0; i < 200000; i++) {
        int64_t step = rand_r(&seed) % 1000000;
        wall += rand_r(&seed) % 50 ? step : (rand_r(&seed) % 7200 - 3600) * step;
        int64_t now = clock_steady_us(&c, wall, &back);
        if (now < shown && back <= DAY)
            fail_msg("%" PRId64 " us back", shown - now);
        assert_true(now >= wall && c.ahead_us >= 0);
        shown = now;
    }
}

/* What an earlier process saw holds for this one, and the real clock too. */
static void
test_not_before(void **state)
{
    (void)state;
    clock_not_before((int64_t)time(NULL) + 600);
    int64_t now = clock_now_s();
    assert_in_range(now, time(NULL) + 540, time(NULL) + 601);
    clock_not_before((int64_t)time(NULL) - 600);
    assert_true(clock_now_s() >= now);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forward),
        cmocka_unit_test(test_an_hour_back),
        cmocka_unit_test(test_asked_often),
        cmocka_unit_test(test_far_back),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_not_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
