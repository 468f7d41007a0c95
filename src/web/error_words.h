/* SPDX-License-Identifier: ISC */
#ifndef WEB_ERROR_WORDS_H
#define WEB_ERROR_WORDS_H

/* Every code that an answer may name, explained to the person who meets it. */

#include "base/str.h"

enum { ERROR_LIST_MOST = 5 };

struct error_words {
    const char *code;  /* "rate_limit_exceeded" */
    int status;        /* most answers have this one */
    const char *title; /* "A rate limit is reached" */
    const char *also;  /* how other services call it, or NULL */
    const char *what;  /* what it means */
    const char *why[ERROR_LIST_MOST + 1];   /* how it comes about; NULL-ended */
    const char *to_do[ERROR_LIST_MOST + 1]; /* what helps; NULL-ended */
};

/* error_words -- all of them: refusals of the gate in its order, then what
 * any address may answer, then what a few operations answer.
 * n  their number.  Process lifetime. */
const struct error_words *error_words(size_t *n);

/* error_words_find -- those of a code, or NULL. */
const struct error_words *error_words_find(struct str code);

#endif
