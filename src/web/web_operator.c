/* SPDX-License-Identifier: ISC */
/* For who operates the installation: all workspaces, all people. */
#include "web/pages.h"

#include "base/buf.h"
#include "core/factor.h"
#include "core/freeze.h"
#include "core/operator.h"
#include "core/people.h"
#include "text/money.h"
#include "text/utf8.h"
#include "text/when.h"
#include "web/role_words.h"
#include "web/view.h"
#include "web/web.h"

#define WORKSPACES "/admin/workspaces"
#define USERS "/admin/users"
#define BROKEN "Changed outside" /* its row seal is broken */
#define RESEAL "changed outside of Keylodge (row seal broken)"
#define LOOK "On the server, \xe2\x80\x9ckeylodge reseal\xe2\x80\x9d shows " \
    "what."
enum { PAGE_ROWS = 50, FIND_MAX = 80 };

/* ---- what the address asks for ---- */

struct state {
    const char *value, *label;
};

static const struct state workspace_states[] = { { "", "Any" },
    { "active", "Active" }, { "frozen", "Frozen" },
    { "deleted", "Deleted" }, { "broken", BROKEN } };

static const struct state user_states[] = { { "", "Any" },
    { "operator", "Operators" }, { "disabled", "Disabled" },
    { "no-codes", "Without codes" }, { "broken", BROKEN } };

struct list {
    struct operation_ask ask;
    struct str q, base, here; /* as typed; without and with the filters */
    const struct state *states;
    size_t n_states;
    const char *label; /* of the state asked for; NULL: any */
};

static void
read_list(struct cx *cx, const struct req *req, struct list *l)
{
    struct pairs p = { NULL, 0 };
    struct str state = req_query(req, "state");
    l->q = utf8_clip(str_trim(req_query(req, "q")), FIND_MAX);
    l->ask = (struct operation_ask){ .find = str_lower(cx->arena, l->q),
        .state = STR(""), .most = PAGE_ROWS };
    for (size_t i = 1; i < l->n_states; i++)
        if (str_is(state, l->states[i].value)) {
            l->ask.state = state;
            l->label = l->states[i].label;
        }
    if (!str_int(req_query(req, "before"), &l->ask.before) ||
        l->ask.before < 0)
        l->ask.before = 0;
    form_add(cx->arena, &p, STR("q"), l->q);
    form_add(cx->arena, &p, STR("state"), l->ask.state);
    l->here = view_address(cx, l->base, &p);
}

static void
put_filters(struct cx *cx, const struct req *req, struct val *view,
    const struct list *l)
{
    struct form fm;
    struct buf b;
    form_begin(&fm, cx, req, view);
    form_text(&fm, "q", l->q);
    struct val *field = form_choice(&fm, "state");
    for (size_t i = 0; i < l->n_states; i++)
        form_option(&fm, field, str_cstr(l->states[i].value),
            str_cstr(l->states[i].label), STR(""),
            str_is(l->ask.state, l->states[i].value));
    buf_init(&b, cx->arena, BUF_MAX_FIELD);
    if (l->label)
        buf_fmt(&b, "State \xe2\x80\x9c%s\xe2\x80\x9d", l->label);
    if (l->q.n)
        buf_fmt(&b, "%s \xe2\x80\x9c%.*s\xe2\x80\x9d",
            b.n ? ", name" : "Name", STR_ARG(l->q));
    val_put_str(view, "filter_words", buf_view(&b));
    bool filtered = l->q.n || l->label;
    view_text_or_null(view, "clear",
        filtered || l->ask.before ? l->base : STR(""));
    val_put_str(view, "here", l->here);
}

struct badge {
    const char *state, *mark;
};

static void
put_badge(struct val *row, struct badge b)
{
    val_put_cstr(row, "state", b.state);
    val_put_cstr(row, "mark", b.mark);
}

/* ---- workspaces ---- */

