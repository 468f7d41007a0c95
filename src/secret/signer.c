/* SPDX-License-Identifier: ISC */
#include "secret/signer.h"

#include "secret/secret_file.h"

#include <sodium.h>
#include <string.h>

_Static_assert((int)SIGNER_PUBLIC == (int)crypto_sign_PUBLICKEYBYTES &&
    (int)SIGNATURE_BYTES == (int)crypto_sign_BYTES &&
    (int)SECRET_FILE_BYTES == (int)crypto_sign_SEEDBYTES, "Ed25519");

static const char WHAT[] = "Audit key";

/* What RFC 8410 puts before the 32 bytes: a sequence with the name of the
 * algorithm, and a string of bits. */
static const uint8_t DER_HEAD[] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b,
    0x65, 0x70, 0x03, 0x21, 0x00 };
enum { DER_BYTES = sizeof DER_HEAD + SIGNER_PUBLIC, PEM_CHARS = 60 };
#define PEM_BEGIN "-----BEGIN PUBLIC KEY-----"
#define PEM_END "-----END PUBLIC KEY-----"

struct signer {
    uint8_t public_key[crypto_sign_PUBLICKEYBYTES];
    uint8_t secret_key[crypto_sign_SECRETKEYBYTES];
};

enum err_code
signer_create(const char *path, struct err *err)
{
    return secret_file_create(WHAT, path, err);
}

enum err_code
signer_load(const char *path, struct signer **out, struct err *err)
{
    uint8_t *seed = sodium_malloc(SECRET_FILE_BYTES);
    must(seed != NULL);
    *out = NULL;
    enum err_code code = secret_file_read(WHAT, path, seed, err);
    if (code == ERR_OK) {
        struct signer *s = sodium_malloc(sizeof *s);
        must(s != NULL);
        must(crypto_sign_seed_keypair(s->public_key, s->secret_key, seed) ==
            0);
        must(sodium_mprotect_readonly(s) == 0);
        *out = s;
    }
    sodium_free(seed);
    return code;
}

void
signer_free(struct signer *s)
{
    sodium_free(s);
}

const uint8_t *
signer_public(const struct signer *s)
{
    return s->public_key;
}

void
signer_sign(const struct signer *s, struct str msg,
    uint8_t out[SIGNATURE_BYTES])
{
    must(crypto_sign_detached(out, NULL, (const uint8_t *)msg.p, msg.n,
        s->secret_key) == 0);
}

bool
signature_good(const uint8_t public_key[SIGNER_PUBLIC], struct str msg,
    const uint8_t signature[SIGNATURE_BYTES])
{
    return crypto_sign_verify_detached(signature, (const uint8_t *)msg.p,
        msg.n, public_key) == 0;
}

struct str
public_key_show(struct arena *a, const uint8_t public_key[SIGNER_PUBLIC])
{
    uint8_t der[DER_BYTES];
    char text[PEM_CHARS + 1];
    memcpy(der, DER_HEAD, sizeof DER_HEAD);
    memcpy(der + sizeof DER_HEAD, public_key, SIGNER_PUBLIC);
    sodium_bin2base64(text, sizeof text, der, sizeof der,
        sodium_base64_VARIANT_ORIGINAL);
    return arena_fmt(a, PEM_BEGIN "\n%s\n" PEM_END "\n", text);
}

bool
public_key_read(struct str pem, uint8_t out[SIGNER_PUBLIC])
{
    uint8_t der[DER_BYTES];
    size_t n = 0;
    struct str s = str_trim(pem);
    if (!str_starts(s, STR(PEM_BEGIN)) || !str_ends(s, STR(PEM_END)))
        return false;
    s = str_from(s, sizeof PEM_BEGIN - 1);
    s = str_trim(str_head(s, s.n - (sizeof PEM_END - 1)));
    /* 1.0.18 reads bytes above 127 as if they were of the alphabet */
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] > 'z')
            return false;
    if (s.n != PEM_CHARS ||
        sodium_base642bin(der, sizeof der, s.p, s.n, NULL, &n, NULL,
            sodium_base64_VARIANT_ORIGINAL) != 0 ||
        n != sizeof der || memcmp(der, DER_HEAD, sizeof DER_HEAD) != 0)
        return false;
    memcpy(out, der + sizeof DER_HEAD, SIGNER_PUBLIC);
    return true;
}
