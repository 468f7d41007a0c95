/* SPDX-License-Identifier: ISC */
/* Keys that somebody found: the public page. */
#include "web/pages.h"

#include "core/leak.h"
#include "web/view.h"
#include "web/web.h"

enum err_code
web_leak_form(struct cx *cx, const struct req *req, struct res *res)
{
    struct form fm;
    struct val *view = view_new(cx, req);
    form_begin(&fm, cx, req, view);
    form_secret(&fm, "key");
    form_text(&fm, "source", STR(""));
    form_done(&fm);
    res_page(res, "leak/form", view);
    return ERR_OK;
}

enum err_code
web_leak(struct cx *cx, const struct req *req, struct res *res)
{
    if (leak_take(cx, req->input))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_LEAK_TAKEN, STR("/report-a-key"));
}
