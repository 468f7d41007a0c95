/* SPDX-License-Identifier: ISC */
#ifndef STORE_STORE_RESEAL_H
#define STORE_STORE_RESEAL_H

/* All that lies sealed in the database, row by row: for core/reseal.c. */

#include "store/store_backup.h"

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

/*
 * Keys in one go: their secrets and their row seals, in the open transaction.
 * A key is stale when it is whole, and sealed by another subkey than the one
 * that the transaction seals with (store_row_key).
 *
 * store_stale_walk    the next `most` keys after an id: a row for each of their
 *                     secrets; for a key without any one row of secret id 0.
 *                     upto: the last key, or `after` when there are no more
 * store_stale_secret  of a stale key: its secret, and, if it fits, its row seal
 * store_stale_keys    then seal the stale ones of these rows, and the lists and
 *                     limits that belong to them
 */
struct stale_row {
    struct walked_secret secret;
    int64_t seal_n;
    bool stale, fit; /* the key; the seal of the secret */
};
NODISCARD enum err_code store_stale_walk(struct store *st, int64_t after,
    int most, struct stale_row **out, size_t *n, int64_t *upto);
NODISCARD enum err_code store_stale_secret(struct store *st,
    const struct stale_row *row, struct str sealed);
NODISCARD enum err_code store_stale_keys(struct store *st,
    const struct stale_row *rows, size_t n, int64_t after, int64_t upto);

/* store_secret_refind -- what an imported secret is found by from now on. */
NODISCARD enum err_code store_secret_refind(struct store *st, int64_t id,
    struct str mac);

/* store_management_count -- live management keys of all workspaces. */
NODISCARD enum err_code store_management_count(struct store *st,
    int64_t now_s, int64_t *n);

#endif
