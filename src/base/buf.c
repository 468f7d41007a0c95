/* SPDX-License-Identifier: ISC */
#include "base/buf.h"

#include <string.h>

void
buf_init(struct buf *b, struct arena *a, size_t max)
{
    *b = (struct buf){ .arena = a, .max = max };
}

static bool
reserve(struct buf *b, size_t n)
{
    if (b->full || n > b->max - b->n) {
        b->full = true;
        return false;
    }
    if (b->cap - b->n >= n)
        return true;
    size_t cap = b->cap ? b->cap * 2 : 256;
    while (cap - b->n < n)
        cap *= 2;
    char *p = arena_alloc(b->arena, cap);
    if (b->n)
        memcpy(p, b->p, b->n);
    b->p = p;
    b->cap = cap;
    return true;
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
    if (n == 0 || !reserve(b, n))
        return;
    memcpy(b->p + b->n, p, n);
    b->n += n;
}

void
buf_str(struct buf *b, struct str s)
{
    buf_add(b, s.p, s.n);
}

void
buf_cstr(struct buf *b, const char *z)
{
    buf_add(b, z, strlen(z));
}

void
buf_char(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void
buf_fmt(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    buf_str(b, arena_vfmt(b->arena, fmt, ap));
    va_end(ap);
}

struct str
buf_view(const struct buf *b)
{
    return (struct str){ b->p, b->n };
}
