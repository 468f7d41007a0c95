/* SPDX-License-Identifier: ISC */
/* Webhooks: list, add, look at, edit, rotate, pause, test, remove. */
#include "web/pages.h"

#include "base/buf.h"
#include "core/access.h"
#include "core/form.h"
#include "core/webhook.h"
#include "text/money.h"
#include "text/when.h"
#include "web/conflict.h"
#include "web/mail_words.h"
#include "web/view.h"
#include "web/web.h"

#include <inttypes.h>

static struct str
base(struct cx *cx)
{
    return view_path(cx, "/webhooks");
}

static struct str
href_of(struct cx *cx, const struct webhook *w)
{
    return arena_fmt(cx->arena, "%.*s/%.*s", STR_ARG(base(cx)),
        STR_ARG(w->uuid));
}

static void
put_item(struct cx *cx, struct val *view, const struct webhook *w)
{
    val_put_str(view, "base", base(cx));
    struct val *item = val_put_map(view, "item");
    val_put_str(item, "url", w->url);
    val_put_str(item, "href", href_of(cx, w));
    val_put_bool(item, "paused", w->paused_s != 0);
}

/* ---- the list ---- */

static int64_t
n_events(const struct webhook *w)
{
    int64_t n = 0;
    for (int i = 0; i < NOTICE_KIND_COUNT; i++)
        n += webhook_wants(w, (enum notice_kind)i);
    return n;
}

static void
put_row(struct cx *cx, struct val *list, const struct webhook *w)
{
    struct arena *a = cx->arena;
    struct val *row = val_add_map(list);
    bool sent = str_is(w->last_state, outbox_state_name(OUTBOX_SENT));
    bool bad = w->last_problem.n > 0;
    val_put_str(row, "url", w->url);
    val_put_str(row, "href", href_of(cx, w));
    val_put_str(row, "events", count_of(a, n_events(w), "event"));
    val_put_bool(row, "paused", w->paused_s != 0);
    val_put_bool(row, "bad", !w->paused_s && bad);
    val_put_bool(row, "ok", !w->paused_s && !bad);
    if (w->last_s) {
        val_put_fmt(row, "last", "%s %.*s",
            sent      ? "Delivered"
                : bad ? "Failed"
                      : "Waiting",
            STR_ARG(when_ago(a, w->last_s, cx->now_s)));
        val_put_str(row, "last_at", when_rfc3339(a, w->last_s));
    } else {
        val_put_null(row, "last");
        val_put_null(row, "last_at");
    }
    view_text_or_null(row, "problem", w->last_problem);
}

enum err_code
web_webhook_list(struct cx *cx, const struct req *req, struct res *res)
{
    struct webhook *all = NULL;
    size_t n = 0;
    struct val *view = view_new(cx, req);
    if (webhook_list(cx, &all, &n) &&
        !view_load_failed(cx, res, view, base(cx)))
        return cx->err.code;
    struct str add = view_path(cx, "/webhooks/new");
    val_put_str(view, "here", base(cx));
    val_put_bool(view, "none", n == 0);
    val_put_fmt(view, "most", "%d", WEBHOOKS_MOST);
    view_text_or_null(view, "create_href",
        n < WEBHOOKS_MOST ? add : STR(""));
    struct val *list = val_put_list(view, "hooks");
    for (size_t i = 0; i < n; i++)
        put_row(cx, list, &all[i]);
    res_page(res, "webhook/list", view);
    return ERR_OK;
}

/* ---- adding, editing ---- */

static void
put_fields(struct form *fm, const struct webhook *w)
{
    form_text(fm, "url", w ? w->url : STR(""));
    struct val *field = form_choice(fm, "events");
    for (int i = 0; i < NOTICE_KIND_COUNT; i++)
        if (notice_offered((enum notice_kind)i)) /* heads come each hour */
            form_option(fm, field,
                str_cstr(notice_name((enum notice_kind)i)),
                str_cstr(notice_about((enum notice_kind)i)), STR(""),
                w ? webhook_wants(w, (enum notice_kind)i)
                  : i != NOTICE_AUDIT_HEAD);
}

/* The single-use id of a form: the posted one when it is shown again. */
static void
put_once(struct cx *cx, const struct req *req, struct val *view)
{
    struct str posted = form_get(&req->form, "once");
    val_put_str(view, "once", posted.n ? posted : form_id(cx));
}

enum err_code
web_webhook_new(struct cx *cx, const struct req *req, struct res *res)
{
    struct form fm;
    if (access_need(cx, RIGHT_SETTINGS))
        return cx->err.code;
    struct val *view = view_new(cx, req);
    val_put_str(view, "base", base(cx));
    put_once(cx, req, view);
    form_begin(&fm, cx, req, view);
    put_fields(&fm, NULL);
    form_done(&fm);
    res_page(res, "webhook/new", view);
    return ERR_OK;
}

