/* SPDX-License-Identifier: ISC */
/* Name and key policy of a workspace. */
#include "web/pages.h"

#include "core/access.h"
#include "core/workspace.h"
#include "text/when.h"
#include "web/conflict.h"
#include "web/view.h"
#include "web/web.h"

#include <inttypes.h>

static struct str
number(struct cx *cx, int64_t n)
{
    return n ? arena_fmt(cx->arena, "%" PRId64, n) : STR("");
}

static void
put_fact(struct val *facts, const char *label, struct str words)
{
    struct val *row = val_add_map(facts);
    val_put_cstr(row, "label", label);
    val_put_str(row, "words", words);
}

static void
put_conflict(struct cx *cx, const struct req *req, struct val *view)
{
    const struct settings_in *in = req->input;
    const struct workspace *w = &cx->ws;
    struct val *rows = conflict_begin(cx, view, "page", w->slug, cx->now_s,
        view_path(cx, "/settings"));
    conflict_row(rows, "Name", w->name, in->name);
    conflict_row(rows, "Most keys of each kind", number(cx, w->key_max),
        number(cx, in->key_max));
    conflict_row(rows, "Longest life in days",
        number(cx, w->key_life_max_s / DAY_S),
        number(cx, in->life_max_days));
    conflict_row(rows, "Suggested life in days",
        number(cx, w->key_life_default_s / DAY_S),
        number(cx, in->life_default_days));
}

enum err_code
web_settings_form(struct cx *cx, const struct req *req, struct res *res)
{
    const struct workspace *w = &cx->ws;
    struct form fm;
    if (access_need(cx, RIGHT_SETTINGS))
        return cx->err.code;
    struct val *view = view_new(cx, req);
    val_put_str(view, "base", view_path(cx, "/settings"));
    val_put_bool(view, "may_save", true);
    conflict_version(view, req, w->version);
    form_begin(&fm, cx, req, view);
    form_text(&fm, "name", w->name);
    form_text(&fm, "key_max", number(cx, w->key_max));
    form_text(&fm, "life_max_days", number(cx, w->key_life_max_s / DAY_S));
    form_text(&fm, "life_default_days",
        number(cx, w->key_life_default_s / DAY_S));
    if (conflict_met(req))
        put_conflict(cx, req, view);
    else
        form_done(&fm);
    struct val *facts = val_put_list(view, "facts");
    put_fact(facts, "Address", view_path(cx, ""));
    put_fact(facts, "Id", w->uuid);
    put_fact(facts, "Created", when_date(cx->arena, w->created_s));
    res_page(res, "settings/view", view);
    return ERR_OK;
}

enum err_code
web_settings(struct cx *cx, const struct req *req, struct res *res)
{
    if (settings_save(cx, req->input))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_SETTINGS_SAVED,
        view_path(cx, "/settings"));
}
