/* SPDX-License-Identifier: ISC */
#include "http/problem.h"

#include "base/buf.h"
#include "text/when.h"

#include <string.h>

static const struct problem problems[] = {
    [ERR_OK] = { 0, NULL, NULL, NULL },
    [ERR_MALFORMED] = { 400, "malformed", "This request cannot be read",
        "Go back and try again; if you typed the address, check it." },
    [ERR_INVALID] = { 422, "invalid", "A value is wrong",
        "Correct what is named here and send it again." },
    [ERR_UNAUTHENTICATED] = { 401, "unauthenticated", "Not signed in",
        "Sign in, or send a key that is active." },
    [ERR_FORBIDDEN] = { 403, "forbidden", "You may not do this",
        "Ask an owner or admin of the workspace." },
    [ERR_NOT_FOUND] = { 404, "not_found", "Not found",
        "Check the address; what was here may have been removed, or you may "
        "need to sign in as somebody else." },
    [ERR_METHOD] = { 405, "method", "This address is not used that way",
        "Go back and use the links and buttons on the page." },
    [ERR_CONFLICT] = { 409, "conflict", "This does not fit what is here now",
        "Look at the present values, then try again." },
    [ERR_TOO_LARGE] = { 413, "too_large", "This is too large",
        "Send less at once." },
    [ERR_MEDIA_TYPE] = { 415, "media_type", "This kind of content is not read",
        "Send a form, or JSON with the content type application/json." },
    [ERR_STALE_FORM] = { 403, "stale_form", "This page was open too long",
        "Nothing was changed. Check the fields and send them again." },
    [ERR_LIMITED] = { 429, "limited", "Too many attempts",
        "Wait a little, then try again." },
    [ERR_BUSY] = { 503, "busy", "Too busy to answer now",
        "Nothing was changed. Try again in a few seconds." },
    [ERR_NO_SPACE] = { 507, "no_space", "The disk is full",
        "Nothing was changed. Tell whoever runs this server; keys can still "
        "be revoked." },
    [ERR_INTERNAL] = { 500, "internal", "Something went wrong on our side",
        "Try again; if it happens again, tell whoever runs this server the "
        "request id." },
};

/* Counted here, as a code in the middle without a row leaves no trace. */
_Static_assert(ERR_CODE_COUNT == 15 &&
        COUNT_OF(problems) == ERR_CODE_COUNT,
    "every error code has a row in problem.c");

const struct problem *
problem_of(enum err_code code)
{
    must(code > ERR_OK && code < ERR_CODE_COUNT);
    return &problems[code];
}

/* What a family answers otherwise; it documents few statuses. */
static const struct {
    enum face face;
    enum err_code code;
    int status;
} otherwise[] = {
    { FACE_AIMLAPI, ERR_INVALID, 400 },
    { FACE_AIMLAPI, ERR_CONFLICT, 400 },
    { FACE_AIMLAPI, ERR_MEDIA_TYPE, 400 },
    { FACE_AIMLAPI, ERR_TOO_LARGE, 400 },
    { FACE_EXO_OLD, ERR_INVALID, 400 },
    { FACE_EXO_OLD, ERR_CONFLICT, 400 },
    { FACE_EXO_OLD, ERR_MEDIA_TYPE, 400 },
    { FACE_EXO_OLD, ERR_TOO_LARGE, 400 },
    { FACE_EXO_OLD, ERR_UNAUTHENTICATED, 403 },
    { FACE_EXO_NEW, ERR_INVALID, 400 },
    { FACE_EXO_NEW, ERR_CONFLICT, 400 },
    { FACE_EXO_NEW, ERR_MEDIA_TYPE, 400 },
    { FACE_EXO_NEW, ERR_TOO_LARGE, 400 },
    { FACE_EXO_NEW, ERR_UNAUTHENTICATED, 403 },
    { FACE_AIX, ERR_CONFLICT, 422 },
};

