/* SPDX-License-Identifier: ISC */
#include "secret/random.h"

#include "secret/mac.h"

#include <sodium.h>

enum { B62 = 62, B62_FAIR = 248 /* 4 * 62: the last fair byte, and one */ };

void
random_bytes(void *p, size_t n)
{
    randombytes_buf(p, n);
}

void
random_b62(char *out, size_t n)
{
    uint8_t drawn[64];
    size_t done = 0;
    while (done < n) {
        randombytes_buf(drawn, sizeof drawn);
        for (size_t i = 0; i < sizeof drawn && done < n; i++)
            if (drawn[i] < B62_FAIR)
                out[done++] = B62_DIGITS[drawn[i] % B62];
    }
    sodium_memzero(drawn, sizeof drawn);
}

struct str
random_token(struct arena *a)
{
    uint8_t drawn[32];
    randombytes_buf(drawn, sizeof drawn);
    struct str token =
        b64_show(a, (struct str){ (const char *)drawn, sizeof drawn });
    sodium_memzero(drawn, sizeof drawn);
    return token;
}

struct str
random_uuid(struct arena *a, int64_t unix_ms)
{
    must(unix_ms >= 0 && unix_ms < (int64_t)1 << 48);
    uint8_t b[16];
    randombytes_buf(b, sizeof b);
    for (int i = 0; i < 6; i++)
        b[i] = (uint8_t)((uint64_t)unix_ms >> (40 - 8 * i));
    b[6] = (uint8_t)(0x70 | (b[6] & 0x0f)); /* version 7 */
    b[8] = (uint8_t)(0x80 | (b[8] & 0x3f)); /* variant of RFC 9562 */
    return arena_fmt(a,
        "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
        "%02x%02x%02x%02x%02x%02x",
        b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10],
        b[11], b[12], b[13], b[14], b[15]);
}
