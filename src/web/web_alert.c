/* SPDX-License-Identifier: ISC */
/* What people are told by themselves, and mail that is stuck. */
#include "web/pages.h"

#include "core/access.h"
#include "core/notice.h"
#include "core/outbox.h"
#include "text/when.h"
#include "web/mail_words.h"
#include "web/view.h"
#include "web/web.h"

#include <inttypes.h>

static struct str
base(struct cx *cx)
{
    return view_path(cx, "/alerts");
}

static void
put_kinds(struct val *view)
{
    struct val *list = val_put_list(view, "kinds");
    for (int i = 0; i < NOTICE_KIND_COUNT; i++) {
        if (!notice_offered((enum notice_kind)i))
            continue;
        struct val *row = val_add_map(list);
        val_put_cstr(row, "what", notice_about((enum notice_kind)i));
        val_put_cstr(row, "who", notice_mailed_to((enum notice_kind)i));
    }
}

static void
put_row(struct cx *cx, struct val *list, const struct outbox *o)
{
    struct arena *a = cx->arena;
    struct val *row = val_add_map(list);
    bool given_up = o->state == OUTBOX_GIVEN_UP;
    val_put_str(row, "to", o->recipient);
    val_put_cstr(row, "what", notice_words(o->kind));
    view_time(cx, row, "made", "made_at", o->made_s);
    val_put_str(row, "tries", view_tries(a, o->tries));
    val_put_str(row, "problem", o->problem);
    val_put_bool(row, "given_up", given_up);
    view_time(cx, row, "next", "next_at",
        o->state == OUTBOX_WAITING ? o->due_s : 0);
    view_text_or_null(row, "again", given_up
            ? arena_fmt(a, "%.*s/%.*s/again", STR_ARG(base(cx)),
                  STR_ARG(o->uuid))
            : STR(""));
}

enum err_code
web_alert_list(struct cx *cx, const struct req *req, struct res *res)
{
    struct outbox *all = NULL;
    size_t n = 0;
    bool more = false;
    int64_t before;
    if (!str_int(req_query(req, "before"), &before) || before < 0)
        before = 0;
    struct val *view = view_new(cx, req);
    if (outbox_stuck(cx, before, &all, &n, &more) &&
        !view_load_failed(cx, res, view, base(cx)))
        return cx->err.code;
    val_put_str(view, "here", base(cx));
    val_put_bool(view, "mailed", notice_mailed(cx));
    val_put_bool(view, "none", n == 0);
    put_kinds(view);
    struct val *list = val_put_list(view, "stuck");
    for (size_t i = 0; i < n; i++)
        put_row(cx, list, &all[i]);
    view_pager(cx, view, base(cx), before, n, more,
        n ? all[n - 1].id : 0, "message");
    res_page(res, "alert/list", view);
    return ERR_OK;
}

enum err_code
web_alert_again(struct cx *cx, const struct req *req, struct res *res)
{
    struct outbox o;
    struct str to = base(cx), hook;
    if (outbox_again(cx, req_param(req, "id"), &o, &hook))
        return cx->err.code;
    if (hook.n)
        to = arena_fmt(cx->arena, "%.*s/%.*s",
            STR_ARG(view_path(cx, "/webhooks")), STR_ARG(hook));
    return flash_go(cx, req, res, FLASH_SENT_AGAIN, to);
}
