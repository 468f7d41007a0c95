/* SPDX-License-Identifier: ISC */
/* Pages of members, invitations and service accounts: what they show to whom,
 * how their forms fail, and what a link opens. */
#include "world.h"

#include "text/json.h"
#include "text/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct world world;

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
restore(void **state)
{
    (void)state;
    world_restore(&world);
    world_forget(&world);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    world_close(&world);
    return 0;
}

static char *
fmt(const char *before, struct str id, const char *after)
{
    return arena_cstr(world.arena, arena_fmt(world.arena, "%s%.*s%s", before,
        STR_ARG(id), after));
}

static struct str
uuid_of(enum who who)
{
    return arena_dup(world.arena, world_as(&world, who)->actor.user.uuid);
}

/* Fails unless the answer has this status, every text of `there`, and none of
 * `absent`; both are separated by '|'. */
static void
expect(const struct reply *r, int status, const char *there,
    const char *absent)
{
    struct str rest = str_cstr(there), one;
    if (r->status != status)
        fail_msg("%d instead of %d: %.*s", r->status, status,
            STR_ARG(r->body));
    while (rest.n) {
        (void)str_cut(rest, '|', &one, &rest);
        if (!reply_holds(r, one))
            fail_msg("\"%.*s\" is not there: %.*s", STR_ARG(one),
                STR_ARG(r->body));
    }
    rest = str_cstr(absent);
    while (rest.n) {
        (void)str_cut(rest, '|', &one, &rest);
        if (reply_holds(r, one))
            fail_msg("\"%.*s\" is there: %.*s", STR_ARG(one),
                STR_ARG(r->body));
    }
}

static void
test_list(void **state)
{
    (void)state;
    struct reply r = req_get(&world, OWNER, "/w/team/members");
    expect(&r, 200, "Invite member|nina@new.example|/withdraw|Leo Left|"
        "1 key, 1 suspended|olive@team.example|service-accounts", "nils@|Lea");
    r = req_get(&world, MEMBER, "/w/team/members");
    expect(&r, 200, "olive@team.example",
        "Invite member|nina@new.example|Leo Left");
    /* an admin sees that an owner is invited, and cannot withdraw it */
    r = req_post(&world, OWNER, "/w/team/invites",
        STR("email=o@new.example&role=owner&once=a"));
    expect(&r, 200, "Copy the link", "");
    r = req_get(&world, ADMIN, "/w/team/members");
    expect(&r, 200, "o@new.example",
        "Withdraw<span class=\"vh\"> the invitation of o@new.example");
    r = req_get(&world, OWNER, "/w/owner/members");
    expect(&r, 200, "This workspace is yours alone|/workspaces/new",
        "Invite member");
}

static void
test_invite_forms(void **state)
{
    (void)state;
    struct reply r = req_get(&world, ADMIN, "/w/team/invites/new");
    expect(&r, 200, "value=\"member\" checked|value=\"admin\"|name=\"once\"",
        "value=\"owner\"");
    r = req_get(&world, OWNER, "/w/team/invites/new");
    expect(&r, 200, "value=\"owner\"", "");
    uint64_t before = world_sum(&world);
    r = req_post(&world, OWNER, "/w/team/invites",
        STR("email=nobody&role=admin&once=b"));
    expect(&r, 422, "There is a problem|id=\"email-error\"|value=\"nobody\"|"
        "value=\"admin\" checked|name=\"once\" value=\"b\"", "");
    r = req_post(&world, OWNER, "/w/team/invites",
        STR("email=mia@team.example&role=admin&once=b"));
    expect(&r, 422, "is a member of this workspace already", "");
    assert_true(before == world_sum(&world));
    r = req_post(&world, OWNER, "/w/team/invites",
        STR("email=n@new.example&role=admin&once=b"));
    expect(&r, 200, "/invite/|data-secret|n@new.example is invited as Admin",
        "");
    assert_true(str_is(reply_header(&r, "Cache-Control"), "no-store"));
    before = world_sum(&world);
    r = req_post(&world, OWNER, "/w/team/invites",
        STR("email=n@new.example&role=admin&once=b"));
    expect(&r, 200, "This link was already shown", "data-secret|/invite/");
    assert_true(before == world_sum(&world));
}

