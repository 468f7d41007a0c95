/* SPDX-License-Identifier: ISC */
/* Name, key policy and treatment of calls of a workspace. */
#include "web/pages.h"

#include "core/access.h"
#include "core/workspace.h"
#include "text/when.h"
#include "web/conflict.h"
#include "web/role_words.h"
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

static struct str
reserve_label(enum reserve_end e)
{
    return e == RESERVE_RELEASE ? STR("Nothing") : STR("Its estimate");
}

static struct str
leaver_label(enum leaver l)
{
    return l == LEAVER_PASS ? STR("Pass to an owner") : STR("Are suspended");
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
    conflict_row(rows, "Who signs in with a code",
        factor_label(w->second_factor),
        factor_label((enum factor_rule)in->second_factor));
    conflict_row(rows, "Keys of people who leave",
        leaver_label(w->leaver_passes ? LEAVER_PASS : LEAVER_SUSPEND),
        leaver_label((enum leaver)in->owner_leaves));
    conflict_row(rows, "A call without a report",
        reserve_label(w->reserve_releases ? RESERVE_RELEASE
                                          : RESERVE_CHARGE),
        reserve_label((enum reserve_end)in->reserve_ends));
    conflict_row(rows, "Months that calls are kept",
        number(cx, w->event_months), number(cx, in->event_months));
}

/* Who signs in with a code. */
static void
put_factor(struct form *fm, const struct workspace *w)
{
    struct val *field = form_choice(fm, "second_factor");
    for (enum factor_rule r = FACTOR_NOBODY; r < FACTOR_RULE_COUNT; r++)
        form_option(fm, field, str_cstr(factor_rule_name(r)),
            factor_label(r), STR(""), r == w->second_factor);
}

/* Keys of people who leave. */
static void
put_leaver(struct form *fm, const struct workspace *w)
{
    enum leaver now = w->leaver_passes ? LEAVER_PASS : LEAVER_SUSPEND;
    struct val *field = form_choice(fm, "owner_leaves");
    for (enum leaver l = LEAVER_SUSPEND; l < LEAVER_COUNT; l++)
        form_option(fm, field, str_cstr(leaver_name(l)), leaver_label(l),
            STR(""), l == now);
}

/* The fields on calls. */
static void
put_calls(struct form *fm, const struct workspace *w)
{
    enum reserve_end now =
        w->reserve_releases ? RESERVE_RELEASE : RESERVE_CHARGE;
    struct val *field = form_choice(fm, "reserve_ends");
    for (enum reserve_end e = RESERVE_CHARGE; e < RESERVE_END_COUNT; e++)
        form_option(fm, field, str_cstr(reserve_end_name(e)),
            reserve_label(e), STR(""), e == now);
    form_text(fm, "event_months", number(fm->cx, w->event_months));
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
    val_put_str(view, "limits_href", view_path(cx, "/limits"));
    view_text_or_null(view, "delete_href",
        !w->personal && access_has(cx, RIGHT_WORKSPACE_DELETE)
            ? view_path(cx, "/delete")
            : STR(""));
    conflict_version(view, req, w->version);
    form_begin(&fm, cx, req, view);
    form_text(&fm, "name", w->name);
    form_text(&fm, "key_max", number(cx, w->key_max));
    form_text(&fm, "life_max_days", number(cx, w->key_life_max_s / DAY_S));
    form_text(&fm, "life_default_days",
        number(cx, w->key_life_default_s / DAY_S));
    put_factor(&fm, w);
    put_leaver(&fm, w);
    put_calls(&fm, w);
    if (conflict_met(req))
        put_conflict(cx, req, view);
    else
        form_done(&fm);
    struct val *facts = val_put_list(view, "facts");
    put_fact(facts, "Address", view_path(cx, ""));
    put_fact(facts, "Id", w->uuid);
    put_fact(facts, "Created", when_date(cx->arena, w->created_s));
    if (w->second_factor && cx->now_s < w->second_factor_s)
        put_fact(facts, "Codes are asked for from",
            when_long(cx->arena, w->second_factor_s));
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
