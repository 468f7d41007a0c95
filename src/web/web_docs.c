/* SPDX-License-Identifier: ISC */
/* Help: where to begin, an example session for each family of APIs, what the
 * codes of answers mean.  Anyone may read it. */
#include "web/pages.h"

#include "web/error_words.h"
#include "web/view.h"

enum err_code
web_docs(struct cx *cx, const struct req *req, struct res *res)
{
    struct val *view = view_new(cx, req);
    res_page(res, "docs/index", view);
    return ERR_OK;
}

/* ---- example sessions ---- */

/* Each is a template of its own: what the page shows is what the tests run. */
static const struct {
    const char *family, *page, *title, *about;
} sessions[] = {
    { "gate", "docs/session-gate", "Ask the gate, and report",
        "A gateway asks before each call, and tells afterwards what it "
        "used." },
    { "aimlapi", "docs/session-aimlapi", "Keys, as with AIMLAPI",
        "Create, list, change and delete keys; read usage." },
    { "exoscale", "docs/session-exoscale", "Keys, as with Exoscale",
        "With a Bearer token, and with signed requests." },
    { "aixplain", "docs/session-aixplain", "Keys and limits, as with aiXplain",
        "Keys with rate limits and budgets." },
};

enum err_code
web_docs_quickstart(struct cx *cx, const struct req *req, struct res *res)
{
    struct val *view = view_new(cx, req);
    struct val *list = val_put_list(view, "sessions");
    for (size_t i = 0; i < COUNT_OF(sessions); i++) {
        struct val *row = val_add_map(list);
        val_put_fmt(row, "href", "/docs/quickstart/%s", sessions[i].family);
        val_put_cstr(row, "title", sessions[i].title);
        val_put_cstr(row, "about", sessions[i].about);
    }
    val_put_str(view, "base_url", cx->public_url);
    val_put_cstr(view, "try_path", "/v1/key");
    res_page(res, "docs/quickstart", view);
    return ERR_OK;
}

enum err_code
web_docs_session(struct cx *cx, const struct req *req, struct res *res)
{
    struct str family = req_param(req, "family");
    for (size_t i = 0; i < COUNT_OF(sessions); i++) {
        if (!str_is(family, sessions[i].family))
            continue;
        struct val *view = view_new(cx, req);
        val_put_cstr(view, "title", sessions[i].title);
        val_put_cstr(view, "about", sessions[i].about);
        val_put_fmt(view, "api_href", "/docs/api/%s", sessions[i].family);
        val_put_str(view, "base_url", cx->public_url);
        res_page(res, sessions[i].page, view);
        return ERR_OK;
    }
    return ERR(&cx->err, ERR_NOT_FOUND, "There is no such quickstart.");
}

/* ---- codes ---- */

enum err_code
web_docs_errors(struct cx *cx, const struct req *req, struct res *res)
{
    size_t n;
    const struct error_words *w = error_words(&n);
    struct val *view = view_new(cx, req);
    struct val *list = val_put_list(view, "codes");
    for (size_t i = 0; i < n; i++) {
        struct val *row = val_add_map(list);
        val_put_fmt(row, "href", "/docs/errors/%s", w[i].code);
        val_put_cstr(row, "code", w[i].code);
        val_put_int(row, "status", w[i].status);
        val_put_cstr(row, "title", w[i].title);
        view_text_or_null(row, "also", str_cstr(w[i].also ? w[i].also : ""));
    }
    res_page(res, "docs/errors", view);
    return ERR_OK;
}

static void
put_lines(struct val *view, const char *name, const char *const *lines)
{
    struct val *list = val_put_list(view, name);
    for (; *lines; lines++)
        val_put_cstr(val_add_map(list), "text", *lines);
}

enum err_code
web_docs_error(struct cx *cx, const struct req *req, struct res *res)
{
    const struct error_words *w = error_words_find(req_param(req, "code"));
    if (!w)
        return ERR(&cx->err, ERR_NOT_FOUND, "There is no such error code.");
    struct val *view = view_new(cx, req);
    val_put_fmt(view, "status", "%d", w->status);
    val_put_cstr(view, "code", w->code);
    val_put_cstr(view, "title", w->title);
    view_text_or_null(view, "also", str_cstr(w->also ? w->also : ""));
    val_put_cstr(view, "what", w->what);
    val_put_bool(view, "has_why", w->why[0] != NULL);
    put_lines(view, "why", w->why);
    put_lines(view, "to_do", w->to_do);
    res_page(res, "docs/error", view);
    return ERR_OK;
}
