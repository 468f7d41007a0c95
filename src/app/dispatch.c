/* SPDX-License-Identifier: ISC */
#include "app/dispatch.h"

#include "api/api.h"
#include "api/error.h"
#include "app/admin.h"
#include "app/docs.h"
#include "app/metrics.h"
#include "app/gates.h"
#include "app/page.h"
#include "app/prefix.h"
#include "base/clock.h"
#include "core/denied.h"
#include "core/factor.h"
#include "core/operator.h"
#include "http/cookie.h"
#include "http/header.h"
#include "http/problem.h"
#include "model/advice.h"
#include "model/catalog.h"
#include "model/check.h"
#include "model/credit.h"
#include "model/leak.h"
#include "model/client.h"
#include "model/limit.h"
#include "model/notice.h"
#include "model/team.h"
#include "secret/foreign.h"
#include "text/json.h"
#include "text/utf8.h"
#include "web/pages.h"
#include "web/web.h"

#include <string.h>

enum { AGENT_MAX = 200, NO_BODY = 0, FORM = 64 * 1024, SMALL_JSON = 64 * 1024,
    LARGE_JSON = 1024 * 1024 };

#define ROW(method, path, handle, knock, face, fields, bytes, again, max,   \
    fresh)                                                                  \
    { METHOD_##method, path, handle, #handle, KNOCK_##knock, FACE_##face,   \
        fields, bytes, again, max, fresh },
#define ROUTE(method, path, handle, knock, face, fields, bytes, again, max) \
    ROW(method, path, handle, knock, face, fields, bytes, again, max, false)
#define FRESH(method, path, handle, knock, face, fields, bytes, again, max) \
    ROW(method, path, handle, knock, face, fields, bytes, again, max, true)
static const struct route table[] = {
#include "app/routes.def"
};
#undef FRESH
#undef ROUTE
#undef ROW

/* Not in the table: an Authorizer request may have any path. */
static const struct route authorizer = { .handle = api_authorize,
    .path = "(authorizer)", .name = "api_authorize", .knock = KNOCK_GATE,
    .face = FACE_OPENAI };

const struct route *
routes(size_t *n)
{
    *n = COUNT_OF(table);
    return table;
}

enum err_code
app_static(struct cx *cx, const struct req *req, struct res *res)
{
    /* a context of the web server is always part of a worker */
    const struct worker *w =
        (const void *)((const char *)cx - offsetof(struct worker, cx));
    if (assets_find(w->app->assets, req_param(req, "name"), res))
        return ERR_OK;
    return ERR(&cx->err, ERR_NOT_FOUND, "There is no such file.");
}

static const struct route guarded = { .handle = api_guarded,
    .path = "(guarded)", .name = "api_guarded", .knock = KNOCK_GATE,
    .face = FACE_OPENAI };

/* Where a request goes, for the shape of its error: a path that cannot be read
 * begins as it was sent.  Only to be compared. */
static struct str
place_of(const struct worker *w)
{
    return w->req.path.n ? w->req.path
                         : prefix_cut(prefix_of(w->cx.public_url),
                               w->req.target);
}

/* Is this a path that the web server guards with the Authorizer? */
static bool
is_guarded(const struct worker *w)
{
    struct str prefix = w->cx.gate_prefix, place = place_of(w);
    struct str rest = str_from(place, prefix.n);
    return prefix.n && str_starts(place, prefix) && rest.n &&
        rest.p[0] == '/';
}

/* The row of a request that cannot be read, where its path can: the error has
 * the shape of that row. */
static void
find_unread(struct worker *w)
{
    struct err none;
    struct str allow;
    err_init(&none, w->arena);
    if (w->req.path.n)
        w->req.path = prefix_cut(prefix_of(w->cx.public_url), w->req.path);
    if (w->req.authorizer || is_guarded(w))
        w->route = w->req.authorizer ? &authorizer : &guarded;
    else if (route_find(table, COUNT_OF(table), &w->req, &w->route, &allow,
                 w->arena, &none))
        w->route = NULL;
}

