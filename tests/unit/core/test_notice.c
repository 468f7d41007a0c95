/* SPDX-License-Identifier: ISC */
#include "world.h"

#include "core/audit.h"
#include "core/change.h"
#include "core/key.h"
#include "core/notice.h"
#include "secret/seal.h"
#include "store/store_outbox.h"
#include "text/hex.h"

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

static struct cx *
as(enum who who)
{
    struct cx *cx = seat_as(&s, who);
    cx->mails = true;
    cx->public_url = STR("https://keys.example");
    return cx;
}

static void
add(struct cx *cx, const struct notice *n)
{
    OK(cx, CHANGE_BEGIN(cx));
    OK(cx, notice_add(cx, n));
    OK(cx, change_commit(cx, AUDIT_NONE));
}

static int64_t
mails_to(const char *where)
{
    char sql[300];
    snprintf(sql, sizeof sql,
        "SELECT count(*) FROM outbox WHERE webhook_id IS NULL AND %s", where);
    return world_int(&w, sql);
}

/* A webhook of a workspace that wants these kinds. */
static void
hook(const char *slug, int events, bool paused)
{
    char sql[400];
    snprintf(sql, sizeof sql,
        "INSERT INTO webhook (uuid, workspace_id, url, events, sealed, once, "
        "paused_s, created_s, updated_s) SELECT hex(randomblob(8)), id, "
        "'https://h.example', %d, x'00', x'00', %s, 1, 1 FROM workspace "
        "WHERE slug = '%s'", events, paused ? "1" : "NULL", slug);
    world_exec(&w, sql);
}

static struct notice
invitation(void)
{
    return (struct notice){ .kind = NOTICE_INVITE,
        .email = STR("new@example.org"),
        .role = ROLE_ADMIN,
        .link = STR("https://keys.example/invite/S3CR3T-token"),
        .ends_s = WORLD_NOW + 7 * 86400 };
}

static void
an_invitation_goes_to_who_is_invited(void **state)
{
    (void)state;
    struct notice n = invitation();
    hook("team", 1 << NOTICE_INVITE, false);
    add(as(OWNER), &n);
    assert_int_equal(mails_to("recipient = 'new@example.org' AND kind = 0"),
        1);
    assert_int_equal(world_int(&w, "SELECT count(*) FROM outbox"), 2);
    /* nothing is sent when the link is no good any more */
    assert_int_equal(mails_to("ends_s = made_s + 7 * 86400"), 1);
}

/* What is in a row, opened as the sender does. */
static struct str
opened(struct cx *cx, bool mail)
{
    struct str plain;
    struct outbox o;
    int64_t id = world_int(&w, mail
            ? "SELECT id FROM outbox WHERE webhook_id IS NULL"
            : "SELECT id FROM outbox WHERE webhook_id IS NOT NULL");
    OK(cx, store_outbox_by_id(cx->store, id, &o));
    assert_true(seal_open(cx->arena, cx->secrets, SUBKEY_NOTICE, o.uuid,
        o.sealed, &plain));
    return plain;
}

static bool
holds(struct str text, const char *part)
{
    return strstr(arena_cstr(s.arena, text), part) != NULL;
}

static void
a_link_goes_by_mail_only(void **state)
{
    (void)state;
    struct notice n = invitation();
    hook("team", 1 << NOTICE_INVITE, false);
    add(as(OWNER), &n);
    struct cx *cx = as(OWNER);
    struct str mail = opened(cx, true), event = opened(cx, false);
    assert_true(holds(mail, "S3CR3T-token"));
    assert_true(holds(mail, "\"role\":\"admin\""));
    assert_true(holds(event, "new@example.org"));
    assert_false(holds(event, "S3CR3T-token"));
    assert_false(holds(event, "/invite/"));
}

static void
nothing_of_it_is_in_the_file(void **state)
{
    (void)state;
    struct notice n = invitation();
    add(as(OWNER), &n);
    assert_int_equal(world_int(&w,
        "SELECT count(*) FROM outbox WHERE instr(sealed, 'S3CR3T') > 0 OR "
        "instr(sealed, 'keys.example') > 0"), 0);
}

static void
without_mail_only_events_are_queued(void **state)
{
    (void)state;
    struct notice n = invitation();
    hook("team", 1 << NOTICE_INVITE, false);
    struct cx *cx = as(OWNER);
    cx->mails = false;
    assert_false(notice_mailed(cx));
    add(cx, &n);
    assert_int_equal(mails_to("1"), 0);
    assert_int_equal(world_int(&w, "SELECT count(*) FROM outbox"), 1);
}

