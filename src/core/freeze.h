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
 * Errors: ERR_FORBIDDEN; ERR_CONFLICT reason "deleted".
 * Audit: workspace.thaw. */
NODISCARD enum err_code freeze_end(struct cx *cx);

/*
 * workspace_delete -- cx->ws is gone for everybody who was in it, and for its
 * management keys, from now on, and every call is refused as in a freeze that
 * nobody but who operates the installation can end (PRODUCT.md section 3,
 * UX.md 1.3).  Nothing is taken out of the database: history stays, and single
 * calls are removed as they age.  Its address stays taken.  A freeze that there
 * was is replaced.
 * typed  its name, as whoever deletes it typed it; the shell need not
 * Needs RIGHT_WORKSPACE_DELETE.  Errors: ERR_FORBIDDEN; ERR_INVALID at confirm;
 * ERR_CONFLICT for a personal one, and for a deleted one (of the shell).
 * Audit: workspace.delete.
 */
NODISCARD enum err_code workspace_delete(struct cx *cx, struct str typed);

/*
 * For who operates the installation, without being in the workspace (the
 * gate's keys and calls stay unseen: core/operator.h).  slug: of any.
 * Errors: ERR_NOT_FOUND (no operator, no such workspace), and those above.
 *
 * freeze_any, thaw_any -- as freeze_begin, freeze_end.
 * workspace_restore -- undo a deletion: people and management keys are in again.
 * It stays frozen until somebody thaws it, so that no call comes through before
 * somebody looked.  That it is not deleted is no error.
 * Audit: workspace.restore.
 */
NODISCARD enum err_code freeze_any(struct cx *cx, struct str slug,
    const struct freeze_in *in);
NODISCARD enum err_code thaw_any(struct cx *cx, struct str slug);
NODISCARD enum err_code workspace_restore(struct cx *cx, struct str slug);

#endif
