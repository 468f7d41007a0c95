/* SPDX-License-Identifier: ISC */
#ifndef STORE_STORE_ROTATION_H
#define STORE_STORE_ROTATION_H

/* Rotations that go on: two live secrets of one key. */

#include "model/key.h"
#include "store/store.h"

/* Calls with one secret, that were counted for a while. */
struct secret_seen {
    int64_t secret_id;
    int64_t at_s;           /* of the last */
    int64_t day_s;          /* start of its day, UTC */
    int64_t calls;          /* on that day */
    struct str address, agent; /* of the last */
};
/* store_rotation_seen -- a secret that is gone is no error. */
NODISCARD enum err_code store_rotation_seen(struct store *st,
    const struct secret_seen *s);

/* store_rotation_plan -- the old secret ends at ends_s, or before, when it was
 * silent for silent_s (0: not asked for).  *changed: false when there is none
 * any more. */
NODISCARD enum err_code store_rotation_plan(struct store *st, int64_t key_id,
    int64_t ends_s, int64_t silent_s, int64_t now_s, bool *changed);

/* store_rotation_undo -- the old secret goes on for good, and the new one ends
 * now.  ERR_INTERNAL when they are not these two. */
NODISCARD enum err_code store_rotation_undo(struct store *st, int64_t key_id,
    int64_t old_id, int64_t new_id, int64_t now_s);

/* A secret that was silent for as long as was asked for. */
struct silent {
    int64_t secret_id, workspace_id;
    struct str prefix;
};
enum { SILENT_MOST = 20 };
/* store_rotation_silent -- at most SILENT_MOST. */
NODISCARD enum err_code store_rotation_silent(struct store *st,
    int64_t now_s, struct silent **out, size_t *n);
/* store_rotation_silent_end -- it ends now, when it is still silent. */
NODISCARD enum err_code store_rotation_silent_end(struct store *st,
    int64_t secret_id, int64_t now_s, bool *changed);

#endif
