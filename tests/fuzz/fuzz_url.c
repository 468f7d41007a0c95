/* SPDX-License-Identifier: ISC */
/* Any request target: refused, or one canonical path that stays itself when
 * it is encoded and read again. */
#include "text/url.h"
#include "text/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
check_path(struct str path)
{
    struct str rest, segment;
    must(path.n > 0 && path.p[0] == '/');
    must(utf8_valid(path));
    must(str_find(path, '%') == path.n && str_find(path, '\\') == path.n);
    must(str_find(path, '\0') == path.n);
    rest = str_from(path, 1);
    while (str_cut(rest, '/', &segment, &rest))
        must(segment.n > 0 && !str_is(segment, ".") && !str_is(segment, ".."));
    must(!str_is(segment, ".") && !str_is(segment, ".."));
}

static void
check_again(struct arena *a, struct str path)
{
    struct buf b;
    struct err err;
    struct str rest = path, segment, again, query;
    buf_init(&b, a, BUF_MAX_PAGE);
    while (str_cut(rest, '/', &segment, &rest)) {
        url_encode(&b, segment);
        buf_char(&b, '/');
    }
    url_encode(&b, segment);
    err_init(&err, a);
    must(url_path(a, buf_view(&b), &again, &query, &err) == ERR_OK);
    must(str_eq(path, again) && query.n == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct arena *a = arena_new(0);
    struct str s = { (const char *)p, n }, path, query;
    struct err err;
    err_init(&err, a);
    bool ok = url_path(a, s, &path, &query, &err) == ERR_OK;
    if (ok) {
        check_path(path);
        check_again(a, path);
    }
    if (url_local(s))
        must(s.p[0] == '/' && (ok || str_find(s, '#') < s.n));
    if (url_http(s))
        must(str_find(s, '?') == s.n && str_find(s, '#') == s.n && n <= 500);
    arena_free(a);
    return 0;
}
