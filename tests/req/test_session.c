/* SPDX-License-Identifier: ISC */
/* Sessions end when they should (SECURITY.md W5). */
#include "world.h"

#include "base/clock.h"
#include "core/session.h"
#include "core/signin.h"
#include "core/touch.h"
#include "text/url.h"
#include "web/web.h"

#include <stdio.h>
#include <string.h>

static struct world world;
#define PAGE "/w/team/keys"

/* Is OWNER, or whoever, let in with this cookie? */
static bool
lets_in(enum who who, struct str session)
{
    struct str own = world.session[who];
    world.session[who] = session;
    struct reply r = req_get(&world, who, PAGE);
    world.session[who] = own;
    assert_true(r.status == 200 || r.status == 303);
    return r.status == 200;
}

/* As the server's clock thread does. */
static void
flush(void)
{
    struct cx *cx = worker_shell(&world.worker);
    assert_int_equal(touch_flush(cx), ERR_OK);
}

static void
at(int64_t s)
{
    clock_fix((WORLD_NOW + s) * 1000);
}

static void
test_sign_out(void **state)
{
    (void)state;
    struct str one = world_sign_in(&world, OWNER);
    struct str two = world_sign_in(&world, OWNER);
    struct str own = world.session[OWNER];
    assert_true(lets_in(OWNER, one));
    world.session[OWNER] = one;
    struct reply r = req_post(&world, OWNER, "/sign-out", STR(""));
    world.session[OWNER] = own;
    assert_int_equal(r.status, 303);
    assert_true(reply_header(&r, "Clear-Site-Data").n > 0);
    assert_false(lets_in(OWNER, one));
    assert_true(lets_in(OWNER, two));
}

static void
test_new_at_sign_in(void **state)
{
    (void)state;
    struct reply r = req_post(&world, NOBODY, "/sign-in",
        STR("email=olive@team.example&password=correct+horse+battery"));
    assert_int_equal(r.status, 303);
    size_t set = 0;
    for (size_t i = 0; i < r.headers.n; i++) {
        struct str name, value, rest, v = r.headers.items[i].value;
        if (!str_eq_nocase(r.headers.items[i].name, STR("Set-Cookie")))
            continue;
        (void)str_cut(v, ';', &v, &rest);
        (void)str_cut(v, '=', &name, &value);
        if (!str_is(name, COOKIE_SESSION))
            continue;
        set++;
        assert_int_equal(value.n, 43);
        assert_false(str_eq(value, world.session[OWNER]));
        assert_true(lets_in(OWNER, arena_dup(world.keep, value)));
    }
    assert_int_equal(set, 1);
    /* a session id that a client chose is never taken over */
    struct str chosen = STR("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert_false(lets_in(OWNER, chosen));
}

static void
test_wrong_password(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "email=olive@team.example&password=not+my+password+at+all",
        "email=nobody@team.example&password=correct+horse+battery",
        "email=dora@team.example&password=correct+horse+battery",
    };
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        struct reply r =
            req_post(&world, NOBODY, "/sign-in", str_cstr(forms[i]));
        assert_int_equal(r.status, 422);
        for (size_t k = 0; k < r.headers.n; k++)
            assert_false(str_starts(r.headers.items[k].value,
                STR(COOKIE_SESSION "=")));
        /* one message for all: nobody learns which addresses there are */
        struct str said = STR("E-mail address or password is not right");
        assert_true(reply_holds(&r, said));
        assert_false(reply_holds(&r, STR("correct horse")));
    }
}

