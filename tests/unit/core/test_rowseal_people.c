/* SPDX-License-Identifier: ISC */
/*
 * T29, for what lets people in: users, sessions, links, factors, codes and
 * invitations.  Who can write the database file, and may be a member with a
 * session, a link and a password of their own, becomes nobody else by it.
 */
#include "sealed.h"

#include "core/account.h"
#include "core/change.h"
#include "core/claim.h"
#include "core/factor.h"
#include "core/invite.h"
#include "core/operator.h"
#include "core/outbox.h"
#include "core/people.h"
#include "core/proof.h"
#include "core/reset.h"
#include "core/rowseal.h"
#include "core/session.h"
#include "core/signin.h"
#include "secret/totp.h"
#include "store/store_rowseal.h"
#include "store/store_user.h"

#include <stdio.h>
#include <string.h>

#define OLIVE "(SELECT id FROM user WHERE email = 'olive@team.example')"

enum { TEXT = 64 };

/* Of Mia, who has codes. */
static struct {
    char session[TEXT], reset[TEXT], claim[TEXT], invite[TEXT];
    char recovery[RECOVERY_CODES][TEXT];
    uint8_t seed[TOTP_SEED_BYTES];
    int64_t id;
} mia;

static void
keep(char out[TEXT], struct str s)
{
    (void)snprintf(out, TEXT, "%.*s", STR_ARG(s));
}

/* What follows the last slash. */
static void
keep_token(char out[TEXT], struct str link)
{
    size_t at = link.n;
    while (at && link.p[at - 1] != '/')
        at--;
    keep(out, str_from(link, at));
}

static struct cx *
nobody(void)
{
    return seat_nobody(&its.st.s);
}

static bool
lets_in(const char *session)
{
    struct cx *cx = nobody();
    bool expired;
    OK(cx, session_open(cx, str_cstr(session), &expired));
    return cx->actor.kind == ACTOR_USER;
}

/* In her session. */
static struct cx *
as_mia(void)
{
    assert_true(lets_in(mia.session));
    return &its.st.s.cx;
}

static void
signed_in(enum who who, char out[TEXT])
{
    struct str session, step;
    struct cx *cx = nobody();
    OK(cx, sign_in(cx, who_email(who), WORLD_PASSWORD, &session, &step));
    keep(out, session);
    assert_true(lets_in(out));
}

static void
read_base32(struct str s)
{
    uint64_t bits = 0;
    size_t n = 0, have = 0;
    for (size_t i = 0; i < s.n; i++) {
        bits = bits << 5 | (uint64_t)(s.p[i] >= 'A' ? s.p[i] - 'A'
                                                    : s.p[i] - '2' + 26);
        for (have += 5; have >= 8 && n < sizeof mia.seed; have -= 8)
            mia.seed[n++] = (uint8_t)(bits >> (have - 8));
    }
    assert_int_equal(n, sizeof mia.seed);
}

static struct str
code_now(struct cx *cx)
{
    char code[TOTP_DIGITS + 1];
    totp_code((struct str){ (const char *)mia.seed, sizeof mia.seed },
        cx->now_s / TOTP_STEP_S, code);
    return arena_dup(cx->arena, str_cstr(code));
}

static void
turn_codes_on(void)
{
    struct factor_seed seed;
    struct str codes[RECOVERY_CODES], session;
    struct cx *cx = as_mia();
    OK(cx, factor_begin(cx));
    OK(cx, factor_pending(cx, &seed));
    read_base32(seed.base32);
    OK(cx, factor_turn_on(cx, code_now(cx), codes, &session));
    keep(mia.session, session);
    for (size_t i = 0; i < RECOVERY_CODES; i++)
        keep(mia.recovery[i], codes[i]);
    its.st.w.now_s += TOTP_STEP_S; /* that code is used up */
}

static void
make_links(void)
{
    struct str link;
    struct key k;
    struct invite v;
    struct key_in in = key_form("waits");
    struct invite_in invite = { .email = STR("nina@new.example"),
        .once = STR("form") };
    struct cx *cx = seat_as(&its.st.s, SHELL);
    OK(cx, reset_link(cx, who_email(MEMBER), &link));
    keep_token(mia.reset, link);
    in.claim = KEY_CLAIM_DAY;
    form_put(key_fields, &in.set, "claim");
    cx = seat_as(&its.st.s, OWNER);
    OK(cx, key_create(cx, KEY_STANDARD, &in, &link, &k));
    keep_token(mia.claim, link);
    cx = seat_as(&its.st.s, OWNER);
    OK(cx, invite_create(cx, &invite, &v, &link));
    keep_token(mia.invite, link);
}

