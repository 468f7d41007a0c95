/* SPDX-License-Identifier: ISC */
#ifndef HTTP_PROBLEM_H
#define HTTP_PROBLEM_H

/*
 * The one map from error code to HTTP: status, slug of the documentation page
 * (/docs/errors/{slug}), title.  No status number of a failure is written
 * anywhere else.
 */

#include "base/err.h"
#include "http/route.h"

struct problem {
    int status;
    const char *slug;  /* "not_found" */
    const char *title; /* "Not found": heading of the page, problem title */
    const char *what_to_do; /* one sentence for people */
};

/* problem_of -- the row of a code; must not be ERR_OK. Process lifetime. */
const struct problem *problem_of(enum err_code code);

/*
 * problem_status -- the status that a family of clients expects of a code: its
 * own where the family documents another one than problem_of.
 * face  of the row, or of the family whose paths the request is under
 * Source: contracts/README.md, sections 1, 2 and 4.
 */
int problem_status(enum face face, enum err_code code);

/*
 * problem_flat -- one text for shapes that have no list of fields: the error's
 * message, or what is wrong with each field.  ERR_INTERNAL never shows its own
 * message.  Request lifetime.
 */
struct str problem_flat(struct arena *a, const struct err *err);

/*
 * problem_json -- RFC 9457 body of an error, for FACE_API: type
 * ("/docs/errors/{slug}"), title, status, detail (problem_flat), code (the
 * error's reason, or the slug), instance ("urn:uuid:" + request id; left out
 * when that is empty) and, when there are any, errors[] {field, detail}.
 * ERR_INTERNAL never shows its own message.  Request lifetime.
 */
struct val *problem_json(struct arena *a, const struct err *err,
    struct str request_id);

/*
 * problem_openai -- the body that OpenAI clients read, for FACE_OPENAI:
 * {"error": {message, type, param, code}}.
 * reason  the code to give; NULL takes the error's reason, or what such
 *         services give for this status
 * param is the first field with a message, or null.  Request lifetime.
 * Source: contracts/README.md section 5.
 */
struct val *problem_openai(struct arena *a, const struct err *err,
    const char *reason);

/*
 * problem_aimlapi -- the flat body of that family, for FACE_AIMLAPI:
 * {message, path, requestId, statusCode, timestamp}.
 * path   of the request, canonical
 * now_s  Unix seconds; written as ISO 8601 with milliseconds
 * Request lifetime.  Source: contracts/README.md section 1.
 */
struct val *problem_aimlapi(struct arena *a, const struct err *err,
    struct str path, struct str request_id, int64_t now_s);

/*
 * problem_headers -- what an error wants beside its status: 401 tells how to
 * authenticate (RFC 6750), 429 and 503 when to come back (at least 1 s), as
 * does any other error with retry_s.  Allow of a 405 is the router's.
 */
void problem_headers(struct arena *a, int status, const struct err *err,
    struct res *res);

#endif
