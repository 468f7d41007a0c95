/* SPDX-License-Identifier: ISC */
#include "http/req.h"

#include "base/buf.h"
#include "help.h"
#include "secret/keytext.h"
#include "secret/random.h"
#include "secret/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the three above first */
#include <cmocka.h>

/* Parameters of a plain GET; each test adds its own. */
static struct pairs
base_params(struct arena *a, const char *method, struct str target)
{
    struct pairs p = { NULL, 0 };
    form_add(a, &p, STR("REQUEST_METHOD"), str_cstr(method));
    form_add(a, &p, STR("REQUEST_URI"), target);
    form_add(a, &p, STR("REMOTE_ADDR"), STR("192.0.2.7"));
    return p;
}

static void
add(struct arena *a, struct pairs *p, const char *name, const char *value)
{
    form_add(a, p, str_cstr(name), str_cstr(value));
}

static enum err_code
build(struct arena *a, const struct pairs *p, struct req *r)
{
    struct err err;
    err_init(&err, a);
    enum err_code code = req_build(a, p, r, &err);
    assert_int_equal(code, err.code);
    assert_int_equal(r->id.n, UUID_CHARS);
    return code;
}

static void
test_whole(void **state)
{
    struct arena *a = *state;
    struct pairs p = { NULL, 0 };
    add(a, &p, "FCGI_ROLE", "RESPONDER");
    add(a, &p, "SCRIPT_NAME", "/other");
    add(a, &p, "PATH_INFO", "/elsewhere");
    add(a, &p, "QUERY_STRING", "q=not+this");
    add(a, &p, "REQUEST_METHOD", "POST");
    add(a, &p, "REQUEST_URI", "/w/caf%C3%A9/keys?q=a+b&q=c&%41=1");
    add(a, &p, "CONTENT_TYPE", "Application/JSON ; charset=utf-8");
    add(a, &p, "HTTP_CONTENT_TYPE", "text/plain");
    add(a, &p, "REMOTE_ADDR", "2001:db8::1");
    add(a, &p, "HTTPS", "on");
    add(a, &p, "HTTP_HOST", "box:8080");
    add(a, &p, "HTTP_X_FORWARDED_FOR", "10.0.0.1");
    add(a, &p, "HTTP_X_HTTP_METHOD_OVERRIDE", "DELETE");
    add(a, &p, "HTTP_AUTHORIZATION", "Bearer abc");
    add(a, &p, "HTTP_COOKIE", "s=1; a=2");
    struct req r;
    assert_int_equal(build(a, &p, &r), ERR_OK);
    assert_int_equal(r.method, METHOD_POST);
    assert_true(str_is(r.method_text, "POST"));
    assert_true(str_is(r.path, "/w/caf\xc3\xa9/keys"));
    assert_true(str_is(r.query_text, "q=a+b&q=c&%41=1"));
    assert_true(str_is(req_query(&r, "q"), "a b"));
    assert_true(str_is(req_query(&r, "A"), "1"));
    assert_true(str_is(req_query(&r, "none"), ""));
    assert_int_equal(r.query.n, 3);
    assert_true(str_is(r.content_type, "application/json"));
    assert_true(str_is(req_header(&r, "content-type"),
        "Application/JSON ; charset=utf-8"));
    assert_true(str_is(req_header(&r, "host"), "box:8080"));
    assert_true(str_is(req_header(&r, "x-forwarded-for"), "10.0.0.1"));
    assert_true(str_is(req_header(&r, "authorization"), "Bearer abc"));
    assert_true(str_is(req_header(&r, "cookie"), ""));
    assert_int_equal(r.headers.n, 5);
    assert_int_equal(r.cookies.n, 2);
    assert_true(r.https);
    assert_false(r.authorizer);
    assert_true(str_is(r.peer_text, "2001:db8::1"));
    assert_int_equal(r.peer.b[0], 0x20);
    assert_int_equal(r.n_params, 0);
    assert_false(req_safe(&r));
}

