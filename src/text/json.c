/* SPDX-License-Identifier: ISC */
#include "text/json.h"

#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* ---- bounds, before jansson spends memory ------------------------------- */

static enum err_code
malformed(struct str text, size_t at, struct err *err, const char *what)
{
    size_t line = 1, column = 1;
    for (size_t i = 0; i < at; i++) {
        if (text.p[i] == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)text.p[i] & 0xc0) != 0x80) {
            column++;
        }
    }
    return ERR(err, ERR_MALFORMED, "JSON, line %zu, column %zu: %s", line,
        column, what);
}

/* Index behind the string that begins at `at`; text.n when it has no end. */
static size_t
string_end(struct str text, size_t at)
{
    for (at++; at < text.n && text.p[at] != '"'; at++)
        if (text.p[at] == '\\')
            at++;
    return at < text.n ? at + 1 : text.n;
}

static bool
is_word(char c)
{
    return !memchr("{}[],: \t\r\n\"", c, 11);
}

/*
 * Count without judging: whatever is wrong beside size is left to jansson,
 * which sees the same text next.  All but a NUL byte: outside of text jansson
 * takes it for the end and does not look at what follows.
 */
static enum err_code
check_size(struct str text, struct err *err)
{
    size_t depth = 0, nodes = 0, at = 0;
    size_t nul = str_find(text, '\0');
    if (nul < text.n)
        return malformed(text, nul, err, "a NUL character is not allowed");
    while (at < text.n) {
        size_t start = at;
        char c = text.p[at++];
        if (c == '"')
            at = string_end(text, start);
        else if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && depth)
            depth--;
        else if (is_word(c))
            while (at < text.n && is_word(text.p[at]))
                at++;
        nodes += c == '"' || c == '{' || c == '[' || is_word(c);
        if (depth > JSON_DEPTH_MAX)
            return malformed(text, start, err, "too deep");
        if (nodes > JSON_NODES_MAX)
            return malformed(text, start, err, "too many values");
    }
    return ERR_OK;
}

/* ---- jansson's tree to ours --------------------------------------------- */

static struct val *from_jansson(struct arena *a, json_t *j);

static struct val *
list_from(struct arena *a, json_t *j)
{
    struct val *list = val_list(a);
    for (size_t i = 0; i < json_array_size(j); i++)
        val_add(list, from_jansson(a, json_array_get(j, i)));
    return list;
}

static struct val *
map_from(struct arena *a, json_t *j)
{
    struct val *map = val_map(a);
    void *it;
    for (it = json_object_iter(j); it; it = json_object_iter_next(j, it)) {
        struct str name = str_cstr(json_object_iter_key(it));
        struct val *v = from_jansson(a, json_object_iter_value(it));
        val_put_new(map, arena_dup(a, name), v);
    }
    return map;
}

static struct val *
from_jansson(struct arena *a, json_t *j)
{
    switch (json_typeof(j)) {
    case JSON_OBJECT:
        return map_from(a, j);
    case JSON_ARRAY:
        return list_from(a, j);
    case JSON_STRING: {
        struct str s = { json_string_value(j), json_string_length(j) };
        return val_str(a, arena_dup(a, s));
    }
    case JSON_INTEGER:
        return val_int(a, json_integer_value(j));
    case JSON_REAL:
        return val_real(a, json_real_value(j));
    case JSON_TRUE:
    case JSON_FALSE:
        return val_bool(a, json_is_true(j));
    case JSON_NULL:
        break;
    }
    return val_null(a);
}

struct copy {
    struct arena *a;
    json_t *from;
    struct val *out;
};

static void
copy_tree(void *arg)
{
    struct copy *c = arg;
    c->out = from_jansson(c->a, c->from);
}

/* Our words: jansson's own quote the input, cut at any byte. */
static const char *
reason(const json_error_t *why)
{
    enum json_error_code code = json_error_code(why);
    if (code == json_error_premature_end_of_input)
        return "the text ends too early";
    if (code == json_error_end_of_input_expected)
        return "something follows the value";
    if (code == json_error_invalid_utf8)
        return "not valid UTF-8";
    if (code == json_error_duplicate_key)
        return "a member is given twice";
    if (code == json_error_numeric_overflow)
        return "a number is too large";
    if (code == json_error_null_byte_in_key ||
        code == json_error_null_character)
        return "a NUL character is not allowed";
    return "not valid JSON";
}

/* Where jansson's memory comes from while it reads.  It does not get along with
 * an allocation that fails: it writes past the end of what it has.  An arena
 * jumps out instead, past code that holds nothing else. */
static _Thread_local struct arena *pool;

static void *
get_memory(size_t n)
{
    return pool ? arena_alloc(pool, n) : malloc(n);
}

static void
give_back(void *p)
{
    if (!pool)
        free(p);
}

