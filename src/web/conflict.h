/* SPDX-License-Identifier: ISC */
#ifndef WEB_CONFLICT_H
#define WEB_CONFLICT_H

/* A form that came too late, because somebody else saved since it was opened:
 * view.conflict of part/conflict. */

#include "web/view.h"

/* conflict_met -- is this the reason why the form is shown again? */
bool conflict_met(const struct req *req);

/*
 * conflict_version -- view.seen_version: what the form will send.  After a
 * conflict it is the stored one, so that sending again means it; after any
 * other mistake the one that this person saw.  Also makes view.conflict null.
 */
void conflict_version(struct val *view, const struct req *req,
    int64_t version);

/*
 * conflict_begin -- view.conflict, with who saved and when from the audit log.
 * what        literal: "key", "model"
 * object_id   as the audit log has it
 * saved_s     for those who may not see that line of the log
 * fresh_href  the form with the stored values
 * Returns the list for conflict_row.
 */
struct val *conflict_begin(struct cx *cx, struct val *view, const char *what,
    struct str object_id, int64_t saved_s, struct str fresh_href);

/* conflict_row -- both values of one field, when they differ. */
void conflict_row(struct val *rows, const char *label, struct str theirs,
    struct str yours);

#endif
