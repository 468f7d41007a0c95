/* SPDX-License-Identifier: ISC */
#include "secret/signing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>
/* cmocka wants the three above first */
#include <cmocka.h>

static struct arena *arena;

static struct secrets *
make_secrets(void)
{
    char path[] = "test_signing.XXXXXX";
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

/* The same each time; another for each key, each text, each installation. */
static void
test_differs(void **state)
{
    (void)state;
    struct secrets *ours = make_secrets(), *others = make_secrets();
    const struct str one = STR("019a0b5e-7c1f-7a52-9c1e-3f2b8a6d4e10");
    const struct str two = STR("019a0b5e-7c1f-7a52-9c1e-3f2b8a6d4e11");
    uint8_t hash[KEYTEXT_HASH] = { 1 }, rotated[KEYTEXT_HASH] = { 2 };
    struct str a = signing_secret(arena, ours, one, hash);
    assert_int_equal(a.n, SIGNING_CHARS);
    assert_true(str_eq(a, signing_secret(arena, ours, one, hash)));
    assert_false(str_eq(a, signing_secret(arena, ours, two, hash)));
    assert_false(str_eq(a, signing_secret(arena, ours, one, rotated)));
    assert_false(str_eq(a, signing_secret(arena, others, one, hash)));
    secrets_free(ours);
    secrets_free(others);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_differs),
    };
    secret_start();
    arena = arena_new(4096);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return failed;
}
