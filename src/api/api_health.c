/* SPDX-License-Identifier: ISC */
/* For who watches over the process. */
#include "api/api.h"
#include "base/buf.h"
#include "core/ready.h"

static enum err_code
plain(struct res *res, struct str text)
{
    res->status = 200;
    res->bytes = text;
    res->type = "text/plain; charset=utf-8";
    res->cache = CACHE_NO_STORE;
    return ERR_OK;
}

enum err_code
api_health(struct cx *cx, const struct req *req, struct res *res)
{
    (void)cx;
    (void)req;
    return plain(res, STR("ok\n"));
}

enum err_code
api_ready(struct cx *cx, const struct req *req, struct res *res)
{
    struct ready_state states[READY_COUNT];
    const char *failed = ready_look(cx, states);
    struct buf b;
    if (failed)
        return ERR(&cx->err, ERR_BUSY, "%s failed", failed);
    if (form_count(&req->query, "verbose") == 0)
        return plain(res, STR("ok\n"));
    buf_init(&b, cx->arena, BUF_MAX_FIELD);
    for (size_t i = 0; i < READY_COUNT; i++)
        buf_fmt(&b, "%s %s\n", states[i].name,
            states[i].good ? "ok" : "failed");
    return plain(res, buf_view(&b));
}
