/* SPDX-License-Identifier: ISC */
#ifndef TEXT_FORM_H
#define TEXT_FORM_H

/*
 * Name and value pairs: a query string, a form body, a Cookie header.
 * Repeated names stay as they came, in order; who reads them decides.
 */

#include "base/err.h"

struct pair {
    struct str name, value;
};

struct pairs {
    struct pair *items;
    size_t n;
};

enum { PAIRS_MAX = 256 };

/*
 * form_read -- application/x-www-form-urlencoded, for bodies and queries.
 * Strict: '+' is a space, escapes must be two hex digits, names and values
 * valid UTF-8 without NUL, at most PAIRS_MAX pairs.  Empty text gives no pair,
 * nor does nothing between two '&'; a name without '=' has an empty value.
 * Errors: ERR_MALFORMED.  out: request lifetime.
 */
NODISCARD enum err_code form_read(struct arena *a, struct str text,
    struct pairs *out, struct err *err);

/* form_get -- first value of `name`; empty when absent. */
struct str form_get(const struct pairs *p, const char *name);

/* form_count -- how often `name` was sent. */
size_t form_count(const struct pairs *p, const char *name);

/* form_add -- append one pair (the array is grown in `a`). */
void form_add(struct arena *a, struct pairs *p, struct str name,
    struct str value);

/* form_write -- "a=b&c=d", percent-encoded; pairs with an empty value are left
 * out.  request lifetime. */
struct str form_write(struct arena *a, const struct pairs *p);

#endif
