/* SPDX-License-Identifier: ISC */
#ifndef API_DESCRIBE_SCHEMA_H
#define API_DESCRIBE_SCHEMA_H

/* JSON Schema and examples, from shapes and from field tables. */

#include "api/describe.h"

/* describe_shape -- the schema of one value.  Objects are named by reference:
 * "#/components/schemas/NAME". */
struct val *describe_shape(struct arena *a, const struct shape *s);

/* describe_schema -- the component of a named object, described members all. */
struct val *describe_schema(struct arena *a, const struct schema *s);

/* describe_ref -- {"$ref": ...} to it, or an array of it. */
struct val *describe_ref(struct arena *a, const struct schema *s, bool list);

/* describe_shape_example, describe_example -- a value that the schema takes. */
struct val *describe_shape_example(struct arena *a, const struct shape *s);
struct val *describe_example(struct arena *a, const struct schema *s,
    bool list);

/*
 * describe_fields -- what a field table reads from JSON.
 * members   a map, the "properties" of an object; gets a schema for each field
 * required  a list that gets the names; NULL: none is required (PATCH)
 */
void describe_fields(struct arena *a, const struct field *table,
    struct val *members, struct val *required);

#endif
