/* SPDX-License-Identifier: ISC */
#include "text/when.h"

#include "text/money.h"

#include <inttypes.h>

/*
 * Calendar arithmetic of our own, on the proleptic Gregorian calendar: no
 * time zone data, no locale, no shared state.
 */

enum {
    DAYS_400Y = 146097,
    DAYS_TO_1970 = 719468, /* from 0000-03-01 */
    MINUTE_LAST = 59
};

static const int64_t LAST_SECOND = 253402300799; /* 9999-12-31T23:59:59Z */

struct date {
    int64_t year;
    int month, day; /* from 1 */
};

static int64_t
floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t
floor_mod(int64_t a, int64_t b)
{
    int64_t rest = a % b;
    return rest < 0 ? rest + b : rest;
}

/*
 * Years are counted from 1 March, so that the leap day comes last: the days
 * before month m of such a year are then (153 m + 2) / 5.
 */
static struct date
date_of(int64_t day)
{
    day += DAYS_TO_1970;
    int64_t cycle = floor_div(day, DAYS_400Y);
    int64_t rest = floor_mod(day, DAYS_400Y);
    int64_t year = (rest - rest / 1460 + rest / 36524 - rest / 146096) / 365;
    rest -= 365 * year + year / 4 - year / 100;
    int64_t month = (5 * rest + 2) / 153;
    struct date d = {
        .year = cycle * 400 + year + (month >= 10),
        .month = (int)(month < 10 ? month + 3 : month - 9),
        .day = (int)(rest - (153 * month + 2) / 5 + 1),
    };
    return d;
}

static int64_t
day_of(struct date d)
{
    int64_t year = d.year - (d.month <= 2);
    int64_t cycle = floor_div(year, 400);
    int64_t month = d.month > 2 ? d.month - 3 : d.month + 9;
    year = floor_mod(year, 400);
    return cycle * DAYS_400Y + year * 365 + year / 4 - year / 100 +
        (153 * month + 2) / 5 + d.day - 1 - DAYS_TO_1970;
}

static struct date
date_at(int64_t s)
{
    return date_of(floor_div(s, DAY_S));
}

static const char *
month_name(int month)
{
    static const char names[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    return names[month - 1];
}

/* "2026-11-20T17:02:00", without what comes after. */
static struct str
show_iso(struct arena *a, int64_t s)
{
    int clock = (int)floor_mod(s, DAY_S);
    return arena_fmt(a, "%.*sT%02d:%02d:%02d", STR_ARG(when_iso_date(a, s)),
        clock / HOUR_S, clock / MINUTE_S % 60, clock % 60);
}

struct str
when_rfc3339(struct arena *a, int64_t s)
{
    return arena_fmt(a, "%.*sZ", STR_ARG(show_iso(a, s)));
}

struct str
when_rfc3339_ms(struct arena *a, int64_t ms)
{
    return arena_fmt(a, "%.*s.%03dZ",
        STR_ARG(show_iso(a, floor_div(ms, 1000))),
        (int)floor_mod(ms, 1000));
}

struct str
when_mail(struct arena *a, int64_t s)
{
    static const char *const days[] = { "Thu", "Fri", "Sat", "Sun", "Mon",
        "Tue", "Wed" }; /* from 1 January 1970 on */
    struct date d = date_at(s);
    int clock = (int)floor_mod(s, DAY_S);
    return arena_fmt(a, "%s, %d %s %" PRId64 " %02d:%02d:%02d +0000",
        days[floor_mod(floor_div(s, DAY_S), 7)], d.day, month_name(d.month),
        d.year, clock / HOUR_S, clock / MINUTE_S % 60, clock % MINUTE_S);
}

struct str
when_long(struct arena *a, int64_t s)
{
    int clock = (int)floor_mod(s, DAY_S);
    return arena_fmt(a, "%.*s, %02d:%02d UTC", STR_ARG(when_date(a, s)),
        clock / HOUR_S, clock / MINUTE_S % 60);
}

struct str
when_date(struct arena *a, int64_t s)
{
    struct date d = date_at(s);
    return arena_fmt(a, "%d %s %" PRId64, d.day, month_name(d.month), d.year);
}

struct str
when_iso_date(struct arena *a, int64_t s)
{
    struct date d = date_at(s);
    return arena_fmt(a, "%04" PRId64 "-%02d-%02d", d.year, d.month, d.day);
}

struct str
when_ago(struct arena *a, int64_t s, int64_t now_s)
{
    int64_t ago;
    if (__builtin_sub_overflow(now_s, s, &ago) || ago > 7 * DAY_S ||
        ago < -7 * DAY_S)
        return when_date(a, s);
    bool past = ago >= 0;
    int64_t n = past ? ago : -ago;
    if (n < MINUTE_S)
        return past ? STR("just now") : STR("in less than a minute");
    const char *unit = "minute";
    if (n >= DAY_S) {
        n /= DAY_S;
        unit = "day";
    } else if (n >= HOUR_S) {
        n /= HOUR_S;
        unit = "hour";
    } else {
        n /= MINUTE_S;
    }
    return arena_fmt(a, "%s%.*s%s", past ? "" : "in ",
        STR_ARG(count_of(a, n, unit)), past ? " ago" : "");
}

/* Take `n` digits off the front of *s; false when they are not there. */
static bool
take_number(struct str *s, size_t n, int *out)
{
    if (s->n < n)
        return false;
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        if (s->p[i] < '0' || s->p[i] > '9')
            return false;
        *out = *out * 10 + (s->p[i] - '0');
    }
    *s = str_from(*s, n);
    return true;
}

