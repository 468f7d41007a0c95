/* SPDX-License-Identifier: ISC */
#ifndef HTTP_RES_H
#define HTTP_RES_H

/*
 * An answer as a plain struct.  A handler fills one of: a page (template name
 * and view), JSON (a value tree), a redirect, or bytes.  Nothing reaches the
 * wire before the handler returned, so a late failure is still a clean error.
 */

#include "base/err.h"
#include "text/form.h"
#include "text/val.h"

enum res_cache {
    CACHE_PRIVATE,  /* private, no-cache: pages */
    CACHE_NO_STORE, /* secrets, API answers */
    CACHE_FOREVER   /* static files with a content hash in the name */
};

struct res {
    int status;              /* 0 until set; 200 when a body is set */
    const char *page;        /* template, e.g. "key/list"; or NULL */
    struct val *view;        /* for page */
    struct val *json;        /* or NULL */
    struct str bytes;        /* ready body, with type */
    const char *type;        /* Content-Type of bytes */
    struct str location;     /* redirect target */
    enum res_cache cache;
    struct str resume;       /* sign-in: a sealed form to show again */
    struct str send;         /* confirmation: a sealed form to act on now */
    struct str new_session;  /* the session cookie just set */
    struct pairs headers;    /* extra ones, through res_header only */
};

/*
 * res_header -- add one header.  The only door: refuses (by must()) CR, LF,
 * NUL in a value; names are literals.  The value is referred to, not copied.
 */
void res_header(struct arena *a, struct res *r, const char *name,
    struct str value);

/* res_page -- answer with a template. Status 200, unless one is set. */
void res_page(struct res *r, const char *page, struct val *view);

/* res_json -- answer with JSON and a status; CACHE_NO_STORE. */
void res_json(struct res *r, int status, struct val *v);

/* res_see_other -- 303 to a local path, percent-encoded, which may have a
 * query: anything else is refused by must(). */
void res_see_other(struct res *r, struct str location);

/* res_download -- bytes as an attachment; CACHE_NO_STORE.
 * file  its name; characters other than letters, digits, '.', '-' and '_'
 *       become '-' */
void res_download(struct arena *a, struct res *r, const char *type,
    struct str file, struct str bytes);

#endif
