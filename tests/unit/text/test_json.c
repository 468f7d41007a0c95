/* SPDX-License-Identifier: ISC */
#include "text/json.h"

#include "cases.h"

#include <dirent.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum err_code
read_to(struct arena *a, struct str text, struct val **v, struct str *msg)
{
    struct err err;
    err_init(&err, a);
    *v = NULL;
    enum err_code rc = json_read(a, text, v, &err);
    *msg = err.msg;
    return rc;
}

static struct str
written(struct arena *a, const struct val *v)
{
    struct buf b;
    buf_init(&b, a, BUF_MAX_PAGE);
    json_write(&b, v);
    return buf_view(&b);
}

/* What is read is written as `want`; NULL: as it was. */
static void
test_round_trip(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "null", NULL }, { "true", NULL }, { "false", NULL },
        { " \t\r\n0 ", "0" }, { "-0", "0" }, { "-0.0", NULL },
        { "9007199254740993", NULL },   /* 2^53 + 1 */
        { "-9007199254740993", NULL },
        { "9223372036854775807", NULL }, { "-9223372036854775808", NULL },
        { "1.0", NULL }, { "0.1", NULL }, { "1e0", "1.0" },
        { "1E+2", "1e+02" }, { "100.0", "1e+02" }, { "1e20", "1e+20" },
        { "5e-324", NULL }, { "1.7976931348623157e+308", NULL },
        { "0.30000000000000004", NULL },
        { "123456.789", NULL },
        { "\"\"", NULL }, { "\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
            "\"a\\\"\\\\/\\b\\f\\n\\r\\t\"" },
        { "\"\\u0001\\u001f\\u007f\"", "\"\\u0001\\u001f\x7f\"" },
        { "\"\\u00e4\\ud83d\\ude00\"", "\"\xc3\xa4\xf0\x9f\x98\x80\"" },
        { "[]", NULL }, { "{}", NULL },
        { "{\"b\":[1,{\"a\":null}],\"a\":\"<&>\"}", NULL },
        { "{ \"\" : [ ] }", "{\"\":[]}" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct val *v, *again;
        struct str msg;
        struct str text = str_cstr(rows[i].text);
        EXPECT(i, text, read_to(*state, text, &v, &msg) == ERR_OK);
        struct str got = written(*state, v);
        EXPECT_STR(i, got, rows[i].want ? rows[i].want : rows[i].text);
        EXPECT(i, got, read_to(*state, got, &again, &msg) == ERR_OK);
        EXPECT(i, got, again->type == v->type);
    }
}

