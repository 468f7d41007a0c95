/* SPDX-License-Identifier: ISC */
#include "web/view.h"

#include "base/log.h"
#include "core/access.h"
#include "http/cookie.h"
#include "http/problem.h"
#include "text/money.h"
#include "text/when.h"
#include "web/web.h"

#include <inttypes.h>
#include <string.h>

/* The side bar, in this order; a link that a role can never follow is left
 * out. */
static const struct {
    const char *label, *path;
    const char *also, *and; /* other paths under the same entry */
    enum right right;
} places[] = {
    { "Overview", "/", NULL, NULL, RIGHT_KEY_SEE },
    { "API keys", "/keys", NULL, NULL, RIGHT_KEY_SEE },
    { "Management keys", "/management-keys", "/admin-keys", NULL,
        RIGHT_KEY_SPECIAL },
    { "Usage", "/usage", NULL, NULL, RIGHT_USAGE_OWN },
    { "Limits", "/limits", NULL, NULL, RIGHT_KEY_SEE },
    { "Credits", "/credits", NULL, NULL, RIGHT_CREDITS },
    { "Requests", "/requests", NULL, NULL, RIGHT_USAGE_OWN },
    { "Models", "/models", NULL, NULL, RIGHT_CATALOG_SEE },
    { "Deployments", "/deployments", NULL, NULL, RIGHT_CATALOG_SEE },
    { "Alerts", "/alerts", "/webhooks", NULL, RIGHT_SETTINGS },
    { "Audit log", "/audit", NULL, NULL, RIGHT_AUDIT_OWN },
    { "Members", "/members", "/service-accounts", "/invites",
        RIGHT_MEMBER_SEE },
    { "Settings", "/settings", NULL, NULL, RIGHT_SETTINGS },
};

static const char *const flash_texts[] = {
    [FLASH_KEY_SAVED] = "Changes saved.",
    [FLASH_KEY_DISABLED] = "Key disabled. Calls with it get error 403.",
    [FLASH_KEY_ENABLED] = "Key enabled. It works again.",
    [FLASH_ADVICE_DONE] = "Done. For seven days you can undo it below.",
    [FLASH_ADVICE_UNDONE] = "Undone. It is as it was before.",
    [FLASH_ROTATION_SET] = "Saved. The old secret ends as you said.",
    [FLASH_ROTATION_UNDONE] = "Rotation taken back. The old secret goes on, "
                              "the new one has ended.",
    [FLASH_CLAIM_WITHDRAWN] = "Link withdrawn. It does nothing any more.",
    [FLASH_KEY_REVOKED] = "Key revoked. It is refused from now on.",
    [FLASH_OLD_SECRET_ENDED] = "The old secret has ended.",
    [FLASH_SETTINGS_SAVED] = "Settings saved.",
    [FLASH_PROFILE_SAVED] = "Name saved.",
    [FLASH_PASSWORD_SAVED] =
        "Password changed. Your other sessions have ended.",
    [FLASH_SESSION_ENDED] = "That session has ended.",
    [FLASH_SESSIONS_ENDED] = "All other sessions have ended.",
    [FLASH_WORKSPACE_CREATED] = "Workspace created.",
    [FLASH_MODEL_SAVED] = "Model saved.",
    [FLASH_MODEL_REMOVED] = "Model removed.",
    [FLASH_DEPLOYMENT_SAVED] = "Deployment saved.",
    [FLASH_DEPLOYMENT_REMOVED] = "Deployment removed.",
    [FLASH_CREDIT_BOOKED] = "Booked.",
    [FLASH_CREDIT_ON] = "Credits are on.",
    [FLASH_CREDIT_OFF] = "Credits are off. Calls need none.",
    [FLASH_PRICE_SAVED] = "Price saved.",
    [FLASH_PRICE_REMOVED] = "Price removed.",
    [FLASH_FROZEN] = "Workspace frozen. Every call is refused.",
    [FLASH_THAWED] = "Workspace thawed. Everything is as it was before.",
    [FLASH_LEAK_TAKEN] = "Thank you. If this is a live key of ours, it is "
                         "suspended now, and its owner is told.",
    [FLASH_SIGNED_OUT] = "You are signed out.",
    [FLASH_PASSWORD_RESET] = "Password set. Sign in with it.",
    [FLASH_RECOVERY_USED] = "You are signed in. That recovery code works no "
                            "more.",
    [FLASH_CODES_OFF] = "Codes are off. Your other sessions have ended.",
    [FLASH_LIMIT_SAVED] = "Limit saved. It holds from the next call on.",
    [FLASH_LIMIT_USED_UP] = "Limit saved. It is used up already: calls are "
                            "refused. See below until when.",
    [FLASH_LIMIT_REMOVED] = "Limit removed.",
    [FLASH_INVITE_WITHDRAWN] = "Invitation withdrawn. Its link is dead.",
    [FLASH_JOINED] = "Welcome. You are a member of this workspace now.",
    [FLASH_ROLE_SAVED] = "Role saved. They have to sign in again.",
    [FLASH_MEMBER_REMOVED] = "Member removed. Their sessions have ended.",
    [FLASH_LEFT] = "You left the workspace.",
    [FLASH_TRANSFERRED] = "Ownership handed on. You are an admin now.",
    [FLASH_LEFT_ANSWERED] = "Done. These keys wait no longer.",
    [FLASH_SERVICE_SAVED] = "Service account saved.",
    [FLASH_SERVICE_REMOVED] = "Service account removed.",
    [FLASH_WEBHOOK_SAVED] = "Webhook saved.",
    [FLASH_WEBHOOK_PAUSED] = "Paused. It is told nothing until you resume it.",
    [FLASH_WEBHOOK_RESUMED] = "Resumed. It is told what happens from now on.",
    [FLASH_WEBHOOK_TESTED] = "A test is on its way. Load this page again to "
                             "see how it went.",
    [FLASH_WEBHOOK_REMOVED] = "Webhook removed.",
    [FLASH_SENT_AGAIN] = "It is sent once more.",
    [FLASH_MAIL_TESTED] = "A test is on its way to you. If it does not arrive "
                          "within a minute or two, load this page again.",
    [FLASH_WORKSPACE_DELETED] = "Workspace deleted. Its keys are refused.",
    [FLASH_WORKSPACE_RESTORED] = "Workspace restored. Calls are refused until "
                                 "somebody thaws it.",
    [FLASH_USER_DISABLED] = "Disabled. They cannot sign in any more.",
    [FLASH_USER_ENABLED] = "Enabled. They can sign in again.",
    [FLASH_USER_SIGNED_OUT] = "Their sessions have ended.",
    [FLASH_OPERATOR_ON] = "They operate this installation from now on.",
    [FLASH_OPERATOR_OFF] = "They do not operate this installation any more.",
    [FLASH_MESSAGE_DROPPED] = "Dropped. Nobody tries to send it any more.",
};
_Static_assert(COUNT_OF(flash_texts) == FLASH_COUNT, "every note has words");

