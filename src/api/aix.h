/* SPDX-License-Identifier: ISC */
#ifndef API_AIX_H
#define API_AIX_H

/* What the two files of the aiXplain family share: how its LIMIT stands for
 * rules of ours. */

#include "core/allot.h"
#include "model/client.h"
#include "text/val.h"

/* The four numbers of a LIMIT. */
enum { AIX_COUNTS = 4 };
struct aix_count {
    const char *name;         /* "tpm" */
    bool tokens;              /* else requests */
    enum limit_period period;
    size_t offset;            /* in struct aix_limit_in */
};
extern const struct aix_count aix_counts[AIX_COUNTS];

/* aix_rule -- the rule of the key that stands in a place and refuses, or NULL.
 * model_id 0: all models. */
const struct limit *aix_rule(const struct limits *all, int64_t model_id,
    enum limit_counts counts, enum limit_period period);

/* aix_token_type -- which tokens the LIMIT of a model shows; false, and the
 * total, when there is no rule on tokens. */
bool aix_token_type(const struct limits *all, int64_t model_id,
    enum limit_counts *out);

/* aix_has -- is there anything for a LIMIT to show? */
bool aix_has(const struct limits *all, int64_t model_id);

/* aix_first_of_model -- is rule i the first of a model that has a LIMIT? */
bool aix_first_of_model(const struct limits *all, size_t i);

/* A body, as changes of ours. */
struct aix_change {
    struct str id;
    struct key_in in;          /* partial */
    bool says_budget, says_expiry;
    struct limit_in *limits;   /* to set or (amount null) to remove */
    size_t n;
};

/*
 * aix_read -- a KEYIN.
 * body  NULL: none
 * all   the rules as they stand: what globalLimits as null, or assetsLimits
 *       without a model, ends.  What is not sent stays.
 * Errors: ERR_MALFORMED, ERR_INVALID with fields.
 */
NODISCARD enum err_code aix_read(struct cx *cx, const struct val *body,
    const struct limits *all, struct aix_change *out);

/* aix_rename -- the core's names of fields in cx->err as the family has them;
 * returns its code. */
enum err_code aix_rename(struct cx *cx);

#endif
