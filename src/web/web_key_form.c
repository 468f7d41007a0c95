/* SPDX-License-Identifier: ISC */
/* Creating, editing and rotating a key. */
#include "web/pages.h"

#include "base/buf.h"
#include "core/form.h"
#include "core/access.h"
#include "core/catalog.h"
#include "text/money.h"
#include "text/when.h"
#include "web/claim_words.h"
#include "web/conflict.h"
#include "web/holder.h"
#include "web/key_words.h"
#include "web/view.h"
#include "web/web.h"

#include <inttypes.h>

/* Values of a form that nobody has typed in yet. */
struct defaults {
    const struct key *key; /* being edited; NULL for a new one */
    struct key_label *labels;
    size_t n_labels;
};

static void
put_owner(struct form *fm, const struct defaults *d)
{
    struct cx *cx = fm->cx;
    struct str chosen = d->key ? d->key->owner_uuid : cx->actor.user.uuid;
    /* of somebody who is gone: else a browser would send the first person */
    struct str none = !d->key ? STR("")
                              : arena_fmt(cx->arena, "As it is: %.*s",
                                    STR_ARG(owner_words(d->key)));
    if (!access_has(cx, RIGHT_KEY_OTHERS) ||
        holder_choice(fm, "owner", chosen, STR(""), none))
        form_absent(fm, "owner");
}

/* The choice that a new key starts with: the workspace's default, or the
 * nearest one that is offered. */
static int
default_expiry(const struct cx *cx)
{
    int64_t days = cx->ws.key_life_default_s / DAY_S;
    if (days == 0 || days == 30)
        return KEY_EXPIRY_30;
    if (days == 90)
        return KEY_EXPIRY_90;
    return days == 365 ? KEY_EXPIRY_365 : KEY_EXPIRY_DATE;
}

static void
put_expiry(struct form *fm, const struct defaults *d)
{
    static const struct {
        const char *value, *words;
        int days;
    } fixed[] = { { "30", "30 days", 30 }, { "90", "90 days", 90 },
        { "365", "1 year", 365 } };
    struct cx *cx = fm->cx;
    struct arena *a = cx->arena;
    int64_t most = cx->ws.key_life_max_s;
    int chosen = default_expiry(cx);
    if (d->key)
        chosen = d->key->expires_s ? KEY_EXPIRY_DATE : KEY_EXPIRY_NONE;
    struct val *expiry = form_choice(fm, "expiry");
    for (size_t i = 0; i < COUNT_OF(fixed); i++) {
        if (most && fixed[i].days * DAY_S > most)
            continue;
        form_option(fm, expiry, str_cstr(fixed[i].value),
            arena_fmt(a, "%s, until %.*s", fixed[i].words,
                STR_ARG(when_date(a, cx->now_s + fixed[i].days * DAY_S))),
            STR(""), chosen == (int)i);
    }
    if (!most || (d->key && !d->key->expires_s))
        form_option(fm, expiry, STR("none"), STR("No expiry"),
            STR("Not recommended. Somebody has to remember to revoke it."),
            chosen == KEY_EXPIRY_NONE);
    form_option(fm, expiry, STR("date"), STR("On a date"), STR(""),
        chosen == KEY_EXPIRY_DATE);
    int64_t last = d->key ? d->key->expires_s : 0;
    if (!last && chosen == KEY_EXPIRY_DATE)
        last = cx->now_s + cx->ws.key_life_default_s;
    form_text(fm, "expires_on",
        last ? when_iso_date(a, last - 1) : STR(""));
}

static void
put_spend(struct form *fm, const struct defaults *d)
{
    static const char *const labels[] = { "No reset", "Every day",
        "Every week, on Monday", "Every month, on the 1st" };
    struct arena *a = fm->cx->arena;
    bool limited = d->key && d->key->spend_limit >= 0;
    form_text(fm, "spend_limit",
        limited ? money_plain(a, d->key->spend_limit) : STR(""));
    enum spend_reset chosen = d->key ? d->key->spend_reset : SPEND_MONTH;
    struct val *reset = form_choice(fm, "spend_reset");
    for (enum spend_reset r = SPEND_NO_RESET; r < SPEND_RESET_COUNT; r++)
        form_option(fm, reset, str_cstr(spend_reset_name(r)),
            str_cstr(labels[r]), STR(""), r == chosen);
}

