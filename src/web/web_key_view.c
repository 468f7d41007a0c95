/* SPDX-License-Identifier: ISC */
/* One key: state, limit, facts, what it may call, its history. */
#include "web/pages.h"

#include "core/access.h"
#include "core/audit.h"
#include "core/leak.h"
#include "core/rotation.h"
#include "core/usage.h"
#include "core/why.h"
#include "text/money.h"
#include "text/when.h"
#include "web/advice_words.h"
#include "web/audit_words.h"
#include "web/chart.h"
#include "web/key_words.h"
#include "web/limit_words.h"
#include "web/request_words.h"
#include "web/view.h"

#include <inttypes.h>

enum { ACTIVITY_MOST = 10, REFUSALS_MOST = 20, LEAKS_MOST = 10 };

static void
put_facts(struct cx *cx, struct val *v, const struct key *k)
{
    struct arena *a = cx->arena;
    put_status(cx, v, k);
    val_put_str(v, "status_words", status_words(cx, k));
    val_put_str(v, "uuid", k->uuid);
    val_put_str(v, "owner", owner_words(k));
    val_put_str(v, "creator", k->by_name);
    view_time(cx, v, "created", "created_at", k->created_s);
    view_time(cx, v, "updated", "updated_at", k->updated_s);
    view_time(cx, v, "expires", "expires_at", k->expires_s);
    if (k->expires_s)
        val_put_str(v, "expires", when_long(a, k->expires_s));
    view_time(cx, v, "used", "used_at", k->used_s);
    val_put_null(v, "used_from");
    if (k->used_address.n)
        val_put_fmt(v, "used_from", "from %.*s%s%.*s%s%.*s",
            STR_ARG(k->used_address), k->used_endpoint.n ? ", " : "",
            STR_ARG(k->used_endpoint), k->used_model.n ? ", " : "",
            STR_ARG(k->used_model));
    view_text_or_null(v, "note", k->note);
}

static enum err_code
put_labels(struct cx *cx, struct val *v, const struct key *k)
{
    struct key_label *labels;
    size_t n;
    if (key_labels(cx, k, &labels, &n))
        return cx->err.code;
    struct val *list = val_put_list(v, "labels");
    for (size_t i = 0; i < n; i++) {
        struct val *row = val_add_map(list);
        val_put_str(row, "name", labels[i].name);
        val_put_str(row, "value", labels[i].value);
    }
    return ERR_OK;
}

static void
put_limit(struct cx *cx, struct val *view, const struct key *k)
{
    static const char *const words[] = { "in all; it does not start again",
        "today; starts again at 00:00 UTC",
        "this week; starts again on Monday, 00:00 UTC",
        "this month; starts again on the 1st, 00:00 UTC" };
    struct arena *a = cx->arena;
    bool open = usage_may_see(cx, k);
    struct str spent =
        open ? money_show(a, k->spent) : STR("\xe2\x80\x93");
    if (!open)
        val_put_cstr(view, "spent_words",
            "Its owner, and admins and owners of the workspace, see it");
    else
        val_put_fmt(view, "spent_words", "%.*s this month, no limit",
            STR_ARG(money_show(a, k->spent_month)));
    val_put_null(view, "limit");
    if (k->spend_limit < 0)
        return;
    struct val *limit = val_put_map(view, "limit");
    val_put_str(limit, "spent", spent);
    val_put_str(limit, "of", money_show(a, k->spend_limit));
    val_put_cstr(limit, "words", words[k->spend_reset]);
    view_meter(limit, "meter", k->spent, open ? k->spend_limit : -1);
}

/* How many limits apply, the strictest of them, and where all are. */
static enum err_code
put_all_limits(struct cx *cx, struct val *view, const struct key *k)
{
    struct limits all;
    val_put_null(view, "limits_words");
    if (k->kind != KEY_STANDARD)
        return ERR_OK;
    if (limit_list(cx, k->prefix, &all))
        return cx->err.code;
    val_put_cstr(view, "limits_words", "No limit applies.");
    for (size_t i = 0; i < all.n; i++)
        if (all.items[i].strictest)
            val_put_fmt(view, "limits_words", "%zu appl%s. The strictest now: "
                "%.*s.", all.n, all.n == 1 ? "ies" : "y",
                STR_ARG(limit_title(cx, &all.items[i])));
        else if (i == 0)
            val_put_fmt(view, "limits_words", "%zu appl%s.", all.n,
                all.n == 1 ? "ies" : "y");
    return ERR_OK;
}

