/* SPDX-License-Identifier: ISC */
#include "secret/seal.h"

#include "secret/mac.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct arena *arena;
static struct secrets *ours, *others;

static struct secrets *
make_secrets(void)
{
    char path[] = "test_seal.XXXXXX";
    struct err err;
    struct secrets *s;
    err_init(&err, arena);
    close(mkstemp(path));
    unlink(path); /* a free name is what was wanted */
    must(secrets_create(path, &err) == ERR_OK);
    must(secrets_load(path, &s, &err) == ERR_OK);
    unlink(path);
    return s;
}

static const struct {
    struct str ad, plain;
} rows[] = {
    { STR_INIT("key 1"), STR_INIT("hello") },
    { STR_INIT("key 1"), STR_INIT("") },
    { STR_INIT(""), STR_INIT("hello") },
    { STR_INIT(""), STR_INIT("") },
    { { NULL, 0 }, { NULL, 0 } },
    { STR_INIT("a\0b"), STR_INIT("\0\0\0\0\xff") },
    { STR_INIT("key 2"), STR_INIT("0123456789abcdef0123456789abcdef") },
};

static void
test_round_trip(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (int k = 0; k < SUBKEY_COUNT; k++) {
            enum subkey which = (enum subkey)k;
            struct str plain;
            struct str s = seal(arena, ours, which, rows[i].ad, rows[i].plain);
            assert_int_equal(s.n, rows[i].plain.n + SEAL_EXTRA);
            assert_int_equal(s.p[0], 1);
            if (!seal_open(arena, ours, which, rows[i].ad, s, &plain) ||
                !str_eq(plain, rows[i].plain))
                fail_msg("row %zu does not come back", i);
            s = seal_b64(arena, ours, which, rows[i].ad, rows[i].plain);
            if (!seal_b64_open(arena, ours, which, rows[i].ad, s, &plain) ||
                !str_eq(plain, rows[i].plain))
                fail_msg("row %zu does not come back from text", i);
        }
}

/* Every byte, changed to each other value, and every length that is wrong. */
static void
test_altered(void **state)
{
    (void)state;
    struct str ad = STR("workspace 7, key 12"), plain;
    struct str s = seal(arena, ours, SUBKEY_APIKEY, ad, STR("the hash"));
    char copy[64];
    assert_true(s.n < sizeof copy);
    for (size_t at = 0; at < s.n; at++)
        for (int x = 1; x < 256; x++) {
            memcpy(copy, s.p, s.n);
            copy[at] = (char)((unsigned char)copy[at] ^ x);
            if (seal_open(arena, ours, SUBKEY_APIKEY, ad,
                    (struct str){ copy, s.n }, &plain) || plain.n)
                fail_msg("byte %zu changed by %d opens", at, x);
        }
    for (size_t n = 0; n < s.n; n++) {
        assert_false(seal_open(arena, ours, SUBKEY_APIKEY, ad, str_head(s, n),
            &plain));
        assert_false(seal_open(arena, ours, SUBKEY_APIKEY, ad,
            str_from(s, n + 1), &plain));
    }
    memcpy(copy, s.p, s.n);
    copy[s.n] = 0;
    assert_false(seal_open(arena, ours, SUBKEY_APIKEY, ad,
        (struct str){ copy, s.n + 1 }, &plain));
    assert_false(seal_open(arena, ours, SUBKEY_APIKEY, ad,
        (struct str){ NULL, 0 }, &plain));
    assert_true(seal_open(arena, ours, SUBKEY_APIKEY, ad, s, &plain));
    arena_reset(arena);
}

static void
test_altered_text(void **state)
{
    (void)state;
    struct str ad = STR("form"), plain;
    struct str s = seal_b64(arena, ours, SUBKEY_CARRY, ad, STR("fields"));
    char copy[128];
    assert_true(s.n < sizeof copy);
    for (size_t at = 0; at < s.n; at++)
        for (int c = 0; c < 256; c++) {
            memcpy(copy, s.p, s.n);
            copy[at] = (char)c;
            if (copy[at] != s.p[at] &&
                seal_b64_open(arena, ours, SUBKEY_CARRY, ad,
                    (struct str){ copy, s.n }, &plain))
                fail_msg("character %zu as %d opens", at, c);
        }
    arena_reset(arena);
}

static void
test_elsewhere(void **state)
{
    (void)state;
    struct str ad = STR("workspace 7, key 12"), plain;
    struct str s = seal(arena, ours, SUBKEY_APIKEY, ad, STR("the hash"));
    struct str ads[] = { STR(""), STR("workspace 7, key 1"),
        STR("workspace 7, key 13"), STR("workspace 7, key 12 "),
        STR("workspace 7, key 12\0") };
    for (size_t i = 0; i < COUNT_OF(ads); i++)
        if (seal_open(arena, ours, SUBKEY_APIKEY, ads[i], s, &plain))
            fail_msg("opens as \"%.*s\"", STR_ARG(ads[i]));
    for (int k = 0; k < SUBKEY_COUNT; k++)
        assert_int_equal(seal_open(arena, ours, (enum subkey)k, ad, s, &plain),
            k == SUBKEY_APIKEY);
    assert_false(seal_open(arena, others, SUBKEY_APIKEY, ad, s, &plain));
}

/* Nothing of the text shows, and no nonce comes twice. */
static void
test_fresh(void **state)
{
    (void)state;
    enum { N = 2000 };
    static char nonces[N][24];
    struct str plain = STR("canary canary canary canary");
    for (size_t i = 0; i < N; i++) {
        struct str s = seal(arena, ours, SUBKEY_SIGNING, STR("x"), plain);
        memcpy(nonces[i], s.p + 1, sizeof nonces[i]);
        for (size_t at = 0; at + 6 <= s.n; at++)
            assert_memory_not_equal(s.p + at, plain.p, 6);
        for (size_t j = 0; j < i; j++)
            if (memcmp(nonces[i], nonces[j], sizeof nonces[i]) == 0)
                fail_msg("nonces %zu and %zu are the same", j, i);
    }
    arena_reset(arena);
}

/* The layout of the header, opened with the library alone. */
static void
test_layout(void **state)
{
    (void)state;
    struct str s = seal(arena, ours, SUBKEY_ONCE, STR("ad"), STR("text"));
    const uint8_t *p = (const uint8_t *)s.p;
    uint8_t out[4];
    assert_int_equal(crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL,
        NULL, p + 25, s.n - 25, (const uint8_t *)"ad", 2, p + 1,
        secrets_subkey(ours, SUBKEY_ONCE)), 0);
    assert_memory_equal(out, "text", 4);
}

int
main(void)
{
    secret_start();
    arena = arena_new(65536);
    ours = make_secrets();
    others = make_secrets();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_altered),
        cmocka_unit_test(test_altered_text),
        cmocka_unit_test(test_elsewhere),
        cmocka_unit_test(test_fresh),
        cmocka_unit_test(test_layout),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    secrets_free(ours);
    secrets_free(others);
    arena_free(arena);
    return failed;
}
