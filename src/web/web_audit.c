/* SPDX-License-Identifier: ISC */
/* The audit log of a workspace, as a page and as CSV. */
#include "web/pages.h"

#include "base/buf.h"
#include "core/access.h"
#include "core/audit.h"
#include "http/problem.h"
#include "text/csv.h"
#include "text/money.h"
#include "text/utf8.h"
#include "text/when.h"
#include "web/audit_words.h"
#include "web/download.h"
#include "web/view.h"

#include <inttypes.h>

enum { PAGE_ROWS = 50, FIND_MAX = 80 };

/* What the address asks for. */
struct ask {
    struct audit_filter f;
    struct str q, action, from, to;
    struct err wrong; /* dates that are none */
};

static struct str
base(struct cx *cx)
{
    return view_path(cx, "/audit");
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
    *ask = (struct ask){ .q = utf8_clip(str_trim(req_query(req, "q")),
                             FIND_MAX),
        .action = req_query(req, "action"),
        .from = str_trim(req_query(req, "from")),
        .to = str_trim(req_query(req, "to")) };
    err_init(&ask->wrong, cx->arena);
    if (!audit_known(ask->action))
        ask->action = STR("");
    int64_t from_s = view_day(&ask->wrong, "from", &ask->from);
    int64_t to_s = view_day(&ask->wrong, "to", &ask->to);
    ask->f = (struct audit_filter){ .action = ask->action,
        .find = str_lower(cx->arena, ask->q),
        .find_id = ask->q,
        .from_s = from_s,
        .to_s = to_s ? to_s + DAY_S : 0,
        .before = read_mark(req_query(req, "before")),
        .after = read_mark(req_query(req, "after")),
        .most = PAGE_ROWS };
}

static struct str
address(struct cx *cx, const struct ask *ask, const char *rest,
    const char *mark_name, int64_t mark)
{
    struct arena *a = cx->arena;
    struct pairs p = { NULL, 0 };
    form_add(a, &p, STR("q"), ask->q);
    form_add(a, &p, STR("action"), ask->action);
    form_add(a, &p, STR("from"), ask->from);
    form_add(a, &p, STR("to"), ask->to);
    if (mark)
        form_add(a, &p, str_cstr(mark_name), arena_fmt(a, "%" PRId64, mark));
    return view_address(cx, view_path(cx, rest), &p);
}

static void
put_filters(struct cx *cx, const struct req *req, struct res *res,
    struct val *view, const struct ask *ask)
{
    struct form fm;
    struct req shown = *req;
    if (ask->wrong.code) {
        shown.failed = &ask->wrong;
        res->status = problem_of(ask->wrong.code)->status;
    }
    form_begin(&fm, cx, &shown, view);
    form_text(&fm, "q", ask->q);
    struct val *action = form_choice(&fm, "action");
    form_option(&fm, action, STR(""), STR("Any"), STR(""), !ask->action.n);
    audit_options(&fm, action, ask->action);
    form_text(&fm, "from", ask->from);
    form_text(&fm, "to", ask->to);
    form_done(&fm);
}

static struct str
filter_words(struct cx *cx, const struct ask *ask)
{
    struct buf b;
    buf_init(&b, cx->arena, BUF_MAX_FIELD);
    buf_cstr(&b, "No line");
    if (ask->action.n)
        buf_fmt(&b, " with action %.*s",
            STR_ARG(audit_label(ask->action)));
    if (ask->q.n)
        buf_fmt(&b, " about \xe2\x80\x9c%.*s\xe2\x80\x9d", STR_ARG(ask->q));
    if (ask->from.n)
        buf_fmt(&b, " from %.*s", STR_ARG(ask->from));
    if (ask->to.n)
        buf_fmt(&b, " to %.*s", STR_ARG(ask->to));
    buf_char(&b, '.');
    return buf_view(&b);
}

static void
put_line(struct cx *cx, struct val *list, const struct audit *r)
{
    struct val *row = val_add_map(list);
    struct str name = r->object_name.n ? r->object_name : r->object_id;
    val_put_str(row, "when", when_long(cx->arena, r->at_s));
    val_put_str(row, "when_at", when_rfc3339(cx->arena, r->at_s));
    val_put_str(row, "who", audit_who(r));
    view_text_or_null(row, "how", audit_how(cx, r));
    val_put_str(row, "did", audit_did(r->action));
    view_text_or_null(row, "object", name);
    view_text_or_null(row, "object_href", audit_href(cx, r));
    view_text_or_null(row, "details", audit_details(cx, r));
    view_text_or_null(row, "address", r->address);
    val_put_str(row, "request_id", r->request_id);
}

