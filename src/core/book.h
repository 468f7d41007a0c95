/* SPDX-License-Identifier: ISC */
#ifndef CORE_BOOK_H
#define CORE_BOOK_H

/*
 * The books: everything that one call changes when it is over, in the open
 * transaction.  Event, sums of hours and days, cells of limits, the key's
 * spending, credits and their ledger: all or nothing, so that every page adds
 * up to the same numbers.
 */

#include "core/cx.h"
#include "core/limit.h"
#include "core/sums.h"
#include "model/usage.h"
#include "store/store_reserve.h"

/* The books of one transaction.  Its members are book.c's. */
struct book {
    struct cx *cx;
    struct sums sums;
    int64_t workspace_id, key_id; /* of the call before: 0: there was none */
    struct usage_key key;         /* what is charged of that key */
    struct limits limits;
};

/* book_open -- in the open transaction; b lives no longer than it, nor than
 * the request's arena. */
void book_open(struct book *b, struct cx *cx);

/* book_close -- before the commit, and before anything else in the
 * transaction reads sums of usage: writes those that are kept.  Errors: those
 * of the store. */
NODISCARD enum err_code book_close(struct book *b);

/*
 * book_settle -- write down what a call cost.
 * r    the reservation that held its estimate, which is given back; NULL, or
 *      one that is closed: nothing is held
 * old  NULL, or the event as it was charged by estimate: it is corrected
 * e    workspace, key, id, time, price and all filled; e->at_ms is that of the
 *      reservation when there is one, so that what was held in a period is
 *      charged in that period; its texts live until book_close
 * Errors: those of the store; ERR_INTERNAL when the event is there already and
 * `old` is NULL.
 */
NODISCARD enum err_code book_settle(struct book *b,
    const struct reservation *r, const struct usage_event *old,
    const struct usage_event *e);

/* book_release -- give back what a live reservation holds, and charge
 * nothing. */
NODISCARD enum err_code book_release(struct cx *cx,
    const struct reservation *r);

/*
 * book_price -- fill e->cost from the price that held at e->at_ms; only calls
 * that succeeded cost, and a model without a price costs nothing.
 * e->input_tokens, output_tokens: within bounds, checked with must()
 */
NODISCARD enum err_code book_price(struct cx *cx, struct usage_event *e);

#endif
