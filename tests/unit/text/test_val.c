/* SPDX-License-Identifier: ISC */
#include "text/val.h"

#include "cases.h"

#include "text/html.h"

#include <math.h>

static void
test_list(void **state)
{
    struct val *list = val_list(*state);
    for (int64_t i = 0; i < 100; i++)
        val_add(list, val_int(*state, i));
    assert_int_equal(list->u.list.n, 100);
    for (int64_t i = 0; i < 100; i++)
        assert_int_equal(list->u.list.items[i]->u.i, i);
    val_put_int(val_add_map(list), "a", 7);
    val_add_str(list, STR("s"));
    assert_int_equal(val_get_cstr(list->u.list.items[100], "a")->u.i, 7);
    assert_true(str_is(val_text(list->u.list.items[101]), "s"));
}

static void
test_map(void **state)
{
    struct val *m = val_map(*state);
    val_put_cstr(m, "z", "1");
    val_put_fmt(m, "fmt", "%d-%s", 5, "x");
    val_put_bool(m, "yes", true);
    val_put_null(m, "nothing");
    val_put_int(val_put_map(m, "map"), "inner", -3);
    val_add_str(val_put_list(m, "list"), STR("item"));
    for (int i = 0; i < 30; i++)
        val_put_new(m, arena_fmt(*state, "n%d", i), val_int(*state, i));
    /* replaced in its place */
    val_put_str(m, "z", STR("2"));
    val_put_named(m, STR("n29"), val_real(*state, 0.5));

    assert_int_equal(m->u.map.n, 36);
    assert_true(str_is(m->u.map.pairs[0].name, "z"));
    assert_true(str_is(val_text(val_get(m, STR("z"))), "2"));
    assert_true(str_is(val_text(val_get_cstr(m, "fmt")), "5-x"));
    assert_true(val_get_cstr(m, "yes")->u.b);
    assert_int_equal(val_get_cstr(m, "nothing")->type, VAL_NULL);
    assert_int_equal(val_get_cstr(val_get_cstr(m, "map"), "inner")->u.i, -3);
    assert_int_equal(val_get_cstr(m, "list")->u.list.n, 1);
    assert_int_equal(val_get_cstr(m, "n29")->type, VAL_REAL);

    assert_null(val_get_cstr(m, "n"));
    assert_null(val_get_cstr(m, ""));
    assert_null(val_get_cstr(NULL, "z"));
    assert_null(val_get_cstr(val_get_cstr(m, "list"), "z"));
    assert_null(val_get_cstr(val_get_cstr(m, "z"), "z"));
    assert_int_equal(val_text(NULL).n, 0);
    assert_int_equal(val_text(val_get_cstr(m, "yes")).n, 0);
}

static void
test_show(void **state)
{
    struct arena *a = *state;
    const struct {
        const struct val *v;
        const char *want;
    } rows[] = {
        { NULL, "" },
        { val_null(a), "" },
        { val_list(a), "" },
        { val_map(a), "" },
        { val_bool(a, true), "true" },
        { val_bool(a, false), "false" },
        { val_str(a, STR("a<b")), "a<b" },
        { val_int(a, 0), "0" },
        { val_int(a, INT64_MIN), "-9223372036854775808" },
        { val_int(a, INT64_MAX), "9223372036854775807" },
        { val_real(a, 1.21), "1.21" },
        { val_real(a, 3.0), "3" },
        { val_real(a, 0.1 + 0.2), "0.30000000000000004" },
        { val_real(a, -5e-324), "-5e-324" },
        { val_real(a, -1.7976931348623157e308), "-1.7976931348623157e+308" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char tmp[VAL_SHOW_MAX];
        EXPECT_STR(i, val_show(rows[i].v, tmp), rows[i].want);
    }
}

static void
test_html(void **state)
{
    static const struct {
        struct str text;
        const char *want;
    } rows[] = {
        { STR_INIT(""), "" },
        { STR_INIT("plain \xc3\xa4 `$"), "plain \xc3\xa4 `$" },
        { STR_INIT("&<>\"'"), "&amp;&lt;&gt;&quot;&#39;" },
        { STR_INIT("a&b"), "a&amp;b" },
        { STR_INIT("&amp;"), "&amp;amp;" },
        { STR_INIT("<x>y"), "&lt;x&gt;y" },
        { { NULL, 0 }, "" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct buf b;
        buf_init(&b, *state, BUF_MAX_FIELD);
        html_text(&b, rows[i].text);
        EXPECT_STR(i, buf_view(&b), rows[i].want);
    }
    /* every other byte as it is */
    for (int c = 0; c < 256; c++) {
        char p[1] = { (char)c };
        struct str one = { p, 1 };
        struct buf b;
        buf_init(&b, *state, BUF_MAX_FIELD);
        html_text(&b, one);
        bool special = c == '&' || c == '<' || c == '>' || c == '"' ||
            c == '\'';
        EXPECT(c, one, str_eq(buf_view(&b), one) == !special);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(test_list),
        WITH_ARENA(test_map),
        WITH_ARENA(test_show),
        WITH_ARENA(test_html),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