static void
test_password_change(void **state)
{
    (void)state;
    struct str other = world_sign_in(&world, ADMIN), token;
    struct str own = world.session[ADMIN];
    struct password_in in = { .current = STR(WORLD_PASSWORD),
        .password = STR("quite another battery") };
    struct cx *cx = world_as(&world, ADMIN);
    assert_int_equal(password_change(cx, &in, &token), ERR_OK);
    world.session[ADMIN] = arena_dup(world.keep, token);
    /* where it was changed, under a new token */
    assert_true(lets_in(ADMIN, world.session[ADMIN]));
    assert_false(lets_in(ADMIN, own));
    assert_false(lets_in(ADMIN, other));
    in = (struct password_in){ .current = in.password,
        .password = STR(WORLD_PASSWORD) };
    cx = world_as(&world, ADMIN);
    assert_int_equal(password_change(cx, &in, &token), ERR_OK);
    world.session[ADMIN] = arena_dup(world.keep, token);
}

static void
test_end_one_and_others(void **state)
{
    (void)state;
    bool expired;
    struct str one = world_sign_in(&world, ADMIN);
    struct str two = world_sign_in(&world, ADMIN);
    struct cx *cx = world_as(&world, NOBODY);
    assert_int_equal(session_open(cx, one, &expired), ERR_OK);
    struct str uuid = arena_dup(world.keep, cx->actor.session.uuid);
    /* somebody else's session cannot be ended */
    assert_int_equal(session_end(world_as(&world, OWNER), uuid),
        ERR_NOT_FOUND);
    assert_true(lets_in(ADMIN, one));
    assert_int_equal(session_end(world_as(&world, ADMIN), uuid), ERR_OK);
    assert_false(lets_in(ADMIN, one));
    assert_true(lets_in(ADMIN, two));
    assert_int_equal(session_end_others(world_as(&world, ADMIN)), ERR_OK);
    assert_false(lets_in(ADMIN, two));
    assert_true(lets_in(ADMIN, world.session[ADMIN]));
}

static void
test_disabled(void **state)
{
    (void)state;
    assert_false(lets_in(DISABLED, world.session[DISABLED]));
    assert_true(lets_in(MEMBER, world.session[MEMBER]));
    world_exec(&world, "UPDATE user SET disabled_s = 1 "
                       "WHERE email = 'mia@team.example'");
    assert_false(lets_in(MEMBER, world.session[MEMBER]));
    world_exec(&world, "UPDATE user SET disabled_s = NULL "
                       "WHERE email = 'mia@team.example'");
    assert_true(lets_in(MEMBER, world.session[MEMBER]));
}

/* One update ends all sessions of a person. */
static void
test_epoch(void **state)
{
    (void)state;
    world_exec(&world, "UPDATE user SET epoch = epoch + 1 "
                       "WHERE email = 'mia@team.example'");
    assert_false(lets_in(MEMBER, world.session[MEMBER]));
    world_exec(&world, "UPDATE user SET epoch = epoch - 1 "
                       "WHERE email = 'mia@team.example'");
}

static void
test_role(void **state)
{
    (void)state;
    const char *page = "/w/team/management-keys/new";
    assert_int_equal(req_get(&world, ADMIN, page).status, 200);
    world_exec(&world, "UPDATE member SET role = 'member' WHERE user_id = "
        "(SELECT id FROM user WHERE email = 'adam@team.example') "
        "AND role = 'admin'");
    assert_int_equal(req_get(&world, ADMIN, page).status, 403);
    world_exec(&world, "UPDATE member SET role = 'admin' WHERE user_id = "
        "(SELECT id FROM user WHERE email = 'adam@team.example') "
        "AND role = 'member'");
    assert_int_equal(req_get(&world, ADMIN, page).status, 200);
}

static void
test_removed(void **state)
{
    (void)state;
    world_exec(&world, "CREATE TABLE saved.gone AS SELECT * FROM "
        "main.member WHERE role = 'member'");
    world_exec(&world, "DELETE FROM main.member WHERE role = 'member'");
    assert_int_equal(req_get(&world, MEMBER, PAGE).status, 404);
    world_exec(&world,
        "INSERT INTO main.member SELECT * FROM saved.gone");
    world_exec(&world, "DROP TABLE saved.gone");
    assert_int_equal(req_get(&world, MEMBER, PAGE).status, 200);
}