/* The page that shows a secret once; secret empty: it was shown before. */
static enum err_code
shown_page(struct cx *cx, const struct req *req, struct res *res,
    const struct webhook *w, struct str secret, struct str rotated)
{
    struct val *view = view_new(cx, req);
    put_item(cx, view, w);
    view_text_or_null(view, "secret", secret);
    view_text_or_null(view, "rotated_words", rotated);
    res->cache = CACHE_NO_STORE;
    res_page(res, "webhook/shown", view);
    return ERR_OK;
}

/* A second post of the same form is no failure: it says so. */
static bool
was_shown(struct cx *cx)
{
    bool shown = cx->err.reason && str_is(STR("shown"), cx->err.reason);
    if (shown)
        err_init(&cx->err, cx->arena);
    return shown;
}

enum err_code
web_webhook_create(struct cx *cx, const struct req *req, struct res *res)
{
    struct webhook w;
    struct str secret;
    if (webhook_create(cx, req->input, &w, &secret) && !was_shown(cx))
        return cx->err.code;
    return shown_page(cx, req, res, &w, secret, STR(""));
}

static void
put_conflict(struct cx *cx, const struct req *req, struct val *view,
    const struct webhook *w)
{
    const struct webhook_in *in = req->input;
    struct val *rows = conflict_begin(cx, view, "webhook", w->uuid,
        w->updated_s, arena_fmt(cx->arena, "%.*s/edit",
            STR_ARG(href_of(cx, w))));
    conflict_row(rows, "Address", w->url, in->url);
    conflict_row(rows, "Events", count_of(cx->arena, n_events(w), "event"),
        count_of(cx->arena, (int64_t)in->events.n, "event"));
}

enum err_code
web_webhook_edit_form(struct cx *cx, const struct req *req, struct res *res)
{
    struct webhook w;
    struct form fm;
    if (webhook_get(cx, req_param(req, "id"), &w))
        return cx->err.code;
    struct val *view = view_new(cx, req);
    put_item(cx, view, &w);
    conflict_version(view, req, w.version);
    form_begin(&fm, cx, req, view);
    put_fields(&fm, &w);
    if (conflict_met(req))
        put_conflict(cx, req, view, &w);
    else
        form_done(&fm);
    res_page(res, "webhook/edit", view);
    return ERR_OK;
}

static enum err_code
go_back(struct cx *cx, const struct req *req, struct res *res,
    enum flash note)
{
    return flash_go(cx, req, res, note,
        arena_fmt(cx->arena, "%.*s/%.*s", STR_ARG(base(cx)),
            STR_ARG(req_param(req, "id"))));
}

enum err_code
web_webhook_edit(struct cx *cx, const struct req *req, struct res *res)
{
    if (webhook_edit(cx, req_param(req, "id"), req->input))
        return cx->err.code;
    return go_back(cx, req, res, FLASH_WEBHOOK_SAVED);
}

enum err_code
web_webhook_rotate_form(struct cx *cx, const struct req *req,
    struct res *res)
{
    static const struct {
        const char *value, *label;
    } overlaps[] = { { "none", "Ends now" }, { "hour", "Goes on for 1 hour" },
        { "day", "Goes on for 24 hours" } };
    struct webhook w;
    struct form fm;
    if (webhook_get(cx, req_param(req, "id"), &w))
        return cx->err.code;
    struct val *view = view_new(cx, req);
    put_item(cx, view, &w);
    put_once(cx, req, view);
    form_begin(&fm, cx, req, view);
    struct val *field = form_choice(&fm, "overlap");
    for (size_t i = 0; i < COUNT_OF(overlaps); i++)
        form_option(&fm, field, str_cstr(overlaps[i].value),
            str_cstr(overlaps[i].label), STR(""),
            i + 1 == COUNT_OF(overlaps));
    form_done(&fm);
    res_page(res, "webhook/rotate", view);
    return ERR_OK;
}

enum err_code
web_webhook_rotate(struct cx *cx, const struct req *req, struct res *res)
{
    struct webhook w;
    struct str secret;
    if (webhook_rotate(cx, req_param(req, "id"), req->input, &w, &secret) &&
        !was_shown(cx))
        return cx->err.code;
    struct str words = w.old_ends_s > cx->now_s
        ? arena_fmt(cx->arena, "The old secret signs too until %.*s.",
              STR_ARG(when_long(cx->arena, w.old_ends_s)))
        : STR("The old secret has ended.");
    return shown_page(cx, req, res, &w, secret, words);
}

/* ---- one of them ---- */

static void
put_fact(struct val *facts, const char *label, struct str words)
{
    struct val *row = val_add_map(facts);
    val_put_cstr(row, "label", label);
    val_put_str(row, "words", words);
}

