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

struct val *
qr_view(struct arena *a, struct str text)
{
    struct buf b;
    if (text.n == 0 || text.n > TEXT_MOST)
        return NULL;
    QRcode *code = QRcode_encodeData((int)text.n,
        (const unsigned char *)text.p, 0, QR_ECLEVEL_M);
    if (!code)
        return NULL;
    buf_init(&b, a, BUF_MAX_PAGE);
    for (int y = 0; y < code->width; y++)
        put_line(&b, code->data + y * code->width, code->width, y);
    struct val *view = val_map(a);
    val_put_int(view, "size", code->width + 2 * QUIET);
    val_put_str(view, "d", buf_view(&b));
    QRcode_free(code);
    return view;
}
