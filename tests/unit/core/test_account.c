/* SPDX-License-Identifier: ISC */
/* People: set-up once, signing in, sessions, passwords. */
#include "world.h"

#include "core/account.h"
#include "core/people.h"
#include "core/reset.h"
#include "core/session.h"
#include "core/signin.h"
#include "core/touch.h"
#include "core/workspace.h"
#include "text/when.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* What the calls tell besides, and these tests do not ask. */
static struct str step, changed;

/* ---- set-up ---- */

static struct str
link_new(struct seat *s)
{
    struct str token;
    struct cx *cx = seat_nobody(s);
    cx->actor.kind = ACTOR_SHELL;
    OK(cx, setup_link(cx, &token));
    return token;
}

static struct setup_in
setup_form(struct str token, const char *email)
{
    return (struct setup_in){ .token = token, .email = str_cstr(email),
        .name = STR("Ada"), .password = WORLD_PASSWORD };
}

static enum setup_state
state_of(struct seat *s, struct str token)
{
    enum setup_state out;
    struct cx *cx = seat_nobody(s);
    OK(cx, setup_state(cx, token, &out));
    return out;
}

static void
test_setup(void **state)
{
    (void)state;
    struct world w;
    struct seat s;
    struct str session;
    struct workspace *all;
    size_t n;
    bool expired;
    world_bare(&w);
    seat_open(&s, &w);
    struct str old = link_new(&s), token = link_new(&s);
    assert_int_equal(state_of(&s, old), SETUP_WRONG_LINK);
    assert_int_equal(state_of(&s, STR("guess")), SETUP_WRONG_LINK);
    assert_int_equal(state_of(&s, STR("")), SETUP_WRONG_LINK);
    assert_int_equal(state_of(&s, token), SETUP_OPEN);
    struct setup_in in = setup_form(old, "Ada@One.example");
    struct cx *cx = seat_nobody(&s);
    GIVES(cx, setup_finish(cx, &in, &session), ERR_NOT_FOUND);
    w.now_s += SETUP_LINK_S; /* an hour later */
    assert_int_equal(state_of(&s, token), SETUP_WRONG_LINK);
    w.now_s--;
    in.token = token;
    cx = seat_nobody(&s);
    OK(cx, setup_finish(cx, &in, &session));
    assert_true(str_is(cx->actor.user.email, "ada@one.example"));
    cx = seat_nobody(&s);
    OK(cx, session_open(cx, session, &expired));
    assert_int_equal(cx->actor.kind, ACTOR_USER);
    OK(cx, workspace_list(cx, &all, &n));
    assert_true(n == 1 && all[0].personal && all[0].role == ROLE_OWNER);
    /* done is done */
    assert_int_equal(state_of(&s, token), SETUP_DONE);
    cx = seat_nobody(&s);
    in = setup_form(token, "eve@one.example");
    GIVES(cx, setup_finish(cx, &in, &session), ERR_CONFLICT);
    /* told before the dear part, the password, is looked at */
    cx = seat_nobody(&s);
    in.password = STR("keylodge keylodge");
    GIVES(cx, setup_finish(cx, &in, &session), ERR_CONFLICT);
    assert_int_equal(link_new(&s).n, 0);
    assert_int_equal(1, world_int(&w, "SELECT count(*) FROM user"));
    seat_close(&s);
    world_free(&w);
}

