/* SPDX-License-Identifier: ISC */
/* Disable, enable, revoke: one key, or several at once. */
#include "web/pages.h"

#include "core/access.h"
#include "text/money.h"
#include "text/when.h"
#include "web/key_words.h"
#include "web/view.h"
#include "web/web.h"

#include <inttypes.h>

/* The page that asks, for one key. */
static enum err_code
ask_page(struct cx *cx, const struct req *req, struct res *res,
    const struct key *k, const char *page)
{
    struct val *view = view_new(cx, req);
    struct form fm;
    put_kind(cx, view, k->kind);
    put_key(cx, view, k);
    val_put_str(view, "used_words", used_words(cx, k));
    val_put_fmt(view, "seen_version", "%" PRId64, k->version);
    struct val *may = val_put_map(view, "may");
    val_put_bool(may, "disable", key_may_edit(cx, k) && !k->disabled_s);
    val_put_bool(may, "rotate", key_can_rotate(cx, k));
    val_put_null(view, "already");
    if (k->revoked_s)
        val_put_fmt(view, "already", "It was revoked by %.*s, %.*s.",
            STR_ARG(k->revoked_by),
            STR_ARG(when_ago(cx->arena, k->revoked_s, cx->now_s)));
    form_begin(&fm, cx, req, view);
    if (key_needs_name(cx, k))
        form_text(&fm, "confirm", STR(""));
    else
        form_absent(&fm, "confirm");
    form_done(&fm);
    res_page(res, page, view);
    return cx->err.code;
}

static enum err_code
ask(struct cx *cx, const struct req *req, struct res *res, const char *page)
{
    struct key k;
    if (key_get(cx, req_param(req, "prefix"), &k) || key_need_edit(cx, &k))
        return cx->err.code;
    if (k.revoked_s) {
        res_see_other(res, key_href(cx, &k));
        return ERR_OK;
    }
    return ask_page(cx, req, res, &k, page);
}

enum err_code
web_key_disable_form(struct cx *cx, const struct req *req, struct res *res)
{
    return ask(cx, req, res, "key/disable");
}

enum err_code
web_key_enable_form(struct cx *cx, const struct req *req, struct res *res)
{
    return ask(cx, req, res, "key/enable");
}

enum err_code
web_key_disable(struct cx *cx, const struct req *req, struct res *res)
{
    struct key k;
    if (key_disable(cx, req_param(req, "prefix"), &k))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_KEY_DISABLED, key_href(cx, &k));
}

enum err_code
web_key_enable(struct cx *cx, const struct req *req, struct res *res)
{
    struct key k;
    if (key_enable(cx, req_param(req, "prefix"), &k))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_KEY_ENABLED, key_href(cx, &k));
}

enum err_code
web_key_revoke_form(struct cx *cx, const struct req *req, struct res *res)
{
    struct key k;
    if (key_get(cx, req_param(req, "prefix"), &k) || key_need_revoke(cx, &k))
        return cx->err.code;
    return ask_page(cx, req, res, &k, "key/revoke");
}

enum err_code
web_key_revoke(struct cx *cx, const struct req *req, struct res *res)
{
    const struct confirm_in *in = req->input;
    struct key k;
    if (key_revoke(cx, req_param(req, "prefix"), true, in->confirm, &k))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_KEY_REVOKED, key_href(cx, &k));
}

enum err_code
web_key_end_old(struct cx *cx, const struct req *req, struct res *res)
{
    struct str prefix = req_param(req, "prefix");
    if (key_end_old(cx, prefix))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_OLD_SECRET_ENDED,
        arena_fmt(cx->arena, "%.*s/%.*s",
            STR_ARG(kind_base(cx, kind_of(req))), STR_ARG(prefix)));
}

/* ---- several keys at once ---- */

static const struct {
    const char *word, *done, *button, *class, *keep, *effect,
        *effect_class, *skip;
} bulks[] = {
    [KEY_BULK_DISABLE] = { "disable", "disabled",
        "Disable these keys", "pri", "Keep them working",
        "Every program that uses them gets error 403 until you enable them "
        "again.", "warn", "It is already disabled." },
    [KEY_BULK_ENABLE] = { "enable", "enabled",
        "Enable these keys", "pri", "Leave them disabled",
        "Programs that use them are let through again.", "",
        "It is not disabled." },
    [KEY_BULK_REVOKE] = { "revoke", "revoked",
        "Revoke these keys", "dng", "Keep the keys",
        "Every program that uses them gets error 401 from its next call on. "
        "This cannot be undone.", "stop", "It is already revoked." },
};

static bool
applies(int act, const struct key *k)
{
    if (k->revoked_s)
        return false;
    if (act == KEY_BULK_DISABLE)
        return !k->disabled_s;
    return act != KEY_BULK_ENABLE || k->disabled_s;
}

static void
put_bulk_key(struct cx *cx, struct val *list, const struct key *k)
{
    int64_t calls = 0;
    struct val *row = val_add_map(list);
    val_put_str(row, "prefix", k->prefix);
    val_put_str(row, "name", k->name);
    val_put_str(row, "masked", key_masked(cx, k->prefix, k->last4));
    view_time(cx, row, "used", "used_at", k->used_s);
    if (key_calls_today(cx, k, &calls))
        calls = 0;
    val_put_str(row, "calls", count_show(cx->arena, calls));
}

