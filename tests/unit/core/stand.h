/* SPDX-License-Identifier: ISC */
#ifndef TESTS_CORE_STAND_H
#define TESTS_CORE_STAND_H

/* A world with one API key and two priced models, and calls through the gate
 * with reports of their usage. */

#include "world.h"

#include "core/check.h"
#include "core/limit.h"
#include "core/report.h"

/* "a/big" costs 1 micro-USD per token, in and out; "a/free" nothing.  Both
 * reserve 1000 and 1000 tokens when the caller gives no estimate. */
struct stand {
    struct world w;
    struct seat s;
    struct key key;    /* of MEMBER */
    char text[64];     /* the whole key */
    char big_uuid[40];
};

void stand_open(struct stand *st);
void stand_close(struct stand *st);

/* Set a limit as ADMIN; prefix "": of the workspace; amount -1: none. */
void stand_limit(struct stand *st, struct str prefix,
    enum limit_counts counts, enum limit_period period, struct str model_uuid,
    int64_t amount, bool shadow);

/* Ask the gate; request lifetime of the seat. in, out -1: no estimate. */
void stand_ask(struct seat *s, const char *text, const char *model,
    int64_t in, int64_t out, struct decision *d);

/* One report by the gate; tokens -1: not said. */
struct report_result stand_report(struct seat *s, struct str id,
    const char *prefix, const char *model, int64_t in, int64_t out,
    bool failed);

/* stand_spend_limit -- change the key's own spending limit, as its owner. */
void stand_spend_limit(struct stand *st, int64_t micro,
    enum spend_reset reset);

/* stand_even -- fail unless events, sums of hours and days, spending, cells,
 * credits and reservations all add up. */
void stand_even(const struct world *w);

/* stand_ledger -- fail unless the balance of each workspace is the sum of what
 * its owners read, and each line's the one before plus its amount.  Only where
 * credits were moved by the core. */
void stand_ledger(const struct world *w);

#endif
