/* SPDX-License-Identifier: ISC */
#include "secret/signer.h"

#include "secret/secret.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct arena *arena;
static struct err err;
static char folder[] = "test_signer.XXXXXX";
static char path[64];

static int
setup(void **state)
{
    (void)state;
    secret_start();
    arena = arena_new(4096);
    err_init(&err, arena);
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/key", folder);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    unlink(path);
    rmdir(folder);
    arena_free(arena);
    return 0;
}

static void
put_seed(const uint8_t seed[32])
{
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0400);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, seed, 32), 32);
    close(fd);
}

static void
unhex(const char *hex, uint8_t *out)
{
    for (size_t i = 0; hex[2 * i]; i++) {
        unsigned v;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &v), 1);
        out[i] = (uint8_t)v;
    }
}

/* RFC 8032, 7.1, test 2 */
static void
test_vector(void **state)
{
    (void)state;
    uint8_t seed[32], want_key[SIGNER_PUBLIC], want[SIGNATURE_BYTES];
    uint8_t got[SIGNATURE_BYTES];
    struct signer *s;
    unhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        seed);
    unhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        want_key);
    unhex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
          "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        want);
    put_seed(seed);
    assert_int_equal(signer_load(path, &s, &err), ERR_OK);
    assert_memory_equal(signer_public(s), want_key, sizeof want_key);
    signer_sign(s, STR("\x72"), got);
    assert_memory_equal(got, want, sizeof want);
    assert_true(signature_good(want_key, STR("\x72"), want));
    assert_false(signature_good(want_key, STR("\x73"), want));
    assert_false(signature_good(want_key, STR(""), want));
    for (size_t i = 0; i < sizeof want; i++) {
        got[i] ^= 0x40;
        assert_false(signature_good(want_key, STR("\x72"), got));
        got[i] ^= 0x40;
    }
    signer_free(s);
}

static void
test_file(void **state)
{
    (void)state;
    struct signer *a, *b;
    struct stat st;
    unlink(path);
    assert_int_equal(signer_load(path, &a, &err), ERR_INVALID);
    assert_null(a);
    assert_non_null(strstr(arena_cstr(arena, err.msg), "Audit key"));
    err_init(&err, arena);
    assert_int_equal(signer_create(path, &err), ERR_OK);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0400);
    assert_int_equal(signer_load(path, &a, &err), ERR_OK);
    assert_int_equal(signer_create(path, &err), ERR_CONFLICT);
    err_init(&err, arena);
    assert_int_equal(signer_load(path, &b, &err), ERR_OK);
    assert_memory_equal(signer_public(a), signer_public(b), SIGNER_PUBLIC);
    signer_free(a);
    signer_free(b);
    assert_int_equal(chmod(path, 0440), 0);
    assert_int_equal(signer_load(path, &a, &err), ERR_INVALID);
    err_init(&err, arena);
}

/* As `openssl pkey -pubin` reads and writes it. */
static void
test_public_key(void **state)
{
    (void)state;
    static const char pem[] = "-----BEGIN PUBLIC KEY-----\n"
        "MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n"
        "-----END PUBLIC KEY-----\n";
    static const char *const bad[] = { "", "x", "-----BEGIN PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY----------END PUBLIC KEY-----",
        /* another algorithm, short, a byte that is no base64 */
        "-----BEGIN PUBLIC KEY-----\n"
        "MCowBQYDK2VuAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n"
        "-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\n"
        "MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zg==\n"
        "-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\n"
        "MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zg\xff=\n"
        "-----END PUBLIC KEY-----\n" };
    uint8_t want[SIGNER_PUBLIC], got[SIGNER_PUBLIC];
    unhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        want);
    assert_true(public_key_read(str_cstr(pem), got));
    assert_memory_equal(got, want, sizeof want);
    assert_string_equal(arena_cstr(arena, public_key_show(arena, want)), pem);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(public_key_read(str_cstr(bad[i]), got));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vector),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_public_key),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
