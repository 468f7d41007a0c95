/* SPDX-License-Identifier: ISC */
#include "text/hex.h"

#include "cases.h"

static void
test_show(void **state)
{
    EXPECT_STR(0, hex_show(*state, "", 0), "");
    EXPECT_STR(1, hex_show(*state, "\x00\x0f\xa9\xff", 4), "000fa9ff");
}

static void
test_digit(void **state)
{
    (void)state;
    for (int c = -128; c < 128; c++) {
        int want = c >= '0' && c <= '9' ? c - '0'
            : c >= 'a' && c <= 'f'      ? c - 'a' + 10
            : c >= 'A' && c <= 'F'      ? c - 'A' + 10
                                        : -1;
        if (hex_digit((char)c) != want)
            fail_msg("byte %d: %d", c, hex_digit((char)c));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(test_show),
        cmocka_unit_test(test_digit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
