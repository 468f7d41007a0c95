/* SPDX-License-Identifier: ISC */
/* Imported secrets at the gate: exactly the texts that clients have pass, they
 * end as others do, and a new master secret finds them again. */
#include "stand.h"

#include "core/change.h"
#include "core/foreign.h"
#include "core/key.h"
#include "core/leak.h"
#include "core/reseal.h"

#include <stdio.h>
#include <string.h>

/* As One API keeps it, and as a product that hashes the whole text. */
#define BARE "wZ2Jx9QmT4vLr8KcYb3NfHs6PgDa5EuR7iXoWt1BkVqMzC0j"
#define WHOLE "sk-live_8f2K.qLw-71xZrTbVnEy"

static struct stand st;

static int
setup(void **state)
{
    (void)state;
    stand_open(&st);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    stand_close(&st);
    return 0;
}

static struct key
bring(const char *name, const char *text)
{
    uint8_t hash[KEYTEXT_HASH];
    struct str made;
    struct key k;
    struct key_in in = key_form(name);
    struct cx *cx = seat_as(&st.s, MEMBER);
    OK(cx, key_create(cx, KEY_STANDARD, &in, &made, &k));
    keytext_hash(str_cstr(text), hash);
    cx = seat_as(&st.s, SHELL);
    OK(cx, CHANGE_BEGIN(cx));
    OK(cx, store_secret_end(cx->store, k.id, cx->now_s));
    OK(cx, foreign_store(cx, &k, hash, cx->now_s, 0));
    OK(cx, change_commit(cx, AUDIT_NONE));
    return k;
}

static const char *
ask(const char *text)
{
    struct decision d;
    stand_ask(&st.s, text, "a/free", -1, -1, &d);
    return reason_code(d.reason);
}

