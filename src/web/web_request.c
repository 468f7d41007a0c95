/* SPDX-License-Identifier: ISC */
/* The list of calls of a workspace: what was decided, never what was said. */
#include "web/pages.h"

#include "base/buf.h"
#include "core/access.h"
#include "core/why.h"
#include "http/problem.h"
#include "text/csv.h"
#include "text/money.h"
#include "text/utf8.h"
#include "text/when.h"
#include "web/download.h"
#include "web/key_words.h"
#include "web/request_words.h"
#include "web/view.h"

#include <inttypes.h>

enum { PAGE_ROWS = 50, TEXT_MAX = 120 };

/* What the address asks for. */
struct ask {
    struct request_filter f;
    struct str key, model, outcome, reason, from, to;
    struct err wrong; /* dates that are none */
};

static const struct {
    const char *name, *label;
} outcomes[] = {
    { "succeeded", "Succeeded" },
    { "failed", "Failed" },
    { "refused", "Refused" },
};

static struct str
base(struct cx *cx)
{
    return view_path(cx, "/requests");
}

/* "1773144000123.1.42" */
static struct str
mark_text(struct arena *a, const struct request_mark *m)
{
    return arena_fmt(a, "%" PRId64 ".%" PRId64 ".%" PRId64, m->at_ms, m->kind,
        m->id);
}

static struct request_mark
read_mark(struct str s)
{
    struct request_mark m = { 0 };
    struct str at, kind, id, rest;
    if (!str_cut(s, '.', &at, &rest) || !str_cut(rest, '.', &kind, &id) ||
        !str_int(at, &m.at_ms) || !str_int(kind, &m.kind) ||
        !str_int(id, &m.id) || m.at_ms <= 0)
        return (struct request_mark){ 0 };
    return m;
}

static struct str
one_of_outcomes(struct str s)
{
    for (size_t i = 0; i < COUNT_OF(outcomes); i++)
        if (str_is(s, outcomes[i].name))
            return s;
    return STR("");
}

static bool
can_be_listed(enum reason r)
{
    return r != REASON_ALLOWED && r != REASON_MISSING_KEY &&
        r != REASON_UNAVAILABLE;
}

static struct str
one_of_reasons(struct str s)
{
    for (enum reason r = REASON_ALLOWED; r < REASON_COUNT; r++)
        if (can_be_listed(r) && str_is(s, reason_code(r)))
            return s;
    return STR("");
}

static struct str
short_text(const struct req *req, const char *name)
{
    struct str s = str_trim(req_query(req, name));
    return utf8_plain(s, false) ? utf8_clip(s, TEXT_MAX) : STR("");
}

static void
read_ask(struct cx *cx, const struct req *req, struct ask *ask)
{
    *ask = (struct ask){ .key = short_text(req, "key"),
        .model = short_text(req, "model"),
        .outcome = one_of_outcomes(req_query(req, "outcome")),
        .reason = one_of_reasons(req_query(req, "reason")),
        .from = str_trim(req_query(req, "from")),
        .to = str_trim(req_query(req, "to")) };
    err_init(&ask->wrong, cx->arena);
    int64_t from_s = view_day(&ask->wrong, "from", &ask->from);
    int64_t to_s = view_day(&ask->wrong, "to", &ask->to);
    ask->f = (struct request_filter){ .model = ask->model,
        .outcome = ask->outcome,
        .reason = ask->reason,
        .from_ms = from_s * 1000,
        .to_ms = to_s ? (to_s + DAY_S) * 1000 : 0,
        .before = read_mark(req_query(req, "before")),
        .after = read_mark(req_query(req, "after")),
        .most = PAGE_ROWS };
}

static struct str
address(struct cx *cx, const struct ask *ask, const char *rest,
    const char *mark_name, const struct request_mark *mark)
{
    struct arena *a = cx->arena;
    struct pairs p = { NULL, 0 };
    form_add(a, &p, STR("key"), ask->key);
    form_add(a, &p, STR("model"), ask->model);
    form_add(a, &p, STR("outcome"), ask->outcome);
    form_add(a, &p, STR("reason"), ask->reason);
    form_add(a, &p, STR("from"), ask->from);
    form_add(a, &p, STR("to"), ask->to);
    if (mark)
        form_add(a, &p, str_cstr(mark_name), mark_text(a, mark));
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
    form_text(&fm, "id", STR(""));
    form_text(&fm, "key", ask->key);
    form_text(&fm, "model", ask->model);
    struct val *out = form_choice(&fm, "outcome");
    form_option(&fm, out, STR(""), STR("Any"), STR(""), !ask->outcome.n);
    for (size_t i = 0; i < COUNT_OF(outcomes); i++)
        form_option(&fm, out, str_cstr(outcomes[i].name),
            str_cstr(outcomes[i].label), STR(""),
            str_is(ask->outcome, outcomes[i].name));
    struct val *why = form_choice(&fm, "reason");
    form_option(&fm, why, STR(""), STR("Any"), STR(""), !ask->reason.n);
    for (enum reason r = REASON_ALLOWED; r < REASON_COUNT; r++)
        if (can_be_listed(r))
            form_option(&fm, why, str_cstr(reason_code(r)),
                str_cstr(refusal_label(r)), STR(""),
                str_is(ask->reason, reason_code(r)));
    form_text(&fm, "from", ask->from);
    form_text(&fm, "to", ask->to);
    form_done(&fm);
}

