/* SPDX-License-Identifier: ISC */
/* Who belongs to a workspace. */
#include "web/pages.h"

#include "core/workspace.h"
#include "text/money.h"
#include "web/role_words.h"
#include "web/view.h"

static void
put_member(struct cx *cx, struct val *list, const struct member *m)
{
    struct val *row = val_add_map(list);
    val_put_str(row, "name", m->name);
    val_put_str(row, "email", m->email);
    val_put_bool(row, "you", m->user_id == cx->actor.user.id);
    val_put_cstr(row, "role", role_title(m->role));
    val_put_cstr(row, "role_words", role_may(m->role));
    val_put_bool(row, "second_factor", m->second_factor);
    val_put_str(row, "keys", count_show(cx->arena, m->n_keys));
    view_time(cx, row, "seen", "seen_at", m->seen_s);
    val_put_bool(row, "disabled", m->disabled);
}

enum err_code
web_member_list(struct cx *cx, const struct req *req, struct res *res)
{
    struct member *members = NULL;
    size_t n = 0;
    struct val *view = view_new(cx, req);
    struct str here = view_path(cx, "/members");
    if (member_list(cx, &members, &n) &&
        !view_load_failed(cx, res, view, here))
        return cx->err.code;
    val_put_str(view, "here", here);
    struct val *list = val_put_list(view, "members");
    for (size_t i = 0; i < n; i++)
        put_member(cx, list, &members[i]);
    if (cx->ws.personal)
        val_put_cstr(view, "words", "This workspace is yours alone.");
    else
        val_put_fmt(view, "words", "%zu member%s.", n, n == 1 ? "" : "s");
    res_page(res, "member/list", view);
    return ERR_OK;
}
