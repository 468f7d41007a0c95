/* SPDX-License-Identifier: ISC */
/*
 * T29 by requests: Mia, a member, has a session, a password, codes and links of
 * her own, and can write the database file.  Whatever she writes there about
 * people, their sessions, links, codes and invitations: she makes no key as
 * somebody else, and sees no page of theirs.
 */
#include "ways.h"

#include "base/clock.h"
#include "core/reset.h"
#include "core/rowseal.h"

#include <stdio.h>
#include <string.h>

static struct world world;
static struct codes mia, olive;
static struct str reset; /* token of Mia's own link */

#define IS(name) "(SELECT id FROM user WHERE email LIKE '" name "@%')"
#define MIA IS("mia")
#define OLIVE IS("olive")

static int64_t
keys(void)
{
    return world_int(&world, "SELECT count(*) FROM api_key");
}

static struct str
new_key(void)
{
    static int n;
    n++;
    return arena_fmt(world.arena, "name=tampered-%d&expiry=none&once=t%d", n,
        n);
}

/* Does her session make keys, and see pages?  Neither, or both. */
static bool
mints(void)
{
    int64_t before = keys();
    struct reply page = req_get(&world, MEMBER, "/w/team/keys");
    struct reply r = req_post(&world, MEMBER, "/w/team/keys", new_key());
    assert_int_equal(page.status == 200, r.status == 200);
    assert_int_equal(keys(), before + (r.status == 200));
    return r.status == 200;
}

static bool
has_session(const struct reply *r)
{
    for (size_t i = 0; i < r->headers.n; i++)
        if (str_starts(r->headers.items[i].value, STR("s=")) &&
            r->headers.items[i].value.n > 40)
            return true;
    return false;
}

static void
session_of_another(void **state)
{
    (void)state;
    static const char *const changes[] = {
        "UPDATE session SET user_id = " OLIVE " WHERE user_id = " MIA,
        "UPDATE session SET user_id = " OLIVE ", epoch = (SELECT epoch FROM "
        "user WHERE id = " OLIVE "), seal = (SELECT s.seal FROM session s "
        "WHERE s.user_id = " OLIVE ") WHERE user_id = " MIA,
        "UPDATE session SET mac = zeroblob(32) WHERE user_id = " MIA "; "
        "UPDATE session SET mac = (SELECT mac FROM saved.session WHERE "
        "user_id = " MIA ") WHERE id = (SELECT max(id) FROM session "
        "WHERE user_id = " OLIVE ")",
        "UPDATE session SET ends_s = ends_s + 1 WHERE user_id = " MIA,
        "UPDATE user SET epoch = epoch + 1 WHERE id = " MIA "; UPDATE session "
        "SET epoch = epoch + 1 WHERE user_id = " MIA,
        "UPDATE user SET id = -1 WHERE id = " OLIVE "; UPDATE user SET id = "
        "(SELECT id FROM saved.user WHERE email LIKE 'olive@%') WHERE id = "
        MIA "; UPDATE session SET user_id = (SELECT id FROM saved.user "
        "WHERE email LIKE 'olive@%')",
    };
    assert_true(mints());
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        world_restore(&world);
        world_tamper(&world, changes[i]);
        if (mints())
            fail_msg("minted: %s", changes[i]);
        /* it is no session: the page is the one to sign in */
        assert_int_equal(req_get(&world, MEMBER, "/w/team/keys").status, 303);
        assert_int_equal(req_get(&world, MEMBER, "/admin").status, 303);
    }
    world_restore(&world);
    assert_true(mints());
    world_restore(&world);
}

/* The first post of OLIVE's sign-in is refused, and says why. */
static void
nobody_signs_in(const char *change, enum who who)
{
    world_tamper(&world, change);
    struct reply r = first_step(&world, who);
    if (r.status != 403 || has_session(&r) ||
        page_hidden(&world, &r, "step").n ||
        !reply_holds(&r, STR("row seal broken")))
        fail_msg("%d: %s", r.status, change);
    world_restore(&world);
}

static void
password_copied(void **state)
{
    (void)state;
    nobody_signs_in("UPDATE user SET password = (SELECT password FROM "
        "saved.user WHERE email LIKE 'mia@%') WHERE id = " OLIVE, OWNER);
    nobody_signs_in("UPDATE user SET uuid = 'x' WHERE id = " MIA "; UPDATE "
        "user SET (uuid, password) = (SELECT uuid, password FROM saved.user "
        "WHERE email LIKE 'mia@%') WHERE id = " OLIVE, OWNER);
    nobody_signs_in("UPDATE user SET email = 'x' WHERE id = " OLIVE "; UPDATE "
        "user SET email = (SELECT email FROM saved.user WHERE email LIKE "
        "'olive@%') WHERE id = " MIA, OWNER);
    nobody_signs_in("UPDATE user SET disabled_s = NULL WHERE disabled_s > 0",
        DISABLED);
}

