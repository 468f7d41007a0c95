/* SPDX-License-Identifier: ISC */
#ifndef WEB_LIMIT_WORDS_H
#define WEB_LIMIT_WORDS_H

/* How the pages speak of limits. */

#include "core/limit.h"
#include "web/view.h"

/* limit_amount -- so many of what a limit counts: "1,204", "$3.20". */
struct str limit_amount(struct cx *cx, const struct limit *l, int64_t n);

/* limit_title -- "1,000 requests per minute", "Spending limit: $50.00 per
 * month", "Credits". */
struct str limit_title(struct cx *cx, const struct limit *l);

/*
 * limit_stop -- what a limit that is used up does, and until when: "Calls are
 * refused until 1 Dec 2026, 00:00 UTC."; empty when it is a shadow, or
 * something is left.
 */
struct str limit_stop(struct cx *cx, const struct limit *l);

/* limit_resets -- view.resets, resets_at (null: no instant), resets_ago. */
void limit_resets(struct cx *cx, struct val *v, const struct limit *l);

/*
 * limit_row -- one row of limit/list, but for its addresses.
 * open  may this person see what was used?
 */
void limit_row(struct cx *cx, struct val *row, const struct limit *l,
    bool open);

#endif
