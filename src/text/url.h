/* SPDX-License-Identifier: ISC */
#ifndef TEXT_URL_H
#define TEXT_URL_H

#include "base/buf.h"
#include "base/err.h"

/*
 * url_path -- the one canonical path of a request.
 * target  REQUEST_URI as received: origin form "/a/b?query"; an absolute form
 *         ("http://host/a") is refused.
 * path    decoded once, request lifetime: begins with '/', no empty, "." or
 *         ".." segment, no '%', NUL, '\\' or control byte after decoding, no
 *         encoded slash, valid UTF-8.  A single trailing slash is kept.
 * query   the bytes after '?', not decoded; empty when there is none.
 * Errors: ERR_MALFORMED (bad escapes, bytes, UTF-8), ERR_NOT_FOUND (a path
 *         that is not canonical: "//", "/./", "/../", "%2F").
 */
NODISCARD enum err_code url_path(struct arena *a, struct str target,
    struct str *path, struct str *query, struct err *err);

/*
 * url_path_kept -- the same, but an encoded slash stays "%2F" in the path, the
 * only escape that does: where a '%' is in it, it is one.
 */
NODISCARD enum err_code url_path_kept(struct arena *a, struct str target,
    struct str *path, struct str *query, struct err *err);

/* url_encode -- append s with everything but unreserved characters (RFC 3986)
 * percent-encoded: for one path segment or one query value. */
void url_encode(struct buf *out, struct str s);

/* url_local -- may this be followed after sign-in? A path on this site, with
 * or without query and fragment: visible ASCII without '\\', at most 1,024
 * bytes, and a path that url_path takes, so no "//", no "%2f", no "%5c". */
bool url_local(struct str s);

/* url_http -- is this a plain http or https address: scheme, host, optional
 * port, path; no user part, no query, no fragment, at most 500 bytes?  The host
 * is an ASCII name, an IPv6 address in brackets, or an IPv4 address as four
 * decimal parts; its older spellings ("127.1", "0x7f000001") are refused. */
bool url_http(struct str s);

#endif
