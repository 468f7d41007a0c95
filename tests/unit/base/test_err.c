/* SPDX-License-Identifier: ISC */
#include "base/err.h"

#include "help.h"

#include <stdio.h>
#include <string.h>

static struct arena *a;
static struct err e;

static int
set_up(void **state)
{
    (void)state;
    a = arena_new(256);
    err_init(&e, a);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    arena_free(a);
    return 0;
}

static void
test_starts_clean(void **state)
{
    (void)state;
    assert_int_equal(e.code, ERR_OK);
    assert_int_equal(e.n_fields, 0);
    EXPECT_STR(0, err_field_msg(&e, "name"), "");
}

static void
test_first_error_wins(void **state)
{
    (void)state;
    int line = __LINE__ + 1;
    assert_int_equal(ERR(&e, ERR_CONFLICT, "%s is taken", "ci"), ERR_CONFLICT);
    assert_int_equal(ERR(&e, ERR_BUSY, "busy"), ERR_CONFLICT);
    assert_int_equal(ERR_FAULT(&e, "disk"), ERR_CONFLICT);
    assert_int_equal(e.code, ERR_CONFLICT);
    EXPECT_STR(0, e.msg, "ci is taken");
    EXPECT_STR(1, e.detail, "");
    assert_int_equal(e.line, line);
    assert_non_null(strstr(e.file, "test_err.c"));
}

static void
test_fault_shows_no_detail(void **state)
{
    (void)state;
    assert_int_equal(ERR_FAULT(&e, "sqlite: %s", "corrupt"), ERR_INTERNAL);
    EXPECT_STR(0, e.detail, "sqlite: corrupt");
    assert_true(e.msg.n > 0);
    assert_null(strstr(arena_cstr(a, e.msg), "sqlite"));
}

static void
test_fields(void **state)
{
    (void)state;
    assert_int_equal(err_field(&e, "name", "Enter %s", "a name"), ERR_INVALID);
    err_field(&e, "name", "second message of the same field");
    err_field(&e, "owner", "Choose an owner");
    assert_int_equal(e.n_fields, 2);
    EXPECT_STR(0, err_field_msg(&e, "name"), "Enter a name");
    EXPECT_STR(1, err_field_msg(&e, "owner"), "Choose an owner");
    EXPECT_STR(2, err_field_msg(&e, "limit"), "");
}

static void
test_field_after_error_keeps_the_code(void **state)
{
    (void)state;
    ERR(&e, ERR_CONFLICT, "taken");
    assert_int_equal(err_field(&e, "name", "is taken"), ERR_CONFLICT);
    EXPECT_STR(0, err_field_msg(&e, "name"), "is taken");
}

static void
test_too_many_fields(void **state)
{
    (void)state;
    static char names[ERR_FIELD_MAX + 4][4];
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        snprintf(names[i], sizeof names[i], "f%zu", i);
        err_field(&e, names[i], "wrong");
    }
    assert_int_equal(e.n_fields, ERR_FIELD_MAX);
    EXPECT_STR(0, err_field_msg(&e, names[ERR_FIELD_MAX - 1]), "wrong");
    EXPECT_STR(1, err_field_msg(&e, names[ERR_FIELD_MAX]), "");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_starts_clean),
        CASE(test_first_error_wins),
        CASE(test_fault_shows_no_detail),
        CASE(test_fields),
        CASE(test_field_after_error_keeps_the_code),
        CASE(test_too_many_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
