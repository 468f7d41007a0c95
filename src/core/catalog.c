/* SPDX-License-Identifier: ISC */
#include "core/catalog.h"

#include "core/access.h"
#include "core/change.h"
#include "model/key.h"
#include "secret/random.h"
#include "store/store_catalog.h"
#include "text/money.h"
#include "text/url.h"
#include "text/when.h"

#include <inttypes.h>

static enum err_code
stale(struct cx *cx, const char *what)
{
    ERR(&cx->err, ERR_CONFLICT,
        "This %s was changed after you opened the form.", what);
    cx->err.reason = "stale";
    return cx->err.code;
}

/* ---- deployments ---- */

enum err_code
deployment_list(struct cx *cx, struct deployment **out, size_t *n)
{
    *n = 0;
    if (access_need(cx, RIGHT_CATALOG_SEE))
        return cx->err.code;
    return store_deployment_list(cx->store, cx->ws.id, out, n);
}

/* One that is there, or was: removed_s tells. */
static enum err_code
find_deployment(struct cx *cx, struct str uuid, struct deployment *out)
{
    if (store_deployment_by_uuid(cx->store, cx->ws.id, uuid, out))
        return cx->err.code;
    if (!out->id)
        return ERR(&cx->err, ERR_NOT_FOUND,
            "There is no such deployment in this workspace.");
    return ERR_OK;
}

static enum err_code
find_live_deployment(struct cx *cx, struct str uuid, struct deployment *out)
{
    if (find_deployment(cx, uuid, out))
        return cx->err.code;
    if (out->removed_s)
        return ERR(&cx->err, ERR_NOT_FOUND, "This deployment was removed.");
    return ERR_OK;
}

enum err_code
deployment_get(struct cx *cx, struct str uuid, struct deployment *out)
{
    *out = (struct deployment){ 0 };
    if (access_need(cx, RIGHT_CATALOG_SEE))
        return cx->err.code;
    return find_live_deployment(cx, uuid, out);
}

/* Check `in` and write it into *d, in the change's transaction. */
static enum err_code
apply_deployment(struct cx *cx, const struct deployment_in *in,
    struct deployment *d)
{
    bool taken;
    if (store_deployment_name_taken(cx->store, cx->ws.id, in->name, d->id,
            &taken))
        return cx->err.code;
    if (taken)
        err_field(&cx->err, "name",
            "There is a deployment called %.*s. Choose another name",
            STR_ARG(in->name));
    if (!url_http(in->base_url))
        err_field(&cx->err, "base_url",
            "Enter an address that begins with http:// or https:// and has no "
            "user name, query or fragment, such as "
            "https://models.example.org");
    d->name = in->name;
    d->base_url = in->base_url;
    return cx->err.code;
}

enum err_code
deployment_add(struct cx *cx, const struct deployment_in *in,
    struct deployment *out)
{
    *out = (struct deployment){
        .uuid = random_uuid(cx->arena, cx->now_s * 1000),
        .workspace_id = cx->ws.id,
        .created_s = cx->now_s,
        .updated_s = cx->now_s,
        .version = 1,
    };
    if (CHANGE_BEGIN_AS(cx, RIGHT_CATALOG_EDIT))
        return cx->err.code;
    if (apply_deployment(cx, in, out) ||
        store_deployment_insert(cx->store, out, cx->now_s))
        return change_abort(cx);
    struct val *details = val_map(cx->arena);
    val_put_str(details, "base_url", out->base_url);
    struct audit_event event = { "deployment.add", "deployment", out->uuid,
        out->name, details };
    return change_commit(cx, &event);
}

enum err_code
deployment_edit(struct cx *cx, struct str uuid,
    const struct deployment_in *in, struct deployment *now_is)
{
    bool changed = false;
    *now_is = (struct deployment){ 0 };
    if (CHANGE_BEGIN_AS(cx, RIGHT_CATALOG_EDIT))
        return cx->err.code;
    if (find_live_deployment(cx, uuid, now_is))
        return change_abort(cx);
    struct deployment d = *now_is;
    d.version = in->version;
    if (apply_deployment(cx, in, &d) ||
        store_deployment_update(cx->store, &d, cx->now_s, &changed))
        return change_abort(cx);
    if (!changed) {
        stale(cx, "deployment");
        return change_abort(cx);
    }
    struct val *details = val_map(cx->arena);
    change_diff(details, "name", now_is->name, d.name);
    change_diff(details, "base_url", now_is->base_url, d.base_url);
    struct audit_event event = { "deployment.edit", "deployment", d.uuid,
        d.name, details };
    return change_commit(cx, &event);
}

