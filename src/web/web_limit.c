/* SPDX-License-Identifier: ISC */
/* Limits of a key and of the workspace: list, add, change, remove. */
#include "web/pages.h"

#include "core/access.h"
#include "core/catalog.h"
#include "core/key.h"
#include "core/replay.h"
#include "core/usage.h"
#include "text/money.h"
#include "text/when.h"
#include "web/conflict.h"
#include "web/key_words.h"
#include "web/limit_words.h"
#include "web/view.h"
#include "web/web.h"

#include <inttypes.h>

enum { PAGE_ROWS = 50 };

/* ---- whose limits ---- */

/* The key of the path; id 0: the workspace. */
struct place {
    struct key key;
    struct str prefix; /* of the key, or empty */
    struct str base;   /* "/w/acme/keys/b747e891/limits" */
};

/* The row of the workspace has no {prefix}. */
static struct str
prefix_of(const struct req *req)
{
    for (size_t i = 0; i < req->n_params; i++)
        if (str_is(req->params[i].name, "prefix"))
            return req->params[i].value;
    return STR("");
}

static enum err_code
find_place(struct cx *cx, const struct req *req, struct place *p)
{
    *p = (struct place){ .prefix = prefix_of(req),
        .base = view_path(cx, "/limits") };
    if (p->prefix.n == 0)
        return ERR_OK;
    if (key_get(cx, p->prefix, &p->key))
        return cx->err.code;
    if (p->key.kind != KEY_STANDARD)
        return ERR(&cx->err, ERR_NOT_FOUND,
            "This key calls no models, so it has no limits.");
    p->base = arena_fmt(cx->arena, "%.*s/limits",
        STR_ARG(key_href(cx, &p->key)));
    return ERR_OK;
}

/* The same for somebody who may set limits. */
static enum err_code
find_to_set(struct cx *cx, const struct req *req, struct place *p)
{
    if (access_need(cx, RIGHT_LIMITS))
        return cx->err.code;
    return find_place(cx, req, p);
}

static void
put_place(struct cx *cx, struct val *view, const struct place *p)
{
    val_put_str(view, "base", p->base);
    val_put_null(view, "key");
    if (p->prefix.n)
        put_key(cx, view, &p->key);
}

static struct str
rule_href(struct cx *cx, const struct place *p, const struct limit *l,
    const char *rest)
{
    return arena_fmt(cx->arena, "%.*s/%" PRId64 "%s", STR_ARG(p->base), l->id,
        rest);
}

/* ---- the list ---- */

/* Where a limit is changed, and where it is removed. */
static void
put_ways(struct cx *cx, struct val *row, const struct place *p,
    const struct limit *l)
{
    enum limit_source own =
        p->prefix.n ? LIMIT_RULE_KEY : LIMIT_RULE_WORKSPACE;
    struct str edit = STR(""), remove = STR("");
    bool may = access_has(cx, RIGHT_LIMITS);
    if (l->source == own && may) {
        edit = rule_href(cx, p, l, "/edit");
        remove = rule_href(cx, p, l, "/remove");
    } else if (l->source == LIMIT_RULE_WORKSPACE && may) {
        edit = view_path(cx, "/limits");
    } else if (l->source == LIMIT_SPEND && key_may_edit(cx, &p->key)) {
        edit = arena_fmt(cx->arena, "%.*s/edit",
            STR_ARG(key_href(cx, &p->key)));
    }
    view_text_or_null(row, "edit_href", edit);
    view_text_or_null(row, "remove_href", remove);
}

static bool
is_open(const struct cx *cx, const struct place *p, const struct limit *l)
{
    if (l->source == LIMIT_RULE_KEY || l->source == LIMIT_SPEND)
        return usage_may_see(cx, &p->key);
    return access_has(cx, RIGHT_USAGE_ALL);
}

static struct str
page_href(struct cx *cx, const struct place *p, size_t from)
{
    if (from == 0)
        return p->base;
    return arena_fmt(cx->arena, "%.*s?from=%zu", STR_ARG(p->base), from);
}

