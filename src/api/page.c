/* SPDX-License-Identifier: ISC */
#include "api/page.h"

#include "base/buf.h"
#include "core/cursor.h"

enum { NAMES_MOST = 8, ROWS = 50, ROWS_MOST = 100 };

enum err_code
page_read(struct cx *cx, const struct req *req, const char *list,
    const char *const *filters, struct page *out)
{
    const char *names[NAMES_MOST + 3] = { "limit", "cursor" };
    int64_t most;
    struct str cursor;
    struct buf b;
    size_t n = 2;
    buf_init(&b, cx->arena, BUF_MAX_FIELD);
    for (size_t i = 0; filters && filters[i]; i++) {
        must(i < NAMES_MOST);
        names[n++] = filters[i];
        struct str value = req_query(req, filters[i]);
        buf_fmt(&b, "%zu:%.*s", value.n, STR_ARG(value));
    }
    *out = (struct page){ .list = list, .filter = buf_view(&b) };
    if (query_known(cx, req, names) ||
        query_int(cx, req, "limit", 1, ROWS_MOST, ROWS, &most) ||
        query_one(cx, req, "cursor", &cursor))
        return cx->err.code;
    out->most = (size_t)most;
    return cursor_read(cx, list, out->filter, cursor, &out->after);
}

void
page_put(struct cx *cx, struct val *v, const struct page *p, int64_t last)
{
    if (last)
        val_put_str(v, "next_cursor",
            cursor_make(cx, p->list, p->filter, last));
    else
        val_put_null(v, "next_cursor");
}
