/* SPDX-License-Identifier: ISC */
#ifndef STORE_STORE_USAGE_H
#define STORE_STORE_USAGE_H

/*
 * Usage: single calls, and the sums that every report reads.  The sums are
 * kept in the transaction of the call, for the key and (key_id 0) for its
 * whole workspace, by hour, by day and by week.
 */

#include "model/key.h"
#include "model/usage.h"
#include "store/store.h"
#include "store/store_key.h"

/* What the sums of a key need to know of it. */
struct usage_key {
    bool found;            /* it is a key of this workspace */
    bool limited;          /* it has a spending limit */
    enum spend_reset reset;
    bool credits;          /* its workspace has */
    bool rules;            /* limits apply, its own or of the workspace */
};
NODISCARD enum err_code store_usage_key(struct store *st,
    int64_t workspace_id, int64_t key_id, struct usage_key *out);

/* *fresh false: this key has reported this event already */
NODISCARD enum err_code store_usage_event_insert(struct store *st,
    const struct usage_event *e, bool *fresh);
/* add e to the hour, day and week of e->at_ms, of its key and of all */
NODISCARD enum err_code store_usage_add(struct store *st,
    const struct usage_event *e);

/* The rows that a call adds to: by hour, day and week, of its key and of all
 * (key_id 0); the week of a key has no model and no endpoint. */
enum usage_span { USAGE_SPAN_HOUR, USAGE_SPAN_DAY, USAGE_SPAN_WEEK };
enum { USAGE_CELLS = 6 };
struct usage_cell {
    enum usage_span span;
    int64_t workspace_id, key_id;
    int64_t start_s;
    struct str model, endpoint;
};
/* usage_week_start -- the Monday of a UTC day; both are starts of a day */
int64_t usage_week_start(int64_t day_s);
/* usage_cells -- of e: where and when; the texts are those of e */
void usage_cells(const struct usage_event *e,
    struct usage_cell out[USAGE_CELLS]);
/* add sums, also negative ones, to one row */
NODISCARD enum err_code store_usage_cell_add(struct store *st,
    const struct usage_cell *c, const struct usage_sum *sum);

/* the same to all rows of a call; of e: where and when */
NODISCARD enum err_code store_usage_sum(struct store *st,
    const struct usage_event *e, const struct usage_sum *sum);

/* One period of a key's spending limit; start_s 0 for "no reset". */
struct spend_period {
    int64_t start_s, end_s;
};
/* add `cost` to a period's row; *found false when it has none yet */
NODISCARD enum err_code store_usage_spend_add(struct store *st,
    int64_t key_id, struct spend_period p, int64_t cost, bool *found);
/* make or mend the row of a period, from the sums of its days */
NODISCARD enum err_code store_usage_spend_set(struct store *st,
    int64_t workspace_id, int64_t key_id, struct spend_period p);

/* price of a live model at at_s; -1 when it has none */
NODISCARD enum err_code store_usage_price(struct store *st,
    int64_t workspace_id, struct str model, int64_t at_s, int64_t *input,
    int64_t *output);

/* the highest of all live models; 0 when none has a price */
NODISCARD enum err_code store_usage_price_most(struct store *st,
    int64_t workspace_id, int64_t at_s, int64_t *input, int64_t *output);

struct usage_filter {
    int64_t workspace_id;
    int64_t key_id;       /* 0: all keys */
    int64_t user_id;      /* keys that this user owns; 0: of everybody */
    int64_t from_s, to_s; /* UTC days, to_s not included */
    enum usage_bucket bucket;
    enum usage_group group;
    int most;             /* groups with a row of their own */
};
NODISCARD enum err_code store_usage_totals(struct store *st,
    const struct usage_filter *f, struct usage_sum *out);
/* by bucket; in each the dearest group first and the rest last */
NODISCARD enum err_code store_usage_rows(struct store *st,
    const struct usage_filter *f, struct usage_rows *out);

/* user_id: keys of this owner, or 0 */
NODISCARD enum err_code store_usage_active(struct store *st,
    int64_t workspace_id, int64_t user_id, int64_t now_s, int64_t *n);
/* at most CARE_SHOWN keys; *n: how many there are */
NODISCARD enum err_code store_usage_care(struct store *st,
    int64_t workspace_id, int64_t user_id, enum usage_care care,
    const struct key_times *t, struct care_key out[CARE_SHOWN], int64_t *n);
/* keys of any care, each counted once */
NODISCARD enum err_code store_usage_care_any(struct store *st,
    int64_t workspace_id, int64_t user_id, const struct key_times *t,
    int64_t *n);

/* user_id: keys of this owner, or 0 */
NODISCARD enum err_code store_usage_steps(struct store *st,
    int64_t workspace_id, int64_t user_id, struct usage_steps *out);

#endif