static const struct {
    const char *name, *value;
    bool https, authorizer;
} flags[] = {
    { "HTTPS", "on", true, false },
    { "HTTPS", "off", false, false },
    { "HTTPS", "", false, false },
    { "REQUEST_SCHEME", "https", true, false },
    { "REQUEST_SCHEME", "http", false, false },
    { "HTTP_HTTPS", "on", false, false },
    { "HTTP_X_FORWARDED_PROTO", "https", false, false },
    { "FCGI_ROLE", "AUTHORIZER", false, true },
    { "FCGI_ROLE", "RESPONDER", false, false },
    { "HTTP_FCGI_ROLE", "AUTHORIZER", false, false },
};

static void
test_flags(void **state)
{
    struct arena *a = *state;
    for (size_t i = 0; i < COUNT_OF(flags); i++) {
        struct pairs p = base_params(a, "GET", STR("/"));
        add(a, &p, flags[i].name, flags[i].value);
        struct req r;
        assert_int_equal(build(a, &p, &r), ERR_OK);
        if (r.https != flags[i].https || r.authorizer != flags[i].authorizer)
            fail_msg("%s=%s", flags[i].name, flags[i].value);
    }
}

/* One more parameter beside the three of a plain GET. */
static const struct {
    struct str name, value;
    enum err_code want;
} extras[] = {
    { STR_INIT("HTTP_X_FOO"), STR_INIT("1"), ERR_OK },
    { STR_INIT("HTTP_X_FOO"), STR_INIT(""), ERR_OK },
    { STR_INIT("HTTP_"), STR_INIT("1"), ERR_OK },
    { STR_INIT(""), STR_INIT(""), ERR_OK },
    { STR_INIT("HTTP_X"), STR_INIT("caf\xc3\xa9 \xff\t"), ERR_OK },
    { STR_INIT("HTTP_X"), STR_INIT("a\0b"), ERR_MALFORMED },
    { STR_INIT("HTTP_X"), STR_INIT("a\nb"), ERR_MALFORMED },
    { STR_INIT("HTTP_X"), STR_INIT("a\rb"), ERR_MALFORMED },
    { STR_INIT("HTTP_\0"), STR_INIT("1"), ERR_MALFORMED },
    { STR_INIT("HTTP_X\n"), STR_INIT("1"), ERR_MALFORMED },
    { STR_INIT("HTTP_COOKIE"), STR_INIT("a=\0"), ERR_MALFORMED },
    { STR_INIT("SERVER_SIGNATURE"), STR_INIT("<address>Apache</address>\n"),
        ERR_OK }, /* as Debian's does */
    { STR_INIT("HTTP_SERVER_SIGNATURE"), STR_INIT("a\n"), ERR_MALFORMED },
    { STR_INIT("REQUEST_URI"), STR_INIT("/"), ERR_MALFORMED },
    { STR_INIT("REQUEST_URI"), STR_INIT("/admin"), ERR_MALFORMED },
    { STR_INIT("request_uri"), STR_INIT("/admin"), ERR_MALFORMED },
    { STR_INIT("REQUEST-URI"), STR_INIT("/admin"), ERR_MALFORMED },
    { STR_INIT("REQUEST_METHOD"), STR_INIT("GET"), ERR_MALFORMED },
    { STR_INIT("REMOTE_ADDR"), STR_INIT("::1"), ERR_MALFORMED },
};

