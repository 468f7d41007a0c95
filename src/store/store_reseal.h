/* SPDX-License-Identifier: ISC */
#ifndef STORE_STORE_RESEAL_H
#define STORE_STORE_RESEAL_H

/* All that lies sealed in the database, row by row: for core/reseal.c. */

#include "store/store.h"

enum sealed_kind {
    SEALED_PASSWORD, SEALED_SEED, SEALED_WEBHOOK, SEALED_WEBHOOK_OLD,
    SEALED_OUTBOX, SEALED_KEY, /* walked by store_secret_walk */
    SEALED_KIND_COUNT
};

struct sealed_row {
    int64_t id;
    struct str uuid; /* what it is bound to: of the user, webhook, ... */
    struct str sealed;
};

/* store_sealed_walk -- in order of id, after `after`, at most `most`; of every
 * kind but SEALED_KEY. */
NODISCARD enum err_code store_sealed_walk(struct store *st,
    enum sealed_kind kind, int64_t after, int most, struct sealed_row **out,
    size_t *n);

/* store_sealed_set -- in the open transaction. */
NODISCARD enum err_code store_sealed_set(struct store *st,
    enum sealed_kind kind, int64_t id, struct str sealed);

/* store_secret_refind -- what an imported secret is found by from now on. */
NODISCARD enum err_code store_secret_refind(struct store *st, int64_t id,
    struct str mac);

/* store_management_count -- live management keys of all workspaces. */
NODISCARD enum err_code store_management_count(struct store *st,
    int64_t now_s, int64_t *n);

#endif
