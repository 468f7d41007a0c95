/* SPDX-License-Identifier: ISC */
#include "secret/seal.h"

#include "secret/mac.h"

#include <sodium.h>

enum {
    VERSION = 1,
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    HEAD = 1 + NONCE /* version byte and nonce */
};

_Static_assert((int)SEAL_EXTRA ==
        (int)HEAD + (int)crypto_aead_xchacha20poly1305_ietf_ABYTES,
    "layout");
_Static_assert((int)SUBKEY_BYTES ==
        (int)crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    "a subkey is a key");

struct str
seal(struct arena *a, const struct secrets *s, enum subkey which, struct str ad,
    struct str plain)
{
    must(plain.n < SIZE_MAX / 2);
    uint8_t *p = arena_alloc(a, plain.n + SEAL_EXTRA);
    p[0] = VERSION;
    randombytes_buf(p + 1, NONCE);
    must(crypto_aead_xchacha20poly1305_ietf_encrypt(p + HEAD, NULL,
             (const uint8_t *)plain.p, plain.n, (const uint8_t *)ad.p, ad.n,
             NULL, p + 1, secrets_subkey(s, which)) == 0);
    return (struct str){ (const char *)p, plain.n + SEAL_EXTRA };
}

bool
seal_open(struct arena *a, const struct secrets *s, enum subkey which,
    struct str ad, struct str sealed, struct str *plain)
{
    *plain = (struct str){ NULL, 0 };
    if (sealed.n < SEAL_EXTRA || sealed.p[0] != VERSION)
        return false;
    const uint8_t *p = (const uint8_t *)sealed.p;
    size_t n = sealed.n - SEAL_EXTRA;
    uint8_t *out = arena_alloc(a, n);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, p + HEAD,
            sealed.n - HEAD, (const uint8_t *)ad.p, ad.n, p + 1,
            secrets_subkey(s, which)) != 0)
        return false;
    *plain = (struct str){ (const char *)out, n };
    return true;
}

struct str
seal_b64(struct arena *a, const struct secrets *s, enum subkey which,
    struct str ad, struct str plain)
{
    return b64_show(a, seal(a, s, which, ad, plain));
}

bool
seal_b64_open(struct arena *a, const struct secrets *s, enum subkey which,
    struct str ad, struct str text, struct str *plain)
{
    struct str sealed;
    *plain = (struct str){ NULL, 0 };
    return b64_read(a, text, &sealed) &&
        seal_open(a, s, which, ad, sealed, plain);
}
