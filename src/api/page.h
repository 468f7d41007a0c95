/* SPDX-License-Identifier: ISC */
#ifndef API_PAGE_H
#define API_PAGE_H

/* Lists of the own API come in pages: ?limit=1..100 (50) and ?cursor= what the
 * page before gave as next_cursor. */

#include "api/query.h"
#include "text/val.h"

struct page {
    const char *list;
    struct str filter; /* what the cursor is bound to */
    size_t most;
    int64_t after;     /* id of the last row shown; 0: from the start */
};

/*
 * page_read -- and refuse parameters that are not known.
 * list     name of the list, a literal
 * filters  further parameters that narrow it, NULL-ended; NULL: none
 */
NODISCARD enum err_code page_read(struct cx *cx, const struct req *req,
    const char *list, const char *const *filters, struct page *out);

/* page_put -- add next_cursor to an answer: null, or for the row after `last`
 * (0: there are no further ones). */
void page_put(struct cx *cx, struct val *v, const struct page *p,
    int64_t last);

#endif
