/* SPDX-License-Identifier: ISC */
#include "text/html.h"

static struct str
reference(char c)
{
    switch (c) {
    case '&':
        return STR("&amp;");
    case '<':
        return STR("&lt;");
    case '>':
        return STR("&gt;");
    case '"':
        return STR("&quot;");
    case '\'':
        return STR("&#39;");
    default:
        return (struct str){ NULL, 0 };
    }
}

void
html_text(struct buf *out, struct str s)
{
    size_t from = 0; /* what is before it is already in `out` */
    for (size_t i = 0; i < s.n; i++) {
        struct str ref = reference(s.p[i]);
        if (ref.n == 0)
            continue;
        buf_add(out, s.p + from, i - from);
        buf_str(out, ref);
        from = i + 1;
    }
    if (from < s.n)
        buf_add(out, s.p + from, s.n - from);
}
