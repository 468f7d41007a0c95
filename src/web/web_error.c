/* SPDX-License-Identifier: ISC */
/* Refusals and failures in words: the page they end on. */
#include "web/pages.h"

#include "http/problem.h"
#include "text/money.h"
#include "text/when.h"
#include "web/view.h"
#include "web/web.h"

/* "Try again in 30 seconds." */
static struct str
retry_words(struct cx *cx, int64_t s)
{
    int64_t n = s >= 2 * MINUTE_S ? (s + MINUTE_S - 1) / MINUTE_S : s;
    const char *unit = s >= 2 * MINUTE_S ? "minute" : "second";
    if (s <= 0)
        return STR("");
    return arena_fmt(cx->arena, "Try again in %.*s.",
        STR_ARG(count_of(cx->arena, n, unit)));
}

static void
put_link(struct val *links, const char *label, struct str href, bool primary)
{
    struct val *row = val_add_map(links);
    val_put_cstr(row, "label", label);
    val_put_str(row, "href", href);
    val_put_bool(row, "primary", primary);
}

static void
put_links(struct cx *cx, const struct req *req, struct val *view, bool again)
{
    struct val *links = val_put_list(view, "links");
    if (again && req_safe(req))
        put_link(links, "Try again", req_here(cx->arena, req), true);
    if (cx->ws.id)
        put_link(links, "Back to the overview", view_path(cx, "/"), !again);
    else if (cx->actor.kind == ACTOR_USER)
        put_link(links, "Your workspaces", STR("/workspaces"), !again);
    else /* who asks is not known yet when the address leads nowhere */
        put_link(links, "Go to the start page", STR("/"), !again);
}

/* What is wrong: messages of fields when there are any, as this page stands
 * where no form can be shown. */
static struct str
what_words(const struct err *failed)
{
    if (failed->n_fields)
        return failed->fields[0].msg;
    return failed->code == ERR_INTERNAL ? STR("") : failed->msg;
}

enum err_code
web_error_page(struct cx *cx, const struct req *req, struct res *res,
    const struct err *failed)
{
    /* a request from elsewhere is no form that was open too long */
    bool foreign = failed->code == ERR_STALE_FORM && failed->reason;
    const struct problem *p =
        problem_of(foreign ? ERR_FORBIDDEN : failed->code);
    struct val *view = view_new(cx, req);
    val_put_fmt(view, "status", "%d", p->status);
    val_put_cstr(view, "title", p->title);
    view_text_or_null(view, "what", what_words(failed));
    /* who can help is in the words of core/access.c already */
    view_text_or_null(view, "to_do", failed->code == ERR_FORBIDDEN || foreign
            ? STR("")
            : str_cstr(p->what_to_do));
    view_text_or_null(view, "retry", retry_words(cx, failed->retry_s));
    put_links(cx, req, view,
        failed->code == ERR_BUSY || failed->code == ERR_INTERNAL);
    res_page(res, "error/page", view);
    return ERR_OK;
}