static void
test_setup_fields(void **state)
{
    (void)state;
    static const struct {
        const char *field, *email, *password;
    } cases[] = {
        { "email", "ada", "correct horse battery" },
        { "email", "a@b", "correct horse battery" },
        { "email", "a b@c.example", "correct horse battery" },
        { "email", "a@@c.example", "correct horse battery" },
        { "password", "lovelace@c.example", "my lovelace secret" },
        { "password", "a@c.example", "aaaaaaaaaaaaaaaa" },
        { "password", "a@c.example", "KeyLodge-KeyLodge" },
        { "password", "a@c.example", "bad \xff\xfe utf-8 text" },
    };
    struct world w;
    struct seat s;
    struct str session;
    world_bare(&w);
    seat_open(&s, &w);
    struct str token = link_new(&s);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct setup_in in = setup_form(token, cases[i].email);
        in.password = str_cstr(cases[i].password);
        struct cx *cx = seat_nobody(&s);
        GIVES(cx, setup_finish(cx, &in, &session), ERR_INVALID);
        if (!err_field_msg(&cx->err, cases[i].field).n)
            fail_msg("%s %s: no message at %s", cases[i].email,
                cases[i].password, cases[i].field);
    }
    assert_int_equal(0, world_int(&w, "SELECT count(*) FROM user"));
    assert_int_equal(state_of(&s, token), SETUP_OPEN);
    seat_close(&s);
    world_free(&w);
}

struct runner {
    struct seat s;
    struct setup_in in;
    struct str session;
    enum err_code code;
    pthread_barrier_t *start;
};

static void *
run(void *p)
{
    struct runner *r = p;
    pthread_barrier_wait(r->start);
    r->code = setup_finish(&r->s.cx, &r->in, &r->session);
    return NULL;
}

static void
test_setup_race(void **state)
{
    (void)state;
    enum { N = 8 };
    static char emails[N][24];
    struct world w;
    struct seat s;
    struct runner r[N];
    pthread_t threads[N];
    pthread_barrier_t start;
    size_t made = 0;
    world_bare(&w);
    seat_open(&s, &w);
    struct str token = link_new(&s);
    assert_int_equal(pthread_barrier_init(&start, NULL, N), 0);
    memset(r, 0, sizeof r);
    for (size_t i = 0; i < N; i++) {
        (void)snprintf(emails[i], sizeof emails[i], "p%zu@race.example", i);
        seat_open(&r[i].s, &w);
        (void)seat_nobody(&r[i].s);
        r[i].in = setup_form(token, emails[i]);
        r[i].start = &start;
    }
    for (size_t i = 0; i < N; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run, &r[i]), 0);
    for (size_t i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < N; i++) {
        made += r[i].code == ERR_OK;
        if (r[i].code)
            GIVES(&r[i].s.cx, r[i].code, ERR_CONFLICT);
        seat_close(&r[i].s);
    }
    assert_int_equal(made, 1);
    assert_int_equal(1, world_int(&w, "SELECT count(*) FROM user"));
    assert_int_equal(1, world_int(&w, "SELECT count(*) FROM session"));
    assert_int_equal(1, world_int(&w, "SELECT count(*) FROM workspace"));
    pthread_barrier_destroy(&start);
    seat_close(&s);
    world_free(&w);
}

/* ---- signing in ---- */

static struct str
enter(struct seat *s, enum who who)
{
    struct str session;
    struct cx *cx = seat_nobody(s);
    OK(cx, sign_in(cx, who_email(who), WORLD_PASSWORD, &session, &step));
    return session;
}

/* Is the session good?  *expired as session_open says. */
static bool
opens(struct seat *s, struct str session, bool *expired)
{
    struct cx *cx = seat_nobody(s);
    OK(cx, session_open(cx, session, expired));
    return cx->actor.kind == ACTOR_USER;
}

