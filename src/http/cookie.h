/* SPDX-License-Identifier: ISC */
#ifndef HTTP_COOKIE_H
#define HTTP_COOKIE_H

#include "http/req.h"
#include "http/res.h"

/*
 * cookie_read -- the pairs of one Cookie header, appended to `out`: what a
 * browser sends (RFC 6265 section 5.4), split at ';', spaces trimmed, values
 * as they are.  Pieces without '=' or without a name are skipped, never an
 * error; so are those past PAIRS_MAX.
 */
void cookie_read(struct arena *a, struct str header, struct pairs *out);

/*
 * cookie_get -- value of the cookie that cookie_set called `name`: over https
 * only "__Host-" + name counts, which no other host and no http page can set.
 * Empty when absent, or sent twice with different values, or when another
 * cookie's value holds ", name=" (then somebody is playing games: a server
 * that joins two Cookie headers with a comma would hide one of ours).
 */
struct str cookie_get(const struct req *r, const char *name);

/*
 * cookie_set -- Set-Cookie with Path=/, HttpOnly, SameSite=Lax; over https the
 * name gets the prefix "__Host-" and Secure.
 * value      printable ASCII without space, '"', ',', ';' and '\\' (must())
 * max_age_s  seconds; 0 makes a session cookie, negative deletes it.
 */
void cookie_set(struct arena *a, struct res *res, bool https,
    const char *name, struct str value, int64_t max_age_s);

/* cookie_name -- the name as sent: with "__Host-" over https.  Request
 * lifetime. */
struct str cookie_name(struct arena *a, bool https, const char *name);

#endif
