/* SPDX-License-Identifier: ISC */
/* Codes at sign-in, recovery codes, throttling, resets: SECURITY.md T17. */
#include "ways.h"

#include "base/clock.h"
#include "core/factor.h"
#include "core/proof.h"
#include "core/reset.h"
#include "core/signin.h"
#include "secret/password.h"

#include <stdio.h>
#include <string.h>

static struct world world;
static size_t hashed;

/* Each look at a password, whoever asks for it. */
enum err_code __real_password_check(struct str password, struct str hash,
    bool *ok, bool *rehash, struct err *err);
enum err_code __wrap_password_check(struct str password, struct str hash,
    bool *ok, bool *rehash, struct err *err);

enum err_code
__wrap_password_check(struct str password, struct str hash, bool *ok,
    bool *rehash, struct err *err)
{
    hashed++;
    return __real_password_check(password, hash, ok, rehash, err);
}

static int64_t now_s;

static void
at(int64_t s)
{
    now_s = WORLD_NOW + s;
    clock_fix(now_s * 1000);
}

static struct str
step_of(const struct reply *r)
{
    return page_hidden(&world, r, "step");
}

static bool
has_session(const struct reply *r)
{
    for (size_t i = 0; i < r->headers.n; i++)
        if (str_starts(r->headers.items[i].value, STR("s=")))
            return true;
    return false;
}

/* ---- codes ---- */

static void
test_two_steps(void **state)
{
    (void)state;
    struct codes c;
    at(0);
    codes_on(&world, OWNER, &c);
    /* the code that turned it on is used up */
    struct reply r = first_step(&world, OWNER);
    assert_int_equal(r.status, 200);
    assert_false(has_session(&r));
    struct str step = step_of(&r);
    assert_true(step.n > 0);
    r = second_step(&world, step, code_at(&world, &c, now_s));
    assert_int_equal(r.status, 422);
    assert_false(has_session(&r));
    at(30);
    struct str code = code_at(&world, &c, now_s);
    r = second_step(&world, step, code);
    assert_int_equal(r.status, 303);
    assert_true(take_session(&world, OWNER, &r));
    assert_true(lets_in(&world, OWNER, world.session[OWNER]));
    /* once is once, also for whoever saw the code */
    r = first_step(&world, OWNER);
    r = second_step(&world, step_of(&r), code);
    assert_int_equal(r.status, 422);
    assert_true(reply_holds(&r, STR("was used already")));
    assert_false(has_session(&r));
    /* blanks as apps show them are fine */
    at(60);
    code = code_at(&world, &c, now_s);
    r = first_step(&world, OWNER);
    r = second_step(&world, step_of(&r),
        arena_fmt(world.arena, "%.3s %.3s", code.p, code.p + 3));
    assert_int_equal(r.status, 303);
    world_restore(&world);
}

/* One step back is taken, for slow clocks; two are not, nor one ahead. */
static void
test_skew(void **state)
{
    (void)state;
    static const struct {
        int64_t off;
        int status;
    } cases[] = { { -90, 422 }, { -60, 422 }, { 30, 422 }, { 60, 422 },
        { -30, 303 }, { 0, 303 } };
    struct codes c;
    at(0);
    codes_on(&world, OWNER, &c);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        at(600 + 120 * (int64_t)i);
        struct reply r = first_step(&world, OWNER);
        r = second_step(&world, step_of(&r),
            code_at(&world, &c, now_s + cases[i].off));
        if (r.status != cases[i].status)
            fail_msg("%d s: %d", (int)cases[i].off, r.status);
        world_exec(&world, "DELETE FROM attempt");
    }
    world_restore(&world);
}