static void
test_extra(void **state)
{
    struct arena *a = *state;
    int wrong = 0;
    for (size_t i = 0; i < COUNT_OF(extras); i++) {
        struct pairs p = base_params(a, "GET", STR("/"));
        form_add(a, &p, extras[i].name, extras[i].value);
        struct req r;
        enum err_code code = build(a, &p, &r);
        for (size_t k = 0; k < r.headers.n; k++)
            assert_true(r.headers.items[k].name.n > 0);
        if (code == extras[i].want)
            continue;
        printf("# row %zu, %.*s: code %d\n", i, STR_ARG(extras[i].name), code);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

/* X-Foo and X_Foo reach us under one name: neither may win. */
static void
test_twice(void **state)
{
    struct arena *a = *state;
    static const char *const pairs[][2] = {
        { "HTTP_X_FOO", "HTTP_X_FOO" },
        { "HTTP_X_FOO", "HTTP_X_foo" },
        { "HTTP_X_FOO", "HTTP_X-FOO" },
        { "HTTP_AUTHORIZATION", "HTTP_AUTHORIZATION" },
        { "CONTENT_LENGTH", "CONTENT_LENGTH" },
        { "SCRIPT_NAME", "SCRIPT_NAME" },
    };
    struct req r;
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        struct pairs p = base_params(a, "GET", STR("/"));
        add(a, &p, pairs[i][0], "1");
        assert_int_equal(build(a, &p, &r), ERR_OK);
        add(a, &p, pairs[i][1], "1");
        if (build(a, &p, &r) != ERR_MALFORMED)
            fail_msg("%s, then %s", pairs[i][0], pairs[i][1]);
    }
    struct pairs p = base_params(a, "GET", STR("/"));
    add(a, &p, "HTTP_COOKIE", "a=1");
    add(a, &p, "HTTP_COOKIE", "b=2; a=3");
    assert_int_equal(build(a, &p, &r), ERR_OK);
    assert_int_equal(r.cookies.n, 3);
    assert_true(str_is(r.cookies.items[2].value, "3"));
}

static void
test_bounds(void **state)
{
    struct arena *a = *state;
    struct req r;
    struct pairs p = base_params(a, "GET", STR("/"));
    while (p.n < REQ_PARAMS_MAX)
        form_add(a, &p, arena_fmt(a, "HTTP_X%zu", p.n), STR("1"));
    assert_int_equal(build(a, &p, &r), ERR_OK);
    form_add(a, &p, STR("HTTP_ONE_MORE"), STR("1"));
    assert_int_equal(build(a, &p, &r), ERR_MALFORMED);
    size_t used = 0;
    struct pairs q = base_params(a, "GET", STR("/"));
    form_add(a, &q, STR("HTTP_X"), STR(""));
    for (size_t i = 0; i < q.n; i++)
        used += q.items[i].name.n + q.items[i].value.n;
    int rest = REQ_PARAMS_BYTES - (int)used;
    q.items[q.n - 1].value = arena_fmt(a, "%0*d", rest, 1);
    assert_int_equal(build(a, &q, &r), ERR_OK);
    q.items[q.n - 1].value = arena_fmt(a, "%0*d", rest + 1, 1);
    assert_int_equal(build(a, &q, &r), ERR_MALFORMED);
}

static void
test_missing(void **state)
{
    struct arena *a = *state;
    struct req r;
    struct pairs none = { NULL, 0 };
    assert_int_equal(build(a, &none, &r), ERR_MALFORMED);
    for (size_t i = 0; i < 3; i++) {
        struct pairs p = base_params(a, "GET", STR("/"));
        p.items[i].name = STR("OTHER");
        assert_int_equal(build(a, &p, &r), ERR_MALFORMED);
        p = base_params(a, "GET", STR("/"));
        p.items[i].value = STR("");
        assert_int_equal(build(a, &p, &r), ERR_MALFORMED);
    }
    static const char *const bad_peers[] = { "unix:", "10.0.0", "localhost",
        "1.2.3.4:80", "1.2.3.4, 5.6.7.8" };
    for (size_t i = 0; i < COUNT_OF(bad_peers); i++) {
        struct pairs p = base_params(a, "GET", STR("/"));
        p.items[2].value = str_cstr(bad_peers[i]);
        assert_int_equal(build(a, &p, &r), ERR_MALFORMED);
    }
}

static const struct {
    const char *target;
    enum err_code want;
} targets[] = {
    { "/", ERR_OK },
    { "/?", ERR_OK },
    { "/a?b=%C3%A9", ERR_OK },
    { "/a%2Fb", ERR_OK /* the router refuses it */ },
    { "//a", ERR_NOT_FOUND },
    { "/a/../b", ERR_NOT_FOUND },
    { "/%2e%2e/b", ERR_NOT_FOUND },
    { "/%252e%252e", ERR_MALFORMED },
    { "/%zz", ERR_MALFORMED },
    { "/%ff", ERR_MALFORMED },
    { "http://evil/a", ERR_MALFORMED },
    { "*", ERR_MALFORMED },
    { "/a?b=%zz", ERR_MALFORMED },
    { "/a?b=%00", ERR_MALFORMED },
    { "/a?b=%ff", ERR_MALFORMED },
};

static void
test_targets(void **state)
{
    struct arena *a = *state;
    for (size_t i = 0; i < COUNT_OF(targets); i++) {
        struct pairs p = base_params(a, "GET", str_cstr(targets[i].target));
        struct req r;
        enum err_code code = build(a, &p, &r);
        if (code != targets[i].want)
            fail_msg("%s: code %d", targets[i].target, code);
    }
}

/* Attack strings as targets: refused, or a path without control bytes. */
static void
corpus_targets(struct arena *a, const char *file)
{
    struct str text = corpus_read(a, file), line;
    size_t n = 0, passed = 0;
    while (text.n) {
        str_cut(text, '\n', &line, &text);
        struct str target = line.n && line.p[0] == '/' ? line :
            arena_fmt(a, "/%.*s", STR_ARG(line));
        struct pairs p = base_params(a, "GET", target);
        struct req r;
        n++;
        if (build(a, &p, &r) != ERR_OK)
            continue;
        passed++;
        for (size_t i = 0; i < r.path.n; i++)
            if ((unsigned char)r.path.p[i] < 0x20 || r.path.p[i] == 0x7f)
                fail_msg("%s: %.*s", file, STR_ARG(line));
    }
    printf("# %s: %zu targets, %zu read\n", file, n, passed);
}

static void
test_corpora(void **state)
{
    struct arena *a = *state;
    corpus_targets(a, "headers/crlf.txt");
    corpus_targets(a, "headers/null-bytes.txt");
    corpus_targets(a, "headers/parameter-pollution.txt");
    corpus_targets(a, "paths/traversal.txt");
}

static void
test_methods(void **state)
{
    struct arena *a = *state;
    static const char *const known[] = { "GET", "HEAD", "POST", "PUT",
        "PATCH", "DELETE" };
    static const char *const others[] = { "get", "Get", "GETX", "GE",
        "OPTIONS", "TRACE", "CONNECT", "OTHER", "PROPFIND", "GET " };
    struct req r;
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        struct pairs p = base_params(a, known[i], STR("/"));
        assert_int_equal(build(a, &p, &r), ERR_OK);
        assert_string_equal(method_name(r.method), known[i]);
        assert_int_equal(r.method, (enum method)i);
        assert_int_equal(req_safe(&r), i < 2);
    }
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        struct pairs p = base_params(a, others[i], STR("/"));
        assert_int_equal(build(a, &p, &r), ERR_OK);
        assert_int_equal(r.method, METHOD_OTHER);
        assert_false(req_safe(&r));
    }
}

