/* SPDX-License-Identifier: ISC */
#ifndef CORE_WATCH_H
#define CORE_WATCH_H

/*
 * Finding what nobody does, and people are to be told of: keys that end within
 * 7 days, budgets that are used by 80 and by 100 %.  Done by `keylodge send`,
 * off the way of every call.
 *
 * Each is told once: an end that is moved, a new period, another amount of the
 * limit are told anew.  What was told is noted in the transaction in which it
 * is queued, so a kill tells nothing twice and leaves nothing out.
 */

#include "core/cx.h"

/* Where the last call stopped; all 0 at first. */
struct watch {
    int64_t minute_s; /* keys are looked at once a minute */
};

enum {
    WATCH_KEY_LIFE_S = 7 * 86400 /* of keys that live no longer than this the
                                    end is not told: their maker knows it */
};

/*
 * watch_some -- look at keys, and at the budgets of the keys that were called
 * since the last time; a bounded number.
 * cx: of the shell, in no workspace; it is in some workspace afterwards.
 * Shadow limits refuse nothing, and are not told.  What is asked: money that is
 * spent, not what calls under way may still cost.
 */
NODISCARD enum err_code watch_some(struct cx *cx, struct watch *w);

/* watch_sender -- the minute in which the sender was last at work; 0: never. */
NODISCARD enum err_code watch_sender(struct cx *cx, int64_t *at_s);

#endif