static struct str
filter_words(struct cx *cx, const struct ask *ask)
{
    struct buf b;
    buf_init(&b, cx->arena, BUF_MAX_FIELD);
    buf_cstr(&b, "No call");
    if (ask->key.n)
        buf_fmt(&b, " with key %.*s", STR_ARG(ask->key));
    if (ask->model.n)
        buf_fmt(&b, " of model %.*s", STR_ARG(ask->model));
    if (ask->outcome.n)
        buf_fmt(&b, " that %s%.*s",
            str_is(ask->outcome, "refused") ? "was " : "",
            STR_ARG(ask->outcome));
    if (ask->reason.n)
        buf_fmt(&b, " refused as %.*s", STR_ARG(ask->reason));
    if (ask->from.n)
        buf_fmt(&b, " from %.*s", STR_ARG(ask->from));
    if (ask->to.n)
        buf_fmt(&b, " to %.*s", STR_ARG(ask->to));
    buf_char(&b, '.');
    return buf_view(&b);
}

static void
put_outcome(struct cx *cx, struct val *row, const struct request_row *r)
{
    static const char *const classes[] = { [USAGE_SUCCEEDED] = "ok",
        [USAGE_FAILED] = "warn", [USAGE_REFUSED] = "bad" };
    const struct usage_event *e = &r->event;
    val_put_cstr(row, "outcome", outcomes[e->outcome].label);
    val_put_cstr(row, "class", classes[e->outcome]);
    val_put_null(row, "why");
    if (e->outcome == USAGE_REFUSED && r->calls > 1)
        val_put_fmt(row, "why", "%.*s: %.*s like it in this minute",
            STR_ARG(refusal_words(cx, e)),
            STR_ARG(count_of(cx->arena, r->calls, "call")));
    else if (e->outcome == USAGE_REFUSED)
        val_put_str(row, "why", refusal_words(cx, e));
}

static void
put_row(struct cx *cx, struct val *list, const struct request_row *r)
{
    struct arena *a = cx->arena;
    struct val *row = val_add_map(list);
    const struct usage_event *e = &r->event;
    struct key k = { .prefix = r->key_prefix };
    bool tally = e->outcome == USAGE_REFUSED && r->mark.kind == 0;
    bool used = e->outcome != USAGE_REFUSED;
    val_put_str(row, "when", when_long(a, e->at_ms / 1000));
    val_put_str(row, "when_at", when_rfc3339_ms(a, e->at_ms));
    val_put_str(row, "key", r->key_name);
    val_put_str(row, "key_href", key_href(cx, &k));
    view_text_or_null(row, "model", e->model);
    view_text_or_null(row, "endpoint", e->endpoint);
    put_outcome(cx, row, r);
    val_put_str(row, "input",
        used ? count_show(a, e->input_tokens) : STR(""));
    val_put_str(row, "output",
        used ? count_show(a, e->output_tokens) : STR(""));
    val_put_bool(row, "estimated", used && e->estimated);
    val_put_str(row, "cost", used ? money_show(a, e->cost) : STR(""));
    val_put_null(row, "took");
    if (e->took_ms >= 0)
        val_put_fmt(row, "took", "%.*s ms",
            STR_ARG(count_show(a, e->took_ms)));
    view_text_or_null(row, "href",
        tally ? STR("") : request_href(cx, e, r->key_prefix));
    val_put_str(row, "link_words",
        e->outcome == USAGE_REFUSED ? STR("Why refused?") : STR("Details"));
}

static void
put_pager(struct cx *cx, struct val *view, const struct ask *ask,
    const struct request_list *l)
{
    struct val *pager = val_put_map(view, "pager");
    bool newer = ask->f.after.at_ms ? l->more : ask->f.before.at_ms > 0;
    bool older = ask->f.after.at_ms ? true : l->more;
    struct request_mark far = { l->searched_ms, 0, 0 };
    val_put_fmt(pager, "text", "%.*s on this page",
        STR_ARG(count_of(cx->arena, (int64_t)l->n, "line")));
    val_put_null(pager, "prev");
    val_put_null(pager, "next");
    val_put_null(view, "searched");
    if (l->n && newer)
        val_put_str(pager, "prev",
            address(cx, ask, "/requests", "after", &l->rows[0].mark));
    if (l->n && older)
        val_put_str(pager, "next",
            address(cx, ask, "/requests", "before",
                &l->rows[l->n - 1].mark));
    if (!l->searched_ms)
        return;
    bool back = ask->f.after.at_ms > 0;
    if (back)
        far.kind = 2; /* behind all of that instant */
    val_put_str(view, "searched",
        when_long(cx->arena, l->searched_ms / 1000));
    val_put_str(view, "search_href",
        address(cx, ask, "/requests", back ? "after" : "before", &far));
}

