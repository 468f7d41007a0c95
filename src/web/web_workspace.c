/* SPDX-License-Identifier: ISC */
/* The workspaces of a person, and a new team. */
#include "web/pages.h"

#include "core/workspace.h"
#include "text/money.h"
#include "text/when.h"
#include "web/role_words.h"
#include "web/view.h"
#include "web/web.h"

enum err_code
web_workspace_list(struct cx *cx, const struct req *req, struct res *res)
{
    struct workspace *all;
    size_t n;
    if (workspace_list(cx, &all, &n))
        return cx->err.code;
    struct val *view = view_new(cx, req);
    struct val *list = val_put_list(view, "workspaces");
    for (size_t i = 0; i < n; i++) {
        const struct workspace *w = &all[i];
        struct val *row = val_add_map(list);
        val_put_str(row, "name", w->name);
        val_put_fmt(row, "href", "/w/%.*s/", STR_ARG(w->slug));
        val_put_cstr(row, "kind", w->personal ? "Personal" : "Team");
        val_put_cstr(row, "role", role_title(w->role));
        val_put_str(row, "members", count_show(cx->arena, w->n_members));
        val_put_str(row, "keys", count_show(cx->arena, w->n_keys));
        val_put_bool(row, "current",
            w->id == cx->actor.user.last_workspace_id);
        val_put_bool(row, "demo", w->demo);
    }
    val_put_bool(view, "may_create", true);
    res_page(res, "workspace/list", view);
    return ERR_OK;
}

enum err_code
web_workspace_new(struct cx *cx, const struct req *req, struct res *res)
{
    struct form fm;
    struct val *view = view_new(cx, req);
    form_begin(&fm, cx, req, view);
    form_text(&fm, "name", STR(""));
    struct val *field = form_choice(&fm, "second_factor");
    for (enum factor_rule r = FACTOR_NOBODY; r < FACTOR_RULE_COUNT; r++)
        form_option(&fm, field, str_cstr(factor_rule_name(r)),
            factor_label(r), STR(""), r == FACTOR_USUAL);
    form_done(&fm);
    val_put_str(view, "grace", count_of(cx->arena, WORKSPACE_GRACE_S / DAY_S,
        "day"));
    res_page(res, "workspace/new", view);
    return ERR_OK;
}

enum err_code
web_workspace_create(struct cx *cx, const struct req *req, struct res *res)
{
    const struct workspace_in *in = req->input;
    struct workspace w;
    if (workspace_create(cx, in, NULL, &w))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_WORKSPACE_CREATED,
        arena_fmt(cx->arena, "/w/%.*s/", STR_ARG(w.slug)));
}