static int
setup(void **state)
{
    sealed_setup(state);
    mia.id = world_int(&its.st.w, "SELECT " MIA);
    signed_in(MEMBER, mia.session);
    turn_codes_on();
    make_links();
    return 0;
}

/* ---- what each is good for ---- */

static bool
resets(const char *token)
{
    struct user u;
    struct cx *cx = nobody();
    return reset_open(cx, str_cstr(token), &u) == ERR_OK;
}

static bool
claims(const char *token)
{
    struct claim c;
    struct cx *cx = nobody();
    return claim_look(cx, str_cstr(token), &c) == ERR_OK &&
        c.state == CLAIM_OPEN;
}

static bool
invites(const char *token)
{
    struct invite v;
    struct cx *cx = nobody();
    return invite_open(cx, str_cstr(token), &v) == ERR_OK;
}

/* Would it be taken?  It is not used up. */
static enum factor_use
code_is(const char *recovery)
{
    struct user u;
    enum factor_use how = FACTOR_WRONG;
    struct cx *cx = seat_as(&its.st.s, SHELL);
    OK(cx, store_user_by_id(cx->store, mia.id, &u));
    OK(cx, CHANGE_BEGIN(cx));
    OK(cx, factor_use(cx, &u, recovery ? str_cstr(recovery) : code_now(cx),
        &how));
    (void)change_abort(cx);
    return how;
}

static bool
works(const char *table)
{
    switch (table[0]) {
    case 'o':
        return resets(mia.reset) && claims(mia.claim);
    case 'i':
        return invites(mia.invite);
    case 'f':
        return code_is(NULL) == FACTOR_CODE;
    case 'r':
        return code_is(mia.recovery[0]) == FACTOR_RECOVERY;
    default:
        return lets_in(mia.session);
    }
}

static void
every_column(void **state)
{
    (void)state;
    static const struct {
        const char *table, *row;
    } rows[] = {
        { "user", "id = " MIA },
        { "session", "user_id = " MIA },
        { "factor", "user_id = " MIA },
        { "recovery_code", "user_id = " MIA },
        { "once_link", "kind = 'reset'" },
        { "once_link", "kind = 'claim'" },
        { "invite", "1" },
    };
    size_t people = 0;
    for (const char *const *t = store_row_tables(); *t; t++)
        people += of_people(*t);
    assert_int_equal(people, COUNT_OF(rows) - 1);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        flip_rows(rows[i].table, rows[i].row, works);
}

/* ---- attacks ---- */

/* A session, changed in each way that would be worth it. */
static void
sessions(void **state)
{
    (void)state;
    static const char *const changes[] = {
        "UPDATE session SET user_id = " OLIVE " WHERE user_id = " MIA,
        "UPDATE session SET user_id = " OLIVE ", epoch = (SELECT epoch FROM "
        "user WHERE id = " OLIVE ") WHERE user_id = " MIA,
        /* two of them change their tokens, with seals or without */
        "UPDATE session SET mac = zeroblob(32) WHERE user_id = " MIA "; "
        "UPDATE session SET mac = (SELECT mac FROM k_session WHERE user_id = "
        MIA ") WHERE user_id = " OLIVE,
        "UPDATE session SET user_id = " OLIVE ", seal = (SELECT seal FROM "
        "k_session WHERE user_id = " OLIVE ") WHERE user_id = " MIA,
        /* for longer, and with a proof that was not given */
        "UPDATE session SET ends_s = ends_s + 86400 WHERE user_id = " MIA,
        "UPDATE session SET fresh_s = fresh_s + 86400 WHERE user_id = " MIA,
        /* the person under it */
        "UPDATE user SET operator = 1 WHERE id = " MIA,
        "UPDATE user SET email = 'olive@new.example' WHERE id = " MIA,
        "DELETE FROM user WHERE id = " OLIVE "; UPDATE user SET id = (SELECT "
        "id FROM k_user WHERE email = 'olive@team.example') WHERE id = " MIA
        "; UPDATE session SET user_id = (SELECT id FROM k_user WHERE email = "
        "'olive@team.example')",
        "DELETE FROM factor",
        "UPDATE factor SET proved_s = NULL",
    };
    char olive[TEXT];
    signed_in(OWNER, olive);
    people_save();
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        tamper(changes[i]);
        if (lets_in(mia.session))
            fail_msg("believed: %s", changes[i]);
        people_put_back();
        assert_true(lets_in(mia.session) && lets_in(olive));
    }
}

