/* SPDX-License-Identifier: ISC */
#ifndef STORE_STORE_BACKUP_H
#define STORE_STORE_BACKUP_H

/* What backup, verify, restore and new master secrets ask of all there is. */

#include "model/key.h"
#include "store/store.h"

struct backup_counts {
    int64_t workspaces, users, keys, events;
    int64_t audit_s; /* time of the newest row of the audit log; 0: none */
};
NODISCARD enum err_code store_backup_counts(struct store *st,
    struct backup_counts *out);

/* When the last backup was made; 0: never.  In which folder; empty: not known. */
NODISCARD enum err_code store_backup_last(struct store *st, int64_t *at_s);
NODISCARD enum err_code store_backup_place(struct store *st,
    struct str *folder);
NODISCARD enum err_code store_backup_note(struct store *st, int64_t at_s,
    struct str folder);

/* A secret, and the members of its key that it is bound to. */
struct walked_secret {
    int64_t id;
    struct str sealed;
    struct key key;
    struct str mac; /* what an imported one is found by; else empty */
};
/* store_secret_walk -- in order of id, after `after`, at most `most`. */
NODISCARD enum err_code store_secret_walk(struct store *st, int64_t after,
    int most, struct walked_secret **out, size_t *n);

/* store_void_all -- every session ends; links and invitations on their way
 * do nothing any more. */
NODISCARD enum err_code store_void_all(struct store *st, int64_t now_s);

#endif
