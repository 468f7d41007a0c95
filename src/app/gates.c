/* SPDX-License-Identifier: ISC */
#include "app/gates.h"

#include "app/prefix.h"
#include "core/check.h"
#include "core/key.h"
#include "core/once.h"
#include "core/operator.h"
#include "core/session.h"
#include "core/touch.h"
#include "core/workspace.h"
#include "http/cookie.h"
#include "http/csrf.h"
#include "http/exo2.h"
#include "secret/mac.h"
#include "secret/random.h"
#include "text/fields.h"
#include "text/utf8.h"
#include "web/web.h"

enum { PRE_SESSION_CHARS = 43 };

/* A session makes the actor; `csrf` tokens are bound to its cookie. */
static enum err_code
who_session(struct worker *w)
{
    struct str token = cookie_get(&w->req, COOKIE_SESSION);
    if (session_open(&w->cx, token, &w->expired))
        return w->cx.err.code;
    if (w->cx.actor.kind == ACTOR_USER) {
        w->form_session = token;
        touch_session(&w->cx, 0);
    }
    return ERR_OK;
}

/* Which kinds of key a row takes, and what it says to the others. */
static const struct {
    unsigned kinds;
    const char *words;
} takes[] = {
    [KNOCK_KEY] = { ~0u, "" },
    [KNOCK_STANDARD] = { 1u << KEY_STANDARD,
        "This is for API keys, about their own calls. Use an API key." },
    [KNOCK_FIGURES] = { 1u << KEY_STANDARD | 1u << KEY_MANAGEMENT,
        "An admin key sets limits and nothing else. Use an API key or a "
        "management key." },
    [KNOCK_CALLS] = { 1u << KEY_STANDARD | 1u << KEY_MANAGEMENT,
        "An admin key sets limits and nothing else. Use an API key or a "
        "management key." },
    [KNOCK_MANAGEMENT] = { 1u << KEY_MANAGEMENT,
        "This needs a management key. Create one in the console." },
    [KNOCK_LIMITS] = { 1u << KEY_MANAGEMENT | 1u << KEY_ADMIN,
        "This needs a management key or an admin key. Create one in the "
        "console." },
    [KNOCK_REPORTER] = { 1u << KEY_MANAGEMENT,
        "This needs a management key. Create one in the console." },
};

/* What is wrong with a key, as an error; its code is the gate's. */
static enum err_code
refuse_key(struct cx *cx, const struct decision *d)
{
    enum err_code code = ERR_UNAUTHENTICATED;
    if (d->reason == REASON_UNAVAILABLE)
        code = ERR_BUSY;
    else if (d->reason == REASON_DISABLED_KEY || d->reason == REASON_NETWORK)
        code = ERR_FORBIDDEN;
    ERR(&cx->err, code, "%.*s", STR_ARG(d->message));
    cx->err.reason = reason_code(d->reason);
    return code;
}

/* A signed request of the one family that signs. */
static enum err_code
look_signature(struct worker *w, struct decision *d)
{
    struct cx *cx = &w->cx;
    struct exo2 e;
    const char *wrong = NULL;
    cx->err.reason = cx->refusal = reason_code(REASON_INVALID_KEY);
    if (!exo2_read(&w->req, &e))
        wrong = "The signature cannot be read. Send: Authorization: "
                "EXO2-HMAC-SHA256 credential=PREFIX,expires=UNIX_TIME,"
                "signature=BASE64";
    else if (!exo2_fresh(&e, cx->now_s))
        wrong = "The signature has expired, or expires more than 15 minutes "
                "from now. Check the clock, and sign again.";
    else if (!exo2_covers(&e, &w->req))
        wrong = "A query argument is not signed. Name each in "
                "signed-query-args.";
    if (wrong)
        return ERR(&cx->err, ERR_UNAUTHENTICATED, "%s", wrong);
    struct signature s = { e.credential, exo2_message(w->arena, &e, &w->req),
        e.mac };
    cx->err.reason = cx->refusal = NULL;
    check_signed(cx, &s, d);
    return ERR_OK;
}

static bool
is_signed(const struct worker *w)
{
    enum face face = w->route->face;
    return (face == FACE_EXO_OLD || face == FACE_EXO_NEW) && exo2_is(&w->req);
}

/* The key that knocks becomes the actor, and its workspace the one in which
 * everything happens. */