static void
test_link(void **state)
{
    (void)state;
    char *here = fmt("/invite/", world.team.token, "");
    struct reply r = req_get(&world, NOBODY, here);
    expect(&r, 200, "Join Team|nina@new.example|Create account and join|"
        "Member: Own keys", "Sign in to join");
    assert_true(str_is(reply_header(&r, "Cache-Control"), "no-store"));
    r = req_get(&world, MEMBER, here);
    expect(&r, 200, "You are signed in as mia@team.example|Sign out",
        "Create account");
    r = req_post(&world, NOBODY, fmt("/invite/", world.team.token, "/join"),
        STR("name=&password=short"));
    expect(&r, 422, "id=\"name-error\"|id=\"password-error\"", "short");
    r = req_post(&world, NOBODY, fmt("/invite/", world.team.token, "/join"),
        STR("name=Nina&password=correct+horse+battery"));
    expect(&r, 303, "", "");
    assert_true(str_is(r.location, "/w/team/"));
    r = req_get(&world, NOBODY, here);
    expect(&r, 404, "was accepted already", "");
    r = req_get(&world, NOBODY, "/invite/nothing");
    expect(&r, 404, "This invitation is not known", "");
    /* somebody with an account signs in on the way, and comes back */
    r = req_post(&world, OWNER, "/w/team/invites",
        STR("email=sam@strange.example&role=member&once=c"));
    expect(&r, 200, "/invite/", "");
    size_t at = 0;
    while (!str_starts(str_from(r.body, at), STR("/invite/")))
        at++;
    struct str link = str_head(str_from(r.body, at), strlen("/invite/") + 43);
    r = req_get(&world, NOBODY, fmt("", link, ""));
    expect(&r, 200, "Sign in to join|/sign-in?next=%2Finvite%2F",
        "Create account");
    r = req_post(&world, MEMBER, fmt("", link, ""), STR(""));
    expect(&r, 403, "is for sam@strange.example", "");
    r = req_post(&world, STRANGER, fmt("", link, ""), STR(""));
    expect(&r, 303, "", "");
    assert_int_equal(req_get(&world, STRANGER, "/w/team/keys").status, 200);
}

static void
test_member_page(void **state)
{
    (void)state;
    char *member = fmt("/w/team/members/", uuid_of(MEMBER), "");
    char *owner = fmt("/w/team/members/", uuid_of(OWNER), "");
    struct reply r = req_get(&world, OWNER, member);
    expect(&r, 200, "of member|Transfer…|Remove…|value=\"owner\"", "Leave…");
    r = req_get(&world, ADMIN, member);
    expect(&r, 200, "Remove…|value=\"admin\"", "Transfer…|value=\"owner\"");
    r = req_get(&world, MEMBER, member);
    expect(&r, 200, "Leave…", "Remove…|Save role|Transfer…");
    r = req_get(&world, ADMIN, owner);
    expect(&r, 200, "olive@team.example", "Remove…|Save role");
    r = req_get(&world, OWNER, owner);
    expect(&r, 200, "You are the last owner", "Leave…|Save role");
    uint64_t before = world_sum(&world);
    r = req_post(&world, OWNER, fmt(owner, STR(""), "/role"),
        STR("role=member"));
    expect(&r, 409, "You are the last owner of this workspace", "");
    r = req_post(&world, ADMIN, fmt(member, STR(""), "/role"),
        STR("role=owner"));
    expect(&r, 403, "manage owners", "");
    r = req_post(&world, ADMIN, fmt(member, STR(""), "/role"),
        STR("role=king"));
    expect(&r, 422, "role-error", "");
    assert_true(before == world_sum(&world));
}