static void
test_passes(void **state)
{
    (void)state;
    struct decision d;
    struct key k = bring("from one-api", BARE), whole = bring("hashed", WHOLE);
    static const char *const strangers[] = { "sk-", "sk-sk-" BARE, BARE "x",
        "Sk-" BARE, "s--" BARE, "sk-" BARE "-7", "live_8f2K.qLw-71xZrTbVnEy",
        "sk-live_8f2K.qLw-71xZrTbVnEY", "0123456789012345678",
        "sk-wZ2Jx9QmT4vLr8KcYb3N", "AAAAAAAA_krs_" };
    assert_string_equal(ask(BARE), "allowed");
    assert_string_equal(ask("sk-" BARE), "allowed");
    assert_string_equal(ask(WHOLE), "allowed");
    for (size_t i = 0; i < COUNT_OF(strangers); i++)
        if (strcmp(ask(strangers[i]), "invalid_api_key") != 0)
            fail_msg("%s passes", strangers[i]);
    stand_ask(&st.s, "sk-" BARE, "a/free", -1, -1, &d);
    assert_int_equal(d.key.id, k.id);
    /* the hash itself opens nothing */
    uint8_t hash[KEYTEXT_HASH];
    char hex[65];
    keytext_hash(STR(BARE), hash);
    for (int i = 0; i < KEYTEXT_HASH; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", hash[i]);
    assert_string_equal(ask(hex), "invalid_api_key");
    /* one text, one key */
    struct cx *cx = seat_as(&st.s, SHELL);
    OK(cx, CHANGE_BEGIN(cx));
    GIVES(cx, foreign_store(cx, &whole, hash, cx->now_s, 0), ERR_CONFLICT);
    (void)change_abort(cx);
}

/* A row that was moved to another key in the database opens nothing there. */
static void
test_moved(void **state)
{
    (void)state;
    char sql[200];
    struct key k = bring("moved", BARE);
    (void)snprintf(sql, sizeof sql, "UPDATE key_secret SET key_id = %lld "
        "WHERE key_id = %lld AND ends_s IS NULL", (long long)st.key.id,
        (long long)k.id);
    assert_string_equal(ask(BARE), "allowed");
    world_exec(&st.w, sql);
    assert_string_equal(ask(BARE), "invalid_api_key");
}

static void
test_ends(void **state)
{
    (void)state;
    struct str text;
    struct rotate_in in = { .overlap = KEY_OVERLAP_HOUR };
    struct key k = bring("ends", BARE);
    struct cx *cx = seat_as(&st.s, OWNER);
    OK(cx, key_disable(cx, k.prefix, &k));
    assert_string_equal(ask(BARE), "disabled_api_key");
    cx = seat_as(&st.s, OWNER);
    OK(cx, key_enable(cx, k.prefix, &k));
    OK(cx, key_rotate(cx, k.prefix, &in, &text, &k));
    assert_int_equal(text.n, KEYTEXT_CHARS);
    char fresh[64];
    (void)snprintf(fresh, sizeof fresh, "%.*s", STR_ARG(text));
    assert_string_equal(ask(fresh), "allowed");
    assert_string_equal(ask(BARE), "allowed"); /* for an hour */
    st.w.now_s += 3601;
    assert_string_equal(ask(BARE), "invalid_api_key");
    assert_string_equal(ask(fresh), "allowed");
    k = bring("revoked", WHOLE);
    cx = seat_as(&st.s, OWNER);
    OK(cx, key_revoke(cx, k.prefix, false, STR(""), &k));
    assert_string_equal(ask(WHOLE), "invalid_api_key");
}

static void
test_leak(void **state)
{
    (void)state;
    struct leak_in in = { .key = STR("sk-" BARE), .source = STR("a page") };
    (void)bring("leaks", BARE);
    struct cx *cx = seat_nobody(&st.s);
    cx->may_write = true;
    OK(cx, leak_take(cx, &in));
    assert_string_equal(ask(BARE), "disabled_api_key");
    assert_int_equal(world_int(&st.w, "SELECT count(*) FROM leak_report "
        "WHERE last4 = '*'"), 1);
}

static void
test_new_master(void **state)
{
    (void)state;
    char master[PATH_BYTES + 16];
    struct resealed r;
    struct world its = st.w;
    struct seat later;
    struct decision d;
    (void)bring("kept", BARE);
    (void)snprintf(master, sizeof master, "%.200s/master", st.w.folder);
    struct cx *cx = seat_as(&st.s, SHELL);
    OK(cx, reseal_begin(cx, master, &r));
    assert_string_equal(ask(BARE), "allowed"); /* a server of before */
    (void)bring("meanwhile", WHOLE);
    assert_string_equal(ask(WHOLE), "allowed");
    cx = seat_as(&st.s, SHELL);
    OK(cx, secrets_load(master, &its.secrets, &cx->err));
    seat_open(&later, &its);
    cx = seat_as(&later, SHELL);
    OK(cx, reseal_end(cx, master, &r));
    stand_ask(&later, BARE, "a/free", -1, -1, &d);
    assert_int_equal(d.reason, REASON_ALLOWED);
    stand_ask(&later, WHOLE, "a/free", -1, -1, &d);
    assert_int_equal(d.reason, REASON_ALLOWED);
    seat_close(&later);
    secrets_free(its.secrets);
}

/* What is known to be easy to guess. */
static void
test_weak(void **state)
{
    (void)state;
    static const char *const weak[] = { "short-1234567890abc",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "12345678901234567890123456789",
        "abcdefghijklmnopqrstuvwxyz", "passwordpasswordpassword",
        "with a blank in it and long enough", "caf\xc3\xa9-1f9b2c7d8e3a5b6c",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabcdefghijk",
        "Ab3dEf6h_krs_0123456789012345678901234567890123aaaa" };
    static const char *const good[] = { BARE, WHOLE,
        "9f86d081884c7d659a2feaa0c55ad015",
        "f47ac10b-58cc-4372-a567-0e02b2c3d479" };
    for (size_t i = 0; i < COUNT_OF(weak); i++)
        if (!foreign_weak(str_cstr(weak[i])))
            fail_msg("%s is no weak text", weak[i]);
    for (size_t i = 0; i < COUNT_OF(good); i++)
        if (foreign_weak(str_cstr(good[i])))
            fail_msg("%s: %s", good[i], foreign_weak(str_cstr(good[i])));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_passes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_moved, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(test_leak, setup, teardown),
        cmocka_unit_test_setup_teardown(test_new_master, setup, teardown),
        cmocka_unit_test(test_weak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
