/* SPDX-License-Identifier: ISC */
#ifndef API_REFUSAL_H
#define API_REFUSAL_H

/* What a caller of the gate gets for each reason: the one table from reason to
 * HTTP.  The code and the sentence are core's. */

#include "core/check.h"
#include "http/res.h"

/* refusal_wait_s -- whole seconds after which trying again may help; 0: it
 * will not. */
int64_t refusal_wait_s(const struct decision *d);

/* refusal_status -- 401, 402, 403, 429, 503; 200 for REASON_ALLOWED: what a gate in
 * front of an upstream would answer. */
int refusal_status(enum reason r);

/*
 * refusal_answer -- fill res with the refusal in the shape that OpenAI clients
 * read, {"error": {message, type, param, code}, "request_id"}, and the headers
 * that belong to it: x-inference-id (the same id), WWW-Authenticate with 401, Retry-After with 429 and 503, x-ratelimit-*
 * where limits were asked, x-should-retry: false where trying again is useless
 * or would take longer than a minute.
 * d  not allowed (checked with must())
 */
void refusal_answer(struct cx *cx, const struct decision *d, struct res *res);

/*
 * refusal_lost_body -- the body for REASON_UNAVAILABLE where neither request nor
 * memory are left: the call was decided on, and its record could not be kept.
 * As refusal_answer makes it, but for the sentence.
 * request_id  of random_uuid(): nothing in it needs an escape in JSON
 * out         NUL-terminated; of REFUSAL_LOST_MOST bytes beside the id
 * Returns the bytes of it.
 */
enum { REFUSAL_LOST_MOST = 256 };
size_t refusal_lost_body(const char *request_id, char *out, size_t size);

#endif
