/* SPDX-License-Identifier: ISC */
#include "secret/keytext.h"

#include "child.h"
#include "secret/random.h"
#include "secret/secret.h"
#include "seeded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct arena *arena;

enum { PREFIX_AT = 0, SECRET_AT = 13, SECRET_CHARS = 32 };

/* Checksums and hashes computed with other implementations. */
static const struct {
    const char *text;
    bool ok;
    enum keytext_kind kind;
    const char *hash;
} known[] = {
    { "0aZ9bY8c_krs_0123456789ABCDEFGHIJKLMNOPQRSTUV2y1s9M", true,
        KEYTEXT_STANDARD,
        "f7f82bd23153a2b4c1e46070342de83ae68769168e1e3c839ace39438bad5797" },
    { "0aZ9bY8c_krm_0123456789ABCDEFGHIJKLMNOPQRSTUV2zywzK", true,
        KEYTEXT_MANAGEMENT,
        "4da7e1e54d59bbfef58a3c4c6bc428a15b1788b120d9a45b6aad9c34ecd45e3b" },
    { "0aZ9bY8c_kra_0123456789ABCDEFGHIJKLMNOPQRSTUV3mdZ1f", true,
        KEYTEXT_ADMIN,
        "335697a58e175c593160b6c9531d9c714c5c6aa1aa4c32788e1066502460bf0b" },
    { "", false, 0, NULL },
    { "0aZ9bY8c", false, 0, NULL },
    /* one short, one long, a space before */
    { "0aZ9bY8c_krs_0123456789ABCDEFGHIJKLMNOPQRSTUV2y1s9", false, 0, NULL },
    { "0aZ9bY8c_krs_0123456789ABCDEFGHIJKLMNOPQRSTUV2y1s9M0", false, 0, NULL },
    { " 0aZ9bY8c_krs_0123456789ABCDEFGHIJKLMNOPQRSTUV2y1s9M", false, 0, NULL },
    /* the checksum is right, but it is no key */
    { "0aZ9bY8c_krx_0123456789ABCDEFGHIJKLMNOPQRSTUV0tZ5aR", false, 0, NULL },
    { "0aZ9bY8c-krs-0123456789ABCDEFGHIJKLMNOPQRSTUV2LeHpq", false, 0, NULL },
    { "0aZ9bY-c_krs_0123456789ABCDEFGHIJKLMNOPQRSTUV18xbZu", false, 0, NULL },
    { "0aZ9bY8c_krs_0123456789ABCDEFGHIJKLMNOPQRSTU-1rXTxw", false, 0, NULL },
    { "0aZ9bY8c_krs_0123456789ABCDEFGHIJKLMNOPQRSTU 0VAWUv", false, 0, NULL },
    { "0aZ9bY8c_KRS_0123456789ABCDEFGHIJKLMNOPQRSTUV22aeUP", false, 0, NULL },
    { "___________________________________________________", false, 0, NULL },
};

static void
test_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        struct str text = str_cstr(known[i].text), prefix = STR("unset");
        enum keytext_kind kind = KEYTEXT_ADMIN;
        bool ok = keytext_read(text, &prefix, &kind);
        if (ok != known[i].ok)
            fail_msg("%s: %s", known[i].text, ok ? "taken" : "refused");
        if (!ok)
            continue;
        assert_int_equal(kind, known[i].kind);
        assert_ptr_equal(prefix.p, text.p);
        assert_int_equal(prefix.n, KEYTEXT_PREFIX);
        uint8_t hash[KEYTEXT_HASH];
        char hex[2 * KEYTEXT_HASH + 1];
        keytext_hash(text, hash);
        sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
        assert_string_equal(hex, known[i].hash);
    }
    struct str prefix;
    enum keytext_kind kind;
    assert_false(keytext_read((struct str){ NULL, 0 }, &prefix, &kind));
}

static struct str
make(enum keytext_kind kind)
{
    char prefix[KEYTEXT_PREFIX];
    random_b62(prefix, sizeof prefix);
    return keytext_make(arena, (struct str){ prefix, sizeof prefix }, kind);
}

static void
test_round_trip(void **state)
{
    (void)state;
    static const char *const tags[] = { "_krs_", "_krm_", "_kra_" };
    for (int i = 0; i < 30000; i++) {
        enum keytext_kind kind = (enum keytext_kind)(i % 3), read;
        struct str text = make(kind), prefix;
        assert_int_equal(text.n, KEYTEXT_CHARS);
        if (!keytext_read(text, &prefix, &read) || read != kind ||
            !str_eq(prefix, str_head(text, KEYTEXT_PREFIX)) ||
            memcmp(text.p + KEYTEXT_PREFIX, tags[kind], 5) != 0)
            fail_msg("%.*s is read otherwise", STR_ARG(text));
        if (i % 1000 == 999)
            arena_reset(arena);
    }
}

