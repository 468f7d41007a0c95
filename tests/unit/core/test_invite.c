/* SPDX-License-Identifier: ISC */
/* Invitations: who may make them, for whom they are good, how long, and that
 * each is good once. */
#include "world.h"

#include "core/access.h"
#include "core/freeze.h"
#include "core/invite.h"
#include "core/member.h"
#include "core/session.h"
#include "core/workspace.h"

#include <stdio.h>
#include <string.h>

static struct world w;
static struct seat s;
static int forms; /* single-use ids given out */

static int
setup(void **state)
{
    (void)state;
    world_new(&w);
    seat_open(&s, &w);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    seat_close(&s);
    world_free(&w);
    return 0;
}

static struct invite_in
form_for(const char *email, enum role role)
{
    return (struct invite_in){ .email = str_cstr(email),
        .role = (int)role - ROLE_MEMBER,
        .once = arena_fmt(s.arena, "form-%d", ++forms) };
}

/* An invitation by somebody; the token of its link. */
static struct str
invited(enum who who, const char *email, enum role role, struct invite *v)
{
    static const char begins[] = "http://localhost/invite/";
    struct invite_in in = form_for(email, role);
    struct str link;
    struct cx *cx = seat_as(&s, who);
    OK(cx, invite_create(cx, &in, v, &link));
    assert_true(str_starts(link, str_cstr(begins)));
    assert_int_equal(link.n, strlen(begins) + 43);
    return str_from(link, strlen(begins));
}

/* Somebody with an account, in no workspace. */
static struct cx *
somebody(enum who who)
{
    struct cx *cx = seat_as(&s, who);
    cx->ws = (struct workspace){ 0 };
    return cx;
}

static int64_t
lines(const char *action)
{
    char sql[200];
    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM audit a "
        "JOIN workspace w ON w.id = a.workspace_id AND w.slug = 'team' "
        "WHERE action = '%s'", action);
    return world_int(&w, sql);
}

static int64_t
people(void)
{
    return world_int(&w, "SELECT count(*) FROM member m JOIN workspace w "
        "ON w.id = m.workspace_id AND w.slug = 'team'");
}

static const struct join_in newcomer = { .name = STR_INIT("Nina New"),
    .password = STR_INIT("correct horse battery") };

static void
test_new_account(void **state)
{
    (void)state;
    struct invite v, seen;
    struct str session;
    int64_t before = people();
    struct str token = invited(ADMIN, "Nina@New.example", ROLE_ADMIN, &v);
    assert_true(str_is(v.email, "nina@new.example"));
    assert_false(v.has_account);
    char sql[300]; /* what the link says is nowhere in the database */
    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM invite WHERE "
        "instr(mac, '%.*s') OR instr(uuid, '%.*s')", STR_ARG(token),
        STR_ARG(token));
    assert_int_equal(world_int(&w, sql), 0);
    struct cx *cx = seat_nobody(&s);
    OK(cx, invite_open(cx, token, &seen));
    assert_int_equal(seen.role, ROLE_ADMIN);
    assert_true(str_is(seen.workspace_name, "Team"));
    OK(cx, invite_join(cx, token, &newcomer, &session));
    assert_int_equal(cx->actor.kind, ACTOR_USER);
    assert_true(str_is(cx->ws.slug, "team"));
    assert_int_equal(cx->ws.role, ROLE_ADMIN);
    assert_int_equal(people(), before + 1);
    /* a workspace of their own came along */
    struct workspace *all;
    size_t n;
    OK(cx, workspace_list(cx, &all, &n));
    assert_int_equal(n, 2);
    assert_true(all[0].personal);
    assert_int_equal(all[0].role, ROLE_OWNER);
    assert_int_equal(lines("invite.create"), 1);
    assert_int_equal(lines("invite.accept"), 1);
    /* once */
    cx = seat_nobody(&s);
    GIVES(cx, invite_open(cx, token, &seen), ERR_NOT_FOUND);
    cx = seat_nobody(&s);
    GIVES(cx, invite_join(cx, token, &newcomer, &session), ERR_NOT_FOUND);
    cx = seat_as(&s, ADMIN);
    GIVES(cx, invite_withdraw(cx, v.uuid), ERR_CONFLICT);
    assert_int_equal(people(), before + 1);
}

