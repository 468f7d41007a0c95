/* SPDX-License-Identifier: ISC */
#include "text/form.h"

#include "text/hex.h"
#include "text/url.h"
#include "text/utf8.h"

#include <string.h>

/* Decode one name or value into the arena; false when it is not well-formed. */
static bool
decode(struct arena *a, struct str s, struct str *out)
{
    char *p = arena_alloc(a, s.n);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '+') {
            c = ' ';
        } else if (c == '%') {
            int high = i + 2 < s.n ? hex_digit(s.p[i + 1]) : -1;
            int low = i + 2 < s.n ? hex_digit(s.p[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high << 4 | low);
            i += 2;
        }
        if (c == '\0')
            return false;
        p[n++] = c;
    }
    *out = (struct str){ p, n };
    return utf8_valid(*out);
}

/* How many pieces between '&' hold anything. */
static size_t
count_pieces(struct str text)
{
    size_t n = 0;
    struct str piece;
    while (text.n) {
        str_cut(text, '&', &piece, &text);
        n += piece.n > 0;
    }
    return n;
}

enum err_code
form_read(struct arena *a, struct str text, struct pairs *out, struct err *err)
{
    *out = (struct pairs){ NULL, 0 };
    size_t count = count_pieces(text);
    if (count > PAIRS_MAX)
        return ERR(err, ERR_MALFORMED,
            "The form has more than %d fields.", PAIRS_MAX);
    out->items = arena_array(a, count, sizeof *out->items);
    while (text.n) {
        struct str piece, name, value;
        str_cut(text, '&', &piece, &text);
        if (piece.n == 0)
            continue;
        str_cut(piece, '=', &name, &value);
        struct pair *p = &out->items[out->n];
        if (!decode(a, name, &p->name) || !decode(a, value, &p->value)) {
            *out = (struct pairs){ NULL, 0 };
            return ERR(err, ERR_MALFORMED, "The form cannot be read.");
        }
        out->n++;
    }
    return ERR_OK;
}

struct str
form_get(const struct pairs *p, const char *name)
{
    struct str want = str_cstr(name);
    for (size_t i = 0; i < p->n; i++)
        if (str_eq(p->items[i].name, want))
            return p->items[i].value;
    return (struct str){ NULL, 0 };
}

size_t
form_count(const struct pairs *p, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < p->n; i++)
        count += str_is(p->items[i].name, name);
    return count;
}

void
form_add(struct arena *a, struct pairs *p, struct str name, struct str value)
{
    struct pair *items = arena_array(a, p->n + 1, sizeof *items);
    if (p->n)
        memcpy(items, p->items, p->n * sizeof *items);
    items[p->n] = (struct pair){ name, value };
    p->items = items;
    p->n++;
}

struct str
form_write(struct arena *a, const struct pairs *p)
{
    struct buf b;
    /* a body that was read cannot fill this, though escapes treble it */
    buf_init(&b, a, BUF_MAX_PAGE);
    for (size_t i = 0; i < p->n; i++) {
        if (p->items[i].value.n == 0)
            continue;
        if (b.n)
            buf_char(&b, '&');
        url_encode(&b, p->items[i].name);
        buf_char(&b, '=');
        url_encode(&b, p->items[i].value);
    }
    return buf_view(&b);
}