static void
test_refused(void **state)
{
    static const struct {
        struct str text;
        const char *why; /* how the message ends */
    } rows[] = {
        { STR_INIT(""), "too early" },
        { STR_INIT("  "), "too early" },
        { STR_INIT("[1,"), "too early" },
        { STR_INIT("1 2"), "follows the value" },
        { STR_INIT("{} x"), "" },
        { STR_INIT("{\"a\":1,\"b\":2,\"a\":1}"), "given twice" },
        { STR_INIT("{\"a\":1,\"\\u0061\":2}"), "given twice" },
        { STR_INIT("[{\"a\":{\"b\":1,\"b\":1}}]"), "given twice" },
        { STR_INIT("9223372036854775808"), "too large" },
        { STR_INIT("-9223372036854775809"), "too large" },
        { STR_INIT("1e400"), "too large" },
        { STR_INIT("-1e400"), "too large" },
        { STR_INIT("\"\\u0000\""), "NUL character is not allowed" },
        { STR_INIT("{\"a\\u0000\":1}"), "NUL character is not allowed" },
        { STR_INIT("\"a\0b\""), "NUL character is not allowed" },
        { STR_INIT("1\0"), "column 2: a NUL character is not allowed" },
        { STR_INIT("{}\0{}"), "NUL character is not allowed" },
        { STR_INIT("\"\xff\""), "not valid UTF-8" },
        { STR_INIT("\"\xc0\x80\""), "not valid UTF-8" },
        { STR_INIT("\"\xed\xa0\x80\""), "not valid UTF-8" },
        { STR_INIT("\"\\ud800\""), "" },
        { STR_INIT("\xef\xbb\xbf{}"), "" },
        { STR_INIT("NaN"), "not valid JSON" },
        { STR_INIT("Infinity"), "not valid JSON" },
        { STR_INIT("01"), "" },
        { STR_INIT("+1"), "" },
        { STR_INIT(".5"), "" },
        { STR_INIT("1."), "" },
        { STR_INIT("0x10"), "" },
        { STR_INIT("'a'"), "" },
        { STR_INIT("[1,]"), "" },
        { STR_INIT("{a:1}"), "" },
        { STR_INIT("/**/1"), "" },
        { STR_INIT("\"a\nb\""), "" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct val *v;
        struct str msg;
        enum err_code rc = read_to(*state, rows[i].text, &v, &msg);
        EXPECT(i, rows[i].text, rc == ERR_MALFORMED);
        EXPECT(i, msg, str_starts(msg, STR("JSON, line ")));
        EXPECT(i, msg, str_ends(msg, str_cstr(rows[i].why)));
    }
}

static void
test_place(void **state)
{
    struct val *v;
    struct str msg;
    struct str bad = STR("{\n  \"a\": 1,\n  \"b\" 2}");
    assert_int_equal(read_to(*state, bad, &v, &msg), ERR_MALFORMED);
    assert_true(str_starts(msg, STR("JSON, line 3, column 7: ")));
    /* no byte of the input comes back */
    bad = STR("[\"<script>\" <script>]");
    assert_int_equal(read_to(*state, bad, &v, &msg), ERR_MALFORMED);
    assert_int_equal(str_find(msg, '<'), msg.n);
}

static struct str
repeated(struct arena *a, const char *head, const char *part, size_t n,
    const char *tail)
{
    struct buf b;
    buf_init(&b, a, BUF_MAX_PAGE);
    buf_cstr(&b, head);
    for (size_t i = 0; i < n; i++)
        buf_cstr(&b, part);
    buf_cstr(&b, tail);
    return buf_view(&b);
}

static void
test_bounds(void **state)
{
    static const struct {
        const char *head, *part;
        size_t n;
        const char *tail;
        enum err_code want;
        const char *msg;
    } rows[] = {
        /* the part of a closed list counts for itself and what it follows */
        { "[[[[[[[[[[[[[[[", "[],", 1, "1]]]]]]]]]]]]]]]", ERR_OK, "" },
        { "[[[[[[[[[[[[[[[", "[[]],", 1, "1]]]]]]]]]]]]]]]", ERR_MALFORMED,
            "JSON, line 1, column 17: too deep" },
        { "[\n", "[", 100000, "", ERR_MALFORMED,
            "JSON, line 2, column 16: too deep" },
        /* brackets inside text are text */
        { "\"\\\"", "[", 100, "{\\\\\"", ERR_OK, "" },
        { "[0", ",[{}]", 100, "]", ERR_OK, "" },
        { "[0", ",0", JSON_NODES_MAX - 2, "]", ERR_OK, "" },
        { "[0", ",0", JSON_NODES_MAX - 1, "]", ERR_MALFORMED,
            "JSON, line 1, column 60000: too many values" },
        { "[0", ",[]", JSON_NODES_MAX, "]", ERR_MALFORMED, "JSON, line 1, " },
        { "[0", ",\"\"", JSON_NODES_MAX, "]", ERR_MALFORMED,
            "JSON, line 1, " },
        { "[0", ",true", JSON_NODES_MAX, "]", ERR_MALFORMED,
            "JSON, line 1, " },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct val *v;
        struct str msg;
        struct str text = repeated(*state, rows[i].head, rows[i].part,
            rows[i].n, rows[i].tail);
        EXPECT(i, msg, read_to(*state, text, &v, &msg) == rows[i].want);
        EXPECT(i, msg, str_starts(msg, str_cstr(rows[i].msg)));
    }
}

/* Names in a large map are not searched for while it is built. */
static void
test_large_map(void **state)
{
    struct buf b;
    struct val *v;
    struct str msg;
    buf_init(&b, *state, BUF_MAX_PAGE);
    for (int i = 0; i < 9000; i++)
        buf_fmt(&b, "%c\"m%d\":%d", i ? ',' : '{', i, i);
    buf_char(&b, '}');
    assert_int_equal(read_to(*state, buf_view(&b), &v, &msg), ERR_OK);
    assert_int_equal(v->u.map.n, 9000);
    assert_int_equal(val_get_cstr(v, "m8999")->u.i, 8999);
    assert_true(str_eq(written(*state, v), buf_view(&b)));
}

static void
test_reals(void **state)
{
    uint64_t seed = seed_start();
    for (size_t i = 0; i < 20000; i++) {
        uint64_t bits = seed_next(&seed);
        double d, back;
        memcpy(&d, &bits, sizeof d);
        struct str got = written(*state, val_real(*state, d));
        if (!isfinite(d)) {
            EXPECT_STR(i, got, "null");
            continue;
        }
        back = strtod(arena_cstr(*state, got), NULL);
        EXPECT(i, got, memcmp(&back, &d, sizeof d) == 0);
    }
    EXPECT_STR(0, written(*state, val_real(*state, DBL_MAX)),
        "1.7976931348623157e+308");
    EXPECT_STR(0, written(*state, val_real(*state, HUGE_VAL)), "null");
}

static void
test_full(void **state)
{
    struct buf b;
    buf_init(&b, *state, 5);
    json_text(&b, STR("1234"));
    assert_true(b.full);
    assert_true(b.n <= 5);
}

/* Valid texts of the corpus that we refuse on purpose: see json_read. */
static bool
refused_by_us(const char *name)
{
    static const char *const names[] = {
        "y_object_duplicated_key_and_value.json",
        "y_object_escaped_null_in_key.json",
        "y_string_null_escape.json",
    };
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* y_ is accepted and n_ refused; i_ either way, and whatever was accepted is
 * written so that it reads as the same. */
static bool
corpus_case(struct arena *a, const char *name)
{
    struct str msg, path = arena_fmt(a, "json/test_parsing/%s", name);
    struct val *v, *again;
    enum err_code rc = read_to(a, corpus_text(a, path.p), &v, &msg);
    bool good = true;
    if (name[0] == 'n' || refused_by_us(name))
        good = rc == ERR_MALFORMED;
    else if (name[0] == 'y')
        good = rc == ERR_OK;
    if (rc == ERR_OK) {
        struct str text = written(a, v);
        good = good && read_to(a, text, &again, &msg) == ERR_OK &&
            str_eq(written(a, again), text);
    }
    if (!good)
        print_message("%s: %.*s\n", name, STR_ARG(msg));
    return good;
}

static void
test_corpus(void **state)
{
    const char *folder = getenv("KEYLODGE_CORPORA");
    struct str path = arena_fmt(*state, "%s/json/test_parsing",
        folder ? folder : "../shared/corpora");
    DIR *d = opendir(path.p);
    if (!d) {
        print_message("left out: the corpus json/test_parsing is not here\n");
        return;
    }
    size_t bad = 0, n = 0;
    const struct dirent *e;
    while ((e = readdir(d)) != NULL) {
        if (e->d_name[0] == '.')
            continue;
        struct arena *a = arena_new(64 * 1024);
        bad += !corpus_case(a, e->d_name);
        arena_free(a);
        n++;
    }
    closedir(d);
    assert_int_equal(bad, 0);
    assert_true(n > 200);
}

/* For people: a member a line, what is empty on its line; reads back the same. */
static void
test_pretty(void **state)
{
    struct val *v;
    struct str msg;
    struct buf b;
    struct str text = STR("{\"a\":[1,{\"b\":\"x\\n\"}],\"c\":{},\"d\":[]}");
    assert_int_equal(read_to(*state, text, &v, &msg), ERR_OK);
    buf_init(&b, *state, BUF_MAX_PAGE);
    json_pretty(&b, v);
    assert_true(str_is(buf_view(&b),
        "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x\\n\"\n    }\n  ],\n"
        "  \"c\": {},\n  \"d\": []\n}"));
    assert_int_equal(read_to(*state, buf_view(&b), &v, &msg), ERR_OK);
    assert_true(str_eq(written(*state, v), text));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(test_round_trip),
        WITH_ARENA(test_refused),
        WITH_ARENA(test_place),
        WITH_ARENA(test_bounds),
        WITH_ARENA(test_large_map),
        WITH_ARENA(test_reals),
        WITH_ARENA(test_full),
        WITH_ARENA(test_pretty),
        WITH_ARENA(test_corpus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
