/* SPDX-License-Identifier: ISC */
/* Who belongs to a workspace, who is invited, who left keys; one of them. */
#include "web/pages.h"

#include "core/access.h"
#include "core/cursor.h"
#include "core/invite.h"
#include "core/workspace.h"
#include "text/money.h"
#include "text/when.h"
#include "web/holder.h"
#include "web/role_words.h"
#include "web/view.h"
#include "web/web.h"

enum { PAGE_ROWS = 50 };

static struct str
base(struct cx *cx)
{
    return view_path(cx, "/members");
}

/* "/w/acme/members/UUID" + rest */
static struct str
place(struct cx *cx, struct str uuid, const char *rest)
{
    return arena_fmt(cx->arena, "%.*s/%.*s%s", STR_ARG(base(cx)),
        STR_ARG(uuid), rest);
}

static bool
is_self(const struct cx *cx, const struct member *m)
{
    return m->user_id == cx->actor.user.id;
}

/* ---- the list ---- */

static void
put_member(struct cx *cx, struct val *list, const struct member *m)
{
    struct val *row = val_add_map(list);
    val_put_str(row, "name", m->name);
    val_put_str(row, "href", place(cx, m->uuid, ""));
    val_put_str(row, "email", m->email);
    val_put_bool(row, "you", is_self(cx, m));
    val_put_cstr(row, "role", role_title(m->role));
    val_put_cstr(row, "role_words", role_may(m->role));
    val_put_bool(row, "second_factor", m->second_factor);
    val_put_str(row, "keys", count_show(cx->arena, m->n_keys));
    view_time(cx, row, "seen", "seen_at", m->seen_s);
    val_put_bool(row, "disabled", m->disabled);
}

static enum err_code
put_invites(struct cx *cx, struct val *view)
{
    struct invite *all;
    size_t n;
    if (invite_list(cx, &all, &n))
        return cx->err.code;
    struct val *list = val_put_list(view, "invites");
    for (size_t i = 0; i < n; i++) {
        struct val *row = val_add_map(list);
        bool may = all[i].role != ROLE_OWNER ||
            access_has(cx, RIGHT_OWNER_EDIT);
        val_put_str(row, "email", all[i].email);
        val_put_cstr(row, "role", role_title(all[i].role));
        val_put_str(row, "by", all[i].by_name);
        val_put_str(row, "ends", when_long(cx->arena, all[i].ends_s));
        val_put_str(row, "ends_at", when_rfc3339(cx->arena, all[i].ends_s));
        view_text_or_null(row, "withdraw_href", may
                ? arena_fmt(cx->arena, "%.*s/%.*s/withdraw",
                      STR_ARG(view_path(cx, "/invites")),
                      STR_ARG(all[i].uuid))
                : STR(""));
    }
    val_put_bool(view, "has_invites", n > 0);
    return ERR_OK;
}

/* "2 keys, 1 suspended" */
static struct str
left_words(struct cx *cx, const struct left_person *p)
{
    return arena_fmt(cx->arena, "%.*s%s%.*s%s",
        STR_ARG(count_of(cx->arena, p->n_keys, "key")),
        p->n_suspended ? ", " : "",
        STR_ARG(p->n_suspended ? count_show(cx->arena, p->n_suspended)
                               : STR("")),
        p->n_suspended ? " suspended" : "");
}

static enum err_code
put_left(struct cx *cx, struct val *view)
{
    struct left_person *all;
    size_t n;
    if (left_list(cx, &all, &n))
        return cx->err.code;
    struct val *list = val_put_list(view, "left");
    for (size_t i = 0; i < n; i++) {
        struct val *row = val_add_map(list);
        val_put_str(row, "name", all[i].name);
        val_put_str(row, "email", all[i].email);
        val_put_str(row, "href", place(cx, all[i].uuid, "/keys"));
        val_put_str(row, "words", left_words(cx, &all[i]));
        view_time(cx, row, "when", "when_at", all[i].left_s);
    }
    val_put_bool(view, "has_left", n > 0);
    return ERR_OK;
}

/* "?after=..." of the row at an edge of the page. */
static struct str
page_at(struct cx *cx, const char *way, int64_t user_id)
{
    struct pairs p = { NULL, 0 };
    form_add(cx->arena, &p, str_cstr(way),
        cursor_make(cx, "member list", STR(""), user_id));
    return view_address(cx, base(cx), &p);
}

/* What the address asks for; a mark that is none means from the start. */
static void
read_page(struct cx *cx, const struct req *req, struct member_page *p)
{
    struct err err = cx->err;
    *p = (struct member_page){ .most = PAGE_ROWS };
    if (cursor_read(cx, "member list", STR(""), req_query(req, "after"),
            &p->after) ||
        cursor_read(cx, "member list", STR(""), req_query(req, "before"),
            &p->before))
        cx->err = err;
}

