/* SPDX-License-Identifier: ISC */
#ifndef STORE_STORE_LEAK_H
#define STORE_STORE_LEAK_H

/* Reports of leaked keys, and what they do to a key. */

#include "model/leak.h"
#include "store/store.h"

/* *changed: the key was neither revoked nor suspended, and this is its current
 * secret; it is suspended as leaked now. */
NODISCARD enum err_code store_leak_suspend(struct store *st, int64_t key_id,
    int64_t secret_id, int64_t now_s, bool *changed);
/* *changed: the secret was live, its key neither revoked nor leaked; it has
 * ended now. */
NODISCARD enum err_code store_leak_end_secret(struct store *st,
    int64_t key_id, int64_t secret_id, int64_t now_s, bool *changed);
/* the key is not suspended as leaked any more; no error when it was not */
NODISCARD enum err_code store_leak_lift(struct store *st,
    int64_t workspace_id, int64_t key_id);
NODISCARD enum err_code store_leak_insert(struct store *st, int64_t key_id,
    const struct leak *r);
/* one more report of that day which named no live key */
NODISCARD enum err_code store_leak_miss(struct store *st, int64_t day_s);
/* newest first */
NODISCARD enum err_code store_leak_list(struct store *st,
    int64_t workspace_id, int64_t key_id, int most, struct leak **out,
    size_t *n);

#endif
