/* SPDX-License-Identifier: ISC */
#ifndef UNIT_BASE_HELP_H
#define UNIT_BASE_HELP_H

/* What cmocka wants included before it, in one place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* What one row of a table expects of a view; prints the row that is wrong. */
#define EXPECT_STR(row, got, want)                                           \
    do {                                                                     \
        struct str got_ = (got);                                             \
        if (!str_is(got_, (want)))                                           \
            fail_msg("row %zu: got \"%.*s\", want \"%s\"", (size_t)(row),    \
                STR_ARG(got_), (want));                                      \
    } while (0)

#define EXPECT(row, cond)                                                    \
    do {                                                                     \
        if (!(cond))                                                         \
            fail_msg("row %zu: %s", (size_t)(row), #cond);                   \
    } while (0)

#endif