static void
put_secret(struct cx *cx, struct val *list, const struct key *k,
    const struct key_secret *s)
{
    struct val *row = val_add_map(list);
    val_put_str(row, "masked", key_masked(cx, k->prefix, s->last4));
    val_put_cstr(row, "which", s->ends_s ? "Old" : "New");
    val_put_str(row, "words", s->ends_s ? rotation_words(cx, s)
                                        : arena_fmt(cx->arena, "since %.*s",
            STR_ARG(when_long(cx->arena, s->created_s))));
    view_time(cx, row, "used", "used_at", s->used_s);
    view_text_or_null(row, "address", s->used_address);
    view_text_or_null(row, "agent", s->used_agent);
    val_put_str(row, "calls", count_show(cx->arena, rotation_calls(cx, s)));
}

/* Both secrets, while a rotation goes on: who uses which. */
static enum err_code
put_secrets(struct cx *cx, struct val *view, const struct key *k)
{
    struct rotation r;
    bool see = access_has(cx, RIGHT_AUDIT_ALL) || access_own(cx, k);
    struct val *list = val_put_list(view, "secrets");
    val_put_null(view, "end_old_href");
    val_put_null(view, "rotation_href");
    val_put_bool(view, "rotating", false);
    if (rotation_get(cx, k, &r))
        return cx->err.code;
    if (!r.on || !see)
        return ERR_OK;
    val_put_bool(view, "rotating", true);
    put_secret(cx, list, k, &r.old);
    put_secret(cx, list, k, &r.fresh);
    if (!key_may_edit(cx, k))
        return ERR_OK;
    val_put_fmt(view, "end_old_href", "%.*s/end-old",
        STR_ARG(key_href(cx, k)));
    val_put_fmt(view, "rotation_href", "%.*s/rotation",
        STR_ARG(key_href(cx, k)));
    return ERR_OK;
}

/* Of a key that was made for its holder: the link, or who opened it. */
static void
put_claim(struct cx *cx, struct val *view, const struct key *k)
{
    val_put_null(view, "claim");
    if (!k->claim_ends_s)
        return;
    struct val *v = val_put_map(view, "claim");
    bool open = key_waits(k) && !k->revoked_s;
    bool may = open && key_may_edit(cx, k);
    view_time(cx, v, "taken", "taken_at", k->claimed_s);
    view_text_or_null(v, "address", k->claimed_address);
    view_text_or_null(v, "agent", k->claimed_agent);
    val_put_bool(v, "waits", open);
    val_put_bool(v, "dead", open && k->claim_ends_s <= cx->now_s);
    val_put_str(v, "ends", when_long(cx->arena, k->claim_ends_s));
    val_put_str(v, "ends_at", when_rfc3339(cx->arena, k->claim_ends_s));
    val_put_null(v, "href");
    if (may)
        val_put_fmt(v, "href", "%.*s/claim", STR_ARG(key_href(cx, k)));
}

/* What its use says, and what was done about it lately. */
static enum err_code
put_advice(struct cx *cx, struct val *view, const struct key *k)
{
    struct advice all[ADVICE_MOST];
    struct advice_done *done;
    size_t n, n_done;
    if (advice_of_key(cx, k, all, &n) ||
        advice_recent(cx, k, &done, &n_done))
        return cx->err.code;
    advice_list(cx, view, all, n);
    advice_done_list(cx, view, k, done, n_done);
    return ERR_OK;
}

static enum err_code
put_activity(struct cx *cx, struct val *view, const struct key *k)
{
    struct audit *rows;
    size_t n;
    struct val *list = val_put_list(view, "activity");
    if (!access_has(cx, RIGHT_AUDIT_ALL) && !access_own(cx, k))
        return ERR_OK;
    if (audit_of_key(cx, k->prefix, ACTIVITY_MOST, &rows, &n))
        return cx->err.code;
    for (size_t i = 0; i < n; i++) {
        struct val *row = val_add_map(list);
        val_put_str(row, "who", audit_who(&rows[i]));
        val_put_str(row, "did", audit_did_here(rows[i].action));
        view_time(cx, row, "when", "when_at", rows[i].at_s);
    }
    return ERR_OK;
}