/* Two whom nothing but their ids tells apart. */
static void
session_of_an_equal(void **state)
{
    (void)state;
    char adam[TEXT], oscar[TEXT];
    signed_in(ADMIN, adam);
    signed_in(OTHER, oscar);
    assert_int_equal(world_int(&its.st.w, "SELECT count(DISTINCT epoch || "
        "seal_n) FROM user WHERE name IN ('Adam', 'Oscar')"), 1);
    tamper("UPDATE session SET user_id = (SELECT id FROM user WHERE name = "
           "'Oscar') WHERE user_id = (SELECT id FROM user WHERE name = 'Adam')");
    assert_false(lets_in(adam));
}

/* What ended does not begin again: a session, a disabled account. */
static void
ended_ones(void **state)
{
    (void)state;
    struct user u;
    struct workspace *alone;
    size_t n;
    char other[TEXT];
    people_save();
    struct cx *cx = as_mia();
    OK(cx, session_close(cx));
    tamper("INSERT INTO session SELECT * FROM k_session");
    assert_false(lets_in(mia.session));
    /* of another person, for whom all goes on */
    signed_in(OTHER, other);
    tamper("DROP TABLE k_session; CREATE TABLE k_session AS SELECT * FROM "
           "session");
    cx = seat_as(&its.st.s, SHELL);
    OK(cx, user_by_email(cx, who_email(OTHER), &u));
    OK(cx, people_disable(cx, &u, &alone, &n));
    tamper("DELETE FROM session; INSERT INTO session SELECT * FROM k_session; "
           "UPDATE user SET disabled_s = NULL, epoch = epoch - 1 "
           "WHERE disabled_s IS NOT NULL");
    assert_false(lets_in(other));
}

static void
passwords(void **state)
{
    (void)state;
    struct str session, step;
    static const char *const changes[] = {
        "UPDATE user SET password = (SELECT password FROM k_user WHERE "
        "email = 'mia@team.example') WHERE id = " OLIVE,
        /* with what it is bound to */
        "UPDATE user SET uuid = 'x' WHERE id = " MIA "; UPDATE user SET uuid = "
        "(SELECT uuid FROM k_user WHERE email = 'mia@team.example'), password "
        "= (SELECT password FROM k_user WHERE email = 'mia@team.example') "
        "WHERE id = " OLIVE,
        "UPDATE user SET email = 'x' WHERE id = " OLIVE "; UPDATE user SET "
        "email = 'olive@team.example' WHERE id = " MIA,
        "UPDATE user SET operator = 1 - operator WHERE id = " OLIVE,
        "UPDATE user SET seal = NULL WHERE id = " OLIVE,
        "UPDATE user SET seal = (SELECT seal FROM k_user WHERE email = "
        "'mia@team.example') WHERE id = " OLIVE,
        "UPDATE user SET seal_n = seal_n + 1 WHERE id = " OLIVE,
    };
    people_save();
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        tamper(changes[i]);
        struct cx *cx = nobody();
        if (sign_in(cx, who_email(OWNER), WORLD_PASSWORD, &session, &step) !=
                ERR_FORBIDDEN || !holds(cx->err.msg, "row seal broken"))
            fail_msg("%s: %.*s", changes[i], STR_ARG(cx->err.msg));
        cx = nobody();
        OK(cx, reset_ask(cx, who_email(OWNER)));
        cx = seat_as(&its.st.s, SHELL);
        GIVES(cx, reset_link(cx, who_email(OWNER), &session), ERR_FORBIDDEN);
        people_put_back();
        tamper("DELETE FROM attempt");
    }
    struct cx *cx = nobody();
    OK(cx, sign_in(cx, who_email(OWNER), WORLD_PASSWORD, &session, &step));
}

