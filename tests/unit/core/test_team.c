/* SPDX-License-Identifier: ISC */
/* Roles, going, and what becomes of the keys of who goes. */
#include "world.h"

#include "core/account.h"
#include "core/change.h"
#include "core/check.h"
#include "core/key.h"
#include "core/member.h"
#include "core/service.h"
#include "core/session.h"
#include "core/workspace.h"
#include "store/store_key.h"

#include <stdio.h>
#include <string.h>

static struct world w;
static struct seat s;

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

static struct str
uuid_of(enum who who)
{
    return arena_dup(s.arena, seat_as(&s, who)->actor.user.uuid);
}

static enum role
role_of(enum who who)
{
    char sql[300];
    static const char *const names[] = { "", "member", "admin", "owner" };
    for (enum role role = ROLE_MEMBER; role <= ROLE_OWNER; role++) {
        (void)snprintf(sql, sizeof sql,
            "SELECT count(*) FROM member m JOIN user u ON u.id = m.user_id "
            "JOIN workspace w ON w.id = m.workspace_id AND w.slug = 'team' "
            "WHERE u.email = '%.*s' AND m.role = '%s'",
            STR_ARG(who_email(who)), names[role]);
        if (world_int(&w, sql))
            return role;
    }
    return ROLE_NONE;
}

