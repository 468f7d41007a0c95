/* SPDX-License-Identifier: ISC */
#ifndef CORE_CREDIT_H
#define CORE_CREDIT_H

/*
 * Credits of cx->ws: a balance that moves by entries of its ledger alone, so
 * that the ledger always sums to it.  Owners only (RIGHT_CREDITS).  A
 * workspace without a balance uses no credits, and no call asks for any.
 *
 * The changes carry the single-use id of their form: sent again, they change
 * nothing, and it is no error.
 */

#include "core/cx.h"
#include "model/credit.h"
#include "store/store_credit.h"

/* credit_state -- balance, what calls under way hold of it, and what this
 * month was charged. */
NODISCARD enum err_code credit_state(struct cx *cx, struct credit_state *out);

/*
 * credit_list -- lines of the ledger, newest first.
 * f     workspace_id is filled here; most: lines wanted
 * more  out: there are further lines the same way
 */
NODISCARD enum err_code credit_list(struct cx *cx, struct credit_filter *f,
    struct credit_line **out, size_t *n, bool *more);

/* credit_on -- use credits from now on, beginning with in->amount (0 refuses
 * every call that costs).  ERR_CONFLICT when they are used already.
 * Audit: credit.on. */
NODISCARD enum err_code credit_on(struct cx *cx, const struct credit_in *in);

/* credit_bring -- in the open change of an import: credits are used from now on,
 * and this balance (which may be below 0) is their first entry. */
NODISCARD enum err_code credit_bring(struct cx *cx, int64_t balance);

/* credit_off -- use none from now on: what is left is booked out, so that the
 * ledger ends at 0.  That none are used is no error.  Audit: credit.off. */
NODISCARD enum err_code credit_off(struct cx *cx);

/* credit_top_up, credit_adjust -- errors: ERR_CONFLICT when no credits are
 * used; ERR_INVALID at amount when the balance would pass what is counted.
 * Audit: credit.top_up, credit.adjust. */
NODISCARD enum err_code credit_top_up(struct cx *cx,
    const struct credit_in *in);
NODISCARD enum err_code credit_adjust(struct cx *cx,
    const struct credit_adjust_in *in);

/*
 * credit_charge -- for core/book.c, in its open transaction: take cost (below
 * 0: give back) off the balance, and write it down.  Nothing where no credits
 * are used.
 * calls  how many calls it is the first charge of: 1, or 0 for a correction
 */
NODISCARD enum err_code credit_charge(struct cx *cx, int64_t workspace_id,
    struct str model, struct str reference, int64_t cost, int calls);

#endif
