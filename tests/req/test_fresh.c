/* SPDX-License-Identifier: ISC */
/* Sessions: what ends them (SECURITY.md T16), what asks again who it is, and
 * workspaces that ask for codes. */
#include "ways.h"

#include "base/clock.h"
#include "core/member.h"
#include "core/reset.h"
#include "core/session.h"
#include "core/signin.h"
#include "core/touch.h"

#include <string.h>

static struct world world;

static void
at(int64_t s)
{
    clock_fix((WORLD_NOW + s) * 1000);
}

/* ---- what ends a session ---- */

static void
post(enum who who, const char *path, const char *form, int status)
{
    struct reply r = req_post(&world, who, path, str_cstr(form));
    if (r.status != status)
        fail_msg("%s: %d", path, r.status);
    (void)take_session(&world, who, &r);
}

static struct str
uuid_of(enum who who)
{
    return arena_dup(world.keep, world_as(&world, who)->actor.user.uuid);
}

static void
by_sign_out(void)
{
    post(MEMBER, "/sign-out", "", 303);
}

/* The others act from a session of their own. */
static void
elsewhere(void)
{
    world.session[MEMBER] = world_sign_in(&world, MEMBER);
}

static void
by_list(void)
{
    bool expired;
    struct cx *cx = world_as(&world, NOBODY);
    assert_int_equal(session_open(cx, world.session[MEMBER], &expired),
        ERR_OK);
    struct str path = arena_fmt(world.arena, "/account/sessions/%.*s/end",
        STR_ARG(cx->actor.session.uuid));
    elsewhere();
    post(MEMBER, arena_cstr(world.arena, path), "", 303);
}

static void
by_others(void)
{
    elsewhere();
    post(MEMBER, "/account/sessions/end-others", "", 303);
}

static void
by_password(void)
{
    elsewhere();
    post(MEMBER, "/account/password",
        "current=correct+horse+battery&password=another+good+one", 303);
}

static void
by_reset(void)
{
    struct str link;
    struct cx *cx = worker_shell(&world.worker);
    assert_int_equal(reset_link(cx, who_email(MEMBER), &link), ERR_OK);
    link = str_from(link, strlen("http://" WORLD_HOST));
    post(NOBODY, arena_cstr(world.keep, link), "password=another+good+one",
        303);
}

static void
by_codes_on(void)
{
    struct codes c;
    elsewhere();
    codes_on(&world, MEMBER, &c);
}

static void
by_codes_off(void)
{
    struct codes c;
    elsewhere();
    codes_on(&world, MEMBER, &c);
    struct reply r = first_step(&world, MEMBER);
    r = second_step(&world, page_hidden(&world, &r, "step"), c.recovery[0]);
    assert_true(take_session(&world, STRANGER, &r)); /* the one to end */
    assert_true(lets_in(&world, MEMBER, world.session[STRANGER]));
    post(MEMBER, "/account/security/codes/off", "", 303);
    assert_false(lets_in(&world, MEMBER, world.session[STRANGER]));
}

static void
by_role(void)
{
    struct str uuid = uuid_of(MEMBER);
    struct cx *cx = world_as(&world, OWNER);
    assert_int_equal(member_set_role(cx, uuid, ROLE_ADMIN), ERR_OK);
}

static void
by_removal(void)
{
    struct fate_in later = { .fate = FATE_LATER };
    struct str uuid = uuid_of(MEMBER);
    struct cx *cx = world_as(&world, OWNER);
    assert_int_equal(member_remove(cx, uuid, &later), ERR_OK);
}

static void
by_transfer(void)
{
    struct str uuid = uuid_of(MEMBER);
    struct cx *cx = world_as(&world, OWNER);
    assert_int_equal(owner_transfer(cx, uuid), ERR_OK);
}

static void
by_disabling(void)
{
    world_exec(&world, "UPDATE user SET disabled_s = 1 WHERE email = "
                       "'mia@team.example'");
}

static void
by_idling(void)
{
    at(SESSION_IDLE_S - 1);
    assert_true(lets_in(&world, MEMBER, world.session[MEMBER]));
    at(SESSION_IDLE_S);
}

