/* SPDX-License-Identifier: ISC */
#include "text/html.h"

/* Indexed by byte; most have none, and looking that up is all they cost. */
static const struct str references[256] = {
    ['&'] = STR_INIT("&amp;"),
    ['<'] = STR_INIT("&lt;"),
    ['>'] = STR_INIT("&gt;"),
    ['"'] = STR_INIT("&quot;"),
    ['\''] = STR_INIT("&#39;"),
};

void
html_text(struct buf *out, struct str s)
{
    size_t from = 0; /* what is before it is already in `out` */
    for (size_t i = 0; i < s.n; i++) {
        const struct str *ref = &references[(unsigned char)s.p[i]];
        if (ref->n == 0)
            continue;
        buf_add(out, s.p + from, i - from);
        buf_str(out, *ref);
        from = i + 1;
    }
    if (from < s.n)
        buf_add(out, s.p + from, s.n - from);
}
