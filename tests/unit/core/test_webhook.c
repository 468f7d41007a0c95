/* SPDX-License-Identifier: ISC */
#include "world.h"

#include "core/webhook.h"
#include "model/notice.h"
#include "secret/mac.h"
#include "secret/seal.h"
#include "store/store_outbox.h"
#include "store/store_webhook.h"

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

static struct webhook_in
form(const char *url, const char *event)
{
    static struct str events[1];
    events[0] = str_cstr(event);
    static int forms;
    static char once[20];
    snprintf(once, sizeof once, "form-%d", ++forms);
    struct webhook_in in = { .once = str_cstr(once), .url = str_cstr(url),
        .events = { events, 1 } };
    return in;
}

static struct webhook
made(struct str *secret)
{
    struct webhook_in in = form("https://h.example/k", "key.leaked");
    struct webhook hook;
    struct cx *cx = seat_as(&s, OWNER);
    OK(cx, webhook_create(cx, &in, &hook, secret));
    return hook;
}

static void
a_secret_is_told_once_and_sealed(void **state)
{
    (void)state;
    struct str secret;
    struct webhook hook = made(&secret), again;
    assert_int_equal(secret.n, strlen("whsec_") + 44);
    assert_memory_equal(secret.p, "whsec_", 6);
    char sql[300];
    snprintf(sql, sizeof sql,
        "SELECT count(*) FROM webhook WHERE instr(sealed, '%.*s') > 0",
        12, secret.p + 6);
    assert_int_equal(world_int(&w, sql), 0);
    struct cx *cx = seat_as(&s, ADMIN);
    OK(cx, webhook_get(cx, hook.uuid, &again));
    assert_true(webhook_wants(&again, NOTICE_KEY_LEAKED));
    assert_false(webhook_wants(&again, NOTICE_INVITE));
}

/* The signature that a receiver computes from the text of the secret. */
static struct str
signature(struct arena *a, struct str secret, const char *message)
{
    struct str key, text = str_from(secret, 6);
    char *url_safe = arena_cstr(a, str_head(text, text.n - 1)); /* no "=" */
    uint8_t mac[MAC_BYTES];
    for (char *c = url_safe; *c; c++)
        *c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
    assert_true(b64_read(a, str_cstr(url_safe), &key));
    assert_int_equal(key.n, WEBHOOK_SECRET_BYTES);
    mac_raw(key, str_cstr(message), mac);
    return arena_fmt(a, "v1,%.*s", STR_ARG(b64_plain(a,
        (struct str){ (const char *)mac, sizeof mac })));
}

static void
what_is_signed_is_id_time_and_body(void **state)
{
    (void)state;
    struct str secret, got;
    struct webhook hook = made(&secret);
    struct cx *cx = seat_as(&s, SHELL);
    OK(cx, store_webhook_by_id(cx->store, hook.id, &hook));
    OK(cx, webhook_sign(cx, &hook, STR("msg-1"), 1763553600, STR("{\"a\":1}"),
        &got));
    struct str want = signature(cx->arena, secret,
        "msg-1.1763553600.{\"a\":1}");
    assert_int_equal(got.n, want.n);
    assert_memory_equal(got.p, want.p, want.n);
}

static void
while_it_is_rotated_both_secrets_sign(void **state)
{
    (void)state;
    struct str old, secret, got;
    struct webhook hook = made(&old);
    struct webhook_rotate_in in = { .overlap = WEBHOOK_OVERLAP_HOUR };
    struct cx *cx = seat_as(&s, OWNER);
    OK(cx, webhook_rotate(cx, hook.uuid, &in, &hook, &secret));
    cx = seat_as(&s, SHELL);
    OK(cx, store_webhook_by_id(cx->store, hook.id, &hook));
    OK(cx, webhook_sign(cx, &hook, STR("m"), WORLD_NOW + 3599, STR("b"),
        &got));
    struct str want = arena_fmt(cx->arena, "%.*s %.*s",
        STR_ARG(signature(cx->arena, secret, "m.1763557199.b")),
        STR_ARG(signature(cx->arena, old, "m.1763557199.b")));
    assert_int_equal(got.n, want.n);
    assert_memory_equal(got.p, want.p, want.n);
    /* then the new one alone */
    OK(cx, webhook_sign(cx, &hook, STR("m"), WORLD_NOW + 3600, STR("b"),
        &got));
    want = signature(cx->arena, secret, "m.1763557200.b");
    assert_int_equal(got.n, want.n);
    assert_memory_equal(got.p, want.p, want.n);
}

