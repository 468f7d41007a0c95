/* SPDX-License-Identifier: ISC */
#include "base/str.h"

#include "base/arena.h"
#include "base/attr.h"
#include "help.h"

static void
test_equal(void **state)
{
    static const struct {
        struct str a, b;
        bool eq, nocase;
    } rows[] = {
        { STR_INIT(""), { NULL, 0 }, true, true },
        { STR_INIT("a"), STR_INIT("a"), true, true },
        { STR_INIT("a"), STR_INIT("A"), false, true },
        { STR_INIT("a"), STR_INIT("ab"), false, false },
        { STR_INIT("b"), STR_INIT("ab"), false, false },
        { STR_INIT("a\0b"), STR_INIT("a\0c"), false, false },
        { STR_INIT("[z"), STR_INIT("{Z"), false, false },
        { STR_INIT("\xc3\x84"), STR_INIT("\xc3\xa4"), false, false },
        { STR_INIT("\x80"), STR_INIT("a"), false, false },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        EXPECT(i, str_eq(rows[i].a, rows[i].b) == rows[i].eq);
        EXPECT(i, str_eq_nocase(rows[i].a, rows[i].b) == rows[i].nocase);
    }
}

static void
test_lower(void **state)
{
    static const struct {
        struct str s, want;
    } rows[] = {
        { { NULL, 0 }, STR_INIT("") },
        { STR_INIT("@AZ[`az{"), STR_INIT("@az[`az{") },
        { STR_INIT("A\0B"), STR_INIT("a\0b") },
        { STR_INIT("\xc3\x84"), STR_INIT("\xc3\x84") },
    };
    struct arena *a = arena_new(64);
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str got = str_lower(a, rows[i].s);
        EXPECT(i, str_eq(got, rows[i].want));
        EXPECT(i, got.p != rows[i].s.p);
    }
    arena_free(a);
}

static void
test_cstr(void **state)
{
    const char *volatile none = NULL; /* the compiler must not see it */
    (void)state;
    assert_int_equal(str_cstr(NULL).n, 0);
    assert_true(str_is((struct str){ NULL, 0 }, ""));
    assert_true(str_is((struct str){ NULL, 0 }, none));
    assert_true(str_is(STR("key"), "key"));
    assert_false(str_is(STR("key\0"), "key"));
}

static void
test_begin_and_end(void **state)
{
    static const struct {
        const char *s, *part;
        bool starts, ends;
    } rows[] = {
        { "", "", true, true },      { "abc", "", true, true },
        { "abc", "ab", true, false }, { "abc", "bc", false, true },
        { "abc", "abc", true, true }, { "abc", "abcd", false, false },
        { "", "a", false, false },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str s = str_cstr(rows[i].s), part = str_cstr(rows[i].part);
        EXPECT(i, str_starts(s, part) == rows[i].starts);
        EXPECT(i, str_ends(s, part) == rows[i].ends);
    }
}

static void
test_parts(void **state)
{
    (void)state;
    struct str s = STR("abc");
    EXPECT_STR(0, str_from(s, 0), "abc");
    EXPECT_STR(1, str_from(s, 2), "c");
    EXPECT_STR(2, str_from(s, 3), "");
    EXPECT_STR(3, str_from(s, SIZE_MAX), "");
    EXPECT_STR(4, str_head(s, 0), "");
    EXPECT_STR(5, str_head(s, 2), "ab");
    EXPECT_STR(6, str_head(s, SIZE_MAX), "abc");
    assert_int_equal(str_find(s, 'c'), 2);
    assert_int_equal(str_find(s, 'x'), 3);
    assert_int_equal(str_find((struct str){ NULL, 0 }, 'x'), 0);
    EXPECT_STR(7, str_from((struct str){ NULL, 0 }, 4), "");
}

static void
test_cut(void **state)
{
    static const struct {
        const char *s, *before, *after;
        bool found;
    } rows[] = {
        { "a=b", "a", "b", true }, { "a", "a", "", false },
        { "=", "", "", true },     { "", "", "", false },
        { "a=", "a", "", true },   { "=b", "", "b", true },
        { "a=b=c", "a", "b=c", true },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str before, after;
        EXPECT(i,
            str_cut(str_cstr(rows[i].s), '=', &before, &after) ==
                rows[i].found);
        EXPECT_STR(i, before, rows[i].before);
        EXPECT_STR(i, after, rows[i].after);
    }
}

static void
test_trim(void **state)
{
    static const char *const rows[][2] = {
        { "", "" },       { " \t\r\n", "" }, { " a b ", "a b" },
        { "\n\ta", "a" }, { "a\r\n", "a" },  { "\va\f", "\va\f" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        EXPECT_STR(i, str_trim(str_cstr(rows[i][0])), rows[i][1]);
}

static void
test_int(void **state)
{
    static const struct {
        const char *s;
        bool ok;
        int64_t v;
    } rows[] = {
        { "0", true, 0 },
        { "-0", true, 0 },
        { "007", true, 7 },
        { "9223372036854775807", true, INT64_MAX },
        { "-9223372036854775808", true, INT64_MIN },
        { "9223372036854775808", false, 0 },
        { "-9223372036854775809", false, 0 },
        { "18446744073709551616", false, 0 },
        { "99999999999999999999999999", false, 0 },
        { "", false, 0 },
        { "-", false, 0 },
        { "--1", false, 0 },
        { "+1", false, 0 },
        { " 1", false, 0 },
        { "1 ", false, 0 },
        { "1e3", false, 0 },
        { "0x1", false, 0 },
        { "\xd9\xa1", false, 0 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t v = 0;
        EXPECT(i, str_int(str_cstr(rows[i].s), &v) == rows[i].ok);
        EXPECT(i, v == rows[i].v);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_lower),
        cmocka_unit_test(test_cstr),
        cmocka_unit_test(test_begin_and_end),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_trim),
        cmocka_unit_test(test_int),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
