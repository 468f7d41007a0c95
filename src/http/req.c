/* SPDX-License-Identifier: ISC */
#include "http/req.h"

#include "base/clock.h"
#include "http/cookie.h"
#include "secret/keytext.h"
#include "secret/random.h"
#include "text/json.h"
#include "text/url.h"

#include <string.h>

static const char *const method_names[] = {
    [METHOD_GET] = "GET",       [METHOD_HEAD] = "HEAD",
    [METHOD_POST] = "POST",     [METHOD_PUT] = "PUT",
    [METHOD_PATCH] = "PATCH",   [METHOD_DELETE] = "DELETE",
    [METHOD_OTHER] = "OTHER",
};

const char *
method_name(enum method m)
{
    return method_names[m];
}

static enum method
method_read(struct str text)
{
    for (int m = METHOD_GET; m < METHOD_OTHER; m++)
        if (str_is(text, method_names[m]))
            return (enum method)m;
    return METHOD_OTHER;
}

struct str
req_header(const struct req *r, const char *name)
{
    return form_get(&r->headers, name);
}

struct str
req_param(const struct req *r, const char *name)
{
    size_t i = 0;
    while (i < r->n_params && !str_is(r->params[i].name, name))
        i++;
    must(i < r->n_params);
    return r->params[i].value;
}

struct str
req_query(const struct req *r, const char *name)
{
    return form_get(&r->query, name);
}

struct str
req_bearer(const struct req *r)
{
    struct str scheme, key;
    struct str h = req_header(r, "authorization");
    if (h.n == 0)
        return req_header(r, "x-api-key");
    if (str_cut(h, ' ', &scheme, &key) &&
        (str_eq_nocase(scheme, STR("Bearer")) ||
            str_eq_nocase(scheme, STR("Token"))))
        return str_trim(key);
    return h; /* a bare key, or something that is none */
}

bool
req_key_in_query(const struct pairs *query)
{
    struct str prefix;
    enum keytext_kind kind;
    for (size_t i = 0; i < query->n; i++)
        if (keytext_read(str_trim(query->items[i].value), &prefix, &kind))
            return true;
    return false;
}

bool
req_safe(const struct req *r)
{
    return r->method == METHOD_GET || r->method == METHOD_HEAD;
}

static bool
has_line_end(struct str s)
{
    return s.n && (memchr(s.p, '\n', s.n) || memchr(s.p, '\r', s.n) ||
        memchr(s.p, '\0', s.n));
}

/* Letters as in CGI names, and one mark for '-' and '_'. */
static char
name_fold(char c)
{
    if (c >= 'a' && c <= 'z')
        return (char)(c - 'a' + 'A');
    return c == '-' ? '_' : c;
}

static bool
name_same(struct str a, struct str b)
{
    if (a.n != b.n)
        return false;
    /* from the end: most names begin with HTTP_ */
    for (size_t i = a.n; i > 0; i--)
        if (name_fold(a.p[i - 1]) != name_fold(b.p[i - 1]))
            return false;
    return true;
}

/* Names that are the same have the same mark: each is compared with all
 * before it, so this spares most of the work. */
static uint32_t
name_mark(struct str s)
{
    if (s.n == 0)
        return 0;
    return (uint32_t)s.n << 16 |
        (uint32_t)(uint8_t)name_fold(s.p[s.n / 2]) << 8 |
        (uint8_t)name_fold(s.p[s.n - 1]);
}

static enum err_code
params_check(const struct pairs *params, struct err *err)
{
    uint32_t marks[REQ_PARAMS_MAX];
    if (params->n > REQ_PARAMS_MAX)
        return ERR(err, ERR_MALFORMED, "The request has too many headers.");
    size_t bytes = 0;
    for (size_t i = 0; i < params->n; i++) {
        const struct pair *p = &params->items[i];
        bytes += p->name.n + p->value.n;
        /* a piece of HTML that Debian's Apache adds, with a line end; nobody
         * reads it */
        bool signature = name_same(p->name, STR("SERVER_SIGNATURE"));
        if (has_line_end(p->name) || (!signature && has_line_end(p->value)))
            return ERR(err, ERR_MALFORMED,
                "A header of the request holds a byte that is not allowed.");
        marks[i] = name_mark(p->name);
        if (name_same(p->name, STR("HTTP_COOKIE")))
            continue;
        for (size_t k = 0; k < i; k++)
            if (marks[k] == marks[i] &&
                name_same(p->name, params->items[k].name))
                return ERR(err, ERR_MALFORMED,
                    "A header of the request was sent twice.");
    }
    if (bytes > REQ_PARAMS_BYTES)
        return ERR(err, ERR_MALFORMED, "The request's headers are too long.");
    return ERR_OK;
}

/* "X_FOO" -> "x-foo" */
static struct str
header_name(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n);
    for (size_t i = 0; i < s.n; i++) {
        char c = name_fold(s.p[i]);
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        p[i] = c == '_' ? '-' : c;
    }
    return (struct str){ p, s.n };
}

/* out->headers.items has room for one pair a parameter. */
static void
header_put(struct req *out, struct str name, struct str value)
{
    out->headers.items[out->headers.n++] = (struct pair){ name, value };
}

static void
header_take(struct arena *a, struct str name, struct str value,
    struct req *out)
{
    struct str header = header_name(a, name);
    if (str_is(header, "cookie"))
        cookie_read(a, value, &out->cookies);
    else if (header.n && !str_is(header, "content-type"))
        header_put(out, header, value);
}

