/* SPDX-License-Identifier: ISC */
/* Credits: balance and ledger, topping up, adjusting, on and off. */
#include "web/pages.h"

#include "base/buf.h"
#include "core/access.h"
#include "core/credit.h"
#include "core/form.h"
#include "http/problem.h"
#include "text/csv.h"
#include "text/money.h"
#include "text/when.h"
#include "web/download.h"
#include "web/view.h"
#include "web/web.h"

#include <inttypes.h>

enum { PAGE_ROWS = 50 };

static const char *const kinds[] = { [CREDIT_INIT] = "Turned on",
    [CREDIT_PAYMENT] = "Top-up", [CREDIT_ADJUSTMENT] = "Adjustment",
    [CREDIT_CHARGE] = "Charges" };
_Static_assert(COUNT_OF(kinds) == CREDIT_KIND_COUNT, "every kind has words");

/* What the address asks for. */
struct ask {
    struct credit_filter f;
    struct str from, to;
    struct err wrong; /* dates that are none */
};

static struct str
base(struct cx *cx)
{
    return view_path(cx, "/credits");
}

static int64_t
read_mark(struct str s)
{
    int64_t mark;
    return str_int(s, &mark) && mark > 0 ? mark : 0;
}

static void
read_ask(struct cx *cx, const struct req *req, struct ask *ask)
{
    enum credit_kind kind;
    *ask = (struct ask){ .from = str_trim(req_query(req, "from")),
        .to = str_trim(req_query(req, "to")) };
    err_init(&ask->wrong, cx->arena);
    ask->f = (struct credit_filter){ .kind = req_query(req, "kind"),
        .from_s = view_day(&ask->wrong, "from", &ask->from),
        .to_s = view_day(&ask->wrong, "to", &ask->to),
        .before = read_mark(req_query(req, "before")),
        .after = read_mark(req_query(req, "after")),
        .most = PAGE_ROWS };
    if (ask->f.to_s)
        ask->f.to_s += DAY_S;
    if (ask->f.after)
        ask->f.before = 0;
    if (!credit_kind_read(ask->f.kind, &kind))
        ask->f.kind = STR("");
}

static struct str
address(struct cx *cx, const struct ask *ask, const char *rest,
    const char *mark_name, int64_t mark)
{
    struct arena *a = cx->arena;
    struct pairs p = { NULL, 0 };
    form_add(a, &p, STR("kind"), ask->f.kind);
    form_add(a, &p, STR("from"), ask->from);
    form_add(a, &p, STR("to"), ask->to);
    if (mark)
        form_add(a, &p, str_cstr(mark_name), arena_fmt(a, "%" PRId64, mark));
    return view_address(cx, view_path(cx, rest), &p);
}

static struct str
kind_words(struct str kind)
{
    enum credit_kind k;
    return credit_kind_read(kind, &k) ? str_cstr(kinds[k]) : kind;
}

static void
put_filters(struct cx *cx, const struct req *req, struct res *res,
    struct val *view, const struct ask *ask)
{
    struct form fm;
    struct req shown = *req;
    struct buf b;
    if (ask->wrong.code) {
        shown.failed = &ask->wrong;
        res->status = problem_of(ask->wrong.code)->status;
    }
    form_begin(&fm, cx, &shown, view);
    struct val *kind = form_choice(&fm, "kind");
    form_option(&fm, kind, STR(""), STR("Any"), STR(""), !ask->f.kind.n);
    for (int i = 0; i < CREDIT_KIND_COUNT; i++)
        form_option(&fm, kind,
            str_cstr(credit_kind_name((enum credit_kind)i)),
            str_cstr(kinds[i]), STR(""),
            str_is(ask->f.kind, credit_kind_name((enum credit_kind)i)));
    form_text(&fm, "from", ask->from);
    form_text(&fm, "to", ask->to);
    form_done(&fm);
    buf_init(&b, cx->arena, BUF_MAX_FIELD);
    buf_cstr(&b, "No line");
    if (ask->f.kind.n)
        buf_fmt(&b, " of kind %.*s", STR_ARG(kind_words(ask->f.kind)));
    if (ask->from.n)
        buf_fmt(&b, " from %.*s", STR_ARG(ask->from));
    if (ask->to.n)
        buf_fmt(&b, " to %.*s", STR_ARG(ask->to));
    buf_char(&b, '.');
    val_put_str(view, "filter_words", buf_view(&b));
}

