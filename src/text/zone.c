/* SPDX-License-Identifier: ISC */
#include "text/zone.h"

#include "text/when.h"

#include <stdio.h>
#include <string.h>

/* Files of tzdata have some kilobytes; RFC 8536 gives the sizes of parts. */
enum { FILE_MOST = 64 * 1024, HEAD = 44, TIME_OLD = 4, TIME = 8, TYPE = 6,
    TYPES_MOST = 256, YEAR_DAYS = 365, MONTHS = 12 };

/* ---- the file ---- */

static bool
is_name(struct str s)
{
    bool start = true; /* of a part */
    if (s.n == 0 || s.n > ZONE_NAME_MOST)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        bool other = (c >= '0' && c <= '9') || strchr("_+-", c);
        if (c == '/' ? start : !(start ? c >= 'A' && c <= 'Z'
                                       : letter || other))
            return false; /* every part begins with a capital: "posix/", "..",
                             "localtime" are none */
        start = c == '/';
    }
    return !start && !str_is(s, "Factory");
}

static bool
read_file(struct arena *a, const char *folder, struct str name,
    struct str *out)
{
    struct str path = arena_fmt(a, "%s/%.*s", folder, STR_ARG(name));
    FILE *f = fopen(path.p, "rb");
    if (!f)
        return false;
    char *z = arena_alloc(a, FILE_MOST);
    size_t n = fread(z, 1, FILE_MOST, f);
    bool ok = !ferror(f) && n < FILE_MOST;
    fclose(f);
    *out = (struct str){ z, n };
    return ok;
}

static int64_t
big_endian(const char *p, int bytes)
{
    uint64_t v = (p[0] & 0x80) ? UINT64_MAX : 0;
    for (int i = 0; i < bytes; i++)
        v = v << 8 | (unsigned char)p[i];
    return (int64_t)v;
}

/* What follows a header. */
struct counts {
    size_t utc, std, leap, times, types, chars;
};

static bool
read_head(struct str s, struct counts *out)
{
    if (s.n < HEAD || memcmp(s.p, "TZif", 4) != 0 || s.p[4] < '2')
        return false;
    size_t *to[] = { &out->utc, &out->std, &out->leap, &out->times,
        &out->types, &out->chars };
    for (size_t i = 0; i < COUNT_OF(to); i++) {
        int64_t n = big_endian(s.p + 20 + i * 4, 4);
        if (n < 0 || n > FILE_MOST)
            return false;
        *to[i] = (size_t)n;
    }
    return true;
}

static size_t
body_bytes(const struct counts *c, size_t time)
{
    return c->times * (time + 1) + c->types * TYPE + c->chars +
        c->leap * (time + 4) + c->std + c->utc;
}

/* ---- the rule for the years after the last instant, in POSIX form ---- */

static bool
take(struct str *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = str_from(*s, 1);
    return true;
}

static bool
take_int(struct str *s, int most, int *out)
{
    int n = 0;
    size_t i = 0;
    for (; i < s->n && s->p[i] >= '0' && s->p[i] <= '9' && n <= most; i++)
        n = n * 10 + (s->p[i] - '0');
    *s = str_from(*s, i);
    *out = n;
    return i > 0 && n <= most;
}

/* "CET", "<+0330>" */
static bool
take_name(struct str *s)
{
    size_t i = 0;
    if (take(s, '<')) {
        i = str_find(*s, '>');
        *s = str_from(*s, i);
        return take(s, '>');
    }
    while (i < s->n && ((s->p[i] >= 'A' && s->p[i] <= 'Z') ||
                           (s->p[i] >= 'a' && s->p[i] <= 'z')))
        i++;
    *s = str_from(*s, i);
    return i >= 3;
}

/* "-1", "3:30", "-167": seconds */
static bool
take_time(struct str *s, int *out)
{
    int h, m = 0, sec = 0;
    bool minus = take(s, '-');
    if (!minus)
        (void)take(s, '+');
    if (!take_int(s, 167, &h) || (take(s, ':') && !take_int(s, 59, &m)) ||
        (take(s, ':') && !take_int(s, 59, &sec)))
        return false;
    *out = h * HOUR_S + m * MINUTE_S + sec;
    if (minus)
        *out = -*out;
    return true;
}

/* "M3.5.0", "J60", "59", each perhaps with "/3" */
static bool
take_turn(struct str *s, struct zone_turn *out)
{
    bool ok;
    *out = (struct zone_turn){ .kind = ZONE_YEAR_DAY, .time_s = 2 * HOUR_S };
    if (take(s, 'M')) {
        out->kind = ZONE_MONTH_DAY;
        ok = take_int(s, MONTHS, &out->month) && out->month > 0 &&
            take(s, '.') && take_int(s, 5, &out->week) && out->week > 0 &&
            take(s, '.') && take_int(s, 6, &out->day);
    } else {
        if (take(s, 'J'))
            out->kind = ZONE_JULIAN;
        ok = take_int(s, YEAR_DAYS, &out->day);
    }
    return ok && (!take(s, '/') || take_time(s, &out->time_s));
}