/* Every place takes every other byte: none of them may pass. */
static void
test_one_changed(void **state)
{
    (void)state;
    for (int i = 0; i < 60; i++) {
        struct str text = make((enum keytext_kind)(i % 3)), prefix;
        enum keytext_kind kind;
        char copy[KEYTEXT_CHARS];
        for (size_t at = 0; at < KEYTEXT_CHARS; at++)
            for (int c = 0; c < 256; c++) {
                memcpy(copy, text.p, sizeof copy);
                copy[at] = (char)c;
                if (copy[at] != text.p[at] &&
                    keytext_read((struct str){ copy, sizeof copy }, &prefix,
                        &kind))
                    fail_msg("%.*s passes with %d at %zu", STR_ARG(text), c,
                        at);
            }
    }
    arena_reset(arena);
}

/* What people do to a key when they type or cut it. */
static void
test_mishaps(void **state)
{
    (void)state;
    for (int i = 0; i < 2000; i++) {
        struct str text = make(KEYTEXT_STANDARD), prefix;
        enum keytext_kind kind;
        char copy[KEYTEXT_CHARS];
        for (size_t at = 0; at + 1 < KEYTEXT_CHARS; at++) {
            memcpy(copy, text.p, sizeof copy);
            copy[at] = text.p[at + 1];
            copy[at + 1] = text.p[at];
            if (copy[at] != text.p[at] &&
                keytext_read((struct str){ copy, sizeof copy }, &prefix,
                    &kind))
                fail_msg("%.*s passes with %zu swapped", STR_ARG(text), at);
        }
        for (size_t n = 0; n < KEYTEXT_CHARS; n++) {
            assert_false(keytext_read(str_head(text, n), &prefix, &kind));
            assert_false(keytext_read(str_from(text, n + 1), &prefix, &kind));
        }
        if (i % 100 == 99)
            arena_reset(arena);
    }
}

static void
count_chars(struct str text, size_t from, size_t n, long count[62])
{
    for (size_t i = from; i < from + n; i++) {
        int value = base62_value(text.p[i]);
        assert_in_range(value, 0, 61);
        count[value]++;
    }
}

/* 1,000,000 characters each of the public and of the secret part. */
static void
test_uniform(void **state)
{
    (void)state;
    long prefix[62] = { 0 }, secret[62] = { 0 };
    seeded_start();
    for (int i = 0; i < 125000; i++) {
        struct str text = make(KEYTEXT_STANDARD);
        count_chars(text, PREFIX_AT, KEYTEXT_PREFIX, prefix);
        if (i < 31250)
            count_chars(text, SECRET_AT, SECRET_CHARS, secret);
        if (i % 1000 == 999)
            arena_reset(arena);
    }
    seeded_stop();
    double p = base62_lean(prefix), s = base62_lean(secret);
    if (p < CHI_LOW || p > CHI_HIGH || s < CHI_LOW || s > CHI_HIGH)
        fail_msg("chi-square: public part %f, secret part %f", p, s);
}

static int
cmp_secret(const void *a, const void *b)
{
    return memcmp(a, b, SECRET_CHARS);
}

/* The system's generator: no secret twice, and no place leans. */
static void
test_no_repeats(void **state)
{
    (void)state;
    enum { N = 200000 };
    static long count[SECRET_CHARS][62];
    char *all = malloc((size_t)N * SECRET_CHARS);
    assert_non_null(all);
    for (size_t i = 0; i < N; i++) {
        struct str text =
            keytext_make(arena, STR("AAAAAAAA"), KEYTEXT_STANDARD);
        memcpy(all + i * SECRET_CHARS, text.p + SECRET_AT, SECRET_CHARS);
        for (size_t c = 0; c < SECRET_CHARS; c++)
            count_chars(text, SECRET_AT + c, 1, count[c]);
        if (i % 1000 == 999)
            arena_reset(arena);
    }
    for (size_t c = 0; c < SECRET_CHARS; c++) {
        double chi = base62_lean(count[c]);
        if (chi < CHI_LOWEST || chi > CHI_HIGHEST)
            fail_msg("place %zu: chi-square %f", c, chi);
    }
    qsort(all, N, SECRET_CHARS, cmp_secret);
    for (size_t i = 1; i < N; i++)
        if (cmp_secret(all + (i - 1) * SECRET_CHARS, all + i * SECRET_CHARS) ==
            0)
            fail_msg("a secret was drawn twice");
    free(all);
}

