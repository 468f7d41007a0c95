/* SPDX-License-Identifier: ISC */
#ifndef STORE_STORE_OPERATION_H
#define STORE_STORE_OPERATION_H

/* What who operates the installation asks of all there is. */

#include "model/operation.h"
#include "store/store.h"

/* store_operation_counts -- idle_s: sessions not seen since then have ended.
 * Reads each key once, so ERR_BUSY is possible. */
NODISCARD enum err_code store_operation_counts(struct store *st,
    int64_t now_s, int64_t idle_s, struct operation_counts *out);

/* store_operation_hook -- is there a webhook at all? */
NODISCARD enum err_code store_operation_hook(struct store *st, bool *any);

/* store_operation_newest -- time of the newest line of the audit log; 0:
 * there is none. */
NODISCARD enum err_code store_operation_newest(struct store *st,
    int64_t *at_s);

#endif
