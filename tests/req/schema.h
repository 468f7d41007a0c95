/* SPDX-License-Identifier: ISC */
#ifndef TESTS_REQ_SCHEMA_H
#define TESTS_REQ_SCHEMA_H

/*
 * Is a JSON value what a schema says?  The part of JSON Schema 2020-12 that our
 * own description uses, and the part of OpenAPI 3.0 that the published
 * descriptions of other services use.
 */

#include <jansson.h>
#include <stdbool.h>

/*
 * schema_fault -- the first thing that is wrong, as "/data/0/name: ..."; empty
 * when nothing is.  In a buffer that the next call overwrites.
 * doc     what "$ref" is looked up in
 * schema  of the value
 * strict  members that the schema does not name are a fault, unless it says
 *         that there may be more
 */
const char *schema_fault(const json_t *doc, const json_t *schema,
    const json_t *value, bool strict);

/* schema_resolve -- what a "$ref" leads to, or the schema itself. */
const json_t *schema_resolve(const json_t *doc, const json_t *schema);

#endif
