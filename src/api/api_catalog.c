/* SPDX-License-Identifier: ISC */
/* Models and deployments, as the console has them. */
#include "api/api.h"
#include "api/page.h"
#include "api/part.h"
#include "core/catalog.h"
#include "text/when.h"

/* A change may leave out what stays; a program that read a version before may
 * send it, so that nobody else's change is overwritten. */

static void
put_price(struct cx *cx, struct val *v, const char *name, int64_t micro)
{
    if (micro < 0)
        val_put_null(v, name);
    else
        val_put(v, name, usd_val(cx->arena, micro));
}

static void
put_times(struct cx *cx, struct val *v, int64_t created_s, int64_t updated_s,
    int64_t version)
{
    val_put_str(v, "created_at", when_rfc3339(cx->arena, created_s));
    val_put_str(v, "updated_at", when_rfc3339(cx->arena, updated_s));
    val_put_int(v, "version", version);
}

/* ---- models ---- */

static void
put_model(struct cx *cx, struct val *v, const struct ai_model *m)
{
    val_put_str(v, "id", m->uuid);
    val_put_str(v, "name", m->name);
    val_put_str(v, "category", m->category);
    put_price(cx, v, "input_price", m->input_micro);
    put_price(cx, v, "output_price", m->output_micro);
    put_times(cx, v, m->created_s, m->updated_s, m->version);
}

static enum err_code
answer_model(struct cx *cx, struct str uuid, int status, struct res *res)
{
    struct ai_model m;
    if (model_get(cx, uuid, &m))
        return cx->err.code;
    struct val *v = val_map(cx->arena);
    put_model(cx, v, &m);
    struct val *list = val_put_list(v, "deployments");
    for (size_t i = 0; i < m.deployments.n; i++)
        val_add_str(list, m.deployments.items[i]);
    res_json(res, status, v);
    return ERR_OK;
}

enum err_code
api_model_list(struct cx *cx, const struct req *req, struct res *res)
{
    struct ai_model *models;
    struct page p;
    size_t n, i = 0;
    if (page_read(cx, req, "models", NULL, &p) || model_list(cx, &models, &n))
        return cx->err.code;
    struct val *v = val_map(cx->arena), *list = val_put_list(v, "data");
    while (p.after && i < n && models[i].id != p.after)
        i++;
    for (i += p.after && i < n; i < n && list->u.list.n < p.most; i++)
        put_model(cx, val_add_map(list), &models[i]);
    page_put(cx, v, &p, i < n ? models[i - 1].id : 0);
    res_json(res, 200, v);
    return ERR_OK;
}

enum err_code
api_model_get(struct cx *cx, const struct req *req, struct res *res)
{
    if (query_known(cx, req, NULL))
        return cx->err.code;
    return answer_model(cx, req_param(req, "id"), 200, res);
}

enum err_code
api_model_add(struct cx *cx, const struct req *req, struct res *res)
{
    struct ai_model m;
    if (query_known(cx, req, NULL) || model_add(cx, req->input, &m))
        return cx->err.code;
    return answer_model(cx, m.uuid, 201, res);
}

enum err_code
api_model_edit(struct cx *cx, const struct req *req, struct res *res)
{
    struct ai_model m, now_is;
    struct model_in in = *(const struct model_in *)req->input;
    if (query_known(cx, req, NULL) || model_get(cx, req_param(req, "id"), &m))
        return cx->err.code;
    if (!field_has(model_fields, &in.set, "version"))
        in.version = m.version;
    if (!field_has(model_fields, &in.set, "name"))
        in.name = m.name;
    if (!field_has(model_fields, &in.set, "category"))
        in.category = m.category;
    if (!field_has(model_fields, &in.set, "input_price"))
        in.input_price = m.input_micro;
    if (!field_has(model_fields, &in.set, "output_price"))
        in.output_price = m.output_micro;
    if (!field_has(model_fields, &in.set, "deployments"))
        in.deployments = m.deployments;
    if (model_edit(cx, m.uuid, &in, &now_is))
        return cx->err.code;
    return answer_model(cx, m.uuid, 200, res);
}