static void
test_bad_account(void **state)
{
    (void)state;
    struct invite v;
    struct str session;
    struct str token = invited(OWNER, "nina@new.example", ROLE_MEMBER, &v);
    struct join_in in = { .name = STR("Nina"),
        .password = STR("keylodge keylodge") };
    struct cx *cx = seat_nobody(&s);
    GIVES(cx, invite_join(cx, token, &in, &session), ERR_INVALID);
    expect_field(cx, "password");
    /* an account that came into being meanwhile is not taken over */
    world_exec(&w, "UPDATE user SET email = 'nina@new.example' "
                   "WHERE email = (SELECT email FROM user "
                   "ORDER BY id DESC LIMIT 1)");
    cx = seat_nobody(&s);
    GIVES(cx, invite_join(cx, token, &newcomer, &session), ERR_INVALID);
    assert_int_equal(cx->actor.kind, ACTOR_NONE);
    cx = seat_nobody(&s); /* and the link is still good */
    OK(cx, invite_open(cx, token, &v));
    assert_true(v.has_account);
}

/* It opens nothing while the workspace is deleted, and then again. */
static void
test_deleted_workspace(void **state)
{
    (void)state;
    struct invite v, seen;
    struct str session;
    char *email = arena_cstr(s.arena, who_email(STRANGER));
    struct str open = invited(OWNER, "nina@new.example", ROLE_MEMBER, &v);
    struct str known = invited(OWNER, email, ROLE_MEMBER, &v);
    struct cx *cx = seat_as(&s, OWNER);
    int64_t before = people(), accounts = world_int(&w,
        "SELECT count(*) FROM user");
    OK(cx, workspace_delete(cx, cx->ws.name));
    cx = seat_nobody(&s);
    GIVES(cx, invite_open(cx, open, &seen), ERR_NOT_FOUND);
    assert_non_null(strstr(arena_cstr(s.arena, cx->err.msg), "deleted"));
    cx = seat_nobody(&s);
    GIVES(cx, invite_join(cx, open, &newcomer, &session), ERR_NOT_FOUND);
    cx = somebody(STRANGER);
    GIVES(cx, invite_accept(cx, known), ERR_NOT_FOUND);
    assert_int_equal(people(), before);
    assert_int_equal(world_int(&w, "SELECT count(*) FROM user"), accounts);
    cx = seat_as(&s, SHELL);
    OK(cx, workspace_restore(cx, STR("team")));
    cx = seat_nobody(&s);
    OK(cx, invite_open(cx, open, &seen));
    OK(cx, invite_join(cx, open, &newcomer, &session));
    cx = somebody(STRANGER);
    OK(cx, invite_accept(cx, known));
}

static void
test_existing_account(void **state)
{
    (void)state;
    struct invite v;
    char *email = arena_cstr(s.arena, who_email(STRANGER));
    struct str token = invited(OWNER, email, ROLE_MEMBER, &v);
    assert_true(v.has_account);
    struct cx *cx = seat_nobody(&s);
    GIVES(cx, invite_accept(cx, token), ERR_UNAUTHENTICATED);
    /* it is for one person only, whoever has the link */
    cx = somebody(OTHER);
    GIVES(cx, invite_accept(cx, token), ERR_FORBIDDEN);
    cx = somebody(STRANGER);
    OK(cx, invite_accept(cx, token));
    assert_true(str_is(cx->ws.slug, "team"));
    assert_int_equal(cx->ws.role, ROLE_MEMBER);
    cx = somebody(STRANGER);
    GIVES(cx, invite_accept(cx, token), ERR_NOT_FOUND);
    /* with another role in each workspace */
    struct workspace *all;
    size_t n;
    cx = seat_as(&s, STRANGER);
    assert_int_equal(cx->ws.role, ROLE_OWNER);
    OK(cx, workspace_list(cx, &all, &n));
    assert_int_equal(n, 3);
}

static void
test_sent_twice(void **state)
{
    (void)state;
    struct invite a, b;
    struct str link;
    struct invite_in in = form_for("nina@new.example", ROLE_MEMBER);
    struct cx *cx = seat_as(&s, OWNER);
    OK(cx, invite_create(cx, &in, &a, &link));
    cx = seat_as(&s, OWNER);
    GIVES(cx, invite_create(cx, &in, &b, &link), ERR_CONFLICT);
    assert_string_equal(cx->err.reason, "shown");
    assert_int_equal(link.n, 0);
    assert_true(str_eq(a.uuid, b.uuid));
    assert_int_equal(world_int(&w, "SELECT count(*) FROM invite"), 1);
    assert_int_equal(lines("invite.create"), 1);
    /* the same id of somebody else, or in another workspace, is another one */
    in.email = STR("nora@new.example");
    cx = seat_as(&s, ADMIN);
    OK(cx, invite_create(cx, &in, &b, &link));
    cx = seat_as(&s, STRANGER);
    OK(cx, invite_create(cx, &in, &b, &link));
}

