/* SPDX-License-Identifier: ISC */
/* Prices of a model, with the days from which they hold. */
#include "web/pages.h"

#include "core/access.h"
#include "core/catalog.h"
#include "text/money.h"
#include "text/when.h"
#include "web/view.h"
#include "web/web.h"

static struct str
place(struct cx *cx, struct str uuid, const char *rest)
{
    return arena_fmt(cx->arena, "%.*s/%.*s%s",
        STR_ARG(view_path(cx, "/models")), STR_ARG(uuid), rest);
}

/* until_s: when the next one begins; 0: there is none. */
static void
put_price(struct cx *cx, struct val *list, const struct ai_model *m,
    const struct model_price *p, int64_t until_s, bool may)
{
    struct arena *a = cx->arena;
    struct val *row = val_add_map(list);
    bool comes = p->from_s > cx->now_s;
    bool now = !comes && (until_s == 0 || until_s > cx->now_s);
    val_put_str(row, "from", when_long(a, p->from_s));
    val_put_str(row, "from_at", when_rfc3339(a, p->from_s));
    view_text_or_null(row, "until",
        until_s ? when_long(a, until_s) : STR(""));
    val_put_str(row, "input", money_show(a, p->input_micro));
    val_put_str(row, "output", money_show(a, p->output_micro));
    val_put_cstr(row, "state", comes ? "To come" : now ? "Now" : "Past");
    val_put_cstr(row, "state_class", comes ? "info" : now ? "ok" : "off");
    view_text_or_null(row, "remove_href", comes && may
            ? arena_fmt(a, "%.*s/%.*s/remove",
                STR_ARG(place(cx, m->uuid, "/prices")),
                STR_ARG(when_iso_date(a, p->from_s)))
            : STR(""));
}

static void
put_form(struct cx *cx, const struct req *req, struct val *view)
{
    struct form fm;
    form_begin(&fm, cx, req, view);
    form_text(&fm, "from", STR(""));
    form_text(&fm, "input_price", STR(""));
    form_text(&fm, "output_price", STR(""));
    form_done(&fm);
}

enum err_code
web_price_list(struct cx *cx, const struct req *req, struct res *res)
{
    struct ai_model m;
    struct model_price *prices;
    size_t n;
    if (model_get(cx, req_param(req, "id"), &m) ||
        price_list(cx, &m, &prices, &n))
        return cx->err.code;
    bool may = access_has(cx, RIGHT_CATALOG_EDIT);
    struct val *view = view_new(cx, req);
    val_put_str(view, "base", place(cx, m.uuid, "/prices"));
    val_put_str(view, "models_href", view_path(cx, "/models"));
    val_put_str(view, "name", m.name);
    view_text_or_null(view, "edit_href",
        may ? place(cx, m.uuid, "/edit") : STR(""));
    struct val *list = val_put_list(view, "prices");
    for (size_t i = 0; i < n; i++)
        put_price(cx, list, &m, &prices[i], i ? prices[i - 1].from_s : 0,
            may);
    put_form(cx, req, view);
    res_page(res, "model/prices", view);
    return ERR_OK;
}

enum err_code
web_price_add(struct cx *cx, const struct req *req, struct res *res)
{
    struct ai_model m;
    if (price_add(cx, req_param(req, "id"), req->input, &m))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_PRICE_SAVED,
        place(cx, m.uuid, "/prices"));
}

enum err_code
web_price_remove(struct cx *cx, const struct req *req, struct res *res)
{
    struct ai_model m;
    struct err wrong;
    struct str day = req_param(req, "from");
    err_init(&wrong, cx->arena);
    int64_t from_s = view_day(&wrong, "from", &day);
    if (wrong.code)
        return ERR(&cx->err, ERR_NOT_FOUND, "There is no such price.");
    if (price_remove(cx, req_param(req, "id"), from_s, &m))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_PRICE_REMOVED,
        place(cx, m.uuid, "/prices"));
}