static void
put_pager(struct cx *cx, struct val *view, const struct member_page *p,
    const struct member *members, size_t n)
{
    bool prev = p->before ? p->more : p->after != 0;
    bool next = p->before ? true : p->more;
    if (n == 0 || (!prev && !next)) {
        val_put_null(view, "pager");
        return;
    }
    struct val *pager = val_put_map(view, "pager");
    val_put_fmt(pager, "text", "%.*s on this page",
        STR_ARG(count_of(cx->arena, (int64_t)n, "member")));
    val_put_null(pager, "prev");
    val_put_null(pager, "next");
    if (prev)
        val_put_str(pager, "prev",
            page_at(cx, "before", members[0].user_id));
    if (next)
        val_put_str(pager, "next",
            page_at(cx, "after", members[n - 1].user_id));
}

static enum err_code
put_people(struct cx *cx, const struct req *req, struct val *view)
{
    struct member *members;
    struct member_page p;
    size_t n;
    read_page(cx, req, &p);
    if (member_page(cx, &p, &members, &n) || put_invites(cx, view) ||
        put_left(cx, view))
        return cx->err.code;
    struct val *list = val_put_list(view, "members");
    for (size_t i = 0; i < n; i++)
        put_member(cx, list, &members[i]);
    put_pager(cx, view, &p, members, n);
    if (cx->ws.personal)
        val_put_cstr(view, "words", "This workspace is yours alone.");
    else
        val_put_fmt(view, "words", "%.*s.",
            STR_ARG(count_of(cx->arena, p.all, "member")));
    return ERR_OK;
}

enum err_code
web_member_list(struct cx *cx, const struct req *req, struct res *res)
{
    struct val *view = view_new(cx, req);
    bool may = access_has(cx, RIGHT_MEMBER_EDIT) && !cx->ws.personal;
    if (put_people(cx, req, view) && !view_load_failed(cx, res, view, base(cx)))
        return cx->err.code;
    val_put_str(view, "here", base(cx));
    val_put_str(view, "services_href", view_path(cx, "/service-accounts"));
    view_text_or_null(view, "invite_href",
        may ? view_path(cx, "/invites/new") : STR(""));
    res_page(res, "member/list", view);
    return ERR_OK;
}

/* ---- one member ---- */

static enum err_code
get(struct cx *cx, const struct req *req, struct member *m)
{
    return member_get(cx, req_param(req, "id"), m);
}

static void
put_one(struct cx *cx, struct val *view, const struct member *m)
{
    struct val *v = val_put_map(view, "member");
    val_put_str(v, "name", m->name);
    val_put_str(v, "email", m->email);
    val_put_str(v, "href", place(cx, m->uuid, ""));
    val_put_bool(v, "you", is_self(cx, m));
    val_put_cstr(v, "role", role_title(m->role));
    val_put_cstr(v, "role_words", role_may(m->role));
    val_put_bool(v, "second_factor", m->second_factor);
    val_put_bool(v, "disabled", m->disabled);
    view_time(cx, v, "seen", "seen_at", m->seen_s);
    view_time(cx, v, "joined", "joined_at", m->created_s);
    val_put_str(view, "base", base(cx));
}

/* Roles that the actor may give; the present one is chosen. */
static void
put_roles(struct form *fm, const struct member *m)
{
    struct val *field = form_choice(fm, "role");
    for (int i = 0; role_choices[i]; i++) {
        enum role role = role_choice(i);
        if (role == ROLE_OWNER && !access_has(fm->cx, RIGHT_OWNER_EDIT))
            continue;
        form_option(fm, field, str_cstr(role_choices[i]),
            str_cstr(role_title(role)), str_cstr(role_may(role)),
            m->role == role);
    }
}

/* What the actor may do with this member, and why not. */
static enum err_code
put_may(struct form *fm, const struct member *m)
{
    struct cx *cx = fm->cx;
    bool last, edit = member_may_edit(cx, m) && !cx->ws.personal;
    if (member_is_last(cx, m, &last))
        return cx->err.code;
    struct val *may = val_put_map(fm->view, "may");
    bool go = edit && !last && !is_self(cx, m);
    bool leave = is_self(cx, m) && !last;
    bool transfer = access_has(cx, RIGHT_OWNER_EDIT) && !is_self(cx, m) &&
        !m->disabled;
    val_put_bool(may, "remove", go);
    val_put_bool(may, "leave", leave);
    val_put_bool(may, "transfer", transfer);
    val_put_bool(may, "any", go || leave || transfer);
    val_put_str(may, "leave_href", view_path(cx, "/leave"));
    val_put_null(fm->view, "last_words");
    if (last && !cx->ws.personal)
        val_put_fmt(fm->view, "last_words", "%s the last owner, and so can "
            "neither leave nor get another role. Make somebody else an owner "
            "first.", is_self(cx, m) ? "You are" : "This is");
    if (edit && !last)
        put_roles(fm, m);
    else
        form_absent(fm, "role");
    return ERR_OK;
}

