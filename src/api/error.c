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

static const struct {
    writer *write;
    const char *type; /* NULL: plain JSON */
} writers[] = {
    [FACE_API] = { write_problem, "application/problem+json" },
    [FACE_OPENAI] = { write_openai, NULL },
    [FACE_AIMLAPI] = { write_aimlapi, NULL },
    [FACE_EXO_OLD] = { write_problem, "application/problem+json" },
    [FACE_EXO_NEW] = { write_problem, "application/problem+json" },
    [FACE_AIX] = { write_aimlapi, NULL },
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
