/* SPDX-License-Identifier: ISC */
/* First run, signing in and out, and forms that came too late. */
#include "web/pages.h"

#include "core/account.h"
#include "core/session.h"
#include "core/signin.h"
#include "core/workspace.h"
#include "http/cookie.h"
#include "text/url.h"
#include "web/view.h"
#include "web/web.h"

/* To the workspace the person was in last. */
static enum err_code
go_home(struct cx *cx, struct res *res)
{
    struct str slug;
    if (workspace_home(cx, &slug))
        return cx->err.code;
    res_see_other(res, slug.n
            ? arena_fmt(cx->arena, "/w/%.*s/", STR_ARG(slug))
            : STR("/workspaces"));
    return ERR_OK;
}

enum err_code
web_home(struct cx *cx, const struct req *req, struct res *res)
{
    (void)req;
    if (cx->actor.kind == ACTOR_USER)
        return go_home(cx, res);
    res_see_other(res, STR("/sign-in"));
    return ERR_OK;
}

enum err_code
web_setup_form(struct cx *cx, const struct req *req, struct res *res)
{
    enum setup_state state;
    struct form fm;
    struct str token = req_query(req, "t");
    if (token.n == 0)
        token = form_get(&req->form, "t");
    if (setup_state(cx, token, &state))
        return cx->err.code;
    if (state == SETUP_WRONG_LINK)
        return ERR(&cx->err, ERR_NOT_FOUND,
            "This set-up link is not valid any more. Make another one with "
            "keylodge setup-link.");
    struct val *view = view_new(cx, req);
    if (state == SETUP_DONE) {
        res->status = 0; /* the answer, also when a post came too late */
        res_page(res, "setup/done", view);
        return ERR_OK;
    }
    val_put_str(view, "token", token);
    form_begin(&fm, cx, req, view);
    form_text(&fm, "email", STR(""));
    form_text(&fm, "name", STR(""));
    form_secret(&fm, "password");
    form_done(&fm);
    res_page(res, "setup/form", view);
    return ERR_OK;
}

void
web_session_begin(struct cx *cx, const struct req *req, struct res *res,
    struct str session)
{
    cookie_set(cx->arena, res, req->https, COOKIE_SESSION, session, 0);
    cookie_set(cx->arena, res, req->https, COOKIE_BEFORE, STR(""), -1);
    res->new_session = session;
}

enum err_code
web_setup(struct cx *cx, const struct req *req, struct res *res)
{
    const struct setup_in *in = req->input;
    struct str session;
    if (setup_finish(cx, in, &session))
        return cx->err.code;
    web_session_begin(cx, req, res, session);
    return go_home(cx, res);
}

enum err_code
web_sign_in_page(struct cx *cx, const struct req *req, struct res *res,
    struct str next, struct str carried, bool expired)
{
    struct form fm;
    struct val *view = view_new(cx, req);
    bool failed = req->failed && req->failed->code != ERR_UNAUTHENTICATED;
    struct req fresh = *req;
    if (!failed) { /* a form of another page is no sign-in form */
        fresh.failed = NULL;
        fresh.form.n = 0;
    }
    val_put_null(view, "note");
    if (expired)
        val_put_cstr(view, "note",
            "You were signed out after 30 minutes without a click. Sign in "
            "to go on.");
    val_put_bool(view, "kept", carried.n > 0);
    val_put_str(view, "carried", carried);
    val_put_str(view, "next", url_local(next) ? next : STR(""));
    form_begin(&fm, cx, &fresh, view);
    form_text(&fm, "email", STR(""));
    form_secret(&fm, "password");
    form_done(&fm);
    res_page(res, "session/sign-in", view);
    return ERR_OK;
}

enum err_code
web_sign_in_form(struct cx *cx, const struct req *req, struct res *res)
{
    bool posted = req->form.n > 0;
    if (cx->actor.kind == ACTOR_USER && !posted)
        return go_home(cx, res);
    return web_sign_in_page(cx, req, res,
        posted ? form_get(&req->form, "next") : req_query(req, "next"),
        form_get(&req->form, "carried"), req_query(req, "expired").n > 0);
}

/* To where they wanted, with the form that met a signed-out state. */
static enum err_code
go_on(struct cx *cx, const struct req *req, struct res *res,
    struct str session, struct str next, struct str carried)
{
    web_session_begin(cx, req, res, session);
    res->resume = carried;
    if (!url_local(next))
        return go_home(cx, res);
    res_see_other(res, next);
    return ERR_OK;
}

