/* SPDX-License-Identifier: ISC */
/* Keys that somebody found. */
#include "api/api.h"
#include "core/leak.h"

enum err_code
api_leak(struct cx *cx, const struct req *req, struct res *res)
{
    if (leak_take(cx, req->input))
        return cx->err.code;
    struct val *v = val_map(cx->arena);
    val_put_cstr(v, "status", "received");
    val_put_cstr(v, "message",
        "If this is a live key of ours, it is suspended now, and its owner "
        "is told.");
    res_json(res, 200, v);
    return ERR_OK;
}