static void
codes(void **state)
{
    (void)state;
    struct str session, step;
    bool recovery;
    /* used up is used up: a code of the app, and one for recovery */
    struct cx *cx = nobody();
    OK(cx, sign_in(cx, who_email(MEMBER), WORLD_PASSWORD, &session, &step));
    OK(cx, sign_in_code(cx, step, code_now(cx), &session, &recovery));
    cx = nobody();
    OK(cx, sign_in(cx, who_email(MEMBER), WORLD_PASSWORD, &session, &step));
    OK(cx, sign_in_code(cx, step, str_cstr(mia.recovery[1]), &session,
        &recovery));
    assert_int_equal(code_is(NULL), FACTOR_WRONG);
    assert_int_equal(code_is(mia.recovery[1]), FACTOR_WRONG);
    people_save();
    tamper("UPDATE factor SET last_step = 0; "
           "UPDATE recovery_code SET used_s = NULL");
    assert_int_equal(code_is(NULL), FACTOR_WRONG);
    assert_int_equal(code_is(mia.recovery[1]), FACTOR_WRONG);
    people_put_back();
    /* codes that another person has, put in place; and of one's own */
    tamper("UPDATE recovery_code SET user_id = " OLIVE);
    assert_int_equal(code_is(mia.recovery[2]), FACTOR_WRONG);
    people_put_back();
    tamper("DELETE FROM recovery_code; INSERT INTO recovery_code (hash, "
           "user_id, seal) SELECT hash, user_id, seal FROM k_code "
           "WHERE used_s IS NULL");
    assert_int_equal(code_is(mia.recovery[1]), FACTOR_WRONG);
    assert_int_equal(code_is(mia.recovery[2]), FACTOR_RECOVERY);
    /* whoever has new ones has no old ones */
    struct str fresh[RECOVERY_CODES];
    keep(mia.session, session);
    cx = as_mia();
    OK(cx, factor_renew_codes(cx, fresh));
    tamper("INSERT INTO recovery_code SELECT * FROM k_code");
    assert_int_equal(code_is(mia.recovery[2]), FACTOR_WRONG);
}

static void
links(void **state)
{
    (void)state;
    static const char *const changes[] = {
        "UPDATE once_link SET user_id = " OLIVE " WHERE kind = 'reset'",
        "UPDATE once_link SET ends_s = ends_s + 86400",
        "UPDATE once_link SET kind = 'reset', user_id = " OLIVE
        ", key_id = NULL WHERE kind = 'claim'; DELETE FROM once_link "
        "WHERE user_id = " MIA,
        "UPDATE once_link SET key_id = " KEY " WHERE kind = 'claim'; "
        "UPDATE once_link SET kind = 'claim', user_id = NULL, key_id = " KEY
        " WHERE kind = 'reset'",
        ("UPDATE once_link SET seal = (SELECT o.seal FROM k_link o "
         "WHERE o.kind <> once_link.kind)"),
    };
    people_save();
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        tamper(changes[i]);
        if (resets(mia.reset) || resets(mia.claim) ||
            (strstr(changes[i], "claim") &&
                (claims(mia.claim) || claims(mia.reset))))
            fail_msg("believed: %s", changes[i]);
        people_put_back();
        assert_true(resets(mia.reset) && claims(mia.claim));
    }
    /* used, and put back */
    struct cx *cx = nobody();
    struct claim c;
    struct str text;
    OK(cx, reset_finish(cx, str_cstr(mia.reset), STR("another horse 9")));
    cx = nobody();
    OK(cx, claim_take(cx, str_cstr(mia.claim), &text, &c));
    assert_true(text.n > 0);
    tamper("DELETE FROM once_link; INSERT INTO once_link SELECT * FROM "
           "k_link");
    assert_false(resets(mia.reset));
    cx = nobody();
    GIVES(cx, claim_take(cx, str_cstr(mia.claim), &text, &c), ERR_NOT_FOUND);
}

/* A newer link took the place of one that went to the wrong person. */
static void
voided_links(void **state)
{
    (void)state;
    struct str link;
    struct key k;
    struct claim_in in = { .once = STR("another") };
    people_save();
    struct cx *cx = seat_as(&its.st.s, OWNER);
    struct str prefix = { NULL, 0 };
    struct key_filter f = { .kind = KEY_STANDARD, .most = 10 };
    struct key *list;
    size_t n;
    bool more;
    OK(cx, key_list(cx, &f, &list, &n, &more));
    for (size_t i = 0; i < n; i++)
        if (str_is(list[i].name, "waits"))
            prefix = list[i].prefix;
    OK(cx, claim_renew(cx, prefix, &in, &link, &k));
    cx = seat_as(&its.st.s, SHELL);
    OK(cx, reset_link(cx, who_email(MEMBER), &link));
    tamper("DELETE FROM once_link; INSERT INTO once_link SELECT * FROM "
           "k_link");
    assert_false(resets(mia.reset) || claims(mia.claim));
}