enum err_code
web_member_view(struct cx *cx, const struct req *req, struct res *res)
{
    struct member m;
    struct form fm;
    if (get(cx, req, &m))
        return cx->err.code;
    struct val *view = view_new(cx, req);
    put_one(cx, view, &m);
    if (holder_put_keys(cx, view, HOLDER_USER, m.user_id))
        return cx->err.code;
    form_begin(&fm, cx, req, view);
    if (put_may(&fm, &m))
        return cx->err.code;
    form_done(&fm);
    res_page(res, "member/view", view);
    return ERR_OK;
}

enum err_code
web_member_role(struct cx *cx, const struct req *req, struct res *res)
{
    const struct role_in *in = req->input;
    struct str uuid = req_param(req, "id");
    if (member_set_role(cx, uuid, role_choice(in->role)))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_ROLE_SAVED, place(cx, uuid, ""));
}

/* ---- somebody who is gone and left keys: the question that waits ---- */

enum err_code
web_member_keys_form(struct cx *cx, const struct req *req, struct res *res)
{
    struct member m;
    struct form fm;
    if (left_get(cx, req_param(req, "id"), &m))
        return cx->err.code;
    struct val *view = view_new(cx, req);
    put_one(cx, view, &m);
    if (holder_put_keys(cx, view, HOLDER_LEFT, m.user_id))
        return cx->err.code;
    form_begin(&fm, cx, req, view);
    if (holder_fate(&fm, STR(""), false))
        return cx->err.code;
    form_done(&fm);
    res_page(res, "member/keys", view);
    return ERR_OK;
}

enum err_code
web_member_keys(struct cx *cx, const struct req *req, struct res *res)
{
    if (left_answer(cx, req_param(req, "id"), req->input))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_LEFT_ANSWERED, base(cx));
}

/* ---- going ---- */

/* The page that asks before somebody goes. */
static enum err_code
go_page(struct cx *cx, const struct req *req, struct res *res,
    const struct member *m, const char *page)
{
    struct form fm;
    struct val *view = view_new(cx, req);
    put_one(cx, view, m);
    if (holder_put_keys(cx, view, HOLDER_USER, m->user_id))
        return cx->err.code;
    val_put_cstr(view, "fate_words", cx->ws.leaver_passes
            ? "pass to an owner of the workspace"
            : "are suspended until an owner or admin has decided on them");
    form_begin(&fm, cx, req, view);
    if (m->n_keys && holder_fate(&fm, m->uuid, true))
        return cx->err.code;
    if (!m->n_keys) {
        form_absent(&fm, "fate");
        form_absent(&fm, "to");
    }
    form_done(&fm);
    res_page(res, page, view);
    return ERR_OK;
}

enum err_code
web_member_remove_form(struct cx *cx, const struct req *req, struct res *res)
{
    struct member m;
    if (member_removable(cx, req_param(req, "id"), &m))
        return cx->err.code;
    return go_page(cx, req, res, &m, "member/remove");
}

enum err_code
web_member_remove(struct cx *cx, const struct req *req, struct res *res)
{
    if (member_remove(cx, req_param(req, "id"), req->input))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_MEMBER_REMOVED, base(cx));
}

enum err_code
web_member_leave_form(struct cx *cx, const struct req *req, struct res *res)
{
    struct member m;
    if (member_get(cx, cx->actor.user.uuid, &m))
        return cx->err.code;
    return go_page(cx, req, res, &m, "member/leave");
}

enum err_code
web_member_leave(struct cx *cx, const struct req *req, struct res *res)
{
    if (member_leave(cx))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_LEFT, STR("/workspaces"));
}

enum err_code
web_member_transfer_form(struct cx *cx, const struct req *req,
    struct res *res)
{
    struct member m;
    struct form fm;
    if (access_need(cx, RIGHT_OWNER_EDIT) || get(cx, req, &m))
        return cx->err.code;
    struct val *view = view_new(cx, req);
    put_one(cx, view, &m);
    form_begin(&fm, cx, req, view);
    form_done(&fm);
    res_page(res, "member/transfer", view);
    return ERR_OK;
}

enum err_code
web_member_transfer(struct cx *cx, const struct req *req, struct res *res)
{
    struct str uuid = req_param(req, "id");
    if (owner_transfer(cx, uuid))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_TRANSFERRED, place(cx, uuid, ""));
}
