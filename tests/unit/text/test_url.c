/* SPDX-License-Identifier: ISC */
#include "text/url.h"

#include "cases.h"
#include "text/form.h"
#include "text/utf8.h"

#include <jansson.h>

static void
test_path(void **state)
{
    static const struct {
        struct str target;
        enum err_code code;
        const char *path, *query;
    } rows[] = {
        { STR_INIT("/"), ERR_OK, "/", "" },
        { STR_INIT("/keys"), ERR_OK, "/keys", "" },
        { STR_INIT("/keys/"), ERR_OK, "/keys/", "" },
        { STR_INIT("/keys?q=a%20b&x=%zz"), ERR_OK, "/keys", "q=a%20b&x=%zz" },
        { STR_INIT("/keys?a?b"), ERR_OK, "/keys", "a?b" },
        { STR_INIT("/?"), ERR_OK, "/", "" },
        { STR_INIT("/%6b%65ys/a%20b"), ERR_OK, "/keys/a b", "" },
        { STR_INIT("/m/gpt-4o%3A%C3%A4"), ERR_OK, "/m/gpt-4o:\xC3\xA4", "" },
        { STR_INIT("/a%3Fb"), ERR_OK, "/a?b", "" },
        { STR_INIT("/..."), ERR_OK, "/...", "" },
        { STR_INIT("/.a/b."), ERR_OK, "/.a/b.", "" },
        { STR_INIT("/a+b"), ERR_OK, "/a+b", "" },
        { { NULL, 0 }, ERR_MALFORMED, NULL, NULL },
        { STR_INIT("*"), ERR_MALFORMED, NULL, NULL },
        { STR_INIT("?q"), ERR_MALFORMED, NULL, NULL },
        { STR_INIT("keys"), ERR_MALFORMED, NULL, NULL },
        { STR_INIT("http://host/a"), ERR_MALFORMED, NULL, NULL },
        { STR_INIT("/%"), ERR_MALFORMED, NULL, NULL },
        { STR_INIT("/%4"), ERR_MALFORMED, NULL, NULL },
        { STR_INIT("/%4?1"), ERR_MALFORMED, NULL, NULL },
        { STR_INIT("/%zz"), ERR_MALFORMED, NULL, NULL },
        { STR_INIT("/%+1"), ERR_MALFORMED, NULL, NULL },
        { STR_INIT("/%25"), ERR_MALFORMED, NULL, NULL },
        { STR_INIT("/%252e%252e/"), ERR_MALFORMED, NULL, NULL },
        { STR_INIT("/a%00b"), ERR_MALFORMED, NULL, NULL },
        { STR_INIT("/a\0b"), ERR_MALFORMED, NULL, NULL },
        { STR_INIT("/a%0Ab"), ERR_MALFORMED, NULL, NULL },
        { STR_INIT("/a\tb"), ERR_MALFORMED, NULL, NULL },
        { STR_INIT("/%7f"), ERR_MALFORMED, NULL, NULL },
        { STR_INIT("/\\"), ERR_MALFORMED, NULL, NULL },
        { STR_INIT("/%5c"), ERR_MALFORMED, NULL, NULL },
        { STR_INIT("/%ff"), ERR_MALFORMED, NULL, NULL },
        { STR_INIT("/%c0%ae"), ERR_MALFORMED, NULL, NULL },
        { STR_INIT("/%ed%a0%80"), ERR_MALFORMED, NULL, NULL },
        { STR_INIT("//"), ERR_NOT_FOUND, NULL, NULL },
        { STR_INIT("//host/a"), ERR_NOT_FOUND, NULL, NULL },
        { STR_INIT("/a//b"), ERR_NOT_FOUND, NULL, NULL },
        { STR_INIT("/a//"), ERR_NOT_FOUND, NULL, NULL },
        { STR_INIT("/."), ERR_NOT_FOUND, NULL, NULL },
        { STR_INIT("/.."), ERR_NOT_FOUND, NULL, NULL },
        { STR_INIT("/./a"), ERR_NOT_FOUND, NULL, NULL },
        { STR_INIT("/a/../b"), ERR_NOT_FOUND, NULL, NULL },
        { STR_INIT("/a/%2e%2E"), ERR_NOT_FOUND, NULL, NULL },
        { STR_INIT("/a/.%2e/"), ERR_NOT_FOUND, NULL, NULL },
        { STR_INIT("/a%2Fb"), ERR_NOT_FOUND, NULL, NULL },
        { STR_INIT("/a%2fb"), ERR_NOT_FOUND, NULL, NULL },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct err err;
        struct str path, query;
        err_init(&err, *state);
        enum err_code code =
            url_path(*state, rows[i].target, &path, &query, &err);
        EXPECT(i, rows[i].target, code == rows[i].code && code == err.code);
        if (code == ERR_OK) {
            EXPECT_STR(i, path, rows[i].path);
            EXPECT_STR(i, query, rows[i].query);
        }
    }
}

