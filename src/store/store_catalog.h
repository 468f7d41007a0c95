/* SPDX-License-Identifier: ISC */
#ifndef STORE_STORE_CATALOG_H
#define STORE_STORE_CATALOG_H

/* Deployments and models of a workspace. Nothing found: ERR_OK with id 0.
 * Removed ones are found by uuid (removed_s set), but not listed. */

#include "model/catalog.h"
#include "store/store.h"

NODISCARD enum err_code store_deployment_list(struct store *st,
    int64_t workspace_id, struct deployment **out, size_t *n);
NODISCARD enum err_code store_deployment_by_uuid(struct store *st,
    int64_t workspace_id, struct str uuid, struct deployment *out);
/* fills d->id */
NODISCARD enum err_code store_deployment_insert(struct store *st,
    struct deployment *d, int64_t now_s);
/* *changed false: it was edited since d->version, or removed */
NODISCARD enum err_code store_deployment_update(struct store *st,
    const struct deployment *d, int64_t now_s, bool *changed);
NODISCARD enum err_code store_deployment_remove(struct store *st,
    const struct deployment *d, int64_t now_s, bool *changed);
NODISCARD enum err_code store_deployment_name_taken(struct store *st,
    int64_t workspace_id, struct str name, int64_t not_id, bool *taken);

/* prices are those that hold at now_s; -1 when there is none yet */
NODISCARD enum err_code store_model_list(struct store *st,
    int64_t workspace_id, int64_t now_s, struct ai_model **out, size_t *n);
/* with its deployments */
NODISCARD enum err_code store_model_by_uuid(struct store *st,
    int64_t workspace_id, struct str uuid, int64_t now_s,
    struct ai_model *out);
/* fills m->id */
NODISCARD enum err_code store_model_insert(struct store *st,
    struct ai_model *m, int64_t now_s);
NODISCARD enum err_code store_model_update(struct store *st,
    const struct ai_model *m, int64_t now_s, bool *changed);
NODISCARD enum err_code store_model_remove(struct store *st,
    const struct ai_model *m, int64_t now_s, bool *changed);
NODISCARD enum err_code store_model_name_taken(struct store *st,
    int64_t workspace_id, struct str name, int64_t not_id, bool *taken);
/* the price of m (input_micro, output_micro) from from_s on */
NODISCARD enum err_code store_model_set_price(struct store *st,
    const struct ai_model *m, int64_t from_s);
/* replace; every uuid must be a deployment of the model's workspace */
NODISCARD enum err_code store_model_set_deployments(struct store *st,
    const struct ai_model *m);

/* newest first, also those to come; at most PRICES_MOST */
NODISCARD enum err_code store_model_prices(struct store *st,
    int64_t model_id, struct model_price **out, size_t *n);
/* *changed false: there is none from then on, or it has begun */
NODISCARD enum err_code store_model_price_remove(struct store *st,
    int64_t model_id, int64_t from_s, int64_t now_s, bool *changed);

#endif