enum err_code
flash_go(struct cx *cx, const struct req *req, struct res *res,
    enum flash note, struct str to)
{
    cookie_set(cx->arena, res, req->https, COOKIE_FLASH,
        arena_fmt(cx->arena, "%d", note), 0);
    res_see_other(res, to);
    return ERR_OK;
}

const char *
web_flash_text(struct str number)
{
    int64_t n;
    if (!str_int(number, &n) || n <= FLASH_NONE || n >= FLASH_COUNT)
        return NULL;
    return flash_texts[n];
}

struct str
view_path(struct cx *cx, const char *rest)
{
    return arena_fmt(cx->arena, "/w/%.*s%s", STR_ARG(cx->ws.slug), rest);
}

struct str
view_address(struct cx *cx, struct str path, const struct pairs *query)
{
    struct str q = form_write(cx->arena, query);
    return arena_fmt(cx->arena, "%.*s%s%.*s", STR_ARG(path), q.n ? "?" : "",
        STR_ARG(q));
}

static bool
is_at(struct str path, struct str place)
{
    struct str rest = str_from(path, place.n);
    if (str_ends(place, STR("/")))
        return str_eq(path, place);
    return str_starts(path, place) && (rest.n == 0 || rest.p[0] == '/');
}

static bool
is_under(struct cx *cx, const struct req *req, const char *place)
{
    return place && is_at(req->path, view_path(cx, place));
}

static void
put_nav(struct cx *cx, const struct req *req, struct val *view)
{
    struct val *nav = val_put_list(view, "nav");
    for (size_t i = 0; i < COUNT_OF(places) && cx->ws.id; i++) {
        if (!access_has(cx, places[i].right))
            continue;
        struct val *row = val_add_map(nav);
        struct str href = view_path(cx, places[i].path);
        bool also = is_under(cx, req, places[i].also) ||
            is_under(cx, req, places[i].and);
        val_put_cstr(row, "label", places[i].label);
        val_put_str(row, "href", href);
        val_put_bool(row, "current", is_at(req->path, href) || also);
    }
}