static struct badge
workspace_badge(const struct workspace *w)
{
    if (w->seal)
        return (struct badge){ BROKEN, "bad" };
    if (w->deleted_s)
        return (struct badge){ "Deleted", "off" };
    return w->frozen_s ? (struct badge){ "Frozen", "warn" }
                       : (struct badge){ "Active", "ok" };
}

static void
put_workspace(struct cx *cx, struct val *row,
    const struct workspace_overview *o)
{
    struct arena *a = cx->arena;
    const struct workspace *w = &o->ws;
    val_put_str(row, "name", w->name);
    val_put_fmt(row, "href", WORKSPACES "/%.*s", STR_ARG(w->slug));
    val_put_fmt(row, "address", "/w/%.*s/", STR_ARG(w->slug));
    val_put_cstr(row, "kind", w->demo ? "Demo"
            : w->personal             ? "Personal"
                                      : "Team");
    view_text_or_null(row, "owner", o->n_owners > 1
            ? arena_fmt(a, "%.*s and %.*s more", STR_ARG(o->owner),
                  STR_ARG(count_show(a, o->n_owners - 1)))
            : o->owner);
    val_put_str(row, "people", count_show(a, w->n_members));
    val_put_str(row, "keys", count_show(a, w->n_keys));
    val_put_str(row, "spent", money_show(a, o->spent_micro));
    put_badge(row, workspace_badge(w));
    val_put_str(row, "created", when_date(a, w->created_s));
    val_put_str(row, "created_at", when_rfc3339(a, w->created_s));
}

enum err_code
web_operator_workspaces(struct cx *cx, const struct req *req, struct res *res)
{
    struct workspace_overview *all = NULL;
    struct list l = { .base = STR(WORKSPACES), .states = workspace_states,
        .n_states = COUNT_OF(workspace_states) };
    size_t n = 0;
    bool more = false;
    read_list(cx, req, &l);
    struct val *view = view_new(cx, req);
    put_filters(cx, req, view, &l);
    if (operator_workspaces(cx, &l.ask, &all, &n, &more) &&
        !view_load_failed(cx, res, view, l.here))
        return cx->err.code;
    val_put_bool(view, "none", n == 0);
    struct val *rows = val_put_list(view, "workspaces");
    for (size_t i = 0; i < n; i++)
        put_workspace(cx, val_add_map(rows), &all[i]);
    view_pager(cx, view, l.here, l.ask.before, n, more,
        n ? all[n - 1].ws.id : 0, "workspace");
    res_page(res, "admin/workspaces", view);
    return ERR_OK;
}

/* "Since 20 Nov 2026, 17:02 UTC, by ada@acme.example: A bill overnight." */
static struct str
state_words(struct cx *cx, const struct workspace *w)
{
    struct arena *a = cx->arena;
    if (w->seal)
        return STR("What is stored about it was " RESEAL ". Nobody enters it, "
                   "and every call is refused. " LOOK);
    if (w->deleted_s)
        return arena_fmt(a, "Deleted on %.*s by %.*s. Nobody can enter it, "
            "and every call is refused.", STR_ARG(when_long(a, w->deleted_s)),
            STR_ARG(w->frozen_by));
    if (!w->frozen_s)
        return STR("Calls of its keys are let through, as far as their "
                   "limits allow.");
    return arena_fmt(a, "Frozen on %.*s by %.*s: \xe2\x80\x9c%.*s\xe2\x80\x9d. "
        "Every call is refused until %.*s.",
        STR_ARG(when_long(a, w->frozen_s)), STR_ARG(w->frozen_by),
        STR_ARG(w->frozen_why), STR_ARG(w->frozen_until_s
            ? when_long(a, w->frozen_until_s)
            : STR("somebody thaws it")));
}