static void
put_scope(struct form *fm, const char *name, const char *all,
    const char *some, bool is_all)
{
    struct val *scope = form_choice(fm, name);
    form_option(fm, scope, STR("all"), str_cstr(all), STR(""), is_all);
    form_option(fm, scope, STR("some"), str_cstr(some), STR(""), !is_all);
}

static bool
holds(const struct strs *list, struct str s)
{
    for (size_t i = 0; i < list->n; i++)
        if (str_eq(list->items[i], s))
            return true;
    return false;
}

static void
put_names(struct form *fm, const char *name, const char *const *all,
    const struct strs *chosen)
{
    struct val *field = form_choice(fm, name);
    for (size_t i = 0; all[i]; i++)
        form_option(fm, field, str_cstr(all[i]), str_cstr(all[i]), STR(""),
            holds(chosen, str_cstr(all[i])));
}

static enum err_code
put_catalog(struct form *fm, const struct key_access *a)
{
    struct cx *cx = fm->cx;
    struct ai_model *models;
    struct deployment *deployments;
    size_t n_models, n_deployments;
    if (model_list(cx, &models, &n_models) ||
        deployment_list(cx, &deployments, &n_deployments))
        return cx->err.code;
    struct val *field = form_choice(fm, "models");
    for (size_t i = 0; i < n_models; i++)
        form_option(fm, field, models[i].uuid, models[i].name, STR(""),
            holds(&a->model_uuids, models[i].uuid));
    field = form_choice(fm, "deployment");
    form_option(fm, field, STR("public"), STR("Public: every deployment"),
        STR(""), a->deployment_id == 0);
    for (size_t i = 0; i < n_deployments; i++)
        form_option(fm, field, deployments[i].uuid, deployments[i].name,
            STR(""), a->deployment_id == deployments[i].id);
    return ERR_OK;
}

static struct str
lines_of(struct cx *cx, const struct strs *list)
{
    struct buf b;
    buf_init(&b, cx->arena, BUF_MAX_FIELD);
    for (size_t i = 0; i < list->n; i++) {
        buf_cstr(&b, i ? "\n" : "");
        buf_str(&b, list->items[i]);
    }
    return buf_view(&b);
}

static struct str
label_lines(struct cx *cx, const struct defaults *d)
{
    struct buf b;
    buf_init(&b, cx->arena, BUF_MAX_FIELD);
    for (size_t i = 0; i < d->n_labels; i++)
        buf_fmt(&b, "%s%.*s=%.*s", i ? "\n" : "", STR_ARG(d->labels[i].name),
            STR_ARG(d->labels[i].value));
    return buf_view(&b);
}

/* Is one of these fields filled by the post, or wrong? */
static bool
touched(const struct form *fm, const char *const *names)
{
    for (size_t i = 0; names[i]; i++) {
        struct str v = form_get(&fm->req->form, names[i]);
        if ((v.n && !str_is(v, "all") && !str_is(v, "public")) ||
            (fm->req->failed && err_field_msg(fm->req->failed, names[i]).n))
            return true;
    }
    return false;
}

static bool
is_limited(const struct key_access *a)
{
    return !a->all_categories || !a->all_models || !a->all_endpoints ||
        !a->all_networks || a->deployment_id;
}

/* Rate limits of a new key, for who may set them; those of a key that is there
 * have pages of their own. */
static void
put_rates(struct form *fm, const struct defaults *d)
{
    static const char *const names[] = { "rate_requests", "rate_tokens",
        "day_tokens", NULL };
    bool asked = !d->key && access_has(fm->cx, RIGHT_LIMITS);
    for (size_t i = 0; names[i]; i++)
        if (asked)
            form_text(fm, names[i], STR(""));
        else
            form_absent(fm, names[i]);
    val_put_bool(fm->view, "rates", asked);
    val_put_bool(fm->view, "rates_open", asked && touched(fm, names));
}

