/* SPDX-License-Identifier: ISC */
#include "http/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the three above first */
#include <cmocka.h>

#define ROW(m, p) { .method = METHOD_##m, .path = (p), .name = #m " " p }

static const struct route table[] = {
    ROW(GET, "/"),
    ROW(GET, "/sign-in"),
    ROW(POST, "/sign-in"),
    ROW(POST, "/sign-out"),
    ROW(GET, "/w/{ws}/"),
    ROW(GET, "/w/{ws}/keys"),
    ROW(POST, "/w/{ws}/keys"),
    ROW(GET, "/w/{ws}/keys/{prefix}"),
    ROW(GET, "/w/{ws}/keys/new"),
    ROW(POST, "/w/{ws}/keys/bulk"),
    ROW(GET, "/w/{ws}/keys/{prefix}/edit"),
    ROW(POST, "/w/{ws}/keys/{prefix}/edit"),
    ROW(GET, "/w/{ws}/keys.csv"),
    ROW(GET, "/sdk/api-keys"),
    ROW(PUT, "/sdk/api-keys/{id}"),
    ROW(DELETE, "/sdk/api-keys/{id}"),
    ROW(GET, "/sdk/api-keys/{id}"),
    ROW(GET, "/sdk/api-keys/usage-limits"),
    ROW(GET, "/sdk/api-keys/{id}/usage-limits"),
    ROW(PATCH, "/v1/keys/{prefix}"),
    ROW(GET, "/a/{x}/c/{y}"),
    ROW(GET, "/a/b/{x}/d"),
    ROW(GET, "/a/{x}/c/d"),
    ROW(GET, "/four/{a}/{b}/{c}/{d}"),
    ROW(GET, "/héé/{x}"),
};

struct want {
    enum method method;
    const char *path;
    const char *row;     /* or NULL */
    const char *allow;   /* of a 405; NULL with row NULL is a 404 */
    const char *params;  /* "ws=acme prefix=x" */
};

#define OK(m, path, row, params) { METHOD_##m, path, row, NULL, params }
#define NONE(m, path) { METHOD_##m, path, NULL, NULL, "" }
#define NOT(m, path, allow) { METHOD_##m, path, NULL, allow, "" }

static const struct want wants[] = {
    OK(GET, "/", "GET /", ""),
    OK(HEAD, "/", "GET /", ""),
    OK(GET, "/sign-in", "GET /sign-in", ""),
    OK(POST, "/sign-in", "POST /sign-in", ""),
    NONE(GET, "/sign-in/"),
    NONE(GET, "/sign-i"),
    NONE(GET, "/sign-inn"),
    NONE(GET, "sign-in"),
    NONE(GET, ""),
    NOT(POST, "/", "GET, HEAD"),
    NOT(PUT, "/sign-in", "GET, HEAD, POST"),
    NOT(OTHER, "/sign-in", "GET, HEAD, POST"),
    NOT(GET, "/sign-out", "POST"),
    NOT(HEAD, "/sign-out", "POST"),
    OK(GET, "/w/acme/", "GET /w/{ws}/", "ws=acme"),
    NONE(GET, "/w/acme"),
    NONE(GET, "/w//"),
    NONE(GET, "/w//keys"),
    NONE(GET, "/w/acme//keys"),
    OK(GET, "/w/acme/keys", "GET /w/{ws}/keys", "ws=acme"),
    OK(POST, "/w/acme/keys", "POST /w/{ws}/keys", "ws=acme"),
    NONE(GET, "/w/acme/keys/"),
    OK(GET, "/w/acme/keys/abc", "GET /w/{ws}/keys/{prefix}",
        "ws=acme prefix=abc"),
    OK(GET, "/w/acme/keys/{prefix}", "GET /w/{ws}/keys/{prefix}",
        "ws=acme prefix={prefix}"),
    OK(GET, "/w/keys/keys/new", "GET /w/{ws}/keys/new", "ws=keys"),
    OK(HEAD, "/w/acme/keys/new", "GET /w/{ws}/keys/new", "ws=acme"),
    OK(GET, "/w/acme/keys/newer", "GET /w/{ws}/keys/{prefix}",
        "ws=acme prefix=newer"),
    OK(GET, "/w/acme/keys/ne", "GET /w/{ws}/keys/{prefix}",
        "ws=acme prefix=ne"),
    OK(GET, "/w/acme/keys/NEW", "GET /w/{ws}/keys/{prefix}",
        "ws=acme prefix=NEW"),
    /* the path first, then the method: no key is called "bulk" */
    NOT(GET, "/w/acme/keys/bulk", "POST"),
    NOT(POST, "/w/acme/keys/new", "GET, HEAD"),
    NOT(DELETE, "/w/acme/keys/abc", "GET, HEAD"),
    OK(POST, "/w/acme/keys/new/edit", "POST /w/{ws}/keys/{prefix}/edit",
        "ws=acme prefix=new"),
    OK(GET, "/w/acme/keys.csv", "GET /w/{ws}/keys.csv", "ws=acme"),
    OK(GET, "/sdk/api-keys/usage-limits", "GET /sdk/api-keys/usage-limits",
        ""),
    NOT(PUT, "/sdk/api-keys/usage-limits", "GET, HEAD"),
    OK(PUT, "/sdk/api-keys/7", "PUT /sdk/api-keys/{id}", "id=7"),
    OK(DELETE, "/sdk/api-keys/7", "DELETE /sdk/api-keys/{id}", "id=7"),
    NOT(PATCH, "/sdk/api-keys/7", "GET, HEAD, PUT, DELETE"),
    NOT(GET, "/v1/keys/7", "PATCH"),
    NONE(PATCH, "/v1/keys"),
    NONE(PATCH, "/v1/keys/"),
    OK(GET, "/sdk/api-keys/usage-limits/usage-limits",
        "GET /sdk/api-keys/{id}/usage-limits", "id=usage-limits"),
    /* literal beats parameter at the first difference from the left */
    OK(GET, "/a/b/c/d", "GET /a/b/{x}/d", "x=c"),
    OK(GET, "/a/z/c/d", "GET /a/{x}/c/d", "x=z"),
    OK(GET, "/a/b/c/z", "GET /a/{x}/c/{y}", "x=b y=z"),
    OK(GET, "/four/1/2/3/4", "GET /four/{a}/{b}/{c}/{d}",
        "a=1 b=2 c=3 d=4"),
    NONE(GET, "/four/1/2/3/4/5"),
    NONE(GET, "/four/1/2/3"),
    OK(GET, "/héé/ü", "GET /héé/{x}", "x=ü"),
};