static void
test_removal(void **state)
{
    (void)state;
    char *remove = fmt("/w/team/members/", uuid_of(MEMBER), "/remove");
    struct reply r = req_get(&world, ADMIN, remove);
    expect(&r, 200, "of member|They are suspended until then|"
        "Robot (service account)", "member</option>");
    uint64_t before = world_sum(&world);
    r = req_post(&world, ADMIN, remove, STR("fate=hand_over&to="));
    expect(&r, 422, "id=\"to-error\"|Choose who gets the keys|of member", "");
    r = req_post(&world, ADMIN, remove, STR(""));
    expect(&r, 422, "Choose what becomes of the keys", "");
    r = req_post(&world, ADMIN, remove, arena_fmt(world.arena,
        "fate=hand_over&to=service:%.*s", STR_ARG(world.strange.service)));
    expect(&r, 422, "Choose a member or service account", "");
    assert_true(before == world_sum(&world));
    r = req_post(&world, ADMIN, remove, arena_fmt(world.arena,
        "fate=hand_over&to=service:%.*s", STR_ARG(world.team.service)));
    expect(&r, 303, "", "");
    /* the next request of who was removed finds no session */
    r = req_get(&world, MEMBER, "/w/team/keys");
    assert_int_equal(r.status, 303);
    assert_true(str_starts(r.location, STR("/sign-in")));
    r = req_get(&world, OWNER, "/w/team/audit");
    expect(&r, 200, "handed over key|removed member", "");
}

static void
test_waiting(void **state)
{
    (void)state;
    char *keys = fmt("/w/team/members/", world.team.left, "/keys");
    struct reply r = req_get(&world, ADMIN, keys);
    expect(&r, 200, "Keys that Leo Left left|left behind|Suspended", "later");
    uint64_t before = world_sum(&world);
    r = req_post(&world, ADMIN, keys, STR("fate=revoke"));
    expect(&r, 422, "Choose at least one key", "");
    r = req_post(&world, ADMIN, keys, arena_fmt(world.arena,
        "fate=later&k=%.*s", STR_ARG(world.team.left_prefix)));
    expect(&r, 422, "fate-error", "");
    r = req_post(&world, ADMIN, keys, arena_fmt(world.arena,
        "fate=revoke&k=%.*s", STR_ARG(world.prefix[OWNER])));
    expect(&r, 404, "does not wait", "");
    assert_true(before == world_sum(&world));
    r = req_post(&world, ADMIN, keys, arena_fmt(world.arena,
        "fate=hand_over&to=user:%.*s&k=%.*s", STR_ARG(uuid_of(ADMIN)),
        STR_ARG(world.team.left_prefix)));
    expect(&r, 303, "", "");
    r = req_get(&world, ADMIN, keys);
    expect(&r, 404, "No keys of this person wait", "");
}

static void
test_services(void **state)
{
    (void)state;
    char *one = fmt("/w/team/service-accounts/", world.team.service, "");
    struct reply r = req_get(&world, MEMBER, "/w/team/service-accounts");
    expect(&r, 200, "Robot", "Add service account|href=\"/w/team/service-"
        "accounts/0");
    r = req_post(&world, ADMIN, "/w/team/service-accounts",
        STR("name=Robot"));
    expect(&r, 422, "Choose another name|value=\"Robot\"", "");
    r = req_post(&world, ADMIN, one, STR("name=Rover"));
    expect(&r, 303, "", "");
    r = req_get(&world, ADMIN, "/w/team/keys/new");
    expect(&r, 200, "Rover (service account)", "Robot");
    r = req_get(&world, ADMIN, fmt(one, STR(""), "/remove"));
    expect(&r, 200, "It owns no keys|value=\"hand_over\"", "name=\"to\"");
    r = req_post(&world, ADMIN, fmt(one, STR(""), "/remove"),
        STR("fate=hand_over"));
    expect(&r, 303, "", "");
    r = req_get(&world, ADMIN, "/w/team/service-accounts");
    expect(&r, 200, "No service accounts yet", "Rover");
}

static void
test_api(void **state)
{
    (void)state;
    struct reply r = req_get(&world, MANAGEMENT, "/v1/workspace/invites");
    expect(&r, 200, "nina@new.example", "nils@");
    assert_false(reply_holds(&r, world.team.token));
    r = req_get(&world, MANAGEMENT, "/v1/workspace/service-accounts");
    expect(&r, 200, "Robot", "");
    struct val *data = val_get_cstr(reply_json(&world, &r), "data");
    assert_int_equal(data->u.list.n, 1);
    static const char *const paths[] = { "/v1/workspace/invites",
        "/v1/workspace/service-accounts" };
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        assert_int_equal(req_get(&world, STANDARD, paths[i]).status, 403);
        assert_int_equal(req_get(&world, ADMIN_KEY, paths[i]).status, 403);
        assert_int_equal(req_get(&world, OWNER, paths[i]).status, 401);
    }
}