/* The second step.  It is the answer to the first one itself: what it needs to
 * know of that travels sealed, in the form. */
static enum err_code
code_page(struct cx *cx, const struct req *req, struct res *res,
    struct str step, struct str next, struct str carried)
{
    struct form fm;
    struct val *view = view_new(cx, req);
    val_put_str(view, "step", step);
    val_put_str(view, "carried", carried);
    val_put_str(view, "next", url_local(next) ? next : STR(""));
    form_begin(&fm, cx, req, view);
    form_secret(&fm, "code"); /* a code counts once: it is not shown again */
    form_done(&fm);
    res->cache = CACHE_NO_STORE;
    res_page(res, "session/code", view);
    return ERR_OK;
}

enum err_code
web_sign_in(struct cx *cx, const struct req *req, struct res *res)
{
    const struct sign_in_in *in = req->input;
    struct str session, step;
    if (sign_in(cx, in->email, in->password, &session, &step))
        return cx->err.code;
    if (step.n)
        return code_page(cx, req, res, step, in->next, in->carried);
    return go_on(cx, req, res, session, in->next, in->carried);
}

enum err_code
web_sign_in_code_form(struct cx *cx, const struct req *req, struct res *res)
{
    struct str step = form_get(&req->form, "step");
    struct str next = form_get(&req->form, "next");
    struct str carried = form_get(&req->form, "carried");
    bool waits;
    if (sign_in_step(cx, step, &waits))
        return cx->err.code;
    if (waits)
        return code_page(cx, req, res, step, next, carried);
    if (req->form.n)
        return web_sign_in_page(cx, req, res, next, carried, false);
    res_see_other(res, STR("/sign-in"));
    return ERR_OK;
}

enum err_code
web_sign_in_code(struct cx *cx, const struct req *req, struct res *res)
{
    const struct code_in *in = req->input;
    struct str session;
    bool recovery;
    if (sign_in_code(cx, in->step, in->code, &session, &recovery))
        return cx->err.code;
    if (recovery)
        (void)flash_go(cx, req, res, FLASH_RECOVERY_USED, STR("/"));
    return go_on(cx, req, res, session, in->next, in->carried);
}

enum err_code
web_sign_out(struct cx *cx, const struct req *req, struct res *res)
{
    if (session_close(cx))
        return cx->err.code;
    cookie_set(cx->arena, res, req->https, COOKIE_SESSION, STR(""), -1);
    res_header(cx->arena, res, "Clear-Site-Data", STR("\"cache\""));
    return flash_go(cx, req, res, FLASH_SIGNED_OUT, STR("/sign-in"));
}

/* Names of fields that mean nothing to a person. */
static bool
is_technical(struct str name)
{
    return str_is(name, "once") || str_is(name, "version") ||
        str_is(name, "carried") || str_is(name, "next") || str_is(name, "t") ||
        str_is(name, "sure") || str_is(name, "step");
}

enum err_code
web_stale_page(struct cx *cx, const struct req *req, struct res *res,
    const struct pairs *kept)
{
    struct val *view = view_new(cx, req);
    struct val *fields = val_put_list(view, "fields");
    struct val *shown = val_put_list(view, "shown");
    for (size_t i = 0; i < kept->n; i++) {
        struct val *row = val_add_map(fields);
        val_put_str(row, "name", kept->items[i].name);
        val_put_str(row, "value", kept->items[i].value);
        if (is_technical(kept->items[i].name) || !kept->items[i].value.n)
            continue;
        row = val_add_map(shown);
        val_put_str(row, "label", kept->items[i].name);
        val_put_str(row, "value", kept->items[i].value);
    }
    struct buf action;
    buf_init(&action, cx->arena, BUF_MAX_FIELD);
    /* the path was decoded once; its segments are encoded again */
    for (struct str rest = str_from(req->path, 1), part; rest.n;) {
        (void)str_cut(rest, '/', &part, &rest);
        buf_char(&action, '/');
        url_encode(&action, part);
    }
    val_put_str(view, "action", buf_view(&action));
    val_put_cstr(view, "back", "/");
    res_page(res, "session/stale", view);
    return ERR_OK;
}