static void
put_facts(struct cx *cx, struct val *view, const struct webhook *w)
{
    struct arena *a = cx->arena;
    struct val *facts = val_put_list(view, "facts");
    struct buf events;
    buf_init(&events, a, BUF_MAX_FIELD);
    for (int i = 0; i < NOTICE_KIND_COUNT; i++)
        if (webhook_wants(w, (enum notice_kind)i))
            buf_fmt(&events, "%s%s", events.n ? ", " : "",
                notice_name((enum notice_kind)i));
    put_fact(facts, "Address", w->url);
    put_fact(facts, "Events", buf_view(&events));
    put_fact(facts, "Added", when_date(a, w->created_s));
    if (w->paused_s)
        put_fact(facts, "Paused", when_long(a, w->paused_s));
    if (w->old_ends_s > cx->now_s)
        put_fact(facts, "Old secret",
            arena_fmt(a, "signs too until %.*s",
                STR_ARG(when_long(a, w->old_ends_s))));
}

static void
put_message(struct cx *cx, struct val *list, const struct outbox_line *l)
{
    struct arena *a = cx->arena;
    const struct outbox *m = &l->message;
    const struct outbox_try *t = &l->last;
    struct val *row = val_add_map(list);
    bool tried = t->n > 0, given_up = m->state == OUTBOX_GIVEN_UP;
    val_put_cstr(row, "what", notice_words(m->kind));
    val_put_cstr(row, "type", notice_name(m->kind));
    val_put_str(row, "id", m->uuid);
    val_put_str(row, "made", when_long(a, m->made_s));
    val_put_str(row, "made_at", when_rfc3339(a, m->made_s));
    val_put_bool(row, "delivered", m->state == OUTBOX_SENT);
    val_put_bool(row, "given_up", given_up);
    val_put_bool(row, "waiting", m->state != OUTBOX_SENT && !given_up);
    val_put_str(row, "tries",
        m->tries ? view_tries(a, m->tries) : STR("Not tried yet"));
    view_text_or_null(row, "status", t->status
            ? arena_fmt(a, "%" PRId64, t->status) : STR(""));
    view_text_or_null(row, "bytes",
        tried ? count_show(a, t->bytes) : STR(""));
    view_text_or_null(row, "took", tried
            ? arena_fmt(a, "%" PRId64 " ms", t->took_ms) : STR(""));
    view_text_or_null(row, "problem", m->problem);
    view_time(cx, row, "next", "next_at",
        m->state == OUTBOX_WAITING && tried ? m->due_s : 0);
    view_text_or_null(row, "again", given_up
            ? arena_fmt(a, "%.*s/%.*s/again",
                  STR_ARG(view_path(cx, "/alerts")), STR_ARG(m->uuid))
            : STR(""));
}

enum err_code
web_webhook_view(struct cx *cx, const struct req *req, struct res *res)
{
    struct webhook w;
    struct outbox_line *lines = NULL;
    size_t n = 0;
    bool more = false;
    int64_t before;
    if (!str_int(req_query(req, "before"), &before) || before < 0)
        before = 0;
    if (webhook_get(cx, req_param(req, "id"), &w))
        return cx->err.code;
    struct val *view = view_new(cx, req);
    if (webhook_log(cx, &w, before, &lines, &n, &more) &&
        !view_load_failed(cx, res, view, href_of(cx, &w)))
        return cx->err.code;
    put_item(cx, view, &w);
    put_facts(cx, view, &w);
    val_put_str(view, "here", href_of(cx, &w));
    val_put_bool(view, "none", n == 0);
    struct val *list = val_put_list(view, "log");
    for (size_t i = 0; i < n; i++)
        put_message(cx, list, &lines[i]);
    view_pager(cx, view, href_of(cx, &w), before, n, more,
        n ? lines[n - 1].message.id : 0, "message");
    res_page(res, "webhook/view", view);
    return ERR_OK;
}

enum err_code
web_webhook_pause(struct cx *cx, const struct req *req, struct res *res)
{
    if (webhook_pause(cx, req_param(req, "id"), true))
        return cx->err.code;
    return go_back(cx, req, res, FLASH_WEBHOOK_PAUSED);
}

enum err_code
web_webhook_resume(struct cx *cx, const struct req *req, struct res *res)
{
    if (webhook_pause(cx, req_param(req, "id"), false))
        return cx->err.code;
    return go_back(cx, req, res, FLASH_WEBHOOK_RESUMED);
}

enum err_code
web_webhook_test(struct cx *cx, const struct req *req, struct res *res)
{
    if (webhook_test(cx, req_param(req, "id")))
        return cx->err.code;
    return go_back(cx, req, res, FLASH_WEBHOOK_TESTED);
}

enum err_code
web_webhook_remove_form(struct cx *cx, const struct req *req,
    struct res *res)
{
    struct webhook w;
    if (webhook_get(cx, req_param(req, "id"), &w))
        return cx->err.code;
    struct val *view = view_new(cx, req);
    put_item(cx, view, &w);
    res_page(res, "webhook/remove", view);
    return ERR_OK;
}

enum err_code
web_webhook_remove(struct cx *cx, const struct req *req, struct res *res)
{
    if (webhook_remove(cx, req_param(req, "id")))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_WEBHOOK_REMOVED, base(cx));
}
