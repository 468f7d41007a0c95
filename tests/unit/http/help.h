/* SPDX-License-Identifier: ISC */
#ifndef TESTS_HTTP_HELP_H
#define TESTS_HTTP_HELP_H

/* What several tests of this room share. */

#include "base/arena.h"

/* corpus_read -- a file of the public corpora ("headers/crlf.txt"); empty,
 * after a line that says what is left out, when they are not there. */
struct str corpus_read(struct arena *a, const char *name);

/* percent_decode -- every "%xx" as its byte, the rest as it is. */
struct str percent_decode(struct arena *a, struct str s);

/* aborts -- does fn(p) end its process by abort()? Run in a child. */
bool aborts(void (*fn)(void *p), void *p);

#endif
