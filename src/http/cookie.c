/* SPDX-License-Identifier: ISC */
#include "http/cookie.h"

#include "base/buf.h"

#include <string.h>

static const struct str host_prefix = STR_INIT("__Host-");

/* Room for the pairs of one more header, so that each is copied only once. */
static void
make_room(struct arena *a, struct str header, struct pairs *out)
{
    size_t count = out->n + 1;
    for (size_t i = 0; i < header.n; i++)
        count += header.p[i] == ';';
    count = count < PAIRS_MAX ? count : PAIRS_MAX;
    struct pair *items = arena_array(a, count, sizeof *items);
    if (out->n)
        memcpy(items, out->items, out->n * sizeof *items);
    out->items = items;
}

void
cookie_read(struct arena *a, struct str header, struct pairs *out)
{
    if (out->n >= PAIRS_MAX)
        return;
    make_room(a, header, out);
    while (header.n && out->n < PAIRS_MAX) {
        struct str piece, name, value;
        str_cut(header, ';', &piece, &header);
        bool has_value = str_cut(piece, '=', &name, &value);
        name = str_trim(name);
        if (has_value && name.n)
            out->items[out->n++] = (struct pair){ name, str_trim(value) };
    }
}

static bool
name_is(struct str sent, bool https, struct str name)
{
    if (https && !str_starts(sent, host_prefix))
        return false;
    return str_eq(https ? str_from(sent, host_prefix.n) : sent, name);
}

/* Does "..., name=..." stand inside the value of another cookie? */
static bool
hidden_in(struct str value, bool https, struct str name)
{
    struct str piece, before, after;
    while (str_cut(value, ',', &piece, &value))
        if (str_cut(value, '=', &before, &after) &&
            name_is(str_trim(before), https, name))
            return true;
    return false;
}

struct str
cookie_get(const struct req *r, const char *name)
{
    const struct str none = { NULL, 0 };
    struct str want = str_cstr(name), found = none;
    bool seen = false;
    for (size_t i = 0; i < r->cookies.n; i++) {
        const struct pair *c = &r->cookies.items[i];
        if (hidden_in(c->value, r->https, want))
            return none;
        if (!name_is(c->name, r->https, want))
            continue;
        if (seen && !str_eq(found, c->value))
            return none;
        seen = true;
        found = c->value;
    }
    return found;
}

static bool
value_plain(struct str v)
{
    for (size_t i = 0; i < v.n; i++) {
        char c = v.p[i];
        if (c <= ' ' || c > '~' || c == '"' || c == ',' || c == ';' ||
            c == '\\')
            return false;
    }
    return true;
}

struct str
cookie_name(struct arena *a, bool https, const char *name)
{
    return arena_fmt(a, "%s%s", https ? host_prefix.p : "", name);
}

void
cookie_set(struct arena *a, struct res *res, bool https, const char *name,
    struct str value, int64_t max_age_s)
{
    bool cookie_value_plain = value_plain(value);
    must(cookie_value_plain);
    struct buf b;
    buf_init(&b, a, BUF_MAX_FIELD);
    buf_str(&b, cookie_name(a, https, name));
    buf_char(&b, '=');
    buf_str(&b, value);
    buf_cstr(&b, "; Path=/");
    if (max_age_s != 0)
        buf_fmt(&b, "; Max-Age=%lld", max_age_s > 0 ? (long long)max_age_s : 0);
    if (https)
        buf_cstr(&b, "; Secure");
    /* Lax: with Strict, a link in a mail would show a signed-out page */
    buf_cstr(&b, "; HttpOnly; SameSite=Lax");
    must(!b.full);
    res_header(a, res, "Set-Cookie", buf_view(&b));
}
