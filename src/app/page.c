/* SPDX-License-Identifier: ISC */
#include "app/page.h"

#include "app/dispatch.h"
#include "app/gates.h"
#include "core/factor.h"
#include "http/cookie.h"
#include "http/csrf.h"
#include "http/problem.h"
#include "secret/seal.h"
#include "text/fields.h"
#include "text/json.h"
#include "text/url.h"
#include "web/web.h"

#include <string.h>

enum { CARRY_S = 3600 };

/* What every page shows, whoever filled its view. */
static void
add_globals(struct worker *w, struct val *view)
{
    val_put_cstr(view, "product", "Keylodge");
    val_put_cstr(view, "version", PACKAGE_VERSION);
    val_put(view, "asset", assets_view(w->app->assets, w->arena));
    val_put_str(view, "csrf",
        csrf_token(w->arena, w->cx.secrets, w->form_session));
    val_put_bool(view, "insecure", !w->req.https);
    val_put_str(view, "request_id", w->cx.request_id);
    const char *note = web_flash_text(cookie_get(&w->req, COOKIE_FLASH));
    if (note && req_safe(&w->req)) {
        val_put_cstr(view, "flash", note);
        cookie_set(w->arena, &w->res, w->req.https, COOKIE_FLASH, STR(""),
            -1);
    } else {
        val_put_null(view, "flash");
    }
}

enum err_code
page_render(struct worker *w)
{
    struct res *res = &w->res;
    struct buf b;
    if (res->new_session.n)
        w->form_session = res->new_session;
    gate_form_session(w);
    add_globals(w, res->view);
    buf_init(&b, w->arena, BUF_MAX_PAGE);
    if (mustache_render(w->app->templates, str_cstr(res->page), res->view, &b,
            &w->cx.err))
        return w->cx.err.code;
    res->bytes = buf_view(&b);
    res->type = "text/html; charset=utf-8";
    return ERR_OK;
}

/* The fields of a post that may be kept: all but the secret ones. */
static struct pairs
kept_fields(struct worker *w)
{
    const struct field *fields = w->route->fields;
    struct pairs kept = { NULL, 0 };
    for (size_t i = 0; i < w->req.form.n; i++) {
        struct pair p = w->req.form.items[i];
        int at = fields ? field_index(fields, p.name) : -1;
        if (at < 0 || fields[at].type == FIELD_SECRET)
            continue;
        form_add(w->arena, &kept, p.name, p.value);
    }
    return kept;
}

/* A post, sealed, to be carried by another form:
 * "expiry, newline, target, newline, form". */
static struct str
pack(struct worker *w, struct str bound, const struct pairs *kept)
{
    struct str form = form_write(w->arena, kept);
    struct str plain = arena_fmt(w->arena, "%lld\n%.*s\n%.*s",
        (long long)(w->cx.now_s + CARRY_S), STR_ARG(w->req.path),
        STR_ARG(form));
    return seal_b64(w->arena, w->cx.secrets, SUBKEY_CARRY, bound, plain);
}

/* The post that met a signed-out state, for the sign-in page.  It is shown
 * again, so whoever signs in may have it. */
#define TO_SHOW STR("carry 1")
static struct str
carry_to_show(struct worker *w)
{
    struct pairs kept = kept_fields(w);
    if (kept.n == 0 || req_safe(&w->req))
        return (struct str){ NULL, 0 };
    return pack(w, TO_SHOW, &kept);
}

/* The post that needs a fresh proof.  It is acted on, so it is this person's
 * alone. */
static struct str
to_send(struct worker *w)
{
    return arena_fmt(w->arena, "send 1 %.*s",
        STR_ARG(w->cx.actor.user.uuid));
}

/* The request that was packed becomes that of the worker; *found false: it is
 * too old, or not ours. */
static enum err_code
unpack(struct worker *w, struct str bound, struct str sealed, bool *found)
{
    struct cx *cx = &w->cx;
    struct str plain, expiry, target, form, allow;
    int64_t ends;
    *found = false;
    if (!seal_b64_open(w->arena, cx->secrets, SUBKEY_CARRY, bound, sealed,
            &plain) ||
        !str_cut(plain, '\n', &expiry, &plain) ||
        !str_cut(plain, '\n', &target, &form) || !str_int(expiry, &ends) ||
        ends <= cx->now_s)
        return ERR_OK;
    struct req again = w->req;
    const struct route *row;
    size_t n;
    const struct route *all = routes(&n);
    again.path = target;
    if (route_find(all, n, &again, &row, &allow, w->arena, &cx->err) ||
        form_read(w->arena, form, &again.form, &cx->err))
        return cx->err.code;
    w->req = again;
    w->route = row;
    w->form_session = w->res.new_session;
    *found = true;
    return ERR_OK;
}

/* The struct of the row's fields; NULL when the form does not fill it.  What
 * is wrong with it is said when it is sent again. */
static void *
read_input(struct worker *w, const struct route *row, const struct pairs *form)
{
    struct err unread;
    if (!row->fields)
        return NULL;
    void *input = arena_alloc(w->arena, row->input_bytes);
    err_init(&unread, w->arena);
    return fields_from_form(w->arena, row->fields, form, input, &unread)
        ? NULL
        : input;
}

