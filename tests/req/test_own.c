/* SPDX-License-Identifier: ISC */
/* The page of a key for who holds it: what is shown, what never is, and that
 * guessing is slow. */
#include "world.h"

#include "base/clock.h"
#include "core/touch.h"
#include "text/form.h"

static struct world world;

static int
setup(void **state)
{
    (void)state;
    world_open(&world);
    world_save(&world);
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

static int
fresh(void **state)
{
    (void)state;
    world_restore(&world);
    clock_fix(WORLD_NOW * 1000);
    return 0;
}
#define TEST(name) cmocka_unit_test_setup(name, fresh)

static struct reply
look(struct str key)
{
    return req_post(&world, NOBODY, "/key",
        arena_fmt(world.arena, "key=%.*s", STR_ARG(key)));
}

static void
test_shown(void **state)
{
    (void)state;
    struct str key = world.key[MEMBER];
    struct ask gate = world_ask(&world, NOBODY, "GET", STR("/gate"));
    struct reply r;
    gate.bearer = key;
    form_add(world.arena, &gate.extra, STR("HTTP_X_ORIGINAL_URI"),
        STR("/v1/nothing-of-ours"));
    world_exec(&world, arena_cstr(world.arena, arena_fmt(world.arena,
        "UPDATE api_key SET spend_limit_micro = 5000000, spend_reset = "
        "'month', all_endpoints = 0 WHERE prefix = '%.*s'",
        STR_ARG(world.prefix[MEMBER]))));
    assert_int_equal(world_send(&world, &gate).status, 403);
    struct cx *cx = world_as(&world, NOBODY);
    cx->may_write = true;
    world_need(touch_flush(cx), &cx->err);
    r = look(key);
    assert_int_equal(r.status, 200);
    assert_true(str_is(reply_header(&r, "Cache-Control"), "no-store"));
    assert_true(reply_holds(&r, STR("of member")));
    assert_true(reply_holds(&r, STR("Spending limit: $5.00 per month")));
    assert_true(reply_holds(&r, STR("$0.00 of $5.00")));
    assert_true(reply_holds(&r, STR("1 Apr 2026, 00:00 UTC")));
    assert_true(reply_holds(&r, STR("is not allowed")));
    assert_true(reply_holds(&r, STR("nothing is allowed any more")));
    /* neither the key itself, nor anything of others, nor a way to change */
    assert_false(reply_holds(&r, str_from(key, 9)));
    assert_false(reply_holds(&r, STR("@team.example")));
    assert_false(reply_holds(&r, STR("<form")));
    /* with spaces around it, as it is pasted */
    assert_int_equal(look(arena_fmt(world.arena, "++%.*s%%0A",
        STR_ARG(key))).status, 200);
    assert_int_equal(look(world.key[MANAGEMENT]).status, 200);
}

static void
test_states(void **state)
{
    (void)state;
    static const struct {
        const char *sql, *says;
    } rows[] = {
        { "disabled_s = 1, disabled_by = 'x'", "Disabled" },
        { "expires_s = 1", "Expired" },
        { "suspended_s = 1, suspended_why = 'leaked'", "Suspended" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        world_restore(&world);
        world_exec(&world, arena_cstr(world.arena, arena_fmt(world.arena,
            "UPDATE api_key SET %s WHERE prefix = '%.*s'", rows[i].sql,
            STR_ARG(world.prefix[OWNER]))));
        struct reply r = look(world.key[OWNER]);
        assert_int_equal(r.status, 200);
        assert_true(reply_holds(&r, str_cstr(rows[i].says)));
    }
}

static void
test_refused(void **state)
{
    (void)state;
    struct str live = world.key[OWNER];
    char *wrong = arena_cstr(world.arena, live);
    wrong[20] = wrong[20] == 'a' ? 'b' : 'a';
    world_exec(&world, arena_cstr(world.arena, arena_fmt(world.arena,
        "UPDATE api_key SET revoked_s = 1, revoked_by = 'x' "
        "WHERE prefix = '%.*s'", STR_ARG(world.prefix[ADMIN]))));
    const struct str keys[] = { str_cstr(wrong), world.key[ADMIN],
        STR("sk-whatever"), str_head(live, 8) };
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        struct reply r = look(keys[i]);
        assert_int_equal(r.status, 422);
        assert_true(reply_holds(&r, STR("not a live key")));
        assert_false(reply_holds(&r, keys[i]));
    }
    assert_int_equal(look(STR("")).status, 422);
    /* in an address it does nothing */
    struct reply r = req_get(&world, NOBODY, arena_cstr(world.arena,
        arena_fmt(world.arena, "/key?key=%.*s", STR_ARG(live))));
    assert_false(reply_holds(&r, STR("of owner")));
    assert_false(reply_holds(&r, str_from(live, 9)));
}

static void
test_throttled(void **state)
{
    (void)state;
    int tries = 0, status = 422;
    while (status == 422 && tries < 100) {
        status = look(STR("sk-whatever")).status;
        tries++;
    }
    assert_int_equal(status, 429);
    assert_in_range(tries, 5, 30);
    /* who holds a key is not kept waiting by looking often */
    clock_fix((WORLD_NOW + 3600) * 1000);
    for (int i = 0; i < 50; i++)
        assert_int_equal(look(world.key[OWNER]).status, 200);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_shown),
        TEST(test_states),
        TEST(test_refused),
        TEST(test_throttled),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