/* A pasted id leads to its page. */
static bool
go_to_id(struct cx *cx, const struct req *req, struct res *res)
{
    struct str id = short_text(req, "id");
    struct usage_event e = { .event_id = id, .outcome = USAGE_REFUSED };
    struct str href = request_href(cx, &e, STR(""));
    if (href.n)
        res_see_other(res, href);
    return href.n > 0;
}

enum err_code
web_request_list(struct cx *cx, const struct req *req, struct res *res)
{
    struct ask ask;
    struct request_list l = { .rows = NULL };
    if (go_to_id(cx, req, res))
        return ERR_OK;
    read_ask(cx, req, &ask);
    struct val *view = view_new(cx, req);
    put_filters(cx, req, res, view, &ask);
    struct str here = address(cx, &ask, "/requests", "", NULL);
    struct request_filter f = ask.f;
    enum err_code code = request_list(cx, ask.key, &f, &l);
    if (code == ERR_NOT_FOUND)
        err_init(&cx->err, cx->arena); /* no such key: nothing matches */
    else if (code && !view_load_failed(cx, res, view, here))
        return cx->err.code;
    bool filtered = ask.key.n || ask.model.n || ask.outcome.n ||
        ask.reason.n || ask.from.n || ask.to.n;
    bool paged = ask.f.before.at_ms || ask.f.after.at_ms;
    val_put_str(view, "here", here);
    val_put_str(view, "base", base(cx));
    val_put_str(view, "csv_href",
        address(cx, &ask, "/requests.csv", "", NULL));
    val_put_bool(view, "own_only", !access_has(cx, RIGHT_USAGE_ALL));
    val_put_int(view, "days", REFUSALS_KEPT_DAYS);
    val_put_bool(view, "empty", l.n == 0 && !filtered && !paged);
    val_put_bool(view, "no_match",
        l.n == 0 && (filtered || paged) && !l.searched_ms);
    val_put_str(view, "filter_words", filter_words(cx, &ask));
    view_text_or_null(view, "clear",
        filtered || paged ? base(cx) : STR(""));
    struct val *list = val_put_list(view, "rows");
    for (size_t i = 0; i < l.n; i++)
        put_row(cx, list, &l.rows[i]);
    val_put_null(view, "search_href");
    put_pager(cx, view, &ask, &l);
    res_page(res, "request/list", view);
    return ERR_OK;
}

static void
csv_row(struct cx *cx, struct buf *out, const struct request_row *r)
{
    struct arena *a = cx->arena;
    const struct usage_event *e = &r->event;
    const struct str cells[] = { r->key_prefix, r->key_name, e->model,
        e->endpoint, str_cstr(outcomes[e->outcome].name), e->reason };
    const struct str ends[] = { e->address, e->event_id, e->request_id };
    csv_cell(out, when_rfc3339_ms(a, e->at_ms), true);
    for (size_t i = 0; i < COUNT_OF(cells); i++)
        csv_cell(out, cells[i], false);
    csv_number(out, arena_fmt(a, "%" PRId64, r->calls), false);
    csv_number(out, arena_fmt(a, "%" PRId64, e->input_tokens), false);
    csv_number(out, arena_fmt(a, "%" PRId64, e->output_tokens), false);
    csv_number(out, arena_fmt(a, "%" PRId64, e->cost), false);
    for (size_t i = 0; i < COUNT_OF(ends); i++)
        csv_cell(out, ends[i], false);
    csv_end(out);
}

/* Every call that the same address shows, all of its pages. */
enum err_code
web_request_csv(struct cx *cx, const struct req *req, struct res *res)
{
    static const char *const heads[] = { "time", "key", "key_name", "model",
        "endpoint", "outcome", "reason", "calls", "input_tokens",
        "output_tokens", "cost_micro_usd", "address", "id", "request_id" };
    struct ask ask;
    struct download d;
    bool more = true;
    read_ask(cx, req, &ask);
    download_begin(cx, &d, heads, COUNT_OF(heads));
    ask.f.most = DOWNLOAD_PIECE;
    ask.f.before = ask.f.after = (struct request_mark){ 0 };
    while (more) {
        struct request_list l;
        struct request_filter f = ask.f;
        if (request_list(cx, ask.key, &f, &l))
            return cx->err.code;
        for (size_t i = 0; i < l.n; i++)
            csv_row(cx, &d.out, &l.rows[i]);
        more = l.more || l.searched_ms;
        if (l.more)
            ask.f.before = l.rows[l.n - 1].mark;
        else
            ask.f.before = (struct request_mark){ l.searched_ms, 0, 0 };
        if (download_count(cx, &d, l.n, more, "lines. Choose a shorter time"))
            return cx->err.code;
    }
    download_send(cx, &d, res, STR("requests"));
    return ERR_OK;
}
