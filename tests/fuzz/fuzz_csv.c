/* SPDX-License-Identifier: ISC */

/*
 * Any bytes as a CSV file, then the same bytes as one cell.  Properties: what
 * is read, written and read again is the same, but for the guard; no cell that
 * was written begins as a formula.
 */

#include "text/csv.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_formula(struct str s)
{
    return s.n && memchr("=+-@\t\r", s.p[0], 6);
}

static enum err_code
read_to(struct arena *a, struct str text, struct strs **rows, size_t *n)
{
    struct err err;
    err_init(&err, a);
    return csv_read(a, text, rows, n, &err);
}

static void
same_again(struct arena *a, const struct strs *rows, size_t n)
{
    struct buf b;
    buf_init(&b, a, BUF_MAX_CSV);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < rows[i].n; j++)
            csv_cell(&b, rows[i].items[j], j == 0);
        csv_end(&b);
    }
    struct strs *again;
    size_t n_again;
    must(!b.full);
    must(read_to(a, buf_view(&b), &again, &n_again) == ERR_OK);
    must(n_again == n);
    for (size_t i = 0; i < n; i++) {
        must(again[i].n == rows[i].n);
        for (size_t j = 0; j < rows[i].n; j++) {
            struct str was = rows[i].items[j], is = again[i].items[j];
            must(!is_formula(is));
            must(!is_formula(was) || is.p[0] == '\'');
            must(str_eq(str_from(is, is_formula(was)), was));
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(1024);
    char *copy = arena_alloc(a, size);
    if (size)
        memcpy(copy, data, size);
    struct str text = { copy, size };
    struct strs *rows;
    size_t n;
    if (read_to(a, text, &rows, &n) == ERR_OK)
        same_again(a, rows, n);
    struct strs one = { &text, 1 };
    same_again(a, &one, 1);
    arena_free(a);
    return 0;
}
