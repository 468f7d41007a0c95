/* SPDX-License-Identifier: ISC */
#include "text/money.h"

#include "base/attr.h"

#include <inttypes.h>

enum { CENT = MICRO / 100, DECIMALS = 6 };

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Append one decimal digit to *v; false when it no longer fits. */
static bool
push_digit(int64_t *v, char c)
{
    return is_digit(c) && !__builtin_mul_overflow(*v, 10, v) &&
        !__builtin_add_overflow(*v, c - '0', v);
}

/* "1234", or "1,234" with full groups of three that a zero does not begin:
 * "0,500" is more likely half a dollar than five hundred. */
static bool
read_whole(struct str s, int64_t *v)
{
    size_t first = str_find(s, ',');
    *v = 0;
    if (first < s.n && (first == 0 || first > 3 || s.p[0] == '0'))
        return false;
    for (size_t i = 0; i < s.n; i++) {
        bool comma = i >= first && (i - first) % 4 == 0;
        if (comma ? s.p[i] != ',' : !push_digit(v, s.p[i]))
            return false;
    }
    return first == s.n || (s.n - first) % 4 == 0;
}

static bool
read_fraction(struct str s, int64_t *v)
{
    *v = 0;
    if (s.n == 0 || s.n > DECIMALS)
        return false;
    for (size_t i = 0; i < DECIMALS; i++)
        if (!push_digit(v, i < s.n ? s.p[i] : '0'))
            return false;
    return true;
}

/* One comma, before it a digit, after it two at most: "50,00". */
static bool
has_decimal_comma(struct str s)
{
    size_t at = str_find(s, ',');
    return at > 0 && at < s.n && s.n - at <= 3 && str_find(s, '.') == s.n;
}

bool
money_read(struct str s, int64_t *micro)
{
    struct str whole, fraction;
    int64_t dollars, rest = 0;
    s = str_trim(s);
    if (str_starts(s, STR("$")))
        s = str_trim(str_from(s, 1));
    char point = has_decimal_comma(s) ? ',' : '.';
    bool has_fraction = str_cut(s, point, &whole, &fraction);
    if (whole.n == 0 && !has_fraction)
        return false;
    if (!read_whole(whole, &dollars))
        return false;
    if (has_fraction && !read_fraction(fraction, &rest))
        return false;
    return !__builtin_mul_overflow(dollars, (int64_t)MICRO, &dollars) &&
        !__builtin_add_overflow(dollars, rest, micro);
}

/* The factor that a last letter stands for, and how many zeros it has. */
static int
read_scale(struct str *s)
{
    static const struct {
        char low, high;
        int zeros;
    } scales[] = { { 'k', 'K', 3 }, { 'm', 'M', 6 }, { 'g', 'G', 9 } };
    char last = s->n ? s->p[s->n - 1] : 0;
    for (size_t i = 0; i < COUNT_OF(scales); i++)
        if (last == scales[i].low || last == scales[i].high) {
            *s = str_trim(str_head(*s, s->n - 1));
            return scales[i].zeros;
        }
    return 0;
}

bool
count_read(struct str s, int64_t *n)
{
    enum { CHARS_MOST = 40 };
    char z[CHARS_MOST];
    struct str whole, fraction;
    s = str_trim(s);
    int zeros = read_scale(&s);
    if (s.n == 0 || s.n > sizeof z)
        return false;
    for (size_t i = 0; i < s.n; i++)
        z[i] = s.p[i];
    /* groups are parted by commas or by spaces, never by both */
    for (size_t i = 0; i < s.n && str_find(s, ',') == s.n; i++)
        z[i] = s.p[i] == ' ' ? ',' : s.p[i];
    bool parted = str_cut((struct str){ z, s.n }, '.', &whole, &fraction);
    if (whole.n == 0 || !read_whole(whole, n) ||
        (parted && (fraction.n == 0 || fraction.n > (size_t)zeros)))
        return false;
    for (size_t i = 0; i < (size_t)zeros; i++)
        if (!push_digit(n, parted && i < fraction.n ? fraction.p[i] : '0'))
            return false;
    return true;
}

/* Digits of v with a comma before each group of three. */
static struct str
show_grouped(struct arena *a, uint64_t v)
{
    char z[32];
    size_t at = sizeof z;
    int n = 0;
    do {
        if (n > 0 && n % 3 == 0)
            z[--at] = ',';
        z[--at] = (char)('0' + v % 10);
        v /= 10;
        n++;
    } while (v > 0);
    return arena_dup(a, (struct str){ z + at, sizeof z - at });
}

static uint64_t
magnitude(int64_t v)
{
    return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

/* ".40", or as many of the six decimals as are needed. */
static struct str
show_fraction(struct arena *a, uint64_t rest)
{
    struct str s = arena_fmt(a, ".%06" PRIu64, rest);
    while (s.n > 3 && s.p[s.n - 1] == '0')
        s.n--;
    return s;
}

/* To cents; below one, to the two digits that say how much it is. */
static uint64_t
round_to_show(uint64_t v)
{
    uint64_t step = v >= CENT ? CENT : v >= 1000 ? 100 : v >= 100 ? 10 : 1;
    return (v + step / 2) / step * step;
}

struct str
money_show(struct arena *a, int64_t micro)
{
    uint64_t v = round_to_show(magnitude(micro));
    return arena_fmt(a, "%s$%.*s%.*s", micro < 0 ? "-" : "",
        STR_ARG(show_grouped(a, v / MICRO)),
        STR_ARG(show_fraction(a, v % MICRO)));
}

struct str
money_plain(struct arena *a, int64_t micro)
{
    uint64_t v = magnitude(micro);
    return arena_fmt(a, "%s%" PRIu64 "%.*s", micro < 0 ? "-" : "",
        v / MICRO, STR_ARG(show_fraction(a, v % MICRO)));
}

struct str
count_show(struct arena *a, int64_t n)
{
    return arena_fmt(a, "%s%.*s", n < 0 ? "-" : "",
        STR_ARG(show_grouped(a, magnitude(n))));
}

struct str
count_of(struct arena *a, int64_t n, const char *noun)
{
    return arena_fmt(a, "%.*s %s%s", STR_ARG(count_show(a, n)), noun,
        n == 1 ? "" : "s");
}

struct str
count_short(struct arena *a, int64_t n)
{
    static const char units[] = "kMGTPE";
    uint64_t v = magnitude(n), unit = 1000;
    size_t u = 0;
    if (v < 1000)
        return count_show(a, n);
    /* 999,950 is "1.0 M": rounding must not give "1000.0 k" */
    while (u + 1 < sizeof units - 1 && v >= unit * 1000 - unit / 20) {
        unit *= 1000;
        u++;
    }
    uint64_t tenths = v / (unit / 10);
    tenths += v % (unit / 10) >= unit / 20;
    return arena_fmt(a, "%s%" PRIu64 ".%" PRIu64 " %c", n < 0 ? "-" : "",
        tenths / 10, tenths % 10, units[u]);
}
