/* SPDX-License-Identifier: ISC */
#include "app/prefix.h"

#include <string.h>

static const char mark[] = "=\"/"; /* where an attribute's address begins */
enum { MARK = sizeof mark - 1 };

struct str
prefix_of(struct str public_url)
{
    const struct str scheme = STR("://");
    size_t at = 0;
    while (at + scheme.n <= public_url.n &&
        memcmp(public_url.p + at, scheme.p, scheme.n) != 0)
        at++;
    if (at + scheme.n > public_url.n)
        return (struct str){ NULL, 0 };
    struct str rest = str_from(public_url, at + scheme.n);
    struct str path = str_from(rest, str_find(rest, '/'));
    while (path.n && path.p[path.n - 1] == '/')
        path.n--;
    return path;
}

struct str
prefix_cut(struct str prefix, struct str path)
{
    if (!prefix.n || !str_starts(path, prefix))
        return path;
    struct str rest = str_from(path, prefix.n);
    if (!rest.n)
        return STR("/");
    return rest.p[0] == '/' ? rest : path;
}

/* The next mark of html at or after `at`, or its end. */
static size_t
next_mark(struct str html, size_t at)
{
    while (at < html.n) {
        at += str_find(str_from(html, at), mark[0]);
        if (html.n - at < MARK)
            return html.n;
        if (memcmp(html.p + at, mark, MARK) == 0)
            return at;
        at++;
    }
    return html.n;
}

struct str
prefix_html(struct arena *a, struct str prefix, struct str html)
{
    if (!prefix.n)
        return html;
    size_t n = html.n;
    for (size_t at = next_mark(html, 0); at < html.n;
        at = next_mark(html, at + MARK))
        n += prefix.n;
    char *out = arena_alloc(a, n + 1), *to = out;
    for (size_t from = 0; from < html.n;) {
        size_t at = next_mark(html, from);
        size_t end = at < html.n ? at + MARK - 1 : html.n;
        memcpy(to, html.p + from, end - from);
        to += end - from;
        if (at < html.n) {
            memcpy(to, prefix.p, prefix.n);
            to += prefix.n;
        }
        from = end;
    }
    return (struct str){ out, n };
}

static void
put_before(struct arena *a, struct str prefix, const struct val_pair *p)
{
    bool address =
        str_is(p->name, "type") || str_is(p->name, "link");
    if (address && p->val->type == VAL_STR)
        p->val->u.s = prefix_location(a, prefix, p->val->u.s);
    else
        prefix_json(a, prefix, p->val);
}

void
prefix_json(struct arena *a, struct str prefix, struct val *v)
{
    if (!prefix.n)
        return;
    for (size_t i = 0; v->type == VAL_LIST && i < v->u.list.n; i++)
        prefix_json(a, prefix, v->u.list.items[i]);
    for (size_t i = 0; v->type == VAL_MAP && i < v->u.map.n; i++)
        put_before(a, prefix, &v->u.map.pairs[i]);
}

struct str
prefix_location(struct arena *a, struct str prefix, struct str address)
{
    if (!prefix.n || !address.n || address.p[0] != '/')
        return address;
    return arena_fmt(a, "%.*s%.*s", STR_ARG(prefix), STR_ARG(address));
}
