/* SPDX-License-Identifier: ISC */
#include "text/ini.h"

#include "text/utf8.h"

#include <string.h>

struct reader {
    struct arena *arena;
    struct ini *out;
    size_t cap;
    const char *file;
    int line;
    struct str section;
    struct err *err;
};

static enum err_code
fail(struct reader *r, const char *what)
{
    return ERR(r->err, ERR_MALFORMED, "%s:%d: %s", r->file, r->line, what);
}

/* Letters, digits and "-_.": what a section or a key may be called. */
static bool
is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
            !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '.')
            return false;
    }
    return s.n > 0;
}

static bool
has_key(const struct reader *r, struct str key)
{
    for (size_t i = 0; i < r->out->n; i++)
        if (str_eq(r->out->items[i].key, key) &&
            str_eq(r->out->items[i].section, r->section))
            return true;
    return false;
}

static void
add(struct reader *r, struct str key, struct str value)
{
    struct ini *out = r->out;
    if (out->n == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 32;
        struct ini_entry *items =
            arena_array(r->arena, r->cap, sizeof *items);
        if (out->n)
            memcpy(items, out->items, out->n * sizeof *items);
        out->items = items;
    }
    out->items[out->n++] = (struct ini_entry){
        .section = r->section,
        .key = key,
        .value = arena_dup(r->arena, value),
        .line = r->line,
    };
}

static enum err_code
read_section(struct reader *r, struct str line)
{
    if (!str_ends(line, STR("]")))
        return fail(r, "a section is written [name]");
    struct str name = str_trim(str_head(str_from(line, 1), line.n - 2));
    if (!is_name(name))
        return fail(r,
            "a section's name has letters, digits, '-', '_' and '.' only");
    r->section = arena_dup(r->arena, name);
    return ERR_OK;
}

static enum err_code
read_line(struct reader *r, struct str line)
{
    struct str key, value;
    if (!utf8_valid(line))
        return fail(r, "the line is not valid UTF-8");
    if (!utf8_plain(line, true))
        return fail(r, "the line holds a control character");
    if (line.n == 0 || line.p[0] == '#')
        return ERR_OK;
    if (line.p[0] == '[')
        return read_section(r, line);
    if (!str_cut(line, '=', &key, &value))
        return fail(r, "a setting is written key = value");
    key = str_trim(key);
    if (!is_name(key))
        return fail(r,
            "a key has letters, digits, '-', '_' and '.' only");
    if (has_key(r, key))
        return fail(r, "this key was set before in the same section");
    add(r, arena_dup(r->arena, key), str_trim(value));
    return ERR_OK;
}

enum err_code
ini_read(struct arena *a, struct str text, const char *file, struct ini *out,
    struct err *err)
{
    struct reader r = { .arena = a, .out = out, .file = file, .err = err };
    *out = (struct ini){ NULL, 0 };
    while (text.n) {
        struct str line;
        str_cut(text, '\n', &line, &text);
        r.line++;
        enum err_code code = read_line(&r, str_trim(line));
        if (code != ERR_OK)
            return code;
    }
    return ERR_OK;
}
