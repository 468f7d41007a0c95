/* SPDX-License-Identifier: ISC */
#ifndef HTTP_HEADER_H
#define HTTP_HEADER_H

/* The headers that stand on every answer, errors too. */

#include "http/res.h"
#include "http/route.h"

/*
 * headers_add -- add the security headers and Cache-Control to an answer;
 * once, when everything else about it is decided.
 * face   of the row, or of the error when no row was found; the headers that
 *        mean something to a page only are sent with FACE_PAGE only
 * https  did the request come over https? Only then Strict-Transport-Security
 * Cache-Control follows res->cache.  Does not set Content-Type or Location.
 * Sources: UX.md 1.10, SECURITY.md 5.4; where they differ see header.c.
 */
void headers_add(struct arena *a, struct res *res, enum face face, bool https);

#endif
