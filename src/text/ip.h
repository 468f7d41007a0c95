/* SPDX-License-Identifier: ISC */
#ifndef TEXT_IP_H
#define TEXT_IP_H

#include "base/arena.h"

/* An address as 16 bytes; IPv4 is stored as ::ffff:a.b.c.d, so an
 * IPv4-mapped form is the same address. */
struct ip {
    uint8_t b[16];
};

struct cidr {
    struct ip net;
    int bits; /* 0..128, of the 16-byte form */
};

/* ip_read -- dotted quad (four decimal parts, no leading zeros) or IPv6
 * without zone.  "10.0.0" is refused. */
bool ip_read(struct str s, struct ip *out);

/* ip_show -- shortest text; mapped addresses as dotted quad. */
struct str ip_show(struct arena *a, const struct ip *ip);

/* cidr_read -- "10.0.0.0/8", "2001:db8::/32", or an address (= one host).
 * Host bits set are refused, as is a length with leading zeros. */
bool cidr_read(struct str s, struct cidr *out);

/* cidr_show -- canonical text, always with "/bits". */
struct str cidr_show(struct arena *a, const struct cidr *c);

/* cidr_holds -- is the address in the network?  A network that reaches beyond
 * the IPv4 part, "::/0" say, holds IPv6 addresses only. */
bool cidr_holds(const struct cidr *c, const struct ip *ip);

/* ip_loopback -- 127.0.0.0/8 or ::1: this machine. */
bool ip_loopback(const struct ip *ip);

/*
 * ip_public -- is this an address of the public Internet, by the registries of
 * special addresses (RFC 6890)?  Not: private, loopback, link-local, shared,
 * documentation, multicast and reserved ones; IPv6 outside 2000::/3, and those
 * inside it that carry an IPv4 address (6to4, Teredo); the one public address
 * at which a cloud gives out metadata.
 */
bool ip_public(const struct ip *ip);

#endif
