/* SPDX-License-Identifier: ISC */
#ifndef API_LEFT_H
#define API_LEFT_H

/* What is left of the limits of a call, for its caller. */

#include "core/check.h"
#include "http/res.h"

/*
 * left_headers -- x-ratelimit-limit-, -remaining- and -reset-requests, and the
 * same of -tokens: of those limits of each sort that enforce, the one with the
 * least left.  Nothing for a sort without a limit.  Reset: a duration such as
 * "6m0s", until the limit is whole again.
 */
void left_headers(struct cx *cx, const struct decision *d, struct res *res);

/* left_limits -- every limit that was asked, as a list in v. */
void left_limits(struct cx *cx, const struct decision *d, struct val *v);

/*
 * left_rule -- one limit with how far it is used, into v: of, counts, period,
 * model, limit, used, reserved, shadow, resets_at.
 * model  how it is named here; empty: null, all models
 */
void left_rule(struct cx *cx, struct val *v, const struct limit *l,
    struct str model);

/* left_duration -- "1s", "60ms", "6m0s", "23h59m59s". */
struct str left_duration(struct arena *a, int64_t ms);

/* left_source_name -- where a limit stands, in JSON: "key", "spending_limit",
 * "workspace", "credits". */
const char *left_source_name(enum limit_source s);

#endif
