/* SPDX-License-Identifier: ISC */
#include "secret/foreign.h"

static bool
printable(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] <= ' ' || text.p[i] > '~')
            return false;
    return true;
}

bool
foreign_form(struct str text)
{
    return text.n >= FOREIGN_LEAST && text.n <= FOREIGN_MOST &&
        printable(text) && !keytext_ours(text);
}

size_t
foreign_hashes(struct str text, uint8_t out[FOREIGN_HASHES][KEYTEXT_HASH])
{
    if (!foreign_form(text))
        return 0;
    keytext_hash(text, out[0]);
    if (!str_starts(text, STR("sk-")))
        return 1;
    keytext_hash(str_from(text, 3), out[1]);
    return 2;
}

const char *
foreign_weak(struct str text)
{
    enum { KINDS_LEAST = 10, SPREAD_LEAST = 6 };
    size_t counts[256] = { 0 };
    size_t kinds = 0, pairs = 0, steps = 0;
    if (!foreign_form(text))
        return "it is not 20 to 256 printable characters without blanks";
    for (size_t i = 0; i < text.n; i++) {
        kinds += counts[(unsigned char)text.p[i]]++ == 0;
        int step = i ? text.p[i] - text.p[i - 1] : 2;
        steps += step >= -1 && step <= 1;
    }
    for (size_t i = 0; i < COUNT_OF(counts); i++)
        pairs += counts[i] * counts[i];
    if (kinds < KINDS_LEAST || SPREAD_LEAST * pairs > text.n * text.n)
        return "it repeats the same few characters";
    return steps * 2 > text.n ? "its characters follow each other" : NULL;
}

void
foreign_mac(const uint8_t *key, const uint8_t hash[KEYTEXT_HASH],
    uint8_t out[MAC_BYTES])
{
    mac_raw((struct str){ (const char *)key, SUBKEY_BYTES },
        (struct str){ (const char *)hash, KEYTEXT_HASH }, out);
}
