/* SPDX-License-Identifier: ISC */
#include "secret/random.h"

#include "child.h"
#include "secret/secret.h"
#include "seeded.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct arena *arena;

static double
lean_of(size_t n_chars)
{
    long count[62] = { 0 };
    char chars[1000];
    for (size_t done = 0; done < n_chars; done += sizeof chars) {
        random_b62(chars, sizeof chars);
        for (size_t i = 0; i < sizeof chars; i++) {
            int value = base62_value(chars[i]);
            assert_in_range(value, 0, 61);
            assert_int_equal(B62_DIGITS[value], chars[i]);
            count[value]++;
        }
    }
    return base62_lean(count);
}

static void
test_b62_uniform(void **state)
{
    (void)state;
    seeded_start();
    double chi = lean_of(1000000);
    seeded_stop();
    if (chi < CHI_LOW || chi > CHI_HIGH)
        fail_msg("seeded: chi-square %f", chi);
    chi = lean_of(1000000);
    if (chi < CHI_LOWEST || chi > CHI_HIGHEST)
        fail_msg("system's generator: chi-square %f", chi);
}

static void
test_b62_length(void **state)
{
    (void)state;
    for (size_t n = 0; n < 200; n++) {
        char *p = malloc(n + 1);
        assert_non_null(p);
        memset(p, '!', n + 1);
        random_b62(p, n);
        for (size_t i = 0; i < n; i++)
            assert_in_range(base62_value(p[i]), 0, 61);
        assert_int_equal(p[n], '!');
        free(p);
    }
}

static void
test_token(void **state)
{
    (void)state;
    struct str a = random_token(arena), b = random_token(arena);
    assert_int_equal(a.n, 43);
    assert_false(str_eq(a, b));
    for (size_t i = 0; i < a.n; i++)
        if (base62_value(a.p[i]) < 0 && a.p[i] != '-' && a.p[i] != '_')
            fail_msg("character %d in a token", a.p[i]);
}

/* A uuid in its parts: 12 digits of time, version, variant. */
static void
test_uuid(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *starts;
    } rows[] = {
        { 0, "00000000-0000-7" },
        { 1, "00000000-0001-7" },
        { INT64_C(0x017F22E279B0), "017f22e2-79b0-7" }, /* from RFC 9562 */
        { INT64_C(0xffffffffffff), "ffffffff-ffff-7" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str u = random_uuid(arena, rows[i].ms);
        assert_int_equal(u.n, UUID_CHARS);
        if (!str_starts(u, str_cstr(rows[i].starts)))
            fail_msg("%" PRId64 ": %.*s", rows[i].ms, STR_ARG(u));
        assert_non_null(strchr("89ab", u.p[19]));
        for (size_t c = 0; c < u.n; c++)
            if (c == 8 || c == 13 || c == 18 || c == 23)
                assert_int_equal(u.p[c], '-');
            else
                assert_non_null(strchr("0123456789abcdef", u.p[c]));
    }
    struct str last = random_uuid(arena, 1000);
    for (int64_t ms = 1001; ms < 3000; ms++) {
        struct str u = random_uuid(arena, ms);
        assert_true(memcmp(last.p, u.p, u.n) < 0);
        last = u;
    }
    assert_false(str_eq(random_uuid(arena, 5), random_uuid(arena, 5)));
}

/* all 74 free bits of a version 7 are drawn: each is seen as 0 and as 1 */
static void
test_uuid_bits(void **state)
{
    (void)state;
    unsigned ones[UUID_CHARS] = { 0 }, zeros[UUID_CHARS] = { 0 };
    for (int i = 0; i < 200; i++) {
        struct str u = random_uuid(arena, 0);
        for (size_t c = 0; c < UUID_CHARS; c++) {
            if (u.p[c] == '-')
                continue;
            char digit[2] = { u.p[c], 0 };
            unsigned v = (unsigned)strtoul(digit, NULL, 16);
            ones[c] |= v;
            zeros[c] |= ~v & 15;
        }
    }
    for (size_t c = 15; c < UUID_CHARS; c++) {
        unsigned want = c == 18 || c == 23 ? 0 : c == 19 ? 3 : 15;
        if ((ones[c] & zeros[c]) != want)
            fail_msg("digit %zu: bits %x are drawn", c, ones[c] & zeros[c]);
    }
}

static void
uuid_at(void *p)
{
    random_uuid(arena, *(int64_t *)p);
}

static void
test_uuid_bounds(void **state)
{
    (void)state;
    int64_t bad[] = { -1, (int64_t)1 << 48, INT64_MIN, INT64_MAX };
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(child_signal(uuid_at, &bad[i]), SIGABRT);
}

static void
test_bytes(void **state)
{
    (void)state;
    uint8_t a[32] = { 0 }, b[32] = { 0 };
    random_bytes(a, sizeof a);
    random_bytes(b, sizeof b - 1);
    assert_memory_not_equal(a, b, sizeof a);
    assert_int_equal(b[31], 0);
}

int
main(void)
{
    secret_start();
    arena = arena_new(4096);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_b62_uniform),
        cmocka_unit_test(test_b62_length),
        cmocka_unit_test(test_token),
        cmocka_unit_test(test_uuid),
        cmocka_unit_test(test_uuid_bits),
        cmocka_unit_test(test_uuid_bounds),
        cmocka_unit_test(test_bytes),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return failed;
}
