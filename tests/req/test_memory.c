/* SPDX-License-Identifier: ISC */
/*
 * Every allocation fails in turn, once and from there on (SECURITY.md R7, R12,
 * T04): over the scripts of bad_day.c and over every row of the table of
 * routes.  By default POINTS of each in each way, spread over all it has;
 * KEYLODGE_LONG=1: all.
 */
#include "alloc_fault.h"
#include "bad_day.h"
#include "io_fault.h"

#include <stdlib.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

enum { POINTS = 24, ROW_POINTS = 5, HEAL_EACH = 16, LEAK_EACH = 16 };

static struct world world;
static bool deep;
static int points, seen;

static void
within(bool begins)
{
    alloc_fault.armed = begins;
}

static void
blame(const struct proper *proper, const struct reply *r, const char *what)
{
    fail_msg("%s: allocation %d (%s)%s: %s\n%d %.*s",
        bad_name(&world, proper->script), alloc_fault.at, alloc_fault.last,
        alloc_fault.on ? " and all after it" : "", what, r->status,
        STR_ARG(str_head(r->body, 300)));
}

/* One request with one allocation failing; false: it has fewer. */
static bool
try_one(const struct proper *proper, int at, bool on)
{
    bad_begin(&world);
    alloc_fault_set(at, on);
    struct reply r = bad_send(&world, proper->script);
    if (alloc_fault.failed == 0)
        return false;
    const char *wrong = bad_judge(&world, proper, &r);
    if (!wrong && r.status == 500)
        wrong = "500 where 503 is right";
    if (!wrong && on)
        wrong = bad_gate(&world);
    if (wrong)
        blame(proper, &r, wrong);
    alloc_fault_set(0, false);
    if (points++ % HEAL_EACH == 0 && (wrong = bad_healed(&world)) != NULL)
        blame(proper, &r, wrong);
    world_forget(&world);
    return true;
}

static void
no_leaks(const char *name)
{
#ifdef __SANITIZE_ADDRESS__
    if (__lsan_do_recoverable_leak_check())
        fail_msg("%s: memory was lost", name);
#else
    (void)name;
#endif
}

static void
try_all(const struct script *all, size_t n, int most)
{
    for (size_t i = 0; i < n; i++) {
        struct proper proper;
        alloc_fault_set(0, false);
        bad_learn(&world, &all[i], &proper);
        int has = alloc_fault.calls;
        int step = deep || has <= most ? 1 : has / most;
        for (int on = 0; on <= 1; on++)
            /* others in each script, so that none is always left out */
            for (int at = 1 + (seen++ * 7) % step; try_one(&proper, at, on);
                 at += step)
                continue;
        alloc_fault_set(0, false);
        bad_begin(&world);
        if (i % LEAK_EACH == 0 || i + 1 == n)
            no_leaks(bad_name(&world, &all[i]));
        world_forget(&world);
    }
    bad_whole(&world);
    print_message("# %d points in %zu scripts\n", points, n);
}

static void
test_scripts(void **state)
{
    size_t n;
    const struct script *all = bad_scripts(&n);
    (void)state;
    try_all(all, n, POINTS);
}

static void
test_rows(void **state)
{
    size_t n;
    const struct script *all = bad_rows(&world, &n);
    (void)state;
    assert_true(n > 60);
    try_all(all, n, ROW_POINTS);
}

static int
setup(void **state)
{
    const char *is = getenv("KEYLODGE_LONG");
    (void)state;
    deep = is && *is;
    alloc_fault_install();
    io_fault_install(); /* nobody waits in earnest */
    bad_open(&world);
    world.within = within;
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    bad_close(&world);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scripts),
        cmocka_unit_test(test_rows),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