static void
invitations(void **state)
{
    (void)state;
    static const char *const changes[] = {
        "UPDATE invite SET role = 'owner'",
        "UPDATE invite SET email = 'mia@team.example'",
        "UPDATE invite SET workspace_id = (SELECT id FROM workspace "
        "WHERE slug = 'strangers')",
        "UPDATE invite SET ends_s = ends_s + 86400",
        "UPDATE invite SET by_user_id = (SELECT id FROM user WHERE email LIKE "
        "'adam%')",
    };
    people_save();
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        tamper(changes[i]);
        if (invites(mia.invite))
            fail_msg("believed: %s", changes[i]);
        people_put_back();
        assert_true(invites(mia.invite));
    }
    /* withdrawn, and put back */
    struct invite *list;
    size_t n;
    struct cx *cx = seat_as(&its.st.s, OWNER);
    OK(cx, invite_list(cx, &list, &n));
    assert_int_equal(n, 1);
    OK(cx, invite_withdraw(cx, list[0].uuid));
    tamper("UPDATE invite SET cancelled_s = NULL");
    assert_false(invites(mia.invite));
    tamper("DELETE FROM invite; INSERT INTO invite SELECT * FROM k_invite");
    assert_false(invites(mia.invite));
}

/* The role of who invited, under a broken seal, is none. */
static void
inviter_raised(void **state)
{
    (void)state;
    tamper("UPDATE member SET role = 'owner' WHERE user_id = " OLIVE);
    tamper("UPDATE member SET seal = zeroblob(16) WHERE user_id = " OLIVE);
    assert_false(invites(mia.invite));
}

/* The number of somebody whose row was taken away is given again. */
static void
number_again(void **state)
{
    (void)state;
    struct user u;
    struct str session, step;
    tamper("DELETE FROM session; DELETE FROM once_link; DELETE FROM factor; "
           "DELETE FROM recovery_code; DELETE FROM user WHERE id >= " OLIVE);
    struct cx *cx = seat_as(&its.st.s, SHELL);
    OK(cx, user_add(cx, STR("eve@evil.example"), STR("Eve"), WORLD_PASSWORD,
        &u));
    assert_int_equal(world_int(&its.st.w, "SELECT count(*) FROM member m JOIN "
        "workspace w ON w.id = m.workspace_id AND w.slug = 'team' WHERE "
        "user_id = (SELECT id FROM user WHERE email = 'eve@evil.example')"),
        1);
    cx = nobody();
    GIVES(cx, sign_in(cx, STR("eve@evil.example"), WORLD_PASSWORD, &session,
        &step), ERR_FORBIDDEN);
}

/* The set-up is done, whatever is taken from those who did it. */
static void
set_up_again(void **state)
{
    (void)state;
    struct str token;
    enum setup_state now;
    struct cx *cx = seat_as(&its.st.s, SHELL);
    tamper("UPDATE user SET password = NULL");
    OK(cx, setup_link(cx, &token));
    assert_int_equal(token.n, 0);
    tamper("UPDATE once_link SET kind = 'setup', user_id = NULL, key_id = "
           "NULL");
    OK(cx, setup_state(cx, str_cstr(mia.reset), &now));
    assert_int_equal(now, SETUP_DONE);
    /* and with nobody there, another kind of link sets nothing up */
    tamper("DELETE FROM user");
    OK(cx, setup_state(cx, str_cstr(mia.reset), &now));
    assert_int_equal(now, SETUP_WRONG_LINK);
    OK(cx, setup_link(cx, &token));
    OK(cx, setup_state(cx, token, &now));
    assert_int_equal(now, SETUP_OPEN);
}