static void
test_sign_in(void **state)
{
    (void)state;
    static const struct {
        const char *email, *password;
    } wrong[] = {
        { "olive@team.example", "correct horse batterx" },
        { "olive@team.example", "" },
        { "nobody@team.example", "correct horse battery" },
        { "", "correct horse battery" },
        { "olive@team.example ", "correct horse battery" },
        { "mia@team.example", "correct horse battery" }, /* disabled */
        { "adam@team.example", "correct horse battery" }, /* no password */
    };
    struct world w;
    struct seat s;
    struct str session, msg = { NULL, 0 };
    bool expired;
    world_new(&w);
    seat_open(&s, &w);
    world_exec(&w, "UPDATE user SET disabled_s = 1 WHERE email LIKE 'mia@%';"
                   "UPDATE user SET password = NULL WHERE email LIKE "
                   "'adam@%'");
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct cx *cx = seat_nobody(&s);
        GIVES(cx, sign_in(cx, str_cstr(wrong[i].email),
            str_cstr(wrong[i].password), &session, &step), ERR_INVALID);
        assert_int_equal(cx->err.n_fields, 0);
        if (i && !str_eq(msg, cx->err.msg))
            fail_msg("%s: another message: %.*s", wrong[i].email,
                STR_ARG(cx->err.msg));
        msg = cx->err.msg;
    }
    assert_int_equal(0, world_int(&w, "SELECT count(*) FROM session"));
    struct cx *cx = seat_nobody(&s);
    OK(cx, sign_in(cx, STR("Olive@TEAM.example"), WORLD_PASSWORD, &session,
        &step));
    assert_true(opens(&s, session, &expired));
    assert_false(opens(&s, STR("x"), &expired) || expired);
    assert_false(opens(&s, STR(""), &expired) || expired);
    seat_close(&s);
    world_free(&w);
}

/* ---- sessions ---- */

static void
seen(struct seat *s, struct str session)
{
    bool expired;
    struct cx *cx = seat_nobody(s);
    struct touches *t = touches_new();
    OK(cx, session_open(cx, session, &expired));
    cx->touches = t;
    touch_session(cx, 0);
    OK(cx, touch_flush(cx));
    touches_free(t);
}

static void
test_session_time(void **state)
{
    (void)state;
    struct world w;
    struct seat s;
    bool expired;
    world_new(&w);
    seat_open(&s, &w);
    struct str session = enter(&s, OWNER);
    w.now_s = WORLD_NOW + SESSION_IDLE_S - 1;
    assert_true(opens(&s, session, &expired));
    w.now_s++;
    assert_false(opens(&s, session, &expired));
    assert_true(expired);
    /* used every 20 minutes it lives for twelve hours, and no longer */
    w.now_s = WORLD_NOW;
    while (w.now_s < WORLD_NOW + SESSION_LIFE_S) {
        assert_true(opens(&s, session, &expired));
        seen(&s, session);
        w.now_s += 20 * MINUTE_S;
    }
    w.now_s = WORLD_NOW + SESSION_LIFE_S - 1;
    assert_true(opens(&s, session, &expired));
    w.now_s++;
    assert_false(opens(&s, session, &expired));
    assert_true(expired);
    seat_close(&s);
    world_free(&w);
}

static void
test_session_over(void **state)
{
    (void)state;
    static const struct {
        const char *what, *sql;
    } cases[] = {
        { "epoch", "UPDATE user SET epoch = epoch + 1" },
        { "disabled", "UPDATE user SET disabled_s = 1" },
        { "ended", "DELETE FROM session" },
    };
    struct world w;
    struct seat s;
    bool expired;
    world_new(&w);
    seat_open(&s, &w);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        world_exec(&w, "UPDATE user SET disabled_s = NULL");
        struct str session = enter(&s, OWNER);
        assert_true(opens(&s, session, &expired));
        world_exec(&w, cases[i].sql);
        if (opens(&s, session, &expired))
            fail_msg("%s: the session goes on", cases[i].what);
        assert_false(expired);
    }
    seat_close(&s);
    world_free(&w);
}

