/* SPDX-License-Identifier: ISC */
#ifndef STORE_STORE_PRUNE_H
#define STORE_STORE_PRUNE_H

/* Forgetting what is too old, a few rows at a time. */

#include "store/store.h"

/* A workspace with what it keeps and has of usage events. */
struct prune_place {
    int64_t workspace_id; /* 0: there is none after that one */
    int64_t months;       /* for which events are kept */
    int64_t oldest_ms;    /* of its events; INT64_MAX: it has none */
};
NODISCARD enum err_code store_prune_next(struct store *st, int64_t after,
    struct prune_place *out);

/* Deletes at most `most` events older than before_ms, oldest first. */
NODISCARD enum err_code store_prune_events(struct store *st,
    int64_t workspace_id, int64_t before_ms, int64_t most, int64_t *deleted);

/* How many there are. */
NODISCARD enum err_code store_prune_events_count(struct store *st,
    int64_t workspace_id, int64_t before_ms, int64_t *n);

/* Rows that are of no use once their time is over. */
enum prune_what {
    PRUNE_RESERVATIONS, /* closed by themselves before then */
    PRUNE_SESSIONS,     /* ended */
    PRUNE_LINKS,        /* ended */
    PRUNE_ATTEMPTS,     /* their count says nothing any more */
    PRUNE_PLACES,       /* last signed in from before then */
    PRUNE_BUDGETS,      /* what was told of periods that are over */
    PRUNE_OUTBOX,       /* messages that went out, or were given up */
    PRUNE_COUNT
};
NODISCARD enum err_code store_prune(struct store *st, enum prune_what what,
    int64_t before_s, int64_t most, int64_t *deleted);
/* How many there are. */
NODISCARD enum err_code store_prune_count(struct store *st,
    enum prune_what what, int64_t before_s, int64_t *n);

#endif