/* Who sees the secret of a new key. */
static void
put_claim(struct form *fm, bool asked)
{
    if (!asked) {
        form_absent(fm, "claim");
        return;
    }
    struct val *field = form_choice(fm, "claim");
    form_option(fm, field, STR("now"), STR("I do, as soon as it is created"),
        STR(""), true);
    claim_options(fm, field, "Its holder, by a link that works for ", false);
}

/* The fields of key/form. */
static enum err_code
put_fields(struct form *fm, const struct defaults *d)
{
    static const char *const access_names[] = { "category_scope",
        "model_scope", "endpoint_scope", "network_scope", "deployment",
        "categories", "models", "endpoints", "networks", NULL };
    static const char *const about_names[] = { "note", "labels", NULL };
    static const struct key_access open = { .all_categories = true,
        .all_models = true, .all_endpoints = true, .all_networks = true };
    const struct key_access *a = d->key ? &d->key->access : &open;
    form_text(fm, "name", d->key ? d->key->name : STR(""));
    put_owner(fm, d);
    put_expiry(fm, d);
    put_spend(fm, d);
    put_rates(fm, d);
    put_claim(fm, !d->key && kind_of(fm->req) == KEY_STANDARD);
    put_scope(fm, "category_scope", "All categories", "Only these",
        a->all_categories);
    put_names(fm, "categories", key_categories, &a->categories);
    put_scope(fm, "model_scope", "All models", "Only these", a->all_models);
    put_scope(fm, "endpoint_scope", "All endpoints", "Only these",
        a->all_endpoints);
    put_names(fm, "endpoints", key_endpoints, &a->endpoints);
    if (put_catalog(fm, a))
        return fm->cx->err.code;
    put_scope(fm, "network_scope", "From anywhere", "Only from these",
        a->all_networks);
    form_text(fm, "networks", lines_of(fm->cx, &a->networks));
    form_text(fm, "note", d->key ? d->key->note : STR(""));
    form_text(fm, "labels", label_lines(fm->cx, d));
    val_put_bool(fm->view, "access_open",
        is_limited(a) || touched(fm, access_names));
    val_put_bool(fm->view, "about_open", touched(fm, about_names) ||
        (d->key && (d->key->note.n || d->n_labels)));
    val_put_cstr(fm->view, "access_words", is_limited(a)
            ? "Limited: see inside"
            : "Any model, any endpoint, from anywhere");
    return fm->cx->err.code;
}

/* The single-use id: the one that was posted, so that a form which failed and
 * is sent again stays the same form. */
static void
put_once(struct cx *cx, const struct req *req, struct val *view)
{
    struct str posted = form_get(&req->form, "once");
    val_put_str(view, "once", posted.n ? posted : form_id(cx));
}

static enum err_code
shown_page(struct cx *cx, const struct req *req, struct res *res,
    const struct key *k, int64_t at_s)
{
    struct val *view = view_new(cx, req);
    put_kind(cx, view, k->kind);
    put_key(cx, view, k);
    val_put_str(view, "shown", when_long(cx->arena, at_s));
    val_put_str(view, "shown_at", when_rfc3339(cx->arena, at_s));
    if (key_may_create(cx, k->kind))
        val_put_fmt(view, "create_href", "%.*s/new",
            STR_ARG(kind_base(cx, k->kind)));
    else
        val_put_null(view, "create_href");
    res->status = 0;
    res_page(res, "key/shown", view);
    return ERR_OK;
}

