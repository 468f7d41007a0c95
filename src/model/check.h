/* SPDX-License-Identifier: ISC */
#ifndef MODEL_CHECK_H
#define MODEL_CHECK_H

#include "base/field.h"

enum {
    CHECK_KEY_MAX = 256,  /* bytes of a presented key, well-formed or not */
    CHECK_TEXT_MAX = 200
};

/* What POST /v1/check reads; everything but the key may be left out. */
struct check_in {
    struct field_set set;
    struct str key;        /* the whole key, as its holder presented it */
    struct str model;      /* "openai/gpt-5" */
    struct str endpoint;   /* "/v1/chat/completions" */
    struct str deployment; /* uuid */
    struct str address;    /* of the client, an IP address */
    int64_t input_tokens;      /* estimate; not sent: that of the model */
    int64_t max_output_tokens; /* the most that may come out; likewise */
};
extern const struct field check_fields[];

#endif
