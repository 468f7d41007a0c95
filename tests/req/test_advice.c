/* SPDX-License-Identifier: ISC */
/* The buttons of advice, on the overview and on the page of a key. */
#include "world.h"

#include "base/clock.h"

#include <string.h>

static struct world world;

static int
setup(void **state)
{
    (void)state;
    world_open(&world);
    clock_fix(WORLD_NOW * 1000);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    world_close(&world);
    return 0;
}

static const char *
path(const char *before, const char *after)
{
    return arena_cstr(world.arena, arena_fmt(world.arena, "%s/%.*s%s", before,
        STR_ARG(world.prefix[MEMBER]), after));
}

static struct str
hidden(const struct reply *r, const char *name)
{
    struct str before = arena_fmt(world.arena, "name=\"%s\" value=\"", name);
    for (size_t i = 0; i + before.n < r->body.n; i++)
        if (memcmp(r->body.p + i, before.p, before.n) == 0) {
            struct str rest = str_from(r->body, i + before.n);
            return str_head(rest, str_find(rest, '"'));
        }
    return STR("");
}

static void
test_buttons(void **state)
{
    (void)state;
    struct reply r = req_get(&world, OWNER, "/w/team/");
    assert_true(reply_holds(&r, STR("Advice from use")));
    assert_true(reply_holds(&r, STR("It never expires")));
    r = req_get(&world, MEMBER, path("/w/team/keys", ""));
    assert_true(reply_holds(&r, STR("Let it expire on")));
    assert_int_equal(req_post(&world, STRANGER, path("/w/team/advice", ""),
        STR("kind=expiry&rule=0")).status, 404);
    assert_int_equal(req_post(&world, STRANGER,
        path("/w/strangers/advice", ""), STR("kind=expiry&rule=0")).status,
        404);
    assert_int_equal(req_post(&world, MEMBER, path("/w/team/advice", ""),
        STR("kind=nothing&rule=0")).status, 422);
    r = req_post(&world, MEMBER, path("/w/team/advice", ""),
        STR("kind=expiry&rule=0"));
    assert_int_equal(r.status, 303);
    /* twice: it does not apply any more */
    assert_int_equal(req_post(&world, MEMBER, path("/w/team/advice", ""),
        STR("kind=expiry&rule=0")).status, 409);
    r = req_get(&world, MEMBER, path("/w/team/keys", ""));
    assert_false(reply_holds(&r, STR("Let it expire on")));
    assert_true(reply_holds(&r, STR("Done on advice")));
    struct str done = hidden(&r, "done");
    assert_int_equal(done.n, 36);
    struct str form = arena_fmt(world.arena, "done=%.*s", STR_ARG(done));
    assert_int_equal(req_post(&world, STRANGER,
        path("/w/team/advice", "/undo"), form).status, 404);
    /* not through another key */
    assert_int_equal(req_post(&world, OWNER, arena_cstr(world.arena,
        arena_fmt(world.arena, "/w/team/advice/%.*s/undo",
            STR_ARG(world.prefix[OWNER]))), form).status, 404);
    assert_int_equal(req_post(&world, MEMBER,
        path("/w/team/advice", "/undo"), form).status, 303);
    r = req_get(&world, MEMBER, path("/w/team/keys", ""));
    assert_true(reply_holds(&r, STR("Let it expire on")));
    assert_false(reply_holds(&r, STR("Done on advice")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buttons),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