static enum err_code
who_key(struct worker *w)
{
    struct cx *cx = &w->cx;
    struct decision d;
    enum knock knock = w->route->knock;
    if (req_key_in_query(&w->req.query)) {
        ERR(&cx->err, ERR_MALFORMED,
            "Send the API key in the header Authorization, never in the "
            "address: addresses are written to logs. Rotate this key.");
        cx->err.reason = "key_in_address";
        return cx->err.code;
    }
    if (!is_signed(w))
        check_key(cx, req_bearer(&w->req), &d);
    else if (look_signature(w, &d))
        return cx->err.code;
    if (d.reason)
        return refuse_key(cx, &d);
    cx->actor.kind = ACTOR_KEY;
    cx->actor.key = d.key;
    if (!(takes[knock].kinds & 1u << d.key.kind)) {
        ERR(&cx->err, ERR_FORBIDDEN, "%s", takes[knock].words);
        cx->err.reason = cx->refusal = reason_code(REASON_KEY_KIND);
        return cx->err.code;
    }
    return key_enter(cx);
}

/* The installation's own gates and gateways: keys of every workspace. */
static bool
is_own_gate(const struct worker *w)
{
    struct str have = w->app->gate_credential;
    struct str sent = req_bearer(&w->req);
    uint8_t a[DIGEST_BYTES], b[DIGEST_BYTES];
    if (have.n == 0 || sent.n == 0)
        return false;
    digest(&have, 1, a);
    digest(&sent, 1, b);
    return mac_equal(a, b, DIGEST_BYTES);
}

/* A proxy on this machine has its address, and mostly says for whom it asks. */
static bool
is_this_machine(const struct worker *w)
{
    static const char *const others[] = { "x-forwarded-for", "forwarded",
        "x-real-ip" };
    bool is = ip_loopback(&w->cx.peer);
    for (size_t i = 0; is && i < COUNT_OF(others); i++)
        is = req_header(&w->req, others[i]).n == 0;
    return is;
}

enum err_code
gate_who(struct worker *w)
{
    struct cx *cx = &w->cx;
    switch (w->route->knock) {
    case KNOCK_ANYONE:
        return w->route->face == FACE_PAGE ? who_session(w) : ERR_OK;
    case KNOCK_SESSION:
    case KNOCK_WORKSPACE:
        if (who_session(w) || cx->actor.kind == ACTOR_USER)
            return cx->err.code;
        return ERR(&cx->err, ERR_UNAUTHENTICATED, "Sign in to go on.");
    case KNOCK_OPERATOR:
        if (who_session(w) || cx->actor.kind == ACTOR_USER)
            return cx->err.code ? cx->err.code : operator_need(cx);
        return ERR(&cx->err, ERR_UNAUTHENTICATED, "Sign in to go on.");
    case KNOCK_CALLS:
    case KNOCK_REPORTER:
        if (is_own_gate(w)) {
            cx->actor.kind = ACTOR_GATE;
            return ERR_OK;
        }
        return who_key(w);
    case KNOCK_KEY:
    case KNOCK_STANDARD:
    case KNOCK_FIGURES:
    case KNOCK_MANAGEMENT:
    case KNOCK_LIMITS:
        return who_key(w);
    case KNOCK_WATCH:
        if (is_this_machine(w) || is_own_gate(w))
            return ERR_OK;
        return ERR(&cx->err, ERR_FORBIDDEN, "Only this machine reads this, or "
            "who sends the gate's credential.");
    case KNOCK_GATE:
        break;
    }
    return ERR_OK;
}

/* The Idempotency-Key of a POST, and what it came with. */
static enum err_code
read_once(struct worker *w)
{
    struct cx *cx = &w->cx;
    struct str once = req_header(&w->req, "idempotency-key");
    if (!once.n || w->req.method != METHOD_POST ||
        cx->actor.kind != ACTOR_KEY)
        return ERR_OK;
    if (once.n > ONCE_TEXT_MOST || !utf8_plain(once, false))
        return ERR(&cx->err, ERR_MALFORMED,
            "An Idempotency-Key is plain text of at most %d bytes.",
            (int)ONCE_TEXT_MOST);
    uint8_t *sum = arena_alloc(w->arena, DIGEST_BYTES);
    struct str parts[] = { w->req.path, w->req.query_text, w->req.body };
    digest(parts, COUNT_OF(parts), sum);
    cx->once = once;
    cx->once_request = (struct str){ (const char *)sum, DIGEST_BYTES };
    return ERR_OK;
}

/* An API that anybody may call reads forms too: it has no leave of a session
 * that a page of others could borrow. */
static bool
is_open_form(const struct worker *w)
{
    return w->route->face == FACE_API && w->route->knock == KNOCK_ANYONE &&
        str_is(w->req.content_type, "application/x-www-form-urlencoded");
}

