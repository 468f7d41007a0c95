/* SPDX-License-Identifier: ISC */
#include "web/download.h"

#include "text/csv.h"

void
download_begin(struct cx *cx, struct download *d, const char *const *heads,
    size_t n)
{
    *d = (struct download){ .rows = 0 };
    buf_init(&d->out, cx->arena, BUF_MAX_CSV);
    for (size_t i = 0; i < n; i++)
        csv_cell(&d->out, str_cstr(heads[i]), i == 0);
    csv_end(&d->out);
}

enum err_code
download_count(struct cx *cx, struct download *d, size_t n, bool more,
    const char *advice)
{
    d->rows += n;
    if (!d->out.full && (!more || d->rows < DOWNLOAD_MOST))
        return ERR_OK;
    return ERR(&cx->err, ERR_INVALID, "These are more than %d %s.",
        DOWNLOAD_MOST, advice);
}

void
download_send(struct cx *cx, const struct download *d, struct res *res,
    struct str name)
{
    res_download(cx->arena, res, "text/csv; charset=utf-8",
        arena_fmt(cx->arena, "%.*s-%.*s.csv", STR_ARG(cx->ws.slug),
            STR_ARG(name)), buf_view(&d->out));
}