static void
operator_set(void **state)
{
    (void)state;
    assert_int_equal(req_get(&world, MEMBER, "/admin").status, 404);
    world_tamper(&world, "UPDATE user SET operator = 1 WHERE id = " MIA);
    assert_int_equal(req_get(&world, MEMBER, "/admin").status, 303);
    assert_false(mints());
    world_restore(&world);
}

static struct reply
try_reset(void)
{
    struct str form = STR("password=another+horse+9");
    return req_post(&world, NOBODY,
        arena_cstr(world.arena, arena_fmt(world.arena, "/reset/%.*s",
            STR_ARG(reset))), form);
}

static void
link_of_another(void **state)
{
    (void)state;
    static const char *const changes[] = {
        "UPDATE once_link SET user_id = " OLIVE " WHERE user_id = " MIA,
        "UPDATE once_link SET user_id = " OLIVE ", seal = (SELECT o.seal FROM "
        "once_link o WHERE o.user_id = " OLIVE ") WHERE user_id = " MIA,
        "UPDATE once_link SET kind = 'reset', key_id = NULL, user_id = " OLIVE
        " WHERE kind = 'claim'; UPDATE once_link SET mac = zeroblob(32) WHERE "
        "user_id = " MIA "; UPDATE once_link SET mac = (SELECT mac FROM "
        "saved.once_link WHERE user_id = " MIA ") WHERE user_id = " OLIVE
        " AND id = (SELECT max(id) FROM once_link WHERE user_id = " OLIVE ")",
    };
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        world_tamper(&world, changes[i]);
        struct reply r = try_reset();
        if (r.status != 404)
            fail_msg("%d: %s", r.status, changes[i]);
        world_restore(&world);
        assert_int_equal(first_step(&world, OWNER).status, 200);
        world_restore(&world);
    }
    assert_int_equal(try_reset().status, 303);
    world_restore(&world);
}

static void
links_of_keys(void **state)
{
    (void)state;
    struct str path =
        arena_fmt(world.keep, "/claim/%.*s", STR_ARG(world.team.claim));
    const char *claim = arena_cstr(world.keep, path);
    assert_int_equal(req_get(&world, NOBODY, claim).status, 200);
    world_tamper(&world, "UPDATE once_link SET key_id = (SELECT id FROM "
        "api_key WHERE prefix <> (SELECT k.prefix FROM api_key k WHERE k.id = "
        "key_id) AND claimed_s IS NULL LIMIT 1) WHERE kind = 'claim'");
    assert_int_equal(req_post(&world, NOBODY, claim, STR("")).status, 404);
    world_restore(&world);
    world_tamper(&world, "UPDATE once_link SET ends_s = ends_s + 86400 "
        "WHERE kind = 'claim'");
    assert_int_equal(req_post(&world, NOBODY, claim, STR("")).status, 404);
    world_restore(&world);
}

/* What her codes, or a row less, are worth at OLIVE's account. */
static void
codes_put_in_place(void **state)
{
    (void)state;
    /* a factor less: then her password alone would do */
    nobody_signs_in("DELETE FROM factor WHERE user_id = " OLIVE, OWNER);
    nobody_signs_in("UPDATE factor SET proved_s = NULL WHERE user_id = " OLIVE,
        OWNER);
    static const char *const changes[] = {
        "UPDATE recovery_code SET user_id = " OLIVE " WHERE user_id = " MIA,
        "UPDATE recovery_code SET user_id = " OLIVE ", seal = (SELECT c.seal "
        "FROM recovery_code c WHERE c.user_id = " OLIVE " LIMIT 1) "
        "WHERE user_id = " MIA,
    };
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        world_tamper(&world, changes[i]);
        struct reply r = first_step(&world, OWNER);
        struct str step = page_hidden(&world, &r, "step");
        assert_true(step.n > 0);
        r = second_step(&world, step, mia.recovery[0]);
        if (r.status != 422 || has_session(&r))
            fail_msg("%d: %s", r.status, changes[i]);
        world_restore(&world);
    }
    /* one that is used up, made new */
    struct reply r = first_step(&world, OWNER);
    r = second_step(&world, page_hidden(&world, &r, "step"),
        olive.recovery[0]);
    assert_int_equal(r.status, 303);
    world_tamper(&world, "UPDATE recovery_code SET used_s = NULL");
    r = first_step(&world, OWNER);
    r = second_step(&world, page_hidden(&world, &r, "step"),
        olive.recovery[0]);
    assert_int_equal(r.status, 422);
    world_restore(&world);
}

