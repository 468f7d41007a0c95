/* SPDX-License-Identifier: ISC */

/*
 * Any bytes as a path, the first one chooses the method.  Properties: a row
 * that is found, with its parameters put back, is the path again; no parameter
 * is empty or holds a slash; the order of rows means nothing; Allow is there
 * for a 405 only, and then some method of it is taken.
 */

#include "http/route.h"

#include "base/buf.h"

#include <stddef.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROW(m, p) { .method = METHOD_##m, .path = (p) }

static const struct route table[] = {
    ROW(GET, "/"),
    ROW(GET, "/w/{ws}/"),
    ROW(GET, "/w/{ws}/k"),
    ROW(POST, "/w/{ws}/k"),
    ROW(GET, "/w/{ws}/k/{id}"),
    ROW(GET, "/w/{ws}/k/new"),
    ROW(POST, "/w/{ws}/k/all"),
    ROW(DELETE, "/w/{ws}/k/{id}"),
    ROW(PUT, "/w/{ws}/k/{id}/e"),
    ROW(PATCH, "/w/a/k/{id}/{x}"),
    ROW(GET, "/w/a/{k}/b/{x}"),
};

static struct str
path_again(struct arena *a, const struct req *r, const char *pattern)
{
    struct buf b;
    size_t next = 0;
    buf_init(&b, a, BUF_MAX_BODY);
    for (const char *p = pattern; *p; p++) {
        if (*p != '{') {
            buf_char(&b, *p);
            continue;
        }
        must(next < r->n_params);
        buf_str(&b, r->params[next++].value);
        p = strchr(p, '}');
    }
    must(next == r->n_params);
    return buf_view(&b);
}

static enum err_code
find(struct arena *a, bool reversed, struct req *r, const struct route **row,
    struct str *allow)
{
    struct route rows[COUNT_OF(table)];
    struct err err;
    err_init(&err, a);
    for (size_t i = 0; i < COUNT_OF(table); i++)
        rows[i] = table[reversed ? COUNT_OF(table) - 1 - i : i];
    enum err_code code = route_find(rows, COUNT_OF(table), r, row, allow, a,
        &err);
    if (code != ERR_OK)
        return code;
    size_t place = (size_t)(*row - rows);
    *row = &table[reversed ? COUNT_OF(table) - 1 - place : place];
    /* names point into the table's text, which outlives `rows` */
    for (size_t i = 0; i < r->n_params; i++) {
        must(r->params[i].value.n > 0);
        must(str_find(r->params[i].value, '/') == r->params[i].value.n);
    }
    must(str_eq(path_again(a, r, (*row)->path), r->path));
    return code;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct arena *a = arena_new(1024);
    char *copy = arena_alloc(a, size - 1);
    if (size > 1)
        memcpy(copy, data + 1, size - 1);
    struct req r = { .method = (enum method)(data[0] % (METHOD_OTHER + 1)),
        .path = { copy, size - 1 } };
    const struct route *row, *again;
    struct str allow, allow_again;
    enum err_code code = find(a, false, &r, &row, &allow);
    must(find(a, true, &r, &again, &allow_again) == code);
    must(row == again && str_eq(allow, allow_again));
    must((allow.n > 0) == (code == ERR_METHOD));
    must((row != NULL) == (code == ERR_OK));
    if (code == ERR_METHOD) {
        r.method = METHOD_GET;
        while (find(a, false, &r, &row, &allow) != ERR_OK)
            must(++r.method < METHOD_OTHER);
    }
    arena_free(a);
    return 0;
}
