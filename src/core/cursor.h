/* SPDX-License-Identifier: ISC */
#ifndef CORE_CURSOR_H
#define CORE_CURSOR_H

/*
 * Cursors of APIs: where the next page of a list begins, as a text that only
 * we can make.  It is good for the same list, workspace and filter only.
 */

#include "core/cx.h"

/* cursor_make -- for the page after a row.
 * list    which list, a literal
 * filter  all that narrows it, as text
 * id      of the last row shown, above 0
 * Request lifetime. */
struct str cursor_make(struct cx *cx, const char *list, struct str filter,
    int64_t id);

/*
 * cursor_read -- the id in a cursor; 0 for an empty text.
 * Errors: ERR_INVALID at "cursor" for anything that cursor_make did not make
 * for this list, workspace and filter.
 */
NODISCARD enum err_code cursor_read(struct cx *cx, const char *list,
    struct str filter, struct str text, int64_t *id);

#endif
