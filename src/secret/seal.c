/* SPDX-License-Identifier: ISC */
#include "secret/seal.h"

#include "secret/mac.h"

#include <sodium.h>
#include <string.h>

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
seal_with(struct arena *a, const uint8_t *key, struct str ad, struct str plain)
{
    must(plain.n < SIZE_MAX / 2);
    uint8_t *p = arena_alloc(a, plain.n + SEAL_EXTRA);
    p[0] = VERSION;
    randombytes_buf(p + 1, NONCE);
    must(crypto_aead_xchacha20poly1305_ietf_encrypt(p + HEAD, NULL,
             (const uint8_t *)plain.p, plain.n, (const uint8_t *)ad.p, ad.n,
             NULL, p + 1, key) == 0);
    return (struct str){ (const char *)p, plain.n + SEAL_EXTRA };
}

struct str
seal(struct arena *a, const struct secrets *s, enum subkey which, struct str ad,
    struct str plain)
{
    const uint8_t *newer = secrets_other(s, SECRETS_NOW, which);
    return seal_with(a, newer ? newer : secrets_subkey(s, which), ad, plain);
}

static bool
open_with(const uint8_t *key, struct str ad, struct str sealed, uint8_t *out)
{
    const uint8_t *p = (const uint8_t *)sealed.p;
    return key && crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL,
                      p + HEAD, sealed.n - HEAD, (const uint8_t *)ad.p, ad.n,
                      p + 1, key) == 0;
}

bool
seal_open_with(struct arena *a, const uint8_t *key, struct str ad,
    struct str sealed, struct str *plain)
{
    *plain = (struct str){ NULL, 0 };
    if (sealed.n < SEAL_EXTRA || sealed.p[0] != VERSION)
        return false;
    uint8_t *out = arena_alloc(a, sealed.n - SEAL_EXTRA);
    if (!open_with(key, ad, sealed, out))
        return false;
    *plain = (struct str){ (const char *)out, sealed.n - SEAL_EXTRA };
    return true;
}

bool
seal_open(struct arena *a, const struct secrets *s, enum subkey which,
    struct str ad, struct str sealed, struct str *plain)
{
    bool opened = seal_open_with(a, secrets_subkey(s, which), ad, sealed,
        plain);
    for (int age = 0; age < SECRETS_AGES && !opened; age++)
        opened = seal_open_with(a,
            secrets_other(s, (enum secrets_age)age, which), ad, sealed,
            plain);
    return opened;
}

void
seal_work(struct arena *a, const struct secrets *s, enum subkey which,
    struct str ad, size_t n)
{
    char *nothing = arena_alloc(a, n + SEAL_EXTRA);
    memset(nothing, 0, n + SEAL_EXTRA);
    (void)open_with(secrets_subkey(s, which), ad,
        (struct str){ nothing, n + SEAL_EXTRA }, arena_alloc(a, n));
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
