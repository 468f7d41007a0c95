/* SPDX-License-Identifier: ISC */
#ifndef SECRET_SEAL_H
#define SECRET_SEAL_H

/*
 * Authenticated encryption: XChaCha20-Poly1305 (IETF), random 24-byte nonce,
 * under a subkey, bound to associated data, so that a stored value cannot be
 * read without the master secret, nor moved to another row.
 * Layout: version byte (1), nonce, ciphertext with tag.
 */

#include "base/err.h"
#include "secret/secret.h"

enum { SEAL_EXTRA = 1 + 24 + 16 };

/* seal -- request lifetime. */
struct str seal(struct arena *a, const struct secrets *s, enum subkey which,
    struct str ad, struct str plain);

/* seal_open -- false when the bytes, the key or the associated data differ.
 * plain: request lifetime. */
NODISCARD bool seal_open(struct arena *a, const struct secrets *s,
    enum subkey which, struct str ad, struct str sealed, struct str *plain);

/* seal_b64 -- the same as URL-safe base64 text, for hidden fields and links. */
struct str seal_b64(struct arena *a, const struct secrets *s,
    enum subkey which, struct str ad, struct str plain);
NODISCARD bool seal_b64_open(struct arena *a, const struct secrets *s,
    enum subkey which, struct str ad, struct str text, struct str *plain);

#endif
