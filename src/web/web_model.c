/* SPDX-License-Identifier: ISC */
/* Models: list, add, edit, remove. */
#include "web/pages.h"

#include "base/buf.h"
#include "core/access.h"
#include "core/catalog.h"
#include "model/key.h"
#include "text/money.h"
#include "text/utf8.h"
#include "web/conflict.h"
#include "web/view.h"
#include "web/web.h"

enum { PAGE_ROWS = 50, FIND_MAX = 80 };

static struct str
base(struct cx *cx)
{
    return view_path(cx, "/models");
}

/* "/w/acme/models/UUID" + rest */
static struct str
place(struct cx *cx, const struct ai_model *m, const char *rest)
{
    return arena_fmt(cx->arena, "%.*s/%.*s%s", STR_ARG(base(cx)),
        STR_ARG(m->uuid), rest);
}

/* "chat" -> "Chat" */
static struct str
category_title(struct cx *cx, struct str category)
{
    if (str_is(category, "ocr"))
        return STR("OCR");
    char *z = arena_cstr(cx->arena, category);
    if (z[0] >= 'a' && z[0] <= 'z')
        z[0] = (char)(z[0] - 'a' + 'A');
    return (struct str){ z, category.n };
}

/* ---- the list ---- */

/* What the address asks for; at most 1,000 models are looked through. */
struct ask {
    struct str q, find, category;
    struct str after; /* uuid of the last model of the page before */
};

static void
read_ask(struct cx *cx, const struct req *req, struct ask *ask)
{
    ask->q = utf8_clip(str_trim(req_query(req, "q")), FIND_MAX);
    ask->find = str_lower(cx->arena, ask->q);
    ask->category = req_query(req, "category");
    ask->after = req_query(req, "after");
    for (size_t i = 0; key_categories[i]; i++)
        if (str_is(ask->category, key_categories[i]))
            return;
    ask->category = STR("");
}

static bool
holds_text(struct str s, struct str part)
{
    for (size_t i = 0; i + part.n <= s.n; i++)
        if (str_starts(str_from(s, i), part))
            return true;
    return part.n == 0;
}

/* Keep those that are asked for; returns how many. */
static size_t
choose(struct cx *cx, const struct ask *ask, struct ai_model *all, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if ((!ask->category.n || str_eq(ask->category, all[i].category)) &&
            holds_text(str_lower(cx->arena, all[i].name), ask->find))
            all[kept++] = all[i];
    return kept;
}

static struct str
address(struct cx *cx, const struct ask *ask, struct str after)
{
    struct pairs p = { NULL, 0 };
    form_add(cx->arena, &p, STR("q"), ask->q);
    form_add(cx->arena, &p, STR("category"), ask->category);
    form_add(cx->arena, &p, STR("after"), after);
    return view_address(cx, base(cx), &p);
}

static void
put_filters(struct cx *cx, const struct req *req, struct val *view,
    const struct ask *ask)
{
    struct form fm;
    struct buf b;
    form_begin(&fm, cx, req, view);
    form_text(&fm, "q", ask->q);
    struct val *field = form_choice(&fm, "category");
    form_option(&fm, field, STR(""), STR("Any"), STR(""),
        !ask->category.n);
    for (size_t i = 0; key_categories[i]; i++)
        form_option(&fm, field, str_cstr(key_categories[i]),
            category_title(cx, str_cstr(key_categories[i])), STR(""),
            str_is(ask->category, key_categories[i]));
    buf_init(&b, cx->arena, BUF_MAX_FIELD);
    if (ask->category.n)
        buf_fmt(&b, "Category %.*s",
            STR_ARG(category_title(cx, ask->category)));
    if (ask->q.n)
        buf_fmt(&b, "%s \xe2\x80\x9c%.*s\xe2\x80\x9d",
            b.n ? ", name" : "Name", STR_ARG(ask->q));
    val_put_str(view, "filter_words", buf_view(&b));
    bool filtered = ask->q.n || ask->category.n;
    view_text_or_null(view, "clear", filtered ? base(cx) : STR(""));
}

