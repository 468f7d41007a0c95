/* SPDX-License-Identifier: ISC */
#include "app/page.h"

#include "app/dispatch.h"
#include "app/gates.h"
#include "http/cookie.h"
#include "http/csrf.h"
#include "http/problem.h"
#include "secret/seal.h"
#include "text/fields.h"
#include "text/json.h"
#include "text/url.h"
#include "web/web.h"

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

/* The post that met a signed-out state, sealed for the sign-in page:
 * "expiry, newline, target, newline, form". */
static struct str
carry(struct worker *w)
{
    struct pairs kept = kept_fields(w);
    if (kept.n == 0 || req_safe(&w->req))
        return (struct str){ NULL, 0 };
    struct str form = form_write(w->arena, &kept);
    struct str plain = arena_fmt(w->arena, "%lld\n%.*s\n%.*s",
        (long long)(w->cx.now_s + CARRY_S), STR_ARG(w->req.path),
        STR_ARG(form));
    return seal_b64(w->arena, w->cx.secrets, SUBKEY_CARRY, STR("carry 1"),
        plain);
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
    struct cx *cx = &w->cx;
    struct str plain, expiry, target, form, allow;
    int64_t ends;
    struct res *res = &w->res;
    struct str sealed = res->resume;
    res->resume = (struct str){ NULL, 0 };
    if (!seal_b64_open(w->arena, cx->secrets, SUBKEY_CARRY, STR("carry 1"),
            sealed, &plain) ||
        !str_cut(plain, '\n', &expiry, &plain) ||
        !str_cut(plain, '\n', &target, &form) || !str_int(expiry, &ends) ||
        ends <= cx->now_s)
        return ERR_OK; /* too late: the plain redirect stands */
    struct req again = w->req;
    const struct route *row;
    size_t n;
    const struct route *all = routes(&n);
    again.path = target;
    if (route_find(all, n, &again, &row, &allow, w->arena, &cx->err) ||
        form_read(w->arena, form, &again.form, &cx->err))
        return cx->err.code;
    if (!row->again)
        return ERR_OK;
    again.input = read_input(w, row, &again.form);
    w->req = again;
    w->route = row;
    w->form_session = res->new_session;
    if (gate_workspace(w))
        return cx->err.code;
    res->location = (struct str){ NULL, 0 };
    res->status = 0;
    cx->may_write = false;
    return row->again(cx, &w->req, res);
}

/* A person who is not signed in: to the sign-in page, and back afterwards. */
static enum err_code
ask_sign_in(struct worker *w)
{
    if (!req_safe(&w->req)) {
        w->res.status = problem_of(ERR_UNAUTHENTICATED)->status;
        return web_sign_in_page(&w->cx, &w->req, &w->res, w->req.path,
            carry(w), w->expired);
    }
    struct buf b;
    buf_init(&b, w->arena, BUF_MAX_FIELD);
    buf_cstr(&b, w->expired ? "/sign-in?expired=1&next=" : "/sign-in?next=");
    url_encode(&b, req_here(w->arena, &w->req));
    res_see_other(&w->res, buf_view(&b));
    return ERR_OK;
}

static bool
shows_form(const struct worker *w, const struct err *failed)
{
    return w->route && w->route->again && !req_safe(&w->req) &&
        (failed->code == ERR_INVALID || failed->code == ERR_CONFLICT ||
            failed->code == ERR_LIMITED ||
            (failed->code == ERR_BUSY && w->req.input));
}

static enum err_code
fill(struct worker *w, struct err *failed)
{
    struct cx *cx = &w->cx;
    struct res *res = &w->res;
    w->req.failed = failed;
    if (failed->code == ERR_UNAUTHENTICATED)
        return ask_sign_in(w);
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
