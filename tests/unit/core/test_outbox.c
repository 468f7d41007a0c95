/* SPDX-License-Identifier: ISC */
#include "world.h"

#include "core/change.h"
#include "core/freeze.h"
#include "core/notice.h"
#include "core/outbox.h"
#include "core/webhook.h"
#include "store/store_outbox.h"

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

/* The sender is no person, and in no workspace. */
static struct cx *
sender(void)
{
    struct cx *cx = seat_as(&s, SHELL);
    cx->ws = (struct workspace){ 0 };
    return cx;
}

static void
invite(const char *email)
{
    struct cx *cx = seat_as(&s, OWNER);
    struct notice n = { .kind = NOTICE_INVITE, .email = str_cstr(email),
        .role = ROLE_MEMBER, .link = STR("https://k.example/invite/T"),
        .ends_s = w.now_s + 7 * 86400 };
    cx->mails = true;
    OK(cx, CHANGE_BEGIN(cx));
    OK(cx, notice_add(cx, &n));
    OK(cx, change_commit(cx, AUDIT_NONE));
}

static struct outbox_job
take(enum outbox_way way, bool want)
{
    struct outbox_job job;
    bool any;
    struct cx *cx = sender();
    OK(cx, outbox_take(cx, way, &job, &any));
    assert_int_equal(any, want);
    return job;
}

static void
mark(const struct outbox_job *job, bool ok, bool final)
{
    struct cx *cx = sender();
    struct outbox_result r = { .ok = ok, .final = final, .status = 7,
        .bytes = 100, .took_ms = 5, .problem = STR("no way") };
    OK(cx, outbox_mark(cx, job, &r));
}

static int64_t
count(const char *where)
{
    char sql[200];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM outbox WHERE %s", where);
    return world_int(&w, sql);
}

static void
what_went_out_is_wiped(void **state)
{
    (void)state;
    invite("a@example.org");
    struct outbox_job job = take(OUTBOX_MAIL, true);
    assert_true(str_is(job.message.recipient, "a@example.org"));
    assert_true(str_is(val_text(val_get_cstr(job.facts, "link")),
        "https://k.example/invite/T"));
    assert_int_equal(count("state = 'sending' AND tries = 1"), 1);
    (void)take(OUTBOX_MAIL, false);
    mark(&job, true, false);
    assert_int_equal(count("state = 'sent' AND sealed IS NULL AND "
                           "recipient = ''"), 1);
    assert_int_equal(world_int(&w, "SELECT status FROM outbox_try"), 7);
    (void)take(OUTBOX_MAIL, false);
}

/* But what was changed outside of the program is told whatever became of the
 * workspace. */
static void
mail_of_a_deleted_workspace_waits(void **state)
{
    (void)state;
    invite("a@example.org");
    struct cx *cx = seat_as(&s, OWNER);
    OK(cx, workspace_delete(cx, cx->ws.name));
    (void)take(OUTBOX_MAIL, false);
    assert_int_equal(count("state = 'waiting' AND tries = 0"), 1);
    cx = seat_as(&s, SHELL);
    struct notice n = { .kind = NOTICE_SEAL_BROKEN, .broken = "key",
        .broken_name = STR("abc"), .to_owners = true };
    cx->mails = true;
    OK(cx, CHANGE_BEGIN(cx));
    OK(cx, notice_add(cx, &n));
    OK(cx, change_commit(cx, AUDIT_NONE));
    struct outbox_job job = take(OUTBOX_MAIL, true);
    assert_int_equal(job.message.kind, NOTICE_SEAL_BROKEN);
    mark(&job, true, false);
    cx = seat_as(&s, SHELL);
    OK(cx, workspace_restore(cx, STR("team")));
    job = take(OUTBOX_MAIL, true);
    assert_true(str_is(job.message.recipient, "a@example.org"));
}

