/* SPDX-License-Identifier: ISC */
#include "text/form.h"

#include "base/buf.h"
#include "cases.h"
#include "text/url.h"

static void
test_read(void **state)
{
    static const struct {
        struct str text;
        size_t n;
        struct pair pairs[3];
    } rows[] = {
        { { NULL, 0 }, 0, { { { NULL, 0 }, { NULL, 0 } } } },
        { STR_INIT("a=b"), 1, { { STR_INIT("a"), STR_INIT("b") } } },
        { STR_INIT("a"), 1, { { STR_INIT("a"), STR_INIT("") } } },
        { STR_INIT("a="), 1, { { STR_INIT("a"), STR_INIT("") } } },
        { STR_INIT("=b"), 1, { { STR_INIT(""), STR_INIT("b") } } },
        { STR_INIT("&&a=b&"), 1, { { STR_INIT("a"), STR_INIT("b") } } },
        { STR_INIT("a=b=c"), 1, { { STR_INIT("a"), STR_INIT("b=c") } } },
        { STR_INIT("a=1&b=2&a=3"), 3,
            { { STR_INIT("a"), STR_INIT("1") },
                { STR_INIT("b"), STR_INIT("2") },
                { STR_INIT("a"), STR_INIT("3") } } },
        { STR_INIT("a+b=c+d%2B%20"), 1,
            { { STR_INIT("a b"), STR_INIT("c d+ ") } } },
        { STR_INIT("%26%3D=%C3%A4"), 1,
            { { STR_INIT("&="), STR_INIT("\xC3\xA4") } } },
        { STR_INIT("a=\xC3\xA4"), 1,
            { { STR_INIT("a"), STR_INIT("\xC3\xA4") } } },
        { STR_INIT("a=%0D%0Ab"), 1, { { STR_INIT("a"), STR_INIT("\r\nb") } } },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct err err;
        struct pairs p;
        err_init(&err, *state);
        enum err_code code = form_read(*state, rows[i].text, &p, &err);
        EXPECT(i, rows[i].text, code == ERR_OK && p.n == rows[i].n);
        for (size_t k = 0; k < p.n; k++) {
            EXPECT(i, rows[i].text,
                str_eq(p.items[k].name, rows[i].pairs[k].name));
            EXPECT(i, rows[i].text,
                str_eq(p.items[k].value, rows[i].pairs[k].value));
        }
    }
}

static void
test_refuse(void **state)
{
    static const struct str rows[] = {
        STR_INIT("a=%"),
        STR_INIT("a=%4"),
        STR_INIT("a=%4&1"),
        STR_INIT("a=%zz"),
        STR_INIT("a=%-1"),
        STR_INIT("a=%4g"),
        STR_INIT("%=a"),
        STR_INIT("a=%00"),
        STR_INIT("a=\0"),
        STR_INIT("a\0=b"),
        STR_INIT("a=%FF"),
        STR_INIT("a=\xFF"),
        STR_INIT("a=%C0%AF"),
        STR_INIT("a=%ED%A0%80"),
        STR_INIT("%C3=%A4"),
        STR_INIT("ok=1&a=%"),
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct err err;
        struct pairs p;
        err_init(&err, *state);
        enum err_code code = form_read(*state, rows[i], &p, &err);
        EXPECT(i, rows[i], code == ERR_MALFORMED && p.n == 0);
        EXPECT(i, rows[i], err.msg.n > 0);
    }
}

static void
test_most(void **state)
{
    struct buf b;
    struct err err;
    struct pairs p;
    buf_init(&b, *state, BUF_MAX_FIELD);
    for (int i = 0; i < PAIRS_MAX; i++)
        buf_fmt(&b, "n%d=%d&", i, i);
    err_init(&err, *state);
    assert_int_equal(form_read(*state, buf_view(&b), &p, &err), ERR_OK);
    assert_int_equal(p.n, PAIRS_MAX);
    EXPECT_STR(0, form_get(&p, "n255"), "255");
    buf_cstr(&b, "x=y");
    assert_int_equal(form_read(*state, buf_view(&b), &p, &err),
        ERR_MALFORMED);
}

static void
test_get_add_write(void **state)
{
    struct pairs p = { NULL, 0 };
    EXPECT_STR(0, form_get(&p, "a"), "");
    EXPECT_STR(0, form_write(*state, &p), "");
    form_add(*state, &p, STR("a"), STR("1 & 2"));
    form_add(*state, &p, STR("none"), STR(""));
    form_add(*state, &p, STR("b="), STR("\xC3\xA4"));
    form_add(*state, &p, STR("a"), STR("3"));
    assert_int_equal(p.n, 4);
    EXPECT_STR(1, form_get(&p, "a"), "1 & 2");
    assert_int_equal(form_count(&p, "a"), 2);
    assert_int_equal(form_count(&p, "none"), 1);
    assert_int_equal(form_count(&p, "x"), 0);
    EXPECT_STR(2, form_write(*state, &p), "a=1%20%26%202&b%3D=%C3%A4&a=3");
}

/* Any pairs, written and read, are the same pairs. */
static void
test_property(void **state)
{
    uint64_t seed = seed_start();
    for (size_t i = 0; i < 1000; i++) {
        struct pairs in = { NULL, 0 }, out;
        struct err err;
        for (size_t n = seed_next(&seed) % 6; n > 0; n--) {
            struct buf name, value;
            buf_init(&name, *state, 64);
            buf_init(&value, *state, 64);
            for (size_t k = seed_next(&seed) % 5; k > 0; k--)
                buf_char(&name, (char)(1 + seed_next(&seed) % 127));
            for (size_t k = 1 + seed_next(&seed) % 9; k > 0; k--)
                buf_char(&value, (char)(1 + seed_next(&seed) % 127));
            form_add(*state, &in, buf_view(&name), buf_view(&value));
        }
        err_init(&err, *state);
        struct str text = form_write(*state, &in);
        EXPECT(i, text, form_read(*state, text, &out, &err) == ERR_OK);
        EXPECT(i, text, out.n == in.n);
        for (size_t k = 0; k < in.n; k++) {
            EXPECT(i, text, str_eq(in.items[k].name, out.items[k].name));
            EXPECT(i, text, str_eq(in.items[k].value, out.items[k].value));
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(test_read),
        WITH_ARENA(test_refuse),
        WITH_ARENA(test_most),
        WITH_ARENA(test_get_add_write),
        WITH_ARENA(test_property),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
