/* SPDX-License-Identifier: ISC */
/* The pages of a rotation that goes on. */
#include "world.h"

#include "base/clock.h"
#include "core/touch.h"

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
page(const char *rest)
{
    return arena_cstr(world.arena, arena_fmt(world.arena,
        "/w/team/keys/%.*s%s", STR_ARG(world.prefix[MEMBER]), rest));
}

static int
gate(struct str key, const char *agent)
{
    struct ask ask = world_ask(&world, NOBODY, "GET", STR("/gate"));
    ask.bearer = key;
    ask.address = "203.0.113.77";
    form_add(world.arena, &ask.extra, STR("HTTP_X_ORIGINAL_URI"),
        STR("/v1/models"));
    form_add(world.arena, &ask.extra, STR("HTTP_USER_AGENT"),
        str_cstr(agent));
    return world_send(&world, &ask).status;
}

static void
test_pages(void **state)
{
    (void)state;
    struct reply r = req_get(&world, MEMBER, page("/rotation"));
    assert_int_equal(r.status, 303); /* none goes on */
    r = req_post(&world, MEMBER, page("/rotate"),
        STR("once=rotate&overlap=day"));
    assert_int_equal(r.status, 200);
    assert_int_equal(gate(world.key[MEMBER], "curl/8 <b>"), 204);
    struct cx *cx = world_as(&world, NOBODY);
    cx->may_write = true;
    world_need(touch_flush(cx), &cx->err);
    r = req_get(&world, MEMBER, page(""));
    assert_true(reply_holds(&r, STR("Who uses which secret")));
    assert_true(reply_holds(&r, STR("curl/8 &lt;b&gt;")));
    assert_true(reply_holds(&r, STR("203.0.113.77")));
    /* who may not change it sees the key, not its traffic */
    r = req_get(&world, STRANGER, page(""));
    assert_int_equal(r.status, 404);
    r = req_get(&world, OWNER, page("/rotation"));
    assert_int_equal(r.status, 200);
    assert_true(reply_holds(&r, STR("1 call today")));
    r = req_post(&world, MEMBER, page("/rotation"), STR("ends=silent"));
    assert_int_equal(r.status, 422);
    assert_true(reply_holds(&r, STR("Enter a number of hours")));
    r = req_post(&world, MEMBER, page("/rotation"),
        STR("ends=silent&silent_hours=721"));
    assert_int_equal(r.status, 422);
    r = req_post(&world, MEMBER, page("/rotation"),
        STR("ends=silent&silent_hours=6"));
    assert_int_equal(r.status, 303);
    r = req_get(&world, MEMBER, page(""));
    assert_true(reply_holds(&r, STR("nobody used it for 6 hours")));
    r = req_post(&world, STRANGER, page("/rotation/undo"), STR(""));
    assert_int_equal(r.status, 404);
    r = req_post(&world, MEMBER, page("/rotation/undo"), STR(""));
    assert_int_equal(r.status, 303);
    r = req_get(&world, MEMBER, page(""));
    assert_false(reply_holds(&r, STR("Who uses which secret")));
    assert_int_equal(gate(world.key[MEMBER], "curl"), 204);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