static void
test_recovery(void **state)
{
    (void)state;
    struct codes c;
    at(0);
    codes_on(&world, OWNER, &c);
    for (size_t i = 0; i < 2; i++) {
        struct reply r = first_step(&world, OWNER);
        r = second_step(&world, step_of(&r), c.recovery[3]);
        assert_int_equal(r.status, i == 0 ? 303 : 422);
        assert_int_equal(has_session(&r), i == 0);
    }
    /* as people type them; each its own */
    struct reply r = first_step(&world, OWNER);
    struct str low = str_lower(world.arena, c.recovery[4]);
    r = second_step(&world, step_of(&r), low);
    assert_int_equal(r.status, 303);
    assert_true(take_session(&world, OWNER, &r));
    r = req_get(&world, OWNER, "/account/security");
    assert_true(reply_holds(&r, STR("8 of 10 recovery codes")));
    assert_int_equal(8, world_int(&world,
        "SELECT count(*) FROM recovery_code WHERE used_s IS NULL"));
    /* somebody else's code is none */
    struct codes other;
    codes_on(&world, ADMIN, &other);
    r = first_step(&world, OWNER);
    r = second_step(&world, step_of(&r), other.recovery[0]);
    assert_int_equal(r.status, 422);
    /* new ones end the old ones */
    r = req_post(&world, OWNER, "/account/security/recovery", STR(""));
    assert_int_equal(r.status, 200);
    assert_false(reply_holds(&r, c.recovery[5]));
    r = first_step(&world, OWNER);
    r = second_step(&world, step_of(&r), c.recovery[5]);
    assert_int_equal(r.status, 422);
    world_restore(&world);
}

/* What the database keeps of codes is of no use elsewhere. */
static void
test_stored(void **state)
{
    (void)state;
    struct codes c, other;
    at(0);
    codes_on(&world, OWNER, &c);
    codes_on(&world, ADMIN, &other);
    world_exec(&world, "UPDATE factor SET last_step = 0");
    /* the seed of one person, moved to another */
    world_exec(&world, "UPDATE factor SET seed = (SELECT seed FROM factor f "
        "JOIN user u ON u.id = f.user_id WHERE u.email LIKE 'adam@%') "
        "WHERE user_id = (SELECT id FROM user WHERE email LIKE 'olive@%')");
    struct reply r = first_step(&world, OWNER);
    r = second_step(&world, step_of(&r), code_at(&world, &other, now_s));
    assert_int_equal(r.status, 500);
    assert_false(has_session(&r));
    world_restore(&world);
}

/* A step is worth nothing without the password behind it, nor for ever. */
static void
test_step(void **state)
{
    (void)state;
    struct codes c;
    at(0);
    codes_on(&world, OWNER, &c);
    struct reply r = first_step(&world, OWNER);
    struct str step = step_of(&r);
    char *bent = arena_alloc(world.arena, step.n);
    for (size_t i = 0; i < step.n; i += 7) {
        memcpy(bent, step.p, step.n);
        bent[i] = bent[i] == 'A' ? 'B' : 'A';
        r = second_step(&world, (struct str){ bent, step.n },
            c.recovery[0]);
        assert_int_equal(r.status, 422);
        assert_false(has_session(&r));
    }
    at(SIGN_IN_CODE_S);
    r = second_step(&world, step, c.recovery[0]);
    assert_int_equal(r.status, 422);
    assert_true(reply_holds(&r, STR("Sign in again")));
    assert_true(reply_holds(&r, STR("action=\"/sign-in\"")));
    at(SIGN_IN_CODE_S - 1);
    world_exec(&world, "UPDATE user SET epoch = epoch + 1");
    r = second_step(&world, step, c.recovery[0]);
    assert_int_equal(r.status, 422);
    world_exec(&world, "UPDATE user SET epoch = epoch - 1, disabled_s = 1");
    r = second_step(&world, step, c.recovery[0]);
    assert_int_equal(r.status, 422);
    world_exec(&world, "UPDATE user SET disabled_s = NULL");
    r = second_step(&world, step, c.recovery[0]);
    assert_int_equal(r.status, 303);
    world_restore(&world);
}

/* Somebody has the password and guesses codes: all day, from many places. */
static void
test_guessed_codes(void **state)
{
    (void)state;
    struct codes c;
    size_t looked_at = 0;
    at(0);
    codes_on(&world, OWNER, &c);
    world_exec(&world, "DELETE FROM sign_in_place");
    for (int64_t s = 0; s < 86400; s += 20) {
        at(s);
        struct ask ask = world_ask(&world, NOBODY, "POST", STR("/sign-in"));
        ask.address = arena_cstr(world.arena, arena_fmt(world.arena,
            "198.51.%d.%d", (int)(s / 20 / 250), (int)(s / 20 % 250)));
        ask.type = "application/x-www-form-urlencoded";
        ask.body = world_form(&world, NOBODY,
            STR("email=olive%40team.example&password=correct+horse+battery"));
        struct reply r = world_send(&world, &ask);
        assert_int_equal(r.status, 200);
        ask.target = STR("/sign-in/code");
        ask.body = world_form(&world, NOBODY,
            arena_fmt(world.arena, "code=%06d&step=%.*s", (int)s,
                STR_ARG(step_of(&r))));
        r = world_send(&world, &ask);
        assert_true(r.status == 422 || r.status == 429);
        looked_at += r.status == 422;
        world_forget(&world);
    }
    print_message("# %zu codes looked at in a day\n", looked_at);
    assert_in_range(looked_at, 5, 110);
    world_restore(&world);
}