static void
a_webhook_gets_what_it_wants(void **state)
{
    (void)state;
    struct notice n = invitation();
    hook("team", 1 << NOTICE_KEY_LEAKED, false);      /* something else */
    hook("team", 1 << NOTICE_INVITE, true);           /* paused */
    hook("strangers", 1 << NOTICE_INVITE, false);     /* not theirs */
    add(as(OWNER), &n);
    assert_int_equal(world_int(&w,
        "SELECT count(*) FROM outbox WHERE webhook_id IS NOT NULL"), 0);
    hook("team", 1 << NOTICE_INVITE | 1 << NOTICE_SIGN_IN, false);
    add(as(OWNER), &n);
    assert_int_equal(world_int(&w,
        "SELECT count(*) FROM outbox WHERE webhook_id IS NOT NULL"), 1);
}

static void
a_change_that_fails_tells_nobody(void **state)
{
    (void)state;
    struct notice n = invitation();
    struct cx *cx = as(OWNER);
    OK(cx, CHANGE_BEGIN(cx));
    OK(cx, notice_add(cx, &n));
    (void)change_abort(cx);
    assert_int_equal(world_int(&w, "SELECT count(*) FROM outbox"), 0);
}

static void
accounts_are_told_in_person(void **state)
{
    (void)state;
    struct cx *cx = as(MEMBER);
    struct user u = cx->actor.user;
    struct notice n = { .kind = NOTICE_RESET, .person = &u,
        .link = STR("https://keys.example/reset/T0KEN"),
        .ends_s = WORLD_NOW + 3600 };
    hook("team", 0xff, false);
    hook("strangers", 0xff, false);
    add(cx, &n);
    n = (struct notice){ .kind = NOTICE_SIGN_IN, .person = &u };
    add(as(MEMBER), &n);
    assert_int_equal(mails_to("workspace_id IS NULL"), 2);
    assert_int_equal(mails_to("kind = 1 AND ends_s = made_s + 3600"), 1);
    /* the team of the member hears of both, without the link */
    assert_int_equal(world_int(&w,
        "SELECT count(*) FROM outbox o JOIN workspace w "
        "ON w.id = o.workspace_id WHERE w.slug = 'team'"), 2);
    assert_int_equal(world_int(&w, "SELECT count(*) FROM outbox"), 4);
}

/* A key of somebody in the team. */
static struct key
key_of(enum who who)
{
    struct key_in in = key_form(who == MEMBER ? "nightly" : "weekly");
    struct str text;
    struct key k;
    struct cx *cx = as(who);
    OK(cx, key_create(cx, KEY_STANDARD, &in, &text, &k));
    return k;
}

static void
a_leak_is_told_to_the_owner_of_the_key_and_those_who_manage(void **state)
{
    (void)state;
    struct key k = key_of(MEMBER);
    struct notice n = { .kind = NOTICE_KEY_LEAKED, .key = &k };
    add(as(SHELL), &n);
    /* owner, admin and the member; not the other member, nobody twice */
    assert_int_equal(mails_to("1"), 3);
    assert_int_equal(world_int(&w,
        "SELECT count(DISTINCT recipient) FROM outbox"), 3);
    k = key_of(OWNER);
    n.key = &k;
    add(as(SHELL), &n);
    assert_int_equal(mails_to("1"), 5);
}

static void
an_end_is_told_to_the_owner_of_the_key(void **state)
{
    (void)state;
    struct key k = key_of(MEMBER);
    struct notice n = { .kind = NOTICE_KEY_EXPIRES, .key = &k };
    add(as(SHELL), &n);
    assert_int_equal(mails_to("1"), 1);
    /* nobody's: those who manage */
    k.owner_user_id = 0;
    add(as(SHELL), &n);
    assert_int_equal(mails_to("1"), 3);
}

static void
who_is_disabled_gets_nothing(void **state)
{
    (void)state;
    struct key k = key_of(MEMBER);
    struct notice n = { .kind = NOTICE_KEY_LEAKED, .key = &k };
    world_exec(&w, "UPDATE user SET disabled_s = 1 WHERE id IN "
                   "(SELECT user_id FROM member WHERE role = 'admin')");
    add(as(SHELL), &n);
    assert_int_equal(mails_to("1"), 2);
}