static void
what_fails_is_tried_again_later_and_later(void **state)
{
    (void)state;
    static const int64_t waits[] = { 60, 300, 900, 3600, 10800, 21600,
        21600 };
    invite("a@example.org");
    char id[40] = "";
    for (size_t i = 0; i < COUNT_OF(waits); i++) {
        struct outbox_job job = take(OUTBOX_MAIL, true);
        if (i) /* the same id on every try */
            assert_true(str_is(job.message.uuid, id));
        snprintf(id, sizeof id, "%.*s", STR_ARG(job.message.uuid));
        mark(&job, false, false);
        w.now_s += waits[i] - 1;
        (void)take(OUTBOX_MAIL, false);
        w.now_s++;
    }
    assert_int_equal(count("state = 'waiting' AND tries = 7 AND "
                           "problem = 'no way'"), 1);
    assert_int_equal(world_int(&w, "SELECT count(*) FROM outbox_try"), 7);
}

static void
nothing_is_sent_after_its_end(void **state)
{
    (void)state;
    invite("a@example.org");
    w.now_s += 7 * 86400;
    (void)take(OUTBOX_MAIL, false);
    assert_int_equal(count("state = 'given_up'"), 1);
    /* a try whose next one would come too late is the last */
    invite("b@example.org");
    w.now_s += 7 * 86400 - 30;
    struct outbox_job job = take(OUTBOX_MAIL, true);
    mark(&job, false, false);
    assert_int_equal(count("state = 'given_up'"), 2);
}

static void
a_wrong_address_is_given_up_at_once(void **state)
{
    (void)state;
    invite("a@example.org");
    struct outbox_job job = take(OUTBOX_MAIL, true);
    mark(&job, false, true);
    assert_int_equal(count("state = 'given_up' AND sealed IS NOT NULL"), 1);
}

static void
what_a_dead_sender_had_waits_again(void **state)
{
    (void)state;
    invite("a@example.org");
    struct outbox_job first = take(OUTBOX_MAIL, true);
    struct cx *cx = sender();
    OK(cx, outbox_release(cx));
    struct outbox_job job = take(OUTBOX_MAIL, true);
    assert_int_equal(job.message.id, first.message.id);
    assert_int_equal(job.message.tries, 2);
    /* its late answer changes nothing twice */
    mark(&job, true, false);
    mark(&first, false, true);
    assert_int_equal(count("state = 'sent'"), 1);
}

static void
with_another_master_secret_it_is_given_up(void **state)
{
    (void)state;
    invite("a@example.org");
    world_exec(&w, "UPDATE outbox SET sealed = zeroblob(length(sealed))");
    (void)take(OUTBOX_MAIL, false);
    assert_int_equal(count("state = 'given_up' AND problem LIKE "
                           "'%master secret%'"), 1);
}

static struct webhook
hook(enum who who)
{
    struct str events[] = { STR("member.invited") };
    static int forms;
    char once[20];
    snprintf(once, sizeof once, "form-%d", ++forms);
    struct webhook_in in = { .once = str_cstr(once),
        .url = STR("https://h.example/"),
        .events = { events, 1 } };
    struct webhook out;
    struct str secret;
    struct cx *cx = seat_as(&s, who);
    OK(cx, webhook_create(cx, &in, &out, &secret));
    cx = seat_as(&s, who);
    OK(cx, webhook_test(cx, out.uuid));
    return out;
}

static void
of_a_workspace_one_event_is_under_way(void **state)
{
    (void)state;
    (void)hook(OWNER);
    (void)hook(OWNER);
    (void)hook(STRANGER);
    struct outbox_job a = take(OUTBOX_HOOK, true);
    struct outbox_job b = take(OUTBOX_HOOK, true);
    assert_int_not_equal(a.message.workspace_id, b.message.workspace_id);
    (void)take(OUTBOX_HOOK, false);
    assert_true(str_is(b.hook.url, "https://h.example/"));
    mark(&a, true, false);
    (void)take(OUTBOX_HOOK, true);
    (void)take(OUTBOX_MAIL, false);
}

static void
mail_does_not_wait_for_a_slow_receiver(void **state)
{
    (void)state;
    (void)hook(OWNER);
    invite("a@example.org");
    invite("b@example.org");
    (void)take(OUTBOX_HOOK, true);
    (void)take(OUTBOX_MAIL, true);
    (void)take(OUTBOX_MAIL, true);
}

