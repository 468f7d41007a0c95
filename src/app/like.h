/* SPDX-License-Identifier: ISC */
#ifndef APP_LIKE_H
#define APP_LIKE_H

#include "base/str.h"

/* like -- how much a mistyped word is like a known one: from 0, nothing, to
 * 1000, the same letters in the same order.  Pure. */
int like(struct str word, const char *known);

#endif