/* Never idle, but 12 hours old. */
static void
by_age(void)
{
    for (int64_t s = 0; s < SESSION_LIFE_S; s += SESSION_IDLE_S / 2) {
        at(s);
        assert_true(lets_in(&world, MEMBER, world.session[MEMBER]));
        assert_int_equal(touch_flush(worker_shell(&world.worker)), ERR_OK);
    }
    at(SESSION_LIFE_S - 1);
    assert_true(lets_in(&world, MEMBER, world.session[MEMBER]));
    assert_int_equal(touch_flush(worker_shell(&world.worker)), ERR_OK);
    at(SESSION_LIFE_S);
}

/* The session goes on, under another token. */
static void
by_confirming(void)
{
    post(MEMBER, "/confirm", "password=correct+horse+battery", 303);
    assert_true(lets_in(&world, MEMBER, world.session[MEMBER]));
}

static void
by_many(void)
{
    for (int64_t i = 1; i <= SESSION_MOST; i++) {
        at(i);
        (void)world_sign_in(&world, MEMBER);
    }
}

static void
test_ends(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        void (*act)(void);
    } ways[] = {
        { "sign-out", by_sign_out },
        { "ended from the list", by_list },
        { "signed out everywhere else", by_others },
        { "password changed", by_password },
        { "password reset", by_reset },
        { "codes turned on", by_codes_on },
        { "codes turned off", by_codes_off },
        { "role changed", by_role },
        { "removed from a workspace", by_removal },
        { "made an owner", by_transfer },
        { "disabled", by_disabling },
        { "idle for 30 minutes", by_idling },
        { "12 hours old", by_age },
        { "confirmed: the old token", by_confirming },
        { "20 newer sessions", by_many },
    };
    size_t ended = 0;
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        struct str first[WHO_COUNT];
        memcpy(first, world.session, sizeof first);
        at(0);
        assert_true(lets_in(&world, MEMBER, first[MEMBER]));
        ways[i].act();
        bool in = lets_in(&world, MEMBER, first[MEMBER]);
        if (in)
            print_error("%s: the session goes on\n", ways[i].name);
        ended += in ? 0 : 1;
        memcpy(world.session, first, sizeof first);
        world_restore(&world);
        at(0);
    }
    print_message("# %zu of %zu ways end the session on the next request\n",
        ended, COUNT_OF(ways));
    assert_int_equal(ended, COUNT_OF(ways));
}

/* ---- rows that ask again ---- */

static size_t
ask_row(const struct route *row)
{
    uint64_t before = world_sum(&world);
    struct ask ask = row_ask(&world, row, row_doer(row), OTHERS);
    struct reply r = world_send(&world, &ask);
    bool asked = row->method == METHOD_GET
        ? str_starts(r.location, STR("/confirm?next="))
        : r.status == 401 && reply_holds(&r, STR("action=\"/confirm\""));
    bool changed = world_sum(&world) != before;
    /* mistakes in the form are told first */
    bool wrong = r.status == 422 || r.status == 404;
    world_forget(&world);
    if (row->fresh == asked && !(asked && changed))
        return 0;
    if (row->fresh && wrong && !changed)
        return 0;
    print_error("%s: %d%s\n", row->path, r.status,
        changed ? ", and something changed" : "");
    return 1;
}

/* Every row, with a session that is five minutes old, and with a younger
 * one. */
static void
test_rows(void **state)
{
    (void)state;
    size_t n, bad = 0, fresh = 0;
    const struct route *all = routes(&n);
    for (size_t i = 0; i < n; i++) {
        if (all[i].knock != KNOCK_SESSION && all[i].knock != KNOCK_WORKSPACE &&
            all[i].knock != KNOCK_OPERATOR) {
            assert_false(all[i].fresh);
            continue;
        }
        at(SESSION_FRESH_S);
        bad += ask_row(&all[i]);
        world_restore(&world);
        fresh += all[i].fresh;
        if (!all[i].fresh)
            continue;
        at(SESSION_FRESH_S - 1);
        struct ask ask = row_ask(&world, &all[i], row_doer(&all[i]), OTHERS);
        struct reply r = world_send(&world, &ask);
        if (r.status == 401 || str_starts(r.location, STR("/confirm"))) {
            print_error("%s asks too early\n", all[i].path);
            bad++;
        }
        world_restore(&world);
        world_forget(&world);
    }
    at(0);
    print_message("# %zu rows ask for a fresh proof\n", fresh);
    assert_int_equal(bad, 0);
    assert_true(fresh > 20);
}

