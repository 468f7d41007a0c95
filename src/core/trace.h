/* SPDX-License-Identifier: ISC */
#ifndef CORE_TRACE_H
#define CORE_TRACE_H

/*
 * What every rule said to one refused call, as it is kept with the refusal: a
 * JSON list with a row for each rule in the order in which they are asked, and
 * for each limit once those were asked.
 *   rule      "network"; of a limit "limit"
 *   state     "passed", "refused", "not_reached"; of limits also "over" (it
 *             would have refused too) and "would_refuse" (a shadow limit)
 *   allowed, given   what the rule asks for and what the call had, in words
 * of limits instead of these two: source, counts, period, model, amount,
 * used, reserved (at that moment), need (of this call), opens_s (Unix seconds;
 * 0: waiting does not help)
 */

#include "core/check.h"

/* trace_rule_name -- "network". */
const char *trace_rule_name(enum rule rule);

/*
 * trace_write -- the text of a refused call whose key is known.  Reads what
 * the key allows; a store that cannot answer leaves those values out, cx->err
 * stays as it was.  Request lifetime.
 */
struct str trace_write(struct cx *cx, const struct call *call,
    const struct decision *d);

/* trace_some -- "a, b, c, d, e and 4 more"; "nothing" of an empty list. */
struct str trace_some(struct arena *a, const struct strs *list);

/* trace_name -- a name that a caller sent, fit to be kept: clipped, and left
 * out when it looks like a key. */
struct str trace_name(struct str s);

#endif
