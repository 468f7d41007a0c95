/* SPDX-License-Identifier: ISC */
#ifndef STORE_STORE_CLOCK_H
#define STORE_STORE_CLOCK_H

/* The newest instant at which stamps were written; 0: never. */

#include "store/store.h"

/* writer, in a transaction */
NODISCARD enum err_code store_clock_see(struct store *st, int64_t now_s);
NODISCARD enum err_code store_clock_seen(struct store *st, int64_t *seen_s);

#endif
