/* SPDX-License-Identifier: ISC */
#ifndef MODEL_AIMLAPI_H
#define MODEL_AIMLAPI_H

/* What the AIMLAPI-compatible operations on keys read.
 * Source: contracts/README.md section 1 and the files keys-*.json. */

#include "base/field.h"

struct aiml_key_in {
    struct field_set set;
    struct str name;
    bool disabled;       /* of changes only */
    struct strs scopes;  /* "model:chat"; null: every category */
    int64_t claim_days;  /* of new ones: 1, 3 or 7 */
};
extern const struct field aiml_create_fields[];
extern const struct field aiml_change_fields[];

/* The member "limit" of both. */
struct aiml_limit_in {
    struct field_set set;
    int retention;     /* enum spend_reset */
    int64_t threshold; /* micro-USD */
};
extern const struct field aiml_limit_fields[];

#endif
