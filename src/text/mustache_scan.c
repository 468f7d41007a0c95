/* SPDX-License-Identifier: ISC */
#include "text/mustache_scan.h"

#include "text/mustache.h"
#include "text/utf8.h"

#include <string.h>

struct scan {
    struct arena *arena;
    struct err *err;
    const char *file;
    struct str rest;
    struct str open, close; /* the delimiters in force */
    uint32_t line, col;     /* of rest.p */
    struct token *items;
    uint32_t n, cap;
    uint32_t top;           /* innermost open tag, or TOKEN_NONE */
    unsigned depth;
};

enum err_code
token_error(struct err *err, const char *file, const struct token *t,
    const char *what)
{
    return ERR(err, ERR_INVALID, "%s:%u:%u: \"%.*s\": %s", file, t->line,
        t->col, STR_ARG(utf8_clip(t->text, 60)), what);
}

static enum err_code
scan_error(const struct scan *s, const char *what)
{
    return ERR(s->err, ERR_INVALID, "%s:%u:%u: %s", s->file, s->line, s->col,
        what);
}

/* Index of the first `what` in s, or s.n. */
static size_t
find(struct str s, struct str what)
{
    size_t at = 0;
    while (s.n - at >= what.n) {
        at += str_find(str_from(s, at), what.p[0]);
        if (str_starts(str_from(s, at), what))
            return at;
        at += at < s.n;
    }
    return s.n;
}

/* Step over n bytes of the source. */
static struct str
take(struct scan *s, size_t n)
{
    struct str taken = str_head(s->rest, n);
    for (size_t i = 0; i < taken.n; i++) {
        if (taken.p[i] == '\n') {
            s->line++;
            s->col = 1;
        } else if (((unsigned char)taken.p[i] & 0xc0) != 0x80) {
            s->col++;
        }
    }
    s->rest = str_from(s->rest, taken.n);
    return taken;
}

static struct token *
push(struct scan *s, enum token_kind kind)
{
    if (s->n == s->cap) {
        struct token *old = s->items;
        s->cap = s->cap ? s->cap * 2 : 64;
        s->items = arena_array(s->arena, s->cap, sizeof *s->items);
        if (old)
            memcpy(s->items, old, s->n * sizeof *old);
    }
    struct token *t = &s->items[s->n++];
    *t = (struct token){ .kind = kind, .line = s->line, .col = s->col,
        .up = s->top, .mate = TOKEN_NONE };
    return t;
}

static void
scan_text(struct scan *s, size_t n)
{
    while (n) {
        size_t line = str_find(str_head(s->rest, n), '\n') + 1;
        struct token *t = push(s, TOKEN_TEXT);
        t->text = take(s, line < n ? line : n);
        n -= t->text.n;
    }
}

/* Punctuation in a name is most often a slip of the hand. */
static bool
name_ok(struct str name, bool of_template)
{
    if (name.n == 0)
        return false;
    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];
        bool word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
            (c >= 'a' && c <= 'z') || c >= 0x80 || c == '_' || c == '-' ||
            c == '.' || (of_template && c == '/');
        if (!word)
            return false;
    }
    if (of_template || str_is(name, "."))
        return true;
    struct str part;
    bool more = true;
    while (more) {
        more = str_cut(name, '.', &part, &name);
        if (part.n == 0)
            return false;
    }
    return true;
}

static bool
delimiter_ok(struct str d)
{
    return d.n && d.n <= 16 && str_find(d, '=') == d.n &&
        find(d, STR(" ")) == d.n && find(d, STR("\t")) == d.n &&
        find(d, STR("\n")) == d.n && find(d, STR("\r")) == d.n;
}

static enum err_code
scan_delimiters(struct scan *s, struct str inside, const struct token *t)
{
    struct str open, close;
    str_cut(str_trim(inside), ' ', &open, &close);
    close = str_trim(close);
    if (!delimiter_ok(open) || !delimiter_ok(close))
        return token_error(s->err, s->file, t, "bad delimiters");
    s->open = open;
    s->close = close;
    return ERR_OK;
}