static void
content_type_take(struct arena *a, struct str value, struct req *out)
{
    struct str type, parameters;
    if (value.n == 0)
        return;
    header_put(out, STR("content-type"), value);
    str_cut(value, ';', &type, &parameters);
    out->content_type = str_lower(a, str_trim(type));
}

static void
param_take(struct arena *a, const struct pair *p, struct req *out)
{
    struct str name = p->name, value = p->value;
    const struct str http = STR("HTTP_");
    if (str_starts(name, http))
        header_take(a, str_from(name, http.n), value, out);
    else if (str_is(name, "REQUEST_METHOD"))
        out->method_text = value;
    else if (str_is(name, "REQUEST_URI"))
        out->target = value;
    else if (str_is(name, "REMOTE_ADDR"))
        out->peer_text = value;
    else if (str_is(name, "CONTENT_TYPE"))
        content_type_take(a, value, out);
    else if (str_is(name, "FCGI_ROLE"))
        out->authorizer = str_is(value, "AUTHORIZER");
    else if (str_is(name, "KEYLODGE_PASS_ON"))
        out->pass_on = value; /* of the server's configuration: a client can
                                 set names that begin with HTTP_ alone */
    else if (str_is(name, "KEYLODGE_UNSEEN"))
        out->unseen = str_is(value, "on"); /* likewise */
    else if (str_is(name, "HTTPS"))
        out->https = out->https || str_is(value, "on");
    else if (str_is(name, "REQUEST_SCHEME"))
        out->https = out->https || str_is(value, "https");
}

/* Of a request that is not read on: where it goes, since its refusal has the
 * shape of that place. */
static void
place_take(struct arena *a, const struct pairs *params, struct req *out)
{
    static const char *const names[] = { "REQUEST_URI", "REQUEST_METHOD",
        "FCGI_ROLE" };
    struct err unread;
    err_init(&unread, a);
    for (size_t i = 0; i < params->n; i++)
        for (size_t k = 0; k < COUNT_OF(names); k++)
            if (str_is(params->items[i].name, names[k]))
                param_take(a, &params->items[i], out);
    out->method = method_read(out->method_text);
    if (url_path_kept(a, out->target, &out->path, &out->query_text, &unread))
        out->path = (struct str){ NULL, 0 };
}

enum err_code
req_build(struct arena *a, const struct pairs *params, struct req *out,
    struct err *err)
{
    *out = (struct req){ .method = METHOD_OTHER,
        .id = random_uuid(a, clock_now_ms()) };
    if (params_check(params, err) != ERR_OK) {
        place_take(a, params, out);
        return err->code;
    }
    out->headers.items = arena_array(a, params->n, sizeof(struct pair));
    for (size_t i = 0; i < params->n; i++)
        param_take(a, &params->items[i], out);
    out->method = method_read(out->method_text);
    if (out->method_text.n == 0)
        return ERR(err, ERR_MALFORMED, "The web server sent no method.");
    /* address lists and throttles stand on it: nothing goes without */
    if (!ip_read(out->peer_text, &out->peer))
        return ERR(err, ERR_MALFORMED,
            "The web server sent no client address.");
    if (url_path_kept(a, out->target, &out->path, &out->query_text, err)) {
        out->path = (struct str){ NULL, 0 };
        return err->code;
    }
    return form_read(a, out->query_text, &out->query, err);
}

struct str
req_here(struct arena *a, const struct req *r)
{
    struct buf b;
    struct str rest = r->path, segment;
    buf_init(&b, a, BUF_MAX_FIELD);
    for (bool more = true; more;) {
        more = str_cut(rest, '/', &segment, &rest);
        url_encode(&b, segment);
        if (more)
            buf_char(&b, '/');
    }
    if (r->query_text.n) {
        buf_char(&b, '?');
        buf_str(&b, r->query_text);
    }
    return buf_view(&b);
}

enum err_code
req_content_length(const struct pairs *params, size_t max, size_t *out,
    struct err *err)
{
    struct str text = { NULL, 0 };
    size_t seen = 0, n = 0;
    bool coded = false;
    *out = 0;
    for (size_t i = 0; i < params->n; i++)
        if (name_same(params->items[i].name, STR("CONTENT_LENGTH"))) {
            text = params->items[i].value;
            seen++;
        } else if (name_same(params->items[i].name,
                       STR("HTTP_TRANSFER_ENCODING"))) {
            coded = true;
        }
    if (seen > 1)
        return ERR(err, ERR_MALFORMED, "The length was sent twice.");
    if (coded && text.n == 0)
        return ERR(err, ERR_MALFORMED, "The length of the body is needed "
            "here: send Content-Length instead of a chunked body.");
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < '0' || text.p[i] > '9')
            return ERR(err, ERR_MALFORMED,
                "The length of the request is not a number.");
    for (size_t i = 0; i < text.n; i++) {
        size_t digit = (size_t)(text.p[i] - '0');
        if (digit > max || n > (max - digit) / 10)
            return ERR(err, ERR_TOO_LARGE,
                "The request is larger than the %zu bytes allowed here.", max);
        n = n * 10 + digit;
    }
    *out = n;
    return ERR_OK;
}

enum err_code
req_read_body(struct arena *a, struct req *r, struct err *err)
{
    if (r->body.n == 0)
        return ERR_OK;
    if (str_is(r->content_type, "application/x-www-form-urlencoded"))
        return form_read(a, r->body, &r->form, err);
    if (str_is(r->content_type, "application/json"))
        return json_read(a, r->body, &r->json, err);
    return ERR(err, ERR_MEDIA_TYPE,
        "Send this as a form or as application/json.");
}