static void
put_pager(struct cx *cx, struct val *view, const struct ask *ask,
    const struct audit *rows, size_t n, bool more)
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
            address(cx, ask, "/audit", "after", rows[0].seq));
    if (n && older)
        val_put_str(pager, "next",
            address(cx, ask, "/audit", "before", rows[n - 1].seq));
}

/* Is the log whole?  Not how long it is: that tells of other workspaces. */
static enum err_code
put_chain(struct cx *cx, struct val *view)
{
    struct audit_state s;
    struct arena *a = cx->arena;
    if (audit_state(cx, &s))
        return cx->err.code;
    bool bad = s.bad || (s.head_seq && !s.head_good);
    val_put_bool(view, "chain_bad", bad);
    if (bad)
        val_put_cstr(view, "chain", "The log does not fit its signatures: "
            "lines were changed or removed in the database. Ask the operator "
            "of this server to run: keylodge audit verify");
    else if (s.head_seq)
        val_put_str(view, "chain", arena_fmt(a, "Checked just now: the log "
            "was last signed on %.*s, and no line since then was changed.",
            STR_ARG(when_long(a, s.head_at_s))));
    else
        val_put_cstr(view, "chain", "Checked just now: no line was changed. "
            "The log is signed every hour.");
    return ERR_OK;
}

enum err_code
web_audit_list(struct cx *cx, const struct req *req, struct res *res)
{
    struct ask ask;
    struct audit *rows = NULL;
    size_t n = 0;
    bool more = false;
    read_ask(cx, req, &ask);
    struct val *view = view_new(cx, req);
    put_filters(cx, req, res, view, &ask);
    struct str here = address(cx, &ask, "/audit", "", 0);
    val_put_null(view, "chain");
    val_put_bool(view, "chain_bad", false);
    if ((audit_list(cx, &ask.f, &rows, &n, &more) || put_chain(cx, view)) &&
        !view_load_failed(cx, res, view, here))
        return cx->err.code;
    bool filtered = ask.q.n || ask.action.n || ask.from.n || ask.to.n;
    val_put_str(view, "here", here);
    val_put_str(view, "base", base(cx));
    val_put_str(view, "csv_href", address(cx, &ask, "/audit.csv", "", 0));
    val_put_bool(view, "own_only", !access_has(cx, RIGHT_AUDIT_ALL));
    val_put_bool(view, "no_match", n == 0);
    val_put_str(view, "filter_words", filter_words(cx, &ask));
    view_text_or_null(view, "clear",
        filtered || n == 0 ? base(cx) : STR(""));
    struct val *list = val_put_list(view, "lines");
    for (size_t i = 0; i < n; i++)
        put_line(cx, list, &rows[i]);
    put_pager(cx, view, &ask, rows, n, more);
    res_page(res, "audit/list", view);
    return ERR_OK;
}

static void
csv_row(struct cx *cx, struct buf *out, const struct audit *r)
{
    const struct str cells[] = { when_rfc3339(cx->arena, r->at_s),
        r->actor_kind, r->actor_id, r->actor_name, r->action, r->object_kind,
        r->object_id, r->object_name, r->details, r->address,
        r->request_id };
    csv_number(out, arena_fmt(cx->arena, "%" PRId64, r->seq), true);
    for (size_t i = 0; i < COUNT_OF(cells); i++)
        csv_cell(out, cells[i], false);
    csv_end(out);
}

/* Every line that the same address shows on the page, all of its pages. */
enum err_code
web_audit_csv(struct cx *cx, const struct req *req, struct res *res)
{
    static const char *const heads[] = { "seq", "time", "actor_kind",
        "actor_id", "actor", "action", "object_kind", "object_id", "object",
        "details", "address", "request_id" };
    struct ask ask;
    struct download d;
    bool more = true;
    read_ask(cx, req, &ask);
    download_begin(cx, &d, heads, COUNT_OF(heads));
    ask.f.most = DOWNLOAD_PIECE;
    ask.f.before = ask.f.after = 0;
    while (more) {
        struct audit *rows;
        size_t n;
        if (audit_list(cx, &ask.f, &rows, &n, &more))
            return cx->err.code;
        for (size_t i = 0; i < n; i++)
            csv_row(cx, &d.out, &rows[i]);
        if (n)
            ask.f.before = rows[n - 1].seq;
        if (download_count(cx, &d, n, more, "lines. Choose a shorter time"))
            return cx->err.code;
    }
    download_send(cx, &d, res, STR("audit"));
    return ERR_OK;
}
