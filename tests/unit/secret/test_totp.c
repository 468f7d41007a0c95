/* SPDX-License-Identifier: ISC */
/* Codes of authenticator apps: RFC 6238's vectors, the window, once only. */
#include "secret/totp.h"

#include <inttypes.h>
#include <liboath/oath.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct str seed = STR_INIT("12345678901234567890");

/* RFC 6238, appendix B: eight digits; ours are the last six. */
static const struct {
    int64_t at_s;
    const char *sha1, *sha256, *sha512;
} vectors[] = {
    { 59, "94287082", "46119246", "90693936" },
    { 1111111109, "07081804", "68084774", "25091201" },
    { 1111111111, "14050471", "67062674", "99943326" },
    { 1234567890, "89005924", "91819424", "93441116" },
    { 2000000000, "69279037", "90698825", "38618901" },
    { 20000000000, "65353130", "77737706", "47863826" },
};

static void
test_vectors(void **state)
{
    (void)state;
    char got[TOTP_DIGITS + 1];
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        totp_code(seed, vectors[i].at_s / TOTP_STEP_S, got);
        assert_string_equal(got, vectors[i].sha1 + 2);
        assert_int_equal(vectors[i].at_s / TOTP_STEP_S,
            totp_match(seed, str_cstr(got), vectors[i].at_s, 0));
    }
}

/* The hashes that we do not offer: does the library count right? */
static void
test_library(void **state)
{
    (void)state;
    static const char key[] = "1234567890123456789012345678901234567890"
                              "123456789012345678901234";
    char got[9];
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        time_t at = (time_t)vectors[i].at_s;
        assert_int_equal(oath_totp_generate2(key, 32, at, TOTP_STEP_S, 0, 8,
            OATH_TOTP_HMAC_SHA256, got), OATH_OK);
        assert_string_equal(got, vectors[i].sha256);
        assert_int_equal(oath_totp_generate2(key, 64, at, TOTP_STEP_S, 0, 8,
            OATH_TOTP_HMAC_SHA512, got), OATH_OK);
        assert_string_equal(got, vectors[i].sha512);
    }
}

/* A code is good in its step and the next one, and no longer; never early. */
static void
test_window(void **state)
{
    (void)state;
    enum { STEP = 37037036, AT = STEP * TOTP_STEP_S };
    char code[TOTP_DIGITS + 1];
    totp_code(seed, STEP, code);
    struct str c = str_cstr(code);
    for (int64_t s = -90; s < 120; s++) {
        bool good = s >= 0 && s < 2 * TOTP_STEP_S;
        int64_t step = totp_match(seed, c, AT + s, 0);
        if (step != (good ? STEP : 0))
            fail_msg("%" PRId64 " s: %" PRId64, s, step);
    }
    /* used once, it is used up, and so is an earlier one */
    assert_int_equal(totp_match(seed, c, AT, STEP - 1), STEP);
    assert_int_equal(totp_match(seed, c, AT, STEP), 0);
    assert_int_equal(totp_match(seed, c, AT, STEP + 1), 0);
}

static void
test_wrong(void **state)
{
    (void)state;
    enum { STEP = 37037036, AT = STEP * TOTP_STEP_S };
    static const char *const texts[] = { "", "0", "00000", "0000000",
        "050471 ", " 050471", "05047l", "-50471", "050472", "0\n0471" };
    struct str other = STR("12345678901234567891");
    char code[TOTP_DIGITS + 1];
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        assert_int_equal(totp_match(seed, str_cstr(texts[i]), AT, 0), 0);
    totp_code(seed, STEP, code);
    assert_int_equal(totp_match(other, str_cstr(code), AT, 0), 0);
    for (size_t i = 0; i < TOTP_DIGITS; i++) { /* each digit counts */
        char near[TOTP_DIGITS + 1];
        memcpy(near, code, sizeof near);
        near[i] = near[i] == '9' ? '0' : (char)(near[i] + 1);
        assert_int_equal(totp_match(seed, str_cstr(near), AT, 0), 0);
    }
}

static void
test_base32(void **state)
{
    (void)state;
    struct arena *a = arena_new(1024);
    /* RFC 4648, section 10 */
    assert_true(str_is(base32_show(a, STR("fooba")), "MZXW6YTB"));
    assert_true(str_is(base32_show(a, seed),
        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"));
    arena_free(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_library),
        cmocka_unit_test(test_window),
        cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_base32),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
