/* SPDX-License-Identifier: ISC */
/* The list of keys of one kind, as a page and as CSV. */
#include "web/pages.h"

#include "core/access.h"
#include "core/usage.h"
#include "core/workspace.h"
#include "text/csv.h"
#include "text/money.h"
#include "text/url.h"
#include "text/utf8.h"
#include "text/when.h"
#include "web/download.h"
#include "web/key_words.h"
#include "web/view.h"

#include <inttypes.h>

enum { PAGE_ROWS = 50, FIND_MAX = 80 };

static const struct {
    const char *value, *label;
} statuses[] = {
    { "", "All but revoked" },
    { "active", "Active" },
    { "expiring", "Expires within 7 days" },
    { "limit_reached", "Limit reached" },
    { "disabled", "Disabled" },
    { "suspended", "Suspended" },
    { "expired", "Expired" },
    { "revoked", "Revoked" },
    { "unused", "Not used for 90 days" },
    { "any", "All" },
};

static const char *const sorts[] = { "created", "name", "used" };

/* What the address asks for. */
struct ask {
    struct key_filter f;
    struct str q, status, owner;
    enum key_kind kind;
};

static bool
known_status(struct str s)
{
    for (size_t i = 0; i < COUNT_OF(statuses); i++)
        if (str_is(s, statuses[i].value))
            return true;
    return false;
}

/* A mark is "id" or "id.value-it-sorts-by"; nonsense starts at the top. */
static void
read_mark(struct ask *ask, struct str mark, bool back)
{
    struct str id, rest;
    (void)str_cut(mark, '.', &id, &rest);
    if (!str_int(id, &ask->f.mark_id) || ask->f.mark_id <= 0) {
        ask->f.mark_id = 0;
        return;
    }
    ask->f.back = back;
    ask->f.mark_name = rest;
    if (ask->f.sort == KEY_SORT_USED && !str_int(rest, &ask->f.mark_used))
        ask->f.mark_id = 0;
}

static void
read_ask(struct cx *cx, const struct req *req, struct ask *ask)
{
    struct str sort = req_query(req, "sort");
    *ask = (struct ask){ .kind = kind_of(req) };
    ask->q = utf8_clip(str_trim(req_query(req, "q")), FIND_MAX);
    ask->status = req_query(req, "status");
    ask->owner = req_query(req, "owner");
    if (!known_status(ask->status))
        ask->status = STR("");
    ask->f = (struct key_filter){ .kind = ask->kind,
        .find = str_lower(cx->arena, ask->q),
        .status = ask->status,
        .owner = ask->owner,
        .most = PAGE_ROWS };
    for (size_t i = 0; i < COUNT_OF(sorts); i++)
        if (str_is(sort, sorts[i]))
            ask->f.sort = (enum key_sort)i;
    struct str before = req_query(req, "before");
    struct str after = req_query(req, "after");
    if (after.n)
        read_mark(ask, after, false);
    else if (before.n)
        read_mark(ask, before, true);
}

/* An address of this list; empty parts are left out. */
static struct str
address(struct cx *cx, const struct ask *ask, struct str path,
    const char *sort, const char *mark_name, struct str mark)
{
    struct pairs p = { NULL, 0 };
    form_add(cx->arena, &p, STR("q"), ask->q);
    form_add(cx->arena, &p, STR("status"), ask->status);
    form_add(cx->arena, &p, STR("owner"), ask->owner);
    form_add(cx->arena, &p, STR("sort"),
        str_cstr(sort == sorts[0] ? "" : sort));
    form_add(cx->arena, &p, str_cstr(mark_name), mark);
    return view_address(cx, path, &p);
}

static struct str
mark_of(struct cx *cx, const struct ask *ask, const struct key *k)
{
    switch (ask->f.sort) {
    case KEY_SORT_NAME:
        return arena_fmt(cx->arena, "%" PRId64 ".%.*s", k->id,
            STR_ARG(k->name));
    case KEY_SORT_USED:
        return arena_fmt(cx->arena, "%" PRId64 ".%" PRId64, k->id, k->used_s);
    case KEY_SORT_NEWEST:
        break;
    }
    return arena_fmt(cx->arena, "%" PRId64, k->id);
}

