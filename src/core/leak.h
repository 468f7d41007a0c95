/* SPDX-License-Identifier: ISC */
#ifndef CORE_LEAK_H
#define CORE_LEAK_H

/*
 * Reports of keys that were found where they do not belong.  Whoever has the
 * key may report it: the key itself is the proof.  The finder learns nothing:
 * a key that is live, unknown, wrong, revoked or no key at all takes the same
 * way through a look-up, a seal and a commit, and has the same answer
 * (SEMANTICS.md 50).  A hit writes some rows more, so answers come only at
 * whole steps of LEAK_STEP_US after the question.
 */

#include "core/cx.h"
#include "model/leak.h"

enum { LEAK_STEP_US = 25000 };

/*
 * leak_take -- take a report.
 * A live key is suspended from this moment on, also one that is disabled or
 * expired.  When it was its old secret, on its way out in a rotation, or when
 * the key is suspended for another reason, just that secret ends: it passes
 * never again.  Kept with the key: when, from which address, the source.
 * Audit: key.leak in the key's workspace, by nobody ("system"); and a notice.
 * Errors: ERR_LIMITED with retry_s; those of the store.
 */
NODISCARD enum err_code leak_take(struct cx *cx, const struct leak_in *in);

/* leak_list -- the newest reports of a key that the actor may see, at most
 * `most`.  Request lifetime. */
NODISCARD enum err_code leak_list(struct cx *cx, const struct key *k,
    int most, struct leak **out, size_t *n);

#endif
