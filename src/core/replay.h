/* SPDX-License-Identifier: ISC */
#ifndef CORE_REPLAY_H
#define CORE_REPLAY_H

/*
 * What a limit would have refused: the calls of the last days, one after the
 * other, against a counter that nothing else touches.  A call that the limit
 * would have refused uses up nothing of it, as at the gate.
 *
 * The figures are those of recorded calls: what each really took, not the
 * estimate that is held while it runs; so a limit that is tight may refuse
 * more than is said here.  Calls that were refused then are left out.  A
 * period that began before the first day starts with what the sums of its
 * earlier days say.
 */

#include "core/limit.h"

enum { REPLAY_CALLS_MOST = 50000 /* are read; the rest is cut off */ };

struct replay {
    int64_t from_s;  /* start of the first UTC day */
    int64_t calls;   /* that were let through then, and that it counts */
    int64_t refused; /* of them, by the limit */
    int64_t cut_s;   /* 0: all were looked at; else those up to then */
};

/*
 * replay_limit -- for who may set limits.
 * prefix  of the key; empty: the whole workspace
 * l       counts, period, model, amount; whether it is a shadow plays no part
 * days    1..31: today and those before it
 * Errors: ERR_FORBIDDEN, ERR_NOT_FOUND.
 */
NODISCARD enum err_code replay_limit(struct cx *cx, struct str prefix,
    const struct limit *l, int days, struct replay *out);

#endif
