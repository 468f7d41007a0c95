/* SPDX-License-Identifier: ISC */
#ifndef SECRET_MAC_H
#define SECRET_MAC_H

#include "base/arena.h"
#include "secret/secret.h"

enum { MAC_BYTES = 32, DIGEST_BYTES = 32, MAC_KEY_MIN = 16,
    MAC_SHORT_BYTES = 16 };

/* mac_make -- HMAC-SHA-256 of the parts, each preceded by its length as eight
 * little-endian bytes, so that ("ab","c") and ("a","bc") differ. */
void mac_make(const struct secrets *s, enum subkey which,
    const struct str *parts, size_t n_parts, uint8_t out[MAC_BYTES]);

/*
 * mac_raw -- plain HMAC-SHA-256 (RFC 2104) of one message, for signatures that
 * others make or check too.
 * key  at least MAC_KEY_MIN bytes; a shorter one, or an empty one, is our own
 *      fault and aborts: it would let anybody sign
 */
void mac_raw(struct str key, struct str msg, uint8_t out[MAC_BYTES]);

/*
 * mac_short -- keyed BLAKE2b of one message, where each call at the gate makes
 * some and nobody else has to know how (SECURITY.md 0.2).
 * key  of SUBKEY_BYTES
 */
void mac_short(const uint8_t *key, const void *p, size_t n,
    uint8_t out[MAC_SHORT_BYTES]);

/* mac_equal -- constant time. */
NODISCARD bool mac_equal(const void *a, const void *b, size_t n);

/* digest -- SHA-256 of the parts, lengths included as in mac_make. For names
 * of things that are no secret: audit chain, content of static files. */
void digest(const struct str *parts, size_t n_parts,
    uint8_t out[DIGEST_BYTES]);

/*
 * A digest that grows: SHA-256 of all bytes that were added, without lengths.
 * The struct is plain memory of the caller.
 */
struct digester {
    uint64_t room[13];
};
void digest_begin(struct digester *d);
void digest_add(struct digester *d, const void *p, size_t n);
void digest_end(struct digester *d, uint8_t out[DIGEST_BYTES]);

/*
 * b64_show, b64_read -- URL-safe base64 without padding; request lifetime.
 * b64_read gives false for any other character, for padding, and for a text
 * that b64_show would have written otherwise.
 */
struct str b64_show(struct arena *a, struct str bytes);
NODISCARD bool b64_read(struct arena *a, struct str text, struct str *bytes);

/* b64_plain -- base64 as of old, with + and / and padding; request lifetime. */
struct str b64_plain(struct arena *a, struct str bytes);

#endif