static void
put_sort(struct cx *cx, struct val *view, const struct ask *ask)
{
    static const char *const orders[] = { "descending", "ascending",
        "descending" };
    static const char *const arrows[] = { "\xe2\x86\x93", "\xe2\x86\x91",
        "\xe2\x86\x93" };
    struct val *sort = val_put_map(view, "sort");
    struct str base = kind_base(cx, ask->kind);
    for (size_t i = 0; i < COUNT_OF(sorts); i++) {
        struct val *s = val_put_map(sort, sorts[i]);
        bool on = ask->f.sort == (enum key_sort)i;
        val_put_str(s, "href",
            address(cx, ask, base, sorts[i], "", STR("")));
        val_put_cstr(s, "aria", on ? orders[i] : "none");
        if (on)
            val_put_cstr(s, "arrow", arrows[i]);
        else
            val_put_null(s, "arrow");
    }
}

static void
put_filters(struct form *fm, const struct ask *ask)
{
    form_text(fm, "q", ask->q);
    struct val *status = form_choice(fm, "status");
    for (size_t i = 0; i < COUNT_OF(statuses); i++)
        form_option(fm, status, str_cstr(statuses[i].value),
            str_cstr(statuses[i].label), STR(""),
            str_is(ask->status, statuses[i].value));
    form_absent(fm, "owner");
}

static enum err_code
put_owners(struct form *fm, const struct ask *ask)
{
    struct member *members;
    size_t n;
    if (member_names(fm->cx, &members, &n) || n < 2)
        return fm->cx->err.code;
    struct val *owner = form_choice(fm, "owner");
    form_option(fm, owner, STR(""), STR("Everybody"), STR(""),
        ask->owner.n == 0);
    for (size_t i = 0; i < n; i++)
        form_option(fm, owner, members[i].uuid, members[i].name, STR(""),
            str_eq(ask->owner, members[i].uuid));
    return ERR_OK;
}

static const char *
status_label(struct str value)
{
    for (size_t i = 0; i < COUNT_OF(statuses); i++)
        if (str_is(value, statuses[i].value))
            return statuses[i].label;
    return "";
}

static struct str
filter_words(struct cx *cx, const struct ask *ask)
{
    struct buf b;
    buf_init(&b, cx->arena, BUF_MAX_FIELD);
    if (ask->status.n)
        buf_fmt(&b, "status \xe2\x80\x9c%s\xe2\x80\x9d",
            status_label(ask->status));
    if (ask->owner.n)
        buf_fmt(&b, "%sone owner", b.n ? ", " : "");
    if (ask->q.n)
        buf_fmt(&b, "%ssearch \xe2\x80\x9c%.*s\xe2\x80\x9d", b.n ? ", " : "",
            STR_ARG(ask->q));
    return buf_view(&b);
}

static void
put_models(struct cx *cx, struct val *row, const struct key *k)
{
    if (k->kind != KEY_STANDARD)
        val_put_null(row, "models");
    else if (k->n_models || !k->access.all_models)
        val_put_str(row, "models",
            count_of(cx->arena, k->n_models, "model"));
    else if (k->categories_shown.n)
        val_put_str(row, "models", k->categories_shown);
    else
        val_put_cstr(row, "models", "All");
}

static void
put_row(struct cx *cx, struct val *list, const struct key *k)
{
    struct arena *a = cx->arena;
    struct val *row = val_add_map(list);
    val_put_str(row, "prefix", k->prefix);
    val_put_str(row, "name", k->name);
    val_put_str(row, "masked", key_masked(cx, k->prefix, k->last4));
    val_put_str(row, "href", key_href(cx, k));
    val_put_str(row, "owner", owner_words(k));
    put_status(cx, row, k);
    put_models(cx, row, k);
    bool limited = k->spend_limit >= 0;
    bool open = usage_may_see(cx, k);
    val_put_str(row, "spent", open
            ? money_show(a, limited ? k->spent : k->spent_month)
            : STR("\xe2\x80\x93"));
    if (limited)
        val_put_str(row, "limit", money_show(a, k->spend_limit));
    else
        val_put_null(row, "limit");
    val_put_cstr(row, "reset", reset_words(k->spend_reset));
    view_meter(row, "meter", k->spent, open ? k->spend_limit : -1);
    view_time(cx, row, "used", "used_at", k->used_s);
    val_put_str(row, "created", when_date(a, k->created_s));
    val_put_str(row, "created_at", when_rfc3339(a, k->created_s));
}

