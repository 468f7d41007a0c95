/* SPDX-License-Identifier: ISC */
#ifndef BASE_BUF_H
#define BASE_BUF_H

/*
 * A growing buffer in an arena, with a ceiling that must be named when it is
 * made.  Sticky: once the ceiling would be passed, `full` is set, further
 * additions do nothing, and the bytes so far stay; the owner looks at `full`
 * once, at the end.
 */

#include "base/arena.h"

/* All ceilings in one list, in bytes. */
enum {
    BUF_MAX_FIELD = 64 * 1024,        /* one decoded value */
    BUF_MAX_PAGE = 4 * 1024 * 1024,   /* one HTML page */
    BUF_MAX_CSV = 64 * 1024 * 1024,   /* one download */
    BUF_MAX_JSON = BUF_MAX_CSV,       /* one JSON answer: some lists of other
                                         services' APIs have no pages */
    BUF_MAX_BODY = 1024 * 1024,       /* the largest request body of any row */
    BUF_MAX_LOG = 8 * 1024            /* one line of the log */
};

struct buf {
    struct arena *arena;
    char *p;
    size_t n, cap, max;
    bool full;
};

/* buf_init -- empty, at most `max` bytes, request lifetime of `a`. */
void buf_init(struct buf *b, struct arena *a, size_t max);
void buf_add(struct buf *b, const void *p, size_t n);
void buf_str(struct buf *b, struct str s);
void buf_cstr(struct buf *b, const char *z);
void buf_char(struct buf *b, char c);
void buf_fmt(struct buf *b, const char *fmt, ...) PRINTF(2, 3);

/* buf_view -- what is in it; valid until the next addition. */
struct str buf_view(const struct buf *b);

#endif
