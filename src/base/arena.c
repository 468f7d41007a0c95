/* SPDX-License-Identifier: ISC */
#include "base/arena.h"

#include "base/log.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN = 16, BLOCK_MIN = 64 * 1024 };

struct block {
    struct block *next;
    size_t cap, used;
    _Alignas(ALIGN) char data[];
};

struct arena {
    struct block *top;   /* the block allocations come from; newest first */
    size_t used;
};

static _Thread_local jmp_buf *rescue;

bool
memory_try(void (*fn)(void *arg), void *arg)
{
    jmp_buf at;
    jmp_buf *volatile outer = rescue;
    rescue = &at;
    if (setjmp(at) == 0) {
        fn(arg);
        rescue = outer;
        return true;
    }
    rescue = outer;
    return false;
}

void
memory_ran_out(void)
{
    must(rescue != NULL);
    longjmp(*rescue, 1);
}

static struct block *
block_new(size_t cap)
{
    struct block *b = calloc(1, sizeof *b + cap);
    if (!b)
        memory_ran_out();
    b->cap = cap;
    return b;
}

/* A plain memset before free may be optimised away; this may not. */
static void
wipe(void *p, size_t n)
{
    memset(p, 0, n);
    __asm__ __volatile__("" : : "r"(p) : "memory");
}

struct arena *
arena_new(size_t first_bytes)
{
    struct arena *a = calloc(1, sizeof *a);
    struct block *b = calloc(1, sizeof *b + first_bytes);
    if (!a || !b) {
        free(a);
        free(b);
        memory_ran_out();
    }
    b->cap = first_bytes;
    a->top = b;
    return a;
}

void
arena_reset(struct arena *a)
{
    for (;;) {
        struct block *b = a->top;
        wipe(b->data, b->used);
        b->used = 0;
        if (!b->next)
            break;
        a->top = b->next;
        free(b);
    }
    a->used = 0;
}

void
arena_free(struct arena *a)
{
    if (!a)
        return;
    arena_reset(a);
    free(a->top);
    free(a);
}

void *
arena_alloc(struct arena *a, size_t n)
{
    must(n < SIZE_MAX / 2);
    size_t need = (n + ALIGN - 1) / ALIGN * ALIGN;
#ifdef ARENA_DEBUG
    /* one malloc each: the checker then sees the exact end of every object */
    struct block *b = block_new(n);
    b->next = a->top;
    a->top = b;
    need = n;
#else
    struct block *b = a->top;
    if (b->cap - b->used < need) {
        b = block_new(need > BLOCK_MIN ? need : BLOCK_MIN);
        b->next = a->top;
        a->top = b;
    }
#endif
    void *p = b->data + b->used;
    b->used += need;
    a->used += need;
    return p;
}

void *
arena_array(struct arena *a, size_t count, size_t size)
{
    must(size == 0 || count <= SIZE_MAX / 2 / size);
    return arena_alloc(a, count * size);
}

char *
arena_cstr(struct arena *a, struct str s)
{
    char *z = arena_alloc(a, s.n + 1);
    if (s.n)
        memcpy(z, s.p, s.n);
    return z;
}

struct str
arena_dup(struct arena *a, struct str s)
{
    return (struct str){ arena_cstr(a, s), s.n };
}

struct str
arena_vfmt(struct arena *a, const char *fmt, va_list ap)
{
    /* most texts are short: format once, then copy */
    char small[256];
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(small, sizeof small, fmt, ap);
    if (n < 0) { /* our formats are right: it had no memory */
        va_end(again);
        memory_ran_out();
    }
    char *z = arena_alloc(a, (size_t)n + 1);
    if ((size_t)n < sizeof small)
        memcpy(z, small, (size_t)n);
    else
        vsnprintf(z, (size_t)n + 1, fmt, again);
    va_end(again);
    /* what was formatted may be a secret */
    wipe(small, (size_t)n < sizeof small ? (size_t)n : sizeof small);
    return (struct str){ z, (size_t)n };
}

struct str
arena_fmt(struct arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct str s = arena_vfmt(a, fmt, ap);
    va_end(ap);
    return s;
}

size_t
arena_used(const struct arena *a)
{
    return a->used;
}