static void
put_rows(struct cx *cx, const struct req *req, struct val *view,
    const struct place *p, const struct limits *all)
{
    struct val *list = val_put_list(view, "limits");
    bool hidden = false;
    int64_t from = 0;
    if (!str_int(req_query(req, "from"), &from) || from < 0 ||
        from >= (int64_t)all->n)
        from = 0;
    size_t at = (size_t)from;
    size_t end = all->n - at > PAGE_ROWS ? at + PAGE_ROWS : all->n;
    for (size_t i = at; i < end; i++) {
        const struct limit *l = &all->items[i];
        struct val *row = val_add_map(list);
        limit_row(cx, row, l, is_open(cx, p, l));
        put_ways(cx, row, p, l);
        hidden = hidden || !is_open(cx, p, l);
    }
    val_put_bool(view, "hidden", hidden);
    val_put_null(view, "pager");
    if (all->n <= PAGE_ROWS)
        return;
    struct val *pager = val_put_map(view, "pager");
    val_put_fmt(pager, "text", "Showing %zu to %zu of %zu", at + 1, end,
        all->n);
    val_put_null(pager, "prev");
    val_put_null(pager, "next");
    if (at > 0)
        val_put_str(pager, "prev",
            page_href(cx, p, at > PAGE_ROWS ? at - PAGE_ROWS : 0));
    if (end < all->n)
        val_put_str(pager, "next", page_href(cx, p, end));
}

enum err_code
web_limit_list(struct cx *cx, const struct req *req, struct res *res)
{
    struct place p;
    struct limits all = { .n = 0 };
    if (find_place(cx, req, &p))
        return cx->err.code;
    struct val *view = view_new(cx, req);
    bool failed = false;
    if (limit_list(cx, p.prefix, &all)) {
        failed = view_load_failed(cx, res, view, p.base);
        if (!failed)
            return cx->err.code;
        all.n = 0;
    }
    bool may = access_has(cx, RIGHT_LIMITS) && !p.key.revoked_s;
    put_place(cx, view, &p);
    val_put_bool(view, "none", all.n == 0 && !failed);
    val_put_bool(view, "may_set", may);
    view_text_or_null(view, "create_href",
        may ? arena_fmt(cx->arena, "%.*s/new", STR_ARG(p.base)) : STR(""));
    put_rows(cx, req, view, &p, &all);
    res_page(res, "limit/list", view);
    return ERR_OK;
}

/* ---- what it would have refused ---- */

static void
say_replay(struct cx *cx, struct val *v, const struct replay *r, int days)
{
    struct arena *a = cx->arena;
    struct str span = days == 1 ? STR("today")
                                : arena_fmt(a, "the last %d days", days);
    if (r->calls == 0)
        val_put_fmt(v, "words", "There were no calls for it to count in "
            "%.*s, so there is nothing to try it on.", STR_ARG(span));
    else
        val_put_fmt(v, "words",
            "This limit would have refused %.*s of %.*s of %.*s.",
            STR_ARG(count_show(a, r->refused)),
            STR_ARG(count_of(a, r->calls, "call")), STR_ARG(span));
    val_put_fmt(v, "basis", "Worked out from every recorded call since %.*s, "
        "with what it really took. While it runs a call holds its estimate, "
        "so a tight limit may refuse more. Calls that were refused then are "
        "left out.", STR_ARG(when_long(a, r->from_s)));
    val_put_null(v, "cut");
    if (r->cut_s)
        val_put_fmt(v, "cut", "There were more calls than are looked at: "
            "these are the first %.*s, up to %.*s.",
            STR_ARG(count_show(a, REPLAY_CALLS_MOST)),
            STR_ARG(when_long(a, r->cut_s)));
}

/* view.tried: the limit l as it would be, on the calls of the past. */
static enum err_code
put_tried(struct cx *cx, struct val *view, const struct place *p,
    const struct limit *l, int try)
{
    struct replay r;
    int days = limit_try_days((enum limit_try)try);
    if (replay_limit(cx, p->prefix, l, days, &r))
        return cx->err.code;
    struct val *v = val_put_map(view, "tried");
    val_put_str(v, "title", limit_title(cx, l));
    say_replay(cx, v, &r, days);
    val_put_null(v, "warn");
    struct str stop = limit_stop(cx, l);
    if (stop.n)
        val_put_fmt(v, "warn", "%.*s used already. Once this is saved, c%.*s",
            STR_ARG(limit_amount(cx, l, l->used + l->reserved)),
            STR_ARG(str_from(stop, 1)));
    return ERR_OK;
}

/* ---- the forms ---- */