static void
test_rights(void **state)
{
    (void)state;
    static const struct {
        enum who who;
        enum role role;
        enum err_code code;
    } rows[] = {
        { OWNER, ROLE_OWNER, ERR_OK }, { OWNER, ROLE_ADMIN, ERR_OK },
        { OWNER, ROLE_MEMBER, ERR_OK },
        { ADMIN, ROLE_OWNER, ERR_FORBIDDEN }, { ADMIN, ROLE_ADMIN, ERR_OK },
        { ADMIN, ROLE_MEMBER, ERR_OK },
        { MEMBER, ROLE_OWNER, ERR_FORBIDDEN },
        { MEMBER, ROLE_ADMIN, ERR_FORBIDDEN },
        { MEMBER, ROLE_MEMBER, ERR_FORBIDDEN },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct invite v;
        struct str link;
        char email[40];
        (void)snprintf(email, sizeof email, "n%zu@new.example", i);
        struct invite_in in = form_for(email, rows[i].role);
        struct cx *cx = seat_as(&s, rows[i].who);
        GIVES(cx, invite_create(cx, &in, &v, &link), rows[i].code);
        assert_int_equal(link.n > 0, rows[i].code == ERR_OK);
    }
    struct invite *all;
    size_t n;
    struct cx *cx = seat_as(&s, ADMIN);
    OK(cx, invite_list(cx, &all, &n));
    assert_int_equal(n, 5);
    cx = seat_as(&s, MEMBER);
    OK(cx, invite_list(cx, &all, &n));
    assert_int_equal(n, 0);
    cx = seat_as(&s, STRANGER);
    OK(cx, invite_list(cx, &all, &n));
    assert_int_equal(n, 0);
}

static void
test_withdraw(void **state)
{
    (void)state;
    struct invite boss, plain, v;
    struct str token = invited(OWNER, "o@new.example", ROLE_OWNER, &boss);
    struct str other = invited(OWNER, "m@new.example", ROLE_MEMBER, &plain);
    struct cx *cx = seat_as(&s, MEMBER);
    GIVES(cx, invite_withdraw(cx, plain.uuid), ERR_FORBIDDEN);
    cx = seat_as(&s, STRANGER); /* another workspace's ids name nothing */
    GIVES(cx, invite_withdraw(cx, plain.uuid), ERR_NOT_FOUND);
    cx = seat_as(&s, ADMIN);
    GIVES(cx, invite_withdraw(cx, boss.uuid), ERR_FORBIDDEN);
    cx = seat_as(&s, ADMIN);
    OK(cx, invite_withdraw(cx, plain.uuid));
    cx = seat_as(&s, ADMIN);
    GIVES(cx, invite_withdraw(cx, plain.uuid), ERR_CONFLICT);
    cx = seat_nobody(&s);
    GIVES(cx, invite_open(cx, other, &v), ERR_NOT_FOUND);
    cx = seat_nobody(&s);
    OK(cx, invite_open(cx, token, &v));
    assert_int_equal(lines("invite.withdraw"), 1);
}

static void
test_life(void **state)
{
    (void)state;
    struct invite v, *all;
    size_t n;
    struct str token = invited(OWNER, "nina@new.example", ROLE_MEMBER, &v);
    assert_int_equal(v.ends_s, WORLD_NOW + 7 * 86400);
    w.now_s = v.ends_s - 1;
    struct cx *cx = seat_nobody(&s);
    OK(cx, invite_open(cx, token, &v));
    w.now_s = v.ends_s;
    cx = seat_nobody(&s);
    GIVES(cx, invite_open(cx, token, &v), ERR_NOT_FOUND);
    cx = seat_as(&s, OWNER);
    OK(cx, invite_list(cx, &all, &n));
    assert_int_equal(n, 0);
}

