/* SPDX-License-Identifier: ISC */
#include "text/csv.h"

#include <string.h>

static bool
starts_formula(struct str s)
{
    return s.n && memchr("=+-@\t\r", s.p[0], 6) != NULL;
}

static bool
needs_quotes(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (memchr(",\"\r\n", s.p[i], 4))
            return true;
    return false;
}

void
csv_cell(struct buf *out, struct str text, bool first)
{
    if (!first)
        buf_char(out, ',');
    bool quoted = needs_quotes(text);
    if (quoted)
        buf_char(out, '"');
    if (starts_formula(text))
        buf_char(out, '\'');
    struct str before;
    while (str_cut(text, '"', &before, &text)) {
        buf_str(out, before);
        buf_add(out, "\"\"", 2);
    }
    buf_str(out, before);
    if (quoted)
        buf_char(out, '"');
}

void
csv_number(struct buf *out, struct str digits, bool first)
{
    if (!first)
        buf_char(out, ',');
    buf_str(out, digits);
}

void
csv_end(struct buf *out)
{
    buf_add(out, "\r\n", 2);
}

struct reader {
    struct arena *arena;
    struct err *err;
    struct str rest;
    size_t line;         /* of rest.p, from 1 */
    struct strs row;     /* the row being read */
    size_t row_cap;
    struct strs *rows;
    size_t n_rows, rows_cap;
};

static void *
grow(struct arena *a, const void *old, size_t n, size_t *cap, size_t size)
{
    *cap = *cap ? *cap * 2 : 8;
    void *p = arena_array(a, *cap, size);
    if (n)
        memcpy(p, old, n * size);
    return p;
}

static void
cell_done(struct reader *r, struct str cell)
{
    if (r->row.n == r->row_cap)
        r->row.items = grow(r->arena, r->row.items, r->row.n, &r->row_cap,
            sizeof cell);
    r->row.items[r->row.n++] = cell;
}

static void
row_done(struct reader *r)
{
    if (r->n_rows == r->rows_cap)
        r->rows = grow(r->arena, r->rows, r->n_rows, &r->rows_cap,
            sizeof r->row);
    r->rows[r->n_rows++] = r->row;
    r->row = (struct strs){ NULL, 0 };
    r->row_cap = 0;
}

/* Index of the quote that closes the cell, or s.n: a pair is one quote. */
static size_t
closing_quote(struct str s)
{
    size_t i = str_find(s, '"');
    while (i + 1 < s.n && s.p[i + 1] == '"')
        i += 2 + str_find(str_from(s, i + 2), '"');
    return i;
}

/* The opening quote is taken; leaves what follows the closing one. */
static enum err_code
cell_quoted(struct reader *r, struct str *cell)
{
    size_t end = closing_quote(r->rest);
    if (end == r->rest.n)
        return ERR(r->err, ERR_MALFORMED,
            "line %zu: a quoted cell is not closed", r->line);
    char *p = arena_alloc(r->arena, end);
    size_t n = 0;
    for (size_t i = 0; i < end; i++) {
        char c = r->rest.p[i];
        r->line += c == '\n';
        p[n++] = c;
        i += c == '"';
    }
    *cell = (struct str){ p, n };
    r->rest = str_from(r->rest, end + 1);
    return ERR_OK;
}

static enum err_code
cell_plain(struct reader *r, struct str *cell)
{
    size_t n = 0;
    while (n < r->rest.n && !memchr(",\r\n", r->rest.p[n], 3)) {
        if (r->rest.p[n] == '"')
            return ERR(r->err, ERR_MALFORMED,
                "line %zu: a quote inside a cell without quotes", r->line);
        n++;
    }
    *cell = arena_dup(r->arena, str_head(r->rest, n));
    r->rest = str_from(r->rest, n);
    return ERR_OK;
}

/* What may follow a cell: a comma, the end of the row, the end of the file. */
static enum err_code
cell_end(struct reader *r, bool *row_ended)
{
    *row_ended = true;
    if (r->rest.n == 0)
        return ERR_OK;
    if (r->rest.p[0] == ',') {
        *row_ended = false;
        r->rest = str_from(r->rest, 1);
        return ERR_OK;
    }
    size_t cr = r->rest.p[0] == '\r';
    if (cr < r->rest.n && r->rest.p[cr] == '\n') {
        r->rest = str_from(r->rest, cr + 1);
        r->line++;
        return ERR_OK;
    }
    return ERR(r->err, ERR_MALFORMED,
        "line %zu: a comma or the end of the line is missing", r->line);
}

static enum err_code
row_read(struct reader *r)
{
    bool ended = false;
    while (!ended) {
        struct str cell = { NULL, 0 };
        enum err_code rc;
        if (r->rest.n && r->rest.p[0] == '"') {
            r->rest = str_from(r->rest, 1);
            rc = cell_quoted(r, &cell);
        } else {
            rc = cell_plain(r, &cell);
        }
        if (rc == ERR_OK)
            rc = cell_end(r, &ended);
        if (rc != ERR_OK)
            return rc;
        cell_done(r, cell);
    }
    row_done(r);
    return ERR_OK;
}

enum err_code
csv_read(struct arena *a, struct str text, struct strs **rows, size_t *n_rows,
    struct err *err)
{
    struct reader r = { .arena = a, .err = err, .rest = text, .line = 1 };
    while (r.rest.n) {
        enum err_code rc = row_read(&r);
        if (rc != ERR_OK)
            return rc;
    }
    *rows = r.rows;
    *n_rows = r.n_rows;
    return ERR_OK;
}
