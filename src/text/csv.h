/* SPDX-License-Identifier: ISC */
#ifndef TEXT_CSV_H
#define TEXT_CSV_H

#include "base/buf.h"
#include "base/err.h"

/*
 * CSV after RFC 4180: CRLF, cells quoted when they hold comma, quote, CR or
 * LF.  Text cells that begin with = + - @ TAB or CR get a leading apostrophe,
 * so that no spreadsheet runs them as a formula; reading does not take it away.
 */

/* csv_cell -- append one text cell, with a comma before it unless `first`. */
void csv_cell(struct buf *out, struct str text, bool first);

/* csv_number -- append a number as it is (a leading '-' is kept).  Only for
 * digits that we made: nothing is quoted. */
void csv_number(struct buf *out, struct str digits, bool first);

/* csv_end -- end of the row. */
void csv_end(struct buf *out);

/*
 * csv_read -- all rows of a whole file; CRLF or LF, quoted cells.  The end of
 * line of the last row may be missing; an empty line is a row of one empty
 * cell; rows may differ in length.
 * text: bounded by the caller; it takes up to some 50 times its size.
 * rows: n_rows lists of cells, copied, request lifetime.
 * Errors: ERR_MALFORMED with the line (stray quote, unclosed cell, lone CR).
 */
NODISCARD enum err_code csv_read(struct arena *a, struct str text,
    struct strs **rows, size_t *n_rows, struct err *err);

#endif