enum err_code
gate_body(struct worker *w, size_t announced, struct str body)
{
    if (body.n != announced)
        return ERR(&w->cx.err, ERR_MALFORMED,
            "The body ended before its announced length.");
    w->req.body = body;
    if (w->route->face != FACE_PAGE && req_safe(&w->req))
        return ERR_OK; /* some clients send "{}" with every GET; it says
                          nothing, so it is not read */
    if (body.n && w->route->face != FACE_PAGE &&
        !str_is(w->req.content_type, "application/json") && !is_open_form(w))
        return ERR(&w->cx.err, ERR_MEDIA_TYPE,
            "Send this as application/json.");
    if (read_once(w))
        return w->cx.err.code;
    return req_read_body(w->arena, &w->req, &w->cx.err);
}

/* Scheme and host of the configured address, when that is what the request
 * came to; else the check falls back to the Host header. */
static struct str
own_origin(const struct worker *w)
{
    struct str url = w->cx.public_url, host = req_header(&w->req, "host");
    url.n -= prefix_of(url).n;
    return str_ends(url, host) && host.n ? url : (struct str){ NULL, 0 };
}

void
gate_keep(struct worker *w, size_t announced, struct str body)
{
    struct err unread;
    err_init(&unread, w->arena);
    if (w->route->face != FACE_PAGE || req_safe(&w->req) ||
        body.n != announced || !csrf_origin_ok(&w->req, own_origin(w)))
        return; /* another site may not fill our forms */
    w->req.body = body;
    if (req_read_body(w->arena, &w->req, &unread))
        w->req.form = (struct pairs){ NULL, 0 };
}

enum err_code
gate_forgery(struct worker *w)
{
    struct cx *cx = &w->cx;
    if (req_safe(&w->req))
        return ERR_OK;
    if (w->route->face == FACE_PAGE) {
        struct str token = csrf_take(&w->req);
        struct str session = w->form_session.n
            ? w->form_session
            : cookie_get(&w->req, COOKIE_BEFORE);
        if (!str_is(w->req.content_type, "application/x-www-form-urlencoded"))
            return ERR(&cx->err, ERR_MEDIA_TYPE,
                "This page reads forms only.");
        if (!csrf_origin_ok(&w->req, own_origin(w))) {
            ERR(&cx->err, ERR_STALE_FORM,
                "This request did not come from a page of ours.");
            cx->err.reason = "foreign_origin";
            return cx->err.code;
        }
        if (session.n == 0 ||
            !csrf_token_ok(w->arena, cx->secrets, session, token))
            return ERR(&cx->err, ERR_STALE_FORM,
                "This page was open too long. Nothing was changed.");
    }
    cx->may_write = true;
    return ERR_OK;
}

enum err_code
gate_workspace(struct worker *w)
{
    for (size_t i = 0; i < w->req.n_params; i++)
        if (w->route->knock == KNOCK_WORKSPACE &&
            str_eq(STR("ws"), w->req.params[i].name))
            return workspace_enter(&w->cx, w->req.params[i].value);
    return ERR_OK;
}

enum err_code
gate_fields(struct worker *w)
{
    static const struct field none[] = { { .name = NULL } };
    const struct route *r = w->route;
    const struct field *fields = r->fields ? r->fields : none;
    struct cx *cx = &w->cx;
    if (r->fields == FIELDS_BY_HANDLER)
        return ERR_OK;
    void *input = arena_alloc(w->arena,
        r->fields ? r->input_bytes : sizeof(struct field_set));
    if (r->fields)
        w->req.input = input;
    if (r->face == FACE_PAGE || is_open_form(w))
        return fields_from_form(w->arena, fields, &w->req.form, input,
            &cx->err);
    return fields_from_json(w->arena, fields, w->req.json,
        w->req.method == METHOD_PATCH, input, &cx->err);
}

enum err_code
gate_fresh(struct worker *w)
{
    struct cx *cx = &w->cx;
    if (!w->route->fresh || session_fresh(cx))
        return ERR_OK;
    ERR(&cx->err, ERR_UNAUTHENTICATED, "Confirm that it is you to go on.");
    cx->err.reason = CONFIRM_REASON;
    return cx->err.code;
}

void
gate_form_session(struct worker *w)
{
    struct req *r = &w->req;
    if (w->form_session.n)
        return;
    w->form_session = cookie_get(r, COOKIE_BEFORE);
    if (w->form_session.n == PRE_SESSION_CHARS)
        return;
    w->form_session = random_token(w->arena);
    cookie_set(w->arena, &w->res, r->https, COOKIE_BEFORE, w->form_session, 0);
}