static enum err_code
created_page(struct cx *cx, const struct req *req, struct res *res,
    const struct key *k, struct str text, bool rotated)
{
    struct val *view = view_new(cx, req);
    put_kind(cx, view, k->kind);
    put_key(cx, view, k);
    val_put_str(view, "secret", text);
    val_put_null(view, "signing");
    if (k->kind == KEY_MANAGEMENT)
        val_put_str(view, "signing", key_signing(cx, k, text));
    val_put_str(view, "base_url", cx->public_url);
    val_put_cstr(view, "try_path", "/v1/key");
    val_put_null(view, "rotated_words");
    if (rotated && k->old_ends_s > cx->now_s)
        val_put_fmt(view, "rotated_words", "The old secret ends on %.*s.",
            STR_ARG(when_long(cx->arena, k->old_ends_s)));
    else if (rotated)
        val_put_cstr(view, "rotated_words", "The old secret has ended.");
    val_put_null(view, "create_href");
    if (!rotated)
        val_put_fmt(view, "create_href", "%.*s/new",
            STR_ARG(kind_base(cx, k->kind)));
    res->cache = CACHE_NO_STORE;
    res_page(res, "key/created", view);
    return ERR_OK;
}

static bool
was_shown(const struct err *e)
{
    return e->reason && str_is(STR("shown"), e->reason);
}

enum err_code
web_key_new(struct cx *cx, const struct req *req, struct res *res)
{
    enum key_kind kind = kind_of(req);
    struct defaults none = { 0 };
    struct form fm;
    if (key_need_create(cx, kind))
        return cx->err.code;
    struct val *view = view_new(cx, req);
    put_kind(cx, view, kind);
    put_once(cx, req, view);
    form_begin(&fm, cx, req, view);
    if (put_fields(&fm, &none))
        return cx->err.code;
    form_done(&fm);
    res_page(res, "key/new", view);
    return ERR_OK;
}

enum err_code
web_key_create(struct cx *cx, const struct req *req, struct res *res)
{
    const struct key_in *in = req->input;
    struct str text;
    struct key k;
    if (!in->once.n)
        return err_field(&cx->err, "once", "Open the form again");
    if (key_create(cx, kind_of(req), in, &text, &k)) {
        if (!was_shown(&cx->err))
            return cx->err.code;
        err_init(&cx->err, cx->arena); /* a second post is no failure */
        if (key_waits(&k))
            return claim_link_page(cx, req, res, &k, STR(""), true);
        return shown_page(cx, req, res, &k, k.created_s);
    }
    if (in->claim)
        return claim_link_page(cx, req, res, &k, text, true);
    return created_page(cx, req, res, &k, text, false);
}

static struct str
posted_list(struct cx *cx, const struct req *req, const char *name)
{
    struct buf b;
    buf_init(&b, cx->arena, BUF_MAX_FIELD);
    for (size_t i = 0; i < req->form.n; i++)
        if (str_is(req->form.items[i].name, name))
            buf_fmt(&b, "%s%.*s", b.n ? "\n" : "",
                STR_ARG(req->form.items[i].value));
    return buf_view(&b);
}

/* Both values of everything that differs, of a form that came too late. */
static void
put_conflict(struct cx *cx, const struct req *req, struct val *view,
    const struct defaults *d)
{
    const struct key *k = d->key;
    struct arena *a = cx->arena;
    const struct key_access *acc = &k->access;
    struct val *rows = conflict_begin(cx, view, "key", k->prefix,
        k->updated_s,
        arena_fmt(a, "%.*s/edit", STR_ARG(key_href(cx, k))));
    struct str limit = k->spend_limit < 0 ? STR("")
                                          : money_plain(a, k->spend_limit);
    conflict_row(rows, "Name", k->name, form_get(&req->form, "name"));
    conflict_row(rows, "Spending limit", limit,
        form_get(&req->form, "spend_limit"));
    conflict_row(rows, "Limit starts again",
        str_cstr(spend_reset_name(k->spend_reset)),
        form_get(&req->form, "spend_reset"));
    conflict_row(rows, "Last day",
        k->expires_s ? when_iso_date(a, k->expires_s - 1) : STR(""),
        form_get(&req->form, "expires_on"));
    conflict_row(rows, "Categories", lines_of(cx, &acc->categories),
        posted_list(cx, req, "categories"));
    conflict_row(rows, "Models", lines_of(cx, &acc->model_uuids),
        posted_list(cx, req, "models"));
    conflict_row(rows, "Endpoints", lines_of(cx, &acc->endpoints),
        posted_list(cx, req, "endpoints"));
    conflict_row(rows, "Networks", lines_of(cx, &acc->networks),
        form_get(&req->form, "networks"));
    conflict_row(rows, "Note", k->note, form_get(&req->form, "note"));
    conflict_row(rows, "Labels", label_lines(cx, d),
        form_get(&req->form, "labels"));
}

