/* SPDX-License-Identifier: ISC */
#ifndef CORE_CATALOG_H
#define CORE_CATALOG_H

/*
 * What a workspace offers to call: deployments and models, in cx->ws.  Looking
 * needs RIGHT_CATALOG_SEE, everything else RIGHT_CATALOG_EDIT.  One of another
 * workspace, or one that was removed, is ERR_NOT_FOUND.
 *
 * An edit carries in->version, the one its form saw: when somebody was faster,
 * ERR_CONFLICT with reason "stale", and *now_is holds the row as it is.
 * Removing keeps the row, because history names it; doing it twice is no error.
 */

#include "core/cx.h"
#include "model/catalog.h"

/* deployment_list -- by name, with how many models and live keys hang on each;
 * at most 1,000. */
NODISCARD enum err_code deployment_list(struct cx *cx,
    struct deployment **out, size_t *n);

NODISCARD enum err_code deployment_get(struct cx *cx, struct str uuid,
    struct deployment *out);

/* deployment_add -- errors: ERR_INVALID at name (taken) or base_url (not a
 * plain http or https address, see text/url.h). */
NODISCARD enum err_code deployment_add(struct cx *cx,
    const struct deployment_in *in, struct deployment *out);

NODISCARD enum err_code deployment_edit(struct cx *cx, struct str uuid,
    const struct deployment_in *in, struct deployment *now_is);

/*
 * deployment_remove -- keys bound to it stay bound, so the gate refuses them
 * from now on; ask first, in the words of deployment_breaks.
 * out  the deployment before
 */
NODISCARD enum err_code deployment_remove(struct cx *cx, struct str uuid,
    struct deployment *out);

/* deployment_breaks -- what removing it breaks, in one or two sentences. */
struct str deployment_breaks(const struct cx *cx, const struct deployment *d);

/* model_list -- by name, with the price that holds now and how many live keys
 * name it; at most 1,000. */
NODISCARD enum err_code model_list(struct cx *cx, struct ai_model **out,
    size_t *n);

/* model_get -- with the uuids of its deployments. */
NODISCARD enum err_code model_get(struct cx *cx, struct str uuid,
    struct ai_model *out);

/* model_find -- a live model by uuid or by name, also for those who set
 * limits.  ERR_NOT_FOUND. */
NODISCARD enum err_code model_find(struct cx *cx, struct str id,
    struct ai_model *out);

/* model_name_fits -- is it like source/alias, or alias? */
bool model_name_fits(struct str s);

/*
 * model_add -- the prices hold from cx->now_s on.
 * Errors: ERR_INVALID at name (taken, or not like source/alias), category,
 * deployments (not of this workspace, or there twice).
 */
NODISCARD enum err_code model_add(struct cx *cx, const struct model_in *in,
    struct ai_model *out);

/* model_edit -- a price that differs becomes a new dated one from cx->now_s
 * on; what was charged before stays as it is. */
NODISCARD enum err_code model_edit(struct cx *cx, struct str uuid,
    const struct model_in *in, struct ai_model *now_is);

NODISCARD enum err_code model_remove(struct cx *cx, struct str uuid,
    struct ai_model *out);

/* model_breaks -- what removing it breaks, in one or two sentences. */
struct str model_breaks(const struct cx *cx, const struct ai_model *m);

/* price_list -- of a model, newest first, also those to come. */
NODISCARD enum err_code price_list(struct cx *cx, const struct ai_model *m,
    struct model_price **out, size_t *n);

/*
 * price_add -- a price from 00:00 UTC of a day to come; one that is there for
 * that day is replaced.  A price that has begun is never changed: what was
 * charged by it stays.
 * out  the model
 * Errors: ERR_INVALID at from when that day has begun.  Audit: model.price.
 */
NODISCARD enum err_code price_add(struct cx *cx, struct str uuid,
    const struct price_in *in, struct ai_model *out);

/* price_remove -- one that has not begun; ERR_CONFLICT when there is none such
 * from that day on.  Audit: model.price_remove. */
NODISCARD enum err_code price_remove(struct cx *cx, struct str uuid,
    int64_t from_s, struct ai_model *out);

#endif
