/* SPDX-License-Identifier: ISC */
#ifndef CORE_SUMS_H
#define CORE_SUMS_H

/*
 * Sums of hours, days and weeks on their way to the store.  The calls that are
 * booked in one transaction share most of their rows, so that each row is
 * written once.
 */

#include "core/cx.h"
#include "store/store_usage.h"

enum { SUMS_HEADS = 256 };

struct sums {
    struct cx *cx;
    struct sums_row *rows;
    size_t n, room;
    uint16_t heads[SUMS_HEADS]; /* 1 + the first row of a chain; 0: none */
};

enum { SUMS_MOST = UINT16_MAX }; /* rows */

/* sums_open -- nothing yet; s lives no longer than the request's arena. */
void sums_open(struct sums *s, struct cx *cx);

/*
 * sums_add -- keep the sums of a call, or with sign -1 take them off again.
 * e    its texts live until the sums are written
 * Errors: those of the store, when so many rows wait that they are written.
 */
NODISCARD enum err_code sums_add(struct sums *s, const struct usage_event *e,
    int64_t sign);

/* sums_write -- write what was kept, in the open transaction, and keep nothing
 * any more.  Errors: those of the store. */
NODISCARD enum err_code sums_write(struct sums *s);

#endif
