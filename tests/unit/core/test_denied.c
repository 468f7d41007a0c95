/* SPDX-License-Identifier: ISC */
/* Refused attempts in the audit log: the first makes a line, a flood does not,
 * nothing is counted twice or lost, and it stands where its owners look. */
#include "world.h"

#include "base/attr.h"
#include "core/audit.h"
#include "core/change.h"
#include "core/denied.h"
#include "core/touch.h"
#include "store/store_user.h"

#include <stdio.h>
#include <string.h>

static struct world w;
static struct seat s;
static struct touches *touches;

static int
setup(void **state)
{
    (void)state;
    world_new(&w);
    seat_open(&s, &w);
    touches = touches_new();
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    touches_free(touches);
    seat_close(&s);
    world_free(&w);
    return 0;
}

static void
try_account(struct str email, enum denied_kind kind, int times)
{
    struct user u;
    struct cx *cx = seat_nobody(&s);
    cx->touches = touches;
    cx->address = STR("198.51.100.9");
    OK(cx, store_user_by_email(cx->store, email, &u));
    for (int i = 0; i < times; i++)
        denied_account(cx, kind, &u);
}

static void
flush(bool all)
{
    struct cx *cx = seat_nobody(&s);
    cx->touches = touches;
    OK(cx, denied_flush(cx, all));
}

#define IN_TEAM "workspace_id = (SELECT id FROM workspace WHERE slug = 'team')"
#define IN_NONE "coalesce(workspace_id, 0) = 0"

static int64_t
lines_in(const char *log, const char *where)
{
    char sql[512];
    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM audit WHERE "
        "action IN ('session.refused', 'session.confirm_refused', "
        "'access.refused') AND %s AND (%s)", log, where);
    return world_int(&w, sql);
}

/* In the team's log; people have a workspace of their own, too. */
static int64_t
lines(const char *where)
{
    return lines_in(IN_TEAM, where);
}

static void
test_window(void **state)
{
    (void)state;
    try_account(who_email(MEMBER), DENIED_PASSWORD, 1);
    assert_int_equal(lines("1"), 0); /* a request writes nothing */
    flush(false);
    assert_int_equal(lines("actor_name = 'nobody' AND actor_kind = 'system' "
        "AND address = '198.51.100.9' AND object_kind = 'user' "
        "AND details = '{\"reason\":\"wrong password\"}'"), 1);
    assert_int_equal(lines("1"), 1);
    /* the flood of the hour: no line */
    for (int i = 0; i < 50; i++) {
        w.now_s += 60;
        try_account(who_email(MEMBER), DENIED_PASSWORD, 100);
        flush(false);
    }
    assert_int_equal(lines("1"), 1);
    /* another kind has its own line */
    try_account(who_email(MEMBER), DENIED_WAIT, 3);
    flush(false);
    assert_int_equal(lines("details LIKE '%too many tries%' "
        "AND json_extract(details, '$.times') = '3'"), 1);
    w.now_s += 11 * 60;
    flush(false);
    assert_int_equal(lines("json_extract(details, '$.times') = '5000'"), 1);
    assert_int_equal(lines("1"), 3);
    w.now_s += DENIED_WINDOW_S;
    flush(false);
    flush(true);
    assert_int_equal(lines("1"), 3);
    /* a new hour begins with a line */
    try_account(who_email(MEMBER), DENIED_PASSWORD, 1);
    flush(false);
    assert_int_equal(lines("1"), 4);
}

/* A process that ends writes what it counted; the next one does not begin the
 * hour again. */
static void
test_restart(void **state)
{
    (void)state;
    try_account(who_email(ADMIN), DENIED_CODE, 1);
    flush(false);
    try_account(who_email(ADMIN), DENIED_CODE, 6);
    flush(true);
    assert_int_equal(lines("details LIKE '%wrong code%'"), 2);
    assert_int_equal(lines("json_extract(details, '$.times') = '6'"), 1);
    for (int i = 0; i < 40; i++) { /* as plain CGI: a process a request */
        touches_free(touches);
        touches = touches_new();
        try_account(who_email(ADMIN), DENIED_CODE, 1);
        flush(false);
    }
    assert_int_equal(lines("details LIKE '%wrong code%'"), 2);
}

/* An account's lines stand in each workspace of the person; what has none, in
 * that of the installation. */