static void
put_row(struct cx *cx, struct val *list, const struct ai_model *m, bool may)
{
    struct arena *a = cx->arena;
    struct val *row = val_add_map(list);
    bool priced = m->input_micro >= 0;
    val_put_str(row, "name", m->name);
    val_put_str(row, "category", category_title(cx, m->category));
    view_text_or_null(row, "input",
        priced ? money_show(a, m->input_micro) : STR(""));
    view_text_or_null(row, "output",
        priced ? money_show(a, m->output_micro) : STR(""));
    val_put_str(row, "prices_href", place(cx, m, "/prices"));
    view_text_or_null(row, "deployments", m->served_by);
    val_put_str(row, "keys", count_show(a, m->n_keys));
    view_text_or_null(row, "href", may ? place(cx, m, "/edit") : STR(""));
}

/* The rows of this page, and the way to the others. */
static void
put_page(struct cx *cx, struct val *view, const struct ask *ask,
    const struct ai_model *all, size_t n)
{
    bool may = access_has(cx, RIGHT_CATALOG_EDIT);
    size_t at = 0;
    for (size_t i = 0; i < n && ask->after.n; i++)
        if (str_eq(all[i].uuid, ask->after) && i + 1 < n)
            at = i + 1;
    size_t end = n - at > PAGE_ROWS ? at + PAGE_ROWS : n;
    struct val *list = val_put_list(view, "models");
    for (size_t i = at; i < end; i++)
        put_row(cx, list, &all[i], may);
    struct val *pager = val_put_map(view, "pager");
    val_put_fmt(pager, "text", "Showing %zu to %zu of %zu", n ? at + 1 : 0,
        end, n);
    val_put_null(pager, "prev");
    val_put_null(pager, "next");
    if (at > 0)
        val_put_str(pager, "prev", address(cx, ask,
            at > PAGE_ROWS ? all[at - PAGE_ROWS - 1].uuid : STR("")));
    if (end < n)
        val_put_str(pager, "next", address(cx, ask, all[end - 1].uuid));
}

enum err_code
web_model_list(struct cx *cx, const struct req *req, struct res *res)
{
    struct ask ask;
    struct ai_model *all = NULL;
    size_t n = 0;
    read_ask(cx, req, &ask);
    struct val *view = view_new(cx, req);
    struct str here = address(cx, &ask, STR(""));
    if (model_list(cx, &all, &n) && !view_load_failed(cx, res, view, here))
        return cx->err.code;
    size_t kept = choose(cx, &ask, all, n);
    struct str add = view_path(cx, "/models/new");
    val_put_str(view, "here", here);
    val_put_str(view, "base", base(cx));
    val_put_bool(view, "none", n == 0);
    val_put_bool(view, "no_match", kept == 0);
    view_text_or_null(view, "create_href",
        access_has(cx, RIGHT_CATALOG_EDIT) ? add : STR(""));
    put_filters(cx, req, view, &ask);
    put_page(cx, view, &ask, all, kept);
    res_page(res, "model/list", view);
    return ERR_OK;
}

/* ---- add, edit ---- */

static bool
holds(const struct strs *list, struct str s)
{
    for (size_t i = 0; list && i < list->n; i++)
        if (str_eq(list->items[i], s))
            return true;
    return false;
}

/* m: NULL for a new one */
static enum err_code
put_fields(struct form *fm, const struct ai_model *m)
{
    struct cx *cx = fm->cx;
    struct arena *a = cx->arena;
    struct deployment *all;
    size_t n;
    if (deployment_list(cx, &all, &n))
        return cx->err.code;
    bool priced = m && m->input_micro >= 0;
    form_text(fm, "name", m ? m->name : STR(""));
    struct val *field = form_choice(fm, "category");
    for (size_t i = 0; key_categories[i]; i++)
        form_option(fm, field, str_cstr(key_categories[i]),
            category_title(cx, str_cstr(key_categories[i])), STR(""),
            m ? str_is(m->category, key_categories[i]) : i == 0);
    form_text(fm, "input_price",
        priced ? money_plain(a, m->input_micro) : STR(""));
    form_text(fm, "output_price",
        priced ? money_plain(a, m->output_micro) : STR(""));
    field = form_choice(fm, "deployments");
    for (size_t i = 0; i < n; i++)
        form_option(fm, field, all[i].uuid, all[i].name, STR(""),
            m && holds(&m->deployments, all[i].uuid));
    return ERR_OK;
}