static void
people_of_the_demo_are_left_alone(void **state)
{
    (void)state;
    struct notice n = invitation();
    struct cx *cx = as(OWNER);
    OK(cx, CHANGE_BEGIN(cx));
    cx->ws.demo = true;
    OK(cx, notice_add(cx, &n));
    OK(cx, change_commit(cx, AUDIT_NONE));
    assert_int_equal(world_int(&w, "SELECT count(*) FROM outbox"), 0);
}

static void
a_budget_is_told_in_money(void **state)
{
    (void)state;
    struct limit l = { .source = LIMIT_RULE_WORKSPACE,
        .counts = LIMIT_MONEY, .period = LIMIT_MONTH, .amount = 50000000,
        .used = 40100000, .resets_s = WORLD_NOW + 86400 };
    struct notice n = { .kind = NOTICE_BUDGET_80, .limit = &l };
    add(as(SHELL), &n);
    assert_int_equal(mails_to("1"), 2);
    struct cx *cx = as(OWNER);
    struct str text = opened(cx, true);
    assert_true(holds(text, "\"limit\":\"50.00\""));
    assert_true(holds(text, "\"spent\":\"40.10\""));
    assert_true(holds(text, "\"period\":\"month\""));
    assert_true(holds(text, "https://keys.example/w/team/limits"));
}

/* A head of the audit log goes to whoever wants it, in each workspace, with all
 * that is needed to check it; nobody is mailed, and the demo is left alone. */
static void
a_signed_head_goes_to_webhooks(void **state)
{
    (void)state;
    int head = 1 << NOTICE_AUDIT_HEAD;
    hook("team", head, false);
    hook("team", 1 << NOTICE_INVITE, false);
    hook("team", head, true);
    struct cx *cx = as(SHELL);
    cx->ws = (struct workspace){ 0 };
    OK(cx, audit_sweep(cx));
    assert_int_equal(world_int(&w, "SELECT count(*) FROM outbox"), 0);
    w.now_s += AUDIT_HEAD_S + 1;
    cx = as(SHELL);
    cx->ws = (struct workspace){ 0 };
    OK(cx, audit_sweep(cx));
    assert_int_equal(mails_to("1"), 0);
    assert_int_equal(world_int(&w, "SELECT count(*) FROM outbox"), 1);
    struct str text = opened(cx, false);
    int64_t seq = world_int(&w, "SELECT max(seq) FROM audit_head");
    assert_true(seq > 0);
    assert_true(holds(text, arena_cstr(s.arena, arena_fmt(s.arena,
        "\"seq\":%lld,", (long long)seq))));
    static const char *const columns[] = { "hash", "signature",
        "public_key" };
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        struct audit_head *all;
        size_t n;
        OK(cx, store_audit_heads(cx->store, 0, 1, &all, &n));
        assert_int_equal(n, 1);
        struct str part = i == 0 ? all[0].hash
            : i == 1             ? all[0].signature
                                 : all[0].public_key;
        assert_true(holds(text, arena_cstr(s.arena,
            arena_fmt(s.arena, "\"%s\":\"%.*s\"", columns[i],
                STR_ARG(hex_show(s.arena, part.p, part.n))))));
    }
    /* in both, when both want it */
    hook("strangers", head, false);
    world_exec(&w, "UPDATE workspace SET demo = 1 WHERE slug = 'team'");
    world_exec(&w, "DELETE FROM outbox");
    world_exec(&w, "DELETE FROM audit_head");
    OK(cx, audit_sweep(cx));
    assert_int_equal(world_int(&w, "SELECT count(*) FROM outbox"), 1);
    assert_int_equal(world_int(&w, "SELECT count(*) FROM outbox o JOIN "
        "workspace w ON w.id = o.workspace_id WHERE w.slug = 'strangers'"),
        1);
}

int
main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(an_invitation_goes_to_who_is_invited),
        T(a_link_goes_by_mail_only),
        T(nothing_of_it_is_in_the_file),
        T(without_mail_only_events_are_queued),
        T(a_webhook_gets_what_it_wants),
        T(a_change_that_fails_tells_nobody),
        T(accounts_are_told_in_person),
        T(a_leak_is_told_to_the_owner_of_the_key_and_those_who_manage),
        T(an_end_is_told_to_the_owner_of_the_key),
        T(who_is_disabled_gets_nothing),
        T(people_of_the_demo_are_left_alone),
        T(a_budget_is_told_in_money),
        T(a_signed_head_goes_to_webhooks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