static void
test_session_end(void **state)
{
    (void)state;
    struct world w;
    struct seat s;
    struct session *all;
    size_t n;
    bool expired;
    world_new(&w);
    seat_open(&s, &w);
    struct str one = enter(&s, OWNER), two = enter(&s, OWNER),
               theirs = enter(&s, ADMIN);
    struct cx *cx = seat_nobody(&s);
    OK(cx, session_open(cx, one, &expired));
    OK(cx, session_list(cx, &all, &n));
    assert_int_equal(n, 2);
    /* not somebody else's, whose id one happens to know */
    struct str mine = cx->actor.session.uuid;
    cx = seat_nobody(&s);
    OK(cx, session_open(cx, theirs, &expired));
    GIVES(cx, session_end(cx, mine), ERR_NOT_FOUND);
    assert_true(opens(&s, one, &expired));
    cx = seat_nobody(&s);
    OK(cx, session_open(cx, one, &expired));
    OK(cx, session_end_others(cx));
    assert_true(opens(&s, one, &expired));
    assert_false(opens(&s, two, &expired));
    assert_true(opens(&s, theirs, &expired));
    cx = seat_nobody(&s);
    OK(cx, session_open(cx, one, &expired));
    OK(cx, session_close(cx));
    assert_false(opens(&s, one, &expired));
    /* the twenty-first ends the oldest */
    struct str first = enter(&s, OWNER);
    for (int i = 0; i < SESSION_MOST; i++) {
        w.now_s++;
        (void)enter(&s, OWNER);
    }
    assert_false(opens(&s, first, &expired));
    char sql[200];
    (void)snprintf(sql, sizeof sql,
        "SELECT count(*) FROM session s JOIN user u ON u.id = s.user_id "
        "WHERE u.email = '%.*s'", STR_ARG(who_email(OWNER)));
    assert_int_equal(world_int(&w, sql), SESSION_MOST);
    seat_close(&s);
    world_free(&w);
}

/* ---- passwords ---- */

static void
test_password(void **state)
{
    (void)state;
    struct world w;
    struct seat s;
    struct str session;
    bool expired;
    world_new(&w);
    seat_open(&s, &w);
    struct str here = enter(&s, OWNER), there = enter(&s, OWNER);
    struct password_in in = { .current = STR("not this one at all"),
        .password = STR("a new one, much longer") };
    struct cx *cx = seat_nobody(&s);
    GIVES(cx, password_change(cx, &in, &changed), ERR_UNAUTHENTICATED);
    cx = seat_nobody(&s);
    OK(cx, session_open(cx, here, &expired));
    GIVES(cx, password_change(cx, &in, &changed), ERR_INVALID);
    expect_field(cx, "current");
    in.current = WORLD_PASSWORD;
    cx = seat_nobody(&s);
    OK(cx, session_open(cx, here, &expired));
    OK(cx, password_change(cx, &in, &changed));
    assert_true(opens(&s, changed, &expired));
    assert_false(opens(&s, here, &expired)); /* under a new token only */
    assert_false(opens(&s, there, &expired));
    cx = seat_nobody(&s);
    GIVES(cx, sign_in(cx, who_email(OWNER), WORLD_PASSWORD, &session, &step),
        ERR_INVALID);
    cx = seat_nobody(&s);
    OK(cx, sign_in(cx, who_email(OWNER), in.password, &session, &step));
    /* the sealed string of one person is of no use to another */
    world_exec(&w, "UPDATE user SET password = (SELECT password FROM user "
                   "WHERE email LIKE 'olive@%') WHERE email LIKE 'mia@%'");
    cx = seat_nobody(&s);
    GIVES(cx, sign_in(cx, who_email(MEMBER), in.password, &session, &step),
        ERR_INTERNAL);
    seat_close(&s);
    world_free(&w);
}

/* Two requests proved the same password; the first one changes it.  The second
 * must not put another one in its place. */
static void
test_password_race(void **state)
{
    (void)state;
    struct world w;
    struct seat a, b;
    bool expired;
    world_new(&w);
    seat_open(&a, &w);
    seat_open(&b, &w);
    struct str mine = enter(&a, OWNER), theirs = enter(&b, OWNER);
    struct cx *first = seat_nobody(&a), *second = seat_nobody(&b);
    OK(first, session_open(first, mine, &expired));
    OK(second, session_open(second, theirs, &expired));
    struct password_in in = { .current = WORLD_PASSWORD,
        .password = STR("the one that stays") };
    OK(first, password_change(first, &in, &changed));
    in.password = STR("the one that came too late");
    GIVES(second, password_change(second, &in, &changed), ERR_UNAUTHENTICATED);
    struct str session;
    first = seat_nobody(&a);
    OK(first, sign_in(first, who_email(OWNER), STR("the one that stays"),
        &session, &step));
    seat_close(&b);
    seat_close(&a);
    world_free(&w);
}