static void
put_tiles(struct cx *cx, struct val *view, const struct credit_state *s)
{
    struct arena *a = cx->arena;
    struct val *tiles = val_put_list(view, "tiles");
    view_tile(tiles, "Balance", money_show(a, s->balance),
        s->balance - s->reserved <= 0
            ? STR("calls that cost are refused")
            : STR(""),
        STR(""));
    view_tile(tiles, "Reserved by calls under way",
        money_show(a, s->reserved), STR(""), STR(""));
    view_tile(tiles, "Charged this month", money_show(a, s->spent_month),
        STR(""), STR(""));
}

/* "1,204 calls": of charges; a correction alone has none. */
static struct str
calls_words(struct cx *cx, const struct credit_line *l)
{
    if (!str_is(l->kind, credit_kind_name(CREDIT_CHARGE)))
        return STR("");
    if (l->calls == 0)
        return STR("corrections");
    return count_of(cx->arena, l->calls, "call");
}

static void
put_line(struct cx *cx, struct val *list, const struct credit_line *l)
{
    struct arena *a = cx->arena;
    struct val *row = val_add_map(list);
    val_put_str(row, "when", when_long(a, l->until_s));
    val_put_str(row, "when_at", when_rfc3339(a, l->until_s));
    val_put_str(row, "what", kind_words(l->kind));
    view_text_or_null(row, "calls", calls_words(cx, l));
    view_text_or_null(row, "note", l->note);
    view_text_or_null(row, "who",
        str_is(l->kind, credit_kind_name(CREDIT_CHARGE)) ? STR("")
                                                         : l->by_name);
    val_put_fmt(row, "amount", "%s%.*s", l->amount > 0 ? "+" : "",
        STR_ARG(money_show(a, l->amount)));
    val_put_str(row, "balance", money_show(a, l->balance));
}

static void
put_pager(struct cx *cx, struct val *view, const struct ask *ask,
    const struct credit_line *rows, size_t n, bool more)
{
    struct val *pager = val_put_map(view, "pager");
    bool newer = ask->f.after ? more : ask->f.before > 0;
    bool older = ask->f.after ? true : more;
    val_put_fmt(pager, "text", "%.*s on this page",
        STR_ARG(count_of(cx->arena, (int64_t)n, "line")));
    val_put_null(pager, "prev");
    val_put_null(pager, "next");
    if (n && newer)
        val_put_str(pager, "prev",
            address(cx, ask, "/credits", "after", rows[0].id));
    if (n && older)
        val_put_str(pager, "next",
            address(cx, ask, "/credits", "before", rows[n - 1].id));
}

enum err_code
web_credit(struct cx *cx, const struct req *req, struct res *res)
{
    struct ask ask;
    struct credit_state state = { 0 };
    struct credit_line *rows = NULL;
    size_t n = 0;
    bool more = false;
    read_ask(cx, req, &ask);
    struct val *view = view_new(cx, req);
    put_filters(cx, req, res, view, &ask);
    struct str here = address(cx, &ask, "/credits", "", 0);
    if ((credit_state(cx, &state) ||
            credit_list(cx, &ask.f, &rows, &n, &more)) &&
        !view_load_failed(cx, res, view, here))
        return cx->err.code;
    bool filtered = ask.f.kind.n || ask.from.n || ask.to.n;
    bool paged = ask.f.before || ask.f.after;
    val_put_str(view, "here", here);
    val_put_str(view, "base", base(cx));
    val_put_str(view, "csv_href", address(cx, &ask, "/credits.csv", "", 0));
    val_put_bool(view, "used", state.used);
    val_put_bool(view, "none", n == 0 && !filtered && !paged);
    val_put_bool(view, "no_match", n == 0);
    view_text_or_null(view, "clear",
        filtered || n == 0 ? base(cx) : STR(""));
    put_tiles(cx, view, &state);
    struct val *list = val_put_list(view, "lines");
    for (size_t i = 0; i < n; i++)
        put_line(cx, list, &rows[i]);
    put_pager(cx, view, &ask, rows, n, more);
    res_page(res, "credit/view", view);
    return ERR_OK;
}

