/* SPDX-License-Identifier: ISC */
#ifndef STORE_STORE_ADVICE_H
#define STORE_STORE_ADVICE_H

/* What keys did, as advice reads it, and changes that advice made. */

#include "model/advice.h"
#include "store/store.h"

/* Calls of one key on one day, with one model and endpoint. */
struct use {
    int64_t start_s; /* of the day */
    struct str model, endpoint;
    int64_t calls;   /* that passed */
    int64_t input, output, cost;
};
/* store_advice_use -- in the order of days, at most `most`. */
NODISCARD enum err_code store_advice_use(struct store *st,
    int64_t workspace_id, int64_t key_id, int64_t from_s, int most,
    struct use **out, size_t *n);

NODISCARD enum err_code store_advice_add(struct store *st,
    int64_t workspace_id, const struct advice_done *d);
/* store_advice_list -- not undone, after from_s, newest first. */
NODISCARD enum err_code store_advice_list(struct store *st,
    int64_t workspace_id, int64_t key_id, int64_t from_s, int most,
    struct advice_done **out, size_t *n);
/* store_advice_get -- the same of one; id 0: there is none. */
NODISCARD enum err_code store_advice_get(struct store *st,
    int64_t workspace_id, int64_t key_id, struct str uuid, int64_t from_s,
    struct advice_done *out);
NODISCARD enum err_code store_advice_undo(struct store *st, int64_t id,
    int64_t now_s);

#endif
