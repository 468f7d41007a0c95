/* SPDX-License-Identifier: ISC */

/*
 * Any bytes as a Cookie header.  Properties: no pair has an empty name or one
 * with '=' or ';', names and values lie inside the header, at most PAIRS_MAX;
 * what is found under a name was sent under it.
 */

#include "http/cookie.h"

#include <stddef.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
inside(struct str part, struct str whole)
{
    return part.n == 0 ||
        (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(1024);
    char *copy = arena_alloc(a, size);
    if (size)
        memcpy(copy, data, size);
    struct str header = { copy, size };
    struct req r = { .https = size & 1 };
    cookie_read(a, header, &r.cookies);
    must(r.cookies.n <= PAIRS_MAX);
    for (size_t i = 0; i < r.cookies.n; i++) {
        struct pair p = r.cookies.items[i];
        must(p.name.n > 0);
        must(str_find(p.name, '=') == p.name.n);
        must(str_find(p.name, ';') == p.name.n);
        must(str_find(p.value, ';') == p.value.n);
        must(inside(p.name, header) && inside(p.value, header));
    }
    struct str got = cookie_get(&r, "s");
    bool sent = got.n == 0;
    for (size_t i = 0; i < r.cookies.n; i++)
        sent = sent || str_eq(r.cookies.items[i].value, got);
    must(sent);
    arena_free(a);
    return 0;
}
