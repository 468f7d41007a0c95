/* SPDX-License-Identifier: ISC */
#ifndef MODEL_USAGE_H
#define MODEL_USAGE_H

#include "base/str.h"

/* Sums over some calls. asked = refused + failed + succeeded. */
struct usage_sum {
    int64_t refused, failed, succeeded;
    int64_t input_tokens, output_tokens;
    int64_t cost; /* micro-USD */
};

/* One row of a report: the sums of a group in a bucket. */
struct usage_row {
    int64_t start_s;      /* of the bucket; 0 when not grouped by time */
    struct str group;     /* id of the group: prefix, model, uuid, path */
    struct str label;     /* what to show */
    struct usage_sum sum;
};

struct usage_rows {
    struct usage_row *items;
    size_t n;
};

enum usage_group {
    USAGE_BY_MODEL, USAGE_BY_KEY, USAGE_BY_MEMBER, USAGE_BY_ENDPOINT
};

#endif
