/* SPDX-License-Identifier: ISC */
#include "text/qr.h"

#include "base/buf.h"

#include <qrencode.h>

enum { QUIET = 4, TEXT_MOST = 500 };

/* The dark runs of one line of modules. */
static void
put_line(struct buf *b, const unsigned char *line, int width, int y)
{
    for (int x = 0; x < width;) {
        int end = x;
        while (end < width && (line[end] & 1))
            end++;
        if (end > x)
            buf_fmt(b, "M%d %dh%dv1h-%dz", x + QUIET, y + QUIET, end - x,
                end - x);
        x = end + 1;
    }
}

struct drawing {
    struct arena *a;
    const QRcode *code;
    struct val *view;
};

static void
draw(void *arg)
{
    struct drawing *d = arg;
    struct buf b;
    buf_init(&b, d->a, BUF_MAX_PAGE);
    for (int y = 0; y < d->code->width; y++)
        put_line(&b, d->code->data + y * d->code->width, d->code->width, y);
    d->view = val_map(d->a);
    val_put_int(d->view, "size", d->code->width + 2 * QUIET);
    val_put_str(d->view, "d", buf_view(&b));
}

struct val *
qr_view(struct arena *a, struct str text)
{
    if (text.n == 0 || text.n > TEXT_MOST)
        return NULL;
    QRcode *code = QRcode_encodeData((int)text.n,
        (const unsigned char *)text.p, 0, QR_ECLEVEL_M);
    if (!code)
        return NULL;
    struct drawing d = { a, code, NULL };
    bool whole = memory_try(draw, &d);
    QRcode_free(code);
    if (!whole)
        memory_ran_out();
    return d.view;
}
