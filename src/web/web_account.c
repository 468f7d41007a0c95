/* SPDX-License-Identifier: ISC */
/* A person's own name. */
#include "web/pages.h"

#include "core/account.h"
#include "web/view.h"
#include "web/web.h"

enum err_code
web_account(struct cx *cx, const struct req *req, struct res *res)
{
    struct form fm;
    struct val *view = view_new(cx, req);
    form_begin(&fm, cx, req, view);
    form_text(&fm, "name", cx->actor.user.name);
    form_done(&fm);
    res_page(res, "account/view", view);
    return ERR_OK;
}

enum err_code
web_account_name(struct cx *cx, const struct req *req, struct res *res)
{
    if (profile_set(cx, req->input))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_PROFILE_SAVED, STR("/account"));
}