int
problem_status(enum face face, enum err_code code)
{
    for (size_t i = 0; i < COUNT_OF(otherwise); i++)
        if (otherwise[i].face == face && otherwise[i].code == code)
            return otherwise[i].status;
    return problem_of(code)->status;
}

/* What may be told: of our own faults nothing but what to do. */
static struct str
shown_text(const struct err *err)
{
    if (err->code == ERR_INTERNAL || err->msg.n == 0)
        return str_cstr(problem_of(err->code)->what_to_do);
    return err->msg;
}

struct str
problem_flat(struct arena *a, const struct err *err)
{
    struct buf b;
    if (err->n_fields == 0)
        return shown_text(err);
    buf_init(&b, a, BUF_MAX_FIELD);
    for (size_t i = 0; i < err->n_fields; i++)
        buf_fmt(&b, "%s%.*s.", i ? " " : "", STR_ARG(err->fields[i].msg));
    return buf_view(&b);
}

struct val *
problem_json(struct arena *a, const struct err *err, struct str request_id)
{
    const struct problem *p = problem_of(err->code);
    struct val *v = val_map(a);
    val_put_fmt(v, "type", "/docs/errors/%s", p->slug);
    val_put_cstr(v, "title", p->title);
    val_put_int(v, "status", p->status);
    val_put_str(v, "detail", problem_flat(a, err));
    val_put_cstr(v, "code", err->reason ? err->reason : p->slug);
    if (request_id.n)
        val_put_fmt(v, "instance", "urn:uuid:%.*s", STR_ARG(request_id));
    if (err->n_fields == 0)
        return v;
    struct val *list = val_put_list(v, "errors");
    for (size_t i = 0; i < err->n_fields; i++) {
        struct val *item = val_add_map(list);
        val_put_cstr(item, "field", err->fields[i].field);
        val_put_str(item, "detail", err->fields[i].msg);
    }
    return v;
}

static const char *
openai_type(const struct problem *p, const char *code)
{
    if (p->status >= 500)
        return "server_error";
    if (strcmp(code, "insufficient_quota") == 0)
        return code;
    return p->status == 429 ? "requests" : "invalid_request_error";
}

static const char *
openai_code(const struct problem *p)
{
    switch (p->status) {
    case 400:
    case 422:
        return "invalid_value";
    case 401:
        return "invalid_api_key";
    case 429:
        return "rate_limit_exceeded";
    default:
        return p->slug;
    }
}

struct val *
problem_openai(struct arena *a, const struct err *err, const char *reason)
{
    const struct problem *p = problem_of(err->code);
    if (!reason)
        reason = err->reason ? err->reason : openai_code(p);
    struct val *v = val_map(a);
    struct val *e = val_put_map(v, "error");
    val_put_str(e, "message", problem_flat(a, err));
    val_put_cstr(e, "type", openai_type(p, reason));
    if (err->n_fields)
        val_put_cstr(e, "param", err->fields[0].field);
    else
        val_put_null(e, "param");
    val_put_cstr(e, "code", reason);
    return v;
}

struct val *
problem_aimlapi(struct arena *a, const struct err *err, struct str path,
    struct str request_id, int64_t now_s)
{
    struct val *v = val_map(a);
    val_put_str(v, "message", problem_flat(a, err));
    val_put_str(v, "path", path);
    val_put_str(v, "requestId", request_id);
    val_put_int(v, "statusCode", problem_status(FACE_AIMLAPI, err->code));
    val_put_str(v, "timestamp", when_rfc3339_ms(a, now_s * 1000));
    return v;
}

void
problem_headers(struct arena *a, int status, const struct err *err,
    struct res *res)
{
    int64_t retry_s = err->retry_s;
    if (status == 401)
        res_header(a, res, "WWW-Authenticate",
            STR("Bearer realm=\"keylodge\""));
    if (retry_s < 1 && (status == 429 || status == 503))
        retry_s = 1;
    if (retry_s > 0)
        res_header(a, res, "Retry-After",
            arena_fmt(a, "%lld", (long long)retry_s));
}