static void
set_memory(void)
{
    json_set_alloc_funcs(get_memory, give_back);
}

struct reading {
    struct copy copy;
    struct str text;
    json_error_t why;
};

static void
read_tree(void *arg)
{
    struct reading *r = arg;
    json_t *j = json_loadb(r->text.n ? r->text.p : "", r->text.n,
        JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &r->why);
    r->copy.from = j;
    if (j)
        copy_tree(&r->copy);
}

enum err_code
json_read(struct arena *a, struct str text, struct val **out, struct err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    enum err_code rc = check_size(text, err);
    if (rc != ERR_OK)
        return rc;
    must(pthread_once(&once, set_memory) == 0);
    struct reading r = { .copy = { a, NULL, NULL }, .text = text };
    pool = a;
    bool whole = memory_try(read_tree, &r);
    pool = NULL;
    if (!whole)
        memory_ran_out();
    if (!r.copy.from)
        return ERR(err, ERR_MALFORMED, "JSON, line %d, column %d: %s",
            r.why.line, r.why.column, reason(&r.why));
    *out = r.copy.out;
    return ERR_OK;
}

/* ---- writing ------------------------------------------------------------ */

static void
escaped(struct buf *out, char c)
{
    const char *names = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (const char *p = names; *p; p += 2) {
        if (*p == c) {
            buf_char(out, '\\');
            buf_char(out, p[1]);
            return;
        }
    }
    const char *hex = "0123456789abcdef";
    buf_add(out, "\\u00", 4);
    buf_char(out, hex[(unsigned char)c >> 4]);
    buf_char(out, hex[(unsigned char)c & 15]);
}

void
json_text(struct buf *out, struct str s)
{
    buf_char(out, '"');
    size_t from = 0; /* what is before it is already in `out` */
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        buf_add(out, s.p + from, i - from);
        escaped(out, s.p[i]);
        from = i + 1;
    }
    if (from < s.n)
        buf_add(out, s.p + from, s.n - from);
    buf_char(out, '"');
}

static void
write_real(struct buf *out, const struct val *v)
{
    char tmp[VAL_SHOW_MAX];
    if (!isfinite(v->u.real)) {
        buf_add(out, "null", 4);
        return;
    }
    struct str digits = val_show(v, tmp);
    buf_str(out, digits);
    if (str_find(digits, '.') == digits.n && str_find(digits, 'e') == digits.n)
        buf_add(out, ".0", 2);
}

static void
write_list(struct buf *out, const struct val *v)
{
    buf_char(out, '[');
    for (size_t i = 0; i < v->u.list.n; i++) {
        if (i)
            buf_char(out, ',');
        json_write(out, v->u.list.items[i]);
    }
    buf_char(out, ']');
}

static void
write_map(struct buf *out, const struct val *v)
{
    buf_char(out, '{');
    for (size_t i = 0; i < v->u.map.n; i++) {
        if (i)
            buf_char(out, ',');
        json_text(out, v->u.map.pairs[i].name);
        buf_char(out, ':');
        json_write(out, v->u.map.pairs[i].val);
    }
    buf_char(out, '}');
}

void
json_write(struct buf *out, const struct val *v)
{
    char tmp[VAL_SHOW_MAX];
    switch (v->type) {
    case VAL_NULL:
        buf_add(out, "null", 4);
        break;
    case VAL_BOOL:
    case VAL_INT:
        buf_str(out, val_show(v, tmp));
        break;
    case VAL_REAL:
        write_real(out, v);
        break;
    case VAL_STR:
        json_text(out, v->u.s);
        break;
    case VAL_LIST:
        write_list(out, v);
        break;
    case VAL_MAP:
        write_map(out, v);
        break;
    }
}

static void
new_line(struct buf *out, int depth)
{
    buf_char(out, '\n');
    for (int i = 0; i < depth; i++)
        buf_cstr(out, "  ");
}

static void
write_pretty(struct buf *out, const struct val *v, int depth)
{
    bool map = v->type == VAL_MAP;
    size_t n = map ? v->u.map.n : v->type == VAL_LIST ? v->u.list.n : 0;
    if (n == 0) {
        json_write(out, v);
        return;
    }
    buf_char(out, map ? '{' : '[');
    for (size_t i = 0; i < n; i++) {
        buf_cstr(out, i ? "," : "");
        new_line(out, depth + 1);
        if (map) {
            json_text(out, v->u.map.pairs[i].name);
            buf_cstr(out, ": ");
        }
        write_pretty(out, map ? v->u.map.pairs[i].val : v->u.list.items[i],
            depth + 1);
    }
    new_line(out, depth);
    buf_char(out, map ? '}' : ']');
}

void
json_pretty(struct buf *out, const struct val *v)
{
    write_pretty(out, v, 0);
}