enum err_code
page_resume(struct worker *w)
{
    struct res *res = &w->res;
    bool found;
    if (unpack(w, TO_SHOW, res->resume, &found))
        return w->cx.err.code;
    if (!found || !w->route->again)
        return ERR_OK; /* the plain redirect stands */
    w->req.input = read_input(w, w->route, &w->req.form);
    if (gate_workspace(w))
        return w->cx.err.code;
    res->location = (struct str){ NULL, 0 };
    res->status = 0;
    w->cx.may_write = false;
    return w->route->again(&w->cx, &w->req, res);
}

enum err_code
page_send(struct worker *w)
{
    struct res *res = &w->res;
    bool found;
    if (unpack(w, to_send(w), res->send, &found) || !found)
        return w->cx.err.code; /* not found: the plain redirect stands */
    *res = (struct res){ .headers = res->headers,
        .new_session = res->new_session };
    w->req.input = NULL;
    if (gate_workspace(w) || gate_fields(w))
        return w->cx.err.code;
    enum err_code code = w->route->handle(&w->cx, &w->req, res);
    must(code == w->cx.err.code);
    return code;
}

/* A person who is not signed in: to the sign-in page, and back afterwards. */
static enum err_code
ask_sign_in(struct worker *w)
{
    if (!req_safe(&w->req)) {
        w->res.status = problem_of(ERR_UNAUTHENTICATED)->status;
        return web_sign_in_page(&w->cx, &w->req, &w->res, w->req.path,
            carry_to_show(w), w->expired);
    }
    struct buf b;
    buf_init(&b, w->arena, BUF_MAX_FIELD);
    buf_cstr(&b, w->expired ? "/sign-in?expired=1&next=" : "/sign-in?next=");
    url_encode(&b, req_here(w->arena, &w->req));
    res_see_other(&w->res, buf_view(&b));
    return ERR_OK;
}

/* Somebody who is signed in, but not freshly: once more who it is, and then on
 * with what they asked for. */
static enum err_code
ask_confirm(struct worker *w)
{
    if (!req_safe(&w->req)) {
        struct pairs kept = kept_fields(w);
        w->res.status = problem_of(ERR_UNAUTHENTICATED)->status;
        return web_confirm_page(&w->cx, &w->req, &w->res, STR(""),
            pack(w, to_send(w), &kept));
    }
    struct buf b;
    buf_init(&b, w->arena, BUF_MAX_FIELD);
    buf_cstr(&b, "/confirm?next=");
    url_encode(&b, req_here(w->arena, &w->req));
    res_see_other(&w->res, buf_view(&b));
    return ERR_OK;
}

static bool
shows_form(const struct worker *w, const struct err *failed)
{
    /* without memory it is not known how far it came: no form to send again */
    return w->route && w->route->again && !req_safe(&w->req) &&
        !w->short_of_memory &&
        (failed->code == ERR_INVALID || failed->code == ERR_CONFLICT ||
            failed->code == ERR_LIMITED ||
            (failed->code == ERR_BUSY && w->req.input));
}

static bool
is_reason(const struct err *e, const char *reason)
{
    return e->reason && strcmp(e->reason, reason) == 0;
}

static enum err_code
fill(struct worker *w, struct err *failed)
{
    struct cx *cx = &w->cx;
    struct res *res = &w->res;
    w->req.failed = failed;
    if (is_reason(failed, CONFIRM_REASON))
        return ask_confirm(w);
    if (failed->code == ERR_UNAUTHENTICATED)
        return ask_sign_in(w);
    if (is_reason(failed, FACTOR_REASON) && req_safe(&w->req)) {
        res_see_other(res, STR("/account/security"));
        return ERR_OK;
    }
    res->status = problem_of(failed->code)->status;
    if (shows_form(w, failed)) {
        if (!w->route->again(cx, &w->req, res))
            return ERR_OK;
        /* no form without the right to it, or without its object: that is
         * then what is wrong, not the fields */
        *failed = cx->err;
        err_init(&cx->err, w->arena);
        *res = (struct res){ .headers = res->headers,
            .status = problem_of(failed->code)->status };
    }
    if (failed->code == ERR_STALE_FORM && !failed->reason && w->route) {
        struct pairs kept = kept_fields(w);
        return web_stale_page(cx, &w->req, res, &kept);
    }
    return web_error_page(cx, &w->req, res, failed);
}

void
page_error(struct worker *w, struct err *failed)
{
    struct res *res = &w->res;
    w->cx.may_write = false;
    if (!fill(w, failed) && (!res->page || !page_render(w)))
        return;
    /* not even the error page works: a plain sentence always does */
    *res = (struct res){ .status = problem_of(ERR_INTERNAL)->status,
        .type = "text/plain; charset=utf-8" };
    res->bytes = arena_fmt(w->arena,
        "Something went wrong on our side. Request id: %.*s\n",
        STR_ARG(w->cx.request_id));
    struct log_line l;
    log_begin(&l, LOG_ERROR, "error_page_failed");
    log_str(&l, "id", w->cx.request_id);
    log_str(&l, "error", w->cx.err.detail.n ? w->cx.err.detail
                                            : w->cx.err.msg);
    log_end(&l);
}