/* Everything is lost: the shell lets them in again. */
static void
test_lost(void **state)
{
    (void)state;
    struct codes c;
    at(0);
    codes_on(&world, OWNER, &c);
    struct str before = world.session[OWNER];
    struct cx *cx = worker_shell(&world.worker);
    assert_int_equal(factor_remove(cx, who_email(ADMIN)), ERR_CONFLICT);
    cx = worker_shell(&world.worker);
    assert_int_equal(factor_remove(cx, STR("no@body.example")),
        ERR_NOT_FOUND);
    cx = world_as(&world, ADMIN);
    assert_int_equal(factor_remove(cx, who_email(OWNER)), ERR_FORBIDDEN);
    assert_true(lets_in(&world, OWNER, before));
    cx = worker_shell(&world.worker);
    assert_int_equal(factor_remove(cx, STR("Olive@team.example")), ERR_OK);
    assert_false(lets_in(&world, OWNER, before));
    struct reply r = first_step(&world, OWNER);
    assert_true(has_session(&r));
    assert_int_equal(0, world_int(&world,
        "SELECT (SELECT count(*) FROM factor) + "
        "(SELECT count(*) FROM recovery_code)"));
    world_restore(&world);
}

/* ---- throttling ---- */

static struct reply
guess(const char *address, const char *email, const char *password)
{
    struct ask ask = world_ask(&world, NOBODY, "POST", STR("/sign-in"));
    ask.address = address;
    ask.type = "application/x-www-form-urlencoded";
    ask.body = world_form(&world, NOBODY,
        arena_fmt(world.arena, "email=%s&password=%s", email, password));
    return world_send(&world, &ask);
}

/* 10,000 guesses in a minute from one address: 20 hashes at most. */
static void
test_flood(void **state)
{
    (void)state;
    enum { GUESSES = 10000 };
    size_t limited = 0;
    hashed = 0;
    for (int i = 0; i < GUESSES; i++) {
        char email[40];
        (void)snprintf(email, sizeof email, "p%d@flood.example", i);
        clock_fix(WORLD_NOW * 1000 + i * (60000 / GUESSES));
        /* an IPv6 line is one network, however many addresses it has */
        char from[40];
        (void)snprintf(from, sizeof from, "2001:db8:7:7::%x", i);
        limited += guess(from, email, "wrong+wrong+wrong").status == 429;
        world_forget(&world);
    }
    print_message("# %zu hashed, %zu told to wait\n", hashed, limited);
    assert_in_range(hashed, 10, 20);
    assert_int_equal(hashed + limited, GUESSES);
    /* others are not kept waiting, and not for ever */
    assert_int_equal(guess("203.0.113.9", "olive%40team.example",
        "correct+horse+battery").status, 303);
    at(60 + 6);
    assert_int_equal(guess("2001:db8:7:7::1", "olive%40team.example",
        "correct+horse+battery").status, 303);
    world_restore(&world);
}

/* One account, from everywhere: each waits longer, and the person themselves,
 * where they were before, does not wait at all. */