static void
test_where(void **state)
{
    (void)state;
    try_account(who_email(OWNER), DENIED_DISABLED, 1);
    flush(false);
    int64_t own = world_int(&w, "SELECT count(*) FROM member m JOIN user u "
        "ON u.id = m.user_id WHERE u.uuid = (SELECT max(object_id) "
        "FROM audit WHERE details LIKE '%account disabled%')");
    assert_in_range(own, 2, 3);
    assert_int_equal(lines_in("1", "details LIKE '%disabled%'"), own);
    assert_int_equal(lines("details LIKE '%disabled%'"), 1);
    assert_int_equal(lines_in(IN_NONE, "details LIKE '%disabled%'"), 0);
    /* no account: what was typed stands nowhere */
    try_account(STR("my-passw0rd@typed.example"), DENIED_PASSWORD, 2);
    flush(false);
    assert_int_equal(lines_in(IN_NONE,
        "object_name = 'no known account'"), 1);
    assert_int_equal(lines_in("1", "object_name LIKE '%typed%' "
        "OR details LIKE '%typed%'"), 0);
}

/* Of who is known: their own line in their workspace. */
static void
test_actor(void **state)
{
    (void)state;
    struct cx *cx = seat_as(&s, MEMBER);
    cx->touches = touches;
    for (int i = 0; i < 3; i++)
        denied_actor(cx, DENIED_RIGHT, STR("POST /w/{ws}/settings"));
    denied_actor(cx, DENIED_RIGHT, STR("POST /w/{ws}/freeze"));
    denied_actor(cx, DENIED_FOREIGN, STR("POST /w/{ws}/freeze"));
    denied_account(cx, DENIED_CONFIRM, &cx->actor.user);
    flush(false);
    assert_int_equal(lines("actor_kind = 'user' AND workspace_id > 0 "
        "AND object_id = 'POST /w/{ws}/settings' "
        "AND json_extract(details, '$.times') = '3'"), 1);
    assert_int_equal(lines("object_id = 'POST /w/{ws}/freeze'"), 2);
    assert_int_equal(lines("action = 'session.confirm_refused' "
        "AND actor_id = object_id AND actor_kind = 'user'"), 1);
    struct audit *rows;
    struct audit_filter f = { .most = 50, .action = STR("access.refused") };
    size_t n;
    bool more;
    cx = seat_as(&s, MEMBER);
    OK(cx, audit_list(cx, &f, &rows, &n, &more));
    assert_int_equal(n, 3);
    cx = seat_as(&s, OTHER); /* not theirs */
    OK(cx, audit_list(cx, &f, &rows, &n, &more));
    assert_int_equal(n, 0);
    cx = seat_as(&s, STRANGER);
    f.actor = STR("");
    OK(cx, audit_list(cx, &f, &rows, &n, &more));
    assert_int_equal(n, 0);
}

/* However many people and places: so many lines, and not one more. */
static void
test_bound(void **state)
{
    (void)state;
    struct cx *cx = seat_as(&s, MEMBER);
    cx->touches = touches;
    int64_t before = lines_in("1", "1");
    for (int i = 0; i < 4 * DENIED_MOST; i++)
        denied_actor(cx, DENIED_RIGHT, arena_fmt(cx->arena, "GET /x/%d", i));
    flush(false);
    assert_int_equal(lines_in("1", "1") - before, DENIED_MOST + 1);
    assert_int_equal(lines_in(IN_NONE, "object_name = 'no known account' "
        "AND action = 'access.refused' AND CAST(json_extract(details, "
        "'$.times') AS INTEGER) = 3 * 256"), 1);
}

/* What could not be written is written later, once. */
static void
test_failing(void **state)
{
    (void)state;
    try_account(who_email(OTHER), DENIED_PASSWORD, 2);
    struct cx *cx = seat_nobody(&s);
    cx->touches = touches;
    int64_t before = lines("1");
    world_exec(&w, arena_cstr(cx->arena, arena_fmt(cx->arena, "CREATE INDEX "
        "no ON audit(abs(0 * seq - 9223372036854775807 - 1)) WHERE seq > %lld",
        (long long)world_int(&w, "SELECT max(seq) FROM audit"))));
    assert_true(denied_flush(cx, false) != ERR_OK);
    world_exec(&w, "DROP INDEX no");
    assert_int_equal(lines("1"), before);
    flush(false);
    flush(false);
    assert_int_equal(lines("1"), before + 1);
    assert_int_equal(lines("json_extract(details, '$.times') = '2'"), 1);
}

static int
fresh(void **state)
{
    (void)state;
    world_exec(&w, "DELETE FROM attempt");
    w.now_s += 10 * (int64_t)DENIED_WINDOW_S;
    touches_free(touches);
    touches = touches_new();
    return 0;
}
#define TEST(name) cmocka_unit_test_setup(name, fresh)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_window),
        TEST(test_restart),
        TEST(test_where),
        TEST(test_actor),
        TEST(test_failing),
        TEST(test_bound),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
