/* SPDX-License-Identifier: ISC */
#include "http/exo2.h"

#include "base/buf.h"

static const struct str scheme = STR_INIT("EXO2-HMAC-SHA256");

enum { SIGNATURE_CHARS = 44, EXPIRES_MOST_CHARS = 12 };

bool
exo2_is(const struct req *r)
{
    struct str first, rest;
    (void)str_cut(req_header(r, "authorization"), ' ', &first, &rest);
    return str_eq_nocase(first, scheme);
}

/* "name=value," from the front of *rest; the last member has no comma. */
static bool
take(struct str *rest, struct str name, struct str *value)
{
    struct str member, after;
    (void)str_cut(*rest, ',', &member, &after);
    if (!str_starts(member, name))
        return false;
    *value = str_from(member, name.n);
    *rest = after;
    return true;
}

static int
b64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* 32 bytes are 43 digits and one '='; the last digit has two bits to spare,
 * which must be zero: one signature has one spelling. */
static bool
read_mac(struct str s, uint8_t out[EXO2_MAC_BYTES])
{
    uint32_t bits = 0;
    int n_bits = 0;
    size_t n = 0;
    if (s.n != SIGNATURE_CHARS || s.p[s.n - 1] != '=')
        return false;
    for (size_t i = 0; i + 1 < s.n; i++) {
        int digit = b64_digit(s.p[i]);
        if (digit < 0)
            return false;
        bits = (bits << 6 | (uint32_t)digit) & 0xffff;
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            out[n++] = (uint8_t)(bits >> n_bits);
        }
    }
    return n == EXO2_MAC_BYTES && (bits & ((1u << n_bits) - 1)) == 0;
}

static bool
read_expires(struct str s, int64_t *out)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n <= EXPIRES_MOST_CHARS && str_int(s, out);
}

bool
exo2_read(const struct req *r, struct exo2 *out)
{
    struct str first, rest, signature;
    *out = (struct exo2){ .credential = { NULL, 0 } };
    if (!str_cut(req_header(r, "authorization"), ' ', &first, &rest) ||
        !str_eq(first, scheme) ||
        !take(&rest, STR("credential="), &out->credential) ||
        out->credential.n == 0)
        return false;
    if (take(&rest, STR("signed-query-args="), &out->args) &&
        out->args.n == 0)
        return false;
    return take(&rest, STR("expires="), &out->expires_text) &&
        read_expires(out->expires_text, &out->expires_s) &&
        take(&rest, STR("signature="), &signature) && rest.n == 0 &&
        read_mac(signature, out->mac);
}

bool
exo2_fresh(const struct exo2 *e, int64_t now_s)
{
    return e->expires_s > now_s && e->expires_s <= now_s + EXO2_AHEAD_MOST_S;
}

/* How often an argument is in the query; *value: its last one. */
static size_t
count(const struct pairs *query, struct str name, struct str *value)
{
    size_t n = 0;
    *value = (struct str){ NULL, 0 };
    for (size_t i = 0; i < query->n; i++)
        if (str_eq(query->items[i].name, name)) {
            *value = query->items[i].value;
            n++;
        }
    return n;
}

static bool
is_named(struct str args, struct str name)
{
    struct str one;
    while (args.n) {
        (void)str_cut(args, ';', &one, &args);
        if (str_eq(one, name))
            return true;
    }
    return false;
}

bool
exo2_covers(const struct exo2 *e, const struct req *r)
{
    struct str value;
    for (size_t i = 0; i < r->query.n; i++) {
        struct str name = r->query.items[i].name;
        if (count(&r->query, name, &value) == 1 && value.n &&
            !is_named(e->args, name))
            return false;
    }
    return true;
}

struct str
exo2_message(struct arena *a, const struct exo2 *e, const struct req *r)
{
    struct str path, query, args = e->args, name, value;
    struct buf b;
    (void)str_cut(r->target, '?', &path, &query);
    buf_init(&b, a, BUF_MAX_PAGE);
    buf_str(&b, r->method_text);
    buf_char(&b, ' ');
    buf_str(&b, path);
    buf_char(&b, '\n');
    buf_str(&b, r->body);
    buf_char(&b, '\n');
    while (args.n) {
        (void)str_cut(args, ';', &name, &args);
        if (count(&r->query, name, &value) == 1)
            buf_str(&b, value);
    }
    buf_cstr(&b, "\n\n");
    buf_str(&b, e->expires_text);
    must(!b.full); /* header, query and body are bounded well below */
    return buf_view(&b);
}
