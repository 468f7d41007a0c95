/* SPDX-License-Identifier: ISC */
#include "api/error.h"

#include "http/problem.h"

typedef struct val *writer(struct cx *cx, const struct req *req,
    const struct err *err);

static struct val *
write_problem(struct cx *cx, const struct req *req, const struct err *err)
{
    (void)req;
    return problem_json(cx->arena, err, cx->request_id);
}

static struct val *
write_openai(struct cx *cx, const struct req *req, const struct err *err)
{
    (void)req;
    return problem_openai(cx->arena, err, err->reason);
}

static struct val *
write_aimlapi(struct cx *cx, const struct req *req, const struct err *err)
{
    return problem_aimlapi(cx->arena, err, req->path, cx->request_id,
        cx->now_s);
}

/* Exoscale from May 2026 on: four members and no more. */
static struct val *
write_exo_new(struct cx *cx, const struct req *req, const struct err *err)
{
    (void)req;
    const struct problem *p = problem_of(err->code);
    struct val *v = val_map(cx->arena);
    val_put_fmt(v, "type", "/docs/errors/%s", p->slug);
    val_put_cstr(v, "title", p->title);
    val_put_int(v, "status", problem_status(FACE_EXO_NEW, err->code));
    val_put_str(v, "detail", problem_flat(cx->arena, err));
    return v;
}

/* Exoscale until May 2026: 403 has a shape of its own, the rest are problem
 * documents that say where in the body something is wrong. */
static struct val *
write_exo_old(struct cx *cx, const struct req *req, const struct err *err)
{
    struct arena *a = cx->arena;
    struct val *v = write_exo_new(cx, req, err);
    if (problem_status(FACE_EXO_OLD, err->code) == 403) {
        struct val *forbidden = val_map(a);
        val_put_cstr(forbidden, "code", "forbidden_operation");
        val_put(forbidden, "error", val_get_cstr(v, "detail"));
        return forbidden;
    }
    val_put_fmt(v, "instance", "urn:uuid:%.*s", STR_ARG(cx->request_id));
    if (err->n_fields == 0)
        return v;
    struct val *list = val_put_list(v, "errors");
    for (size_t i = 0; i < err->n_fields; i++) {
        struct val *item = val_add_map(list);
        val_put_str(item, "detail", err->fields[i].msg);
        val_put_fmt(item, "location", "$['%s']", err->fields[i].field);
    }
    return v;
}

/* RFC 9110, section 15. */
static const char *
phrase(int status)
{
    static const struct {
        int status;
        const char *words;
    } phrases[] = { { 400, "Bad Request" }, { 401, "Unauthorized" },
        { 403, "Forbidden" }, { 404, "Not Found" },
        { 405, "Method Not Allowed" }, { 409, "Conflict" },
        { 413, "Content Too Large" }, { 415, "Unsupported Media Type" },
        { 422, "Unprocessable Content" }, { 429, "Too Many Requests" },
        { 503, "Service Unavailable" }, { 507, "Insufficient Storage" } };
    for (size_t i = 0; i < COUNT_OF(phrases); i++)
        if (phrases[i].status == status)
            return phrases[i].words;
    return "Internal Server Error";
}

static struct val *
write_aix(struct cx *cx, const struct req *req, const struct err *err)
{
    (void)req;
    int status = problem_status(FACE_AIX, err->code);
    struct val *v = val_map(cx->arena);
    val_put_str(v, "message", problem_flat(cx->arena, err));
    val_put_cstr(v, "error", phrase(status));
    val_put_int(v, "statusCode", status);
    return v;
}

static const struct {
    writer *write;
    const char *type; /* NULL: plain JSON */
} writers[] = {
    [FACE_API] = { write_problem, "application/problem+json" },
    [FACE_OPENAI] = { write_openai, NULL },
    [FACE_AIMLAPI] = { write_aimlapi, NULL },
    [FACE_EXO_OLD] = { write_exo_old, NULL },
    [FACE_EXO_NEW] = { write_exo_new, NULL },
    [FACE_AIX] = { write_aix, NULL },
};

void
api_error(struct cx *cx, enum face face, const struct req *req,
    const struct err *err, struct res *res)
{
    must((size_t)face < COUNT_OF(writers) && writers[face].write);
    res_json(res, problem_status(face, err->code),
        writers[face].write(cx, req, err));
    res->type = writers[face].type;
}