/* Who reported it as leaked, for those who can do something about it. */
static enum err_code
put_leaks(struct cx *cx, struct val *view, const struct key *k)
{
    struct leak *rows;
    size_t n;
    struct val *list = val_put_list(view, "leaks");
    val_put_bool(view, "has_leaks", false);
    if (!access_has(cx, RIGHT_AUDIT_ALL) && !access_own(cx, k))
        return ERR_OK;
    if (leak_list(cx, k, LEAKS_MOST, &rows, &n))
        return cx->err.code;
    val_put_bool(view, "has_leaks", n > 0);
    for (size_t i = 0; i < n; i++) {
        struct val *row = val_add_map(list);
        val_put_str(row, "masked", key_masked(cx, k->prefix, rows[i].last4));
        val_put_str(row, "address", rows[i].address);
        view_text_or_null(row, "source", rows[i].source);
        view_time(cx, row, "when", "when_at", rows[i].at_s);
    }
    return ERR_OK;
}

static enum err_code
put_refusals(struct cx *cx, struct val *view, const struct key *k)
{
    struct request_list l;
    struct request_filter f = { .outcome = STR("refused"),
        .from_ms = usage_days(cx, USAGE_KEY_DAYS).from_s * 1000,
        .most = REFUSALS_MOST };
    struct val *list = val_put_list(view, "refusals");
    val_put_null(view, "refusals_href");
    if (k->kind != KEY_STANDARD || !usage_may_see(cx, k))
        return ERR_OK;
    if (request_list(cx, k->prefix, &f, &l))
        return cx->err.code;
    for (size_t i = 0; i < l.n; i++) {
        const struct request_row *r = &l.rows[i];
        struct val *row = val_add_map(list);
        struct str words = refusal_words(cx, &r->event);
        bool single = r->mark.kind == 1;
        if (r->calls > 1)
            words = arena_fmt(cx->arena, "%.*s: %.*s like it",
                STR_ARG(words), STR_ARG(count_of(cx->arena, r->calls, "call")));
        val_put_str(row, "words", words);
        view_text_or_null(row, "href",
            single ? request_href(cx, &r->event, k->prefix) : STR(""));
        view_time(cx, row, "when", "when_at", r->event.at_ms / 1000);
    }
    if (l.n)
        val_put_fmt(view, "refusals_href", "%.*s?key=%.*s&outcome=refused",
            STR_ARG(view_path(cx, "/requests")), STR_ARG(k->prefix));
    return ERR_OK;
}

/* Calls of the last 30 days, for those who may see them. */
static enum err_code
put_usage(struct cx *cx, struct val *view, const struct key *k)
{
    struct usage_rows rows;
    val_put_null(view, "chart");
    if (k->kind != KEY_STANDARD || !usage_may_see(cx, k))
        return ERR_OK;
    if (usage_for_key(cx, k, &rows))
        return cx->err.code;
    struct chart_in chart = { .id = "spend",
        .range = usage_days(cx, USAGE_KEY_DAYS),
        .bucket = USAGE_DAY,
        .rows = &rows,
        .limit = k->spend_reset == SPEND_DAY ? k->spend_limit : -1 };
    chart_put(cx->arena, view, "chart", &chart);
    return ERR_OK;
}

static void
put_may(struct cx *cx, struct val *view, const struct key *k)
{
    struct val *may = val_put_map(view, "may");
    bool live = !k->revoked_s;
    bool edit = live && key_may_edit(cx, k);
    val_put_bool(may, "usage", usage_may_see(cx, k));
    val_put_bool(may, "edit", edit);
    val_put_bool(may, "rotate", key_can_rotate(cx, k));
    val_put_bool(may, "disable", edit && !k->disabled_s);
    val_put_bool(may, "enable", edit && k->disabled_s);
    val_put_bool(may, "revoke", live && key_may_revoke(cx, k));
}

enum err_code
web_key_view(struct cx *cx, const struct req *req, struct res *res)
{
    struct key k;
    if (key_get(cx, req_param(req, "prefix"), &k))
        return cx->err.code;
    if (k.kind != kind_of(req)) {
        res_see_other(res, key_href(cx, &k));
        return ERR_OK;
    }
    struct val *view = view_new(cx, req);
    put_kind(cx, view, k.kind);
    struct val *v = put_key(cx, view, &k);
    put_facts(cx, v, &k);
    put_limit(cx, view, &k);
    put_access(cx, view, &k);
    put_claim(cx, view, &k);
    put_may(cx, view, &k);
    val_put_null(view, "over");
    if (k.revoked_s)
        val_put_cstr(view, "over",
            "This key was revoked. The page stays for the records.");
    if (put_labels(cx, v, &k) || put_all_limits(cx, view, &k) ||
        put_secrets(cx, view, &k) || put_advice(cx, view, &k) ||
        put_usage(cx, view, &k) || put_refusals(cx, view, &k) ||
        put_activity(cx, view, &k) || put_leaks(cx, view, &k))
        return cx->err.code;
    res_page(res, "key/view", view);
    return ERR_OK;
}