static void
a_rotation_without_overlap_ends_the_old_one(void **state)
{
    (void)state;
    struct str old, secret;
    struct webhook hook = made(&old);
    struct webhook_rotate_in in = { .overlap = WEBHOOK_OVERLAP_NONE };
    struct cx *cx = seat_as(&s, OWNER);
    OK(cx, webhook_rotate(cx, hook.uuid, &in, &hook, &secret));
    assert_int_equal(world_int(&w,
        "SELECT count(*) FROM webhook WHERE old_sealed IS NULL AND "
        "old_ends_s IS NULL"), 1);
}

/* A sealed secret that was moved to another webhook opens nothing. */
static void
a_secret_belongs_to_its_webhook(void **state)
{
    (void)state;
    struct str secret, got;
    struct webhook a = made(&secret), b = made(&secret);
    world_exec(&w, "UPDATE webhook SET sealed = (SELECT sealed FROM webhook "
                   "ORDER BY id LIMIT 1)");
    struct cx *cx = seat_as(&s, SHELL);
    OK(cx, store_webhook_by_id(cx->store, a.id, &a));
    OK(cx, webhook_sign(cx, &a, STR("m"), 1, STR("b"), &got));
    OK(cx, store_webhook_by_id(cx->store, b.id, &b));
    GIVES(cx, webhook_sign(cx, &b, STR("m"), 1, STR("b"), &got),
        ERR_INTERNAL);
}

/* SECURITY.md T36: no signature with an empty or a short key. */
static void
nothing_is_signed_with_an_empty_secret(void **state)
{
    (void)state;
    static const char zeros[WEBHOOK_SECRET_BYTES];
    struct str secret, got = { NULL, 0 };
    struct webhook hook = made(&secret);
    struct cx *cx = seat_as(&s, SHELL);
    OK(cx, store_webhook_by_id(cx->store, hook.id, &hook));
    for (size_t n = 0; n < sizeof zeros; n++) {
        hook.sealed = seal(cx->arena, cx->secrets, SUBKEY_WEBHOOK, hook.uuid,
            (struct str){ zeros, n });
        GIVES(cx, webhook_sign(cx, &hook, STR("m"), 1, STR("b"), &got),
            ERR_INTERNAL);
        assert_int_equal(got.n, 0);
        err_init(&cx->err, cx->arena);
    }
}

static void
addresses_are_held_to_the_rule(void **state)
{
    (void)state;
    static const char *const wrong[] = { "http://h.example/k", "ftp://h/",
        "https://", "https://u:p@h.example/", "https://h.example/?q",
        "https://127.1/", "https://0x7f000001/", "javascript:alert(1)",
        "//h.example", "https://h.example/#f" };
    struct str secret;
    struct webhook hook;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct webhook_in in = form(wrong[i], "key.leaked");
        struct cx *cx = seat_as(&s, OWNER);
        GIVES(cx, webhook_create(cx, &in, &hook, &secret), ERR_INVALID);
        expect_field(cx, "url");
        assert_int_equal(secret.n, 0);
    }
    struct webhook_in in = form("http://h.example/k", "key.leaked");
    struct cx *cx = seat_as(&s, OWNER);
    cx->opens_networks = true;
    OK(cx, webhook_create(cx, &in, &hook, &secret));
}

static void
events_are_held_to_the_list(void **state)
{
    (void)state;
    static const char *const wrong[] = { "key.made", "", "webhook.test" };
    struct str secret;
    struct webhook hook;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct webhook_in in = form("https://h.example/", wrong[i]);
        struct cx *cx = seat_as(&s, OWNER);
        GIVES(cx, webhook_create(cx, &in, &hook, &secret), ERR_INVALID);
        expect_field(cx, "events");
    }
}

static void
a_form_that_is_sent_twice_makes_one(void **state)
{
    (void)state;
    struct str secret;
    struct webhook hook, again;
    struct webhook_in in = form("https://h.example/", "key.leaked");
    struct cx *cx = seat_as(&s, OWNER);
    OK(cx, webhook_create(cx, &in, &hook, &secret));
    cx = seat_as(&s, OWNER);
    GIVES(cx, webhook_create(cx, &in, &again, &secret), ERR_CONFLICT);
    assert_string_equal(cx->err.reason, "shown");
    assert_int_equal(again.id, hook.id);
    assert_int_equal(secret.n, 0);
    struct webhook_rotate_in rotate = { .once = STR("turn") };
    cx = seat_as(&s, OWNER);
    OK(cx, webhook_rotate(cx, again.uuid, &rotate, &hook, &secret));
    struct str uuid = hook.uuid;
    GIVES(cx, webhook_rotate(cx, uuid, &rotate, &hook, &secret),
        ERR_CONFLICT);
    assert_int_equal(secret.n, 0);
    assert_int_equal(world_int(&w, "SELECT count(*) FROM webhook WHERE "
                                   "version = 3"), 1); /* turned, old one ended */
}

