/* SPDX-License-Identifier: ISC */
#ifndef BASE_STR_H
#define BASE_STR_H

/*
 * A view of bytes: pointer and length, passed by value, not NUL-terminated
 * unless a name says `cstr`.  It owns nothing; the header of whoever made it
 * says how long the bytes live.  An empty str may have p == NULL.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *p;
    size_t n;
};

/* A list of views, both the array and the bytes in one arena. */
struct strs {
    struct str *items;
    size_t n;
};

/* STR -- view of a string literal, as an expression. */
#define STR(lit) ((struct str){ "" lit, sizeof(lit) - 1 })
/* STR_INIT -- the same as an initialiser of static data. */
#define STR_INIT(lit) { "" lit, sizeof(lit) - 1 }
/* STR_ARG -- the two arguments of a "%.*s" conversion. */
#define STR_ARG(s) (int)(s).n, ((s).p ? (s).p : "")

/* str_cstr -- view of a NUL-terminated string; NULL gives the empty view. */
struct str str_cstr(const char *z);

/* str_eq -- same length and same bytes.  Not for secrets: see secret/mac.h.
 * This and str_is stand here, where the compiler knows the length of a
 * literal: a request asks some hundred times, mostly of another length. */
static inline bool
str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* str_is -- equal to a NUL-terminated string; NULL is an empty one. */
static inline bool
str_is(struct str a, const char *z)
{
    return str_eq(a, (struct str){ z, z ? strlen(z) : 0 });
}

/* str_eq_nocase -- equal when ASCII letters are folded. */
bool str_eq_nocase(struct str a, struct str b);

/* str_lower -- a copy with ASCII letters in lower case, in the arena. */
struct arena;
struct str str_lower(struct arena *a, struct str s);

bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);

/* str_find -- index of the first `c` in s, or s.n when there is none. */
size_t str_find(struct str s, char c);

/* str_from -- the part from byte `at` on; empty when `at` is past the end. */
struct str str_from(struct str s, size_t at);

/* str_head -- the first `n` bytes, or all of s when it is shorter. */
struct str str_head(struct str s, size_t n);

/*
 * str_cut -- split at the first `sep`.
 * Returns false, with *before = s and *after empty, when there is no `sep`.
 */
bool str_cut(struct str s, char sep, struct str *before, struct str *after);

/* str_trim -- without leading and trailing space, tab, CR, LF. */
struct str str_trim(struct str s);

/*
 * str_int -- read a whole decimal integer, optional leading '-', no spaces.
 * Returns false on anything else and on a value outside int64_t.
 */
bool str_int(struct str s, int64_t *out);

#endif