static bool
holds(struct str s, char c)
{
    return str_find(s, c) < s.n;
}

/* Every way up is refused, or leads to a path without a way up. */
static void
test_traversal(void **state)
{
    struct strs lines = corpus_lines(*state, "paths/traversal.txt");
    size_t refused = 0;
    for (size_t i = 0; i < lines.n; i++) {
        struct err err;
        struct str path, query, rest, segment;
        err_init(&err, *state);
        struct str target = arena_fmt(*state, "/%.*s",
            STR_ARG(lines.items[i]));
        if (url_path(*state, target, &path, &query, &err) != ERR_OK) {
            EXPECT(i, target,
                err.code == ERR_MALFORMED || err.code == ERR_NOT_FOUND);
            refused++;
            continue;
        }
        EXPECT(i, target, path.n > 0 && path.p[0] == '/');
        EXPECT(i, target, utf8_valid(path));
        EXPECT(i, target, !holds(path, '%') && !holds(path, '\\'));
        EXPECT(i, target, !holds(path, '\0') && !holds(path, '\n'));
        rest = str_from(path, 1);
        while (str_cut(rest, '/', &segment, &rest))
            EXPECT(i, target, segment.n > 0 && !str_is(segment, ".."));
        EXPECT(i, target, !str_is(segment, "..") && !str_is(segment, "."));
    }
    print_message("%zu of %zu refused\n", refused, lines.n);
}

