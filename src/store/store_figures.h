/* SPDX-License-Identifier: ISC */
#ifndef STORE_STORE_FIGURES_H
#define STORE_STORE_FIGURES_H

/* Figures of one key between any two instants, single calls, and the ledger
 * entry by entry: what programs ask for. */

#include "model/usage.h"
#include "store/store.h"

struct figures_span {
    int64_t workspace_id, key_id;
    int64_t from_ms, to_ms; /* to_ms not included */
};

/* store_figures_between -- one row for each model, the dearest first; those
 * after FIGURES_MODELS_MOST are one row, the last, called FIGURES_OTHERS, so
 * that all rows always sum to all there was. */
enum { FIGURES_MODELS_MOST = 2000 };
#define FIGURES_OTHERS "(other models)"
NODISCARD enum err_code store_figures_between(struct store *st,
    const struct figures_span *s, struct usage_rows *out);

struct figures_calls {
    struct figures_span span;
    struct str models;      /* "\na/b\nc\n"; empty: all */
    bool succeeded, failed; /* which are wanted */
    int most;
    int64_t skip;
};
/* newest first; model, outcome, cost, tokens, ids and time are filled */
NODISCARD enum err_code store_figures_calls(struct store *st,
    const struct figures_calls *f, struct usage_event **out, size_t *n);
NODISCARD enum err_code store_figures_count(struct store *st,
    const struct figures_calls *f, int64_t *n);

struct ledger_filter {
    int64_t workspace_id;
    int64_t from_s, to_s; /* -1: any time */
    struct str kind;      /* as in credit_entry; empty: any */
    int sign;             /* 1: what came in, -1: what was taken, 0: both */
    int64_t before;       /* id; 0: from the newest on */
    int most;
};
struct ledger_entry {
    int64_t id, at_s;
    struct str kind;
    int64_t amount; /* below 0: taken */
    struct str model, reference;
};
NODISCARD enum err_code store_figures_ledger(struct store *st,
    const struct ledger_filter *f, struct ledger_entry **out, size_t *n);

#endif
