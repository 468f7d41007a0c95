/* SPDX-License-Identifier: ISC */
#ifndef STORE_STORE_LIMIT_H
#define STORE_STORE_LIMIT_H

/* Limits and what they have counted. */

#include "model/limit.h"
#include "store/store.h"
#include "store/store_key.h"
#include "store/store_usage.h"

/*
 * store_limit_list -- every rule of a key (0: none) and of its workspace, in
 * the order they were made, with the counters of the present period.  Fills
 * all of a struct limit but start_s, resets_s and strictest.
 * minute_s  start of the minute; before: of the whole minute before it
 * The array has room for two more.
 */
NODISCARD enum err_code store_limit_list(struct store *st,
    int64_t workspace_id, int64_t key_id, const struct key_times *t,
    int64_t minute_s, struct limits *out);

/* store_limit_set -- make the rule, or change amount and shadow of the one in
 * its place; fills l->id.  key_id 0: of the workspace. */
NODISCARD enum err_code store_limit_set(struct store *st,
    int64_t workspace_id, int64_t key_id, struct limit *l, int64_t now_s);
NODISCARD enum err_code store_limit_remove(struct store *st,
    int64_t workspace_id, int64_t id);
/* store_limit_change -- amount and shadow of the rule l->id; *changed false
 * when it has no longer the version that l has. */
NODISCARD enum err_code store_limit_change(struct store *st,
    int64_t workspace_id, const struct limit *l, int64_t now_s,
    bool *changed);

/* store_limit_days_sum -- what l would have counted from p.start_s to before
 * p.end_s, which are starts of days; of its counts and model.  key_id 0: of
 * the whole workspace. */
NODISCARD enum err_code store_limit_days_sum(struct store *st,
    int64_t workspace_id, int64_t key_id, const struct limit *l,
    struct spend_period p, int64_t *sum);
/* store_limit_take_over -- the first cell of a new rule. */
NODISCARD enum err_code store_limit_take_over(struct store *st,
    int64_t rule_id, int64_t start_s, int64_t used);

/* A call of the past. */
struct replay_call {
    int64_t at_ms;
    bool counts;  /* it was let through, and is of the model asked for */
    int64_t input_tokens, output_tokens, cost;
};
/*
 * store_replay -- hand over the calls since from_s, oldest first, of a key (0:
 * of the whole workspace); at most `most`, whether they count or not.
 * model  name; empty: all models
 */
typedef void store_replay_row(void *arg, const struct replay_call *c);
NODISCARD enum err_code store_replay(struct store *st, int64_t workspace_id,
    int64_t key_id, struct str model, int64_t from_s, int64_t most,
    store_replay_row *each, void *arg);

/* store_limit_spent_hour -- start of the hour in which the cost of the whole
 * workspace since start_s reached the amount; 0: it did not. */
NODISCARD enum err_code store_limit_spent_hour(struct store *st,
    int64_t workspace_id, int64_t start_s, int64_t amount, int64_t *hour_s);

struct limit_cell {
    int64_t rule_id, start_s;
    int64_t used, reserved, would_refuse; /* added to what is there */
};
NODISCARD enum err_code store_limit_cell_add(struct store *st,
    const struct limit_cell *c);
/* nothing happens when the cell is gone */
NODISCARD enum err_code store_limit_cell_release(struct store *st,
    int64_t rule_id, int64_t start_s, int64_t amount);
/* cells of a minute rule that began before */
NODISCARD enum err_code store_limit_cell_prune(struct store *st,
    int64_t rule_id, int64_t before_s);

#endif
