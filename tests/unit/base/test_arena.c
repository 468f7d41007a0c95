/* SPDX-License-Identifier: ISC */
#include "base/arena.h"

#include "help.h"

#include <string.h>

/* Sizes around the alignment and around the size of a block. */
static const size_t sizes[] = { 0, 1, 15, 16, 17, 100, 4095, 4096, 65535,
    65536, 65537, 200000 };

static void
test_alloc_is_zeroed_and_aligned(void **state)
{
    (void)state;
    struct arena *a = arena_new(4096);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < COUNT_OF(sizes); i++) {
            unsigned char *p = arena_alloc(a, sizes[i]);
            EXPECT(i, p != NULL);
            EXPECT(i, (uintptr_t)p % _Alignof(max_align_t) == 0);
            for (size_t k = 0; k < sizes[i]; k++)
                EXPECT(i, p[k] == 0);
            /* what stays here would show in the next round */
            memset(p, 0xa5, sizes[i]);
        }
        arena_reset(a);
    }
    arena_free(a);
}

static void
test_objects_do_not_overlap(void **state)
{
    (void)state;
    struct arena *a = arena_new(64);
    char *p[COUNT_OF(sizes)];
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        p[i] = arena_alloc(a, sizes[i]);
        memset(p[i], (int)i + 1, sizes[i]);
    }
    for (size_t i = 0; i < COUNT_OF(sizes); i++)
        for (size_t k = 0; k < sizes[i]; k++)
            EXPECT(i, p[i][k] == (char)(i + 1));
    arena_free(a);
}

static void
test_used(void **state)
{
    (void)state;
    struct arena *a = arena_new(64);
    assert_int_equal(arena_used(a), 0);
    arena_alloc(a, 1000);
    assert_true(arena_used(a) >= 1000);
    arena_reset(a);
    assert_int_equal(arena_used(a), 0);
    arena_free(a);
}

static void
test_text(void **state)
{
    (void)state;
    struct arena *a = arena_new(64);
    struct str s = arena_dup(a, STR("a\0b"));
    assert_true(str_eq(s, STR("a\0b")));
    assert_int_equal(s.p[s.n], 0);
    assert_string_equal(arena_cstr(a, (struct str){ NULL, 0 }), "");
    EXPECT_STR(0, arena_fmt(a, "%s-%03d", "k", 7), "k-007");
    EXPECT_STR(1, arena_fmt(a, "%s", ""), "");
    struct str big = arena_fmt(a, "%0*d", 100000, 1);
    assert_int_equal(big.n, 100000);
    assert_int_equal(big.p[99999], '1');
    arena_free(a);
}

#ifndef ARENA_DEBUG
/* Looks at memory that was given back; in debug builds it is freed. */
static void
test_reset_wipes(void **state)
{
    (void)state;
    struct arena *a = arena_new(4096);
    volatile char *p = arena_alloc(a, 32);
    for (int i = 0; i < 32; i++)
        p[i] = 's';
    arena_reset(a);
    for (int i = 0; i < 32; i++)
        EXPECT(i, p[i] == 0);
    arena_free(a);
}
#endif

static void
test_free_of_nothing(void **state)
{
    (void)state;
    arena_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alloc_is_zeroed_and_aligned),
        cmocka_unit_test(test_objects_do_not_overlap),
        cmocka_unit_test(test_used),
        cmocka_unit_test(test_text),
#ifndef ARENA_DEBUG
        cmocka_unit_test(test_reset_wipes),
#endif
        cmocka_unit_test(test_free_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
