/* SPDX-License-Identifier: ISC */
#ifndef CORE_LIMIT_H
#define CORE_LIMIT_H

/*
 * Limits: setting them, and all that apply to a key.  What they do to a call
 * is core/meter.h.
 *
 * No limit is no rule; 0 allows nothing; below 0 is refused.  A shadow limit
 * counts and refuses nothing.  Periods are computed from the present instant:
 * a reset is not an event, a new period has no row and is zero.
 *
 * A minute slides, by two cells: what this minute has counted, and of the
 * minute before the share that a window of 60 seconds still reaches.  Even
 * traffic just under the limit always passes, and a burst right after a burst
 * does not.  The error: the minute before is taken as evenly spread, so that
 * a whole limit's burst at its very end, followed by even traffic, may bring
 * up to twice the limit into some 60 seconds; no calendar minute ever holds
 * more than the limit.
 */

#include "core/cx.h"
#include "model/limit.h"
#include "store/store_usage.h"

/* What one call takes off limits. */
struct need {
    int64_t input_tokens, output_tokens;
    int64_t cost; /* micro-USD */
};

/* limit_need -- the part of it that a limit counts; 1 of requests. */
int64_t limit_need(enum limit_counts counts, const struct need *n);

/* limit_period_at -- the period that holds an instant; 0..INT64_MAX for
 * LIMIT_NO_RESET. */
struct spend_period limit_period_at(enum limit_period p, int64_t at_s);

/* limit_of_spend -- the period that a spending limit counts. */
enum limit_period limit_of_spend(enum spend_reset reset);

/* limit_over -- are 0 or more requests, tokens, micro-USD too many now?  An
 * exhausted limit refuses also what needs nothing of it. */
bool limit_over(const struct limit *l, int64_t need);

/*
 * limit_wait_ms -- milliseconds until a limit that refuses lets so much pass,
 * if nothing else is used meanwhile; -1: never.
 */
int64_t limit_wait_ms(const struct cx *cx, const struct limit *l,
    int64_t need);

/* limit_share -- what is left of the count of the minute before, in the window
 * of 60 seconds that ends so many milliseconds into this minute. */
int64_t limit_share(int64_t before, int64_t into_ms);

/*
 * limit_runs_out -- when it is used up, if use goes on as since the beginning
 * of its period (or since born_s, when that is later: key or workspace did not
 * exist before).  -1: not before it starts again; 0: there is no basis (no
 * use yet, less than an hour of a day or a day of anything longer, credits,
 * minutes, used up already, more than 5 years).
 */
int64_t limit_runs_out(const struct cx *cx, const struct limit *l,
    int64_t born_s);

/*
 * limit_spent_hour -- the hour in which a budget of cx->ws was used up, by what
 * calls have cost; 0: not known (no reset, or only estimates are in the way).
 */
NODISCARD enum err_code limit_spent_hour(struct cx *cx, const struct limit *l,
    int64_t *hour_s);

/* limit_load -- rules of a key (0: none) and of its workspace, as they stand;
 * in an open transaction or outside.  Room for two more behind out->n. */
NODISCARD enum err_code limit_load(struct cx *cx, int64_t workspace_id,
    int64_t key_id, struct limits *out);

/*
 * limit_of_key -- every limit that calls of a key have to pass, as limit_list
 * says; nobody's rights are asked for.
 * k  of workspace_id; id 0: those of the workspace only
 */
NODISCARD enum err_code limit_of_key(struct cx *cx, int64_t workspace_id,
    const struct key *k, struct limits *out);

/* limit_mark -- mark the strictest of those that enforce: the one of which
 * the smallest part is left. */
void limit_mark(struct limits *l);

/*
 * limit_list -- every limit that applies to a key, in this order: its rules,
 * its spending limit, rules of the workspace, credits.  Empty prefix: those of
 * the workspace only.  With runs_out_s.
 * Errors: ERR_FORBIDDEN (RIGHT_KEY_SEE), ERR_NOT_FOUND.
 */
NODISCARD enum err_code limit_list(struct cx *cx, struct str prefix,
    struct limits *out);

/*
 * limit_set -- set, change or (amount null) remove the limit of a place: this
 * count and period, of all models or one, of the key or (prefix empty) the
 * workspace.  A new amount goes on with the same counter; a new limit starts
 * with what its period has seen so far, minutes with nothing.
 * On a key: requests and tokens per minute or day, money per day, week, month
 * or without reset.  On the workspace: money, all models.
 * Errors: ERR_FORBIDDEN (RIGHT_LIMITS), ERR_NOT_FOUND, ERR_INVALID at period,
 * model, amount, budget; ERR_CONFLICT reason "limit": LIMIT_RULES_MOST are
 * there.
 */
NODISCARD enum err_code limit_set(struct cx *cx, struct str prefix,
    const struct limit_in *in);

/*
 * limit_start -- in the open change: the rate limits that the form of a new
 * key sets, k being that key.
 * words  out: what was set, "60 requests per minute; …", or "none"
 * Errors: ERR_FORBIDDEN when there are any and the actor may not set limits,
 * or the key calls no models.
 */
NODISCARD enum err_code limit_start(struct cx *cx, const struct key_in *in,
    const struct key *k, struct str *words);

/*
 * limit_add -- make the limit of a form; *out: as it is now.  The rules are
 * those of limit_set, and: it must not be there yet (ERR_INVALID at period);
 * what was typed is money or a count, by what it counts (ERR_INVALID at
 * limit).
 */
NODISCARD enum err_code limit_add(struct cx *cx, struct str prefix,
    const struct limit_form_in *in, struct limit *out);

/* limit_draft -- the same without making it: out->used is what it would begin
 * with.  Writes nothing. */
NODISCARD enum err_code limit_draft(struct cx *cx, struct str prefix,
    const struct limit_form_in *in, struct limit *out);

/* limit_get -- one rule of the key, or (prefix empty) of the workspace, with
 * what it counted; for who may set it.  Errors: ERR_FORBIDDEN, ERR_NOT_FOUND
 * (also for ids of another key or workspace). */
NODISCARD enum err_code limit_get(struct cx *cx, struct str prefix,
    struct str id, struct limit *out);

/* limit_redraft -- the same with amount and shadow of a form, not saved. */
NODISCARD enum err_code limit_redraft(struct cx *cx, struct str prefix,
    struct str id, const struct limit_form_in *in, struct limit *out);

/*
 * limit_edit -- new amount and shadow; the counter goes on.  *out: as it is
 * now, with what it counted.
 * Errors: as limit_get; ERR_INVALID at limit; ERR_CONFLICT reason "stale":
 * it has no longer in->version.
 */
NODISCARD enum err_code limit_edit(struct cx *cx, struct str prefix,
    struct str id, const struct limit_form_in *in, struct limit *out);

/* limit_remove -- the rule and what it counted.  Errors as limit_get. */
NODISCARD enum err_code limit_remove(struct cx *cx, struct str prefix,
    struct str id);

/* limit_words -- "10 requests per minute", "$5.00 per month",
 * "2,000 input tokens per day of a/big". */
struct str limit_words(struct arena *a, const struct limit *l);

#endif