static void
test_account_throttle(void **state)
{
    (void)state;
    static const struct {
        int64_t s;
        int status;
    } steps[] = { { 0, 422 }, { 1, 422 }, { 2, 422 }, { 3, 422 }, { 4, 422 },
        { 5, 429 }, { 33, 429 }, { 34, 422 }, { 35, 429 }, { 93, 429 },
        { 94, 422 }, { 95, 429 }, { 213, 429 }, { 214, 422 } };
    static const char *const emails[] = { "olive%40team.example",
        "nobody%40team.example" };
    for (size_t e = 0; e < COUNT_OF(emails); e++) {
        struct str said = { NULL, 0 };
        for (size_t i = 0; i < COUNT_OF(steps); i++) {
            char from[40];
            (void)snprintf(from, sizeof from, "198.51.100.%zu", i);
            at(steps[i].s);
            struct reply r = guess(from, emails[e], "wrong+wrong+wrong");
            if (r.status != steps[i].status)
                fail_msg("%s after %d s: %d", emails[e], (int)steps[i].s,
                    r.status);
            if (r.status == 429)
                said = reply_header(&r, "Retry-After");
        }
        /* the same for people who do not exist */
        assert_true(str_is(said, "1"));
    }
    /* elsewhere even the right password waits; at home it does not */
    at(215);
    assert_int_equal(guess("198.51.100.200", "olive%40team.example",
        "correct+horse+battery").status, 429);
    assert_int_equal(guess("192.0.2.7", "olive%40team.example",
        "correct+horse+battery").status, 303);
    /* whoever sits at home has no more tries than others */
    for (int i = 0; i < 5; i++)
        assert_int_equal(guess("192.0.2.7", "olive%40team.example",
            "wrong+wrong+wrong").status, 422);
    assert_int_equal(guess("192.0.2.7", "olive%40team.example",
        "correct+horse+battery").status, 429);
    /* home is forgotten after 90 days */
    world_exec(&world, "DELETE FROM attempt");
    at(SIGN_IN_PLACE_S + 300);
    for (int i = 0; i < 5; i++)
        assert_int_equal(guess("198.51.100.1", "olive%40team.example",
            "wrong+wrong+wrong").status, 422);
    assert_int_equal(guess("192.0.2.7", "olive%40team.example",
        "correct+horse+battery").status, 429);
    world_restore(&world);
}

/* Within a session: its own count, which nobody else can fill. */
static void
test_session_throttle(void **state)
{
    (void)state;
    at(0);
    struct str two = world_sign_in(&world, OWNER), one = world.session[OWNER];
    for (int i = 0; i < 5; i++)
        assert_int_equal(req_post(&world, OWNER, "/account/password",
            STR("current=wrong+wrong+wrong&password=another+good+one"))
                .status, 422);
    hashed = 0;
    assert_int_equal(req_post(&world, OWNER, "/account/password",
        STR("current=correct+horse+battery&password=another+good+one"))
            .status, 429);
    assert_int_equal(req_post(&world, OWNER, "/confirm",
        STR("password=correct+horse+battery")).status, 429);
    assert_int_equal(hashed, 0);
    world.session[OWNER] = two;
    assert_int_equal(req_post(&world, OWNER, "/confirm",
        STR("password=correct+horse+battery")).status, 303);
    world.session[OWNER] = one;
    at(60);
    assert_int_equal(req_post(&world, OWNER, "/confirm",
        STR("password=correct+horse+battery")).status, 303);
    world_restore(&world);
}

/* ---- a forgotten password ---- */

static struct str
last_part(struct str link)
{
    while (str_find(link, '/') < link.n)
        link = str_from(link, str_find(link, '/') + 1);
    return link;
}

/* The path of a new link, as the shell prints it. */
static const char *
new_link(enum who who)
{
    struct str link;
    struct cx *cx = worker_shell(&world.worker);
    assert_int_equal(reset_link(cx, who_email(who), &link), ERR_OK);
    assert_true(str_starts(link, STR("http://" WORLD_HOST "/reset/")));
    return arena_cstr(world.keep,
        arena_fmt(world.arena, "/reset/%.*s", STR_ARG(last_part(link))));
}

static void
test_reset(void **state)
{
    (void)state;
    struct codes c;
    at(0);
    codes_on(&world, OWNER, &c);
    for (int i = 0; i < 6; i++) /* somebody guessed meanwhile */
        (void)guess("198.51.100.1", "olive%40team.example", "not+it+not+it");
    const char *old = new_link(OWNER), *path = new_link(OWNER);
    assert_int_equal(req_get(&world, NOBODY, old).status, 404);
    assert_int_equal(req_get(&world, NOBODY, path).status, 200);
    struct reply r = req_post(&world, NOBODY, path, STR("password=olive olive"
        " olive"));
    assert_int_equal(r.status, 422); /* her own name */
    r = req_post(&world, NOBODY, path, STR("password=short"));
    assert_int_equal(r.status, 422);
    struct str before = world.session[OWNER];
    r = req_post(&world, NOBODY, path, STR("password=a+wholly+new+one"));
    assert_int_equal(r.status, 303);
    assert_false(has_session(&r));
    assert_false(lets_in(&world, OWNER, before));
    /* once */
    assert_int_equal(req_get(&world, NOBODY, path).status, 404);
    assert_int_equal(req_post(&world, NOBODY, path,
        STR("password=a+second+new+one")).status, 404);
    assert_int_equal(guess("198.51.100.1", "olive%40team.example",
        "correct+horse+battery").status, 422);
    /* the codes are asked for still */
    r = guess("198.51.100.1", "olive%40team.example", "a+wholly+new+one");
    assert_int_equal(r.status, 200);
    assert_true(step_of(&r).n > 0);
    world_restore(&world);
}

