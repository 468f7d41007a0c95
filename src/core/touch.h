/* SPDX-License-Identifier: ISC */
#ifndef CORE_TOUCH_H
#define CORE_TOUCH_H

/*
 * "Last used" and "last seen" stamps.  They must not cost a commit on the way
 * of a request, so they are kept in memory, at minute precision and at most
 * one for each thing, and written in one transaction every second by whoever
 * calls touch_flush.  A kill loses at most a second of them; nothing that
 * matters for a decision is ever here (SEMANTICS.md 47).
 */

#include "core/cx.h"

struct touches;

/* touches_new -- process lifetime; holds at most 4,096 waiting stamps, more
 * are dropped (the next use stamps again). */
struct touches *touches_new(void);
void touches_free(struct touches *t);

/* touches_tally -- what counts refusals; see core/tally.h. */
struct tally;
struct tally *touches_tally(struct touches *t);
/* touches_pace -- what counts requests for logs; see core/pace.h. */
struct pace;
struct pace *touches_pace(struct touches *t);

/* touches_denied -- attempts that were refused; see core/denied.h. */
struct denied;
struct denied *touches_denied(struct touches *t);

/* touches_hints -- which keys are metered; see core/hint.h. */
struct hints;
struct hints *touches_hints(struct touches *t);

/* touch_key -- a key was used now; cx->touches may be NULL. */
void touch_key(struct cx *cx, const struct key *k, int64_t secret_id,
    struct str address, struct str endpoint, struct str model);

/*
 * touch_secret -- a call was made with this secret of a key that rotates,
 * allowed or not: counted, and the last one remembered.
 * agent  of the client; empty: not told
 */
void touch_secret(struct cx *cx, int64_t secret_id, struct str address,
    struct str agent);

/* touch_session -- the actor's session was seen now, perhaps in a workspace
 * (0: none). */
void touch_session(struct cx *cx, int64_t workspace_id);

/* touch_flush -- write what waits, refusals too.  cx needs may_write; an error
 * leaves the stamps of this round unwritten, and refusals for the next. */
NODISCARD enum err_code touch_flush(struct cx *cx);

/* touch_clock -- take up the time that an earlier process wrote with its stamps:
 * ours does not go back behind it.  Once at start. */
NODISCARD enum err_code touch_clock(struct cx *cx);

#endif
