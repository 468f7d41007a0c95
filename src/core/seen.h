/* SPDX-License-Identifier: ISC */
#ifndef CORE_SEEN_H
#define CORE_SEEN_H

/* A set of names, 8 bytes each: of their digest.  Two names that are taken for
 * one come once in 2^64 / n^2. */

#include "secret/mac.h"

struct seen;

struct seen *seen_new(void);
void seen_free(struct seen *s);

/* seen_add -- false when it is there already.  kind: tells "a" of one kind from
 * "a" of another; in: and within this. */
bool seen_add(struct seen *s, const char *kind, struct str in, struct str name);

/* seen_has -- is it there? */
bool seen_has(const struct seen *s, const char *kind, struct str in,
    struct str name);

#endif
