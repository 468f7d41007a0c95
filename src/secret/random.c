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
    /* an id is no secret, and every request makes one: its random bytes are
     * fetched for many at once */
    static _Thread_local uint8_t pool[64][16];
    static _Thread_local size_t left;
    if (left == 0) {
        randombytes_buf(pool, sizeof pool);
        left = COUNT_OF(pool);
    }
    uint8_t *b = pool[--left];
    for (int i = 0; i < 6; i++)
        b[i] = (uint8_t)((uint64_t)unix_ms >> (40 - 8 * i));
    b[6] = (uint8_t)(0x70 | (b[6] & 0x0f)); /* version 7 */
    b[8] = (uint8_t)(0x80 | (b[8] & 0x3f)); /* variant of RFC 9562 */
    static const char digits[] = "0123456789abcdef";
    char *z = arena_alloc(a, UUID_CHARS + 1);
    size_t at = 0;
    /* by hand: every request makes one, and printf was dearer than the rest */
    for (size_t i = 0; i < sizeof pool[0]; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            z[at++] = '-';
        z[at++] = digits[b[i] >> 4];
        z[at++] = digits[b[i] & 15];
    }
    return (struct str){ z, at };
}