/* An honest change does not seal a forgery. */
static void
nothing_is_laundered(void **state)
{
    (void)state;
    struct user u;
    struct workspace *alone;
    size_t n;
    char olive[TEXT];
    signed_in(OWNER, olive);
    tamper("UPDATE session SET user_id = " OLIVE " WHERE user_id = " MIA);
    struct str session, step;
    struct cx *cx = nobody();
    OK(cx, sign_in(cx, who_email(OWNER), WORLD_PASSWORD, &session, &step));
    OK(cx, session_end_others(cx));
    assert_false(lets_in(mia.session));
    tamper("UPDATE user SET operator = 1 WHERE id = " MIA);
    cx = seat_as(&its.st.s, SHELL);
    OK(cx, user_by_email(cx, who_email(MEMBER), &u));
    assert_true(u.broken);
    OK(cx, people_disable(cx, &u, &alone, &n));
    OK(cx, user_by_email(cx, who_email(MEMBER), &u));
    GIVES(cx, people_enable(cx, &u), ERR_FORBIDDEN);
    cx = seat_as(&its.st.s, SHELL);
    OK(cx, operator_set(cx, &u, false));
    OK(cx, people_end_sessions(cx, &u));
    OK(cx, people_set_email(cx, &u, STR("old-mia@team.example")));
    OK(cx, user_by_email(cx, STR("old-mia@team.example"), &u));
    assert_true(u.broken);
    /* and her address is free for another account */
    OK(cx, user_add(cx, who_email(MEMBER), STR("Mia"), WORLD_PASSWORD, &u));
    cx = nobody();
    OK(cx, sign_in(cx, who_email(MEMBER), WORLD_PASSWORD, &session, &step));
}

/* The operator of a session that began before. */
static void
operators(void **state)
{
    (void)state;
    struct cx *cx = as_mia();
    assert_false(operator_is(cx));
    tamper("UPDATE user SET operator = 1 WHERE id = " MIA);
    GIVES(cx, operator_again(cx), ERR_NOT_FOUND);
    err_init(&cx->err, cx->arena);
    bool still;
    OK(cx, proof_still(cx, &cx->actor.user, &still));
    assert_false(still);
}

/* A mailed link goes to whom it is for. */
static void
mail_turned_aside(void **state)
{
    (void)state;
    struct outbox_job job;
    bool any;
    struct cx *cx = nobody();
    cx->mails = true;
    OK(cx, reset_ask(cx, who_email(OWNER)));
    tamper("UPDATE outbox SET recipient = 'eve@evil.example'");
    cx = seat_as(&its.st.s, SHELL);
    cx->mails = true;
    OK(cx, outbox_take(cx, OUTBOX_MAIL, &job, &any));
    assert_false(any);
    assert_int_equal(world_int(&its.st.w, "SELECT count(*) FROM outbox WHERE "
        "state = 'given_up'"), 1);
}

/* ---- who is told ---- */

static void
told(void **state)
{
    (void)state;
    struct seal_walk walk = { 0 };
    int64_t n, people, rows;
    static const char *const changes[] = {
        "UPDATE user SET operator = 1 WHERE id = " MIA,
        "UPDATE session SET fresh_s = fresh_s + 1 WHERE user_id = " MIA,
        "UPDATE once_link SET user_id = " OLIVE " WHERE user_id = " MIA,
        "UPDATE recovery_code SET used_s = 1",
        "UPDATE factor SET last_step = 0",
        "DELETE FROM factor",
    };
    people_save();
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        tamper(changes[i]);
        struct cx *cx = seat_as(&its.st.s, SHELL);
        OK(cx, seal_count(cx, &rows, &n));
        if (n != 1)
            fail_msg("%d broken: %s", (int)n, changes[i]);
        people_put_back();
    }
    tamper(changes[0]);
    tamper("UPDATE invite SET role = 'owner'");
    tamper("UPDATE once_link SET ends_s = ends_s + 1 WHERE kind = 'claim'");
    for (int i = 0; i < 6; i++) {
        struct cx *cx = seat_as(&its.st.s, SHELL);
        OK(cx, seal_sweep(cx, &walk));
    }
    struct cx *cx = seat_as(&its.st.s, OWNER);
    OK(cx, seal_broken_here(cx, &n));
    OK(cx, seal_broken_people(cx, &people));
    assert_int_equal(n, 2);
    assert_int_equal(people, 1);
    assert_int_equal(1, world_int(&its.st.w, "SELECT count(*) FROM audit "
        "WHERE action = 'seal.broken' AND object_kind = 'user' AND object_id "
        "= 'mia@team.example' AND workspace_id IS NULL"));
    assert_int_equal(3, world_int(&its.st.w, "SELECT count(*) FROM audit "
        "WHERE action = 'seal.broken'"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, sealed_teardown)
        T(every_column),
        T(sessions),
        T(session_of_an_equal),
        T(ended_ones),
        T(passwords),
        T(codes),
        T(links),
        T(voided_links),
        T(invitations),
        T(inviter_raised),
        T(number_again),
        T(set_up_again),
        T(nothing_is_laundered),
        T(operators),
        T(mail_turned_aside),
        T(told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
