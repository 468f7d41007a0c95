/* SPDX-License-Identifier: ISC */
/* The first run: the one-time link makes one owner, once. */
#include "world.h"

#include "base/clock.h"
#include "core/account.h"
#include "web/web.h"

#include <stdio.h>
#include <string.h>

static struct world world;

#define FORM "email=first%40owner.example&name=First+Owner" \
             "&password=correct+horse+battery"

static struct str
new_link(void)
{
    struct str token;
    struct cx *cx = worker_shell(&world.worker);
    assert_int_equal(setup_link(cx, &token), ERR_OK);
    return arena_dup(world.keep, token);
}

static struct reply
open_link(struct str token)
{
    return req_get(&world, NOBODY,
        arena_fmt(world.arena, "/setup?t=%.*s", STR_ARG(token)).p);
}

static struct reply
post(struct str token, const char *form)
{
    return req_post(&world, NOBODY, "/setup",
        arena_fmt(world.arena, "t=%.*s&%s", STR_ARG(token), form));
}

static int64_t
users(void)
{
    return world_int(&world, "SELECT count(*) FROM user");
}

/* The field of the link is called as the row calls it. */
static void
test_wrong_link(void **state)
{
    (void)state;
    struct str real = new_link();
    char *altered = arena_cstr(world.arena, real);
    altered[5] = altered[5] == 'A' ? 'B' : 'A';
    const struct str wrong[] = { STR(""), STR("x"), str_cstr(altered),
        str_head(real, real.n - 1) };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_int_equal(open_link(wrong[i]).status, 404);
        int status = post(wrong[i], FORM).status;
        assert_true(status == 404 || status == 422);
    }
    assert_int_equal(open_link(real).status, 200);
    /* a newer link ends the older */
    struct str newer = new_link();
    assert_int_equal(open_link(real).status, 404);
    assert_int_equal(open_link(newer).status, 200);
    /* an hour */
    clock_fix((WORLD_NOW + SETUP_LINK_S - 1) * 1000);
    assert_int_equal(open_link(newer).status, 200);
    clock_fix((WORLD_NOW + SETUP_LINK_S) * 1000);
    assert_int_equal(open_link(newer).status, 404);
    assert_int_equal(post(newer, FORM).status, 404);
    clock_fix(WORLD_NOW * 1000);
    assert_int_equal(users(), 0);
}

static void
test_wrong_fields(void **state)
{
    (void)state;
    struct str token = new_link();
    static const struct {
        const char *form, *says;
    } rows[] = {
        { "", "e-mail" },
        { "email=first&name=First&password=correct+horse+battery",
            "name@example.org" },
        { "email=a%40b.example&name=First&password=short", "12" },
        { "email=a%40b.example&name=First&password=keylodge-keylodge",
            "easy to guess" },
        { "email=a%40b.example&name=First&password=aaaaaaaaaaaaaaaa",
            "easy to guess" },
        { FORM "&role=owner", "" },
        { FORM "&email=second%40owner.example", "once" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct reply r = post(token, rows[i].form);
        if (r.status != 422 || !reply_holds(&r, str_cstr(rows[i].says)))
            fail_msg("row %zu: %d", i, r.status);
        /* the form again, with the link, without the password */
        assert_true(reply_holds(&r, token));
        assert_false(reply_holds(&r, STR("correct horse")));
    }
    assert_int_equal(users(), 0);
}

static void
test_once(void **state)
{
    (void)state;
    struct str token = new_link();
    struct reply r = post(token, FORM);
    assert_int_equal(r.status, 303);
    assert_true(str_is(r.location, "/w/first-owner/"));
    assert_int_equal(users(), 1);
    size_t sessions = 0;
    for (size_t i = 0; i < r.headers.n; i++)
        sessions += str_starts(r.headers.items[i].value,
            STR(COOKIE_SESSION "="));
    assert_int_equal(sessions, 1);
    /* again: it is done, for whoever asks */
    assert_true(reply_holds(&(struct reply){ .body = open_link(token).body },
        STR("Setup is done")));
    r = post(token, "email=second%40owner.example&name=Second"
                    "&password=correct+horse+battery");
    assert_true(r.status == 200 || r.status == 409);
    assert_int_equal(users(), 1);
    struct str none;
    assert_int_equal(setup_link(worker_shell(&world.worker), &none), ERR_OK);
    assert_int_equal(none.n, 0);
    /* and they can sign in */
    r = req_post(&world, NOBODY, "/sign-in",
        STR("email=FIRST%40owner.example&password=correct+horse+battery"));
    assert_int_equal(r.status, 303);
}

static int
setup(void **state)
{
    (void)state;
    world_bare(&world);
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
        cmocka_unit_test(test_wrong_link),
        cmocka_unit_test(test_wrong_fields),
        cmocka_unit_test(test_once),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
