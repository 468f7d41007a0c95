/* SPDX-License-Identifier: ISC */
#include "secret/mac.h"

#include <sodium.h>

_Static_assert((int)MAC_BYTES == (int)crypto_auth_hmacsha256_BYTES,
    "HMAC-SHA-256");
_Static_assert((int)DIGEST_BYTES == (int)crypto_hash_sha256_BYTES, "SHA-256");

enum { LENGTH_BYTES = 8 };

static void
put_length(uint8_t out[LENGTH_BYTES], size_t n)
{
    for (int i = 0; i < LENGTH_BYTES; i++)
        out[i] = (uint8_t)((uint64_t)n >> (8 * i));
}

static const uint8_t *
bytes_of(struct str s)
{
    return (const uint8_t *)s.p;
}

void
mac_raw(struct str key, struct str msg, uint8_t out[MAC_BYTES])
{
    must(key.n >= MAC_KEY_MIN);
    crypto_auth_hmacsha256_state st;
    crypto_auth_hmacsha256_init(&st, bytes_of(key), key.n);
    crypto_auth_hmacsha256_update(&st, bytes_of(msg), msg.n);
    crypto_auth_hmacsha256_final(&st, out);
    sodium_memzero(&st, sizeof st);
}

void
mac_make(const struct secrets *s, enum subkey which, const struct str *parts,
    size_t n_parts, uint8_t out[MAC_BYTES])
{
    crypto_auth_hmacsha256_state st;
    crypto_auth_hmacsha256_init(&st, secrets_subkey(s, which), SUBKEY_BYTES);
    for (size_t i = 0; i < n_parts; i++) {
        uint8_t length[LENGTH_BYTES];
        put_length(length, parts[i].n);
        crypto_auth_hmacsha256_update(&st, length, sizeof length);
        crypto_auth_hmacsha256_update(&st, bytes_of(parts[i]), parts[i].n);
    }
    crypto_auth_hmacsha256_final(&st, out);
    sodium_memzero(&st, sizeof st);
}

void
mac_short(const uint8_t *key, const void *p, size_t n,
    uint8_t out[MAC_SHORT_BYTES])
{
    must(crypto_generichash_blake2b(out, MAC_SHORT_BYTES, p, n, key,
             SUBKEY_BYTES) == 0);
}

bool
mac_equal(const void *a, const void *b, size_t n)
{
    return sodium_memcmp(a, b, n) == 0;
}

void
digest(const struct str *parts, size_t n_parts, uint8_t out[DIGEST_BYTES])
{
    crypto_hash_sha256_state st;
    crypto_hash_sha256_init(&st);
    for (size_t i = 0; i < n_parts; i++) {
        uint8_t length[LENGTH_BYTES];
        put_length(length, parts[i].n);
        crypto_hash_sha256_update(&st, length, sizeof length);
        crypto_hash_sha256_update(&st, bytes_of(parts[i]), parts[i].n);
    }
    crypto_hash_sha256_final(&st, out);
    sodium_memzero(&st, sizeof st);
}

_Static_assert(sizeof(struct digester) >= sizeof(crypto_hash_sha256_state) &&
    _Alignof(struct digester) >= _Alignof(crypto_hash_sha256_state),
    "the state fits");

void
digest_begin(struct digester *d)
{
    crypto_hash_sha256_init((crypto_hash_sha256_state *)(void *)d);
}

void
digest_add(struct digester *d, const void *p, size_t n)
{
    crypto_hash_sha256_update((crypto_hash_sha256_state *)(void *)d, p, n);
}

void
digest_end(struct digester *d, uint8_t out[DIGEST_BYTES])
{
    crypto_hash_sha256_final((crypto_hash_sha256_state *)(void *)d, out);
}

struct str
b64_show(struct arena *a, struct str bytes)
{
    must(bytes.n < SIZE_MAX / 2);
    size_t cap = sodium_base64_encoded_len(bytes.n,
        sodium_base64_VARIANT_URLSAFE_NO_PADDING); /* with its NUL */
    char *text = arena_alloc(a, cap);
    sodium_bin2base64(text, cap, bytes_of(bytes), bytes.n,
        sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return (struct str){ text, cap - 1 };
}

struct str
b64_plain(struct arena *a, struct str bytes)
{
    must(bytes.n < SIZE_MAX / 2);
    size_t cap = sodium_base64_encoded_len(bytes.n,
        sodium_base64_VARIANT_ORIGINAL);
    char *text = arena_alloc(a, cap);
    sodium_bin2base64(text, cap, bytes_of(bytes), bytes.n,
        sodium_base64_VARIANT_ORIGINAL);
    return (struct str){ text, cap - 1 };
}

/* libsodium 1.0.18 reads every byte above 127 as if it were a '_'. */
static bool
is_b64(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                (c >= 'a' && c <= 'z') || c == '-' || c == '_'))
            return false;
    }
    return true;
}

bool
b64_read(struct arena *a, struct str text, struct str *bytes)
{
    *bytes = (struct str){ NULL, 0 };
    if (!is_b64(text))
        return false;
    size_t cap = text.n / 4 * 3 + 3;
    size_t n = 0;
    uint8_t *p = arena_alloc(a, cap);
    if (text.n && sodium_base642bin(p, cap, text.p, text.n, NULL, &n, NULL,
            sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
        return false;
    *bytes = (struct str){ (const char *)p, n };
    return true;
}
