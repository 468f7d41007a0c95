/* SPDX-License-Identifier: ISC */
#ifndef SECRET_RANDOM_H
#define SECRET_RANDOM_H

#include "base/arena.h"

enum { UUID_CHARS = 36 };

/* The base62 digits, in the order of their values. */
#define B62_DIGITS \
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* random_bytes -- fill from the system's generator (libsodium). */
void random_bytes(void *p, size_t n);

/* random_b62 -- n base62 characters (0-9A-Za-z), each uniform: bytes of 248
 * and more are rejected, so there is no modulo bias. */
void random_b62(char *out, size_t n);

/* random_token -- 32 random bytes as 43 characters of URL-safe base64. */
struct str random_token(struct arena *a);

/*
 * random_uuid -- UUID version 7 (RFC 9562) in lower case: ids sort by their
 * creation, those of one millisecond in no order.
 * unix_ms  0 to 2^48 - 1
 */
struct str random_uuid(struct arena *a, int64_t unix_ms);

#endif