/* "213"; "1,000+" from where counting stops. */
static struct str
count_words(struct cx *cx, int64_t n)
{
    return arena_fmt(cx->arena, "%.*s%s", STR_ARG(count_show(cx->arena, n)),
        n >= KEY_COUNT_SHOWN ? "+" : "");
}

static enum err_code
put_tabs(struct cx *cx, struct val *view, enum key_kind current)
{
    struct val *tabs = val_put_list(view, "tabs");
    static const char *const labels[] = { "API keys", "Management keys",
        "Admin keys" };
    for (enum key_kind kind = KEY_STANDARD; kind < KEY_KIND_COUNT; kind++) {
        struct key_counts counts;
        if (kind != KEY_STANDARD && !access_has(cx, RIGHT_KEY_SPECIAL))
            continue;
        if (key_counts(cx, kind, &counts))
            return cx->err.code;
        struct val *tab = val_add_map(tabs);
        val_put_cstr(tab, "label", labels[kind]);
        val_put_str(tab, "href", kind_base(cx, kind));
        val_put_str(tab, "count", count_words(cx, counts.live));
        val_put_bool(tab, "current", kind == current);
    }
    return ERR_OK;
}

static enum err_code
put_counts(struct cx *cx, struct val *view, const struct ask *ask)
{
    struct key_counts c;
    val_put_cstr(view, "used_words", "");
    val_put_bool(view, "none", false);
    val_put_null(view, "create_href");
    val_put_null(view, "full");
    if (key_counts(cx, ask->kind, &c))
        return cx->err.code;
    bool may = key_may_create(cx, ask->kind);
    val_put_fmt(view, "used_words", "%.*s of %.*s keys used.",
        STR_ARG(count_words(cx, c.live)),
        STR_ARG(count_show(cx->arena, c.most)));
    val_put_bool(view, "none", !c.any);
    if (may && c.room)
        val_put_fmt(view, "create_href", "%.*s/new",
            STR_ARG(kind_base(cx, ask->kind)));
    if (may && !c.room)
        val_put_fmt(view, "full",
            "All %" PRId64 " keys are in use. Revoke one, or ask an owner to "
            "raise the number in Settings.", c.most);
    return ERR_OK;
}

static void
put_pager(struct cx *cx, struct val *view, const struct ask *ask,
    const struct key *keys, size_t n, bool more)
{
    struct val *pager = val_put_map(view, "pager");
    struct str base = kind_base(cx, ask->kind);
    const char *sort = sorts[ask->f.sort];
    bool before = ask->f.back ? more : ask->f.mark_id > 0;
    bool after = ask->f.back ? true : more;
    val_put_fmt(pager, "text", "%.*s on this page",
        STR_ARG(count_of(cx->arena, (int64_t)n, "key")));
    val_put_null(pager, "prev");
    val_put_null(pager, "next");
    if (n && before)
        val_put_str(pager, "prev", address(cx, ask, base, sort, "before",
                                       mark_of(cx, ask, &keys[0])));
    if (n && after)
        val_put_str(pager, "next", address(cx, ask, base, sort, "after",
                                       mark_of(cx, ask, &keys[n - 1])));
}