static enum err_code
scan_opened(struct scan *s, const struct token *t)
{
    if (++s->depth > MUSTACHE_NEST_MAX)
        return token_error(s->err, s->file, t, "nested too deep");
    s->top = s->n - 1;
    return ERR_OK;
}

static enum err_code
scan_closed(struct scan *s, struct token *t)
{
    if (s->top == TOKEN_NONE)
        return token_error(s->err, s->file, t, "closes what is not open");
    struct token *open = &s->items[s->top];
    if (!str_eq(open->text, t->text))
        return ERR(s->err, ERR_INVALID, "%s:%u:%u: \"%.*s\" closed, but "
            "\"%.*s\" of line %u is open", s->file, t->line, t->col,
            STR_ARG(utf8_clip(t->text, 60)), STR_ARG(utf8_clip(open->text, 60)),
            open->line);
    t->mate = s->top;
    t->up = open->up;
    open->mate = s->n - 1;
    s->top = open->up;
    s->depth--;
    return ERR_OK;
}

static enum token_kind
sigil_kind(char c)
{
    switch (c) {
    case '{':
    case '&':
        return TOKEN_RAW;
    case '#':
        return TOKEN_SECTION;
    case '^':
        return TOKEN_INVERTED;
    case '>':
        return TOKEN_PARTIAL;
    case '<':
        return TOKEN_PARENT;
    case '$':
        return TOKEN_BLOCK;
    case '/':
        return TOKEN_END;
    case '!':
    case '=':
        return TOKEN_SILENT;
    default:
        return TOKEN_VAR;
    }
}

/* The tag's end is longer for {{{name}}} and {{=a b=}}. */
static struct str
tag_end(const struct scan *s, char sigil)
{
    char first = sigil == '{' ? '}' : sigil == '=' ? '=' : '\0';
    if (!first)
        return s->close;
    return arena_fmt(s->arena, "%c%.*s", first, STR_ARG(s->close));
}

/* s->rest begins with the opening delimiter. */
static enum err_code
scan_tag(struct scan *s)
{
    struct str inside = str_from(s->rest, s->open.n);
    char sigil = inside.n ? inside.p[0] : '\0';
    enum token_kind kind = sigil_kind(sigil);
    if (kind != TOKEN_VAR)
        inside = str_from(inside, 1);
    struct str end = tag_end(s, sigil);
    size_t n = find(inside, end);
    if (n == inside.n)
        return scan_error(s, "tag is not closed");
    struct token *t = push(s, kind);
    t->text = str_trim(str_head(inside, n));
    take(s, (size_t)(inside.p - s->rest.p) + n + end.n);
    if (sigil == '=')
        return scan_delimiters(s, t->text, t);
    if (kind == TOKEN_SILENT)
        return ERR_OK;
    bool closes = kind == TOKEN_END;
    bool file = kind == TOKEN_PARTIAL || kind == TOKEN_PARENT || closes;
    if (!name_ok(t->text, file))
        return token_error(s->err, s->file, t, "not a name");
    if (closes)
        return scan_closed(s, t);
    if (kind == TOKEN_SECTION || kind == TOKEN_INVERTED ||
        kind == TOKEN_PARENT || kind == TOKEN_BLOCK)
        return scan_opened(s, t);
    return ERR_OK;
}

enum err_code
token_list(struct arena *a, struct str source, const char *file,
    struct tokens *out, struct err *err)
{
    struct scan s = { .arena = a, .err = err, .file = file, .rest = source,
        .open = STR_INIT("{{"), .close = STR_INIT("}}"), .line = 1, .col = 1,
        .top = TOKEN_NONE };
    while (s.rest.n) {
        scan_text(&s, find(s.rest, s.open));
        enum err_code rc = s.rest.n ? scan_tag(&s) : ERR_OK;
        if (rc != ERR_OK)
            return rc;
    }
    if (s.top != TOKEN_NONE)
        return token_error(err, file, &s.items[s.top], "is not closed");
    *out = (struct tokens){ s.items, s.n };
    return ERR_OK;
}