static void
invitation_raised(void **state)
{
    (void)state;
    struct str path =
        arena_fmt(world.keep, "/invite/%.*s", STR_ARG(world.team.token));
    const char *invite = arena_cstr(world.keep, path);
    const char *join = arena_cstr(world.keep,
        arena_fmt(world.keep, "%.*s/join", STR_ARG(path)));
    struct str form = STR("name=Eve&password=another+horse+9");
    static const char *const changes[] = {
        "UPDATE invite SET role = 'owner'",
        ("UPDATE invite SET workspace_id = (SELECT id FROM workspace "
         "WHERE slug = 'strangers')"),
        "UPDATE invite SET ends_s = ends_s + 86400",
        "UPDATE invite SET email = 'eve@evil.example'",
    };
    assert_int_equal(req_get(&world, NOBODY, invite).status, 200);
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        world_tamper(&world, changes[i]);
        int64_t people = world_int(&world, "SELECT count(*) FROM member");
        struct reply r = req_post(&world, NOBODY, join, form);
        if (r.status != 404 || has_session(&r) ||
            people != world_int(&world, "SELECT count(*) FROM member"))
            fail_msg("%d: %s", r.status, changes[i]);
        world_restore(&world);
    }
    assert_int_equal(req_post(&world, NOBODY, join, form).status, 303);
    world_restore(&world);
}

/* The pages of the team and of who runs the installation tell of it. */
static void
pages_tell(void **state)
{
    (void)state;
    struct seal_walk walk = { 0 };
    world_tamper(&world, "UPDATE user SET operator = 1 WHERE id = " MIA);
    for (int i = 0; i < 3; i++) {
        struct cx *cx = worker_shell(&world.worker);
        world_need(seal_sweep(cx, &walk), &cx->err);
    }
    struct reply r = req_get(&world, OWNER, "/w/team/");
    assert_int_equal(r.status, 200);
    assert_true(reply_holds(&r, STR("Changed outside of Keylodge (row seal "
        "broken)")));
    r = req_get(&world, OPERATOR, "/admin");
    assert_true(reply_holds(&r, STR("accounts were changed outside of "
        "Keylodge")));
    world_restore(&world);
}

/* Badge or words of a page of the operator. */
static bool
operator_reads(const char *page, const char *words)
{
    struct reply r = req_get(&world, OPERATOR, page);
    assert_int_equal(r.status, 200);
    return reply_holds(&r, str_cstr(words));
}

/* Who looks after all of them finds what was changed, and is not told that it
 * goes on as usual. */
static void
lists_tell(void **state)
{
    (void)state;
    static const char users[] = "/admin/users?state=broken",
        spaces[] = "/admin/workspaces?state=broken";
    static const char badge[] = "<span class=\"badge bad\">Changed outside<";
    assert_true(operator_reads(users, "Nothing matches"));
    assert_true(operator_reads(spaces, "Nothing matches"));
    assert_false(operator_reads("/admin/users", badge));
    assert_false(operator_reads("/admin/workspaces", badge));
    world_tamper(&world, "UPDATE user SET email = 'x' || email WHERE "
        "email = 'mia@team.example'; UPDATE workspace SET frozen_s = 1 WHERE "
        "slug = 'team'");
    assert_true(operator_reads(users, badge));
    assert_true(operator_reads(users, "xmia@"));
    assert_false(operator_reads(users, "olive@"));
    assert_true(operator_reads("/admin/users", badge));
    assert_true(operator_reads(spaces, badge));
    assert_true(operator_reads(spaces, "/w/team/"));
    assert_false(operator_reads(spaces, "/w/strangers/"));
    assert_true(operator_reads("/admin/workspaces/team", "keylodge reseal"));
    world_restore(&world);
}

static int
setup(void **state)
{
    (void)state;
    struct str link;
    world_open(&world);
    world_furnish(&world);
    codes_on(&world, MEMBER, &mia);
    codes_on(&world, OWNER, &olive);
    struct cx *cx = worker_shell(&world.worker);
    world_need(reset_link(cx, who_email(MEMBER), &link), &cx->err);
    size_t at = link.n;
    while (link.p[at - 1] != '/')
        at--;
    reset = arena_dup(world.keep, str_from(link, at));
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
        cmocka_unit_test(session_of_another),
        cmocka_unit_test(password_copied),
        cmocka_unit_test(operator_set),
        cmocka_unit_test(link_of_another),
        cmocka_unit_test(links_of_keys),
        cmocka_unit_test(codes_put_in_place),
        cmocka_unit_test(invitation_raised),
        cmocka_unit_test(pages_tell),
        cmocka_unit_test(lists_tell),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