enum err_code
web_key_list(struct cx *cx, const struct req *req, struct res *res)
{
    static const char *const orders[] = { "newest first", "by name",
        "last used first" };
    struct ask ask;
    struct form fm;
    struct key *keys = NULL;
    size_t n = 0;
    bool more = false;
    read_ask(cx, req, &ask);
    struct str base = kind_base(cx, ask.kind);
    const char *sort = sorts[ask.f.sort];
    struct str here = address(cx, &ask, base, sort, "", STR(""));
    struct val *view = view_new(cx, req);
    put_kind(cx, view, ask.kind);
    form_begin(&fm, cx, req, view);
    put_filters(&fm, &ask);
    if ((put_counts(cx, view, &ask) || put_tabs(cx, view, ask.kind) ||
            put_owners(&fm, &ask) ||
            key_list(cx, &ask.f, &keys, &n, &more)) &&
        !view_load_failed(cx, res, view, here))
        return cx->err.code;
    put_sort(cx, view, &ask);
    struct val *rows = val_put_list(view, "keys");
    for (size_t i = 0; i < n; i++)
        put_row(cx, rows, &keys[i]);
    bool filtered = ask.q.n || ask.status.n || ask.owner.n;
    val_put_str(view, "here", here);
    val_put_bool(view, "no_match", n == 0);
    val_put_str(view, "filter_words", filter_words(cx, &ask));
    view_text_or_null(view, "clear", filtered || n == 0 ? base : STR(""));
    val_put_fmt(view, "caption", "%s, %s",
        ask.kind == KEY_STANDARD ? "API keys"
                                 : "Keys of this kind", orders[ask.f.sort]);
    val_put_bool(view, "may_bulk", access_has(cx, RIGHT_KEY_OTHERS));
    val_put_str(view, "csv_href",
        address(cx, &ask, arena_fmt(cx->arena, "%.*s.csv", STR_ARG(base)),
            sort, "", STR("")));
    put_pager(cx, view, &ask, keys, n, more);
    form_done(&fm); /* a bulk action for which nothing was chosen */
    res_page(res, "key/list", view);
    return ERR_OK;
}

static void
csv_time(struct cx *cx, struct buf *out, int64_t s)
{
    csv_cell(out, s ? when_rfc3339(cx->arena, s) : STR(""), false);
}

static void
csv_money(struct cx *cx, struct buf *out, int64_t micro)
{
    csv_number(out, micro < 0 ? STR("") : money_plain(cx->arena, micro),
        false);
}

static void
csv_row(struct cx *cx, struct buf *out, const struct key *k)
{
    csv_cell(out, k->prefix, true);
    csv_cell(out, k->name, false);
    csv_cell(out, str_cstr(key_status_name(key_status(k, cx->now_s))), false);
    csv_cell(out, owner_words(k), false);
    csv_cell(out, k->by_name, false);
    csv_time(cx, out, k->created_s);
    csv_time(cx, out, k->expires_s);
    csv_time(cx, out, k->used_s);
    csv_money(cx, out, k->spend_limit);
    csv_cell(out, str_cstr(spend_reset_name(k->spend_reset)), false);
    csv_money(cx, out, usage_may_see(cx, k) ? k->spent_month : -1);
    csv_end(out);
}

/* Every key that the same address shows on the page, all of its pages. */
enum err_code
web_key_csv(struct cx *cx, const struct req *req, struct res *res)
{
    static const char *const heads[] = { "prefix", "name", "status", "owner",
        "creator", "created", "expires", "last_used", "spending_limit_usd",
        "reset", "spent_this_month_usd" };
    struct ask ask;
    struct download d;
    bool more = true;
    read_ask(cx, req, &ask);
    download_begin(cx, &d, heads, COUNT_OF(heads));
    ask.f.most = DOWNLOAD_PIECE;
    ask.f.back = false;
    ask.f.mark_id = 0;
    while (more) {
        struct key *keys;
        size_t n;
        if (key_list(cx, &ask.f, &keys, &n, &more))
            return cx->err.code;
        for (size_t i = 0; i < n; i++)
            csv_row(cx, &d.out, &keys[i]);
        if (n)
            read_mark(&ask, mark_of(cx, &ask, &keys[n - 1]), false);
        if (download_count(cx, &d, n, more, "keys. Filter the list first"))
            return cx->err.code;
    }
    download_send(cx, &d, res, STR("keys"));
    return ERR_OK;
}
