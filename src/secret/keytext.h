/* SPDX-License-Identifier: ISC */
#ifndef SECRET_KEYTEXT_H
#define SECRET_KEYTEXT_H

/*
 * The text of an API key:  PPPPPPPP_krs_SSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSCCCCCC
 * 8 base62 public characters (the prefix), a kind tag (krs, krm, kra), 32
 * base62 secret characters (190 bits), 6 base62 characters of CRC-32 over all
 * before them (zero-padded).  Source: PRODUCT.md section 2.
 */

#include "base/arena.h"

enum keytext_kind { KEYTEXT_STANDARD, KEYTEXT_MANAGEMENT, KEYTEXT_ADMIN };

enum {
    KEYTEXT_CHARS = 51,
    KEYTEXT_PREFIX = 8,
    KEYTEXT_LAST = 4,  /* characters shown at the end of the masked form */
    KEYTEXT_HASH = 32  /* bytes of keytext_hash */
};

/* keytext_make -- a new key text with this prefix (KEYTEXT_PREFIX base62
 * characters); request lifetime. */
struct str keytext_make(struct arena *a, struct str prefix,
    enum keytext_kind kind);

/*
 * keytext_read -- is this a well-formed key? Checks length, alphabet, tag and
 * checksum; touches nothing else.
 * prefix  out: view into `text`
 */
bool keytext_read(struct str text, struct str *prefix,
    enum keytext_kind *kind);

/* keytext_ours -- has it the length and the tag of our form?  Then a wrong
 * checksum is a typo, and not somebody else's form. */
bool keytext_ours(struct str text);

/*
 * keytext_find -- the first whole key in any bytes, from `at` on; its place,
 * or text.n.  Keys are told from what looks like them by their checksum, so
 * what stands before and after does not matter.
 */
size_t keytext_find(struct str text, size_t at);

/* keytext_hash -- SHA-256 of the whole text. */
void keytext_hash(struct str text, uint8_t out[KEYTEXT_HASH]);

#endif