static void
make(enum who who, const char *role)
{
    char sql[300];
    (void)snprintf(sql, sizeof sql,
        "UPDATE member SET role = '%s' WHERE user_id = "
        "(SELECT id FROM user WHERE email = '%.*s') AND workspace_id = "
        "(SELECT id FROM workspace WHERE slug = 'team')", role,
        STR_ARG(who_email(who)));
    world_exec(&w, sql);
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

/* ---- roles ---- */

/* Who may make whom what, written out by hand; there are two owners. */
static void
test_roles(void **state)
{
    (void)state;
    static const struct {
        enum who who, whom;
        const char *may; /* of o, a, m */
    } rows[] = {
        { OWNER, OTHER, "oam" }, /* OTHER is an owner here */
        { OWNER, ADMIN, "oam" },
        { OWNER, MEMBER, "oam" },
        { OWNER, OWNER, "oam" },
        { ADMIN, OTHER, "" },
        { ADMIN, ADMIN, "am" },
        { ADMIN, MEMBER, "am" },
        { MEMBER, OTHER, "" },
        { MEMBER, ADMIN, "" },
        { MEMBER, MEMBER, "" },
    };
    static const struct {
        char letter;
        enum role role;
        const char *name;
    } roles[] = { { 'o', ROLE_OWNER, "owner" }, { 'a', ROLE_ADMIN, "admin" },
        { 'm', ROLE_MEMBER, "member" } };
    static const char *const before[] = { [OWNER] = "owner",
        [ADMIN] = "admin", [MEMBER] = "member", [OTHER] = "owner" };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (size_t j = 0; j < COUNT_OF(roles); j++) {
            for (enum who who = OWNER; who <= OTHER; who++)
                make(who, before[who]);
            bool may = strchr(rows[i].may, roles[j].letter) != NULL;
            struct str uuid = uuid_of(rows[i].whom);
            struct cx *cx = seat_as(&s, rows[i].who);
            enum err_code code = member_set_role(cx, uuid, roles[j].role);
            if (code != (may ? ERR_OK : ERR_FORBIDDEN) ||
                (may && role_of(rows[i].whom) != roles[j].role))
                fail_msg("row %zu to %s: %d, %.*s", i, roles[j].name,
                    (int)code, STR_ARG(cx->err.msg));
            if (!may)
                assert_string_equal(role_name(role_of(rows[i].whom)),
                    before[rows[i].whom]);
        }
    assert_true(lines("member.role") > 5);
}

static void
test_strangers(void **state)
{
    (void)state;
    struct str theirs = uuid_of(STRANGER), ours = uuid_of(MEMBER);
    struct fate_in revoke = { .fate = FATE_REVOKE };
    struct member m;
    struct cx *cx = seat_as(&s, OWNER);
    GIVES(cx, member_get(cx, theirs, &m), ERR_NOT_FOUND);
    cx = seat_as(&s, OWNER);
    GIVES(cx, member_set_role(cx, theirs, ROLE_MEMBER), ERR_NOT_FOUND);
    cx = seat_as(&s, OWNER);
    GIVES(cx, member_remove(cx, theirs, &revoke), ERR_NOT_FOUND);
    cx = seat_as(&s, OWNER);
    GIVES(cx, owner_transfer(cx, theirs), ERR_NOT_FOUND);
    cx = seat_as(&s, OWNER);
    GIVES(cx, left_get(cx, theirs, &m), ERR_NOT_FOUND);
    cx = seat_as(&s, STRANGER);
    GIVES(cx, member_remove(cx, ours, &revoke), ERR_NOT_FOUND);
    assert_int_equal(role_of(MEMBER), ROLE_MEMBER);
}

/* The last owner who can sign in neither goes nor gets less. */
static void
test_last_owner(void **state)
{
    (void)state;
    struct str self = uuid_of(OWNER), admin = uuid_of(ADMIN);
    struct fate_in revoke = { .fate = FATE_REVOKE };
    for (int with_disabled = 0; with_disabled < 2; with_disabled++) {
        if (with_disabled) { /* one who cannot sign in does not count */
            make(OTHER, "owner");
            char sql[200];
            (void)snprintf(sql, sizeof sql, "UPDATE user SET disabled_s = 1 "
                "WHERE email = '%.*s'", STR_ARG(who_email(OTHER)));
            world_exec(&w, sql);
        }
        struct cx *cx = seat_as(&s, OWNER);
        GIVES(cx, member_set_role(cx, self, ROLE_ADMIN), ERR_CONFLICT);
        assert_string_equal(cx->err.reason, "last_owner");
        cx = seat_as(&s, OWNER);
        GIVES(cx, member_leave(cx), ERR_CONFLICT);
        cx = seat_as(&s, SHELL);
        GIVES(cx, member_remove(cx, self, &revoke), ERR_CONFLICT);
    }
    struct cx *cx = seat_as(&s, OWNER);
    OK(cx, owner_transfer(cx, admin));
    assert_int_equal(role_of(ADMIN), ROLE_OWNER);
    assert_int_equal(role_of(OWNER), ROLE_ADMIN);
    cx = seat_as(&s, OWNER);
    GIVES(cx, owner_transfer(cx, admin), ERR_FORBIDDEN);
    cx = seat_as(&s, OWNER);
    OK(cx, member_leave(cx));
    assert_int_equal(cx->ws.id, 0);
    assert_int_equal(role_of(OWNER), ROLE_NONE);
    cx = seat_as(&s, ADMIN);
    GIVES(cx, owner_transfer(cx, uuid_of(ADMIN)), ERR_CONFLICT);
    assert_int_equal(lines("member.transfer"), 1);
    assert_int_equal(lines("member.leave"), 1);
}

static void
test_transfer_to_disabled(void **state)
{
    (void)state;
    struct str other = uuid_of(OTHER);
    char sql[200];
    (void)snprintf(sql, sizeof sql, "UPDATE user SET disabled_s = 1 "
        "WHERE email = '%.*s'", STR_ARG(who_email(OTHER)));
    world_exec(&w, sql);
    struct cx *cx = seat_as(&s, OWNER);
    GIVES(cx, owner_transfer(cx, other), ERR_CONFLICT);
    assert_int_equal(role_of(OWNER), ROLE_OWNER);
}

static int64_t
sessions(enum who who)
{
    char sql[300];
    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM session s JOIN "
        "user u ON u.id = s.user_id AND u.epoch = s.epoch "
        "WHERE u.email = '%.*s'", STR_ARG(who_email(who)));
    return world_int(&w, sql);
}

static struct cx *
signed_in(enum who who)
{
    struct str token;
    struct cx *cx = seat_nobody(&s);
    struct user u;
    OK(cx, user_by_email(cx, who_email(who), &u));
    OK(cx, CHANGE_BEGIN(cx));
    OK(cx, session_begin(cx, &u, &token));
    OK(cx, change_commit(cx, AUDIT_NONE));
    return cx;
}

/* Whose role changes has to sign in again; who does it stays. */
static void
test_sessions_end(void **state)
{
    (void)state;
    struct fate_in later = { .fate = FATE_LATER };
    struct str member = uuid_of(MEMBER), admin = uuid_of(ADMIN);
    (void)signed_in(MEMBER);
    struct cx *cx = signed_in(ADMIN);
    OK(cx, workspace_enter(cx, STR("team")));
    OK(cx, member_set_role(cx, member, ROLE_ADMIN));
    assert_int_equal(sessions(MEMBER), 0);
    assert_int_equal(sessions(ADMIN), 1);
    (void)signed_in(MEMBER);
    cx = seat_as(&s, OWNER);
    OK(cx, member_remove(cx, member, &later));
    assert_int_equal(sessions(MEMBER), 0);
    (void)signed_in(ADMIN);
    (void)signed_in(ADMIN);
    cx = signed_in(ADMIN);
    OK(cx, workspace_enter(cx, STR("team")));
    OK(cx, member_set_role(cx, admin, ROLE_MEMBER));
    assert_int_equal(sessions(ADMIN), 1);
}

