/* SPDX-License-Identifier: ISC */
/* Pages of alerts and webhooks: what they show, and what their forms do. */
#include "world.h"

#include "core/change.h"
#include "core/notice.h"
#include "core/outbox.h"
#include "core/webhook.h"

#include <stdio.h>
#include <string.h>

static struct world world;

static int
setup(void **state)
{
    (void)state;
    world_open(&world);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    world_close(&world);
    return 0;
}

static void
expect(const struct reply *r, int status, const char *text)
{
    if (r->status != status)
        fail_msg("%d instead of %d: %.*s", r->status, status,
            STR_ARG(r->body));
    if (text && !reply_holds(r, str_cstr(text)))
        fail_msg("\"%s\" is not there: %.*s", text, STR_ARG(r->body));
}

#define FORM(once) \
    STR("once=" once "&url=https%3A%2F%2Fhook.example%2Fin&" \
        "events=key.leaked&events=member.invited")

/* The secret that a page shows; empty: none. */
static struct str
secret_of(const struct reply *r)
{
    const char *at = strstr(arena_cstr(world.arena, r->body), "whsec_");
    return at ? str_head(str_cstr(at), 50) : STR("");
}

/* Of the one webhook that is there. */
static const char *
hook_path(const char *rest)
{
    struct webhook *all;
    size_t n;
    struct cx *cx = world_as(&world, OWNER);
    world_need(webhook_list(cx, &all, &n), &cx->err);
    assert_int_equal(n, 1);
    return arena_cstr(world.arena, arena_fmt(world.arena,
        "/w/team/webhooks/%.*s%s", STR_ARG(all[0].uuid), rest));
}

/* Of the one mail that is stuck, in the address of this workspace. */
static const char *
again_path(const char *slug)
{
    struct outbox *all;
    size_t n;
    bool more;
    struct cx *cx = world_as(&world, OWNER);
    world_need(outbox_stuck(cx, 0, &all, &n, &more), &cx->err);
    assert_int_equal(n, 1);
    return arena_cstr(world.arena, arena_fmt(world.arena,
        "/w/%s/alerts/%.*s/again", slug, STR_ARG(all[0].uuid)));
}

static void
a_secret_is_shown_once(void **state)
{
    (void)state;
    struct reply r = req_post(&world, OWNER, "/w/team/webhooks", FORM("f1"));
    expect(&r, 200, "Save the secret");
    struct str secret = secret_of(&r);
    assert_int_equal(secret.n, 50);
    assert_true(str_is(reply_header(&r, "Cache-Control"), "no-store"));
    /* the same form again */
    r = req_post(&world, OWNER, "/w/team/webhooks", FORM("f1"));
    expect(&r, 200, "already shown");
    assert_int_equal(secret_of(&r).n, 0);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM webhook"), 1);
    static const char *const pages[] = { "", "/edit", "/rotate", "/remove" };
    for (size_t i = 0; i < COUNT_OF(pages); i++) {
        r = req_get(&world, OWNER, hook_path(pages[i]));
        expect(&r, 200, "hook.example");
        assert_false(reply_holds(&r, secret));
    }
    r = req_get(&world, OWNER, "/w/team/audit");
    expect(&r, 200, "created webhook");
    assert_false(reply_holds(&r, str_from(secret, 10)));
}

static void
wrong_forms_are_shown_again(void **state)
{
    (void)state;
    struct reply r = req_post(&world, ADMIN, "/w/team/webhooks",
        STR("once=f&url=http%3A%2F%2Fhook.example&events=key.leaked"));
    expect(&r, 422, "must begin with https://");
    expect(&r, 422, "value=\"http://hook.example\"");
    r = req_post(&world, ADMIN, "/w/team/webhooks",
        STR("once=f&url=https%3A%2F%2Fhook.example%2F"));
    expect(&r, 422, "Choose at least one event");
    r = req_post(&world, ADMIN, "/w/team/webhooks",
        STR("once=f&url=&events=key.leaked"));
    expect(&r, 422, "Enter the address");
    assert_int_equal(world_int(&world, "SELECT count(*) FROM webhook"), 0);
}

