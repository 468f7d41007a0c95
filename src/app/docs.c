/* SPDX-License-Identifier: ISC */
#include "app/docs.h"

#include "api/describe.h"
#include "app/dispatch.h"
#include "web/web.h"

static struct val *
document(struct cx *cx)
{
    size_t n;
    const struct route *table = routes(&n);
    return describe_document(cx, table, n);
}

enum err_code
app_openapi(struct cx *cx, const struct req *req, struct res *res)
{
    (void)req;
    res_json(res, 200, document(cx));
    return ERR_OK;
}

enum err_code
app_docs_api(struct cx *cx, const struct req *req, struct res *res)
{
    return web_docs_api(cx, req, res, document(cx));
}

enum err_code
app_docs_family(struct cx *cx, const struct req *req, struct res *res)
{
    return web_docs_family(cx, req, res, document(cx));
}
