/* SPDX-License-Identifier: ISC */
#include "text/utf8.h"

/*
 * What may follow a first byte: how many bytes the code point has, and the
 * range of the second one.  The narrowed second bytes are what refuses
 * overlong forms, surrogates and anything above U+10FFFF.
 */
struct lead {
    unsigned char n, low, high;
};

static struct lead
lead_of(unsigned char c)
{
    if (c < 0x80)
        return (struct lead){ 1, 0, 0 };
    if (c < 0xC2)
        return (struct lead){ 0, 0, 0 };
    if (c < 0xE0)
        return (struct lead){ 2, 0x80, 0xBF };
    if (c < 0xF0)
        return (struct lead){ 3, c == 0xE0 ? 0xA0 : 0x80,
            c == 0xED ? 0x9F : 0xBF };
    if (c < 0xF5)
        return (struct lead){ 4, c == 0xF0 ? 0x90 : 0x80,
            c == 0xF4 ? 0x8F : 0xBF };
    return (struct lead){ 0, 0, 0 };
}

/* Length of the well-formed sequence that begins s, or 0. */
static size_t
sequence(struct str s)
{
    if (s.n == 0)
        return 0;
    struct lead l = lead_of((unsigned char)s.p[0]);
    if (l.n == 0 || s.n < l.n)
        return 0;
    for (size_t i = 1; i < l.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < (i == 1 ? l.low : 0x80) || c > (i == 1 ? l.high : 0xBF))
            return 0;
    }
    return l.n;
}

bool
utf8_valid(struct str s)
{
    while (s.n) {
        size_t n = sequence(s);
        if (n == 0)
            return false;
        s = str_from(s, n);
    }
    return true;
}

size_t
utf8_count(struct str s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.n; i++)
        count += ((unsigned char)s.p[i] & 0xC0) != 0x80;
    return count;
}

int32_t
utf8_next(struct str s, size_t *at)
{
    static const unsigned char mask[] = { 0, 0x7F, 0x1F, 0x0F, 0x07 };
    size_t n = sequence(str_from(s, *at));
    if (n == 0)
        return -1;
    int32_t c = (unsigned char)s.p[*at] & mask[n];
    for (size_t i = 1; i < n; i++)
        c = c << 6 | ((unsigned char)s.p[*at + i] & 0x3F);
    *at += n;
    return c;
}

static bool
is_hidden(int32_t c)
{
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x061C ||
        c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) ||
        (c >= 0x2066 && c <= 0x2069);
}

bool
utf8_plain(struct str s, bool lines)
{
    size_t at = 0;
    while (at < s.n) {
        int32_t c = utf8_next(s, &at);
        if (lines && (c == '\n' || c == '\t'))
            continue;
        if (is_hidden(c))
            return false;
    }
    return true;
}

struct str
utf8_clip(struct str s, size_t n)
{
    size_t at = 0;
    while (n > 0 && utf8_next(s, &at) >= 0)
        n--;
    return str_head(s, at);
}
