/* SPDX-License-Identifier: ISC */
#ifndef APP_LIKE_H
#define APP_LIKE_H

#include "base/str.h"

#include <stddef.h>

/* like -- how much a mistyped word is like a known one: from 0, nothing, to
 * 1000, the same letters in the same order.  Pure. */
int like(struct str word, const char *known);

/* like_slips -- how many slips of typing lie between a word and a known one: a
 * letter too many, one that is missing, another one, two that changed places.
 * Texts of more than 63 bytes: as many slips as the longer one has bytes.
 * Pure. */
size_t like_slips(struct str word, const char *known);

#endif
