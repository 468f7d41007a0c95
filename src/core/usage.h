/* SPDX-License-Identifier: ISC */
#ifndef CORE_USAGE_H
#define CORE_USAGE_H

/*
 * Usage: writing down what calls cost, and the reports, in cx->ws.  Reports
 * read sums that were kept as the calls came in, so they do not slow down as
 * history grows, and rows always add up to totals.
 *
 * Who may not see the usage of everybody (RIGHT_USAGE_ALL) sees that of the
 * keys they own: in every function below, without asking for it.
 */

#include "core/cx.h"
#include "model/usage.h"

/*
 * usage_cost -- micro-USD of these tokens at these prices (micro-USD per
 * million tokens), rounded to the nearest, halves up.  Exact: no floating
 * point, no overflow.
 * tokens 0..USAGE_TOKENS_MOST, prices 0..PRICE_MOST (model/catalog.h)
 */
int64_t usage_cost(int64_t input_tokens, int64_t input_price,
    int64_t output_tokens, int64_t output_price);

/*
 * usage_add -- in the open change: write down one call, with the sums of its
 * hour and day, and the spending of its key.  The price is that of e->at_ms;
 * only calls that succeeded cost, and a model without a price costs nothing.
 * fresh  out: false when this key reported this event before; then nothing
 *        was counted
 * Errors: ERR_NOT_FOUND (no such key in cx->ws), ERR_INVALID (impossible
 * token counts).
 */
NODISCARD enum err_code usage_add(struct cx *cx, const struct usage_event *e,
    bool *fresh);

/* usage_record -- the same as a change of its own. */
NODISCARD enum err_code usage_record(struct cx *cx,
    const struct usage_event *e, bool *fresh);

/*
 * usage_spend_begin -- in the open change: the spending limit of k was set, or
 * counts another period now; what was spent in that period so far is taken
 * over from the sums of its days.
 */
NODISCARD enum err_code usage_spend_begin(struct cx *cx, const struct key *k);

/* A range of UTC days: both are starts of a day, to_s is not included. */
struct usage_range {
    int64_t from_s, to_s;
};

/* usage_days -- today and the n - 1 days before it. */
struct usage_range usage_days(const struct cx *cx, int n);

enum { USAGE_DAYS_DAILY = 92 /* longer ranges are shown in weeks */ };

/* usage_bucket_of -- days, or weeks for a range over USAGE_DAYS_DAILY days. */
enum usage_bucket usage_bucket_of(struct usage_range r);

/* usage_totals -- key_id: of one key of cx->ws (another's are zero); 0: all. */
NODISCARD enum err_code usage_totals(struct cx *cx, struct usage_range r,
    int64_t key_id, struct usage_sum *out);

/*
 * usage_series -- the sums by bucket and group, in order of time.
 * most  groups that get rows of their own, those with the highest cost; all
 *       others are one row in each bucket (`rest`, label "Other")
 * Buckets without calls have no row.  Bucket USAGE_WHOLE gives the table of
 * groups.  A first week begins before r.from_s unless that is a Monday; its
 * row holds the days of the range only.
 */
NODISCARD enum err_code usage_series(struct cx *cx, struct usage_range r,
    enum usage_bucket bucket, enum usage_group group, int64_t key_id,
    int most, struct usage_rows *out);

/* A page of usage: one walk through the sums, so that all of it adds up. */
struct usage_report {
    struct usage_sum sum;     /* of all */
    struct usage_rows rows;   /* by group, the dearest first, the rest last */
    struct usage_rows series; /* by bucket and group, as of usage_series */
};

/*
 * usage_report -- the same numbers as a sum, as a table and as a series.
 * rows_most, series_most  groups with rows of their own in each;
 *                         series_most <= rows_most
 */
NODISCARD enum err_code usage_report(struct cx *cx, struct usage_range r,
    enum usage_bucket bucket, enum usage_group group, int rows_most,
    int series_most, struct usage_report *out);

/* usage_for_key -- the last days of one key, by day and model; ERR_FORBIDDEN
 * for a key of somebody else without RIGHT_USAGE_ALL. */
enum { USAGE_KEY_DAYS = 30 };
NODISCARD enum err_code usage_for_key(struct cx *cx, const struct key *k,
    struct usage_rows *out);

/* usage_may_see -- may the actor see the usage of this key? */
bool usage_may_see(const struct cx *cx, const struct key *k);

/* usage_steps -- for the list of first steps: done by anybody here, or by the
 * actor for those who see only their own usage. */
NODISCARD enum err_code usage_steps(struct cx *cx, struct usage_steps *out);

/* usage_overview -- the numbers of the overview page.  n_active counts the
 * keys of everybody; money, calls and care are of own keys for members. */
NODISCARD enum err_code usage_overview(struct cx *cx,
    struct usage_overview *out);

#endif
