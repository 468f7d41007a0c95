/* SPDX-License-Identifier: ISC */

/*
 * Any bytes as CGI parameters, one "NAME=value" a line (NUL for LF, so that
 * LF can be tried inside values), then as a body.  Properties: a request that
 * is taken has a canonical path, no header twice, no line end in any header;
 * a length that is taken is within its bound.
 */

#include "http/req.h"

#include "secret/secret.h"
#include "text/utf8.h"

#include <stddef.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_header(const struct req *r, size_t i)
{
    struct str name = r->headers.items[i].name;
    struct str value = r->headers.items[i].value;
    must(name.n > 0);
    must(str_find(value, '\n') == value.n);
    must(str_find(value, '\r') == value.n);
    must(str_find(value, '\0') == value.n);
    for (size_t k = 0; k < name.n; k++)
        must(name.p[k] != '_' && !(name.p[k] >= 'A' && name.p[k] <= 'Z'));
    for (size_t k = 0; k < i; k++)
        must(!str_eq(name, r->headers.items[k].name));
}

static void
check_path(struct str path)
{
    must(path.n > 0 && path.p[0] == '/' && utf8_valid(path));
    struct str segment, rest = str_from(path, 1);
    bool more = true;
    while (more) {
        more = str_cut(rest, '/', &segment, &rest);
        must(!str_is(segment, ".") && !str_is(segment, ".."));
        must(segment.n > 0 || !more);
        for (size_t i = 0; i < segment.n; i++)
            must((unsigned char)segment.p[i] >= 0x20 && segment.p[i] != '%' &&
                segment.p[i] != '\\');
    }
}

/* Everything up to the first line without '=' is parameters. */
static struct str
params_read(struct arena *a, struct str text, struct pairs *out)
{
    struct str line, name, value;
    while (text.n) {
        str_cut(text, '\0', &line, &text);
        if (!str_cut(line, '=', &name, &value))
            break;
        form_add(a, out, name, value);
    }
    return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool started;
    if (!started)
        secret_start();
    started = true;
    struct arena *a = arena_new(1024);
    char *copy = arena_alloc(a, size);
    if (size)
        memcpy(copy, data, size);
    struct err err, length_err;
    err_init(&err, a);
    err_init(&length_err, a);
    struct pairs params = { NULL, 0 };
    struct str body = params_read(a, (struct str){ copy, size }, &params);
    form_add(a, &params, STR("REMOTE_ADDR"), STR("192.0.2.7"));
    struct req r;
    size_t n;
    if (req_content_length(&params, 1000, &n, &length_err) == ERR_OK)
        must(n <= 1000);
    if (req_build(a, &params, &r, &err) == ERR_OK) {
        check_path(r.path);
        for (size_t i = 0; i < r.headers.n; i++)
            check_header(&r, i);
        r.body = body;
        if (req_read_body(a, &r, &err) == ERR_OK)
            must(body.n == 0 || r.json || r.form.items);
    } else {
        must(err.code == ERR_MALFORMED || err.code == ERR_NOT_FOUND);
    }
    must(r.id.n > 0);
    arena_free(a);
    return 0;
}
