/* SPDX-License-Identifier: ISC */
#ifndef CORE_ROTATION_H
#define CORE_ROTATION_H

/*
 * A rotation that one can watch: while both secrets work, each call with a right
 * secret is counted for that secret, allowed or not, with its last time, address
 * and client (core/touch.h; a kill loses at most a second of it).  The old
 * secret ends now, at a time, or when nobody used it for some hours; while it
 * lasts, the rotation can be taken back.
 */

#include "core/cx.h"
#include "store/store_key.h"

/* The two secrets of a key that rotates. */
struct rotation {
    bool on;                   /* false: none goes on, and the rest is empty */
    struct key_secret old, fresh; /* sealed bytes are blanked */
};

/* rotation_get -- of a key that the actor may see. */
NODISCARD enum err_code rotation_get(struct cx *cx, const struct key *k,
    struct rotation *out);

/* rotation_calls -- how many calls were made with this secret today, UTC. */
int64_t rotation_calls(const struct cx *cx, const struct key_secret *s);

/*
 * rotation_plan -- when the old secret ends: never after the key itself, and in
 * ROTATION_MOST_S at the latest.  Who may edit the key.
 * out  the key
 * Errors: ERR_INVALID at `ends_on` or `silent_hours`; ERR_CONFLICT when no
 * rotation goes on.
 */
NODISCARD enum err_code rotation_plan(struct cx *cx, struct str prefix,
    const struct rotation_in *in, struct key *out);

/*
 * rotation_undo -- the old secret goes on as if nothing had been, and the new
 * one ends now.  Who may edit the key.
 * Errors: ERR_CONFLICT when no rotation goes on.
 */
NODISCARD enum err_code rotation_undo(struct cx *cx, struct str prefix,
    struct key *out);

/* rotation_sweep -- end old secrets that were silent for long enough; often, by
 * the thread that sweeps, after stamps were written.  Each has its line in the
 * audit log of its workspace, by nobody. */
NODISCARD enum err_code rotation_sweep(struct cx *cx);

#endif