static void
test_methods_corpus(void **state)
{
    struct arena *a = *state;
    struct str text = corpus_read(a, "headers/methods.txt"), line;
    size_t n = 0, other = 0;
    while (text.n) {
        str_cut(text, '\n', &line, &text);
        struct pairs p = base_params(a, arena_cstr(a, line), STR("/"));
        struct req r;
        assert_int_equal(build(a, &p, &r), ERR_OK);
        bool known = str_is(line, method_name(r.method));
        if (!known)
            assert_int_equal(r.method, METHOD_OTHER);
        other += !known;
        n++;
    }
    printf("# %zu methods, %zu of them unknown here\n", n, other);
    assert_true(n == 0 || n - other == 6);
}

static const struct {
    const char *text; /* NULL: not sent */
    enum err_code want;
    size_t n;
} lengths[] = {
    { NULL, ERR_OK, 0 },
    { "", ERR_OK, 0 },
    { "0", ERR_OK, 0 },
    { "7", ERR_OK, 7 },
    { "007", ERR_OK, 7 },
    { "100", ERR_OK, 100 },
    { "101", ERR_TOO_LARGE, 0 },
    { "1000", ERR_TOO_LARGE, 0 },
    { "18446744073709551619", ERR_TOO_LARGE, 0 },
    { "99999999999999999999999999999999999999", ERR_TOO_LARGE, 0 },
    { "99999999999999999999x", ERR_MALFORMED, 0 },
    { "+3", ERR_MALFORMED, 0 },
    { "-1", ERR_MALFORMED, 0 },
    { " 3", ERR_MALFORMED, 0 },
    { "3 ", ERR_MALFORMED, 0 },
    { "3,3", ERR_MALFORMED, 0 },
    { "0x3", ERR_MALFORMED, 0 },
    { "3.0", ERR_MALFORMED, 0 },
};

