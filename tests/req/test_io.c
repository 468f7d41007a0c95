/* SPDX-License-Identifier: ISC */
/*
 * Every call of SQLite's file system fails in turn, once and from there on:
 * reads, short reads, writes, a full disk, syncs, locks, opening (SECURITY.md
 * R6, R12, T05).  By default each STEP-th call; KEYLODGE_LONG=1: all.
 */
#include "bad_day.h"
#include "io_fault.h"

#include "store/engine.h"

#include <sqlite3.h>
#include <stdlib.h>

enum { STEP = 10, HEAL_EACH = 8 };

static struct world world;
static int step = STEP, points;

static void
within(bool begins)
{
    io_fault.armed = begins;
}

/* Pages are read from the disk again, as after a while without requests. */
static void
forget_pages(void)
{
    sqlite3_db_release_memory(world.app.db->writer->sql);
    sqlite3_db_release_memory(world.worker.store->reader->sql);
}

static void
blame(const struct proper *proper, const struct reply *r, const char *what)
{
    fail_msg("%s: call %d, way %d%s, failed with %d: %s\n%d %.*s",
        bad_name(&world, proper->script), io_fault.at, io_fault.way,
        io_fault.on ? ", and all after it" : "", io_fault.last, what,
        r->status, STR_ARG(str_head(r->body, 300)));
}

/* One request with one call failing; false: it has fewer calls. */
static bool
try_one(const struct proper *proper, int at, bool on, int way)
{
    bad_begin(&world);
    forget_pages();
    io_fault_set(at, on, way);
    struct reply r = bad_send(&world, proper->script);
    if (io_fault.failed == 0)
        return false;
    int last = io_fault.last;
    const char *wrong = bad_judge(&world, proper, &r);
    /* a page cut short is one that is damaged: trying again may not help */
    if (!wrong && r.status == 500 && last != SQLITE_IOERR_SHORT_READ)
        wrong = "500 where 503 is right";
    if (!wrong && on)
        wrong = bad_gate(&world);
    if (wrong)
        blame(proper, &r, wrong);
    io_fault_set(0, false, 0);
    if (points++ % HEAL_EACH == 0 && (wrong = bad_healed(&world)) != NULL)
        blame(proper, &r, wrong);
    world_forget(&world);
    return true;
}

static void
test_each_call(void **state)
{
    size_t n;
    const struct script *all = bad_scripts(&n);
    (void)state;
    for (size_t i = 0; i < n; i++) {
        struct proper proper;
        io_fault_set(0, false, 0);
        bad_learn(&world, &all[i], &proper);
        world_forget(&world);
        for (int way = 0; way < IO_WAYS; way++)
            for (int on = 0; on <= 1; on++)
                /* other calls in each script and way, so that none is
                 * always left out */
                for (int at = 1 + (int)(i + (size_t)way) % step;
                     try_one(&proper, at, on, way); at += step)
                    continue;
        io_fault_set(0, false, 0);
        bad_begin(&world);
        bad_whole(&world);
    }
    print_message("# %d points in %zu scripts\n", points, n);
    assert_true(points > 12 * 20);
}

static int
setup(void **state)
{
    const char *deep = getenv("KEYLODGE_LONG");
    (void)state;
    if (deep && *deep)
        step = 1;
    io_fault_install();
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
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_each_call) };
    return cmocka_run_group_tests(tests, setup, teardown);
}