/* The form that was sent is acted on once the person said who they are. */
static void
test_carried(void **state)
{
    (void)state;
    struct str own = world.session[OWNER];
    const char *keys = "SELECT count(*) FROM api_key WHERE name = 'of value'";
    at(SESSION_FRESH_S + 1);
    struct reply r = req_get(&world, OWNER, "/w/team/management-keys/new");
    assert_int_equal(r.status, 200);
    struct str form = arena_fmt(world.arena,
        "name=of+value&expiry=none&once=%.*s",
        STR_ARG(page_hidden(&world, &r, "once")));
    r = req_post(&world, OWNER, "/w/team/management-keys", form);
    assert_int_equal(r.status, 401);
    assert_int_equal(world_int(&world, keys), 0);
    struct str carried = arena_fmt(world.arena, "next=&carried=%.*s",
        STR_ARG(page_hidden(&world, &r, "carried")));
    /* wrong: told, and the form is still there */
    r = req_post(&world, OWNER, "/confirm",
        arena_fmt(world.arena, "password=not+it+at+all&%.*s",
            STR_ARG(carried)));
    assert_int_equal(r.status, 422);
    assert_true(page_hidden(&world, &r, "carried").n > 0);
    assert_int_equal(world_int(&world, keys), 0);
    /* somebody else's form is nothing to this person */
    r = req_post(&world, ADMIN, "/confirm",
        arena_fmt(world.arena, "password=correct+horse+battery&%.*s",
            STR_ARG(carried)));
    assert_int_equal(r.status, 303);
    assert_int_equal(world_int(&world, keys), 0);
    r = req_post(&world, OWNER, "/confirm",
        arena_fmt(world.arena, "password=correct+horse+battery&%.*s",
            STR_ARG(carried)));
    assert_int_equal(r.status, 200);
    assert_true(reply_holds(&r, STR("Save your key")));
    assert_int_equal(world_int(&world, keys), 1);
    assert_true(take_session(&world, OWNER, &r));
    assert_false(lets_in(&world, OWNER, own));
    assert_true(lets_in(&world, OWNER, world.session[OWNER]));
    /* fresh now: not asked again */
    r = req_get(&world, OWNER, "/w/team/keys.csv");
    assert_int_equal(r.status, 200);
    world.session[OWNER] = own;
    world_restore(&world);
    at(0);
}

/* Rights are asked for then as ever. */
static void
test_carried_no_right(void **state)
{
    (void)state;
    at(SESSION_FRESH_S + 1);
    struct reply r = req_post(&world, MEMBER, "/w/team/management-keys",
        STR("name=mine&expiry=none"));
    assert_int_equal(r.status, 401);
    struct str own = world.session[MEMBER];
    r = req_post(&world, MEMBER, "/confirm",
        arena_fmt(world.arena,
            "password=correct+horse+battery&next=&carried=%.*s",
            STR_ARG(page_hidden(&world, &r, "carried"))));
    assert_int_equal(r.status, 403);
    world.session[MEMBER] = own;
    world_restore(&world);
    at(0);
}

static void
test_download(void **state)
{
    (void)state;
    struct str own = world.session[OWNER];
    at(SESSION_FRESH_S + 1);
    struct reply r = req_get(&world, OWNER, "/w/team/keys.csv?status=all");
    assert_true(str_is(r.location,
        "/confirm?next=%2Fw%2Fteam%2Fkeys.csv%3Fstatus%3Dall"));
    r = req_get(&world, OWNER, arena_cstr(world.arena, r.location));
    assert_int_equal(r.status, 200);
    assert_true(str_is(page_hidden(&world, &r, "next"),
        "/w/team/keys.csv?status=all"));
    r = req_post(&world, OWNER, "/confirm",
        STR("password=correct+horse+battery&"
            "next=%2Fw%2Fteam%2Fkeys.csv%3Fstatus%3Dall"));
    assert_int_equal(r.status, 200);
    assert_true(
        reply_holds(&r, STR("href=\"/w/team/keys.csv?status=all\"")));
    assert_true(take_session(&world, OWNER, &r));
    r = req_get(&world, OWNER, "/w/team/keys.csv?status=all");
    assert_int_equal(r.status, 200);
    /* elsewhere is nowhere */
    r = req_post(&world, OWNER, "/confirm",
        STR("password=correct+horse+battery&next=%2F%2Fevil.example"));
    assert_true(str_is(r.location, "/"));
    world.session[OWNER] = own;
    world_restore(&world);
    at(0);
}

