/* SPDX-License-Identifier: ISC */
#ifndef CORE_STUCK_H
#define CORE_STUCK_H

/*
 * Messages that did not go out at the first try, of the whole installation:
 * mail and events of every workspace, and mail of accounts, which no workspace
 * sees.  For who operates it (core/operator.h); core/outbox.h has those of one
 * workspace.  What a message says stays sealed.
 *
 * Each change has its line in the audit log, in that of the workspace whose
 * message it is.
 */

#include "core/cx.h"
#include "model/notice.h"

enum { STUCK_PAGE = 50 };

/* stuck_list -- newest first; before: id of the last of the page before, or 0.
 * Errors: ERR_NOT_FOUND for who does not operate it. */
NODISCARD enum err_code stuck_list(struct cx *cx, int64_t before,
    struct outbox_stuck **out, size_t *n, bool *more);

/* stuck_get -- one of them.  ERR_NOT_FOUND also when it went out meanwhile. */
NODISCARD enum err_code stuck_get(struct cx *cx, struct str uuid,
    struct outbox_stuck *out);

/* stuck_again -- try it now, whether it waits or was given up.  Errors:
 * ERR_NOT_FOUND; ERR_CONFLICT when it is under way, or its link is over. */
NODISCARD enum err_code stuck_again(struct cx *cx, struct str uuid);

/* stuck_drop -- try it never again; it is gone.  Errors: ERR_NOT_FOUND;
 * ERR_CONFLICT when it is under way. */
NODISCARD enum err_code stuck_drop(struct cx *cx, struct str uuid);

#endif
