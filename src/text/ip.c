/* SPDX-License-Identifier: ISC */
#include "text/ip.h"

#include <arpa/inet.h>
#include <string.h>

/* ::ffff:0:0/96 holds IPv4. */
enum { V4_BITS = 96, V4_AT = 12 };
static const uint8_t v4_head[V4_AT] = { [10] = 0xff, [11] = 0xff };

static bool
is_v4(const struct ip *ip)
{
    return memcmp(ip->b, v4_head, sizeof v4_head) == 0;
}

static bool
is_address_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
        (c >= 'A' && c <= 'F') || c == ':' || c == '.';
}

bool
ip_read(struct str s, struct ip *out)
{
    char z[INET6_ADDRSTRLEN];
    if (s.n == 0 || s.n >= sizeof z)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!is_address_char(s.p[i]))
            return false;
    memcpy(z, s.p, s.n);
    z[s.n] = '\0';

    struct in6_addr six;
    if (inet_pton(AF_INET6, z, &six) == 1) {
        memcpy(out->b, six.s6_addr, sizeof out->b);
        return true;
    }
    struct in_addr four;
    if (inet_pton(AF_INET, z, &four) != 1)
        return false;
    memcpy(out->b, v4_head, sizeof v4_head);
    memcpy(out->b + V4_AT, &four, sizeof four);
    return true;
}

struct str
ip_show(struct arena *a, const struct ip *ip)
{
    char z[INET6_ADDRSTRLEN];
    const char *done = is_v4(ip)
        ? inet_ntop(AF_INET, ip->b + V4_AT, z, sizeof z)
        : inet_ntop(AF_INET6, ip->b, z, sizeof z);
    must(done != NULL);
    return arena_dup(a, str_cstr(z));
}

/* Are all bits from `bits` on zero? */
static bool
is_network(const struct ip *ip, int bits)
{
    for (int i = bits; i < 128; i++)
        if (ip->b[i / 8] & (0x80 >> i % 8))
            return false;
    return true;
}

bool
cidr_read(struct str s, struct cidr *out)
{
    struct str address, length;
    struct cidr c;
    bool has_length = str_cut(s, '/', &address, &length);
    if (!ip_read(address, &c.net))
        return false;
    /* how the address is written says what its prefix length counts */
    int shift = str_find(address, ':') == address.n ? V4_BITS : 0;
    int64_t bits = 128 - shift;
    if (has_length) {
        bool leading_zero = length.n > 1 && length.p[0] == '0';
        if (length.n > 3 || leading_zero || !str_int(length, &bits) ||
            bits < 0 || bits > 128 - shift || length.p[0] == '-')
            return false;
    }
    c.bits = (int)bits + shift;
    if (!is_network(&c.net, c.bits))
        return false;
    *out = c;
    return true;
}

struct str
cidr_show(struct arena *a, const struct cidr *c)
{
    bool four = is_v4(&c->net) && c->bits >= V4_BITS;
    return arena_fmt(a, "%.*s/%d", STR_ARG(ip_show(a, &c->net)),
        four ? c->bits - V4_BITS : c->bits);
}

bool
cidr_holds(const struct cidr *c, const struct ip *ip)
{
    if (c->bits < V4_BITS && is_v4(ip))
        return false;
    for (int i = 0; i < c->bits; i++)
        if ((c->net.b[i / 8] ^ ip->b[i / 8]) & (0x80 >> i % 8))
            return false;
    return true;
}

bool
ip_public(const struct ip *ip)
{
    static const char *const special[] = {
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8",
        "168.63.129.16/32", /* metadata of Azure */
        "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    };
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    bool v4 = memcmp(ip->b, mapped, sizeof mapped) == 0;
    if (!v4 && (ip->b[0] & 0xe0) != 0x20)
        return false;
    for (size_t i = 0; i < COUNT_OF(special); i++) {
        struct cidr c;
        must(cidr_read(str_cstr(special[i]), &c));
        if (cidr_holds(&c, ip))
            return false;
    }
    return true;
}

bool
ip_loopback(const struct ip *ip)
{
    static const uint8_t six[16] = { [15] = 1 };
    static const uint8_t four[13] = { [10] = 0xff, [11] = 0xff, [12] = 127 };
    return memcmp(ip->b, six, sizeof six) == 0 ||
        memcmp(ip->b, four, sizeof four) == 0;
}