/* The key of the path, for somebody who may change it. */
static enum err_code
key_to_change(struct cx *cx, const struct req *req, struct key *k)
{
    if (key_get(cx, req_param(req, "prefix"), k))
        return cx->err.code;
    return key_need_edit(cx, k);
}

enum err_code
web_key_edit_form(struct cx *cx, const struct req *req, struct res *res)
{
    struct key k;
    struct defaults d = { .key = &k };
    struct form fm;
    if (key_to_change(cx, req, &k) ||
        key_labels(cx, &k, &d.labels, &d.n_labels))
        return cx->err.code;
    if (k.revoked_s) { /* nothing to edit: the page says why */
        res_see_other(res, key_href(cx, &k));
        return ERR_OK;
    }
    struct val *view = view_new(cx, req);
    put_kind(cx, view, k.kind);
    put_key(cx, view, &k);
    conflict_version(view, req, k.version);
    form_begin(&fm, cx, req, view);
    if (put_fields(&fm, &d))
        return cx->err.code;
    if (conflict_met(req))
        put_conflict(cx, req, view, &d);
    else
        form_done(&fm);
    res_page(res, "key/edit", view);
    return ERR_OK;
}

enum err_code
web_key_edit(struct cx *cx, const struct req *req, struct res *res)
{
    const struct key_in *in = req->input;
    struct key k;
    if (key_edit(cx, req_param(req, "prefix"), in, &k))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_KEY_SAVED, key_href(cx, &k));
}

enum err_code
web_key_rotate_form(struct cx *cx, const struct req *req, struct res *res)
{
    static const struct {
        const char *value, *label;
    } overlaps[] = { { "none", "Stop it now" }, { "hour", "Let it work for 1 "
        "more hour" }, { "day", "Let it work for 24 more hours" },
        { "week", "Let it work for 7 more days" } };
    struct key k;
    struct form fm;
    if (key_to_change(cx, req, &k))
        return cx->err.code;
    if (!key_can_rotate(cx, &k)) {
        res_see_other(res, key_href(cx, &k));
        return ERR_OK;
    }
    struct val *view = view_new(cx, req);
    put_kind(cx, view, k.kind);
    put_key(cx, view, &k);
    put_once(cx, req, view);
    val_put_str(view, "used_words", used_words(cx, &k));
    form_begin(&fm, cx, req, view);
    struct val *overlap = form_choice(&fm, "overlap");
    /* of a leaked key: there is no choice */
    size_t n = key_leaked(&k) ? 1 : COUNT_OF(overlaps);
    for (size_t i = 0; i < n; i++)
        form_option(&fm, overlap, str_cstr(overlaps[i].value),
            str_cstr(overlaps[i].label), STR(""),
            i == KEY_OVERLAP_DAY || n == 1);
    val_put_bool(view, "leaked", n == 1);
    form_done(&fm);
    res_page(res, "key/rotate", view);
    return cx->err.code;
}

enum err_code
web_key_rotate(struct cx *cx, const struct req *req, struct res *res)
{
    const struct rotate_in *in = req->input;
    struct str text;
    struct key k;
    if (key_rotate(cx, req_param(req, "prefix"), in, &text, &k)) {
        if (!was_shown(&cx->err))
            return cx->err.code;
        err_init(&cx->err, cx->arena);
        return shown_page(cx, req, res, &k, k.created_s);
    }
    return created_page(cx, req, res, &k, text, true);
}