static void
test_encode(void **state)
{
    static const struct {
        struct str s;
        const char *want;
    } rows[] = {
        { STR_INIT(""), "" },
        { STR_INIT("AZaz09-._~"), "AZaz09-._~" },
        { STR_INIT("a b/c?d=e&f+g%"), "a%20b%2Fc%3Fd%3De%26f%2Bg%25" },
        { STR_INIT("\xC3\xA4\xE2\x82\xAC"), "%C3%A4%E2%82%AC" },
        { STR_INIT("\r\n\0\"'<>"), "%0D%0A%00%22%27%3C%3E" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct buf b;
        buf_init(&b, *state, BUF_MAX_FIELD);
        url_encode(&b, rows[i].s);
        EXPECT_STR(i, buf_view(&b), rows[i].want);
    }
}

/* What was encoded comes back through both decoders. */
static void
test_encode_property(void **state)
{
    uint64_t seed = seed_start();
    for (size_t i = 0; i < 5000; i++) {
        struct err err;
        struct pairs pairs;
        struct buf value, text;
        buf_init(&value, *state, BUF_MAX_FIELD);
        buf_init(&text, *state, BUF_MAX_FIELD);
        for (size_t n = seed_next(&seed) % 20; n > 0; n--) {
            /* ASCII without NUL, or a letter of two bytes */
            uint64_t c = 1 + seed_next(&seed) % 0x7FF;
            if (c < 0x80) {
                buf_char(&value, (char)c);
            } else {
                buf_char(&value, (char)(0xC0 | c >> 6));
                buf_char(&value, (char)(0x80 | (c & 0x3F)));
            }
        }
        err_init(&err, *state);
        buf_cstr(&text, "v=");
        url_encode(&text, buf_view(&value));
        EXPECT(i, buf_view(&text),
            form_read(*state, buf_view(&text), &pairs, &err) == ERR_OK);
        EXPECT(i, buf_view(&text),
            str_eq(form_get(&pairs, "v"), buf_view(&value)));

        struct str path, query;
        text.n = 0;
        buf_cstr(&text, "/v-");
        url_encode(&text, buf_view(&value));
        if (url_path(*state, buf_view(&text), &path, &query, &err) == ERR_OK)
            EXPECT(i, path, str_eq(str_from(path, 3), buf_view(&value)));
    }
}

static void
test_encode_corpus(void **state)
{
    struct str text = corpus_text(*state, "url/percent-encoding.json");
    json_t *all = json_loadb(text.n ? text.p : "[]", text.n ? text.n : 2, 0,
        NULL);
    assert_non_null(all);
    size_t i, n = 0;
    json_t *one;
    json_array_foreach(all, i, one) {
        const char *input = json_string_value(json_object_get(one, "input"));
        const char *wire = json_string_value(
            json_object_get(json_object_get(one, "output"), "utf-8"));
        if (!input || !wire)
            continue;
        struct err err;
        struct pairs pairs;
        err_init(&err, *state);
        struct str s = arena_fmt(*state, "v=%s", wire);
        EXPECT(i, s, form_read(*state, s, &pairs, &err) == ERR_OK);
        EXPECT_STR(i, form_get(&pairs, "v"), input);
        n++;
    }
    print_message("%zu cases of the corpus\n", n);
    json_decref(all);
}

static void
test_local(void **state)
{
    static const struct {
        struct str s;
        bool local;
    } rows[] = {
        { STR_INIT("/"), true },
        { STR_INIT("/keys"), true },
        { STR_INIT("/keys/a?q=1&next=%2F#top"), true },
        { STR_INIT("/?url=//example.com"), true },
        { STR_INIT("/keys#//example.com"), true },
        { STR_INIT("/javascript:alert(1)"), true },
        { STR_INIT(""), false },
        { STR_INIT("keys"), false },
        { STR_INIT("//example.com"), false },
        { STR_INIT("/\\example.com"), false },
        { STR_INIT("\\\\example.com"), false },
        { STR_INIT("/a?x=\\"), false },
        { STR_INIT("https://example.com"), false },
        { STR_INIT("javascript:alert(1)"), false },
        { STR_INIT("/https://example.com"), false },
        { STR_INIT("/%2fexample.com"), false },
        { STR_INIT("/%5cexample.com"), false },
        { STR_INIT("/%09/example.com"), false },
        { STR_INIT("/../a"), false },
        { STR_INIT("/a b"), false },
        { STR_INIT("/a\r\nSet-Cookie:b"), false },
        { STR_INIT("/a\0b"), false },
        { STR_INIT("/\xC3\xA4"), false },
        { STR_INIT("/\x7F"), false },
        { STR_INIT(" /keys"), false },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        EXPECT(i, rows[i].s, url_local(rows[i].s) == rows[i].local);

    struct buf b;
    buf_init(&b, *state, BUF_MAX_FIELD);
    buf_char(&b, '/');
    while (b.n < 1024)
        buf_char(&b, 'a');
    assert_true(url_local(buf_view(&b)));
    buf_char(&b, 'a');
    assert_false(url_local(buf_view(&b)));
}

/*
 * What is let through must stay here for every reader: one slash, then a
 * byte that begins no host, no second slash before a query, no escape that
 * decodes to one.
 */
static void
test_local_corpus(void **state)
{
    struct strs lines = corpus_lines(*state, "redirects/open-redirect.txt");
    size_t taken = 0;
    for (size_t i = 0; i < lines.n; i++) {
        struct str s = lines.items[i];
        if (!url_local(s))
            continue;
        taken++;
        EXPECT(i, s, s.n > 1 && s.p[0] == '/');
        EXPECT(i, s, s.p[1] != '/' && s.p[1] != '\\');
        struct str path = str_head(s, str_find(s, '?'));
        for (size_t at = 1; at < path.n; at++)
            EXPECT(i, s, path.p[at] != '/' || path.p[at - 1] != '/');
        EXPECT(i, s, !holds(s, '\\') && !holds(s, '\r') && !holds(s, '\t'));
        for (size_t at = 0; at + 2 < path.n; at++) {
            struct str three = { path.p + at, 3 };
            EXPECT(i, s, !str_eq_nocase(three, STR("%2f")));
            EXPECT(i, s, !str_eq_nocase(three, STR("%5c")));
        }
    }
    print_message("%zu of %zu are on this site\n", taken, lines.n);
}

static void
test_http(void **state)
{
    static const struct {
        const char *s;
        bool ok;
    } rows[] = {
        { "http://a", true },
        { "https://models.example:8443/v1/", true },
        { "HTTPS://Example.COM/a%20b;c=d,e@f", true },
        { "http://10.0.0.1:8000", true },
        { "http://my_host-1/x", true },
        { "http://[::1]:8080/v1", true },
        { "http://[2001:db8::1]", true },
        { "http://[::ffff:10.0.0.1]/", true },
        { "http://3com.example", true },
        { "", false },
        { "http:", false },
        { "http://", false },
        { "http:///a", false },
        { "http:/a", false },
        { "//a", false },
        { "ftp://a", false },
        { "javascript://a", false },
        { "http://u@a", false },
        { "http://u:p@a/", false },
        { "http://a?q", false },
        { "http://a/?q", false },
        { "http://a/#f", false },
        { "http://a:0", false },
        { "http://a:65536", false },
        { "http://a:080", false },
        { "http://a:", false },
        { "http://a:80:80", false },
        { "http://a b", false },
        { "http://a/b c", false },
        { "http://a/b\\c", false },
        { "http://a/b\nc", false },
        { "http://a/%", false },
        { "http://a/%4", false },
        { "http://a/%4g", false },
        { "http://a..b", false },
        { "http://.a", false },
        { "http://a.", false },
        { "http://-a", false },
        { "http://a-", false },
        { "http://\xC3\xA4", false },
        { "http://%61", false },
        { "http://127.1", false },
        { "http://0x7f000001", false },
        { "http://a.0x7f", false },
        { "http://2130706433", false },
        { "http://10.0.0.300", false },
        { "http://010.0.0.1", false },
        { "http://[::1", false },
        { "http://[::1]a", false },
        { "http://[::1]:", false },
        { "http://[10.0.0.1]", false },
        { "http://[fe80::1%25eth0]", false },
        { "http://[]", false },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        EXPECT(i, str_cstr(rows[i].s),
            url_http(str_cstr(rows[i].s)) == rows[i].ok);
    assert_false(url_http(STR("http://a\0b")));
    assert_false(url_http(STR("http://a/\0")));

    struct buf b;
    buf_init(&b, *state, BUF_MAX_FIELD);
    buf_cstr(&b, "http://a/");
    while (b.n < 500)
        buf_char(&b, 'a');
    assert_true(url_http(buf_view(&b)));
    buf_char(&b, 'a');
    assert_false(url_http(buf_view(&b)));
}

/* Whatever we take, a browser's reader takes too, and reads as we do. */
static void
test_http_corpus(void **state)
{
    struct str text = corpus_text(*state, "url/urltestdata.json");
    json_t *all = json_loadb(text.n ? text.p : "[]", text.n ? text.n : 2,
        JSON_ALLOW_NUL, NULL);
    if (!all) {
        print_message("left out: the corpus holds lone surrogates\n");
        return;
    }
    size_t i, taken = 0;
    json_t *one;
    json_array_foreach(all, i, one) {
        json_t *input = json_object_get(one, "input");
        if (!input)
            continue;
        struct str s = { json_string_value(input),
            json_string_length(input) };
        if (!url_http(s))
            continue;
        taken++;
        static const char *const empty[] = { "username", "password", "search",
            "hash" };
        EXPECT(i, s, !json_object_get(one, "failure"));
        struct str scheme = str_cstr(
            json_string_value(json_object_get(one, "protocol")));
        EXPECT(i, s, str_is(scheme, "http:") || str_is(scheme, "https:"));
        for (size_t e = 0; e < COUNT_OF(empty); e++)
            EXPECT(i, s,
                str_is(str_cstr(json_string_value(
                           json_object_get(one, empty[e]))),
                    ""));
    }
    print_message("%zu of %zu taken\n", taken, json_array_size(all));
    json_decref(all);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(test_path),
        WITH_ARENA(test_traversal),
        WITH_ARENA(test_encode),
        WITH_ARENA(test_encode_property),
        WITH_ARENA(test_encode_corpus),
        WITH_ARENA(test_local),
        WITH_ARENA(test_local_corpus),
        WITH_ARENA(test_http),
        WITH_ARENA(test_http_corpus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
