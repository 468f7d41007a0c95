/* SPDX-License-Identifier: ISC */
#include "base/buf.h"

#include "help.h"

static struct arena *a;

static int
set_up(void **state)
{
    (void)state;
    a = arena_new(256);
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
test_adds(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, a, 100);
    EXPECT_STR(0, buf_view(&b), "");
    buf_cstr(&b, "one");
    buf_char(&b, ' ');
    buf_str(&b, STR("two"));
    buf_str(&b, (struct str){ NULL, 0 });
    buf_add(&b, " ", 1);
    buf_fmt(&b, "%d", 3);
    EXPECT_STR(1, buf_view(&b), "one two 3");
    assert_false(b.full);
}

static void
test_grows(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, a, 100000);
    for (size_t i = 0; i < 100000; i++)
        buf_char(&b, (char)('a' + i % 26));
    assert_false(b.full);
    assert_int_equal(b.n, 100000);
    for (size_t i = 0; i < b.n; i++)
        EXPECT(i, b.p[i] == (char)('a' + i % 26));
}

static void
test_ceiling_is_sticky(void **state)
{
    (void)state;
    static const struct {
        size_t max;
        const char *first, *second, *want;
        bool full;
    } rows[] = {
        { 6, "abc", "def", "abcdef", false },
        { 5, "abc", "def", "abc", true },
        { 0, "", "", "", false },
        { 0, "a", "", "", true },
        /* what would fit after an addition that did not must not go in */
        { 4, "abcde", "f", "", true },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct buf b;
        buf_init(&b, a, rows[i].max);
        buf_cstr(&b, rows[i].first);
        buf_cstr(&b, rows[i].second);
        EXPECT(i, b.full == rows[i].full);
        EXPECT_STR(i, buf_view(&b), rows[i].want);
    }
}

static void
test_huge_length_is_refused(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, a, 10);
    buf_cstr(&b, "abc");
    buf_add(&b, "x", SIZE_MAX);
    assert_true(b.full);
    EXPECT_STR(0, buf_view(&b), "abc");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adds),
        cmocka_unit_test(test_grows),
        cmocka_unit_test(test_ceiling_is_sticky),
        cmocka_unit_test(test_huge_length_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