/* Bytes of body to read. */
static size_t
begin(struct worker *w, const struct pairs *params)
{
    struct cx *cx = &w->cx;
    size_t announced = 0;
    enum err_code code = req_build(w->arena, params, &w->req, &cx->err);
    cx->request_id = w->req.id; /* also there when the rest is unreadable */
    if (code) {
        find_unread(w);
        return 0;
    }
    w->req.path = prefix_cut(prefix_of(cx->public_url), w->req.path);
    cx->peer = w->req.peer;
    cx->address = w->req.peer_text;
    struct str agent = req_header(&w->req, "user-agent");
    cx->agent = utf8_plain(agent, false) ? utf8_clip(agent, AGENT_MAX)
                                         : STR("unreadable");
    /* TLS may end in a server before the web server: then the address that
     * people use decides.  Over plain http such cookies do not come back, so a
     * wrong address shows at the first sign-in. */
    if (str_starts(cx->public_url, STR("https://")))
        w->req.https = true;
    if (w->req.authorizer || is_guarded(w)) {
        if (str_find(w->req.path, '%') < w->req.path.n)
            ERR(&cx->err, ERR_NOT_FOUND,
                "There is no page at this address."); /* encoded slash */
        if (str_is(w->req.method_text, "TRACE"))
            ERR(&cx->err, ERR_METHOD, "TRACE is not passed on: its answer "
                "would show what the upstream was told.");
        w->route = w->req.authorizer ? &authorizer : &guarded;
        return 0; /* the body is for the upstream */
    }
    if (route_find(table, COUNT_OF(table), &w->req, &w->route, &w->allow,
            w->arena, &cx->err) ||
        req_content_length(params, w->route->body_max, &announced, &cx->err))
        return 0;
    return announced;
}

/* What a part of a request is given, and gives. */
struct part {
    struct worker *w;
    const struct pairs *params;
    size_t n;
    struct str body;
    struct answer *out;
    char *room;
};

static void
begin_part(void *arg)
{
    struct part *p = arg;
    p->n = begin(p->w, p->params);
}

static void
room_part(void *arg)
{
    struct part *p = arg;
    p->room = arena_alloc(p->w->arena, p->n);
}

size_t
dispatch_begin(struct worker *w, const struct pairs *params)
{
    struct part p = { .w = w, .params = params };
    worker_reset(w);
    w->short_of_memory = !memory_try(begin_part, &p);
    return w->short_of_memory ? 0 : p.n;
}

char *
dispatch_room(struct worker *w, size_t n)
{
    struct part p = { .w = w, .n = n };
    w->short_of_memory = !memory_try(room_part, &p);
    return p.room;
}

/* The gates, then the handler. */
static enum err_code
run(struct worker *w, size_t announced, struct str body)
{
    struct cx *cx = &w->cx;
    if (cx->err.code)
        return cx->err.code;
    w->req.body = body; /* a signature is of its bytes */
    if (gate_who(w)) {
        gate_keep(w, announced, body);
        return cx->err.code;
    }
    if (gate_body(w, announced, body) || gate_forgery(w) ||
        gate_workspace(w) || gate_fields(w) || gate_fresh(w))
        return cx->err.code;
    enum err_code code = w->route->handle(cx, &w->req, &w->res);
    must(code == cx->err.code);
    if (!code && w->res.send.n)
        return page_send(w);
    if (!code && w->res.resume.n)
        return page_resume(w);
    return code;
}

/* Whose shape an error has where no row was found: by the paths of each
 * family, the longer ones first. */
static const struct {
    const char *begins;
    enum face face;
} families[] = {
    { "/v2/ai/ai-api-key", FACE_EXO_OLD },
    { "/v2/ai/", FACE_EXO_NEW },
    { "/v2/", FACE_AIMLAPI },
    { "/v1/key", FACE_AIMLAPI },
    { "/v1/billing", FACE_AIMLAPI },
    { "/v1/", FACE_API },
    { "/sdk/", FACE_AIX },
    { "/gate", FACE_API },
};