/* ---- keys of who goes ---- */

struct made {
    struct key k;
    struct str text;
};

static struct made
key_for(enum who who, enum key_kind kind, const char *name, struct str owner)
{
    struct made m;
    struct key_in in = key_form(name);
    if (owner.n) {
        in.owner = owner;
        form_put(key_fields, &in.set, "owner");
    }
    struct cx *cx = seat_as(&s, who);
    OK(cx, key_create(cx, kind, &in, &m.text, &m.k));
    return m;
}

static enum reason
gate(struct str text)
{
    struct decision out;
    struct call call = { .key = text,
        .endpoint = STR("/v1/chat/completions"),
        .model = STR("a/b") };
    check_call(seat_nobody(&s), &call, &out);
    return out.reason;
}

static struct key
look(const struct made *m)
{
    struct key k;
    struct cx *cx = seat_as(&s, OWNER);
    OK(cx, key_get(cx, m->k.prefix, &k));
    return k;
}

static struct str
to(enum who who)
{
    return arena_fmt(s.arena, "user:%.*s", STR_ARG(uuid_of(who)));
}

static void
test_hand_over(void **state)
{
    (void)state;
    struct made mine = key_for(MEMBER, KEY_STANDARD, "mine", STR(""));
    struct made kept = key_for(OTHER, KEY_STANDARD, "kept", STR(""));
    struct made old = key_for(MEMBER, KEY_STANDARD, "old", STR(""));
    struct cx *cx = seat_as(&s, ADMIN);
    struct key k;
    OK(cx, key_revoke(cx, old.k.prefix, false, STR(""), &k));
    struct fate_in in = { .fate = FATE_HAND_OVER };
    struct str member = uuid_of(MEMBER);
    cx = seat_as(&s, ADMIN);
    GIVES(cx, member_remove(cx, member, &in), ERR_INVALID);
    expect_field(cx, "to");
    static const enum who wrong[] = { MEMBER, STRANGER };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        in.to = to(wrong[i]);
        cx = seat_as(&s, ADMIN);
        GIVES(cx, member_remove(cx, member, &in), ERR_INVALID);
        expect_field(cx, "to");
    }
    assert_int_equal(role_of(MEMBER), ROLE_MEMBER);
    in.to = to(OTHER);
    cx = seat_as(&s, ADMIN);
    OK(cx, member_remove(cx, member, &in));
    assert_int_equal(role_of(MEMBER), ROLE_NONE);
    k = look(&mine);
    assert_true(str_eq(k.owner_name, who_email(OTHER)));
    assert_int_equal(gate(mine.text), REASON_ALLOWED);
    assert_int_equal(gate(kept.text), REASON_ALLOWED);
    k = look(&old); /* what has ended stays as it was */
    assert_false(str_eq(k.owner_name, who_email(OTHER)));
    assert_int_equal(lines("key.hand_over"), 1);
    assert_int_equal(lines("member.remove"), 1);
    /* nothing waits */
    struct left_person *left;
    size_t n;
    cx = seat_as(&s, ADMIN);
    OK(cx, left_list(cx, &left, &n));
    assert_int_equal(n, 0);
}

static void
test_special_keys(void **state)
{
    (void)state;
    struct made mgmt = key_for(ADMIN, KEY_MANAGEMENT, "mgmt", STR(""));
    struct made plain = key_for(ADMIN, KEY_STANDARD, "plain", STR(""));
    struct str admin = uuid_of(ADMIN);
    struct fate_in in = { .fate = FATE_HAND_OVER, .to = to(MEMBER) };
    struct cx *cx = seat_as(&s, OWNER);
    GIVES(cx, member_remove(cx, admin, &in), ERR_INVALID);
    expect_field(cx, "to");
    /* all or nothing */
    assert_int_equal(role_of(ADMIN), ROLE_ADMIN);
    assert_true(str_eq(look(&plain).owner_name, who_email(ADMIN)));
    in.to = to(OWNER);
    cx = seat_as(&s, OWNER);
    OK(cx, member_remove(cx, admin, &in));
    assert_true(str_eq(look(&mgmt).owner_name, who_email(OWNER)));
}