enum err_code
deployment_remove(struct cx *cx, struct str uuid, struct deployment *out)
{
    bool changed = false;
    *out = (struct deployment){ 0 };
    if (CHANGE_BEGIN_AS(cx, RIGHT_CATALOG_EDIT))
        return cx->err.code;
    if (find_deployment(cx, uuid, out) ||
        store_deployment_remove(cx->store, out, cx->now_s, &changed))
        return change_abort(cx);
    struct val *details = val_map(cx->arena);
    val_put_int(details, "keys_bound", out->n_keys);
    struct audit_event event = { "deployment.remove", "deployment", out->uuid,
        out->name, details };
    return change_commit(cx, changed ? &event : AUDIT_NONE);
}

/* "1 API key is", "3 API keys are" */
static struct str
keys_are(const struct cx *cx, int64_t n)
{
    return arena_fmt(cx->arena, "%.*s %s",
        STR_ARG(count_of(cx->arena, n, "API key")), n == 1 ? "is" : "are");
}

struct str
deployment_breaks(const struct cx *cx, const struct deployment *d)
{
    if (d->n_keys == 0)
        return STR("No API key is bound to this deployment. Models stay; "
                   "they are no longer served by it.");
    return arena_fmt(cx->arena,
        "%.*s bound to this deployment: every call with %s is refused from "
        "then on, until another deployment is chosen for it.",
        STR_ARG(keys_are(cx, d->n_keys)), d->n_keys == 1 ? "it" : "them");
}

/* ---- models ---- */

enum err_code
model_list(struct cx *cx, struct ai_model **out, size_t *n)
{
    *n = 0;
    if (access_need(cx, RIGHT_CATALOG_SEE))
        return cx->err.code;
    return store_model_list(cx->store, cx->ws.id, cx->now_s, out, n);
}

static enum err_code
find_model(struct cx *cx, struct str uuid, struct ai_model *out)
{
    if (store_model_by_uuid(cx->store, cx->ws.id, uuid, cx->now_s, out))
        return cx->err.code;
    if (!out->id)
        return ERR(&cx->err, ERR_NOT_FOUND,
            "There is no such model in this workspace.");
    return ERR_OK;
}

static enum err_code
find_live_model(struct cx *cx, struct str uuid, struct ai_model *out)
{
    if (find_model(cx, uuid, out))
        return cx->err.code;
    if (out->removed_s)
        return ERR(&cx->err, ERR_NOT_FOUND, "This model was removed.");
    return ERR_OK;
}

enum err_code
model_find(struct cx *cx, struct str id, struct ai_model *out)
{
    struct ai_model *models;
    size_t n;
    if ((!access_has(cx, RIGHT_CATALOG_SEE) &&
            access_need(cx, RIGHT_LIMITS)) ||
        store_model_by_uuid(cx->store, cx->ws.id, str_lower(cx->arena, id),
            cx->now_s, out))
        return cx->err.code;
    if (out->id && !out->removed_s)
        return ERR_OK;
    if (store_model_list(cx->store, cx->ws.id, cx->now_s, &models, &n))
        return cx->err.code;
    for (size_t i = 0; i < n; i++)
        if (str_eq(models[i].name, id)) {
            *out = models[i];
            return ERR_OK;
        }
    return ERR(&cx->err, ERR_NOT_FOUND,
        "There is no such model in this workspace.");
}

enum err_code
model_get(struct cx *cx, struct str uuid, struct ai_model *out)
{
    *out = (struct ai_model){ 0 };
    if (access_need(cx, RIGHT_CATALOG_SEE))
        return cx->err.code;
    return find_live_model(cx, uuid, out);
}

/* What programs send: "openai/gpt-5", "llama3:8b".  No part between slashes
 * may be empty. */
bool
model_name_fits(struct str s)
{
    bool part_begins = true;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
            (c >= '0' && c <= '9');
        if (c == '/' && part_begins)
            return false;
        if (!word && str_find(STR("._:/@+-"), c) == STR("._:/@+-").n)
            return false;
        part_begins = c == '/';
    }
    return !part_begins;
}

