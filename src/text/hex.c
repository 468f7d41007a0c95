/* SPDX-License-Identifier: ISC */
#include "text/hex.h"

static const char digits[] = "0123456789abcdef";

struct str
hex_show(struct arena *a, const void *p, size_t n)
{
    const unsigned char *bytes = p;
    must(n < SIZE_MAX / 4);
    char *z = arena_alloc(a, n * 2 + 1);
    for (size_t i = 0; i < n; i++) {
        z[i * 2] = digits[bytes[i] >> 4];
        z[i * 2 + 1] = digits[bytes[i] & 15];
    }
    return (struct str){ z, n * 2 };
}

int
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}
