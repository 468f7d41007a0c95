/* SPDX-License-Identifier: ISC */
#include "secret/keytext.h"

#include "secret/random.h"

#include <sodium.h>
#include <string.h>
#include <zlib.h>

enum {
    TAG = 5,     /* "_krs_" */
    SECRET = 32,
    CHECKSUM = 6, /* 62^5 < 2^32 < 62^6 */
    BODY = KEYTEXT_PREFIX + TAG + SECRET /* what the checksum is taken of */
};

static const char tags[][TAG + 1] = {
    [KEYTEXT_STANDARD] = "_krs_",
    [KEYTEXT_MANAGEMENT] = "_krm_",
    [KEYTEXT_ADMIN] = "_kra_",
};

_Static_assert((int)KEYTEXT_CHARS == (int)BODY + (int)CHECKSUM, "lengths");
_Static_assert((int)KEYTEXT_HASH == (int)crypto_hash_sha256_BYTES, "SHA-256");

static bool
is_b62(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char c = p[i];
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                (c >= 'a' && c <= 'z')))
            return false;
    }
    return true;
}

static void
put_checksum(const char *body, char out[CHECKSUM])
{
    unsigned long crc = crc32(0, (const Bytef *)body, BODY);
    for (int i = CHECKSUM - 1; i >= 0; i--) {
        out[i] = B62_DIGITS[crc % 62];
        crc /= 62;
    }
}

struct str
keytext_make(struct arena *a, struct str prefix, enum keytext_kind kind)
{
    must(prefix.n == KEYTEXT_PREFIX && is_b62(prefix.p, prefix.n));
    must((size_t)kind < COUNT_OF(tags));
    char *p = arena_alloc(a, KEYTEXT_CHARS + 1);
    memcpy(p, prefix.p, KEYTEXT_PREFIX);
    memcpy(p + KEYTEXT_PREFIX, tags[kind], TAG);
    random_b62(p + KEYTEXT_PREFIX + TAG, SECRET);
    put_checksum(p, p + BODY);
    return (struct str){ p, KEYTEXT_CHARS };
}

/* COUNT_OF(tags) when it has none of them, or another length. */
static size_t
find_tag(struct str text)
{
    size_t k = 0;
    if (text.n != KEYTEXT_CHARS)
        return COUNT_OF(tags);
    while (k < COUNT_OF(tags) &&
        memcmp(text.p + KEYTEXT_PREFIX, tags[k], TAG) != 0)
        k++;
    return k;
}

bool
keytext_ours(struct str text)
{
    return find_tag(text) < COUNT_OF(tags);
}

bool
keytext_read(struct str text, struct str *prefix, enum keytext_kind *kind)
{
    size_t k = find_tag(text);
    if (k == COUNT_OF(tags) || !is_b62(text.p, KEYTEXT_PREFIX) ||
        !is_b62(text.p + KEYTEXT_PREFIX + TAG, SECRET + CHECKSUM))
        return false;
    /* typos and junk end here, before the database; it is no proof of more */
    char expected[CHECKSUM];
    put_checksum(text.p, expected);
    if (memcmp(text.p + BODY, expected, CHECKSUM) != 0)
        return false;
    *prefix = str_head(text, KEYTEXT_PREFIX);
    *kind = (enum keytext_kind)k;
    return true;
}

size_t
keytext_find(struct str text, size_t at)
{
    while (at + KEYTEXT_CHARS <= text.n) {
        /* the '_' before the tag is the rarest fixed character */
        const char *from = text.p + at + KEYTEXT_PREFIX;
        const char *tag = memchr(from, '_',
            text.n - at - KEYTEXT_CHARS + 1);
        struct str prefix;
        enum keytext_kind kind;
        if (!tag)
            break;
        at = (size_t)(tag - text.p) - KEYTEXT_PREFIX;
        if (tag[1] == 'k' && tag[2] == 'r' &&
            keytext_read((struct str){ text.p + at, KEYTEXT_CHARS }, &prefix,
                &kind))
            return at;
        at++;
    }
    return text.n;
}

void
keytext_hash(struct str text, uint8_t out[KEYTEXT_HASH])
{
    crypto_hash_sha256(out, (const uint8_t *)text.p, text.n);
}