/* The banner of a frozen workspace, on all its pages. */
static void
put_frozen(struct cx *cx, struct val *view)
{
    const struct workspace *w = &cx->ws;
    val_put_null(view, "frozen");
    if (!w->id || !w->frozen_s)
        return;
    struct val *v = val_put_map(view, "frozen");
    val_put_str(v, "why", w->frozen_why);
    val_put_str(v, "by", w->frozen_by);
    view_time(cx, v, "since", "since_at", w->frozen_s);
    view_text_or_null(v, "until", w->frozen_until_s
            ? when_long(cx->arena, w->frozen_until_s)
            : STR(""));
    view_text_or_null(v, "href", access_has(cx, RIGHT_FREEZE)
            ? view_path(cx, "/freeze")
            : STR(""));
}

struct val *
view_new(struct cx *cx, const struct req *req)
{
    struct val *view = val_map(cx->arena);
    val_put_null(view, "user");
    val_put_null(view, "ws");
    if (cx->actor.kind == ACTOR_USER) {
        struct val *user = val_put_map(view, "user");
        val_put_str(user, "name", cx->actor.user.name);
        val_put_str(user, "email", cx->actor.user.email);
        val_put_bool(user, "operator", cx->actor.user.operator);
    }
    if (cx->ws.id) {
        struct val *ws = val_put_map(view, "ws");
        val_put_str(ws, "slug", cx->ws.slug);
        val_put_str(ws, "name", cx->ws.name);
        val_put_bool(ws, "personal", cx->ws.personal);
        val_put_bool(ws, "demo", cx->ws.demo);
    }
    put_nav(cx, req, view);
    put_frozen(cx, view);
    val_put_bool(view, "failed", false);
    val_put_list(view, "errors");
    val_put_null(view, "title_note");
    val_put_bool(view, "load_failed", false);
    return view;
}

bool
view_log_fault(struct cx *cx, const char *event, struct str object)
{
    const struct err *e = &cx->err;
    struct log_line l;
    if (e->code != ERR_BUSY && e->code != ERR_NO_SPACE &&
        e->code != ERR_INTERNAL)
        return false;
    log_begin(&l, LOG_ERROR, event);
    log_str(&l, "id", cx->request_id);
    if (object.n)
        log_str(&l, "object", object);
    log_str(&l, "error", e->detail.n ? e->detail : e->msg);
    log_end(&l);
    return true;
}

bool
view_load_failed(struct cx *cx, struct res *res, struct val *view,
    struct str here)
{
    if (!view_log_fault(cx, "list_failed", STR("")))
        return false;
    err_init(&cx->err, cx->arena);
    val_put_bool(view, "load_failed", true);
    val_put_str(view, "here", here);
    res->status = problem_of(ERR_BUSY)->status;
    problem_headers(cx->arena, res->status, &cx->err, res);
    return true;
}

int64_t
view_day(struct err *wrong, const char *name, struct str *text)
{
    int64_t last;
    if (text->n == 0)
        return 0;
    if (text->n == sizeof "2026-11-20" - 1 && when_read(*text, &last))
        return when_day_start(last);
    *text = (struct str){ NULL, 0 };
    err_field(wrong, name, "Enter a date such as 2026-11-20");
    return 0;
}

void
view_text_or_null(struct val *v, const char *name, struct str s)
{
    if (s.n)
        val_put_str(v, name, s);
    else
        val_put_null(v, name);
}

void
view_time(struct cx *cx, struct val *v, const char *name, const char *at_name,
    int64_t s)
{
    if (s == 0) {
        val_put_null(v, name);
        val_put_null(v, at_name);
        return;
    }
    val_put_str(v, name, when_ago(cx->arena, s, cx->now_s));
    val_put_str(v, at_name, when_rfc3339(cx->arena, s));
}

void
view_meter(struct val *v, const char *name, int64_t used, int64_t of)
{
    if (of < 0) {
        val_put_null(v, name);
        return;
    }
    /* 0 of 0 is full: a limit of nothing lets nothing through */
    int64_t percent =
        used >= of ? 100 : (int64_t)((double)used * 100 / (double)of);
    struct val *m = val_put_map(v, name);
    val_put_fmt(m, "w", "%" PRId64, percent < 0 ? 0 : percent);
    val_put_bool(m, "hi", percent >= 80);
}

void
view_tile(struct val *tiles, const char *label, struct str figure,
    struct str sub, struct str href)
{
    struct val *tile = val_add_map(tiles);
    val_put_cstr(tile, "label", label);
    val_put_str(tile, "figure", figure);
    view_text_or_null(tile, "sub", sub);
    view_text_or_null(tile, "href", href);
    val_put_null(tile, "meter");
}

