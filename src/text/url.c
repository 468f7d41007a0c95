/* SPDX-License-Identifier: ISC */
#include "text/url.h"

#include "text/hex.h"
#include "text/ip.h"
#include "text/utf8.h"

#include <string.h>

enum { LOCAL_MAX = 1024, HTTP_MAX = 500, HOST_MAX = 253, LABEL_MAX = 63 };

static bool
is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
        (c >= '0' && c <= '9');
}

static bool
is_unreserved(char c)
{
    return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_' ||
        c == '~';
}

/* Everything that can be seen in ASCII; a space cannot. */
static bool
is_visible(char c)
{
    return c > ' ' && c < 0x7f;
}

/*
 * Decode the escapes of s once into out (s.n bytes at least).
 * Returns ERR_MALFORMED at a bad escape and at bytes that no path of ours
 * has, ERR_NOT_FOUND at an encoded slash, unless those are kept as they are.
 */
static enum err_code
decode_path(struct str s, bool keep, char *out, size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool escaped = c == '%';
        if (escaped) {
            int high = i + 2 < s.n ? hex_digit(s.p[i + 1]) : -1;
            int low = i + 2 < s.n ? hex_digit(s.p[i + 2]) : -1;
            if (high < 0 || low < 0)
                return ERR_MALFORMED;
            c = (char)(high << 4 | low);
            i += 2;
        }
        if (escaped && c == '/') {
            if (!keep)
                return ERR_NOT_FOUND;
            memcpy(out + *n, "%2F", 3);
            *n += 3;
            continue;
        }
        /* a '%' that is left over would be decoded again further on */
        if ((unsigned char)c < 0x20 || c == 0x7f || c == '\\' || c == '%')
            return ERR_MALFORMED;
        out[(*n)++] = c;
    }
    return ERR_OK;
}

/* No empty, "." or ".." segment; the last one may be empty. */
static bool
is_canonical(struct str path)
{
    struct str rest = str_from(path, 1), segment;
    while (str_cut(rest, '/', &segment, &rest))
        if (segment.n == 0 || str_is(segment, ".") || str_is(segment, ".."))
            return false;
    return !str_is(segment, ".") && !str_is(segment, "..");
}

/* Decode `raw` into `out` (raw.n bytes at least); ERR_OK when canonical. */
static enum err_code
read_path(struct str raw, bool keep, char *out, struct str *path)
{
    size_t n = 0;
    if (raw.n == 0 || raw.p[0] != '/')
        return ERR_MALFORMED;
    enum err_code code = decode_path(raw, keep, out, &n);
    if (code != ERR_OK)
        return code;
    *path = (struct str){ out, n };
    if (!utf8_valid(*path))
        return ERR_MALFORMED;
    return is_canonical(*path) ? ERR_OK : ERR_NOT_FOUND;
}

static enum err_code
path_of(struct arena *a, struct str target, bool keep, struct str *path,
    struct str *query, struct err *err)
{
    struct str raw;
    str_cut(target, '?', &raw, query);
    enum err_code code = read_path(raw, keep, arena_alloc(a, raw.n), path);
    if (code == ERR_MALFORMED)
        return ERR(err, code, "The address cannot be read.");
    if (code == ERR_NOT_FOUND)
        return ERR(err, code, "There is no page at this address.");
    return ERR_OK;
}

enum err_code
url_path(struct arena *a, struct str target, struct str *path,
    struct str *query, struct err *err)
{
    return path_of(a, target, false, path, query, err);
}

enum err_code
url_path_kept(struct arena *a, struct str target, struct str *path,
    struct str *query, struct err *err)
{
    return path_of(a, target, true, path, query, err);
}

void
url_encode(struct buf *out, struct str s)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (is_unreserved(s.p[i])) {
            buf_char(out, s.p[i]);
        } else {
            char escape[3] = { '%', digits[c >> 4], digits[c & 15] };
            buf_add(out, escape, sizeof escape);
        }
    }
}

bool
url_local(struct str s)
{
    char space[LOCAL_MAX];
    struct str path;
    if (s.n > LOCAL_MAX)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!is_visible(s.p[i]) || s.p[i] == '\\')
            return false;
    struct str raw = str_head(s, str_find(s, '#'));
    raw = str_head(raw, str_find(raw, '?'));
    return read_path(raw, false, space, &path) == ERR_OK;
}

/* "8080": 1..65535 without leading zeros. */
static bool
is_port(struct str s)
{
    int64_t n;
    return s.n > 0 && s.n <= 5 && s.p[0] != '0' && str_int(s, &n) && n > 0 &&
        n <= 65535;
}

static bool
is_label(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_letter_or_digit(s.p[i]) && s.p[i] != '-' && s.p[i] != '_')
            return false;
    return s.n > 0 && s.n <= LABEL_MAX && s.p[0] != '-' &&
        s.p[s.n - 1] != '-';
}

/*
 * A name of labels, or a dotted quad.  Readers of addresses take a name whose
 * last label looks like a number for an IPv4 address in one of many old
 * spellings ("127.1", "0x7f000001"); only the plain one is let through.
 */
static bool
is_host_name(struct str host)
{
    struct str rest = host, label;
    struct ip ip;
    bool more = true;
    if (host.n > HOST_MAX)
        return false;
    do {
        more = str_cut(rest, '.', &label, &rest);
        if (!is_label(label))
            return false;
    } while (more);
    return label.p[0] < '0' || label.p[0] > '9' || ip_read(host, &ip);
}

/* "host", "host:port", "[::1]", "[::1]:port". */
static bool
is_host_and_port(struct str s)
{
    struct str host, port;
    struct ip ip;
    if (s.n == 0 || s.p[0] != '[') {
        bool has_port = str_cut(s, ':', &host, &port);
        return is_host_name(host) && (!has_port || is_port(port));
    }
    if (!str_cut(str_from(s, 1), ']', &host, &port))
        return false;
    if (str_find(host, ':') == host.n || !ip_read(host, &ip))
        return false;
    return port.n == 0 || (port.p[0] == ':' && is_port(str_from(port, 1)));
}

/* What follows the host: nothing, or a path of RFC 3986 characters. */
static bool
is_plain_path(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '%') {
            if (i + 2 >= s.n || hex_digit(s.p[i + 1]) < 0 ||
                hex_digit(s.p[i + 2]) < 0)
                return false;
        } else if (!is_unreserved(c) && (!c || !strchr("/!$&'()*+,;=:@", c))) {
            return false;
        }
    }
    return true;
}

bool
url_http(struct str s)
{
    struct str scheme, rest;
    if (s.n > HTTP_MAX || !str_cut(s, ':', &scheme, &rest))
        return false;
    if (!str_eq_nocase(scheme, STR("http")) &&
        !str_eq_nocase(scheme, STR("https")))
        return false;
    if (!str_starts(rest, STR("//")))
        return false;
    rest = str_from(rest, 2);
    size_t slash = str_find(rest, '/');
    return is_host_and_port(str_head(rest, slash)) &&
        is_plain_path(str_from(rest, slash));
}
