/* SPDX-License-Identifier: ISC */
#include "http/cookie.h"

#include "base/buf.h"
#include "help.h"
#include "text/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the three above first */
#include <cmocka.h>

struct read_case {
    const char *header;
    const char *pairs; /* each as "[name][value]" */
};

static const struct read_case reads[] = {
    { "", "" },
    { "a=b", "[a][b]" },
    { "a=b; c=d", "[a][b][c][d]" },
    { "a=b;c=d", "[a][b][c][d]" },
    { "  a = b ;\tc\t=\td\t", "[a][b][c][d]" },
    { "a=b; a=c", "[a][b][a][c]" },
    { "a", "" },
    { "a; b=c", "[b][c]" },
    { "=x; b=c", "[b][c]" },
    { "a=", "[a][]" },
    { "a=b=c==", "[a][b=c==]" },
    { ";;; ;a=b;; ;", "[a][b]" },
    { "a=\"b\"", "[a][\"b\"]" },
    { "a=b, c=d", "[a][b, c=d]" },
    { "a=%41+", "[a][%41+]" },
    { "A=b; a=c", "[A][b][a][c]" },
    { "a=\xff\xfe", "[a][\xff\xfe]" },
};

static struct str
pairs_text(struct arena *a, const struct pairs *p)
{
    struct buf b;
    buf_init(&b, a, BUF_MAX_FIELD);
    for (size_t i = 0; i < p->n; i++)
        buf_fmt(&b, "[%.*s][%.*s]", STR_ARG(p->items[i].name),
            STR_ARG(p->items[i].value));
    return buf_view(&b);
}