static enum face
face_of(const struct worker *w)
{
    if (w->route)
        return w->route->face;
    for (size_t i = 0; i < COUNT_OF(families); i++)
        if (str_starts(place_of(w), str_cstr(families[i].begins)))
            return families[i].face;
    return FACE_PAGE;
}

/* A JSON answer as bytes. */
static enum err_code
json_render(struct worker *w)
{
    struct res *res = &w->res;
    struct buf b;
    prefix_json(w->arena, prefix_of(w->cx.public_url), res->json);
    buf_init(&b, w->arena, BUF_MAX_JSON);
    json_write(&b, res->json);
    if (b.full)
        return ERR_FAULT(&w->cx.err, "a JSON answer of more than %d bytes",
            (int)BUF_MAX_JSON);
    res->bytes = buf_view(&b);
    if (!res->type)
        res->type = "application/json; charset=utf-8";
    return ERR_OK;
}

/* What is not theirs is answered as what there is not. */
static void
note_missing(struct worker *w, struct str what)
{
    struct cx *cx = &w->cx;
    bool outside = w->route->knock == KNOCK_WORKSPACE && !cx->ws.id;
    if (w->route->knock == KNOCK_OPERATOR) { /* those may see all ids */
        if (!operator_is(cx))
            denied_actor(cx, DENIED_RIGHT, what);
        return;
    }
    for (size_t i = 0; i < w->req.n_params; i++) {
        struct str name = w->req.params[i].name;
        if (outside ? str_is(name, "ws")
                    : str_is(name, "id") || str_is(name, "prefix"))
            denied_missing(cx, w->req.params[i].value, what);
    }
}

/* Who is known, and tried what they may not, is told of in the audit log. */
static void
note_denied(struct worker *w, const struct err *failed)
{
    static const char *const foreign = "foreign_origin";
    const struct route *row = w->route;
    bool forbidden = failed->code == ERR_FORBIDDEN &&
        !(failed->reason && strcmp(failed->reason, FACTOR_REASON) == 0);
    bool forged = failed->code == ERR_STALE_FORM && failed->reason &&
        strcmp(failed->reason, foreign) == 0;
    bool missing = failed->code == ERR_NOT_FOUND;
    if (!row || row->face == FACE_OPENAI || !(forbidden || forged || missing))
        return;
    struct str what = arena_fmt(w->arena, "%s %s", method_name(row->method),
        row->path);
    if (missing)
        note_missing(w, what);
    else
        denied_actor(&w->cx, forged ? DENIED_FOREIGN : DENIED_RIGHT, what);
}

/* An error becomes a form shown again, a page, or a problem document. */
static void
answer_error(struct worker *w)
{
    struct cx *cx = &w->cx;
    struct err failed = cx->err;
    store_attach(w->store, w->arena, &cx->err); /* rolls back what is open */
    err_init(&cx->err, w->arena);
    note_denied(w, &failed);
    err_init(&cx->err, w->arena); /* what is not counted is no error */
    if (failed.code == ERR_UNAUTHENTICATED && failed.detail.n == 0)
        failed.file = NULL; /* an everyday matter, not for the log */
    struct pairs cookies = w->res.headers;
    w->res = (struct res){ .headers = cookies };
    switch (face_of(w)) {
    case FACE_PAGE:
        page_error(w, &failed);
        break;
    case FACE_API:
    case FACE_OPENAI:
    case FACE_AIMLAPI:
    case FACE_EXO_OLD:
    case FACE_EXO_NEW:
    case FACE_AIX:
        api_error(cx, face_of(w), &w->req, &failed, &w->res);
        must(json_render(w) == ERR_OK);
        break;
    case FACE_PLAIN:
        w->res.status = problem_of(failed.code)->status;
        w->res.bytes = arena_fmt(w->arena, "%.*s\n", STR_ARG(failed.msg));
        w->res.type = "text/plain; charset=utf-8";
        break;
    }
    problem_headers(w->arena, w->res.status, &failed, &w->res);
    if (failed.code == ERR_METHOD)
        res_header(w->arena, &w->res, "Allow", w->allow);
    cx->err = failed; /* for the log */
}