static void
a_webhook_that_was_removed_meanwhile_is_no_error(void **state)
{
    (void)state;
    struct webhook h = hook(OWNER);
    struct outbox_job job = take(OUTBOX_HOOK, true);
    struct cx *cx = seat_as(&s, OWNER);
    OK(cx, webhook_remove(cx, h.uuid));
    mark(&job, true, false);
    assert_int_equal(world_int(&w, "SELECT count(*) FROM outbox_try"), 0);
}

static void
stuck_mail_is_listed_and_sent_again(void **state)
{
    (void)state;
    struct outbox *all, one;
    struct str hook_uuid;
    size_t n;
    bool more;
    invite("a@example.org");
    struct cx *cx = seat_as(&s, ADMIN);
    OK(cx, outbox_stuck(cx, 0, &all, &n, &more));
    assert_int_equal(n, 0); /* it only waits for its first try */
    struct outbox_job job = take(OUTBOX_MAIL, true);
    mark(&job, false, true);
    cx = seat_as(&s, ADMIN);
    OK(cx, outbox_stuck(cx, 0, &all, &n, &more));
    assert_int_equal(n, 1);
    assert_true(str_is(all[0].problem, "no way"));
    OK(cx, outbox_again(cx, all[0].uuid, &one, &hook_uuid));
    assert_int_equal(count("state = 'waiting'"), 1);
    struct str uuid = arena_dup(s.arena, one.uuid);
    /* not one that is on its way, nor one whose link is over */
    GIVES(cx, outbox_again(cx, uuid, &one, &hook_uuid), ERR_CONFLICT);
    job = take(OUTBOX_MAIL, true);
    mark(&job, false, true);
    w.now_s += 8 * 86400;
    cx = seat_as(&s, ADMIN);
    OK(cx, outbox_stuck(cx, 0, &all, &n, &more));
    GIVES(cx, outbox_again(cx, all[0].uuid, &one, &hook_uuid), ERR_CONFLICT);
}

static void
others_see_nothing_of_it(void **state)
{
    (void)state;
    struct outbox *all, one;
    struct str hook_uuid;
    size_t n;
    bool more;
    invite("a@example.org");
    struct outbox_job job = take(OUTBOX_MAIL, true);
    mark(&job, false, true);
    struct cx *cx = seat_as(&s, OWNER);
    OK(cx, outbox_stuck(cx, 0, &all, &n, &more));
    char uuid[40];
    snprintf(uuid, sizeof uuid, "%.*s", STR_ARG(all[0].uuid));
    cx = seat_as(&s, MEMBER);
    GIVES(cx, outbox_stuck(cx, 0, &all, &n, &more), ERR_FORBIDDEN);
    cx = seat_as(&s, MEMBER);
    GIVES(cx, outbox_again(cx, str_cstr(uuid), &one, &hook_uuid), ERR_FORBIDDEN);
    cx = seat_as(&s, STRANGER);
    OK(cx, outbox_stuck(cx, 0, &all, &n, &more));
    assert_int_equal(n, 0);
    GIVES(cx, outbox_again(cx, str_cstr(uuid), &one, &hook_uuid), ERR_NOT_FOUND);
    /* the shell sees all */
    cx = sender();
    OK(cx, outbox_stuck(cx, 0, &all, &n, &more));
    assert_int_equal(n, 1);
}

int
main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(what_went_out_is_wiped),
        T(mail_of_a_deleted_workspace_waits),
        T(what_fails_is_tried_again_later_and_later),
        T(nothing_is_sent_after_its_end),
        T(a_wrong_address_is_given_up_at_once),
        T(what_a_dead_sender_had_waits_again),
        T(with_another_master_secret_it_is_given_up),
        T(of_a_workspace_one_event_is_under_way),
        T(mail_does_not_wait_for_a_slow_receiver),
        T(a_webhook_that_was_removed_meanwhile_is_no_error),
        T(stuck_mail_is_listed_and_sent_again),
        T(others_see_nothing_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
