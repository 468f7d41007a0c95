/* SPDX-License-Identifier: ISC */
#ifndef CORE_METER_H
#define CORE_METER_H

/*
 * What limits do to a call.  One transaction on the writer reads all that
 * apply, decides on all, and then reserves the estimate on all, or changes
 * nothing: a limit of 100 stays 100 under any number of calls at once.
 *
 * A reservation is live until it is settled by a usage report
 * (core/report.h), or until its end, METER_LEASE_S after the call.  Then it is
 * charged at its estimate, or released, as the workspace says; by the next
 * decision in that workspace, or by meter_sweep, whichever comes first.
 *
 * A call that names no model, or one that is not in the catalogue, is reserved
 * at the highest prices there; a model of the catalogue without a price costs
 * nothing, before and after.  What a report says is charged as it says.
 *
 * Overshoot: none when the caller gives upper bounds.  Without, tokens and
 * money of a call may pass its estimate, and a limit is passed by at most
 * (calls under way) x (what one call takes over its estimate); after that the
 * next call is refused.
 */

#include "core/limit.h"

enum { METER_LEASE_S = 15 * 60 };

/* A call that passed every other rule. */
struct metering {
    const struct key *key;
    struct str model, endpoint, address;
    int64_t input_tokens;  /* estimate of the caller; -1: that of the model */
    int64_t output_tokens; /* the most it may give; -1: as above */
    bool at_least;         /* estimates count only above the model's */
    bool plain;            /* a call without tokens, such as a list */
};

struct metered {
    const struct limit *refused; /* the first that refuses; NULL: it passes */
    int64_t wait_ms;             /* until all may pass; -1: no use to wait */
    bool broken;                 /* the seal of a limit is, or one is gone:
                                    the call must not pass */
    struct str reservation;      /* uuid; empty: nothing was reserved */
    int64_t ends_s;
    struct need need;            /* what was, or would have been, reserved */
    struct limits limits;        /* that apply, after this call, in the order
                                    in which they are asked */
};

/*
 * meter_begin -- begin the transaction of meter_call, so that what is looked at
 * before is read in it too: the pages that the writer has in memory outlast a
 * commit, those of all readers do not.  What is read may be the work of others
 * whose commit is not yet over, and fails together with this one; without it,
 * nothing may be let through on it.
 * The caller aborts it (store_tx_abort) when it does not come to meter_call.
 * Errors: those of the store.
 */
NODISCARD enum err_code meter_begin(struct cx *cx);

/*
 * meter_call -- decide and reserve, in the transaction of meter_begin or its
 * own, which is over afterwards; its commit may be put off, by a thread that
 * keeps the answer back until then (store_tx_later).  Refused calls use up
 * nothing.
 * Errors: those of the store: then the call must not pass.
 */
NODISCARD enum err_code meter_call(struct cx *cx, const struct metering *m,
    struct metered *out);

/* meter_sweep -- close what has ended, everywhere, in small transactions; once
 * a second by the thread that flushes stamps. */
NODISCARD enum err_code meter_sweep(struct cx *cx);

#endif
