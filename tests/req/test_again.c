/* SPDX-License-Identifier: ISC */
/*
 * Forms shown again after an error, or after a sign-in: who may not see the
 * form, or asks for what is not there, is told that and nothing else; every
 * row's form survives a sign-in.
 */
#include "world.h"

#include "http/csrf.h"

#include <stdio.h>
#include <string.h>

static struct world world;

/* A field that no table has, posted to a row: never our fault. */
static struct reply
post_unknown(enum who who, const char *path)
{
    return req_post(&world, who, path, STR("nonsense=1"));
}

static void
test_not_allowed(void **state)
{
    static const char *const paths[] = { "/w/team/management-keys",
        "/w/team/admin-keys", "/w/team/settings", "/w/team/models",
        "/w/team/deployments" };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        struct reply r = post_unknown(MEMBER, paths[i]);
        if (r.status != 403)
            print_error("%s: %d\n", paths[i], r.status);
        assert_int_equal(r.status, 403);
        assert_true(reply_holds(&r, STR("<h1")));
    }
}

static void
test_not_there(void **state)
{
    static const char *const paths[] = { "/w/team/keys/NOSUCHKY/edit",
        "/w/team/keys/NOSUCHKY/rotate", "/w/team/keys/NOSUCHKY/disable",
        "/w/team/keys/NOSUCHKY/enable", "/w/team/keys/NOSUCHKY/revoke",
        "/w/team/models/none/edit", "/w/team/deployments/none/edit" };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        struct reply r = post_unknown(OWNER, paths[i]);
        if (r.status != 404)
            print_error("%s: %d\n", paths[i], r.status);
        assert_int_equal(r.status, 404);
        assert_true(reply_holds(&r, STR("<h1")));
    }
    struct reply r = req_post(&world, OWNER, "/w/team/keys/bulk",
        STR("do=disable&k=NOSUCHKY"));
    assert_int_equal(r.status, 404);
}

/* The hidden value of a field in a page. */
static struct str
hidden(const struct reply *r, const char *name)
{
    struct str mark = arena_fmt(world.arena, "name=\"%s\" value=\"", name);
    struct str value, rest;
    for (size_t i = 0; i < r->body.n; i++) {
        struct str at = str_from(r->body, i);
        if (!str_starts(at, mark))
            continue;
        (void)str_cut(str_from(at, mark.n), '"', &value, &rest);
        return value;
    }
    return (struct str){ NULL, 0 };
}

/* Every form that can be shown again, posted after the session ended. */
static void
test_every_form_survives(void **state)
{
    size_t n, tried = 0;
    const struct route *all = routes(&n);
    (void)state;
    world_save(&world);
    for (size_t i = 0; i < n; i++) {
        const struct route *row = &all[i];
        if (!row->again || !row->fields || row->knock == KNOCK_ANYONE)
            continue;
        enum who who = row_doer(row);
        struct str own = world.session[who];
        world_restore(&world); /* so many sign-ins end the first session */
        struct str form = row_body(&world, row, who, OTHERS);
        struct str target = row_target(&world, row, who, OTHERS);
        world.session[who] =
            STR("BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB");
        struct reply r =
            req_post(&world, who, arena_cstr(world.arena, target), form);
        world.session[who] = own;
        assert_int_equal(r.status, 401);
        struct str carried = hidden(&r, "carried");
        /* forms of secrets only have nothing to keep */
        bool kept = carried.n > 0;
        r = req_post(&world, NOBODY, "/sign-in",
            arena_fmt(world.arena, "email=%s&password="
                "correct+horse+battery&next=/&carried=%.*s",
                who == OPERATOR ? "oskar%40house.example"
                                : "olive%40team.example",
                STR_ARG(carried)));
        if (r.status != (kept ? 200 : 303))
            print_error("%s: %d\n", row->path, r.status);
        assert_int_equal(r.status, kept ? 200 : 303);
        tried++;
        world_forget(&world);
    }
    world_restore(&world);
    assert_true(tried > 15);
}

/* The page after the sign-in is that of the new session. */
static void
test_new_session_is_current(void **state)
{
    (void)state;
    struct str own = world.session[OWNER];
    world.session[OWNER] = STR("BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB");
    struct reply r =
        req_post(&world, OWNER, "/account/name", STR("name=Olive+Again"));
    world.session[OWNER] = own;
    r = req_post(&world, NOBODY, "/sign-in",
        arena_fmt(world.arena, "email=olive%%40team.example&password="
            "correct+horse+battery&next=/&carried=%.*s",
            STR_ARG(hidden(&r, "carried"))));
    assert_int_equal(r.status, 200);
    assert_true(reply_holds(&r, STR("value=\"Olive Again\"")));
    /* its form is one of the new session, and of no other */
    struct ask ask = world_ask(&world, OWNER, "POST", STR("/account/name"));
    ask.type = "application/x-www-form-urlencoded";
    ask.body = arena_fmt(world.arena, "name=Olive+Again&" CSRF_FIELD "=%.*s",
        STR_ARG(hidden(&r, CSRF_FIELD)));
    struct reply old = world_send(&world, &ask);
    assert_int_equal(old.status, 403);
    ask.cookie = str_head(reply_header(&r, "Set-Cookie"),
        str_find(reply_header(&r, "Set-Cookie"), ';'));
    r = world_send(&world, &ask);
    assert_int_equal(r.status, 303);
}

/* A key of nobody, as the shell makes them, stays so in an edit of its note. */
static void
test_owner_stays(void **state)
{
    (void)state;
    world_exec(&world, "UPDATE api_key SET owner_user_id = NULL "
                       "WHERE kind = 'management'");
    char *page = arena_cstr(world.arena,
        arena_fmt(world.arena, "/w/team/management-keys/%.*s/edit",
            STR_ARG(world.prefix[MANAGEMENT])));
    struct reply r = req_get(&world, OWNER, page);
    assert_int_equal(r.status, 200);
    assert_true(reply_holds(&r,
        STR("<option value=\"\" selected>As it is: nobody</option>")));
    r = req_post(&world, OWNER, page,
        arena_fmt(world.arena, "version=%.*s&name=Kept&expiry=none&owner=",
            STR_ARG(hidden(&r, "version"))));
    assert_int_equal(r.status, 303);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM api_key WHERE "
        "name = 'Kept' AND owner_user_id IS NULL"), 1);
}

static int
setup(void **state)
{
    (void)state;
    world_open(&world);
    world_furnish(&world);
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
        cmocka_unit_test(test_not_allowed),
        cmocka_unit_test(test_not_there),
        cmocka_unit_test(test_owner_stays),
        cmocka_unit_test(test_every_form_survives),
        cmocka_unit_test(test_new_session_is_current),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
