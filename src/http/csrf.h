/* SPDX-License-Identifier: ISC */
#ifndef HTTP_CSRF_H
#define HTTP_CSRF_H

/*
 * Three gates for a change by cookie, all must pass (SECURITY.md 3.4):
 * form content type on POST; Sec-Fetch-Site is same-origin, or, when absent,
 * Origin equals this server's; and a token bound to the session, masked anew
 * in every page so that compression tells nothing.
 */

#include "http/req.h"
#include "secret/secret.h"

/* The name of the hidden field in every form. */
#define CSRF_FIELD "csrf"

/* csrf_token -- for a form; `session` is the session (or pre-session) token
 * as in the cookie, not empty. 86 characters, request lifetime. */
struct str csrf_token(struct arena *a, const struct secrets *s,
    struct str session);

/* csrf_token_ok -- does this token belong to this session? Constant time.
 * Never for an empty session. */
NODISCARD bool csrf_token_ok(struct arena *a, const struct secrets *s,
    struct str session, struct str token);

/* csrf_take -- take the field CSRF_FIELD out of r->form, so that the readers
 * of fields never meet it. Its value; empty when absent or sent twice. */
struct str csrf_take(struct req *r);

/*
 * csrf_origin_ok -- did the post come from a page of ours?
 * own_origin  e.g. "https://keys.example.org"; when empty, the Origin's host
 *             and port must equal the Host header, and its scheme must be
 *             https when the request came over https
 * Sec-Fetch-Site decides when it was sent: no page can set or drop it.
 * Browsers send it only over https and on loopback, so Origin stays needed.
 * Both headers absent: refused.
 */
NODISCARD bool csrf_origin_ok(const struct req *r, struct str own_origin);

#endif