/* In the rule, offsets are west of UTC. */
static bool
read_rule(struct str s, struct zone *z)
{
    if (!take_name(&s) || !take_time(&s, &z->winter_s))
        return false;
    z->winter_s = -z->winter_s;
    z->has_rule = true;
    if (s.n == 0)
        return true;
    if (!take_name(&s))
        return false;
    z->summer_s = z->winter_s + HOUR_S;
    if (s.n && s.p[0] != ',') {
        if (!take_time(&s, &z->summer_s))
            return false;
        z->summer_s = -z->summer_s;
    }
    z->has_summer = true;
    return take(&s, ',') && take_turn(&s, &z->to_summer) && take(&s, ',') &&
        take_turn(&s, &z->to_winter) && s.n == 0;
}

bool
zone_read(struct arena *a, const char *folder, struct str name,
    struct zone *out)
{
    struct counts c;
    struct str s, rule, rest;
    *out = (struct zone){ .n_times = 0 };
    if (!is_name(name) || !read_file(a, folder, name, &s) ||
        !read_head(s, &c))
        return false;
    /* the first part has short times, for readers of long ago */
    out->bytes = s;
    s = str_from(s, HEAD + body_bytes(&c, TIME_OLD));
    if (!read_head(s, &c) || c.leap || c.types == 0 || c.types > TYPES_MOST)
        return false;
    s = str_from(s, HEAD);
    size_t n = body_bytes(&c, TIME);
    if (s.n < n)
        return false;
    out->n_times = c.times;
    out->n_types = c.types;
    out->times = s.p;
    out->kinds = out->times + c.times * TIME;
    out->types = out->kinds + c.times;
    for (size_t i = 0; i < c.times; i++)
        if ((unsigned char)out->kinds[i] >= c.types)
            return false;
    s = str_from(s, n);
    if (!take(&s, '\n') || !str_cut(s, '\n', &rule, &rest))
        return false;
    return rule.n == 0 || read_rule(rule, out);
}

/* ---- offsets ---- */

static int64_t
days_before(int64_t year)
{
    return YEAR_DAYS * (year - 1970) + (year - 1969) / 4 -
        (year - 1901) / 100 + (year - 1601) / 400;
}

static bool
is_leap(int64_t year)
{
    return days_before(year + 1) - days_before(year) > YEAR_DAYS;
}

/* The day of a turn in a year, from 1970. */
static int64_t
turn_day(const struct zone_turn *t, int64_t year)
{
    static const int lengths[MONTHS] = { 31, 28, 31, 30, 31, 30, 31, 31, 30,
        31, 30, 31 };
    int64_t day = days_before(year);
    if (t->kind == ZONE_YEAR_DAY)
        return day + t->day;
    if (t->kind == ZONE_JULIAN) /* 29 February has no number */
        return day + t->day - 1 + (is_leap(year) && t->day >= 60);
    for (int m = 1; m < t->month; m++)
        day += lengths[m - 1] + (m == 2 && is_leap(year));
    int length = lengths[t->month - 1] + (t->month == 2 && is_leap(year));
    int64_t first = (t->day - (day + 4) % 7 + 7) % 7; /* 1970 began on a
                                                         Thursday */
    int64_t at = first + (int64_t)(t->week - 1) * 7;
    return day + (at >= length ? at - 7 : at);
}

/* By the rule, without the instants. */
static int
rule_offset(const struct zone *z, int64_t at_s, int64_t *until_s)
{
    enum { TURNS = 6 };
    int64_t year = 1970 + at_s / DAY_S * 400 / 146097;
    int64_t from = INT64_MIN;
    int offset = z->winter_s;
    *until_s = INT64_MAX;
    if (!z->has_summer)
        return offset;
    for (int i = 0; i < TURNS; i++) {
        int64_t y = year - 1 + i / 2;
        bool summer = i % 2 == 0;
        const struct zone_turn *t = summer ? &z->to_summer : &z->to_winter;
        int64_t at = turn_day(t, y) * DAY_S + t->time_s -
            (summer ? z->winter_s : z->summer_s);
        if (at <= at_s && at > from) {
            from = at;
            offset = summer ? z->summer_s : z->winter_s;
        } else if (at > at_s && at < *until_s) {
            *until_s = at;
        }
    }
    return offset;
}

static int
type_offset(const struct zone *z, size_t type)
{
    return (int)big_endian(z->types + type * TYPE, 4);
}

static int64_t
time_at(const struct zone *z, size_t i)
{
    return big_endian(z->times + i * TIME, TIME);
}

int
zone_offset(const struct zone *z, int64_t at_s, int64_t *until_s)
{
    size_t low = 0, high = z->n_times; /* the first instant after at_s */
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (time_at(z, mid) <= at_s)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == z->n_times && z->has_rule)
        return rule_offset(z, at_s, until_s);
    *until_s = low < z->n_times ? time_at(z, low) : INT64_MAX;
    return low == 0 ? type_offset(z, 0)
                    : type_offset(z, (unsigned char)z->kinds[low - 1]);
}
