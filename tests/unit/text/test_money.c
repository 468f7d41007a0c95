/* SPDX-License-Identifier: ISC */
#include "text/money.h"

#include "cases.h"

static void
test_read(void **state)
{
    static const struct {
        struct str s;
        int64_t micro; /* -1: refused */
    } rows[] = {
        { STR_INIT("0"), 0 },
        { STR_INIT("50"), 50000000 },
        { STR_INIT("$50"), 50000000 },
        { STR_INIT("$ 50"), 50000000 },
        { STR_INIT(" 49.99\r\n"), 49990000 },
        { STR_INIT("50,00"), 50000000 },
        { STR_INIT("50,5"), 50500000 },
        { STR_INIT("0,50"), 500000 },
        { STR_INIT("1,234"), 1234000000 },
        { STR_INIT("1,234.50"), 1234500000 },
        { STR_INIT("$1,234,567.5"), 1234567500000 },
        { STR_INIT("1234567"), 1234567000000 },
        { STR_INIT(".5"), 500000 },
        { STR_INIT("0.000001"), 1 },
        { STR_INIT("0012"), 12000000 },
        { STR_INIT("9223372036854.775807"), INT64_MAX },
        { STR_INIT("9,223,372,036,854.775807"), INT64_MAX },
        { STR_INIT("9223372036854.775808"), -1 },
        { STR_INIT("9223372036855"), -1 },
        { STR_INIT("9223372036854775808"), -1 },
        { STR_INIT("99999999999999999999999999"), -1 },
        { STR_INIT("18446744073709551621"), -1 }, /* 2^64 + 5 */
        { { NULL, 0 }, -1 },
        { STR_INIT("  "), -1 },
        { STR_INIT("$"), -1 },
        { STR_INIT("."), -1 },
        { STR_INIT(","), -1 },
        { STR_INIT(",5"), -1 },
        { STR_INIT(",50"), -1 },
        { STR_INIT("5."), -1 },
        { STR_INIT("5,"), -1 },
        { STR_INIT("-5"), -1 },
        { STR_INIT("-0"), -1 },
        { STR_INIT("+5"), -1 },
        { STR_INIT("$$5"), -1 },
        { STR_INIT("5$"), -1 },
        { STR_INIT("5 000"), -1 },
        { STR_INIT("5e3"), -1 },
        { STR_INIT("0x10"), -1 },
        { STR_INIT("1.2.3"), -1 },
        { STR_INIT("1.234,50"), -1 },
        { STR_INIT("0.0000001"), -1 },
        { STR_INIT("0,500"), -1 },
        { STR_INIT("1,2345"), -1 },
        { STR_INIT("1234,567"), -1 },
        { STR_INIT("1,,234"), -1 },
        { STR_INIT("1,234,5"), -1 },
        { STR_INIT("1,23.5"), -1 },
        { STR_INIT("1.5,00"), -1 },
        { STR_INIT("5\0"), -1 },
        { STR_INIT("\xD9\xA5"), -1 }, /* a digit of another script */
        { STR_INIT("NaN"), -1 },
        { STR_INIT("inf"), -1 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t micro = 0;
        bool ok = money_read(rows[i].s, &micro);
        EXPECT(i, rows[i].s, ok == (rows[i].micro >= 0));
        if (ok)
            EXPECT(i, rows[i].s, micro == rows[i].micro);
    }
}

static void
test_show(void **state)
{
    static const struct {
        int64_t micro;
        const char *show, *plain;
    } rows[] = {
        { 0, "$0.00", "0.00" },
        { 12400000, "$12.40", "12.40" },
        { 1, "$0.000001", "0.000001" },
        { 400, "$0.0004", "0.0004" },
        { 12, "$0.000012", "0.000012" },
        { 123, "$0.00012", "0.000123" },
        { 996, "$0.001", "0.000996" },
        { 1947, "$0.0019", "0.001947" },
        { 1950, "$0.002", "0.00195" },
        { -1947, "-$0.0019", "-0.001947" },
        { 9949, "$0.0099", "0.009949" },
        { 9999, "$0.01", "0.009999" },
        { 10000, "$0.01", "0.01" },
        { 14999, "$0.01", "0.014999" },
        { 15000, "$0.02", "0.015" },
        { 999995000, "$1,000.00", "999.995" },
        { 1234567890000, "$1,234,567.89", "1234567.89" },
        { -3000000, "-$3.00", "-3.00" },
        { -400, "-$0.0004", "-0.0004" },
        { INT64_MAX, "$9,223,372,036,854.78", "9223372036854.775807" },
        { INT64_MIN, "-$9,223,372,036,854.78", "-9223372036854.775808" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        EXPECT_STR(i, money_show(*state, rows[i].micro), rows[i].show);
        EXPECT_STR(i, money_plain(*state, rows[i].micro), rows[i].plain);
    }
}

/* Plain text gives the amount back; shown text gives it to the cent, exactly
 * when it is whole cents, and to a twentieth when it is less than one. */
static void
test_property(void **state)
{
    uint64_t seed = seed_start();
    for (size_t i = 0; i < 20000; i++) {
        int64_t micro = (int64_t)(seed_next(&seed) >> (1 + i % 63)), back;
        struct str s = money_plain(*state, micro);
        EXPECT(i, s, money_read(s, &back) && back == micro);
        if (micro > INT64_MAX - MICRO)
            continue;
        s = money_show(*state, micro);
        EXPECT(i, s, money_read(s, &back));
        int64_t off = back > micro ? back - micro : micro - back;
        EXPECT(i, s, off <= (micro < 10000 ? micro / 20 : 5000));
        micro -= micro % 10000;
        s = money_show(*state, micro);
        EXPECT(i, s, money_read(s, &back) && back == micro);
    }
}

/* What attackers send for a number: read exactly, or refused. */
static void
test_corpus(void **state)
{
    struct strs lines = corpus_lines(*state, "misc/integer-overflows.txt");
    for (size_t i = 0; i < lines.n; i++) {
        struct str s = str_trim(lines.items[i]);
        int64_t n, micro;
        bool digits = s.n > 0;
        for (size_t k = 0; k < s.n; k++)
            digits = digits && s.p[k] >= '0' && s.p[k] <= '9';
        EXPECT(i, s, money_read(s, &micro) == digits);
        EXPECT(i, s, str_int(s, &n) == (digits || str_is(s, "-1")));
        if (digits)
            EXPECT(i, s, micro == n * MICRO);
    }
    print_message("%zu cases of the corpus\n", lines.n);
}

static void
test_count(void **state)
{
    static const struct {
        int64_t n;
        const char *full, *brief;
    } rows[] = {
        { 0, "0", "0" },
        { 981, "981", "981" },
        { 999, "999", "999" },
        { 1000, "1,000", "1.0 k" },
        { 12449, "12,449", "12.4 k" },
        { 12450, "12,450", "12.5 k" },
        { 999949, "999,949", "999.9 k" },
        { 999950, "999,950", "1.0 M" },
        { 92412345, "92,412,345", "92.4 M" },
        { 1234567890, "1,234,567,890", "1.2 G" },
        { -5, "-5", "-5" },
        { -1234, "-1,234", "-1.2 k" },
        { INT64_MAX, "9,223,372,036,854,775,807", "9.2 E" },
        { INT64_MIN, "-9,223,372,036,854,775,808", "-9.2 E" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        EXPECT_STR(i, count_show(*state, rows[i].n), rows[i].full);
        EXPECT_STR(i, count_short(*state, rows[i].n), rows[i].brief);
    }
}

static void
test_count_of(void **state)
{
    static const struct {
        int64_t n;
        const char *words;
    } rows[] = { { 0, "0 calls" }, { 1, "1 call" }, { -1, "-1 calls" },
        { 2, "2 calls" }, { 1204, "1,204 calls" } };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        EXPECT_STR(i, count_of(*state, rows[i].n, "call"), rows[i].words);
}

static void
test_count_read(void **state)
{
    static const struct {
        struct str s;
        int64_t n; /* -1: refused */
    } rows[] = {
        { STR_INIT("0"), 0 },
        { STR_INIT("1000"), 1000 },
        { STR_INIT(" 1,000\n"), 1000 },
        { STR_INIT("1 000 000"), 1000000 },
        { STR_INIT("20k"), 20000 },
        { STR_INIT("20 K"), 20000 },
        { STR_INIT("1.5M"), 1500000 },
        { STR_INIT("2.25 g"), 2250000000 },
        { STR_INIT("9223372036854775807"), INT64_MAX },
        { STR_INIT("9223372036854775808"), -1 },
        { STR_INIT("9223372036854776k"), -1 },
        { STR_INIT(""), -1 },
        { STR_INIT("k"), -1 },
        { STR_INIT("."), -1 },
        { STR_INIT(".5k"), -1 },
        { STR_INIT("1."), -1 },
        { STR_INIT("1.5"), -1 },
        { STR_INIT("1.k"), -1 },
        { STR_INIT("1.0005k"), -1 },
        { STR_INIT("-1"), -1 },
        { STR_INIT("+1"), -1 },
        { STR_INIT("$1"), -1 },
        { STR_INIT("1,00"), -1 },
        { STR_INIT("1 00"), -1 },
        { STR_INIT("1,000 000"), -1 },
        { STR_INIT("1kk"), -1 },
        { STR_INIT("ten"), -1 },
        { STR_INIT("5\0"), -1 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t n = 0;
        bool ok = count_read(rows[i].s, &n);
        EXPECT(i, rows[i].s, ok == (rows[i].n >= 0));
        if (ok)
            EXPECT(i, rows[i].s, n == rows[i].n);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(test_read),
        WITH_ARENA(test_show),
        WITH_ARENA(test_property),
        WITH_ARENA(test_corpus),
        WITH_ARENA(test_count),
        WITH_ARENA(test_count_of),
        WITH_ARENA(test_count_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
