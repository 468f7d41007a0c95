/* SPDX-License-Identifier: ISC */
/* What a call costs: exact, against sums of 128 bits. */
#include "world.h"

#include "base/clock.h"
#include "core/usage.h"
#include "model/catalog.h"

#include <inttypes.h>

__extension__ typedef unsigned __int128 wide;

/* 0..most */
static int64_t
next(uint64_t *x, int64_t most)
{
    *x = *x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int64_t)((*x >> 1) % ((uint64_t)most + 1));
}

static void
test_cost(void **state)
{
    (void)state;
    static const int64_t cases[][5] = {
        /* tokens in, price, tokens out, price, cost */
        { 0, 0, 0, 0, 0 },
        { 1, 1, 0, 0, 0 },
        { 1, 499999, 0, 0, 0 },
        { 1, 500000, 0, 0, 1 },
        { 1, 250000, 1, 250000, 1 }, /* rounded once, not twice */
        { 1000000, 3000000, 0, 0, 3000000 },
        { 1234, 3000000, 567, 15000000, 12207 },
        { USAGE_TOKENS_MOST, PRICE_MOST, USAGE_TOKENS_MOST, PRICE_MOST,
            INT64_C(2000000000000000) },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const int64_t *c = cases[i];
        assert_int_equal(usage_cost(c[0], c[1], c[2], c[3]), c[4]);
    }
    uint64_t x = (uint64_t)clock_mono_us();
    print_message("x=%" PRIu64 "\n", x);
    for (int i = 0; i < 200000; i++) {
        int64_t in = next(&x, USAGE_TOKENS_MOST);
        int64_t out = next(&x, USAGE_TOKENS_MOST);
        int64_t p = next(&x, PRICE_MOST);
        int64_t r = next(&x, PRICE_MOST);
        wide want = ((wide)in * (wide)p + (wide)out * (wide)r + 500000) /
            1000000;
        if ((wide)usage_cost(in, p, out, r) != want)
            fail_msg("%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64, in, p,
                out, r);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
