/* SPDX-License-Identifier: ISC */
#include "http/route.h"

const struct field FIELDS_BY_HANDLER[1] = { { .name = NULL } };

#include "base/buf.h"

#include <string.h>

/*
 * Does a row's path fit?  One walk over both, byte by byte: most rows end at
 * their first difference, so a table of some hundred rows needs no index.
 * With `params`, the values are noted on the way.
 */
static bool
path_fits(const struct route *row, struct str path, struct req *params)
{
    const char *pattern = row->path;
    /* ids of this family are names of models too */
    bool slashes = row->face == FACE_AIX;
    const char *p = path.p;
    const char *end = path.p + path.n;
    while (*pattern) {
        if (*pattern != '{') {
            if (p == end || *p != *pattern)
                return false;
            p++;
            pattern++;
            continue;
        }
        const char *value = p;
        while (p < end && *p != '/')
            p++;
        if (p == value)
            return false;
        const char *close = strchr(pattern, '}');
        must(close != NULL);
        if (!slashes && memchr(value, '%', (size_t)(p - value)))
            return false;
        if (params) {
            must(params->n_params < PARAM_MAX);
            params->params[params->n_params++] = (struct param){
                .name = { pattern + 1, (size_t)(close - pattern - 1) },
                .value = { value, (size_t)(p - value) }
            };
        }
        pattern = close + 1;
    }
    return p == end;
}

/*
 * Of two paths that fit the same request: <0 when the first is the more
 * literal one, 0 when they differ at most in the names of parameters.
 */
static int
path_cmp(const char *a, const char *b)
{
    while (*a && *b) {
        bool param_a = *a == '{', param_b = *b == '{';
        if (param_a != param_b)
            return param_a ? 1 : -1;
        a = param_a ? strchr(a, '}') : a;
        b = param_b ? strchr(b, '}') : b;
        must(a != NULL && b != NULL);
        a++;
        b++;
    }
    return 0;
}

/* "%2F" -> "/": the one escape that a path may still hold. */
static struct str
decode_slashes(struct arena *a, struct str s)
{
    static const struct str slash = STR_INIT("%2F");
    char *out = arena_alloc(a, s.n);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        bool escaped = str_starts(str_from(s, i), slash);
        out[n++] = escaped ? '/' : s.p[i];
        i += escaped ? slash.n - 1 : 0;
    }
    return (struct str){ out, n };
}

static struct str
allow_text(struct arena *a, unsigned methods)
{
    if (methods & 1u << METHOD_GET)
        methods |= 1u << METHOD_HEAD;
    struct buf b;
    buf_init(&b, a, BUF_MAX_FIELD);
    for (int m = METHOD_GET; m < METHOD_OTHER; m++) {
        if (!(methods & 1u << m))
            continue;
        buf_cstr(&b, b.n ? ", " : "");
        buf_cstr(&b, method_name((enum method)m));
    }
    return buf_view(&b);
}

enum err_code
route_find(const struct route *table, size_t n, struct req *req,
    const struct route **out, struct str *allow, struct arena *a,
    struct err *err)
{
    enum method want = req->method == METHOD_HEAD ? METHOD_GET : req->method;
    const struct route *best = NULL; /* a row of the most literal path */
    const struct route *hit = NULL;  /* the row of that path and the method */
    unsigned methods = 0;            /* which methods that path has */
    char second = req->path.n > 1 ? req->path.p[1] : '\0';
    *out = NULL;
    *allow = (struct str){ NULL, 0 };
    req->n_params = 0;
    for (size_t i = 0; i < n; i++) {
        const struct route *row = table + i;
        /* most rows differ here already: not worth a call */
        if (row->path[1] != second && row->path[1] != '{')
            continue;
        if (!path_fits(row, req->path, NULL))
            continue;
        int order = best ? path_cmp(row->path, best->path) : -1;
        if (order > 0)
            continue;
        if (order < 0) {
            best = row;
            hit = NULL;
            methods = 0;
        }
        methods |= 1u << row->method;
        if (row->method == want)
            hit = row;
    }
    if (!best)
        return ERR(err, ERR_NOT_FOUND, "There is nothing at this address.");
    if (!hit) {
        *allow = allow_text(a, methods);
        return ERR(err, ERR_METHOD, "This address takes only %.*s.",
            STR_ARG(*allow));
    }
    bool fits = path_fits(hit, req->path, req);
    must(fits);
    for (size_t i = 0; i < req->n_params; i++)
        if (str_find(req->params[i].value, '%') < req->params[i].value.n)
            req->params[i].value = decode_slashes(a, req->params[i].value);
    *out = hit;
    return ERR_OK;
}