static void
finish(struct worker *w, struct answer *out)
{
    struct res *res = &w->res;
    struct arena *a = w->arena;
    /* what the Authorizer says to "allowed" is for the web server alone */
    bool unseen = w->req.authorizer && res->status == 200;
    if (!unseen)
        headers_add(a, res, face_of(w), w->req.https);
    struct str prefix = prefix_of(w->cx.public_url);
    out->body = res->bytes;
    if (face_of(w) == FACE_PAGE && res->type &&
        strncmp(res->type, "text/html", 9) == 0)
        out->body = prefix_html(a, prefix, out->body);
    out->status = res->status ? res->status : 200;
    if (res->location.n)
        res_header(a, res, "Location",
            prefix_location(a, prefix, res->location));
    if (out->body.n && res->type)
        res_header(a, res, "Content-Type", str_cstr(res->type));
    if (!unseen)
        res_header(a, res, "X-Request-Id", w->cx.request_id);
    if (!unseen && out->status != 204) /* those have no body at all */
        res_header(a, res, "Content-Length",
            arena_fmt(a, "%zu", out->body.n));
    if (w->req.method == METHOD_HEAD)
        out->body.n = 0;
    out->headers = res->headers;
}

/* When there is no memory even to say so in the words of its family. */
#define LAST_WORDS "The server is short of memory. Try again in a moment.\n"
#define LAST_LENGTH "54"
_Static_assert(sizeof LAST_WORDS - 1 == 54, "as LAST_LENGTH says");

static struct pair last_headers[] = {
    { STR_INIT("Content-Type"), STR_INIT("text/plain; charset=utf-8") },
    { STR_INIT("Content-Length"), STR_INIT(LAST_LENGTH) },
    { STR_INIT("Retry-After"), STR_INIT("1") },
    { STR_INIT("Cache-Control"), STR_INIT("no-store") },
    { STR_INIT("X-Content-Type-Options"), STR_INIT("nosniff") },
};
static const struct answer last_answer = { 503,
    { last_headers, COUNT_OF(last_headers) }, STR_INIT(LAST_WORDS) };

static void
answer_part(void *arg)
{
    struct part *p = arg;
    struct worker *w = p->w;
    if (run(w, p->n, p->body) || (w->res.page && page_render(w)) ||
        (w->res.json && json_render(w)))
        answer_error(w);
    finish(w, p->out);
}

/* Memory ran out, and with what is left there is only an error to tell. */
static void
short_part(void *arg)
{
    struct part *p = arg;
    struct cx *cx = &p->w->cx;
    ERR(&cx->err, ERR_BUSY, "The server is busy. Try again in a moment.");
    cx->err.retry_s = 1;
    cx->err.detail = STR("memory ran out");
    answer_error(p->w);
    finish(p->w, p->out);
}

/* What the request had in hand, given back. */
static void
let_go(struct worker *w)
{
    err_init(&w->cx.err, w->arena);
    store_attach(w->store, w->arena, &w->cx.err); /* rolls back */
    w->cx.changes = 0;
}

void
dispatch_end(struct worker *w, size_t announced, struct str body,
    struct answer *out)
{
    struct part p = { .w = w, .n = announced, .body = body, .out = out };
    if (!w->short_of_memory && memory_try(answer_part, &p))
        return;
    w->short_of_memory = true;
    let_go(w);
    if (memory_try(short_part, &p))
        return;
    let_go(w);
    *out = last_answer;
}

