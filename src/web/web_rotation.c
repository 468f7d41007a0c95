/* SPDX-License-Identifier: ISC */
/* A rotation that goes on: when the old secret ends, and taking it back. */
#include "web/pages.h"

#include "core/key.h"
#include "core/rotation.h"
#include "text/money.h"
#include "text/when.h"
#include "web/key_words.h"
#include "web/view.h"
#include "web/web.h"

#include <inttypes.h>

/* "last used 2 minutes ago; 14 calls today" */
static struct str
secret_words(struct cx *cx, const struct key_secret *s)
{
    if (!s->used_s)
        return STR("nobody has used it yet");
    return arena_fmt(cx->arena, "last used %.*s; %.*s today",
        STR_ARG(when_ago(cx->arena, s->used_s, cx->now_s)),
        STR_ARG(count_of(cx->arena, rotation_calls(cx, s), "call")));
}

static void
put_fields(struct form *fm, const struct rotation *r)
{
    static const struct {
        const char *value, *label;
    } options[] = { { "hour", "In 1 hour" }, { "day", "In 24 hours" },
        { "week", "In 7 days" }, { "date", "At the end of a day" },
        { "silent", "When nobody has used it for some hours" } };
    struct arena *a = fm->cx->arena;
    struct val *ends = form_choice(fm, "ends");
    for (size_t i = 0; i < COUNT_OF(options); i++)
        form_option(fm, ends, str_cstr(options[i].value),
            str_cstr(options[i].label), STR(""),
            i == (r->old.silent_s ? ROTATION_SILENT : ROTATION_DATE));
    form_text(fm, "ends_on", r->old.silent_s
            ? STR("") : when_iso_date(a, r->old.ends_s - 1));
    form_text(fm, "silent_hours", arena_fmt(a, "%" PRId64,
        r->old.silent_s ? r->old.silent_s / HOUR_S : (int64_t)24));
}

enum err_code
web_rotation_form(struct cx *cx, const struct req *req, struct res *res)
{
    struct key k;
    struct rotation r;
    struct form fm;
    if (key_get(cx, req_param(req, "prefix"), &k) || key_need_edit(cx, &k) ||
        rotation_get(cx, &k, &r))
        return cx->err.code;
    if (!r.on) { /* the page of the key says what is */
        res_see_other(res, key_href(cx, &k));
        return ERR_OK;
    }
    struct val *view = view_new(cx, req);
    put_kind(cx, view, k.kind);
    put_key(cx, view, &k);
    val_put_str(view, "old", key_masked(cx, k.prefix, r.old.last4));
    val_put_str(view, "fresh", key_masked(cx, k.prefix, r.fresh.last4));
    val_put_str(view, "old_words", secret_words(cx, &r.old));
    val_put_str(view, "fresh_words", secret_words(cx, &r.fresh));
    val_put_str(view, "ends_words", rotation_words(cx, &r.old));
    form_begin(&fm, cx, req, view);
    put_fields(&fm, &r);
    form_done(&fm);
    res_page(res, "key/rotation", view);
    return ERR_OK;
}

enum err_code
web_rotation_plan(struct cx *cx, const struct req *req, struct res *res)
{
    struct key k;
    if (rotation_plan(cx, req_param(req, "prefix"), req->input, &k))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_ROTATION_SET, key_href(cx, &k));
}

enum err_code
web_rotation_undo(struct cx *cx, const struct req *req, struct res *res)
{
    struct key k;
    if (rotation_undo(cx, req_param(req, "prefix"), &k))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_ROTATION_UNDONE, key_href(cx, &k));
}
