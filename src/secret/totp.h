/* SPDX-License-Identifier: ISC */
#ifndef SECRET_TOTP_H
#define SECRET_TOTP_H

/*
 * Codes of an authenticator app: RFC 6238 with what all apps know, HMAC-SHA-1,
 * 30 seconds, 6 digits.  The arithmetic is liboath's.
 */

#include "base/arena.h"

enum { TOTP_SEED_BYTES = 20, TOTP_DIGITS = 6, TOTP_STEP_S = 30 };

/* totp_code -- the code of a step (Unix time by 30 s) as digits and NUL.
 * seed  any length but 0; ours have TOTP_SEED_BYTES */
void totp_code(struct str seed, int64_t step, char out[TOTP_DIGITS + 1]);

/*
 * totp_match -- which step is this the code of: the present one or the one
 * before, for clocks that are slow and fingers that are?  0: neither, or not
 * later than `after`, the last one that was accepted: a code counts once.
 * code  exactly the digits; compared in constant time
 */
int64_t totp_match(struct str seed, struct str code, int64_t now_s,
    int64_t after);

/* base32_show -- RFC 4648 base32 of the bytes, upper case; n must be a multiple
 * of 5, so that there is no padding.  Request lifetime. */
struct str base32_show(struct arena *a, struct str bytes);

#endif
