/* SPDX-License-Identifier: ISC */
#include "secret/totp.h"

#include "secret/mac.h"

#include <liboath/oath.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

void
totp_code(struct str seed, int64_t step, char out[TOTP_DIGITS + 1])
{
    must(seed.n > 0);
    must(oath_totp_generate(seed.p, seed.n, (time_t)(step * TOTP_STEP_S),
        TOTP_STEP_S, 0, TOTP_DIGITS, out) == OATH_OK);
}

int64_t
totp_match(struct str seed, struct str code, int64_t now_s, int64_t after)
{
    int64_t now = now_s / TOTP_STEP_S, found = 0;
    if (code.n != TOTP_DIGITS)
        return 0;
    for (int64_t step = now - 1; step <= now; step++) {
        char want[TOTP_DIGITS + 1];
        totp_code(seed, step, want);
        if (mac_equal(want, code.p, TOTP_DIGITS) && step > after)
            found = step;
    }
    return found;
}

struct str
base32_show(struct arena *a, struct str bytes)
{
    char *text = NULL;
    size_t n = 0;
    must(bytes.n % 5 == 0);
    /* before there is something to free */
    char *shown = arena_alloc(a, bytes.n / 5 * 8 + 1);
    if (oath_base32_encode(bytes.p, bytes.n, &text, &n) != OATH_OK)
        memory_ran_out();
    must(n == bytes.n / 5 * 8);
    memcpy(shown, text, n);
    sodium_memzero(text, n);
    free(text);
    return (struct str){ shown, n };
}