static void
there_are_not_more_than_ten(void **state)
{
    (void)state;
    struct str secret;
    struct webhook hook;
    for (int i = 0; i < WEBHOOKS_MOST; i++)
        (void)made(&secret);
    struct webhook_in in = form("https://h.example/k", "key.leaked");
    struct cx *cx = seat_as(&s, OWNER);
    GIVES(cx, webhook_create(cx, &in, &hook, &secret), ERR_CONFLICT);
}

static void
members_and_strangers_have_no_business_here(void **state)
{
    (void)state;
    struct str secret;
    struct webhook hook = made(&secret), *all, other;
    struct webhook_in in = form("https://evil.example/", "key.leaked");
    struct webhook_rotate_in rotate = { .overlap = 0 };
    size_t n;
    static const struct {
        enum who who;
        enum err_code code;
    } cases[] = { { MEMBER, ERR_FORBIDDEN }, { STRANGER, ERR_NOT_FOUND } };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        enum err_code want = cases[i].code;
        struct cx *cx = seat_as(&s, cases[i].who);
        in.version = hook.version;
        GIVES(cx, webhook_get(cx, hook.uuid, &other), want);
        cx = seat_as(&s, cases[i].who);
        GIVES(cx, webhook_edit(cx, hook.uuid, &in), want);
        cx = seat_as(&s, cases[i].who);
        GIVES(cx, webhook_pause(cx, hook.uuid, true), want);
        cx = seat_as(&s, cases[i].who);
        GIVES(cx, webhook_rotate(cx, hook.uuid, &rotate, &other, &secret),
            want);
        assert_int_equal(secret.n, 0);
        cx = seat_as(&s, cases[i].who);
        GIVES(cx, webhook_test(cx, hook.uuid), want);
        cx = seat_as(&s, cases[i].who);
        GIVES(cx, webhook_remove(cx, hook.uuid), want);
    }
    struct cx *cx = seat_as(&s, MEMBER);
    GIVES(cx, webhook_list(cx, &all, &n), ERR_FORBIDDEN);
    cx = seat_as(&s, STRANGER);
    OK(cx, webhook_list(cx, &all, &n));
    assert_int_equal(n, 0);
    assert_int_equal(world_int(&w, "SELECT count(*) FROM webhook WHERE "
        "version = 1 AND url = 'https://h.example/k'"), 1);
}

static void
who_saw_an_older_one_is_told(void **state)
{
    (void)state;
    struct str secret;
    struct webhook hook = made(&secret);
    struct webhook_in in = form("https://new.example/", "member.invited");
    struct cx *cx = seat_as(&s, ADMIN);
    in.version = hook.version;
    OK(cx, webhook_edit(cx, hook.uuid, &in));
    cx = seat_as(&s, OWNER);
    GIVES(cx, webhook_edit(cx, hook.uuid, &in), ERR_CONFLICT);
    assert_string_equal(cx->err.reason, "stale");
}

static void
a_test_goes_out_though_it_is_paused(void **state)
{
    (void)state;
    struct str secret;
    struct webhook hook = made(&secret);
    struct outbox_line *lines;
    size_t n;
    bool more;
    struct cx *cx = seat_as(&s, OWNER);
    OK(cx, webhook_pause(cx, hook.uuid, true));
    cx = seat_as(&s, OWNER);
    OK(cx, webhook_test(cx, hook.uuid));
    cx = seat_as(&s, OWNER);
    OK(cx, webhook_log(cx, &hook, 0, &lines, &n, &more));
    assert_int_equal(n, 1);
    assert_int_equal(lines[0].message.kind, NOTICE_TEST);
    assert_int_equal(lines[0].last.n, 0);
    assert_false(more);
    /* with it goes what it had to tell */
    cx = seat_as(&s, OWNER);
    OK(cx, webhook_remove(cx, hook.uuid));
    assert_int_equal(world_int(&w, "SELECT count(*) FROM outbox"), 0);
    assert_int_equal(world_int(&w, "SELECT count(*) FROM audit WHERE "
        "object_kind = 'webhook'"), 4);
}

int
main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_secret_is_told_once_and_sealed),
        T(what_is_signed_is_id_time_and_body),
        T(while_it_is_rotated_both_secrets_sign),
        T(a_rotation_without_overlap_ends_the_old_one),
        T(a_secret_belongs_to_its_webhook),
        T(nothing_is_signed_with_an_empty_secret),
        T(addresses_are_held_to_the_rule),
        T(events_are_held_to_the_list),
        T(a_form_that_is_sent_twice_makes_one),
        T(there_are_not_more_than_ten),
        T(members_and_strangers_have_no_business_here),
        T(who_saw_an_older_one_is_told),
        T(a_test_goes_out_though_it_is_paused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