static void
test_length(void **state)
{
    struct arena *a = *state;
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        struct pairs p = base_params(a, "POST", STR("/"));
        if (lengths[i].text)
            add(a, &p, "CONTENT_LENGTH", lengths[i].text);
        struct err err;
        err_init(&err, a);
        size_t n = 77;
        enum err_code code = req_content_length(&p, 100, &n, &err);
        if (code != lengths[i].want || n != lengths[i].n)
            fail_msg("\"%s\": code %d, %zu bytes",
                lengths[i].text ? lengths[i].text : "absent", code, n);
    }
    struct pairs p = { NULL, 0 };
    add(a, &p, "CONTENT_LENGTH", "0");
    struct err err;
    err_init(&err, a);
    size_t n;
    assert_int_equal(req_content_length(&p, 0, &n, &err), ERR_OK);
    add(a, &p, "CONTENT_LENGTH", "0");
    assert_int_equal(req_content_length(&p, 9, &n, &err), ERR_MALFORMED);
}

/* A body whose length the web server does not tell is not "no body". */
static void
test_length_of_chunked(void **state)
{
    struct arena *a = *state;
    struct pairs p = { NULL, 0 };
    struct err err;
    size_t n;
    err_init(&err, a);
    add(a, &p, "HTTP_TRANSFER_ENCODING", "chunked");
    assert_int_equal(req_content_length(&p, 9, &n, &err), ERR_MALFORMED);
    add(a, &p, "CONTENT_LENGTH", "8");
    err_init(&err, a);
    assert_int_equal(req_content_length(&p, 9, &n, &err), ERR_OK);
    assert_int_equal(n, 8);
}

static void
test_length_none_allowed(void **state)
{
    struct arena *a = *state;
    struct pairs p = { NULL, 0 };
    add(a, &p, "CONTENT_LENGTH", "1");
    struct err err;
    err_init(&err, a);
    size_t n;
    assert_int_equal(req_content_length(&p, 0, &n, &err), ERR_TOO_LARGE);
}

static const struct {
    const char *type, *body;
    enum err_code want;
    size_t form; /* fields */
    bool json;
} bodies[] = {
    { "", "", ERR_OK, 0, false },
    { "text/plain", "", ERR_OK, 0, false },
    { "application/x-www-form-urlencoded", "a=1&b=2", ERR_OK, 2, false },
    { "application/x-www-form-urlencoded", "a=%zz", ERR_MALFORMED, 0, false },
    { "application/json", "{\"a\":1}", ERR_OK, 0, true },
    { "APPLICATION/JSON;charset=UTF-8", "{}", ERR_OK, 0, true },
    { "application/json", "{\"a\":1,\"a\":2}", ERR_MALFORMED, 0, false },
    { "application/json", "a=1", ERR_MALFORMED, 0, false },
    { "", "a=1", ERR_MEDIA_TYPE, 0, false },
    { "text/plain", "{\"a\":1}", ERR_MEDIA_TYPE, 0, false },
    { "multipart/form-data; boundary=x", "--x", ERR_MEDIA_TYPE, 0, false },
    { "application/jsonx", "{}", ERR_MEDIA_TYPE, 0, false },
    { "text/html;application/json", "{}", ERR_MEDIA_TYPE, 0, false },
};

