/* SPDX-License-Identifier: ISC */
#ifndef CORE_ADVICE_H
#define CORE_ADVICE_H

/*
 * Advice from use: what a key may and does not, each with a change that can be
 * made at once and undone for ADVICE_UNDO_DAYS.  For keys that work, of whose
 * use the actor may see and whose settings they may change; of a limit besides
 * who may set that.
 *
 * A key that is younger than ADVICE_UNUSED_DAYS, or was used less than that
 * time ago with a model or endpoint that the workspace does not know, gets no
 * advice on these: what it needs is not known.
 */

#include "core/cx.h"
#include "model/advice.h"

enum { ADVICE_MOST = 12 /* of one key */ };

struct advice {
    enum advice_kind kind;
    struct key key;       /* without its access */
    int64_t since_s;      /* ADVICE_SILENT: last used, or made */
    struct strs keep;     /* MODELS: uuids, ENDPOINTS: paths, that were used */
    struct strs names;    /* the same as people say them */
    int64_t unused;       /* how many others it may call */
    struct limit limit;   /* ADVICE_LIMIT: as it is */
    int64_t peak;         /* the most that a period has seen in 92 days */
    int64_t amount;       /* what it could be: twice that, rounded up */
    int64_t expires_s;    /* ADVICE_EXPIRY: about what it could be */
};

/* advice_of_key -- of one key that the actor may see; k with its access.
 * Nothing for those who could not do it. */
NODISCARD enum err_code advice_of_key(struct cx *cx, const struct key *k,
    struct advice out[ADVICE_MOST], size_t *n);

/* advice_overview -- the most urgent of cx->ws, at most `most`: of keys that
 * were used last, and of those that were not used for longest. */
NODISCARD enum err_code advice_overview(struct cx *cx, size_t most,
    struct advice *out, size_t *n);

/*
 * advice_apply -- make the change, as it is advised at this moment.
 * Errors: ERR_CONFLICT when it is not advised any more; those of the change.
 */
NODISCARD enum err_code advice_apply(struct cx *cx, struct str prefix,
    const struct advice_in *in, struct key *out);

/* advice_recent -- what was done to a key by advice and can be undone; newest
 * first. */
enum { ADVICE_RECENT = 10 };
NODISCARD enum err_code advice_recent(struct cx *cx, const struct key *k,
    struct advice_done **out, size_t *n);

/*
 * advice_undo -- make it as it was before.
 * Errors: ERR_NOT_FOUND (never, undone already, too long ago); ERR_CONFLICT when
 * the setting was changed again since; those of the change.
 */
NODISCARD enum err_code advice_undo(struct cx *cx, struct str prefix,
    struct str done, struct key *out);

/* advice_round -- at least n, of at most two digits that are not 0. */
int64_t advice_round(int64_t n);

#endif