enum err_code
web_model_new(struct cx *cx, const struct req *req, struct res *res)
{
    struct form fm;
    if (access_need(cx, RIGHT_CATALOG_EDIT))
        return cx->err.code;
    struct val *view = view_new(cx, req);
    val_put_str(view, "base", base(cx));
    form_begin(&fm, cx, req, view);
    if (put_fields(&fm, NULL))
        return cx->err.code;
    form_done(&fm);
    res_page(res, "model/new", view);
    return ERR_OK;
}

enum err_code
web_model_add(struct cx *cx, const struct req *req, struct res *res)
{
    struct ai_model m;
    if (model_add(cx, req->input, &m))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_MODEL_SAVED, base(cx));
}

/* The model of the path, for somebody who may change it. */
static enum err_code
get(struct cx *cx, const struct req *req, struct ai_model *m)
{
    if (access_need(cx, RIGHT_CATALOG_EDIT))
        return cx->err.code;
    return model_get(cx, req_param(req, "id"), m);
}

static void
put_item(struct cx *cx, struct val *view, const struct ai_model *m)
{
    val_put_str(view, "base", base(cx));
    struct val *item = val_put_map(view, "item");
    val_put_str(item, "name", m->name);
    val_put_str(item, "href", place(cx, m, ""));
}

static struct str
price_words(struct cx *cx, int64_t micro)
{
    return micro < 0 ? STR("") : money_show(cx->arena, micro);
}

/* Names of the chosen ones: uuids tell people nothing. */
static struct str
names_of(struct cx *cx, const struct strs *uuids)
{
    struct deployment *all;
    size_t n;
    struct buf b;
    buf_init(&b, cx->arena, BUF_MAX_FIELD);
    if (deployment_list(cx, &all, &n))
        return STR("");
    for (size_t i = 0; i < n; i++)
        if (holds(uuids, all[i].uuid))
            buf_fmt(&b, "%s%.*s", b.n ? ", " : "", STR_ARG(all[i].name));
    return buf_view(&b);
}

static void
put_conflict(struct cx *cx, const struct req *req, struct val *view,
    const struct ai_model *m)
{
    const struct model_in *in = req->input;
    struct val *rows = conflict_begin(cx, view, "model", m->uuid,
        m->updated_s, place(cx, m, "/edit"));
    conflict_row(rows, "Name", m->name, in->name);
    conflict_row(rows, "Category", category_title(cx, m->category),
        category_title(cx, in->category));
    conflict_row(rows, "Price of input", price_words(cx, m->input_micro),
        price_words(cx, in->input_price));
    conflict_row(rows, "Price of output", price_words(cx, m->output_micro),
        price_words(cx, in->output_price));
    conflict_row(rows, "Served by", names_of(cx, &m->deployments),
        names_of(cx, &in->deployments));
}

enum err_code
web_model_edit_form(struct cx *cx, const struct req *req, struct res *res)
{
    struct ai_model m;
    struct form fm;
    if (get(cx, req, &m))
        return cx->err.code;
    struct val *view = view_new(cx, req);
    put_item(cx, view, &m);
    conflict_version(view, req, m.version);
    form_begin(&fm, cx, req, view);
    if (put_fields(&fm, &m))
        return cx->err.code;
    if (conflict_met(req))
        put_conflict(cx, req, view, &m);
    else
        form_done(&fm);
    res_page(res, "model/edit", view);
    return cx->err.code;
}

enum err_code
web_model_edit(struct cx *cx, const struct req *req, struct res *res)
{
    struct ai_model m;
    if (model_edit(cx, req_param(req, "id"), req->input, &m))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_MODEL_SAVED, base(cx));
}

/* ---- remove ---- */

enum err_code
web_model_remove_form(struct cx *cx, const struct req *req, struct res *res)
{
    struct ai_model m;
    if (get(cx, req, &m))
        return cx->err.code;
    struct val *view = view_new(cx, req);
    put_item(cx, view, &m);
    val_put_str(view, "effect", model_breaks(cx, &m));
    res_page(res, "model/remove", view);
    return ERR_OK;
}

enum err_code
web_model_remove(struct cx *cx, const struct req *req, struct res *res)
{
    struct ai_model m;
    if (model_remove(cx, req_param(req, "id"), &m))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_MODEL_REMOVED, base(cx));
}