static void
test_read(void **state)
{
    struct arena *a = *state;
    int wrong = 0;
    for (size_t i = 0; i < COUNT_OF(reads); i++) {
        struct pairs p = { NULL, 0 };
        cookie_read(a, str_cstr(reads[i].header), &p);
        struct str got = pairs_text(a, &p);
        if (str_is(got, reads[i].pairs))
            continue;
        printf("# \"%s\" gave %.*s\n", reads[i].header, STR_ARG(got));
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

static void
test_read_appends(void **state)
{
    struct arena *a = *state;
    struct pairs p = { NULL, 0 };
    cookie_read(a, STR("a=1"), &p);
    cookie_read(a, STR(""), &p);
    cookie_read(a, STR("b=2; c=3"), &p);
    assert_true(str_is(pairs_text(a, &p), "[a][1][b][2][c][3]"));
}

static void
test_read_many(void **state)
{
    struct arena *a = *state;
    struct buf b;
    buf_init(&b, a, BUF_MAX_FIELD);
    for (int i = 0; i < PAIRS_MAX + 50; i++)
        buf_fmt(&b, "c%d=%d;", i, i);
    struct pairs p = { NULL, 0 };
    cookie_read(a, buf_view(&b), &p);
    assert_int_equal(p.n, PAIRS_MAX);
    assert_true(str_is(p.items[PAIRS_MAX - 1].name, "c255"));
    cookie_read(a, STR("more=1"), &p);
    assert_int_equal(p.n, PAIRS_MAX);
    form_add(a, &p, STR("by"), STR("hand"));
    cookie_read(a, STR("more=1"), &p);
    assert_int_equal(p.n, PAIRS_MAX + 1);
    assert_true(str_is(p.items[PAIRS_MAX].value, "hand"));
}

/* The header that a browser would send for "sent": name=value; name=value */
static bool
corpus_case(struct arena *a, const struct val *sent)
{
    struct buf b;
    buf_init(&b, a, BUF_MAX_FIELD);
    for (size_t i = 0; i < sent->u.list.n; i++) {
        const struct val *one = sent->u.list.items[i];
        buf_cstr(&b, i ? "; " : "");
        buf_str(&b, val_text(val_get_cstr(one, "name")));
        buf_char(&b, '=');
        buf_str(&b, val_text(val_get_cstr(one, "value")));
    }
    struct pairs p = { NULL, 0 };
    cookie_read(a, buf_view(&b), &p);
    bool right = p.n == sent->u.list.n;
    for (size_t i = 0; right && i < p.n; i++) {
        const struct val *one = sent->u.list.items[i];
        right = str_eq(p.items[i].name, val_text(val_get_cstr(one, "name"))) &&
            str_eq(p.items[i].value, val_text(val_get_cstr(one, "value")));
    }
    return right;
}

/* Our reader refuses NUL in text; one stands in a part not used here. */
static struct str
without_nul(struct arena *a, struct str json)
{
    char *p = arena_cstr(a, json);
    for (char *at = p; (at = strstr(at, "\\u0000")) != NULL;)
        at[5] = '1';
    return (struct str){ p, json.n };
}

static void
test_corpus(void **state)
{
    struct arena *a = *state;
    struct str text = corpus_read(a, "cookies/parser.json");
    if (text.n == 0)
        return;
    struct err err;
    err_init(&err, a);
    struct val *list;
    if (json_read(a, without_nul(a, text), &list, &err) != ERR_OK)
        fail_msg("the corpus: %.*s", STR_ARG(err.msg));
    size_t wrong = 0, cookies = 0;
    for (size_t i = 0; i < list->u.list.n; i++) {
        const struct val *test = list->u.list.items[i];
        const struct val *sent = val_get_cstr(test, "sent");
        cookies += sent->u.list.n;
        if (corpus_case(a, sent))
            continue;
        printf("# test %.*s\n", STR_ARG(val_text(val_get_cstr(test, "test"))));
        wrong++;
    }
    printf("# %zu cases, %zu cookies\n", list->u.list.n, cookies);
    assert_int_equal(wrong, 0);
}

struct get_case {
    bool https;
    const char *header;
    const char *value;
};

static const struct get_case gets[] = {
    { false, "s=1", "1" },
    { false, "a=2; s=1; b=3", "1" },
    { false, "", "" },
    { false, "S=1", "" },
    { false, "ss=1; s2=1", "" },
    { false, "s=1; s=1", "1" },
    { false, "s=1; s=2", "" },
    { false, "s=1; s=2; s=1", "" },
    { false, "s=; s=2", "" },
    { false, "s=2; s=", "" },
    { false, "__Host-s=1", "" },
    { true, "__Host-s=1", "1" },
    { true, "s=1", "" },
    { true, "s=2; __Host-s=1", "1" },
    { true, "__host-s=1", "" },
    { true, "__Secure-s=1", "" },
    { true, "__Host-=1", "" },
    { true, "__Host-s=1; __Host-s=2", "" },
    /* two Cookie headers joined with a comma */
    { true, "__Host-s=1; a=x, __Host-s=2", "" },
    { true, "a=x,__Host-s=2; __Host-s=1", "" },
    { true, "a=x, b=y, __Host-s = 2; __Host-s=1", "" },
    { false, "a=x, s=2", "" },
    { false, "a=x, y, z; s=1", "1" },
    { false, "a=x, ss=2; s=1", "1" },
    { true, "a=x, s=2; __Host-s=1", "1" },
};

static void
test_get(void **state)
{
    struct arena *a = *state;
    int wrong = 0;
    for (size_t i = 0; i < COUNT_OF(gets); i++) {
        struct req r = { .https = gets[i].https };
        cookie_read(a, str_cstr(gets[i].header), &r.cookies);
        struct str got = cookie_get(&r, "s");
        if (str_is(got, gets[i].value))
            continue;
        printf("# \"%s\" gave \"%.*s\"\n", gets[i].header, STR_ARG(got));
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

struct set_case {
    bool https;
    int64_t max_age_s;
    const char *header;
};

static const struct set_case sets[] = {
    { true, 0, "__Host-s=v-_1; Path=/; Secure; HttpOnly; SameSite=Lax" },
    { false, 0, "s=v-_1; Path=/; HttpOnly; SameSite=Lax" },
    { true, 60,
        "__Host-s=v-_1; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax" },
    { false, -1, "s=v-_1; Path=/; Max-Age=0; HttpOnly; SameSite=Lax" },
};

static void
test_set(void **state)
{
    struct arena *a = *state;
    for (size_t i = 0; i < COUNT_OF(sets); i++) {
        struct res res = { .status = 0 };
        cookie_set(a, &res, sets[i].https, "s", STR("v-_1"),
            sets[i].max_age_s);
        struct str got = form_get(&res.headers, "Set-Cookie");
        if (res.headers.n != 1 || !str_is(got, sets[i].header))
            fail_msg("got %.*s", STR_ARG(got));
    }
}

/* What is set can be got, as the server sees it come back. */
static void
test_round(void **state)
{
    struct arena *a = *state;
    for (int https = 0; https < 2; https++) {
        struct res res = { .status = 0 };
        cookie_set(a, &res, https, "s", STR("token"), 0);
        struct str sent, rest;
        str_cut(res.headers.items[0].value, ';', &sent, &rest);
        struct req r = { .https = https };
        cookie_read(a, sent, &r.cookies);
        assert_true(str_is(cookie_get(&r, "s"), "token"));
        assert_true(str_eq(r.cookies.items[0].name,
            cookie_name(a, https, "s")));
    }
}

static struct arena *set_arena;

static void
set_value(void *p)
{
    struct res res = { .status = 0 };
    cookie_set(set_arena, &res, false, "s", str_cstr(p), 0);
}

static void
test_set_refuses(void **state)
{
    set_arena = *state;
    char bad[][8] = { "a;b", "a b", "a,b", "a\"b", "a\\b", "a\rb", "a\nb",
        "a\tb", "a\x7f", "\xc3\xa9" };
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (!aborts(set_value, bad[i]))
            fail_msg("value %zu got through", i);
    char good[] = "AZaz09-_.!";
    assert_false(aborts(set_value, good));
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
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_read_appends),
        cmocka_unit_test(test_read_many),
        cmocka_unit_test(test_corpus),
        cmocka_unit_test(test_get),
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_round),
        cmocka_unit_test(test_set_refuses),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
