/* SPDX-License-Identifier: ISC */
#ifndef HTTP_COOKIE_H
#define HTTP_COOKIE_H

#include "http/req.h"
#include "http/res.h"

/*
 * cookie_read -- the pairs of one Cookie header, appended to `out`: what a
 * browser sends (RFC 6265 section 5.4), split at ';', spaces trimmed, values
 * as they are.  Pieces without '=' are skipped, never an error.
 */
void cookie_read(struct arena *a, struct str header, struct pairs *out);

/* cookie_get -- value of `name`; empty when absent or sent twice with
 * different values (then somebody is playing games). */
struct str cookie_get(const struct req *r, const char *name);

/*
 * cookie_set -- Set-Cookie with Path=/, HttpOnly, SameSite=Lax; over https the
 * name gets the prefix "__Host-" and Secure.
 * max_age_s  seconds; 0 makes a session cookie, negative deletes it.
 */
void cookie_set(struct arena *a, struct res *res, bool https,
    const char *name, struct str value, int64_t max_age_s);

/* cookie_name -- the name as sent: with "__Host-" over https. */
struct str cookie_name(struct arena *a, bool https, const char *name);

#endif
