/* SPDX-License-Identifier: ISC */
/* A new password for somebody who forgot theirs. */
#include "web/pages.h"

#include "core/notice.h"
#include "core/reset.h"
#include "web/view.h"
#include "web/web.h"

enum err_code
web_reset_form(struct cx *cx, const struct req *req, struct res *res)
{
    struct form fm;
    struct val *view = view_new(cx, req);
    val_put_bool(view, "mailed", notice_mailed(cx));
    val_put_bool(view, "sent", req_query(req, "sent").n > 0);
    form_begin(&fm, cx, req, view);
    form_text(&fm, "email", STR(""));
    form_done(&fm);
    res_page(res, "reset/ask", view);
    return ERR_OK;
}

/* The same answer, whether there is such an account or not. */
enum err_code
web_reset_ask(struct cx *cx, const struct req *req, struct res *res)
{
    const struct reset_ask_in *in = req->input;
    if (reset_ask(cx, in->email))
        return cx->err.code;
    res_see_other(res, STR("/reset?sent=1"));
    return ERR_OK;
}

enum err_code
web_reset_new(struct cx *cx, const struct req *req, struct res *res)
{
    struct form fm;
    struct user u;
    if (reset_open(cx, req_param(req, "token"), &u))
        return cx->err.code;
    struct val *view = view_new(cx, req);
    val_put_str(view, "token", req_param(req, "token"));
    val_put_str(view, "email", u.email);
    form_begin(&fm, cx, req, view);
    form_secret(&fm, "password");
    form_done(&fm);
    res->cache = CACHE_NO_STORE;
    res_page(res, "reset/new", view);
    return ERR_OK;
}

enum err_code
web_reset(struct cx *cx, const struct req *req, struct res *res)
{
    const struct reset_in *in = req->input;
    if (reset_finish(cx, req_param(req, "token"), in->password))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_PASSWORD_RESET, STR("/sign-in"));
}