static void
test_user_add(void **state)
{
    (void)state;
    struct world w;
    struct seat s;
    struct user u;
    world_new(&w);
    seat_open(&s, &w);
    struct cx *cx = seat_as(&s, OWNER);
    GIVES(cx, user_add(cx, STR("new@team.example"), STR("New"),
        WORLD_PASSWORD, &u), ERR_FORBIDDEN);
    cx = seat_as(&s, SHELL);
    GIVES(cx, user_add(cx, STR("OLIVE@team.example"), STR("New"),
        WORLD_PASSWORD, &u), ERR_INVALID);
    expect_field(cx, "email");
    cx = seat_as(&s, SHELL);
    GIVES(cx, user_by_email(cx, STR("new@team.example"), &u), ERR_NOT_FOUND);
    seat_close(&s);
    world_free(&w);
}

/* What is for who operates the installation is for nobody else, however high
 * their role. */
static void
test_people(void **state)
{
    (void)state;
    struct world w;
    struct seat s;
    struct user u, *all;
    struct workspace *in;
    struct session *sessions;
    size_t n;
    world_new(&w);
    seat_open(&s, &w);
    struct cx *cx = seat_as(&s, SHELL);
    OK(cx, user_by_email(cx, who_email(MEMBER), &u));
    for (int who = OWNER; who < WHO_COUNT; who++) {
#define NOT(call) \
    cx = seat_as(&s, (enum who)who); \
    GIVES(cx, call, ERR_NOT_FOUND)
        NOT(people_list(cx, 0, 9, &all, &n));
        NOT(people_workspaces(cx, &u, &in, &n));
        NOT(people_sessions(cx, &u, &sessions, &n));
        NOT(people_disable(cx, &u, &in, &n));
        NOT(people_enable(cx, &u));
        NOT(people_end_sessions(cx, &u));
#undef NOT
        /* nor what is the shell's alone */
        cx = seat_as(&s, (enum who)who);
        GIVES(cx, people_rename(cx, &u, STR("X")), ERR_FORBIDDEN);
        cx = seat_as(&s, (enum who)who);
        GIVES(cx, people_set_email(cx, &u, STR("x@team.example")),
            ERR_FORBIDDEN);
        cx = seat_as(&s, (enum who)who);
        GIVES(cx, workspace_all(cx, 0, 9, &in, &n), ERR_FORBIDDEN);
    }
    cx = seat_as(&s, SHELL);
    OK(cx, people_list(cx, u.id, 1, &all, &n));
    assert_true(n == 1 && all[0].id > u.id);
    OK(cx, user_by_email(cx, who_email(OWNER), &u));
    OK(cx, people_disable(cx, &u, &in, &n));
    assert_true(n == 1 && str_is(in[0].slug, "team"));
    /* links to set a password end with the address that they went to */
    cx = seat_as(&s, SHELL);
    struct str link;
    OK(cx, user_by_email(cx, who_email(MEMBER), &u));
    OK(cx, reset_link(cx, who_email(MEMBER), &link));
    OK(cx, people_set_email(cx, &u, STR("New@team.example")));
    assert_int_equal(world_int(&w, "SELECT count(*) FROM once_link "
        "WHERE kind = 'reset' AND ends_s > created_s"), 0);
    seat_close(&s);
    world_free(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_setup),
        cmocka_unit_test(test_setup_fields),
        cmocka_unit_test(test_setup_race),
        cmocka_unit_test(test_sign_in),
        cmocka_unit_test(test_session_time),
        cmocka_unit_test(test_session_over),
        cmocka_unit_test(test_session_end),
        cmocka_unit_test(test_password),
        cmocka_unit_test(test_password_race),
        cmocka_unit_test(test_user_add),
        cmocka_unit_test(test_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
