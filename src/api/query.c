/* SPDX-License-Identifier: ISC */
#include "api/query.h"

#include "base/buf.h"
#include "text/utf8.h"
#include "text/when.h"

#include <inttypes.h>
#include <string.h>

enum { SHOWN_MAX = 40 };
static const int64_t DAY_MS = INT64_C(1000) * DAY_S;
static const int64_t WINDOW_MS =
    INT64_C(1000) * DAY_S * QUERY_WINDOW_DAYS;

enum err_code
query_known(struct cx *cx, const struct req *req, const char *const *names)
{
    for (size_t i = 0; i < req->query.n; i++) {
        struct str name = req->query.items[i].name;
        bool known = false;
        for (size_t k = 0; names && names[k]; k++)
            known |= str_is(name, names[k]);
        if (known)
            continue;
        struct str shown = utf8_clip(name, SHOWN_MAX);
        if (!utf8_plain(shown, false))
            shown = STR("of that name");
        return err_field(&cx->err, "", "There is no parameter %.*s here",
            STR_ARG(shown));
    }
    return ERR_OK;
}

enum err_code
query_one(struct cx *cx, const struct req *req, const char *name,
    struct str *out)
{
    *out = req_query(req, name);
    size_t n = form_count(&req->query, name);
    if (n > 1)
        return err_field(&cx->err, name, "%s must be sent only once", name);
    if (n && out->n == 0)
        return err_field(&cx->err, name, "%s must not be empty", name);
    return ERR_OK;
}

enum err_code
query_int(struct cx *cx, const struct req *req, const char *name, int64_t min,
    int64_t max, int64_t fallback, int64_t *out)
{
    struct str s;
    *out = fallback;
    if (query_one(cx, req, name, &s) || s.n == 0)
        return cx->err.code;
    if (!str_int(s, out) || *out < min || *out > max)
        return err_field(&cx->err, name,
            "%s must be a whole number between %" PRId64 " and %" PRId64,
            name, min, max);
    return ERR_OK;
}

enum err_code
query_choice(struct cx *cx, const struct req *req, const char *name,
    const char *const *names, int *out)
{
    struct str s;
    struct buf b;
    *out = -1;
    if (query_one(cx, req, name, &s) || s.n == 0)
        return cx->err.code;
    buf_init(&b, cx->arena, BUF_MAX_FIELD);
    for (int i = 0; names[i]; i++) {
        if (str_is(s, names[i]))
            *out = i;
        buf_fmt(&b, "%s%s", i == 0 ? "" : names[i + 1] ? ", " : " or ",
            names[i]);
    }
    if (*out < 0)
        return err_field(&cx->err, name, "%s must be %.*s", name,
            STR_ARG(buf_view(&b)));
    return ERR_OK;
}

/* The first three digits of the fraction of a second. */
static int64_t
fraction_ms(struct str s)
{
    int64_t ms = 0;
    size_t at = str_find(s, '.');
    for (size_t i = 1, unit = 100; i <= 3; i++, unit /= 10) {
        if (at + i >= s.n || s.p[at + i] < '0' || s.p[at + i] > '9')
            break;
        ms += (int64_t)unit * (s.p[at + i] - '0');
    }
    return ms;
}

static bool
has_offset(struct str s)
{
    enum { DATE_AND_HOUR = 13 };
    char last = s.p[s.n - 1];
    struct str time = str_from(s, DATE_AND_HOUR);
    return last == 'Z' || last == 'z' || str_find(time, '+') < time.n ||
        str_find(time, '-') < time.n;
}

enum err_code
query_time(struct cx *cx, const struct req *req, const char *name,
    int64_t *out)
{
    enum { DATE = 10 };
    int64_t at_s;
    struct str s;
    *out = -1;
    if (query_one(cx, req, name, &s) || s.n == 0)
        return cx->err.code;
    struct str whole = s;
    if (s.n == DATE)
        whole = arena_fmt(cx->arena, "%.*sT00:00:00Z", STR_ARG(s));
    else if (!has_offset(s))
        whole = arena_fmt(cx->arena, "%.*sZ", STR_ARG(s));
    if (!when_read(whole, &at_s))
        return err_field(&cx->err, name,
            "%s must be a time like 2026-07-01T00:00:00Z; a + in an address "
            "is written %%2B", name);
    *out = at_s * 1000 + fraction_ms(s);
    return ERR_OK;
}

/* "24h", "7d" */
static bool
read_period(struct str s, int64_t *ms)
{
    int64_t n;
    char unit = s.p[s.n - 1];
    struct str digits = str_head(s, s.n - 1);
    if (digits.n == 0 || digits.p[0] < '1' || digits.p[0] > '9' ||
        (unit != 'h' && unit != 'd') || !str_int(digits, &n))
        return false;
    *ms = n > WINDOW_MS ? WINDOW_MS + 1
                        : n * (unit == 'h' ? INT64_C(1000) * HOUR_S : DAY_MS);
    return true;
}

enum err_code
query_window(struct cx *cx, const struct req *req, int64_t *from, int64_t *to)
{
    struct str period;
    int64_t length;
    if (query_one(cx, req, "period", &period) ||
        query_time(cx, req, "start", from) || query_time(cx, req, "end", to))
        return cx->err.code;
    if (period.n ? *from >= 0 || *to >= 0 : *from < 0 || *to < 0)
        return err_field(&cx->err, "period",
            "Send either period, such as 7d, or both start and end");
    if (!period.n) {
        length = *to - *from;
        if (length < 0)
            return err_field(&cx->err, "end", "end is before start");
    } else if (read_period(period, &length)) {
        *to = cx->now_s * 1000 + cx->sub_ms;
        *from = *to - length;
    } else {
        return err_field(&cx->err, "period",
            "period must be a number and h or d, such as 24h or 7d");
    }
    if (length > WINDOW_MS)
        return err_field(&cx->err, period.n ? "period" : "end",
            "At most %d days at once", (int)QUERY_WINDOW_DAYS);
    return ERR_OK;
}