static void
the_page_of_one_says_what_is(void **state)
{
    (void)state;
    struct reply r = req_post(&world, OWNER, "/w/team/webhooks", FORM("f1"));
    expect(&r, 200, NULL);
    r = req_get(&world, ADMIN, "/w/team/webhooks");
    expect(&r, 200, "2 events");
    expect(&r, 200, "None yet");
    r = req_post(&world, ADMIN, hook_path("/test"), STR(""));
    expect(&r, 303, NULL);
    r = req_get(&world, ADMIN, hook_path(""));
    expect(&r, 200, "Not tried yet");
    world_exec(&world, "UPDATE outbox SET state = 'given_up', tries = 3, "
        "problem = '10.0.0.1 is not a public address'");
    world_exec(&world, "INSERT INTO outbox_try SELECT id, 3, made_s, 42, 503, "
        "311, 'x' FROM outbox");
    r = req_get(&world, ADMIN, hook_path(""));
    expect(&r, 200, "10.0.0.1 is not a public address");
    expect(&r, 200, "3 tries");
    expect(&r, 200, "503");
    expect(&r, 200, "42 ms");
    expect(&r, 200, "/again");
    r = req_get(&world, ADMIN, "/w/team/webhooks");
    expect(&r, 200, "Failing");
    r = req_post(&world, ADMIN, hook_path("/pause"), STR(""));
    expect(&r, 303, NULL);
    r = req_get(&world, ADMIN, hook_path(""));
    expect(&r, 200, "It is told nothing");
    r = req_post(&world, ADMIN, hook_path("/remove"), STR(""));
    expect(&r, 303, NULL);
    r = req_get(&world, ADMIN, "/w/team/webhooks");
    expect(&r, 200, "No webhooks yet");
}

static void
the_log_has_pages(void **state)
{
    (void)state;
    struct reply r = req_post(&world, OWNER, "/w/team/webhooks", FORM("f1"));
    expect(&r, 200, NULL);
    r = req_post(&world, OWNER, hook_path("/test"), STR(""));
    for (int i = 0; i < 120; i++)
        world_exec(&world, "INSERT INTO outbox (uuid, workspace_id, "
            "webhook_id, kind, recipient, made_s, due_s, ends_s) SELECT "
            "hex(randomblob(16)), workspace_id, webhook_id, kind, '', "
            "made_s, due_s, ends_s FROM outbox ORDER BY id LIMIT 1");
    r = req_get(&world, OWNER, hook_path(""));
    expect(&r, 200, "50 messages on this page");
    expect(&r, 200, "?before=72");
    r = req_get(&world, OWNER, hook_path("?before=22"));
    expect(&r, 200, "21 messages on this page");
    assert_false(reply_holds(&r, STR("Next page")));
}

static void
invite(struct cx *cx, const char *email)
{
    struct notice n = { .kind = NOTICE_INVITE, .email = str_cstr(email),
        .role = ROLE_MEMBER, .link = STR("https://k.example/invite/T0K"),
        .ends_s = WORLD_NOW + 86400 };
    cx->mails = true;
    world_need(CHANGE_BEGIN(cx), &cx->err);
    world_need(notice_add(cx, &n), &cx->err);
    world_need(change_commit(cx, AUDIT_NONE), &cx->err);
}

static void
stuck_mail_is_shown_to_its_workspace(void **state)
{
    (void)state;
    struct reply r = req_get(&world, OWNER, "/w/team/alerts");
    expect(&r, 200, "No mail goes out");
    expect(&r, 200, "All mail of this workspace went out");
    invite(world_as(&world, OWNER), "nina@new.example");
    world_exec(&world, "UPDATE outbox SET state = 'given_up', tries = 1, "
                       "problem = 'The mail server answered 550'");
    r = req_get(&world, OWNER, "/w/team/alerts");
    expect(&r, 200, "nina@new.example");
    expect(&r, 200, "The mail server answered 550");
    assert_false(reply_holds(&r, STR("T0K")));
    r = req_get(&world, STRANGER, "/w/strangers/alerts");
    expect(&r, 200, NULL);
    assert_false(reply_holds(&r, STR("nina@new.example")));
    r = req_post(&world, STRANGER, again_path("strangers"), STR(""));
    expect(&r, 404, NULL);
    const char *again = again_path("team");
    r = req_post(&world, OWNER, again, STR(""));
    expect(&r, 303, NULL);
    r = req_post(&world, OWNER, again, STR(""));
    expect(&r, 409, "on its way");
    world_exec(&world, "UPDATE outbox SET state = 'given_up', ends_s = 5");
    r = req_post(&world, OWNER, again, STR(""));
    expect(&r, 409, "Invite nina@new.example again");
}

int
main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_secret_is_shown_once),
        T(wrong_forms_are_shown_again),
        T(the_page_of_one_says_what_is),
        T(the_log_has_pages),
        T(stuck_mail_is_shown_to_its_workspace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
