/* SPDX-License-Identifier: ISC */
#ifndef SECRET_SECRET_H
#define SECRET_SECRET_H

/*
 * The master secret and what is derived from it.  32 random bytes in a file
 * outside the database, mode 0400 or 0600; held in locked memory that is left
 * out of core dumps.  Subkeys: crypto_kdf_derive_from_key, one 8-byte context
 * each.
 */

#include "base/err.h"

enum subkey {
    SUBKEY_APIKEY,  /* "apikey__" seals the hash of an API key */
    SUBKEY_SESSION, /* "session_" MAC of a session token */
    SUBKEY_CSRF,    /* "csrf____" MAC of a session for its forms */
    SUBKEY_PASSWORD, /* "pwseal__" seals an Argon2 string */
    SUBKEY_ONCE,    /* "once____" MAC of one-time links and form ids */
    SUBKEY_CARRY,   /* "carry___" seals posted fields over a sign-in */
    SUBKEY_SIGNING, /* "signing_" signing secrets of management keys */
    SUBKEY_CURSOR,  /* "cursor__" MAC of paging cursors */
    SUBKEY_TOTP,    /* "totp____" seals the seed of a second factor */
    SUBKEY_NOTICE,  /* "notice__" seals what mail and events say */
    SUBKEY_WEBHOOK, /* "webhook_" seals the signing secret of a webhook */
    SUBKEY_FOREIGN, /* "foreign_" MAC by which an imported secret is found */
    SUBKEY_TRANSFER, /* "transfer" MAC of an export (core/export.h) */
    SUBKEY_ROWS,    /* "rowseal_" MAC of rows that decide (core/rowseal.h) */
    SUBKEY_COUNT
};

enum { SUBKEY_BYTES = 32, MASTER_BYTES = 32 };

struct secrets; /* process lifetime, read-only once loaded */

/* secret_start -- initialise libsodium and liboath, and test its generator; once, first.
 * Aborts when there is no randomness. */
void secret_start(void);

/* secret_engine -- version of libsodium. */
const char *secret_engine(void);

/*
 * secrets_load -- read the master secret and derive the subkeys; the master
 * secret itself is wiped again.
 * out  process lifetime; NULL on error
 * Errors: those of secret_file_read.
 */
NODISCARD enum err_code secrets_load(const char *path, struct secrets **out,
    struct err *err);

/* secrets_create -- write a new master secret; errors of secret_file_create. */
NODISCARD enum err_code secrets_create(const char *path, struct err *err);

/*
 * While a new master secret takes the place of the old one (core/reseal.h),
 * there are two: what was sealed before opens with the older, what is sealed
 * from now on takes the newer, whichever of them this process began with.
 * SECRETS_NEXT is `<path>.next`, the one that is coming; SECRETS_OLD is
 * `<path>.old`, the one that goes; SECRETS_NOW is the file itself, in case it
 * is another one by now.  Whoever looks for the right one asks in this order:
 * it is the way that a secret goes, so none slips by between two looks.
 */
enum secrets_age { SECRETS_NEXT, SECRETS_NOW, SECRETS_OLD, SECRETS_AGES };

/*
 * secrets_other -- subkeys of the file of that age, or NULL when there is none,
 * it is no secret (told in the log), or it is what secrets_subkey gives.  Looks
 * at the file's identity each time; reads it once.  Lives as long as `s`.
 */
const uint8_t *secrets_other(const struct secrets *s, enum secrets_age age,
    enum subkey which);

/* secrets_path -- the file of that age; lives in `a`. */
const char *secrets_path(struct arena *a, const char *path,
    enum secrets_age age);

/* secrets_free -- wipe. NULL is allowed. */
void secrets_free(struct secrets *s);

/* secrets_subkey -- SUBKEY_BYTES bytes, valid as long as `s`. */
const uint8_t *secrets_subkey(const struct secrets *s, enum subkey which);

#endif