static void
test_revoke(void **state)
{
    (void)state;
    struct made mine = key_for(MEMBER, KEY_STANDARD, "mine", STR(""));
    struct made kept = key_for(OTHER, KEY_STANDARD, "kept", STR(""));
    struct fate_in in = { .fate = FATE_REVOKE };
    struct str member = uuid_of(MEMBER);
    struct cx *cx = seat_as(&s, ADMIN);
    OK(cx, member_remove(cx, member, &in));
    assert_int_equal(gate(mine.text), REASON_INVALID_KEY);
    assert_int_equal(gate(kept.text), REASON_ALLOWED);
    assert_int_equal(lines("key.revoke"), 1);
}

/* Nobody says: suspended, until somebody does. */
static void
test_later(void **state)
{
    (void)state;
    struct made a = key_for(MEMBER, KEY_STANDARD, "a", STR(""));
    struct made b = key_for(MEMBER, KEY_STANDARD, "b", STR(""));
    struct made kept = key_for(OTHER, KEY_STANDARD, "kept", STR(""));
    struct str member = uuid_of(MEMBER);
    struct left_person *left;
    size_t n;
    struct cx *cx = seat_as(&s, MEMBER);
    OK(cx, member_leave(cx));
    assert_int_equal(gate(a.text), REASON_DISABLED_KEY);
    assert_int_equal(gate(kept.text), REASON_ALLOWED);
    assert_int_equal(key_status(&(struct key){ .suspended_s = 1 }, w.now_s),
        KEY_SUSPENDED);
    assert_int_equal(lines("key.suspend"), 2);
    cx = seat_as(&s, ADMIN);
    OK(cx, left_list(cx, &left, &n));
    assert_int_equal(n, 1);
    assert_int_equal(left[0].n_keys, 2);
    assert_int_equal(left[0].n_suspended, 2);
    cx = seat_as(&s, OTHER); /* members do not see who has to decide what */
    OK(cx, left_list(cx, &left, &n));
    assert_int_equal(n, 0);
    cx = seat_as(&s, STRANGER);
    OK(cx, left_list(cx, &left, &n));
    assert_int_equal(n, 0);
    struct str one[] = { a.k.prefix };
    struct fate_in in = { .fate = FATE_HAND_OVER, .keys = { one, 1 } };
    cx = seat_as(&s, OTHER);
    GIVES(cx, left_answer(cx, member, &in), ERR_FORBIDDEN);
    cx = seat_as(&s, STRANGER);
    GIVES(cx, left_answer(cx, member, &in), ERR_NOT_FOUND);
    struct str not_left[] = { kept.k.prefix };
    in = (struct fate_in){ .fate = FATE_REVOKE, .keys = { not_left, 1 } };
    cx = seat_as(&s, ADMIN);
    GIVES(cx, left_answer(cx, member, &in), ERR_NOT_FOUND);
    assert_int_equal(gate(kept.text), REASON_ALLOWED);
    in = (struct fate_in){ .fate = FATE_HAND_OVER, .to = to(OTHER),
        .keys = { one, 1 } };
    cx = seat_as(&s, ADMIN);
    OK(cx, left_answer(cx, member, &in));
    assert_int_equal(gate(a.text), REASON_ALLOWED);
    assert_int_equal(gate(b.text), REASON_DISABLED_KEY);
    cx = seat_as(&s, ADMIN); /* once answered, it waits no more */
    GIVES(cx, left_answer(cx, member, &in), ERR_NOT_FOUND);
    struct str two[] = { b.k.prefix };
    in = (struct fate_in){ .fate = FATE_REVOKE, .keys = { two, 1 } };
    cx = seat_as(&s, ADMIN);
    OK(cx, left_answer(cx, member, &in));
    assert_int_equal(gate(b.text), REASON_INVALID_KEY);
    cx = seat_as(&s, ADMIN);
    OK(cx, left_list(cx, &left, &n));
    assert_int_equal(n, 0);
}

