/* SPDX-License-Identifier: ISC */
#ifndef APP_PREFIX_H
#define APP_PREFIX_H

/*
 * The console below a path of a site that has other things too
 * (public_url = https://host/keys).  Inside, every address begins at the root;
 * only this file knows the prefix: it is taken off the path that comes in and
 * put before the addresses that go out.
 */

#include "base/arena.h"
#include "base/str.h"
#include "text/val.h"

/* prefix_of -- "/keys" of "https://host/keys/"; empty when the program has the
 * host to itself.  Refers to the bytes of `public_url`. */
struct str prefix_of(struct str public_url);

/* prefix_cut -- `path` (canonical) without the prefix; "/" for the prefix
 * itself.  A path that lies elsewhere is returned as it is, so that a web
 * server which takes the prefix off by itself works too. */
struct str prefix_cut(struct str prefix, struct str path);

/*
 * prefix_html -- a page with the prefix before each address of ours.
 * html  made by our templates: an address of ours is the value of an attribute
 *       and begins with '/' ("=\"/"); data cannot hold these bytes, as its
 *       quotes are escaped
 * Returns request lifetime; `html` itself when the prefix is empty.
 */
struct str prefix_html(struct arena *a, struct str prefix, struct str html);

/*
 * prefix_json -- the prefix before each address of ours in an answer of the
 * APIs, in place: text that begins with '/' in a member called "type" (of a
 * problem document) or "link", which hold nothing that people wrote.
 */
void prefix_json(struct arena *a, struct str prefix, struct val *v);

/* prefix_location -- an address of ours (begins with '/') with the prefix;
 * any other as it is. */
struct str prefix_location(struct arena *a, struct str prefix,
    struct str address);

#endif
