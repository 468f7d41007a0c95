/* SPDX-License-Identifier: ISC */
#include "core/seen.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST = 1024 };

struct seen {
    uint64_t *slots; /* 0: free */
    size_t cap, n;
};

static uint64_t *
slots_new(size_t cap)
{
    uint64_t *p = calloc(cap, sizeof *p);
    must(p != NULL);
    return p;
}

struct seen *
seen_new(void)
{
    struct seen *s = malloc(sizeof *s);
    must(s != NULL);
    *s = (struct seen){ .slots = slots_new(FIRST), .cap = FIRST };
    return s;
}

void
seen_free(struct seen *s)
{
    if (s)
        free(s->slots);
    free(s);
}

static uint64_t
number(const char *kind, struct str in, struct str name)
{
    uint8_t sum[DIGEST_BYTES];
    uint64_t x;
    struct str parts[] = { str_cstr(kind), in, name };
    digest(parts, COUNT_OF(parts), sum);
    memcpy(&x, sum, sizeof x);
    return x ? x : 1;
}

/* Where x is, or the free place for it. */
static size_t
place(const uint64_t *slots, size_t cap, uint64_t x)
{
    size_t at = (size_t)x & (cap - 1);
    while (slots[at] && slots[at] != x)
        at = (at + 1) & (cap - 1);
    return at;
}

static void
grow(struct seen *s)
{
    uint64_t *wide = slots_new(2 * s->cap);
    for (size_t i = 0; i < s->cap; i++)
        if (s->slots[i])
            wide[place(wide, 2 * s->cap, s->slots[i])] = s->slots[i];
    free(s->slots);
    s->slots = wide;
    s->cap *= 2;
}

bool
seen_add(struct seen *s, const char *kind, struct str in, struct str name)
{
    uint64_t x = number(kind, in, name);
    size_t at = place(s->slots, s->cap, x);
    if (s->slots[at])
        return false;
    s->slots[at] = x;
    if (2 * ++s->n > s->cap)
        grow(s);
    return true;
}

bool
seen_has(const struct seen *s, const char *kind, struct str in,
    struct str name)
{
    uint64_t x = number(kind, in, name);
    return s->slots[place(s->slots, s->cap, x)] != 0;
}