/* The address behind a link of the page: "next" or "prev"; NULL: none. */
static char *
link_to(const struct reply *r, const char *rel)
{
    struct str end = arena_fmt(world.arena, "\" rel=\"%s\"", rel);
    const char *page = arena_cstr(world.arena, r->body);
    const char *at = strstr(page, arena_cstr(world.arena, end));
    if (!at)
        return NULL;
    const char *from = at;
    while (from[-1] != '"')
        from--;
    return arena_cstr(world.arena,
        (struct str){ from, (size_t)(at - from) });
}

/* How many people of the crowd a page shows; *sum: of their numbers. */
static int
crowd_on(const struct reply *r, int64_t *sum)
{
    int n = 0;
    const char *at = arena_cstr(world.arena, r->body);
    while ((at = strstr(at, "<span class=\"sub\">crowd")) != NULL) {
        at += strlen("<span class=\"sub\">crowd");
        *sum += strtol(at, NULL, 10);
        n++;
    }
    return n;
}

/* More members than a page holds: each is there once, both ways, also when who
 * the page ended with has left; and with everybody of one name. */
static void
test_many(void **state)
{
    (void)state;
    enum { CROWD = 1100 };
    world_exec(&world, "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL "
        "SELECT i + 1 FROM c WHERE i < 1100) INSERT INTO user (uuid, email, "
        "name, created_s, updated_s) SELECT 'crowd-' || i, 'crowd' || i || "
        "'@x.example', 'Same Name', 1, 1 FROM c");
    world_exec(&world, "INSERT INTO member (workspace_id, user_id, role, "
        "created_s) SELECT (SELECT id FROM workspace WHERE slug = 'team'), "
        "id, CASE id % 3 WHEN 0 THEN 'admin' ELSE 'member' END, 1 FROM user "
        "WHERE email LIKE 'crowd%'");
    int64_t sum = 0, back = 0;
    int n = 0, pages = 0;
    struct reply r = req_get(&world, OWNER, "/w/team/members");
    assert_true(reply_holds(&r, STR("1,104 members")));
    assert_null(link_to(&r, "prev"));
    char *next = NULL, *prev = NULL;
    do {
        if (next)
            r = req_get(&world, OWNER, next);
        n += crowd_on(&r, &sum);
        pages++;
    } while ((next = link_to(&r, "next")) != NULL && pages < 99);
    assert_int_equal(n, CROWD);
    assert_int_equal(sum, (int64_t)CROWD * (CROWD + 1) / 2);
    assert_int_equal(pages, (CROWD + 4 + 49) / 50);
    n = crowd_on(&r, &back);
    while ((prev = link_to(&r, "prev")) != NULL && pages-- > 0) {
        r = req_get(&world, OWNER, prev);
        n += crowd_on(&r, &back);
    }
    assert_int_equal(n, CROWD);
    assert_int_equal(back, sum);
    /* a mark that is none */
    r = req_get(&world, OWNER, "/w/team/members?after=nonsense");
    assert_int_equal(r.status, 200);
    assert_null(link_to(&r, "prev"));
    r = req_get(&world, OWNER, "/w/team/members");
    next = link_to(&r, "next");
    world_exec(&world, "DELETE FROM member WHERE user_id IN (SELECT id FROM "
        "user WHERE email LIKE 'crowd%') AND role = 'admin'");
    r = req_get(&world, OWNER, next);
    assert_int_equal(r.status, 200);
    assert_true(crowd_on(&r, &back) > 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, restore)
    const struct CMUnitTest tests[] = {
        TEST(test_list),
        TEST(test_invite_forms),
        TEST(test_link),
        TEST(test_member_page),
        TEST(test_removal),
        TEST(test_waiting),
        TEST(test_services),
        TEST(test_api),
        TEST(test_many),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
