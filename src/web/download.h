/* SPDX-License-Identifier: ISC */
#ifndef WEB_DOWNLOAD_H
#define WEB_DOWNLOAD_H

/*
 * A list as a CSV file, read piece by piece, with one bound for all lists:
 * what would be longer is refused, never cut.
 */

#include "base/buf.h"
#include "core/cx.h"
#include "http/res.h"

enum {
    DOWNLOAD_PIECE = 500, /* rows to read at once */
    DOWNLOAD_MOST = 50000 /* rows of a whole file */
};

struct download {
    struct buf out; /* rows are written here with text/csv.h */
    size_t rows;
};

/* download_begin -- an empty file with its line of headings. */
void download_begin(struct cx *cx, struct download *d,
    const char *const *heads, size_t n);

/*
 * download_count -- n rows were written; `more` will follow.
 * advice  what the rows are and how to get fewer: "keys. Filter the list"
 * Errors: ERR_INVALID when the file is too long.
 */
NODISCARD enum err_code download_count(struct cx *cx, struct download *d,
    size_t n, bool more, const char *advice);

/* download_send -- the answer is the file "SLUG-NAME.csv". */
void download_send(struct cx *cx, const struct download *d, struct res *res,
    struct str name);

#endif