static struct str
head_of(struct arena *a, const struct answer *answer)
{
    struct buf b;
    buf_init(&b, a, BUF_MAX_FIELD);
    buf_fmt(&b, "Status: %d\r\n", answer->status);
    for (size_t i = 0; i < answer->headers.n; i++) {
        buf_str(&b, answer->headers.items[i].name);
        buf_cstr(&b, ": ");
        buf_str(&b, answer->headers.items[i].value);
        buf_cstr(&b, "\r\n");
    }
    buf_cstr(&b, "\r\n");
    must(!b.full);
    return buf_view(&b);
}

struct head {
    struct arena *a;
    const struct answer *answer;
    struct str text;
};

static void
head_part(void *arg)
{
    struct head *h = arg;
    h->text = head_of(h->a, h->answer);
}

struct str
dispatch_head(struct arena *a, struct answer *answer)
{
    struct head h = { a, answer, { NULL, 0 } };
    if (memory_try(head_part, &h))
        return h.text;
    *answer = last_answer;
    return STR("Status: 503\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Length: " LAST_LENGTH "\r\nRetry-After: 1\r\n\r\n");
}

/* What a part of a path may be to stand in the log: tokens and keys, those that
 * were imported, too, are longer. */
static bool
is_harmless(struct str part)
{
    enum { PART_MOST = FOREIGN_LEAST - 1 };
    for (size_t i = 0; i < part.n; i++)
        if (!((part.p[i] >= 'a' && part.p[i] <= 'z') ||
                (part.p[i] >= '0' && part.p[i] <= '9') || part.p[i] == '-' ||
                part.p[i] == '_' || part.p[i] == '.'))
            return false;
    return part.n <= PART_MOST;
}

/* The path of what there is not: no query, and "-" for each part that may be
 * more than a word. */
static void
log_missing(struct log_line *l, struct str path)
{
    enum { PATH_MOST = 100 };
    char shown[PATH_MOST];
    size_t n = 0;
    struct str rest = path, part;
    while (rest.n && n < sizeof shown) {
        part = str_from(rest, 1);
        part = str_head(part, str_find(part, '/'));
        struct str say = is_harmless(part) ? part : STR("-");
        if (say.n + 1 > sizeof shown - n)
            break;
        shown[n++] = '/';
        memcpy(shown + n, say.n ? say.p : "", say.n);
        n += say.n;
        rest = str_from(rest, part.n + 1);
    }
    log_str(l, "path", (struct str){ shown, n });
}

void
dispatch_log(struct worker *w, const struct answer *answer)
{
    const struct cx *cx = &w->cx;
    const struct err *e = &cx->err;
    struct log_line l;
    int64_t took_us = clock_mono_us() - w->began_us;
    const char *code = cx->refusal ? cx->refusal : e->code ? e->reason : NULL;
    metrics_add(w->route, w->req.authorizer, answer->status, took_us);
    if (cx->refusal && !w->req.unseen) /* it is asked again, and counted then */
        metrics_refused(cx->refusal);
    log_begin(&l, e->code == ERR_INTERNAL ? LOG_ERROR : LOG_INFO, "request");
    log_str(&l, "id", cx->request_id);
    log_str(&l, "method", str_head(w->req.method_text, 16));
    /* the row, not the path: a path may hold a one-time token */
    log_cstr(&l, "route", w->route ? w->route->path : "-");
    if (!w->route && w->req.path.n)
        log_missing(&l, w->req.path);
    log_int(&l, "status", answer->status);
    if (code)
        log_cstr(&l, "code", code);
    log_int(&l, "us", took_us);
    log_int(&l, "bytes", (int64_t)answer->body.n);
    log_str(&l, "from", cx->address);
    if (cx->actor.kind == ACTOR_USER)
        log_str(&l, "user", cx->actor.user.uuid);
    if (cx->actor.kind == ACTOR_KEY)
        log_str(&l, "key", cx->actor.key.prefix);
    if (cx->ws.slug.n)
        log_str(&l, "workspace", cx->ws.slug);
    if (e->code && e->file) {
        log_str(&l, "error", e->detail.n ? e->detail : e->msg);
        log_cstr(&l, "at", e->file);
        log_int(&l, "line", e->line);
    }
    log_end(&l);
}