void
form_begin(struct form *fm, struct cx *cx, const struct req *req,
    struct val *view)
{
    *fm = (struct form){ .cx = cx, .req = req, .view = view };
    fm->f = val_put_map(view, "f");
    fm->errors = val_put_list(view, "errors");
}

bool
form_posted(const struct form *fm)
{
    return fm->req->form.n > 0;
}

static void
add_error(struct form *fm, struct str href, struct str msg)
{
    struct val *row = val_add_map(fm->errors);
    view_text_or_null(row, "href", href);
    val_put_str(row, "msg", msg);
}

/* The message of this field, if any; also into the list on top. */
static void
place_error(struct form *fm, struct val *field, const char *name)
{
    const struct err *e = fm->req->failed;
    val_put_null(field, "error");
    for (size_t i = 0; e && i < e->n_fields; i++) {
        if (strcmp(e->fields[i].field, name) != 0)
            continue;
        fm->shown |= (uint32_t)1 << i;
        val_put_str(field, "error", e->fields[i].msg);
        add_error(fm, arena_fmt(fm->cx->arena, "#%s", name),
            e->fields[i].msg);
    }
}

static struct val *
add_field(struct form *fm, const char *name)
{
    struct val *field = val_put_map(fm->f, name);
    val_put_cstr(field, "id", name);
    val_put_cstr(field, "name", name);
    place_error(fm, field, name);
    return field;
}

void
form_text(struct form *fm, const char *name, struct str value)
{
    struct val *field = add_field(fm, name);
    bool posted = form_posted(fm);
    val_put_str(field, "value",
        posted ? form_get(&fm->req->form, name) : value);
}

void
form_secret(struct form *fm, const char *name)
{
    val_put_cstr(add_field(fm, name), "value", "");
}

void
form_absent(struct form *fm, const char *name)
{
    val_put_null(fm->f, name);
}

struct val *
form_choice(struct form *fm, const char *name)
{
    struct val *field = add_field(fm, name);
    val_put_list(field, "options");
    return field;
}

static bool
was_posted(const struct form *fm, struct str name, struct str value)
{
    const struct pairs *form = &fm->req->form;
    for (size_t i = 0; i < form->n; i++)
        if (str_eq(form->items[i].name, name) &&
            str_eq(form->items[i].value, value))
            return true;
    return false;
}

void
form_option(struct form *fm, struct val *field, struct str value,
    struct str label, struct str hint, bool checked)
{
    struct arena *a = fm->cx->arena;
    struct str name = val_text(val_get_cstr(field, "name"));
    struct val *options = val_get_cstr(field, "options");
    size_t at = options->u.list.n;
    struct val *o = val_add_map(options);
    /* the first one has the field's own id: links in the summary go there */
    val_put_str(o, "id",
        at ? arena_fmt(a, "%.*s-%zu", STR_ARG(name), at + 1) : name);
    val_put_str(o, "value", value);
    val_put_str(o, "label", label);
    view_text_or_null(o, "hint", hint);
    val_put_bool(o, "checked",
        form_posted(fm) ? was_posted(fm, name, value) : checked);
}

void
form_done(struct form *fm)
{
    const struct err *e = fm->req->failed;
    for (size_t i = 0; e && i < e->n_fields; i++)
        if (!(fm->shown & (uint32_t)1 << i))
            add_error(fm, (struct str){ NULL, 0 }, e->fields[i].msg);
    if (e && e->n_fields == 0)
        add_error(fm, (struct str){ NULL, 0 }, e->msg);
    val_put_bool(fm->view, "failed", fm->errors->u.list.n > 0);
}

void
view_pager(struct cx *cx, struct val *view, struct str here, int64_t before,
    size_t n, bool more, int64_t last, const char *noun)
{
    val_put_null(view, "pager");
    if (!before && !more)
        return;
    struct val *pager = val_put_map(view, "pager");
    val_put_fmt(pager, "text", "%.*s on this page",
        STR_ARG(count_of(cx->arena, (int64_t)n, noun)));
    view_text_or_null(pager, "prev", before ? here : STR(""));
    view_text_or_null(pager, "next", more
            ? arena_fmt(cx->arena, "%.*s%cbefore=%" PRId64, STR_ARG(here),
                  str_find(here, '?') < here.n ? '&' : '?', last)
            : STR(""));
}

struct str
view_tries(struct arena *a, int64_t n)
{
    return arena_fmt(a, "%" PRId64 " %s", n, n == 1 ? "try" : "tries");
}
