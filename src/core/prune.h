/* SPDX-License-Identifier: ISC */
#ifndef CORE_PRUNE_H
#define CORE_PRUNE_H

/*
 * Forgetting what is too old.  Usage events of a workspace are kept for its
 * event_months whole months and the one that runs; sums of hours and days,
 * which every page reads, the ledger and the audit log stay for good.  So do
 * not: reservations that nobody reported within REPORT_LATE_S, ended sessions,
 * one-time links.
 *
 * An event is also what tells a second report of a call from the first.  At
 * least one month is kept, and no call is taken that is older than
 * REPORT_LATE_S (28 days): so a report that gives the time of its call counts
 * once for ever, and is refused as too old after its event is gone.  One
 * without a time is a call of now: sent again after its event is gone, at
 * least 28 days later, it counts again.
 */

#include "core/cx.h"
#include "store/store_prune.h"

enum {
    PRUNE_ROWS = 100, /* of one transaction: a millisecond or two */
    PRUNE_STEPS = 20, /* transactions of one call */
    PRUNE_LINK_S = 30 * 86400, /* a link that ended says so for this long */
    PRUNE_TOLD_S = 40 * 86400, /* longer than any period */
    PRUNE_OUTBOX_S = 30 * 86400 /* of the log of mail and events */
};

/* How many rows. */
struct pruned {
    int64_t calls;
    int64_t rest[PRUNE_COUNT];
};

/* prune_name -- of a kind of the rest: "sessions". */
const char *prune_name(enum prune_what what);

/* Where the last call stopped; all 0 at first. */
struct prune {
    int64_t workspace_id;
    bool round;         /* it came to the last workspace */
    int64_t minute_s;
    struct pruned done; /* since the first call */
};

/* prune_before_ms -- events older than this are not kept. */
int64_t prune_before_ms(int64_t now_s, int64_t months);

/*
 * prune_some -- delete a bounded number of rows, in small transactions between
 * which others have the writer; once a second by the thread that sweeps.
 * Deletes may be lost with the power, and are done again then.
 * p  in, out: where to go on
 */
NODISCARD enum err_code prune_some(struct cx *cx, struct prune *p);

/* prune_all -- all that there is, by the same small steps; for the shell. */
NODISCARD enum err_code prune_all(struct cx *cx, struct pruned *out);

/* prune_count -- how much prune_all would delete. */
NODISCARD enum err_code prune_count(struct cx *cx, struct pruned *out);

#endif