enum err_code
web_operator_workspace(struct cx *cx, const struct req *req, struct res *res)
{
    struct workspace_overview o;
    struct form fm;
    if (operator_look(cx, req_param(req, "slug"), &o))
        return cx->err.code;
    struct val *view = view_new(cx, req);
    struct val *one = val_put_map(view, "one");
    put_workspace(cx, one, &o);
    val_put_str(one, "state_words", state_words(cx, &o.ws));
    val_put_bool(one, "deleted", o.ws.deleted_s != 0);
    val_put_bool(one, "still", o.ws.frozen_s != 0 && !o.ws.deleted_s);
    form_begin(&fm, cx, req, view);
    form_text(&fm, "why", STR(""));
    form_done(&fm);
    res_page(res, "admin/workspace", view);
    return ERR_OK;
}

static enum err_code
workspace_done(struct cx *cx, const struct req *req, struct res *res,
    enum flash note)
{
    return flash_go(cx, req, res, note, arena_fmt(cx->arena,
        WORKSPACES "/%.*s", STR_ARG(req_param(req, "slug"))));
}

enum err_code
web_operator_freeze(struct cx *cx, const struct req *req, struct res *res)
{
    return freeze_any(cx, req_param(req, "slug"), req->input)
        ? cx->err.code
        : workspace_done(cx, req, res, FLASH_FROZEN);
}

enum err_code
web_operator_thaw(struct cx *cx, const struct req *req, struct res *res)
{
    return thaw_any(cx, req_param(req, "slug"))
        ? cx->err.code
        : workspace_done(cx, req, res, FLASH_THAWED);
}

enum err_code
web_operator_restore(struct cx *cx, const struct req *req, struct res *res)
{
    return workspace_restore(cx, req_param(req, "slug"))
        ? cx->err.code
        : workspace_done(cx, req, res, FLASH_WORKSPACE_RESTORED);
}

/* ---- people ---- */

static struct badge
user_badge(const struct user *u)
{
    if (u->broken)
        return (struct badge){ BROKEN, "bad" };
    if (u->disabled_s)
        return (struct badge){ "Disabled", "off" };
    return u->operator ? (struct badge){ "Operator", "info" }
                       : (struct badge){ "Active", "ok" };
}

static void
put_user(struct cx *cx, struct val *row, const struct user *u, bool codes)
{
    struct arena *a = cx->arena;
    val_put_str(row, "name", u->name);
    val_put_str(row, "email", u->email);
    val_put_fmt(row, "href", USERS "/%.*s", STR_ARG(u->uuid));
    val_put_bool(row, "you", u->id == cx->actor.user.id);
    val_put_bool(row, "operator", u->operator);
    val_put_bool(row, "disabled", u->disabled_s != 0);
    val_put_bool(row, "codes", codes);
    put_badge(row, user_badge(u));
    view_time(cx, row, "seen", "seen_at", u->seen_s);
    val_put_str(row, "created", when_date(a, u->created_s));
    val_put_str(row, "created_at", when_rfc3339(a, u->created_s));
}

enum err_code
web_operator_users(struct cx *cx, const struct req *req, struct res *res)
{
    struct person_overview *all = NULL;
    struct list l = { .base = STR(USERS), .states = user_states,
        .n_states = COUNT_OF(user_states) };
    size_t n = 0;
    bool more = false;
    read_list(cx, req, &l);
    struct val *view = view_new(cx, req);
    put_filters(cx, req, view, &l);
    if (people_overview(cx, &l.ask, &all, &n, &more) &&
        !view_load_failed(cx, res, view, l.here))
        return cx->err.code;
    val_put_bool(view, "none", n == 0);
    struct val *rows = val_put_list(view, "users");
    for (size_t i = 0; i < n; i++) {
        struct val *row = val_add_map(rows);
        put_user(cx, row, &all[i].user, all[i].codes);
        val_put_str(row, "workspaces",
            count_show(cx->arena, all[i].n_workspaces));
    }
    view_pager(cx, view, l.here, l.ask.before, n, more,
        n ? all[n - 1].user.id : 0, "account");
    res_page(res, "admin/users", view);
    return ERR_OK;
}

