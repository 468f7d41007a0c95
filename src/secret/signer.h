/* SPDX-License-Identifier: ISC */
#ifndef SECRET_SIGNER_H
#define SECRET_SIGNER_H

/*
 * The audit key: an Ed25519 key pair that signs what others check offline.  Its
 * seed is a file of its own beside the master secret, since the public half
 * leaves the house (SECURITY.md 3.3); the seed is held in locked memory.
 */

#include "base/err.h"

enum { SIGNER_PUBLIC = 32, SIGNATURE_BYTES = 64 };

struct signer; /* process lifetime, read-only once loaded */

/* signer_create -- write a new seed; errors of secret_file_create. */
NODISCARD enum err_code signer_create(const char *path, struct err *err);

/* signer_load -- out: NULL on error; errors of secret_file_read. */
NODISCARD enum err_code signer_load(const char *path, struct signer **out,
    struct err *err);

/* signer_free -- wipe.  NULL is allowed. */
void signer_free(struct signer *s);

/* signer_public -- SIGNER_PUBLIC bytes, valid as long as `s`. */
const uint8_t *signer_public(const struct signer *s);

/* signer_sign -- Ed25519 (RFC 8032) of the message. */
void signer_sign(const struct signer *s, struct str msg,
    uint8_t out[SIGNATURE_BYTES]);

/* signature_good -- did the owner of this public key sign this message?
 * Strict: one signature has one form, and keys of small order are none. */
NODISCARD bool signature_good(const uint8_t public_key[SIGNER_PUBLIC],
    struct str msg, const uint8_t signature[SIGNATURE_BYTES]);

/* public_key_show -- as PEM (RFC 8410), which the tools of auditors read; ends
 * with a line feed; in `a`. */
struct str public_key_show(struct arena *a,
    const uint8_t public_key[SIGNER_PUBLIC]);

/* public_key_read -- the same back; spaces around it are allowed.  False for
 * anything else. */
NODISCARD bool public_key_read(struct str pem, uint8_t out[SIGNER_PUBLIC]);

#endif
