/* SPDX-License-Identifier: ISC */
/* Deployments: list, add, edit, remove. */
#include "web/pages.h"

#include "core/access.h"
#include "core/catalog.h"
#include "text/money.h"
#include "web/conflict.h"
#include "web/view.h"
#include "web/web.h"

static struct str
base(struct cx *cx)
{
    return view_path(cx, "/deployments");
}

/* "/w/acme/deployments/UUID" + rest */
static struct str
place(struct cx *cx, const struct deployment *d, const char *rest)
{
    return arena_fmt(cx->arena, "%.*s/%.*s%s", STR_ARG(base(cx)),
        STR_ARG(d->uuid), rest);
}

static void
put_row(struct cx *cx, struct val *list, const struct deployment *d, bool may)
{
    struct val *row = val_add_map(list);
    val_put_str(row, "name", d->name);
    val_put_str(row, "id", d->uuid);
    val_put_str(row, "url", d->base_url);
    val_put_str(row, "models", count_show(cx->arena, d->n_models));
    val_put_str(row, "keys", count_show(cx->arena, d->n_keys));
    view_text_or_null(row, "href", may ? place(cx, d, "/edit") : STR(""));
}

enum err_code
web_deployment_list(struct cx *cx, const struct req *req, struct res *res)
{
    struct deployment *all = NULL;
    size_t n = 0;
    struct val *view = view_new(cx, req);
    if (deployment_list(cx, &all, &n) &&
        !view_load_failed(cx, res, view, base(cx)))
        return cx->err.code;
    bool may = access_has(cx, RIGHT_CATALOG_EDIT);
    struct str add = view_path(cx, "/deployments/new");
    val_put_str(view, "here", base(cx));
    val_put_str(view, "base", base(cx));
    val_put_bool(view, "none", n == 0);
    view_text_or_null(view, "create_href", may ? add : STR(""));
    struct val *list = val_put_list(view, "deployments");
    for (size_t i = 0; i < n; i++)
        put_row(cx, list, &all[i], may);
    res_page(res, "deployment/list", view);
    return ERR_OK;
}

static void
put_fields(struct form *fm, const struct deployment *d)
{
    form_text(fm, "name", d ? d->name : STR(""));
    form_text(fm, "base_url", d ? d->base_url : STR(""));
}

enum err_code
web_deployment_new(struct cx *cx, const struct req *req, struct res *res)
{
    struct form fm;
    if (access_need(cx, RIGHT_CATALOG_EDIT))
        return cx->err.code;
    struct val *view = view_new(cx, req);
    val_put_str(view, "base", base(cx));
    form_begin(&fm, cx, req, view);
    put_fields(&fm, NULL);
    form_done(&fm);
    res_page(res, "deployment/new", view);
    return ERR_OK;
}

enum err_code
web_deployment_add(struct cx *cx, const struct req *req, struct res *res)
{
    struct deployment d;
    if (deployment_add(cx, req->input, &d))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_DEPLOYMENT_SAVED, base(cx));
}

/* The deployment of the path, for somebody who may change it. */
static enum err_code
get(struct cx *cx, const struct req *req, struct deployment *d)
{
    if (access_need(cx, RIGHT_CATALOG_EDIT))
        return cx->err.code;
    return deployment_get(cx, req_param(req, "id"), d);
}

static void
put_item(struct cx *cx, struct val *view, const struct deployment *d)
{
    val_put_str(view, "base", base(cx));
    struct val *item = val_put_map(view, "item");
    val_put_str(item, "name", d->name);
    val_put_str(item, "href", place(cx, d, ""));
}

static void
put_conflict(struct cx *cx, const struct req *req, struct val *view,
    const struct deployment *d)
{
    const struct deployment_in *in = req->input;
    struct val *rows = conflict_begin(cx, view, "deployment", d->uuid,
        d->updated_s, place(cx, d, "/edit"));
    conflict_row(rows, "Name", d->name, in->name);
    conflict_row(rows, "Address", d->base_url, in->base_url);
}

enum err_code
web_deployment_edit_form(struct cx *cx, const struct req *req,
    struct res *res)
{
    struct deployment d;
    struct form fm;
    if (get(cx, req, &d))
        return cx->err.code;
    struct val *view = view_new(cx, req);
    put_item(cx, view, &d);
    conflict_version(view, req, d.version);
    form_begin(&fm, cx, req, view);
    put_fields(&fm, &d);
    if (conflict_met(req))
        put_conflict(cx, req, view, &d);
    else
        form_done(&fm);
    res_page(res, "deployment/edit", view);
    return ERR_OK;
}

enum err_code
web_deployment_edit(struct cx *cx, const struct req *req, struct res *res)
{
    struct deployment d;
    if (deployment_edit(cx, req_param(req, "id"), req->input, &d))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_DEPLOYMENT_SAVED, base(cx));
}

enum err_code
web_deployment_remove_form(struct cx *cx, const struct req *req,
    struct res *res)
{
    struct deployment d;
    if (get(cx, req, &d))
        return cx->err.code;
    struct val *view = view_new(cx, req);
    put_item(cx, view, &d);
    val_put_str(view, "effect", deployment_breaks(cx, &d));
    res_page(res, "deployment/remove", view);
    return ERR_OK;
}

enum err_code
web_deployment_remove(struct cx *cx, const struct req *req, struct res *res)
{
    struct deployment d;
    if (deployment_remove(cx, req_param(req, "id"), &d))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_DEPLOYMENT_REMOVED, base(cx));
}