static struct str
params_text(struct arena *a, const struct req *r)
{
    struct str s = { "", 0 };
    for (size_t i = 0; i < r->n_params; i++)
        s = arena_fmt(a, "%.*s%s%.*s=%.*s", STR_ARG(s), i ? " " : "",
            STR_ARG(r->params[i].name), STR_ARG(r->params[i].value));
    return s;
}

static bool
row_right(struct arena *a, const struct want *w, const struct route *rows,
    size_t n)
{
    struct err err;
    err_init(&err, a);
    struct req r = { .method = w->method, .path = str_cstr(w->path) };
    r.n_params = 3; /* of an earlier call: must be forgotten */
    const struct route *row;
    struct str allow;
    enum err_code code = route_find(rows, n, &r, &row, &allow, a, &err);
    enum err_code want = w->row ? ERR_OK :
        w->allow                ? ERR_METHOD :
                                  ERR_NOT_FOUND;
    bool right = code == want && err.code == want &&
        (w->row ? row && strcmp(row->name, w->row) == 0 : row == NULL) &&
        str_is(allow, w->allow ? w->allow : "") &&
        str_is(params_text(a, &r), w->params);
    if (!right)
        printf("# %s %s: got code %d, row %s, allow \"%.*s\", %.*s\n",
            method_name(w->method), w->path, code, row ? row->name : "none",
            STR_ARG(allow), STR_ARG(params_text(a, &r)));
    return right;
}

static void
test_find(void **state)
{
    (void)state;
    struct arena *a = arena_new(4096);
    int wrong = 0;
    for (size_t i = 0; i < COUNT_OF(wants); i++)
        wrong += !row_right(a, &wants[i], table, COUNT_OF(table));
    arena_free(a);
    assert_int_equal(wrong, 0);
}

/* The order of rows in the table means nothing. */
static void
test_find_reversed(void **state)
{
    (void)state;
    struct arena *a = arena_new(4096);
    struct route reversed[COUNT_OF(table)];
    for (size_t i = 0; i < COUNT_OF(table); i++)
        reversed[i] = table[COUNT_OF(table) - 1 - i];
    int wrong = 0;
    for (size_t i = 0; i < COUNT_OF(wants); i++)
        wrong += !row_right(a, &wants[i], reversed, COUNT_OF(reversed));
    arena_free(a);
    assert_int_equal(wrong, 0);
}

/* Nothing after the path's end is looked at: the sanitizer's build sees it. */
static void
test_end(void **state)
{
    (void)state;
    static const char path[] = "/w/acme/keys/abc";
    struct arena *a = arena_new(4096);
    struct err err;
    err_init(&err, a);
    char *exact = arena_alloc(a, sizeof path - 1);
    memcpy(exact, path, sizeof path - 1);
    struct req r = { .method = METHOD_GET,
        .path = { exact, sizeof path - 1 } };
    const struct route *row;
    struct str allow;
    enum err_code code = route_find(table, COUNT_OF(table), &r, &row, &allow,
        a, &err);
    assert_int_equal(code, ERR_OK);
    assert_string_equal(row->path, "/w/{ws}/keys/{prefix}");
    assert_true(str_is(req_param(&r, "ws"), "acme"));
    assert_true(str_is(req_param(&r, "prefix"), "abc"));
    arena_free(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_find_reversed),
        cmocka_unit_test(test_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
