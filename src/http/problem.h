/* SPDX-License-Identifier: ISC */
#ifndef HTTP_PROBLEM_H
#define HTTP_PROBLEM_H

/*
 * The one map from error code to HTTP: status, slug of the documentation page
 * (/docs/errors/{slug}), title.  No status number of a failure is written
 * anywhere else.
 */

#include "base/err.h"
#include "http/res.h"

struct problem {
    int status;
    const char *slug;  /* "not_found" */
    const char *title; /* "Not found": heading of the page, problem title */
    const char *what_to_do; /* one sentence for people */
};

const struct problem *problem_of(enum err_code code);

/*
 * problem_json -- RFC 9457 body of an error: type, title, status, detail,
 * code, instance (request id) and errors[] {field, detail} per field.
 */
struct val *problem_json(struct arena *a, const struct err *err,
    struct str request_id);

/* problem_headers -- Retry-After, WWW-Authenticate as the code wants. */
void problem_headers(struct arena *a, const struct err *err, struct res *res);

#endif