static void
apply_model_name(struct cx *cx, const struct model_in *in, struct ai_model *m)
{
    bool taken;
    if (store_model_name_taken(cx->store, cx->ws.id, in->name, m->id, &taken))
        return;
    if (taken)
        err_field(&cx->err, "name",
            "There is a model called %.*s. Choose another name",
            STR_ARG(in->name));
    if (!model_name_fits(in->name))
        err_field(&cx->err, "name",
            "Enter a name like source/alias, of letters A to Z, digits and "
            ". _ : / @ + -");
    m->name = in->name;
}

static void
apply_category(struct cx *cx, const struct model_in *in, struct ai_model *m)
{
    if (!key_category_known(in->category))
        err_field(&cx->err, "category", "Choose one of the categories");
    m->category = in->category;
}

static void
apply_deployments(struct cx *cx, const struct model_in *in,
    struct ai_model *m)
{
    for (size_t i = 0; i < in->deployments.n; i++) {
        struct str uuid = in->deployments.items[i];
        struct deployment d;
        if (store_deployment_by_uuid(cx->store, cx->ws.id, uuid, &d))
            return;
        if (!d.id || d.removed_s)
            err_field(&cx->err, "deployments",
                "One of the deployments is not in this workspace any more");
        for (size_t j = 0; j < i; j++)
            if (str_eq(in->deployments.items[j], uuid))
                err_field(&cx->err, "deployments", "%.*s is there twice",
                    STR_ARG(d.name));
    }
    m->deployments = in->deployments;
}

/* Check `in` and write it into *m, in the change's transaction. */
static enum err_code
apply_model(struct cx *cx, const struct model_in *in, struct ai_model *m)
{
    apply_model_name(cx, in, m);
    apply_category(cx, in, m);
    apply_deployments(cx, in, m);
    m->input_micro = in->input_price;
    m->output_micro = in->output_price;
    return cx->err.code;
}

static struct str
price_text(struct cx *cx, int64_t micro)
{
    return micro < 0 ? STR("none") : money_plain(cx->arena, micro);
}

/* Names of the deployments, for the audit log: uuids tell people nothing. */
static struct str
deployments_text(struct cx *cx, const struct ai_model *m)
{
    struct buf b;
    buf_init(&b, cx->arena, BUF_MAX_FIELD);
    for (size_t i = 0; i < m->deployments.n; i++) {
        struct deployment d;
        if (store_deployment_by_uuid(cx->store, cx->ws.id,
                m->deployments.items[i], &d))
            break;
        buf_cstr(&b, i ? ", " : "");
        buf_str(&b, d.name);
    }
    return buf_view(&b);
}

enum err_code
model_add(struct cx *cx, const struct model_in *in, struct ai_model *out)
{
    *out = (struct ai_model){
        .uuid = random_uuid(cx->arena, cx->now_s * 1000),
        .workspace_id = cx->ws.id,
        .created_s = cx->now_s,
        .updated_s = cx->now_s,
        .version = 1,
        .price_from_s = cx->now_s,
    };
    if (CHANGE_BEGIN_AS(cx, RIGHT_CATALOG_EDIT))
        return cx->err.code;
    if (apply_model(cx, in, out) ||
        store_model_insert(cx->store, out, cx->now_s) ||
        store_model_set_price(cx->store, out, cx->now_s) ||
        store_model_set_deployments(cx->store, out))
        return change_abort(cx);
    struct val *details = val_map(cx->arena);
    val_put_str(details, "category", out->category);
    val_put_str(details, "input_price", price_text(cx, out->input_micro));
    val_put_str(details, "output_price", price_text(cx, out->output_micro));
    val_put_str(details, "deployments", deployments_text(cx, out));
    struct audit_event event = { "model.add", "model", out->uuid, out->name,
        details };
    return change_commit(cx, &event);
}

static struct val *
model_diff(struct cx *cx, const struct ai_model *a, const struct ai_model *b)
{
    struct val *d = val_map(cx->arena);
    change_diff(d, "name", a->name, b->name);
    change_diff(d, "category", a->category, b->category);
    change_diff(d, "input_price", price_text(cx, a->input_micro),
        price_text(cx, b->input_micro));
    change_diff(d, "output_price", price_text(cx, a->output_micro),
        price_text(cx, b->output_micro));
    change_diff(d, "deployments", deployments_text(cx, a),
        deployments_text(cx, b));
    return d;
}

