/* SPDX-License-Identifier: ISC */
#ifndef API_PART_H
#define API_PART_H

/* Bodies with objects inside, for rows whose handler reads by itself
 * (FIELDS_BY_HANDLER). */

#include "core/cx.h"
#include "text/val.h"

/*
 * part_rest -- an object without one member, so that the fields of the rest can
 * be read with their own table.
 * body  an object, or NULL: then NULL
 * Errors: ERR_MALFORMED for what is no object.
 */
NODISCARD enum err_code part_rest(struct cx *cx, const struct val *body,
    const char *member, const struct val **out);

/* usd_val -- an amount in USD as JSON has it: a whole one as an integer, as it
 * is written by hand. */
struct val *usd_val(struct arena *a, int64_t micro);

/* put_credits -- the members usd and credits (2,000,000 to the USD). */
void put_credits(struct val *v, int64_t micro);

#endif
