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
 * as in the cookie. Request lifetime. */
struct str csrf_token(struct arena *a, const struct secrets *s,
    struct str session);

/* csrf_token_ok -- does this token belong to this session? Constant time. */
NODISCARD bool csrf_token_ok(struct arena *a, const struct secrets *s,
    struct str session, struct str token);

/*
 * csrf_origin_ok -- did the post come from a page of ours?
 * own_origins  e.g. "https://keys.example.org"; when empty, the Origin's host
 *              must equal the Host header
 * Both headers absent: refused.
 */
NODISCARD bool csrf_origin_ok(const struct req *r, struct str own_origin);

#endif