enum err_code
model_edit(struct cx *cx, struct str uuid, const struct model_in *in,
    struct ai_model *now_is)
{
    bool changed = false;
    *now_is = (struct ai_model){ 0 };
    if (CHANGE_BEGIN_AS(cx, RIGHT_CATALOG_EDIT))
        return cx->err.code;
    if (find_live_model(cx, uuid, now_is))
        return change_abort(cx);
    struct ai_model m = *now_is;
    m.version = in->version;
    if (apply_model(cx, in, &m) ||
        store_model_update(cx->store, &m, cx->now_s, &changed))
        return change_abort(cx);
    if (!changed) {
        stale(cx, "model");
        return change_abort(cx);
    }
    bool new_price = m.input_micro != now_is->input_micro ||
        m.output_micro != now_is->output_micro;
    if ((new_price && store_model_set_price(cx->store, &m, cx->now_s)) ||
        store_model_set_deployments(cx->store, &m))
        return change_abort(cx);
    struct audit_event event = { "model.edit", "model", m.uuid, m.name,
        model_diff(cx, now_is, &m) };
    return change_commit(cx, &event);
}

enum err_code
model_remove(struct cx *cx, struct str uuid, struct ai_model *out)
{
    bool changed = false;
    *out = (struct ai_model){ 0 };
    if (CHANGE_BEGIN_AS(cx, RIGHT_CATALOG_EDIT))
        return cx->err.code;
    if (find_model(cx, uuid, out) ||
        store_model_remove(cx->store, out, cx->now_s, &changed))
        return change_abort(cx);
    struct val *details = val_map(cx->arena);
    val_put_int(details, "keys_naming_it", out->n_keys);
    struct audit_event event = { "model.remove", "model", out->uuid,
        out->name, details };
    return change_commit(cx, changed ? &event : AUDIT_NONE);
}

enum err_code
price_list(struct cx *cx, const struct ai_model *m, struct model_price **out,
    size_t *n)
{
    *n = 0;
    if (access_need(cx, RIGHT_CATALOG_SEE))
        return cx->err.code;
    return store_model_prices(cx->store, m->id, out, n);
}

static enum err_code
close_price(struct cx *cx, const char *action, const struct ai_model *m,
    int64_t from_s, const struct price_in *in)
{
    struct val *details = val_map(cx->arena);
    val_put_str(details, "from", when_iso_date(cx->arena, from_s));
    if (in) {
        val_put_str(details, "input_price", price_text(cx, in->input_price));
        val_put_str(details, "output_price",
            price_text(cx, in->output_price));
    }
    struct audit_event event = { action, "model", m->uuid, m->name, details };
    return change_commit(cx, &event);
}

enum err_code
price_add(struct cx *cx, struct str uuid, const struct price_in *in,
    struct ai_model *out)
{
    int64_t from_s = when_day_start(in->from);
    *out = (struct ai_model){ 0 };
    if (CHANGE_BEGIN_AS(cx, RIGHT_CATALOG_EDIT))
        return cx->err.code;
    if (find_live_model(cx, uuid, out))
        return change_abort(cx);
    if (from_s <= cx->now_s) {
        err_field(&cx->err, "from",
            "That day has begun. Enter a later one; to change the price from "
            "now on, edit the model");
        return change_abort(cx);
    }
    struct ai_model priced = *out;
    priced.input_micro = in->input_price;
    priced.output_micro = in->output_price;
    if (store_model_set_price(cx->store, &priced, from_s))
        return change_abort(cx);
    return close_price(cx, "model.price", out, from_s, in);
}

enum err_code
price_remove(struct cx *cx, struct str uuid, int64_t from_s,
    struct ai_model *out)
{
    bool changed;
    *out = (struct ai_model){ 0 };
    if (CHANGE_BEGIN_AS(cx, RIGHT_CATALOG_EDIT))
        return cx->err.code;
    if (find_live_model(cx, uuid, out) ||
        store_model_price_remove(cx->store, out->id, from_s, cx->now_s,
            &changed))
        return change_abort(cx);
    if (!changed) {
        ERR(&cx->err, ERR_CONFLICT,
            "There is no price to come from that day on. Prices that have "
            "begun are never changed.");
        return change_abort(cx);
    }
    return close_price(cx, "model.price_remove", out, from_s, NULL);
}

struct str
model_breaks(const struct cx *cx, const struct ai_model *m)
{
    if (m->n_keys == 0)
        return STR("No API key names this model. Keys that may call all "
                   "models can still send its name; its calls have no price "
                   "from then on.");
    return arena_fmt(cx->arena,
        "%.*s limited to models of which this is one: calls of this model "
        "with %s are refused from then on.",
        STR_ARG(keys_are(cx, m->n_keys)), m->n_keys == 1 ? "it" : "them");
}