/* The other setting: they go on with an owner, and are listed for a week. */
static void
test_pass(void **state)
{
    (void)state;
    world_exec(&w, "UPDATE workspace SET owner_leaves = 'pass'");
    struct made a = key_for(MEMBER, KEY_STANDARD, "a", STR(""));
    struct left_person *left;
    size_t n;
    struct cx *cx = seat_as(&s, MEMBER);
    OK(cx, member_leave(cx));
    assert_int_equal(gate(a.text), REASON_ALLOWED);
    assert_true(str_eq(look(&a).owner_name, who_email(OWNER)));
    assert_int_equal(lines("key.pass"), 1);
    cx = seat_as(&s, ADMIN);
    OK(cx, left_list(cx, &left, &n));
    assert_int_equal(n, 1);
    assert_int_equal(left[0].n_suspended, 0);
    w.now_s += LEFT_LISTED_S;
    cx = seat_as(&s, ADMIN);
    OK(cx, left_list(cx, &left, &n));
    assert_int_equal(n, 0);
    assert_int_equal(gate(a.text), REASON_ALLOWED);
}

/* A leaked key is not healed by a new owner. */
static void
test_leaked(void **state)
{
    (void)state;
    struct made a = key_for(MEMBER, KEY_STANDARD, "a", STR(""));
    struct fate_in in = { .fate = FATE_HAND_OVER, .to = to(OTHER) };
    struct str member = uuid_of(MEMBER);
    world_exec(&w, "UPDATE api_key SET suspended_s = 5, "
                   "suspended_why = 'leaked' WHERE name = 'a'");
    struct cx *cx = seat_as(&s, ADMIN);
    OK(cx, member_remove(cx, member, &in));
    assert_int_equal(gate(a.text), REASON_DISABLED_KEY);
    assert_true(str_eq(look(&a).owner_name, who_email(OTHER)));
}

/* What they have in another workspace stays as it is. */
static void
test_other_workspace(void **state)
{
    (void)state;
    struct made away = key_for(STRANGER, KEY_STANDARD, "away", STR(""));
    char sql[300];
    (void)snprintf(sql, sizeof sql, "INSERT INTO member (workspace_id, user_id, role, created_s) "
        "SELECT w.id, u.id, "
        "'member', 5 FROM workspace w, user u WHERE w.slug = 'team' AND "
        "u.email = '%.*s'", STR_ARG(who_email(STRANGER)));
    world_exec(&w, sql);
    struct made here = key_for(ADMIN, KEY_STANDARD, "here", to(STRANGER));
    struct fate_in revoke = { .fate = FATE_REVOKE };
    struct str stranger = uuid_of(STRANGER);
    struct cx *cx = seat_as(&s, ADMIN);
    OK(cx, member_remove(cx, stranger, &revoke));
    assert_int_equal(gate(here.text), REASON_INVALID_KEY);
    assert_int_equal(gate(away.text), REASON_ALLOWED);
    cx = seat_as(&s, STRANGER); /* is still the owner there */
    assert_int_equal(cx->ws.role, ROLE_OWNER);
}

/* Many: all of them, by steps. */
static void
test_many(void **state)
{
    (void)state;
    enum { MANY = 450 };
    struct str member = uuid_of(MEMBER);
    (void)key_for(MEMBER, KEY_STANDARD, "first", STR(""));
    world_exec(&w, "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL "
        "SELECT i + 1 FROM n WHERE i < 449) "
        "INSERT INTO api_key (uuid, workspace_id, prefix, kind, name, "
        "by_name, "
        "created_s, updated_s, owner_user_id) "
        "SELECT uuid || i, workspace_id, printf('P%07d', i), kind, "
        "name || i, by_name, created_s, updated_s, owner_user_id "
        "FROM api_key, n WHERE name = 'first'");
    struct fate_in in = { .fate = FATE_HAND_OVER, .to = to(OTHER) };
    struct key *keys;
    size_t n;
    bool more;
    struct member m;
    struct cx *cx = seat_as(&s, ADMIN);
    OK(cx, member_get(cx, member, &m));
    OK(cx, holder_keys(cx, HOLDER_USER, m.user_id, 100, &keys, &n, &more));
    assert_int_equal(n, 100);
    assert_true(more);
    cx = seat_as(&s, ADMIN);
    OK(cx, member_remove(cx, member, &in));
    char sql[200];
    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM api_key k JOIN user "
        "u ON u.id = k.owner_user_id WHERE u.email = '%.*s'",
        STR_ARG(who_email(OTHER)));
    assert_int_equal(world_int(&w, sql), MANY);
    assert_int_equal(lines("key.hand_over"), MANY);
}

/* ---- service accounts ---- */

static struct str
service(enum who who, const char *name)
{
    struct service_in in = { .name = str_cstr(name) };
    struct service_account *all;
    size_t n;
    struct cx *cx = seat_as(&s, who);
    OK(cx, service_add(cx, &in));
    cx = seat_as(&s, who);
    OK(cx, service_page(cx, &all, &n));
    for (size_t i = 0; i < n; i++)
        if (str_is(all[i].name, name))
            return arena_dup(s.arena, all[i].uuid);
    fail_msg("%s is not there", name);
    return STR("");
}

