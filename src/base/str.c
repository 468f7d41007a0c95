/* SPDX-License-Identifier: ISC */
#include "base/str.h"

#include "base/arena.h"

#include <string.h>

struct str
str_cstr(const char *z)
{
    return (struct str){ z, z ? strlen(z) : 0 };
}

static int
fold(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

bool
str_eq_nocase(struct str a, struct str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (fold(a.p[i]) != fold(b.p[i]))
            return false;
    return true;
}

struct str
str_lower(struct arena *a, struct str s)
{
    char *z = arena_cstr(a, s);
    for (size_t i = 0; i < s.n; i++)
        z[i] = (char)fold(z[i]);
    return (struct str){ z, s.n };
}

bool
str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && str_eq(str_head(s, prefix.n), prefix);
}

bool
str_ends(struct str s, struct str suffix)
{
    return s.n >= suffix.n && str_eq(str_from(s, s.n - suffix.n), suffix);
}

size_t
str_find(struct str s, char c)
{
    const char *at = s.n ? memchr(s.p, c, s.n) : NULL;
    return at ? (size_t)(at - s.p) : s.n;
}

struct str
str_from(struct str s, size_t at)
{
    if (at >= s.n)
        return (struct str){ s.p ? s.p + s.n : NULL, 0 };
    return (struct str){ s.p + at, s.n - at };
}

struct str
str_head(struct str s, size_t n)
{
    return (struct str){ s.p, n < s.n ? n : s.n };
}

bool
str_cut(struct str s, char sep, struct str *before, struct str *after)
{
    size_t at = str_find(s, sep);
    *before = str_head(s, at);
    *after = str_from(s, at + 1);
    return at < s.n;
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str
str_trim(struct str s)
{
    while (s.n && is_blank(s.p[0]))
        s = str_from(s, 1);
    while (s.n && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

bool
str_int(struct str s, int64_t *out)
{
    bool neg = s.n && s.p[0] == '-';
    if (neg)
        s = str_from(s, 1);
    if (s.n == 0)
        return false;
    uint64_t limit = neg ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    uint64_t v = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        uint64_t d = (uint64_t)(s.p[i] - '0');
        if (v > (limit - d) / 10)
            return false;
        v = v * 10 + d;
    }
    *out = neg ? (int64_t)(0 - v) : (int64_t)v;
    return true;
}
