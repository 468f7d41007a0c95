/* SPDX-License-Identifier: ISC */
#ifndef MODEL_CATALOG_H
#define MODEL_CATALOG_H

/* What a workspace offers to call: deployments and the models they serve. */

#include "base/field.h"

struct deployment {
    int64_t id;
    struct str uuid;
    int64_t workspace_id;
    struct str name, base_url;
    int64_t created_s, updated_s;
    int64_t removed_s;  /* 0: in use */
    int64_t version;
    int64_t n_models, n_keys; /* in lists: models served, live keys bound */
};

struct ai_model {
    int64_t id;
    struct str uuid;
    int64_t workspace_id;
    struct str name;     /* "openai/gpt-5" */
    struct str category; /* one of key_categories */
    int64_t reserve_input, reserve_output;
    int64_t created_s, updated_s;
    int64_t removed_s;
    int64_t version;
    /* the price that holds now, micro-USD per million tokens; -1: none yet */
    int64_t input_micro, output_micro, price_from_s;
    struct strs deployments; /* uuids, filled by get */
    struct str served_by;    /* in lists: names of them, "eu-west, lab" */
    int64_t n_keys;          /* in lists: live keys that name it */
};

enum { CATALOG_NAME_MAX = 80, CATALOG_URL_MAX = 500 };
#define PRICE_MOST INT64_C(1000000000000) /* a million USD per 1M tokens */

struct deployment_in {
    struct field_set set;
    int64_t version; /* of the edit form; absent when adding */
    struct str name, base_url;
};
extern const struct field deployment_fields[];

struct model_in {
    struct field_set set;
    int64_t version;
    struct str name;
    struct str category;
    int64_t input_price, output_price; /* micro-USD per million tokens */
    struct strs deployments;           /* uuids */
};
extern const struct field model_fields[];

/* A dated price, micro-USD per million tokens; it holds until the next. */
struct model_price {
    int64_t from_s;
    int64_t input_micro, output_micro;
};

enum { PRICES_MOST = 200 }; /* shown of one model, the newest */

struct price_in {
    struct field_set set;
    int64_t from;                      /* any instant of its first day */
    int64_t input_price, output_price;
};
extern const struct field price_fields[];

#endif
