/* SPDX-License-Identifier: ISC */
#ifndef CORE_FREEZE_H
#define CORE_FREEZE_H

/*
 * A freeze: every call of a workspace is refused, with a reason that callers
 * read, until somebody thaws it or its end comes (PRODUCT.md section 8, 12).
 * It is a fact of the workspace alone: no key, limit or balance is touched, so
 * a thaw restores the state exactly.  Reports of calls that were let through
 * before are booked, and management keys go on.  Both need RIGHT_FREEZE.
 */

#include "core/cx.h"

/*
 * freeze_begin -- freeze cx->ws from now on.
 * in->until  the instant at which it ends, with FREEZE_DATE
 * Errors: ERR_FORBIDDEN; ERR_INVALID at until (missing, or over already);
 * ERR_CONFLICT reason "frozen" when it is frozen: thaw it first.
 * Audit: workspace.freeze.
 */
NODISCARD enum err_code freeze_begin(struct cx *cx,
    const struct freeze_in *in);

/* freeze_end -- thaw cx->ws; that it is not frozen is no error.
 * Audit: workspace.thaw. */
NODISCARD enum err_code freeze_end(struct cx *cx);

#endif
