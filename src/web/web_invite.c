/* SPDX-License-Identifier: ISC */
/* Inviting somebody, and what the link of an invitation opens. */
#include "web/pages.h"

#include "core/access.h"
#include "core/form.h"
#include "core/invite.h"
#include "core/notice.h"
#include "text/url.h"
#include "text/when.h"
#include "web/role_words.h"
#include "web/view.h"
#include "web/web.h"

/* ---- inviting ---- */

static struct str
base(struct cx *cx)
{
    return view_path(cx, "/members");
}

enum err_code
web_invite_new(struct cx *cx, const struct req *req, struct res *res)
{
    struct form fm;
    if (access_need(cx, RIGHT_MEMBER_EDIT))
        return cx->err.code;
    struct val *view = view_new(cx, req);
    struct str posted = form_get(&req->form, "once");
    val_put_str(view, "base", base(cx));
    val_put_str(view, "action", view_path(cx, "/invites"));
    val_put_str(view, "once", posted.n ? posted : form_id(cx));
    form_begin(&fm, cx, req, view);
    form_text(&fm, "email", STR(""));
    struct val *field = form_choice(&fm, "role");
    for (int i = 0; role_choices[i]; i++) {
        enum role role = role_choice(i);
        if (role != ROLE_OWNER || access_has(cx, RIGHT_OWNER_EDIT))
            form_option(&fm, field, str_cstr(role_choices[i]),
                str_cstr(role_title(role)), str_cstr(role_may(role)),
                role == ROLE_MEMBER);
    }
    form_done(&fm);
    res_page(res, "member/invite", view);
    return ERR_OK;
}

/* link: empty when it was shown before */
static enum err_code
invited_page(struct cx *cx, const struct req *req, struct res *res,
    const struct invite *v, struct str link)
{
    struct val *view = view_new(cx, req);
    val_put_str(view, "base", base(cx));
    val_put_str(view, "new_href", view_path(cx, "/invites/new"));
    view_text_or_null(view, "link", link);
    val_put_str(view, "email", v->email);
    val_put_cstr(view, "role", role_title(v->role));
    val_put_str(view, "ends", when_long(cx->arena, v->ends_s));
    val_put_str(view, "ends_at", when_rfc3339(cx->arena, v->ends_s));
    val_put_bool(view, "has_account", v->has_account);
    val_put_bool(view, "mailed", notice_mailed(cx));
    res->cache = CACHE_NO_STORE;
    res_page(res, "member/invited", view);
    return ERR_OK;
}

enum err_code
web_invite_create(struct cx *cx, const struct req *req, struct res *res)
{
    struct invite v;
    struct str link;
    if (!invite_create(cx, req->input, &v, &link))
        return invited_page(cx, req, res, &v, link);
    if (!cx->err.reason || !str_is(STR("shown"), cx->err.reason))
        return cx->err.code;
    err_init(&cx->err, cx->arena); /* a second post is no failure */
    return invited_page(cx, req, res, &v, link);
}

enum err_code
web_invite_withdraw(struct cx *cx, const struct req *req, struct res *res)
{
    if (invite_withdraw(cx, req_param(req, "id")))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_INVITE_WITHDRAWN, base(cx));
}

/* ---- what the link opens ---- */

/* What the person has to do to accept; exactly one of these is true. */
static void
put_way(struct cx *cx, struct val *view, const struct invite *v)
{
    bool in = cx->actor.kind == ACTOR_USER;
    bool self = in && str_eq(cx->actor.user.email, v->email);
    struct val *way = val_put_map(view, "way");
    val_put_bool(way, "accept", self);
    val_put_bool(way, "other", in && !self);
    val_put_bool(way, "sign_in", !in && v->has_account);
    val_put_bool(way, "join", !in && !v->has_account);
}

enum err_code
web_invite_view(struct cx *cx, const struct req *req, struct res *res)
{
    struct invite v;
    struct form fm;
    struct buf next;
    struct str token = req_param(req, "token");
    if (invite_open(cx, token, &v))
        return cx->err.code;
    struct str here = arena_fmt(cx->arena, "/invite/%.*s", STR_ARG(token));
    struct val *view = view_new(cx, req);
    val_put_str(view, "here", here);
    val_put_str(view, "workspace", v.workspace_name);
    val_put_str(view, "email", v.email);
    view_text_or_null(view, "by", v.by_name);
    val_put_cstr(view, "role", role_title(v.role));
    val_put_cstr(view, "role_words", role_may(v.role));
    val_put_str(view, "ends", when_long(cx->arena, v.ends_s));
    val_put_str(view, "ends_at", when_rfc3339(cx->arena, v.ends_s));
    put_way(cx, view, &v);
    buf_init(&next, cx->arena, BUF_MAX_FIELD);
    buf_cstr(&next, "/sign-in?next=");
    url_encode(&next, here);
    val_put_str(view, "sign_in_href", buf_view(&next));
    form_begin(&fm, cx, req, view);
    form_text(&fm, "name", STR(""));
    form_secret(&fm, "password");
    form_done(&fm);
    res->cache = CACHE_NO_STORE;
    res_page(res, "member/join", view);
    return ERR_OK;
}

static enum err_code
go_in(struct cx *cx, const struct req *req, struct res *res)
{
    return flash_go(cx, req, res, FLASH_JOINED, view_path(cx, "/"));
}

enum err_code
web_invite_accept(struct cx *cx, const struct req *req, struct res *res)
{
    if (invite_accept(cx, req_param(req, "token")))
        return cx->err.code;
    return go_in(cx, req, res);
}

enum err_code
web_invite_join(struct cx *cx, const struct req *req, struct res *res)
{
    struct str session;
    if (invite_join(cx, req_param(req, "token"), req->input, &session))
        return cx->err.code;
    web_session_begin(cx, req, res, session);
    return go_in(cx, req, res);
}