/* What makes an invitation worth nothing: who made it may not any more. */
static void
test_inviter(void **state)
{
    (void)state;
    static const struct {
        const char *sql;
        enum role role;
        enum err_code code;
    } rows[] = {
        { "UPDATE member SET role = 'admin'", ROLE_OWNER,
            ERR_NOT_FOUND },
        { "UPDATE member SET role = 'admin'", ROLE_ADMIN,
            ERR_OK },
        { "UPDATE member SET role = 'member'", ROLE_MEMBER,
            ERR_NOT_FOUND },
        { "DELETE FROM member", ROLE_MEMBER,
            ERR_NOT_FOUND },
        { "UPDATE user SET disabled_s = 1", ROLE_MEMBER, ERR_NOT_FOUND },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct invite v;
        struct str session;
        char sql[300];
        struct str token =
            invited(OWNER, "nina@new.example", rows[i].role, &v);
        (void)snprintf(sql, sizeof sql, "%s WHERE %s = (SELECT id FROM user "
            "WHERE email = '%.*s')", rows[i].sql,
            strstr(rows[i].sql, "member") ? "user_id" : "id",
            STR_ARG(who_email(OWNER)));
        world_exec(&w, sql);
        struct cx *cx = seat_nobody(&s);
        GIVES(cx, invite_open(cx, token, &v), rows[i].code);
        if (rows[i].code) {
            cx = seat_nobody(&s);
            GIVES(cx, invite_join(cx, token, &newcomer, &session),
                rows[i].code);
        }
        (void)teardown(NULL);
        (void)setup(NULL);
    }
}

/* The newest link for an address is the only one; but an admin does not take
 * away what an owner offered. */
static void
test_replaced(void **state)
{
    (void)state;
    struct invite v, *all;
    size_t n;
    struct str first = invited(OWNER, "a@new.example", ROLE_MEMBER, &v);
    struct str second = invited(ADMIN, "A@new.example", ROLE_ADMIN, &v);
    struct cx *cx = seat_nobody(&s);
    GIVES(cx, invite_open(cx, first, &v), ERR_NOT_FOUND);
    cx = seat_nobody(&s);
    OK(cx, invite_open(cx, second, &v));
    first = invited(OWNER, "b@new.example", ROLE_OWNER, &v);
    (void)invited(ADMIN, "b@new.example", ROLE_MEMBER, &v);
    cx = seat_nobody(&s);
    OK(cx, invite_open(cx, first, &v));
    cx = seat_as(&s, OWNER);
    OK(cx, invite_list(cx, &all, &n));
    assert_int_equal(n, 3);
    /* in another workspace the same person is another matter */
    (void)invited(STRANGER, "a@new.example", ROLE_OWNER, &v);
    cx = seat_nobody(&s);
    OK(cx, invite_open(cx, second, &v));
}

static void
test_refused(void **state)
{
    (void)state;
    struct invite v;
    struct str link;
    struct invite_in in = form_for("nowhere", ROLE_MEMBER);
    struct cx *cx = seat_as(&s, OWNER);
    GIVES(cx, invite_create(cx, &in, &v, &link), ERR_INVALID);
    expect_field(cx, "email");
    in = form_for("x", ROLE_MEMBER);
    in.email = who_email(MEMBER); /* is in already */
    cx = seat_as(&s, OWNER);
    GIVES(cx, invite_create(cx, &in, &v, &link), ERR_INVALID);
    expect_field(cx, "email");
    struct workspace *all;
    size_t n;
    cx = seat_as(&s, OWNER);
    OK(cx, workspace_list(cx, &all, &n));
    assert_true(all[0].personal);
    OK(cx, workspace_enter(cx, all[0].slug));
    in = form_for("y@new.example", ROLE_MEMBER);
    GIVES(cx, invite_create(cx, &in, &v, &link), ERR_CONFLICT);
    assert_int_equal(world_int(&w, "SELECT count(*) FROM invite"), 0);
    cx = seat_nobody(&s);
    GIVES(cx, invite_open(cx, STR(""), &v), ERR_NOT_FOUND);
}

static void
test_most(void **state)
{
    (void)state;
    struct invite v;
    struct str link;
    char email[40];
    for (int i = 0; i < INVITE_MOST; i++) {
        (void)snprintf(email, sizeof email, "n%d@new.example", i);
        (void)invited(OWNER, email, ROLE_MEMBER, &v);
    }
    struct invite_in in = form_for("more@new.example", ROLE_MEMBER);
    struct cx *cx = seat_as(&s, OWNER);
    GIVES(cx, invite_create(cx, &in, &v, &link), ERR_CONFLICT);
    /* a further one for the same person takes no further place */
    (void)invited(OWNER, "n0@new.example", ROLE_ADMIN, &v);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_new_account),
        TEST(test_bad_account),
        TEST(test_existing_account),
        TEST(test_deleted_workspace),
        TEST(test_sent_twice),
        TEST(test_rights),
        TEST(test_withdraw),
        TEST(test_life),
        TEST(test_inviter),
        TEST(test_replaced),
        TEST(test_refused),
        TEST(test_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