static void
csv_row(struct cx *cx, struct buf *out, const struct credit_line *l)
{
    struct arena *a = cx->arena;
    csv_cell(out, when_rfc3339(a, l->at_s), true);
    csv_cell(out, when_rfc3339(a, l->until_s), false);
    csv_cell(out, l->kind, false);
    csv_number(out, arena_fmt(a, "%" PRId64, l->calls), false);
    csv_number(out, money_plain(a, l->amount), false);
    csv_number(out, money_plain(a, l->balance), false);
    csv_cell(out, l->note, false);
    csv_cell(out, l->by_name, false);
    csv_end(out);
}

/* Every line that the same address shows on the page, all of its pages. */
enum err_code
web_credit_csv(struct cx *cx, const struct req *req, struct res *res)
{
    static const char *const heads[] = { "from", "to", "kind", "calls",
        "amount_usd", "balance_usd", "note", "by" };
    struct ask ask;
    struct download d;
    bool more = true;
    read_ask(cx, req, &ask);
    download_begin(cx, &d, heads, COUNT_OF(heads));
    ask.f.most = DOWNLOAD_PIECE;
    ask.f.before = ask.f.after = 0;
    while (more) {
        struct credit_line *rows;
        size_t n;
        if (credit_list(cx, &ask.f, &rows, &n, &more))
            return cx->err.code;
        for (size_t i = 0; i < n; i++)
            csv_row(cx, &d.out, &rows[i]);
        if (n)
            ask.f.before = rows[n - 1].id;
        if (download_count(cx, &d, n, more, "lines. Choose a shorter time"))
            return cx->err.code;
    }
    download_send(cx, &d, res, STR("credits"));
    return ERR_OK;
}

/* ---- changes ---- */

/* A form about the balance: begun here, its fields follow. */
static enum err_code
open_form(struct cx *cx, const struct req *req, struct form *fm,
    struct val **view)
{
    struct credit_state s;
    if (credit_state(cx, &s))
        return cx->err.code;
    *view = view_new(cx, req);
    struct str posted = form_get(&req->form, "once");
    val_put_str(*view, "base", base(cx));
    val_put_str(*view, "once", posted.n ? posted : form_id(cx));
    val_put_bool(*view, "used", s.used);
    val_put_str(*view, "balance", money_show(cx->arena, s.balance));
    form_begin(fm, cx, req, *view);
    return ERR_OK;
}

static enum err_code
amount_form(struct cx *cx, const struct req *req, struct res *res,
    const char *page, bool either_way)
{
    struct form fm;
    struct val *view;
    if (open_form(cx, req, &fm, &view))
        return cx->err.code;
    if (either_way) {
        struct val *way = form_choice(&fm, "way");
        form_option(&fm, way, STR("add"), STR("Add to the balance"), STR(""),
            true);
        form_option(&fm, way, STR("take"), STR("Take from the balance"),
            STR(""), false);
    }
    form_text(&fm, "amount", STR(""));
    form_text(&fm, "note", STR(""));
    form_done(&fm);
    res_page(res, page, view);
    return ERR_OK;
}

enum err_code
web_credit_on_form(struct cx *cx, const struct req *req, struct res *res)
{
    return amount_form(cx, req, res, "credit/on", false);
}

enum err_code
web_credit_top_up_form(struct cx *cx, const struct req *req, struct res *res)
{
    return amount_form(cx, req, res, "credit/top-up", false);
}

enum err_code
web_credit_adjust_form(struct cx *cx, const struct req *req, struct res *res)
{
    return amount_form(cx, req, res, "credit/adjust", true);
}

enum err_code
web_credit_off_form(struct cx *cx, const struct req *req, struct res *res)
{
    struct form fm;
    struct val *view;
    if (open_form(cx, req, &fm, &view))
        return cx->err.code;
    form_done(&fm);
    res_page(res, "credit/off", view);
    return ERR_OK;
}

enum err_code
web_credit_on(struct cx *cx, const struct req *req, struct res *res)
{
    if (credit_on(cx, req->input))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_CREDIT_ON, base(cx));
}

enum err_code
web_credit_off(struct cx *cx, const struct req *req, struct res *res)
{
    if (credit_off(cx))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_CREDIT_OFF, base(cx));
}

enum err_code
web_credit_top_up(struct cx *cx, const struct req *req, struct res *res)
{
    if (credit_top_up(cx, req->input))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_CREDIT_BOOKED, base(cx));
}

enum err_code
web_credit_adjust(struct cx *cx, const struct req *req, struct res *res)
{
    if (credit_adjust(cx, req->input))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_CREDIT_BOOKED, base(cx));
}
