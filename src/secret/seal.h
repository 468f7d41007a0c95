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

/* seal_with -- the same under a subkey of SUBKEY_BYTES, for core/reseal.c. */
struct str seal_with(struct arena *a, const uint8_t *key, struct str ad,
    struct str plain);

/* seal_open -- false when the bytes, the key or the associated data differ; the
 * master secret that goes or comes, while one is replaced (secret/secret.h),
 * will do, too.  plain: request lifetime. */
NODISCARD bool seal_open(struct arena *a, const struct secrets *s,
    enum subkey which, struct str ad, struct str sealed, struct str *plain);

/* seal_open_with -- under this subkey and no other, for core/reseal.c. */
NODISCARD bool seal_open_with(struct arena *a, const uint8_t *key,
    struct str ad, struct str sealed, struct str *plain);

/* seal_work -- what opening a seal of n bytes costs, without one, so that time
 * does not tell what is there. */
void seal_work(struct arena *a, const struct secrets *s, enum subkey which,
    struct str ad, size_t n);

/* seal_b64 -- the same as URL-safe base64 text, for hidden fields and links. */
struct str seal_b64(struct arena *a, const struct secrets *s,
    enum subkey which, struct str ad, struct str plain);
NODISCARD bool seal_b64_open(struct arena *a, const struct secrets *s,
    enum subkey which, struct str ad, struct str text, struct str *plain);

#endif