/* Is there something to confirm?  Not when nothing was chosen, or the choice
 * cannot be read: a wrong word is the only mistake to be made after it. */
static bool
is_chosen(const struct req *req)
{
    const struct bulk_in *in = req->input;
    const struct err *e = req->failed;
    return in && in->keys.n &&
        (!e || (e->n_fields == 1 && err_field_msg(e, "confirm").n));
}

enum err_code
web_key_bulk_form(struct cx *cx, const struct req *req, struct res *res)
{
    const struct bulk_in *in = req->input;
    struct form fm;
    if (!is_chosen(req)) /* back to the list, which says what is wrong */
        return web_key_list(cx, req, res);
    int act = in->act;
    struct val *view = view_new(cx, req);
    put_kind(cx, view, kind_of(req));
    struct val *keys = val_put_list(view, "keys");
    struct val *skipped = val_put_list(view, "skipped");
    for (size_t i = 0; i < in->keys.n; i++) {
        struct key k;
        if (key_get(cx, in->keys.items[i], &k))
            return cx->err.code;
        if (applies(act, &k)) {
            put_bulk_key(cx, keys, &k);
            continue;
        }
        struct val *row = val_add_map(skipped);
        val_put_str(row, "name", k.name);
        val_put_str(row, "masked", key_masked(cx, k.prefix, k.last4));
        val_put_cstr(row, "why", k.revoked_s ? bulks[KEY_BULK_REVOKE].skip
                                             : bulks[act].skip);
    }
    size_t n = keys->u.list.n;
    val_put_cstr(view, "do", bulks[act].word);
    val_put_fmt(view, "title", "%c%s %.*s?",
        bulks[act].word[0] - 'a' + 'A', bulks[act].word + 1,
        STR_ARG(count_of(cx->arena, (int64_t)n, "key")));
    val_put_cstr(view, "button", bulks[act].button);
    val_put_cstr(view, "button_class", bulks[act].class);
    val_put_cstr(view, "keep", bulks[act].keep);
    val_put_cstr(view, "effect", bulks[act].effect);
    val_put_cstr(view, "effect_class", bulks[act].effect_class);
    val_put_cstr(view, "confirm_word", "revoke");
    form_begin(&fm, cx, req, view);
    if (act == KEY_BULK_REVOKE)
        form_text(&fm, "confirm", STR(""));
    else
        form_absent(&fm, "confirm");
    form_done(&fm);
    res_page(res, "key/bulk", view);
    return cx->err.code;
}

static enum err_code
act_on(struct cx *cx, int act, struct str prefix, struct key *k)
{
    switch (act) {
    case KEY_BULK_DISABLE:
        return key_disable(cx, prefix, k);
    case KEY_BULK_ENABLE:
        return key_enable(cx, prefix, k);
    default:
        return key_revoke(cx, prefix, false, STR(""), k);
    }
}

/* One key of several: its own change, its own line in the result. */
static bool
act_and_tell(struct cx *cx, int act, struct str prefix, struct val *results)
{
    struct key before, after;
    struct val *row = val_add_map(results);
    bool done = !act_on(cx, act, prefix, &before) && applies(act, &before);
    struct str why = cx->err.msg;
    (void)view_log_fault(cx, "bulk_failed", prefix);
    err_init(&cx->err, cx->arena);
    if (key_get(cx, prefix, &after)) {
        (void)view_log_fault(cx, "bulk_failed", prefix);
        err_init(&cx->err, cx->arena);
        after = (struct key){ .prefix = prefix, .name = prefix };
    }
    val_put_str(row, "name", after.name);
    val_put_str(row, "href", key_href(cx, &after));
    val_put_str(row, "masked", key_masked(cx, after.prefix, after.last4));
    put_status(cx, row, &after);
    if (done)
        val_put_fmt(row, "what", "%c%s.", bulks[act].done[0] - 'a' + 'A',
            bulks[act].done + 1);
    else
        val_put_fmt(row, "what", "Not changed: %.*s",
            STR_ARG(why.n ? why : STR("it was so already.")));
    return done;
}

enum err_code
web_key_bulk(struct cx *cx, const struct req *req, struct res *res)
{
    const struct bulk_in *in = req->input;
    size_t n_done = 0;
    if (key_need_create(cx, kind_of(req)) ||
        (in->act == KEY_BULK_REVOKE && access_need(cx, RIGHT_KEY_REVOKE)))
        return cx->err.code;
    if (!in->sure)
        return web_key_bulk_form(cx, req, res);
    if (in->act == KEY_BULK_REVOKE && !str_is(in->confirm, "revoke"))
        return err_field(&cx->err, "confirm", "Type the word revoke");
    struct val *view = view_new(cx, req);
    struct val *results = val_put_list(view, "results");
    put_kind(cx, view, kind_of(req));
    for (size_t i = 0; i < in->keys.n; i++)
        n_done += act_and_tell(cx, in->act, in->keys.items[i], results);
    val_put_fmt(view, "title", "%zu of %.*s %s", n_done,
        STR_ARG(count_of(cx->arena, (int64_t)in->keys.n, "key")),
        bulks[in->act].done);
    val_put_bool(view, "all_done", n_done == in->keys.n);
    res_page(res, "key/bulk-done", view);
    return ERR_OK;
}