static void
put_counts(struct form *fm, bool of_key)
{
    static const char *const labels[] = { [LIMIT_REQUESTS] = "Requests",
        [LIMIT_INPUT] = "Input tokens", [LIMIT_OUTPUT] = "Output tokens",
        [LIMIT_TOTAL] = "Input and output tokens",
        [LIMIT_MONEY] = "Money, in US dollars" };
    _Static_assert(COUNT_OF(labels) == LIMIT_COUNTS_COUNT, "labels");
    if (!of_key) {
        form_absent(fm, "counts");
        return;
    }
    struct val *field = form_choice(fm, "counts");
    for (enum limit_counts c = LIMIT_REQUESTS; c < LIMIT_COUNTS_COUNT; c++)
        form_option(fm, field, str_cstr(limit_counts_name(c)),
            str_cstr(labels[c]), STR(""), c == LIMIT_REQUESTS);
}

static void
put_period(struct form *fm, bool of_key)
{
    static const char *const labels[] = { [LIMIT_MINUTE] = "A minute",
        [LIMIT_DAY] = "A day", [LIMIT_WEEK] = "A week, from Monday",
        [LIMIT_MONTH] = "A month, from the 1st",
        [LIMIT_NO_RESET] = "In all, without reset" };
    _Static_assert(COUNT_OF(labels) == LIMIT_PERIOD_COUNT, "labels");
    enum limit_period usual = of_key ? LIMIT_DAY : LIMIT_MONTH;
    struct val *field = form_choice(fm, "period");
    for (enum limit_period p = of_key ? LIMIT_MINUTE : LIMIT_DAY;
         p < LIMIT_PERIOD_COUNT; p++)
        form_option(fm, field, str_cstr(limit_period_name(p)),
            str_cstr(labels[p]), STR(""), p == usual);
}

static enum err_code
put_model(struct form *fm, bool of_key)
{
    struct ai_model *all;
    size_t n;
    if (!of_key) {
        form_absent(fm, "model");
        return ERR_OK;
    }
    if (model_list(fm->cx, &all, &n))
        return fm->cx->err.code;
    struct val *field = form_choice(fm, "model");
    form_option(fm, field, STR(""), STR("All models together"), STR(""),
        true);
    for (size_t i = 0; i < n; i++)
        form_option(fm, field, all[i].uuid, all[i].name, STR(""), false);
    return ERR_OK;
}

/* What both forms ask; l: NULL for a new one. */
static void
put_amount(struct form *fm, const struct limit *l)
{
    struct arena *a = fm->cx->arena;
    struct str now = STR("");
    if (l)
        now = l->counts == LIMIT_MONEY ? money_plain(a, l->amount)
                                       : count_show(a, l->amount);
    form_text(fm, "limit", now);
    struct val *field = form_choice(fm, "shadow");
    form_option(fm, field, STR("1"), STR("Shadow: only count, refuse nothing"),
        STR(""), l && l->shadow);
    field = form_choice(fm, "days");
    for (enum limit_try t = LIMIT_TRY_1; t < LIMIT_TRY_COUNT; t++)
        form_option(fm, field, arena_fmt(a, "%d", limit_try_days(t)),
            t == LIMIT_TRY_1 ? STR("Today")
                             : arena_fmt(a, "Last %d days", limit_try_days(t)),
            STR(""), t == LIMIT_TRY_7);
}

/* draft: a limit that is to be tried, or NULL */
static enum err_code
new_page(struct cx *cx, const struct req *req, struct res *res,
    const struct place *p, const struct limit *draft)
{
    struct form fm;
    struct val *view = view_new(cx, req);
    const struct limit_form_in *in = req->input;
    bool of_key = p->prefix.n > 0;
    put_place(cx, view, p);
    val_put_null(view, "tried");
    if (draft && put_tried(cx, view, p, draft, in->days))
        return cx->err.code;
    form_begin(&fm, cx, req, view);
    put_counts(&fm, of_key);
    put_period(&fm, of_key);
    if (put_model(&fm, of_key))
        return cx->err.code;
    put_amount(&fm, NULL);
    form_done(&fm);
    res_page(res, "limit/new", view);
    return ERR_OK;
}

enum err_code
web_limit_new(struct cx *cx, const struct req *req, struct res *res)
{
    struct place p;
    if (find_to_set(cx, req, &p))
        return cx->err.code;
    return new_page(cx, req, res, &p, NULL);
}

/* After a change: back to the list, which says more. */
static enum err_code
done(struct cx *cx, const struct req *req, struct res *res,
    const struct place *p, const struct limit *l)
{
    return flash_go(cx, req, res,
        limit_stop(cx, l).n ? FLASH_LIMIT_USED_UP : FLASH_LIMIT_SAVED,
        p->base);
}

