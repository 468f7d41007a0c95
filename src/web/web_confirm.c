/* SPDX-License-Identifier: ISC */
/* "Is it still you?" before what would hurt most in the wrong hands. */
#include "web/pages.h"

#include "core/factor.h"
#include "core/signin.h"
#include "text/url.h"
#include "web/view.h"
#include "web/web.h"

enum err_code
web_confirm_page(struct cx *cx, const struct req *req, struct res *res,
    struct str next, struct str carried)
{
    struct form fm;
    struct val *view = view_new(cx, req);
    struct req fresh = *req;
    bool codes;
    if (req->failed && req->failed->code == ERR_UNAUTHENTICATED) {
        fresh.failed = NULL; /* a form of another page */
        fresh.form.n = 0;
    }
    if (factor_on(cx, cx->actor.user.id, &codes))
        return cx->err.code;
    val_put_bool(view, "kept", carried.n > 0);
    val_put_str(view, "carried", carried);
    val_put_str(view, "next", url_local(next) ? next : STR(""));
    form_begin(&fm, cx, &fresh, view);
    form_secret(&fm, "password");
    if (codes)
        form_secret(&fm, "code");
    else
        form_absent(&fm, "code");
    form_done(&fm);
    res_page(res, "session/confirm", view);
    return ERR_OK;
}

enum err_code
web_confirm_form(struct cx *cx, const struct req *req, struct res *res)
{
    bool posted = req->form.n > 0;
    return web_confirm_page(cx, req, res,
        posted ? form_get(&req->form, "next") : req_query(req, "next"),
        form_get(&req->form, "carried"));
}

/* Would a browser save this, and leave the page as it is? */
static bool
is_download(struct str next)
{
    struct str path, query;
    (void)str_cut(next, '?', &path, &query);
    return str_ends(path, STR(".csv"));
}

enum err_code
web_confirm(struct cx *cx, const struct req *req, struct res *res)
{
    const struct proof_in *in = req->input;
    struct str session;
    struct str next = url_local(in->next) ? in->next : STR("/");
    if (confirm(cx, in, &session))
        return cx->err.code;
    web_session_begin(cx, req, res, session);
    res->send = in->carried;
    if (!is_download(next)) {
        res_see_other(res, next);
        return ERR_OK;
    }
    struct val *view = view_new(cx, req);
    val_put_str(view, "href", next);
    res_page(res, "session/confirmed", view);
    return ERR_OK;
}