static void
test_idle(void **state)
{
    (void)state;
    struct str s = world_sign_in(&world, OWNER);
    at(SESSION_IDLE_S - 1);
    assert_true(lets_in(OWNER, s));
    flush();
    at(2 * SESSION_IDLE_S - 120); /* seen is kept to the minute */
    assert_true(lets_in(OWNER, s));
    flush();
    at(3 * SESSION_IDLE_S);
    assert_false(lets_in(OWNER, s));
    struct str own = world.session[OWNER];
    world.session[OWNER] = s;
    struct reply r = req_get(&world, OWNER, PAGE);
    assert_true(str_starts(r.location, STR("/sign-in?expired=1")));
    world.session[OWNER] = own;
    at(0);
}

static void
test_absolute(void **state)
{
    (void)state;
    struct str s = world_sign_in(&world, OWNER);
    for (int64_t t = 0; t < SESSION_LIFE_S; t += SESSION_IDLE_S / 2) {
        at(t);
        if (!lets_in(OWNER, s))
            fail_msg("ended after %lld s of use", (long long)t);
        flush();
    }
    at(SESSION_LIFE_S - 1);
    assert_true(lets_in(OWNER, s));
    flush();
    at(SESSION_LIFE_S);
    assert_false(lets_in(OWNER, s));
    at(0);
}

static void
test_most(void **state)
{
    (void)state;
    struct str first = world_sign_in(&world, STRANGER);
    struct str own = world.session[STRANGER];
    for (int i = 0; i < SESSION_MOST; i++)
        world.session[STRANGER] = world_sign_in(&world, STRANGER);
    world.session[STRANGER] = first;
    assert_int_equal(req_get(&world, STRANGER, "/w/strangers/keys").status,
        303);
    world.session[STRANGER] = own;
    assert_int_equal(req_get(&world, STRANGER, "/w/strangers/keys").status,
        303); /* the older one went before */
    world.session[STRANGER] = world_sign_in(&world, STRANGER);
    assert_int_equal(req_get(&world, STRANGER, "/w/strangers/keys").status,
        200);
}

/* The cookie counts only as it was given. */
static void
test_altered(void **state)
{
    (void)state;
    struct str s = world.session[OWNER];
    char *z = arena_cstr(world.arena, s);
    for (size_t i = 0; i < s.n; i++) {
        char c = z[i];
        z[i] = c == 'A' ? 'B' : 'A';
        if (lets_in(OWNER, (struct str){ z, s.n }))
            fail_msg("character %zu does not count", i);
        z[i] = c;
    }
    assert_false(lets_in(OWNER, str_head(s, s.n - 1)));
    assert_false(
        lets_in(OWNER, arena_fmt(world.arena, "%.*sA", STR_ARG(s))));
    assert_true(lets_in(OWNER, s));
    /* over https only the name that no other host can set counts */
    struct ask ask = world_ask(&world, OWNER, "GET", STR(PAGE));
    world.https = true;
    assert_int_equal(world_send(&world, &ask).status, 303);
    ask = world_ask(&world, OWNER, "GET", STR(PAGE));
    assert_int_equal(world_send(&world, &ask).status, 200);
    world.https = false;
    assert_int_equal(world_send(&world, &ask).status, 303);
}

static struct str
value_of(const struct reply *r, const char *name)
{
    struct str mark = arena_fmt(world.arena, "name=\"%s\" value=\"", name);
    struct str value = { NULL, 0 }, rest;
    for (size_t i = 0; i < r->body.n; i++)
        if (str_starts(str_from(r->body, i), mark)) {
            (void)str_cut(str_from(r->body, i + mark.n), '"', &value, &rest);
            break;
        }
    return value;
}

