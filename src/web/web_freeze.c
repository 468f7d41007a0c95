/* SPDX-License-Identifier: ISC */
/* Freezing a workspace, thawing it, and deleting it. */
#include "web/pages.h"

#include "core/access.h"
#include "core/freeze.h"
#include "core/key.h"
#include "core/workspace.h"
#include "text/money.h"
#include "text/when.h"
#include "web/view.h"
#include "web/web.h"

enum err_code
web_freeze_form(struct cx *cx, const struct req *req, struct res *res)
{
    static const struct {
        const char *value, *label;
    } lasts[] = { { "open", "Until somebody thaws it" },
        { "hour", "1 hour" }, { "day", "24 hours" }, { "week", "7 days" },
        { "date", "Until the end of a day" } };
    struct form fm;
    if (access_need(cx, RIGHT_FREEZE))
        return cx->err.code;
    struct val *view = view_new(cx, req);
    val_put_str(view, "base", view_path(cx, "/freeze"));
    val_put_str(view, "thaw_href", view_path(cx, "/thaw"));
    val_put_str(view, "back", view_path(cx, "/settings"));
    form_begin(&fm, cx, req, view);
    form_text(&fm, "why", STR(""));
    struct val *field = form_choice(&fm, "lasts");
    for (size_t i = 0; i < COUNT_OF(lasts); i++)
        form_option(&fm, field, str_cstr(lasts[i].value),
            str_cstr(lasts[i].label), STR(""), i == 0);
    form_text(&fm, "until", STR(""));
    form_done(&fm);
    res_page(res, "freeze/view", view);
    return ERR_OK;
}

enum err_code
web_freeze(struct cx *cx, const struct req *req, struct res *res)
{
    if (freeze_begin(cx, req->input))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_FROZEN, view_path(cx, "/freeze"));
}

enum err_code
web_thaw(struct cx *cx, const struct req *req, struct res *res)
{
    if (freeze_end(cx))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_THAWED, view_path(cx, "/"));
}

/* Who and what it touches. */
static enum err_code
put_touched(struct cx *cx, struct val *view)
{
    struct member_page page = { .most = 1 };
    struct member *members;
    struct key_counts keys;
    size_t n;
    if (member_page(cx, &page, &members, &n) ||
        key_counts(cx, KEY_STANDARD, &keys))
        return cx->err.code;
    if (page.all == 1)
        val_put_cstr(view, "people", "You lose");
    else
        val_put_fmt(view, "people", "%.*s people lose",
            STR_ARG(count_show(cx->arena, page.all)));
    view_text_or_null(view, "keys", keys.live
            ? arena_fmt(cx->arena, "%.*s%s",
                  STR_ARG(count_show(cx->arena, keys.live)),
                  keys.live == 1 ? " key" : " keys")
            : STR(""));
    return ERR_OK;
}

enum err_code
web_delete_form(struct cx *cx, const struct req *req, struct res *res)
{
    struct form fm;
    if (access_need(cx, RIGHT_WORKSPACE_DELETE))
        return cx->err.code;
    struct val *view = view_new(cx, req);
    val_put_str(view, "base", view_path(cx, "/delete"));
    val_put_str(view, "back", view_path(cx, "/settings"));
    val_put_str(view, "freeze_href", view_path(cx, "/freeze"));
    if (put_touched(cx, view))
        return cx->err.code;
    form_begin(&fm, cx, req, view);
    form_text(&fm, "confirm", STR(""));
    form_done(&fm);
    res_page(res, "workspace/delete", view);
    return ERR_OK;
}

enum err_code
web_delete(struct cx *cx, const struct req *req, struct res *res)
{
    const struct confirm_in *in = req->input;
    if (workspace_delete(cx, in->confirm))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_WORKSPACE_DELETED,
        STR("/workspaces"));
}