static void
test_reset_late(void **state)
{
    (void)state;
    at(0);
    const char *path = new_link(MEMBER);
    at(RESET_LINK_S - 1);
    assert_int_equal(req_get(&world, NOBODY, path).status, 200);
    at(RESET_LINK_S);
    assert_int_equal(req_get(&world, NOBODY, path).status, 404);
    at(0);
    world_exec(&world, "UPDATE user SET disabled_s = 1 WHERE email = "
                       "'mia@team.example'");
    assert_int_equal(req_get(&world, NOBODY, path).status, 404);
    struct str link;
    struct cx *cx = worker_shell(&world.worker);
    assert_int_equal(reset_link(cx, who_email(MEMBER), &link), ERR_CONFLICT);
    cx = worker_shell(&world.worker);
    assert_int_equal(reset_link(cx, STR("no@body.example"), &link),
        ERR_NOT_FOUND);
    cx = world_as(&world, OWNER);
    assert_int_equal(reset_link(cx, who_email(ADMIN), &link), ERR_FORBIDDEN);
    world_restore(&world);
}

/* Who has no account learns nothing from the answer, nor from waiting. */
static void
test_reset_asked(void **state)
{
    (void)state;
    static const char *const emails[] = { "olive%40team.example",
        "nobody%40team.example", "dora%40team.example" };
    struct str said[2] = { { NULL, 0 }, { NULL, 0 } };
    at(0);
    world.config.mail_dir = world.folder;
    world.config.mail_from = "lodge@team.example";
    for (size_t e = 0; e < COUNT_OF(emails); e++)
        for (int i = 0; i < 6; i++) {
            struct ask ask =
                world_ask(&world, NOBODY, "POST", STR("/reset"));
            ask.address = arena_cstr(world.arena, arena_fmt(world.arena,
                "198.51.100.%d", (int)e * 10 + i));
            ask.type = "application/x-www-form-urlencoded";
            ask.body = world_form(&world, NOBODY,
                arena_fmt(world.arena, "email=%s", emails[e]));
            struct reply r = world_send(&world, &ask);
            assert_int_equal(r.status, i < 5 ? 303 : 429);
            struct str text = i < 5 ? r.location
                                    : reply_header(&r, "Retry-After");
            if (e && !str_eq(text, said[i == 5]))
                fail_msg("%s: another answer", emails[e]);
            said[i == 5] = arena_dup(world.keep, text);
        }
    /* mails for the one who is there */
    assert_int_equal(5, world_int(&world, "SELECT count(*) FROM outbox "
        "WHERE recipient = 'olive@team.example'"));
    assert_int_equal(5, world_int(&world, "SELECT count(*) FROM outbox"));
    assert_int_equal(1, world_int(&world, "SELECT count(*) FROM once_link "
        "WHERE kind = 'reset' AND ends_s > 1773144000"));
    world.config.mail_dir = world.config.mail_from = NULL;
    struct reply r = req_get(&world, NOBODY, "/reset");
    assert_true(reply_holds(&r, STR("This server sends no mail")));
    world_restore(&world);
}

/* ---- refused passwords ---- */

static void
test_refused(void **state)
{
    (void)state;
    struct strs was = world.app.refused;
    at(0);
    world.app.refused = proof_list(world.keep,
        STR("123456789012\nshort\n Trustno1Trustno1 \nzzzz"));
    const char *path = new_link(MEMBER);
    assert_int_equal(req_post(&world, NOBODY, path,
        STR("password=TRUSTNO1trustno1")).status, 422);
    struct reply r =
        req_post(&world, NOBODY, path, STR("password=123456789012"));
    assert_int_equal(r.status, 422);
    assert_true(reply_holds(&r, STR("tried first")));
    assert_int_equal(req_post(&world, NOBODY, path,
        STR("password=my+keylodge+place")).status, 422);
    assert_int_equal(req_post(&world, NOBODY, path,
        STR("password=trustno1trustno2")).status, 303);
    world.app.refused = was;
    world_restore(&world);
}