/* A session that ended under a form: what was typed survives the sign-in. */
static void
test_carried(void **state)
{
    (void)state;
    struct str own = world.session[OWNER];
    world.session[OWNER] = STR("BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB");
    struct reply r = req_post(&world, OWNER, PAGE,
        STR("name=Typed+before&expiry=none&once=carried"));
    world.session[OWNER] = own;
    assert_int_equal(r.status, 401);
    struct str carried = value_of(&r, "carried");
    assert_true(carried.n > 40);
    assert_false(reply_holds(&r, STR("Typed before")));
    r = req_post(&world, NOBODY, "/sign-in",
        arena_fmt(world.arena, "email=olive%%40team.example&password="
            "correct+horse+battery&next=%s&carried=%.*s", PAGE,
            STR_ARG(carried)));
    assert_int_equal(r.status, 200);
    assert_true(reply_holds(&r, STR("value=\"Typed before\"")));
    assert_int_equal(world_int(&world,
        "SELECT count(*) FROM api_key WHERE name = 'Typed before'"), 0);
    /* altered, it is nothing */
    char *z = arena_cstr(world.arena, carried);
    z[20] = z[20] == 'A' ? 'B' : 'A';
    r = req_post(&world, NOBODY, "/sign-in",
        arena_fmt(world.arena, "email=olive%%40team.example&password="
            "correct+horse+battery&next=%s&carried=%s", PAGE, z));
    assert_int_equal(r.status, 303);
    assert_true(str_is(r.location, PAGE));
}

/* The same for every form there is, by whoever may and may not use it: never
 * a fault, and nothing is done before it is sent again. */
static void
test_carried_of_all(void **state)
{
    (void)state;
    static const enum who people[] = { OWNER, MEMBER, STRANGER };
    size_t n, bad = 0, shown = 0;
    const struct route *all = routes(&n);
    const char *changes = "SELECT count(*) FROM audit "
                          "WHERE action <> 'session.start'";
    world_furnish(&world);
    for (size_t i = 0; i < n * COUNT_OF(people); i++) {
        const struct route *row = &all[i / COUNT_OF(people)];
        enum who who = people[i % COUNT_OF(people)];
        if (row->method != METHOD_POST || row->face != FACE_PAGE ||
            row->knock == KNOCK_ANYONE)
            continue;
        /* so many sign-ins end the older sessions */
        for (enum who k = MEMBER; k <= STRANGER; k++)
            world.session[k] = world_sign_in(&world, k);
        struct ask ask = row_ask(&world, row, OWNER, false);
        ask.cookie = STR("s=BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB");
        struct reply r = world_send(&world, &ask);
        struct buf b;
        buf_init(&b, world.arena, BUF_MAX_FIELD);
        url_encode(&b, who_email(who));
        int64_t before = world_int(&world, changes);
        struct reply in = req_post(&world, NOBODY, "/sign-in",
            arena_fmt(world.arena, "email=%.*s&password="
                "correct+horse+battery&next=%%2Faccount&carried=%.*s",
                STR_ARG(buf_view(&b)), STR_ARG(value_of(&r, "carried"))));
        shown += in.status == 200;
        if (r.status != 401 || in.status >= 500 ||
            world_int(&world, changes) != before) {
            print_error("%s by %s: %d, %d\n", row->path, who_name(who),
                r.status, in.status);
            bad++;
        }
        world_forget(&world);
    }
    print_message("# %zu forms shown again\n", shown);
    assert_int_equal(bad, 0);
    assert_true(shown > 10);
}

static int
setup(void **state)
{
    (void)state;
    world_open(&world);
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
        cmocka_unit_test(test_sign_out),
        cmocka_unit_test(test_new_at_sign_in),
        cmocka_unit_test(test_wrong_password),
        cmocka_unit_test(test_password_change),
        cmocka_unit_test(test_end_one_and_others),
        cmocka_unit_test(test_disabled),
        cmocka_unit_test(test_epoch),
        cmocka_unit_test(test_role),
        cmocka_unit_test(test_removed),
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_absolute),
        cmocka_unit_test(test_most),
        cmocka_unit_test(test_altered),
        cmocka_unit_test(test_carried),
        cmocka_unit_test(test_carried_of_all),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