static void
put_removed(struct cx *cx, struct res *res, struct str uuid)
{
    struct val *v = val_map(cx->arena);
    val_put_str(v, "id", uuid);
    val_put_bool(v, "removed", true);
    res_json(res, 200, v);
}

enum err_code
api_model_remove(struct cx *cx, const struct req *req, struct res *res)
{
    struct ai_model m;
    if (query_known(cx, req, NULL) ||
        model_remove(cx, req_param(req, "id"), &m))
        return cx->err.code;
    put_removed(cx, res, m.uuid);
    return ERR_OK;
}

/* ---- deployments ---- */

static void
put_deployment(struct cx *cx, struct val *v, const struct deployment *d)
{
    val_put_str(v, "id", d->uuid);
    val_put_str(v, "name", d->name);
    val_put_str(v, "base_url", d->base_url);
    put_times(cx, v, d->created_s, d->updated_s, d->version);
}

static enum err_code
answer_deployment(struct cx *cx, struct str uuid, int status, struct res *res)
{
    struct deployment d;
    if (deployment_get(cx, uuid, &d))
        return cx->err.code;
    struct val *v = val_map(cx->arena);
    put_deployment(cx, v, &d);
    res_json(res, status, v);
    return ERR_OK;
}

enum err_code
api_deployment_list(struct cx *cx, const struct req *req, struct res *res)
{
    struct deployment *all;
    struct page p;
    size_t n, i = 0;
    if (page_read(cx, req, "deployments", NULL, &p) ||
        deployment_list(cx, &all, &n))
        return cx->err.code;
    struct val *v = val_map(cx->arena), *list = val_put_list(v, "data");
    while (p.after && i < n && all[i].id != p.after)
        i++;
    for (i += p.after && i < n; i < n && list->u.list.n < p.most; i++)
        put_deployment(cx, val_add_map(list), &all[i]);
    page_put(cx, v, &p, i < n ? all[i - 1].id : 0);
    res_json(res, 200, v);
    return ERR_OK;
}

enum err_code
api_deployment_get(struct cx *cx, const struct req *req, struct res *res)
{
    if (query_known(cx, req, NULL))
        return cx->err.code;
    return answer_deployment(cx, req_param(req, "id"), 200, res);
}

enum err_code
api_deployment_add(struct cx *cx, const struct req *req, struct res *res)
{
    struct deployment d;
    if (query_known(cx, req, NULL) || deployment_add(cx, req->input, &d))
        return cx->err.code;
    return answer_deployment(cx, d.uuid, 201, res);
}

enum err_code
api_deployment_edit(struct cx *cx, const struct req *req, struct res *res)
{
    struct deployment d, now_is;
    struct deployment_in in = *(const struct deployment_in *)req->input;
    if (query_known(cx, req, NULL) ||
        deployment_get(cx, req_param(req, "id"), &d))
        return cx->err.code;
    if (!field_has(deployment_fields, &in.set, "version"))
        in.version = d.version;
    if (!field_has(deployment_fields, &in.set, "name"))
        in.name = d.name;
    if (!field_has(deployment_fields, &in.set, "base_url"))
        in.base_url = d.base_url;
    if (deployment_edit(cx, d.uuid, &in, &now_is))
        return cx->err.code;
    return answer_deployment(cx, d.uuid, 200, res);
}

enum err_code
api_deployment_remove(struct cx *cx, const struct req *req, struct res *res)
{
    struct deployment d;
    if (query_known(cx, req, NULL) ||
        deployment_remove(cx, req_param(req, "id"), &d))
        return cx->err.code;
    put_removed(cx, res, d.uuid);
    return ERR_OK;
}