static void
test_body(void **state)
{
    struct arena *a = *state;
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct pairs p = base_params(a, "POST", STR("/"));
        add(a, &p, "CONTENT_TYPE", bodies[i].type);
        struct req r;
        struct err err;
        err_init(&err, a);
        assert_int_equal(build(a, &p, &r), ERR_OK);
        r.body = str_cstr(bodies[i].body);
        enum err_code code = req_read_body(a, &r, &err);
        if (code != bodies[i].want || r.form.n != bodies[i].form ||
            (r.json != NULL) != bodies[i].json)
            fail_msg("%s %s: code %d", bodies[i].type, bodies[i].body, code);
    }
}

static void
read_unknown_param(void *p)
{
    struct req r = { .n_params = 1,
        .params = { { STR_INIT("ws"), STR_INIT("acme") } } };
    (void)req_param(&r, p);
}

static void
test_param(void **state)
{
    (void)state;
    char known[] = "ws", part[] = "w", longer[] = "wsx";
    assert_false(aborts(read_unknown_param, known));
    assert_true(aborts(read_unknown_param, part));
    assert_true(aborts(read_unknown_param, longer));
}

static int
setup(void **state)
{
    secret_start();
    *state = arena_new(4096);
    return 0;
}

static int
teardown(void **state)
{
    arena_free(*state);
    return 0;
}

/* A request with these headers; an absent one is NULL. */
static struct str
bearer_of(struct arena *a, const char *authorization, const char *x_api_key)
{
    struct req r = { .method = METHOD_GET };
    if (authorization)
        form_add(a, &r.headers, STR("authorization"),
            str_cstr(authorization));
    if (x_api_key)
        form_add(a, &r.headers, STR("x-api-key"), str_cstr(x_api_key));
    return req_bearer(&r);
}

static void
test_bearer(void **state)
{
    struct arena *a = *state;
    static const struct {
        const char *authorization, *x_api_key, *key;
    } rows[] = {
        { NULL, NULL, "" },
        { "Bearer abc", NULL, "abc" },
        { "bearer   abc ", NULL, "abc" },
        { "BEARER abc", "other", "abc" },
        { NULL, "abc", "abc" },
        { "abc", NULL, "abc" },
        { "Basic abc", NULL, "Basic abc" },
        { "Bearer a, Bearer b", NULL, "a, Bearer b" },
        { "Bearer ", "other", "" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (!str_is(bearer_of(a, rows[i].authorization, rows[i].x_api_key),
                rows[i].key))
            fail_msg("row %zu", i);
}

static void
test_key_in_query(void **state)
{
    struct arena *a = *state;
    struct str key = keytext_make(a, STR("b747e891"), KEYTEXT_STANDARD);
    static const char *const names[] = { "key", "api_key", "q", "" };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct pairs q = { NULL, 0 };
        form_add(a, &q, STR("model"), STR("openai/gpt-5"));
        assert_false(req_key_in_query(&q));
        form_add(a, &q, str_cstr(names[i]), key);
        assert_true(req_key_in_query(&q));
    }
    struct pairs part = { NULL, 0 };
    form_add(a, &part, STR("key"), STR("b747e891"));
    form_add(a, &part, STR("key"), str_head(key, KEYTEXT_CHARS - 1));
    assert_false(req_key_in_query(&part));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_extra),
        cmocka_unit_test(test_twice),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_corpora),
        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_methods_corpus),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_length_of_chunked),
        cmocka_unit_test(test_length_none_allowed),
        cmocka_unit_test(test_body),
        cmocka_unit_test(test_param),
        cmocka_unit_test(test_bearer),
        cmocka_unit_test(test_key_in_query),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