/* A code proves it as well, once. */
static void
test_by_code(void **state)
{
    (void)state;
    struct str own = world.session[OWNER];
    struct codes c;
    at(0);
    codes_on(&world, OWNER, &c);
    at(SESSION_FRESH_S + 1);
    struct str form = arena_fmt(world.arena, "code=%.*s&password=",
        STR_ARG(code_at(&world, &c, WORLD_NOW + SESSION_FRESH_S + 1)));
    struct reply r = req_post(&world, OWNER, "/confirm", form);
    assert_int_equal(r.status, 303);
    assert_true(take_session(&world, OWNER, &r));
    assert_int_equal(req_post(&world, OWNER, "/confirm", form).status, 422);
    assert_int_equal(req_post(&world, OWNER, "/confirm",
        STR("code=&password=")).status, 422);
    world.session[OWNER] = own;
    world_restore(&world);
    at(0);
}

/* ---- a workspace asks for codes ---- */

static void
test_asked_by_role(void **state)
{
    (void)state;
    static const struct {
        const char *rule;
        bool asked[OWNER + 1];
    } cases[] = {
        { "none", { [MEMBER] = false, [ADMIN] = false, [OWNER] = false } },
        { "admins", { [MEMBER] = false, [ADMIN] = true, [OWNER] = true } },
        { "all", { [MEMBER] = true, [ADMIN] = true, [OWNER] = true } },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        world_exec(&world, arena_cstr(world.arena,
            arena_fmt(world.arena, "UPDATE workspace SET second_factor = "
                "'%s' WHERE slug = 'team'", cases[i].rule)));
        for (enum who who = MEMBER; who <= OWNER; who++) {
            bool asked = cases[i].asked[who];
            struct reply r = req_get(&world, who, "/w/team/keys");
            assert_int_equal(r.status, asked ? 303 : 200);
            if (asked)
                assert_true(str_is(r.location, "/account/security"));
            r = req_post(&world, who, "/w/team/keys",
                STR("name=asked&expiry=none"));
            if (asked != (r.status == 403))
                fail_msg("%s: %d", cases[i].rule, r.status);
            r = req_get(&world, who, "/account/security");
            assert_int_equal(asked, reply_holds(&r, STR("asks you for a")));
        }
    }
    /* the way out */
    struct str own = world.session[MEMBER];
    struct codes c;
    codes_on(&world, MEMBER, &c);
    assert_int_equal(req_get(&world, MEMBER, "/w/team/keys").status, 200);
    /* turned off again: asked again; keys work on */
    struct reply r =
        req_post(&world, MEMBER, "/account/security/codes/off", STR(""));
    assert_true(take_session(&world, MEMBER, &r));
    assert_int_equal(req_get(&world, MEMBER, "/w/team/keys").status, 303);
    struct ask ask = world_ask(&world, NOBODY, "GET", STR("/v1/key"));
    ask.bearer = world.key[MEMBER];
    ask.cookie = STR("");
    assert_int_equal(world_send(&world, &ask).status, 200);
    world.session[MEMBER] = own;
    world_restore(&world);
}

/* Who asks others has codes. */
static void
test_asks(void **state)
{
    (void)state;
    struct str own = world.session[OWNER];
    struct str ask = arena_fmt(world.arena,
        "version=%lld&name=Team&key_max=10&life_max_days=&"
        "life_default_days=&owner_leaves=suspend&reserve_ends=charge&"
        "event_months=13&second_factor=admins",
        (long long)world_int(&world,
            "SELECT version FROM workspace WHERE slug = 'team'"));
    struct reply r = req_post(&world, OWNER, "/w/team/settings", ask);
    assert_int_equal(r.status, 422);
    assert_true(reply_holds(&r, STR("id=\"second_factor-error\"")));
    struct codes c;
    codes_on(&world, OWNER, &c);
    r = req_post(&world, OWNER, "/w/team/settings", ask);
    assert_int_equal(r.status, 303);
    assert_int_equal(req_get(&world, ADMIN, "/w/team/keys").status, 303);
    r = req_get(&world, OWNER, "/w/team/audit");
    assert_true(reply_holds(&r, STR("changed the settings")));
    world.session[OWNER] = own;
    world_restore(&world);
}

static int
setup(void **state)
{
    (void)state;
    world_open(&world);
    world_furnish(&world);
    world_save(&world);
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
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_carried),
        cmocka_unit_test(test_carried_no_right),
        cmocka_unit_test(test_download),
        cmocka_unit_test(test_by_code),
        cmocka_unit_test(test_asked_by_role),
        cmocka_unit_test(test_asks),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
