/* SPDX-License-Identifier: ISC */
/* Refusals and failures in words: the page they end on, and the page that a
 * code of an API answer is explained on. */
#include "web/pages.h"

#include "core/check.h"
#include "http/problem.h"
#include "text/when.h"
#include "web/view.h"
#include "web/web.h"

#include <inttypes.h>

/* "Try again in 30 seconds." */
static struct str
retry_words(struct cx *cx, int64_t s)
{
    int64_t n = s >= 2 * MINUTE_S ? (s + MINUTE_S - 1) / MINUTE_S : s;
    const char *unit = s >= 2 * MINUTE_S ? "minute" : "second";
    if (s <= 0)
        return STR("");
    return arena_fmt(cx->arena, "Try again in %" PRId64 " %s%s.", n, unit,
        n == 1 ? "" : "s");
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

/* ---- codes that programs get ---- */

/* Of refusals of a key; the statuses are those of the gate (api/refusal.c). */
static const struct {
    int status;
    const char *title, *what, *to_do;
} refusals[] = {
    [REASON_ALLOWED] = { 200, "The call is allowed",
        "Nothing is wrong.", "Go on." },
    [REASON_MISSING_KEY] = { 401, "No API key",
        "The call carried no API key.",
        "Send the header Authorization: Bearer, followed by the key." },
    [REASON_INVALID_KEY] = { 401, "The API key is not valid",
        "The key is unknown, was not copied whole, or was revoked. Which of "
        "these it is, is not told to callers.",
        "Copy the key again, or create a new one." },
    [REASON_EXPIRED_KEY] = { 401, "The API key expired",
        "Its last day has passed.",
        "Create a new key, or give this one a later date in the console." },
    [REASON_DISABLED_KEY] = { 403, "The API key is switched off",
        "Somebody disabled or suspended the key, or froze its workspace.",
        "Ask the owner of the key, or an admin of its workspace." },
    [REASON_KEY_KIND] = { 403, "This kind of key does not do that",
        "Management and admin keys never call models, and API keys do not "
        "manage keys.",
        "Use a key of the other kind." },
    [REASON_NETWORK] = { 403, "Not from this network",
        "The key may be used from some networks only, and the call came from "
        "another one.",
        "Call from an allowed network, or edit the networks of the key." },
    [REASON_ENDPOINT] = { 403, "Not this endpoint",
        "The key is limited to some endpoints, and this is none of them.",
        "Edit the endpoints of the key, or use another key." },
    [REASON_DEPLOYMENT] = { 403, "Not this deployment",
        "The key is bound to one deployment, and the call was for another "
        "one, or that deployment was removed.",
        "Name the right deployment, or choose another one for the key." },
    [REASON_MODEL] = { 403, "Not this model",
        "The key is limited to some models, and this is none of them.",
        "Edit the models of the key, or call one that it may use." },
    [REASON_CATEGORY] = { 403, "Not this kind of call",
        "The key is limited to some categories, such as chat, and the call "
        "is of another one.",
        "Edit the categories of the key, or use another key." },
    [REASON_RATE] = { 429, "A rate limit is reached",
        "The key, or its workspace, may make so many requests or use so many "
        "tokens in a minute or a day. The message names the limit.",
        "Wait as long as Retry-After says, or ask an admin for more." },
    [REASON_SPEND] = { 402, "A spending limit is reached",
        "The key, or its workspace, may spend so much in a period. The "
        "message says when it resets.",
        "Wait for the reset, or ask an admin to raise the limit." },
    [REASON_CREDITS] = { 402, "Out of credits",
        "The workspace's balance does not cover the call and those under "
        "way.",
        "Ask an owner of the workspace to top up." },
    [REASON_UNAVAILABLE] = { 503, "The key could not be checked",
        "Keylodge could not read its store just now. Calls are never let "
        "through unchecked.",
        "Try again in a moment." },
};
_Static_assert(REASON_COUNT == 15 && COUNT_OF(refusals) == REASON_COUNT,
    "every reason has words");

static void
put_code(struct val *view, int status, const char *title, const char *what,
    const char *to_do)
{
    val_put_fmt(view, "status", "%d", status);
    val_put_cstr(view, "title", title);
    view_text_or_null(view, "what", str_cstr(what));
    val_put_cstr(view, "to_do", to_do);
}

static bool
find_code(struct val *view, struct str code)
{
    for (enum reason r = REASON_MISSING_KEY; r < REASON_COUNT; r++) {
        if (!str_is(code, reason_code(r)))
            continue;
        put_code(view, refusals[r].status, refusals[r].title,
            refusals[r].what, refusals[r].to_do);
        return true;
    }
    for (enum err_code c = ERR_OK + 1; c < ERR_CODE_COUNT; c++) {
        const struct problem *p = problem_of(c);
        if (!str_is(code, p->slug))
            continue;
        put_code(view, p->status, p->title, NULL, p->what_to_do);
        return true;
    }
    return false;
}

enum err_code
web_docs_error(struct cx *cx, const struct req *req, struct res *res)
{
    struct str code = req_param(req, "code");
    struct val *view = view_new(cx, req);
    if (!find_code(view, code))
        return ERR(&cx->err, ERR_NOT_FOUND, "There is no such error code.");
    val_put_str(view, "code", code);
    res_page(res, "docs/error", view);
    return ERR_OK;
}
