/* SPDX-License-Identifier: ISC */
#ifndef API_QUERY_H
#define API_QUERY_H

/* What a program asks in the address.  Each leaves a message at its parameter:
 * ERR_INVALID. */

#include "core/cx.h"
#include "http/req.h"

/* query_known -- refuse parameters that are not among `names` (NULL-ended;
 * NULL: there are none): one misspelt would silently ask for something else. */
NODISCARD enum err_code query_known(struct cx *cx, const struct req *req,
    const char *const *names);

/* query_one -- the value of one that may be sent once; empty when it was not.
 * Sent empty is refused. */
NODISCARD enum err_code query_one(struct cx *cx, const struct req *req,
    const char *name, struct str *out);

/* query_int -- a whole number, min..max; `fallback` when it was not sent. */
NODISCARD enum err_code query_int(struct cx *cx, const struct req *req,
    const char *name, int64_t min, int64_t max, int64_t fallback,
    int64_t *out);

/* query_choice -- index into `names` (NULL-ended); -1 when it was not sent. */
NODISCARD enum err_code query_choice(struct cx *cx, const struct req *req,
    const char *name, const char *const *names, int *out);

/* query_time -- RFC 3339 in Unix milliseconds; without offset it is UTC, a date
 * is its first instant.  -1 when it was not sent. */
NODISCARD enum err_code query_time(struct cx *cx, const struct req *req,
    const char *name, int64_t *out);

/*
 * query_window -- "period", or "start" and "end".
 * from, to  Unix milliseconds; to is not included, never before from, and at
 *           most QUERY_WINDOW_DAYS later
 * Source: contracts/README.md section 1.
 */
enum { QUERY_WINDOW_DAYS = 92 };
NODISCARD enum err_code query_window(struct cx *cx, const struct req *req,
    int64_t *from, int64_t *to);

#endif