static void
make_bad(void *p)
{
    keytext_make(arena, str_cstr(p), KEYTEXT_STANDARD);
}

static void
test_bad_prefix(void **state)
{
    (void)state;
    char bad[][16] = { "", "1234567", "123456789", "1234567_", "12345 78" };
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (child_signal(make_bad, bad[i]) != SIGABRT)
            fail_msg("prefix \"%s\" is taken", bad[i]);
}

/* ---- keys in any bytes ---- */

static size_t
found_at(const char *p, size_t n, size_t from)
{
    return keytext_find((struct str){ p, n }, from);
}

static void
test_find(void **state)
{
    (void)state;
    const char *key = known[0].text;
    static const struct {
        const char *before, *after;
    } around[] = {
        { "", "" }, { "KEY=", "\n" }, { "\"", "\"" }, { "x", "x" },
        /* letters before it are no reason to miss it */
        { "abcdefgh", "abcdefgh" }, { "________", "________" },
        { "0aZ9bY8c_krs_", "" }, { "0aZ9bY8c_", "_krs_" },
        { "0aZ9bY8c_krs_0123456789ABCDEFGHIJKLMNOPQRSTUV2y1s9", "" },
        { "_krs__krs__krs_", "_krs_" }, { "\xff\xfe", "\xff" },
    };
    char text[200];
    for (size_t i = 0; i < COUNT_OF(around); i++) {
        size_t at = strlen(around[i].before);
        int n = snprintf(text, sizeof text, "%s%s%s", around[i].before, key,
            around[i].after);
        if (found_at(text, (size_t)n, 0) != at ||
            found_at(text, (size_t)n, at) != at ||
            found_at(text, (size_t)n, at + 1) != (size_t)n)
            fail_msg("%s: at %zu", text, found_at(text, (size_t)n, 0));
        /* without its last byte it is none */
        assert_int_equal(found_at(text, at + KEYTEXT_CHARS - 1, 0),
            at + KEYTEXT_CHARS - 1);
    }
    assert_int_equal(found_at("", 0, 0), 0);
    assert_int_equal(found_at(NULL, 0, 0), 0);
    assert_int_equal(found_at(key, KEYTEXT_CHARS, 1000), KEYTEXT_CHARS);
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (!known[i].ok && !strstr(known[i].text, known[0].text))
            assert_int_equal(found_at(known[i].text, strlen(known[i].text),
                0), strlen(known[i].text));
}

/* Keys at random places in random bytes, of which many look like a tag. */
static void
test_find_random(void **state)
{
    (void)state;
    enum { BYTES = 20000, KEYS = 40, ROUNDS = 50 };
    static const char likely[] = "_krsma09Zz\n";
    static char text[BYTES];
    for (int round = 0; round < ROUNDS; round++) {
        size_t at[KEYS], from = 0, n = 0;
        random_bytes(text, sizeof text);
        for (size_t i = 0; i < BYTES; i++)
            if (text[i] & 1)
                text[i] = likely[(unsigned char)text[i] / 2 %
                    (sizeof likely - 1)];
        for (size_t i = 0; i < KEYS; i++) {
            unsigned char gap;
            random_bytes(&gap, 1);
            from += i % 5 ? gap : 0; /* some touch each other */
            struct str key = keytext_make(arena, STR("AAAAAAAA"),
                (enum keytext_kind)(i % 3));
            memcpy(text + from, key.p, key.n);
            at[i] = from;
            from += key.n;
        }
        for (size_t i = found_at(text, BYTES, 0); i < BYTES;
             i = found_at(text, BYTES, i + KEYTEXT_CHARS)) {
            assert_in_range(n, 0, KEYS - 1);
            assert_int_equal(i, at[n++]);
        }
        assert_int_equal(n, KEYS);
        arena_reset(arena);
    }
}

int
main(void)
{
    secret_start();
    arena = arena_new(65536);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_one_changed),
        cmocka_unit_test(test_mishaps),
        cmocka_unit_test(test_uniform),
        cmocka_unit_test(test_no_repeats),
        cmocka_unit_test(test_bad_prefix),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_find_random),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return failed;
}
