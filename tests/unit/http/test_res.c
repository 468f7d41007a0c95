/* SPDX-License-Identifier: ISC */
#include "http/res.h"

#include "help.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
/* cmocka wants the three above first */
#include <cmocka.h>

struct door {
    struct arena *arena;
    struct str value;
};

static void
through_header(void *p)
{
    struct door *d = p;
    struct res r = { .status = 0 };
    res_header(d->arena, &r, "X-Test", d->value);
}

static void
through_location(void *p)
{
    struct door *d = p;
    struct res r = { .status = 0 };
    res_see_other(&r, d->value);
}

static const struct str bad_values[] = {
    STR_INIT("a\rb"), STR_INIT("a\nb"), STR_INIT("a\0b"), STR_INIT("\r\n"),
    STR_INIT("x\r\nSet-Cookie: s=1"), STR_INIT("end\n"), STR_INIT("\r"),
};

static void
test_header_refuses(void **state)
{
    struct arena *a = *state;
    int wrong = 0;
    for (size_t i = 0; i < COUNT_OF(bad_values); i++) {
        struct door d = { a, bad_values[i] };
        if (aborts(through_header, &d))
            continue;
        printf("# bad value %zu got through\n", i);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

static void
test_header_adds(void **state)
{
    struct arena *a = *state;
    struct res r = { .status = 0 };
    res_header(a, &r, "X-One", STR("1"));
    res_header(a, &r, "X-Two", STR(""));
    res_header(a, &r, "X-One", STR("tab\t \xc3\xa9"));
    assert_int_equal(r.headers.n, 3);
    assert_true(str_is(form_get(&r.headers, "X-One"), "1"));
    assert_true(str_is(r.headers.items[2].value, "tab\t \xc3\xa9"));
}

/* Whatever the strings decode to: refused, or without a line end. */
static void
test_crlf_corpus(void **state)
{
    struct arena *a = *state;
    struct str text = corpus_read(a, "headers/crlf.txt"), line;
    int wrong = 0, refused = 0;
    while (text.n) {
        str_cut(text, '\n', &line, &text);
        struct str value = percent_decode(a, line);
        struct door d = { a, value };
        struct door place = { a,
            arena_fmt(a, "/%.*s", STR_ARG(value)) };
        bool clean = str_find(value, '\r') == value.n &&
            str_find(value, '\n') == value.n;
        bool header = aborts(through_header, &d);
        bool location = aborts(through_location, &place);
        refused += header;
        if (header == clean || (!clean && !location)) {
            printf("# crlf: %.*s\n", STR_ARG(line));
            wrong++;
        }
    }
    printf("# crlf corpus: %d values refused\n", refused);
    assert_int_equal(wrong, 0);
}

struct place {
    const char *location;
    bool good;
};

static const struct place places[] = {
    { "/", true },
    { "/w/acme/keys?status=active&q=a%0d%0ab", true },
    { "/w/caf%C3%A9/keys#top", true },
    { "", false },
    { "keys", false },
    { "//evil.example", false },
    { "/\\evil.example", false },
    { "https://evil.example/", false },
    { "/a b", false },
    { "/a\tb", false },
    { "/a\r\nSet-Cookie: x=1", false },
    { "/caf\xc3\xa9", false },
    { "/a\x7f", false },
};

static void
test_see_other(void **state)
{
    struct arena *a = *state;
    int wrong = 0;
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        struct door d = { a, str_cstr(places[i].location) };
        if (aborts(through_location, &d) != places[i].good)
            continue;
        printf("# location %s\n", places[i].location);
        wrong++;
    }
    assert_int_equal(wrong, 0);
    struct door nowhere = { a, { NULL, 0 } };
    assert_true(aborts(through_location, &nowhere));
    struct res r = { .status = 0 };
    res_see_other(&r, STR("/sign-in"));
    assert_int_equal(r.status, 303);
    assert_true(str_is(r.location, "/sign-in"));
}

/* An address of ours with a long filter must not stop the process. */
static void
test_see_other_long(void **state)
{
    struct arena *a = *state;
    struct res r = { .status = 0 };
    struct str place = arena_fmt(a, "/w/acme/keys?q=%020000d", 1);
    res_see_other(&r, place);
    assert_true(str_eq(r.location, place));
}

static void
test_page(void **state)
{
    (void)state;
    struct res r = { .status = 0 };
    res_page(&r, "key/list", NULL);
    assert_int_equal(r.status, 200);
    assert_string_equal(r.page, "key/list");
    assert_int_equal(r.cache, CACHE_PRIVATE);
    /* a form that is shown again keeps the status of its error */
    struct res again = { .status = 422 };
    res_page(&again, "key/form", NULL);
    assert_int_equal(again.status, 422);
}

static void
test_json(void **state)
{
    struct val *v = val_map(*state);
    struct res r = { .status = 0 };
    res_json(&r, 201, v);
    assert_int_equal(r.status, 201);
    assert_ptr_equal(r.json, v);
    assert_int_equal(r.cache, CACHE_NO_STORE);
}

static void
test_download(void **state)
{
    struct arena *a = *state;
    struct res r = { .status = 0 };
    res_download(a, &r, "text/csv", STR("keys-\"a\";\r\n../x\xc3\xa9.csv"),
        STR("a,b\n"));
    assert_int_equal(r.status, 200);
    assert_string_equal(r.type, "text/csv");
    assert_true(str_is(r.bytes, "a,b\n"));
    assert_int_equal(r.cache, CACHE_NO_STORE);
    assert_true(str_is(form_get(&r.headers, "Content-Disposition"),
        "attachment; filename=\"keys--a----..-x--.csv\""));
}

static int
setup(void **state)
{
    *state = arena_new(4096);
    return 0;
}

static int
teardown(void **state)
{
    arena_free(*state);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header_refuses),
        cmocka_unit_test(test_header_adds),
        cmocka_unit_test(test_crlf_corpus),
        cmocka_unit_test(test_see_other),
        cmocka_unit_test(test_see_other_long),
        cmocka_unit_test(test_page),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_download),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