enum err_code
web_limit_add(struct cx *cx, const struct req *req, struct res *res)
{
    const struct limit_form_in *in = req->input;
    struct place p;
    struct limit l;
    if (find_to_set(cx, req, &p))
        return cx->err.code;
    if (in->test) {
        if (limit_draft(cx, p.prefix, in, &l))
            return cx->err.code;
        return new_page(cx, req, res, &p, &l);
    }
    if (limit_add(cx, p.prefix, in, &l))
        return cx->err.code;
    return done(cx, req, res, &p, &l);
}

static void
put_rule(struct cx *cx, struct val *view, const struct place *p,
    const struct limit *l)
{
    struct val *item = val_put_map(view, "item");
    limit_row(cx, item, l, true);
    val_put_str(item, "href", rule_href(cx, p, l, ""));
}

static struct str
shadow_words(bool shadow)
{
    return shadow ? STR("Shadow") : STR("Refuses calls");
}

static void
put_conflict(struct cx *cx, const struct req *req, struct val *view,
    const struct place *p, const struct limit *l)
{
    const struct limit_form_in *in = req->input;
    struct val *rows = conflict_begin(cx, view, "limit",
        p->prefix.n ? p->prefix : cx->ws.slug, cx->now_s,
        rule_href(cx, p, l, "/edit"));
    conflict_row(rows, "Limit", limit_amount(cx, l, l->amount), in->limit);
    conflict_row(rows, "What it does", shadow_words(l->shadow),
        shadow_words(in->shadow));
}

/* draft: the limit as it would be, to be tried; or NULL */
static enum err_code
edit_page(struct cx *cx, const struct req *req, struct res *res,
    const struct place *p, const struct limit *l, const struct limit *draft)
{
    struct form fm;
    const struct limit_form_in *in = req->input;
    struct val *view = view_new(cx, req);
    put_place(cx, view, p);
    put_rule(cx, view, p, l);
    val_put_null(view, "tried");
    if (draft && put_tried(cx, view, p, draft, in->days))
        return cx->err.code;
    conflict_version(view, req, l->version);
    if (draft) /* still what this person saw */
        val_put_fmt(view, "seen_version", "%" PRId64, in->version);
    form_begin(&fm, cx, req, view);
    put_amount(&fm, l);
    if (conflict_met(req))
        put_conflict(cx, req, view, p, l);
    else
        form_done(&fm);
    res_page(res, "limit/edit", view);
    return ERR_OK;
}

enum err_code
web_limit_edit_form(struct cx *cx, const struct req *req, struct res *res)
{
    struct place p;
    struct limit l;
    if (find_to_set(cx, req, &p) ||
        limit_get(cx, p.prefix, req_param(req, "id"), &l))
        return cx->err.code;
    return edit_page(cx, req, res, &p, &l, NULL);
}

enum err_code
web_limit_edit(struct cx *cx, const struct req *req, struct res *res)
{
    const struct limit_form_in *in = req->input;
    struct str id = req_param(req, "id");
    struct place p;
    struct limit l, draft;
    if (find_to_set(cx, req, &p))
        return cx->err.code;
    if (in->test) {
        if (limit_get(cx, p.prefix, id, &l) ||
            limit_redraft(cx, p.prefix, id, in, &draft))
            return cx->err.code;
        return edit_page(cx, req, res, &p, &l, &draft);
    }
    if (limit_edit(cx, p.prefix, id, in, &l))
        return cx->err.code;
    return done(cx, req, res, &p, &l);
}

enum err_code
web_limit_remove_form(struct cx *cx, const struct req *req, struct res *res)
{
    struct place p;
    struct limit l;
    if (find_to_set(cx, req, &p) ||
        limit_get(cx, p.prefix, req_param(req, "id"), &l))
        return cx->err.code;
    struct val *view = view_new(cx, req);
    put_place(cx, view, &p);
    put_rule(cx, view, &p, &l);
    res_page(res, "limit/remove", view);
    return ERR_OK;
}

enum err_code
web_limit_remove(struct cx *cx, const struct req *req, struct res *res)
{
    struct place p;
    if (find_to_set(cx, req, &p) ||
        limit_remove(cx, p.prefix, req_param(req, "id")))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_LIMIT_REMOVED, p.base);
}