/* A new team asks owners and admins for codes, but stops nobody before they had
 * time to set them up. */
static void
test_grace(void **state)
{
    (void)state;
    struct codes c;
    at(0);
    struct reply r = req_get(&world, OWNER, "/workspaces/new");
    assert_true(reply_holds(&r, STR("value=\"admins\" checked")));
    r = req_post(&world, OWNER, "/workspaces", STR("name=Late"));
    assert_int_equal(r.status, 422);
    r = req_post(&world, OWNER, "/workspaces",
        STR("name=Late&second_factor=admins"));
    assert_int_equal(r.status, 303);
    r = req_get(&world, OWNER, "/w/late/");
    assert_int_equal(r.status, 200);
    assert_true(reply_holds(&r, STR("Turn on codes for your account")));
    assert_true(reply_holds(&r, STR("from 24 Mar 2026 on")));
    r = req_get(&world, OWNER, "/w/late/settings");
    assert_true(reply_holds(&r, STR("Codes are asked for from")));
    /* members are not reminded; nor is who has codes */
    world_exec(&world, "UPDATE member SET role = 'member' WHERE workspace_id "
        "= (SELECT id FROM workspace WHERE slug = 'late')");
    r = req_get(&world, OWNER, "/w/late/");
    assert_false(reply_holds(&r, STR("Turn on codes")));
    world_exec(&world, "UPDATE member SET role = 'owner' WHERE workspace_id "
        "= (SELECT id FROM workspace WHERE slug = 'late')");
    /* the time is over: this and no other workspace is closed, to the minute */
    world_exec(&world, "UPDATE workspace SET second_factor_s = 1773144001 "
        "WHERE slug = 'late'");
    assert_int_equal(req_get(&world, OWNER, "/w/late/keys").status, 200);
    at(1);
    r = req_get(&world, OWNER, "/w/late/keys");
    assert_int_equal(r.status, 303);
    assert_true(str_starts(r.location, STR("/account/security")));
    r = req_post(&world, OWNER, "/w/late/freeze", STR("why=x&lasts=open"));
    assert_true(r.status == 403 || r.location.n);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM workspace "
        "WHERE frozen_s IS NOT NULL"), 0);
    assert_int_equal(req_get(&world, OWNER, "/w/team/keys").status, 200);
    codes_on(&world, OWNER, &c);
    assert_int_equal(req_get(&world, OWNER, "/w/late/keys").status, 200);
    world_restore(&world);
}

/* A team that asks nobody says so to who can change it; what is chosen there
 * holds at once. */
static void
test_no_codes(void **state)
{
    (void)state;
    at(0);
    struct reply r = req_get(&world, ADMIN, "/w/team/");
    assert_true(reply_holds(&r, STR("/w/team/settings#second_factor")));
    r = req_get(&world, ADMIN, "/w/team/settings");
    assert_true(reply_holds(&r, STR("id=\"second_factor\"")));
    r = req_get(&world, MEMBER, "/w/team/");
    assert_false(reply_holds(&r, STR("#second_factor")));
    /* alone in it, nobody has to be asked */
    r = req_get(&world, STRANGER, "/w/strangers/");
    assert_false(reply_holds(&r, STR("#second_factor")));
}

static int
setup(void **state)
{
    (void)state;
    world_open(&world);
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

/* Each test has the sessions of the start. */
static int
begin(void **state)
{
    static struct str first[WHO_COUNT];
    (void)state;
    if (!first[OWNER].n)
        memcpy(first, world.session, sizeof first);
    memcpy(world.session, first, sizeof first);
    return 0;
}
#define CASE(f) cmocka_unit_test_setup(f, begin)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_two_steps),
        CASE(test_skew),
        CASE(test_recovery),
        CASE(test_stored),
        CASE(test_step),
        CASE(test_guessed_codes),
        CASE(test_lost),
        CASE(test_flood),
        CASE(test_account_throttle),
        CASE(test_session_throttle),
        CASE(test_reset),
        CASE(test_reset_late),
        CASE(test_reset_asked),
        CASE(test_refused),
        CASE(test_grace),
        CASE(test_no_codes),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