static void
test_service_rights(void **state)
{
    (void)state;
    struct service_in in = { .name = STR("Robot") };
    struct fate_in revoke = { .fate = FATE_REVOKE };
    struct service_account one, *all;
    size_t n;
    struct cx *cx = seat_as(&s, MEMBER);
    GIVES(cx, service_add(cx, &in), ERR_FORBIDDEN);
    struct str id = service(ADMIN, "Robot");
    cx = seat_as(&s, ADMIN);
    GIVES(cx, service_add(cx, &in), ERR_INVALID);
    expect_field(cx, "name");
    cx = seat_as(&s, STRANGER); /* the name is free elsewhere */
    OK(cx, service_add(cx, &in));
    in.name = STR("Rover");
    static const struct {
        enum who who;
        enum err_code code;
    } rows[] = { { MEMBER, ERR_FORBIDDEN }, { STRANGER, ERR_NOT_FOUND },
        { ADMIN, ERR_OK } };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cx = seat_as(&s, rows[i].who);
        GIVES(cx, service_get(cx, id, &one), rows[i].code);
        cx = seat_as(&s, rows[i].who);
        GIVES(cx, service_rename(cx, id, &in), rows[i].code);
    }
    cx = seat_as(&s, MEMBER);
    GIVES(cx, service_remove(cx, id, &revoke), ERR_FORBIDDEN);
    cx = seat_as(&s, STRANGER);
    GIVES(cx, service_remove(cx, id, &revoke), ERR_NOT_FOUND);
    cx = seat_as(&s, MEMBER); /* everybody sees who owns keys */
    OK(cx, service_page(cx, &all, &n));
    assert_int_equal(n, 1);
    assert_true(str_is(all[0].name, "Rover"));
    assert_int_equal(lines("service.add"), 1);
    assert_int_equal(lines("service.edit"), 1);
}

static void
test_service_keys(void **state)
{
    (void)state;
    struct str id = service(ADMIN, "Robot"), theirs = service(STRANGER, "It");
    struct str owner = arena_fmt(s.arena, "service:%.*s", STR_ARG(id));
    struct made a = key_for(ADMIN, KEY_STANDARD, "a", owner);
    struct made m = key_for(ADMIN, KEY_MANAGEMENT, "m", owner);
    struct key_in in = key_form("foreign");
    struct str text;
    struct key k;
    in.owner = arena_fmt(s.arena, "service:%.*s", STR_ARG(theirs));
    form_put(key_fields, &in.set, "owner");
    struct cx *cx = seat_as(&s, ADMIN);
    GIVES(cx, key_create(cx, KEY_STANDARD, &in, &text, &k), ERR_INVALID);
    expect_field(cx, "owner");
    /* who made it and its keys goes; they go on */
    struct fate_in revoke = { .fate = FATE_REVOKE };
    struct str admin = uuid_of(ADMIN);
    cx = seat_as(&s, OWNER);
    OK(cx, member_remove(cx, admin, &revoke));
    assert_int_equal(gate(a.text), REASON_ALLOWED);
    assert_true(str_is(look(&a).owner_name, "Robot"));
    /* it goes itself */
    struct fate_in hand = { .fate = FATE_HAND_OVER, .to = owner };
    cx = seat_as(&s, OWNER);
    GIVES(cx, service_remove(cx, id, &hand), ERR_INVALID);
    expect_field(cx, "to");
    hand.to = to(OWNER);
    cx = seat_as(&s, OWNER);
    OK(cx, service_remove(cx, id, &hand));
    assert_true(str_eq(look(&m).owner_name, who_email(OWNER)));
    assert_int_equal(gate(a.text), REASON_ALLOWED);
    cx = seat_as(&s, OWNER);
    GIVES(cx, service_remove(cx, id, &revoke), ERR_NOT_FOUND);
    (void)service(OWNER, "Robot"); /* the name may be given again */
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_roles),
        TEST(test_strangers),
        TEST(test_last_owner),
        TEST(test_transfer_to_disabled),
        TEST(test_sessions_end),
        TEST(test_hand_over),
        TEST(test_special_keys),
        TEST(test_revoke),
        TEST(test_later),
        TEST(test_pass),
        TEST(test_leaked),
        TEST(test_other_workspace),
        TEST(test_many),
        TEST(test_service_rights),
        TEST(test_service_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
