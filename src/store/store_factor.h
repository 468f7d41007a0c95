/* SPDX-License-Identifier: ISC */
#ifndef STORE_STORE_FACTOR_H
#define STORE_STORE_FACTOR_H

/* Second factors of people, and their recovery codes.  A look-up that finds
 * nothing is ERR_OK with id 0. */

#include "store/store.h"

struct factor {
    int64_t id;
    struct str seed;    /* sealed */
    int64_t last_step;  /* the last one whose code was accepted */
    int64_t created_s;
    int64_t proved_s;   /* 0: not yet confirmed with a code */
    bool broken;        /* its row seal: no code is right */
};

NODISCARD enum err_code store_factor_find(struct store *st, int64_t user_id,
    struct factor *out);
/* store_factor_begin -- one that waits for its first code, in place of
 * another such.  *begun false: there is a proved one, which stays. */
NODISCARD enum err_code store_factor_begin(struct store *st, int64_t user_id,
    struct str seed, int64_t now_s, bool *begun);
NODISCARD enum err_code store_factor_prove(struct store *st, int64_t id,
    int64_t step, int64_t now_s);
/* store_factor_step -- *taken false: this step, or a later one, was used. */
NODISCARD enum err_code store_factor_step(struct store *st, int64_t id,
    int64_t step, bool *taken);
/* store_factor_remove -- the factor and the recovery codes. */
NODISCARD enum err_code store_factor_remove(struct store *st,
    int64_t user_id);

/* hash: DIGEST_BYTES of the code */
NODISCARD enum err_code store_recovery_insert(struct store *st,
    int64_t user_id, struct str hash);
/* *used false: no such code, or used before. */
NODISCARD enum err_code store_recovery_use(struct store *st, int64_t user_id,
    struct str hash, int64_t now_s, bool *used);
NODISCARD enum err_code store_recovery_left(struct store *st,
    int64_t user_id, int64_t *n);
NODISCARD enum err_code store_recovery_remove(struct store *st,
    int64_t user_id);

#endif