static void
put_in(struct val *one, const struct workspace *in, size_t n)
{
    struct val *rows = val_put_list(one, "in");
    val_put_bool(one, "nowhere", n == 0);
    for (size_t i = 0; i < n; i++) {
        struct val *row = val_add_map(rows);
        val_put_str(row, "name", in[i].name);
        val_put_fmt(row, "href", WORKSPACES "/%.*s", STR_ARG(in[i].slug));
        val_put_cstr(row, "role", role_title(in[i].role));
    }
}

static void
put_alone(struct cx *cx, struct val *one, const struct workspace *all,
    size_t n)
{
    struct buf b;
    buf_init(&b, cx->arena, BUF_MAX_FIELD);
    for (size_t i = 0; i < n; i++)
        buf_fmt(&b, "%s\xe2\x80\x9c%.*s\xe2\x80\x9d", i ? ", " : "",
            STR_ARG(all[i].name));
    view_text_or_null(one, "alone", buf_view(&b));
}

enum err_code
web_operator_user(struct cx *cx, const struct req *req, struct res *res)
{
    struct user u;
    struct workspace *in, *alone;
    struct session *sessions;
    size_t n_in, n_alone, n_sessions;
    bool codes;
    if (people_get(cx, req_param(req, "id"), &u) ||
        factor_on(cx, u.id, &codes) ||
        people_workspaces(cx, &u, &in, &n_in) ||
        people_sessions(cx, &u, &sessions, &n_sessions) ||
        people_alone(cx, &u, &alone, &n_alone))
        return cx->err.code;
    struct val *view = view_new(cx, req);
    struct val *one = val_put_map(view, "one");
    put_user(cx, one, &u, codes);
    val_put_cstr(one, "state_words", u.broken
            ? "What is stored about this account was " RESEAL ". Nobody signs "
              "in with it. " LOOK
            : u.disabled_s ? "They cannot sign in."
            : u.operator   ? "They operate this installation."
                           : "They can sign in.");
    put_in(one, in, n_in);
    put_alone(cx, one, alone, n_alone);
    val_put_str(one, "sessions",
        count_show(cx->arena, (int64_t)n_sessions));
    val_put_bool(one, "has_sessions", n_sessions > 0);
    res_page(res, "admin/user", view);
    return ERR_OK;
}

static enum err_code
user_done(struct cx *cx, const struct req *req, struct res *res,
    enum flash note)
{
    return flash_go(cx, req, res, note, arena_fmt(cx->arena, USERS "/%.*s",
        STR_ARG(req_param(req, "id"))));
}

enum err_code
web_operator_disable(struct cx *cx, const struct req *req, struct res *res)
{
    struct user u;
    struct workspace *alone;
    size_t n;
    return people_get(cx, req_param(req, "id"), &u) ||
            people_disable(cx, &u, &alone, &n)
        ? cx->err.code
        : user_done(cx, req, res, FLASH_USER_DISABLED);
}

enum err_code
web_operator_enable(struct cx *cx, const struct req *req, struct res *res)
{
    struct user u;
    return people_get(cx, req_param(req, "id"), &u) || people_enable(cx, &u)
        ? cx->err.code
        : user_done(cx, req, res, FLASH_USER_ENABLED);
}

enum err_code
web_operator_sign_out(struct cx *cx, const struct req *req, struct res *res)
{
    struct user u;
    return people_get(cx, req_param(req, "id"), &u) ||
            people_end_sessions(cx, &u)
        ? cx->err.code
        : user_done(cx, req, res, FLASH_USER_SIGNED_OUT);
}

static enum err_code
set_operator(struct cx *cx, const struct req *req, struct res *res, bool on)
{
    struct user u;
    return people_get(cx, req_param(req, "id"), &u) ||
            operator_set(cx, &u, on)
        ? cx->err.code
        : user_done(cx, req, res, on ? FLASH_OPERATOR_ON
                                     : FLASH_OPERATOR_OFF);
}

enum err_code
web_operator_on(struct cx *cx, const struct req *req, struct res *res)
{
    return set_operator(cx, req, res, true);
}

enum err_code
web_operator_off(struct cx *cx, const struct req *req, struct res *res)
{
    return set_operator(cx, req, res, false);
}
