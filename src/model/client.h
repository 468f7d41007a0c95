/* SPDX-License-Identifier: ISC */
#ifndef MODEL_CLIENT_H
#define MODEL_CLIENT_H

/* What the APIs of other services read: one input struct and field table for
 * each of their bodies.  Source: contracts/README.md, sections 2 and 4. */

#include "base/field.h"

/* Exoscale: create and update. */
struct exo_in {
    struct field_set set;
    struct str name;
    struct str scope; /* "public", or the uuid of a deployment */
};
extern const struct field exo_fields[];

/* aiXplain: a key without its limits, which are objects of their own. */
struct aix_in {
    struct field_set set;
    struct str id;      /* "" of a new key; else as in the path */
    struct str name;
    int64_t budget;     /* micro-USD; null: none */
    int64_t expires_at; /* null: never */
};
extern const struct field aix_fields[];

/* One of its limits: what is null has none, what is not sent stays. */
enum aix_tokens { AIX_INPUT, AIX_OUTPUT, AIX_TOTAL };
struct aix_limit_in {
    struct field_set set;
    struct str asset;   /* uuid or name of a model; of the list only */
    int64_t tpm, tpd, rpm, rpd;
    int tokens;         /* enum aix_tokens; null: total */
};
extern const struct field aix_limit_fields[];  /* globalLimits */
extern const struct field aix_asset_fields[];  /* in assetsLimits */

#endif