/* Take one byte that is `c`, or its lower case, off the front of *s. */
static bool
take(struct str *s, char c)
{
    if (!str_eq_nocase(str_head(*s, 1), (struct str){ &c, 1 }))
        return false;
    *s = str_from(*s, 1);
    return true;
}

/* "2026-11-20", a day that exists, to its first second. */
static bool
take_date(struct str *s, int64_t *out)
{
    int year, month, day;
    if (!take_number(s, 4, &year) || !take(s, '-') ||
        !take_number(s, 2, &month) || !take(s, '-') ||
        !take_number(s, 2, &day))
        return false;
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    int64_t n = day_of((struct date){ year, month, day });
    /* 31 April is the 1 May of another date: it does not come back */
    if (date_of(n).day != day)
        return false;
    *out = n * DAY_S;
    return true;
}

/* "17:02:00" and an optional fraction, to seconds of the day (up to :60). */
static bool
take_clock(struct str *s, int *out)
{
    int hour, minute, second, digit;
    if (!take_number(s, 2, &hour) || !take(s, ':') ||
        !take_number(s, 2, &minute) || !take(s, ':') ||
        !take_number(s, 2, &second))
        return false;
    if (hour > 23 || minute > MINUTE_LAST || second > MINUTE_LAST + 1)
        return false;
    if (take(s, '.')) {
        if (!take_number(s, 1, &digit))
            return false;
        while (take_number(s, 1, &digit))
            continue;
    }
    *out = hour * HOUR_S + minute * MINUTE_S + second;
    return true;
}

/* "Z", "+01:00", "-05:30", to seconds east of UTC. */
static bool
take_offset(struct str *s, int *out)
{
    int hour, minute;
    *out = 0;
    if (take(s, 'Z'))
        return true;
    int sign = take(s, '-') ? -1 : 1;
    if (sign > 0 && !take(s, '+'))
        return false;
    if (!take_number(s, 2, &hour) || !take(s, ':') ||
        !take_number(s, 2, &minute) || hour > 23 || minute > MINUTE_LAST)
        return false;
    *out = sign * (hour * HOUR_S + minute * MINUTE_S);
    return true;
}

bool
when_read(struct str s, int64_t *out)
{
    int64_t t;
    int clock, offset;
    if (!take_date(&s, &t))
        return false;
    if (s.n == 0) {
        *out = t + DAY_S - 1;
        return true;
    }
    if (!take(&s, 'T'))
        return false;
    bool leap = str_eq(str_head(str_from(s, 6), 2), STR("60"));
    if (!take_clock(&s, &clock) || !take_offset(&s, &offset) || s.n > 0)
        return false;
    t += clock - offset;
    /* a leap second ends a UTC day; Unix time has no name for it but the
     * next midnight */
    if ((leap && t % DAY_S != 0) || t < 0 || t > LAST_SECOND)
        return false;
    *out = t;
    return true;
}

int64_t
when_day_start(int64_t s)
{
    return floor_div(s, DAY_S) * DAY_S;
}

int64_t
when_week_start(int64_t s)
{
    /* day 0 was a Thursday */
    int64_t day = floor_div(s, DAY_S);
    return (day - floor_mod(day + 3, 7)) * DAY_S;
}

int64_t
when_month_start(int64_t s)
{
    struct date d = date_at(s);
    d.day = 1;
    return day_of(d) * DAY_S;
}

int64_t
when_month_next(int64_t s)
{
    struct date d = date_at(s);
    d.day = 1;
    d.month = d.month % 12 + 1;
    d.year += d.month == 1;
    return day_of(d) * DAY_S;
}
