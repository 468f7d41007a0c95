/* SPDX-License-Identifier: ISC */
#include "text/utf8.h"

#include "cases.h"

static void
test_valid(void **state)
{
    static const struct {
        struct str s;
        bool valid;
        size_t count;
    } rows[] = {
        { STR_INIT(""), true, 0 },
        { STR_INIT("a\0b"), true, 3 },
        { STR_INIT("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"), true, 3 },
        { STR_INIT("\xC2"), false, 0 },
        { STR_INIT("\xC1\xBF"), false, 0 },
        { STR_INIT("\xE0\x9F\xBF"), false, 0 },
        { STR_INIT("\xED\xA0\x80"), false, 0 },
        { STR_INIT("\xED\x9F\xBF"), true, 1 },
        { STR_INIT("\xEF\xBF\xBE"), true, 1 },
        { STR_INIT("\xF0\x8F\xBF\xBF"), false, 0 },
        { STR_INIT("\xF4\x8F\xBF\xBF"), true, 1 },
        { STR_INIT("\xF4\x90\x80\x80"), false, 0 },
        { STR_INIT("\xF5\x80\x80\x80"), false, 0 },
        { STR_INIT("\xE2\x82\x41"), false, 0 },
        { STR_INIT("a\x80"), false, 0 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        EXPECT(i, rows[i].s, utf8_valid(rows[i].s) == rows[i].valid);
        if (rows[i].valid)
            EXPECT(i, rows[i].s, utf8_count(rows[i].s) == rows[i].count);
    }
}

/* A view ends where it says, whatever stands behind it. */
static void
test_cut_short(void **state)
{
    static const struct str rows[] = {
        STR_INIT("\xC3\xA4"),
        STR_INIT("\xE2\x82\xAC"),
        STR_INIT("\xF0\x9F\x98\x80"),
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (size_t n = 1; n < rows[i].n; n++)
            EXPECT(i, rows[i], !utf8_valid(str_head(rows[i], n)));
}

/* Lines are "number:valid:bytes" or "number:invalid:bytes". */
static void
test_corpus(void **state)
{
    struct strs lines = corpus_lines(*state, "utf8/utf8tests.bin");
    for (size_t i = 0; i < lines.n; i++) {
        struct str number, rest, kind, bytes;
        str_cut(lines.items[i], ':', &number, &rest);
        str_cut(rest, ':', &kind, &bytes);
        assert_true(str_is(kind, "valid") || str_is(kind, "invalid"));
        EXPECT(i, number, utf8_valid(bytes) == str_is(kind, "valid"));
    }
    print_message("%zu cases of the corpus\n", lines.n);
}

static void
test_every_code_point(void **state)
{
    (void)state;
    for (int32_t c = 0; c <= 0x110100; c++) {
        char z[4] = { 0 };
        size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        struct str s = { z, n };
        if (s.n == 1) {
            z[0] = (char)c;
        } else {
            for (size_t i = 0; i < s.n; i++)
                z[i] = (char)(0x80 | (c >> 6 * (int)(s.n - 1 - i) & 0x3F));
            z[0] = (char)((0xF00 >> s.n & 0xFF) | c >> 6 * (int)(s.n - 1));
        }
        bool real = c < 0x110000 && (c < 0xD800 || c > 0xDFFF);
        size_t at = 0;
        if (utf8_valid(s) != real || (real && utf8_next(s, &at) != c))
            fail_msg("U+%04X", (unsigned)c);
        if (real && (at != s.n || utf8_next(s, &at) != -1))
            fail_msg("U+%04X: the end", (unsigned)c);
    }
}

static void
test_plain(void **state)
{
    static const struct {
        struct str s;
        bool name, lines;
    } rows[] = {
        { STR_INIT("CI deploy \xF0\x9F\x94\x91"), true, true },
        { STR_INIT("a\nb\tc"), false, true },
        { STR_INIT("a\rb"), false, false },
        { STR_INIT("a\0b"), false, false },
        { STR_INIT("a\x7F"), false, false },
        { STR_INIT("\xC2\x80"), false, false },
        { STR_INIT("\xC2\x9F"), false, false },
        { STR_INIT("\xC2\xA0"), true, true },
        { STR_INIT("\xD8\x9C"), false, false },         /* U+061C */
        { STR_INIT("\xE2\x80\x8D"), true, true },       /* U+200D joins emoji */
        { STR_INIT("\xE2\x80\x8E"), false, false },     /* U+200E */
        { STR_INIT("\xE2\x80\xA8"), false, false },     /* U+2028 */
        { STR_INIT("\xE2\x80\xA9"), false, false },     /* U+2029 */
        { STR_INIT("abc\xE2\x80\xAEgpj"), false, false }, /* U+202E */
        { STR_INIT("\xE2\x80\xAF"), true, true },       /* U+202F */
        { STR_INIT("\xE2\x81\xA6"), false, false },     /* U+2066 */
        { STR_INIT("\xE2\x81\xA9"), false, false },     /* U+2069 */
        { STR_INIT("\xE2\x81\xAA"), true, true },       /* U+206A */
        { STR_INIT("ok\xFF"), false, false },
        { STR_INIT("ok\xC3"), false, false },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        EXPECT(i, rows[i].s, utf8_plain(rows[i].s, false) == rows[i].name);
        EXPECT(i, rows[i].s, utf8_plain(rows[i].s, true) == rows[i].lines);
    }
}

static void
test_clip(void **state)
{
    struct str s = STR("a\xC3\xA4\xE2\x82\xAC!");
    static const size_t bytes[] = { 0, 1, 3, 6, 7, 7 };
    (void)state;
    for (size_t n = 0; n < COUNT_OF(bytes); n++)
        EXPECT(n, s, utf8_clip(s, n).n == bytes[n]);
    /* what is not well-formed ends it */
    assert_int_equal(utf8_clip(STR("ab\xC3"), 9).n, 2);
    assert_int_equal(utf8_clip(STR("\xFFz"), 9).n, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_cut_short),
        WITH_ARENA(test_corpus),
        cmocka_unit_test(test_every_code_point),
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_clip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
