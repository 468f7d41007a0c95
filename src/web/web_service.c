/* SPDX-License-Identifier: ISC */
/* Service accounts: list, make, rename, remove. */
#include "web/pages.h"

#include "core/access.h"
#include "core/service.h"
#include "text/money.h"
#include "web/holder.h"
#include "web/view.h"
#include "web/web.h"

static struct str
base(struct cx *cx)
{
    return view_path(cx, "/service-accounts");
}

static struct str
place(struct cx *cx, const struct service_account *s)
{
    return arena_fmt(cx->arena, "%.*s/%.*s", STR_ARG(base(cx)),
        STR_ARG(s->uuid));
}

static void
put_row(struct cx *cx, struct val *list, const struct service_account *s,
    bool may)
{
    struct val *row = val_add_map(list);
    val_put_str(row, "name", s->name);
    view_text_or_null(row, "href", may ? place(cx, s) : STR(""));
    val_put_str(row, "keys", count_show(cx->arena, s->n_keys));
    view_text_or_null(row, "by", s->by_name);
    view_time(cx, row, "created", "created_at", s->created_s);
}

enum err_code
web_service_list(struct cx *cx, const struct req *req, struct res *res)
{
    struct service_account *all = NULL;
    size_t n = 0;
    struct val *view = view_new(cx, req);
    if (service_page(cx, &all, &n) &&
        !view_load_failed(cx, res, view, base(cx)))
        return cx->err.code;
    bool may = access_has(cx, RIGHT_SERVICE_EDIT);
    val_put_str(view, "here", base(cx));
    val_put_str(view, "members_href", view_path(cx, "/members"));
    val_put_bool(view, "none", n == 0);
    view_text_or_null(view, "create_href",
        may ? view_path(cx, "/service-accounts/new") : STR(""));
    struct val *list = val_put_list(view, "services");
    for (size_t i = 0; i < n; i++)
        put_row(cx, list, &all[i], may);
    res_page(res, "service/list", view);
    return ERR_OK;
}

enum err_code
web_service_new(struct cx *cx, const struct req *req, struct res *res)
{
    struct form fm;
    if (access_need(cx, RIGHT_SERVICE_EDIT))
        return cx->err.code;
    struct val *view = view_new(cx, req);
    val_put_str(view, "base", base(cx));
    form_begin(&fm, cx, req, view);
    form_text(&fm, "name", STR(""));
    form_done(&fm);
    res_page(res, "service/new", view);
    return ERR_OK;
}

enum err_code
web_service_add(struct cx *cx, const struct req *req, struct res *res)
{
    if (service_add(cx, req->input))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_SERVICE_SAVED, base(cx));
}

/* The service account of the path, with its keys. */
static enum err_code
begin(struct cx *cx, const struct req *req, struct val **view,
    struct service_account *s)
{
    if (service_get(cx, req_param(req, "id"), s))
        return cx->err.code;
    *view = view_new(cx, req);
    val_put_str(*view, "base", base(cx));
    struct val *item = val_put_map(*view, "item");
    val_put_str(item, "name", s->name);
    val_put_str(item, "href", place(cx, s));
    return holder_put_keys(cx, *view, HOLDER_SERVICE, s->id);
}

enum err_code
web_service_edit_form(struct cx *cx, const struct req *req, struct res *res)
{
    struct service_account s;
    struct form fm;
    struct val *view;
    if (begin(cx, req, &view, &s))
        return cx->err.code;
    form_begin(&fm, cx, req, view);
    form_text(&fm, "name", s.name);
    form_done(&fm);
    res_page(res, "service/edit", view);
    return ERR_OK;
}

enum err_code
web_service_edit(struct cx *cx, const struct req *req, struct res *res)
{
    if (service_rename(cx, req_param(req, "id"), req->input))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_SERVICE_SAVED, base(cx));
}

enum err_code
web_service_remove_form(struct cx *cx, const struct req *req, struct res *res)
{
    struct service_account s;
    struct form fm;
    struct val *view;
    if (begin(cx, req, &view, &s))
        return cx->err.code;
    form_begin(&fm, cx, req, view);
    if (holder_fate(&fm, s.uuid, false))
        return cx->err.code;
    form_done(&fm);
    res_page(res, "service/remove", view);
    return ERR_OK;
}

enum err_code
web_service_remove(struct cx *cx, const struct req *req, struct res *res)
{
    if (service_remove(cx, req_param(req, "id"), req->input))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_SERVICE_REMOVED, base(cx));
}
