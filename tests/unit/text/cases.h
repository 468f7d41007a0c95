/* SPDX-License-Identifier: ISC */
#ifndef UNIT_TEXT_CASES_H
#define UNIT_TEXT_CASES_H

/* What the tests of bytes and values share. */

#include "base/arena.h"
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Says which row, and which bytes, were wrong. */
#define EXPECT(row, input, cond)                                               \
    do {                                                                       \
        if (!(cond))                                                           \
            fail_msg("row %zu, \"%.*s\": %s", (size_t)(row), STR_ARG(input),   \
                #cond);                                                        \
    } while (0)

#define EXPECT_STR(row, got, want)                                             \
    do {                                                                       \
        struct str got_ = (got);                                               \
        if (!str_is(got_, (want)))                                             \
            fail_msg("row %zu: got \"%.*s\", want \"%s\"", (size_t)(row),      \
                STR_ARG(got_), (want));                                        \
    } while (0)

/* arena_setup, arena_teardown -- *state is a fresh struct arena. */
int arena_setup(void **state);
int arena_teardown(void **state);
#define WITH_ARENA(test)                                                       \
    cmocka_unit_test_setup_teardown(test, arena_setup, arena_teardown)

/*
 * corpus_lines -- the cases of a file of the public corpora, one a line, bytes
 * as they are.  None, after a line that says what is left out, when the
 * corpora are not there.
 */
struct strs corpus_lines(struct arena *a, const char *name);

/* corpus_text -- the whole file; empty as above. */
struct str corpus_text(struct arena *a, const char *name);

/*
 * seed_start -- a new seed, printed; KEYLODGE_SEED in the environment repeats
 * an old one.
 * seed_next -- the next pseudo-random number (splitmix64).
 */
uint64_t seed_start(void);
uint64_t seed_next(uint64_t *seed);

#endif
