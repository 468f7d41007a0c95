/* SPDX-License-Identifier: ISC */

/*
 * Any bytes as the text of a key.  Properties: what is taken matches the
 * published pattern, its prefix lies in it, and its checksum agrees with a
 * CRC-32 computed here bit by bit; the same bytes, mended into a key, are
 * taken, and are refused when one character is changed.
 */

#include "secret/keytext.h"

#include <stddef.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BODY = 45, CHECKSUM = 6, TAG_AT = 8, KIND_AT = 11, TAG_END = 13 };

static const char digits[] =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static void
checksum_slow(const char *p, char out[CHECKSUM])
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < BODY; i++) {
        crc ^= (unsigned char)p[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
    }
    crc = ~crc;
    for (int i = CHECKSUM - 1; i >= 0; i--) {
        out[i] = digits[crc % 62];
        crc /= 62;
    }
}

static void
check_taken(struct str text, struct str prefix, enum keytext_kind kind)
{
    char sum[CHECKSUM];
    must(text.n == KEYTEXT_CHARS);
    must(prefix.p == text.p && prefix.n == KEYTEXT_PREFIX);
    must(memcmp(text.p + TAG_AT, "_kr", 3) == 0 && text.p[12] == '_');
    must(text.p[KIND_AT] == "sma"[kind]);
    for (size_t i = 0; i < KEYTEXT_CHARS; i++)
        if (i < TAG_AT || i >= TAG_END)
            must(text.p[i] && strchr(digits, text.p[i]));
    checksum_slow(text.p, sum);
    must(memcmp(sum, text.p + BODY, CHECKSUM) == 0);
}

/* data: 45 bytes made into a body, then a place, and a character for it */
static void
check_mended(const uint8_t *data)
{
    char key[KEYTEXT_CHARS];
    struct str text = { key, sizeof key }, prefix;
    enum keytext_kind kind;
    for (size_t i = 0; i < BODY; i++)
        key[i] = digits[data[i] % 62];
    memcpy(key + TAG_AT, "_krs_", 5);
    key[KIND_AT] = "sma"[data[TAG_AT] % 3];
    checksum_slow(key, key + BODY);
    must(keytext_read(text, &prefix, &kind));
    check_taken(text, prefix, kind);
    size_t at = data[BODY] % KEYTEXT_CHARS;
    char was = key[at];
    key[at] = (char)data[BODY + 1];
    must(keytext_read(text, &prefix, &kind) == (key[at] == was));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(1024);
    char *copy = arena_alloc(a, size);
    if (size)
        memcpy(copy, data, size);
    struct str text = { copy, size }, prefix;
    enum keytext_kind kind;
    if (keytext_read(text, &prefix, &kind))
        check_taken(text, prefix, kind);
    if (size >= BODY + 2)
        check_mended(data);
    uint8_t hash[KEYTEXT_HASH];
    keytext_hash(text, hash);
    arena_free(a);
    return 0;
}
