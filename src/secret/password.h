/* SPDX-License-Identifier: ISC */
#ifndef SECRET_PASSWORD_H
#define SECRET_PASSWORD_H

/*
 * Passwords: Argon2id (crypto_pwhash_str), t=2 with 64 MiB, or 19 MiB in the
 * small profile.  Over the whole process at most 2 hash at once and 16 wait,
 * each at most 1 s: more is ERR_BUSY with retry_s, so a flood of sign-ins
 * takes at most 128 MiB and never all cores.
 */

#include "base/err.h"

enum password_profile { PASSWORD_NORMAL, PASSWORD_SMALL, PASSWORD_TEST };
enum { PASSWORD_MIN = 12, PASSWORD_MAX = 128 /* bytes */ };

/* password_setup -- choose the cost; process-wide, before the first thread. */
void password_setup(enum password_profile profile);

struct password_load {
    int running; /* places taken: threads that hash, or are woken to */
    int waiting; /* threads that wait for their turn */
    int most;    /* highest `running` since the start */
};

/* password_load -- how busy the guard is, for measurements and tests. */
struct password_load password_load(void);

/*
 * password_hash -- the string to store (seal it first); request lifetime.
 * password  PASSWORD_MIN to PASSWORD_MAX bytes
 * Errors: ERR_BUSY (also when memory is short), ERR_INVALID for the length.
 */
NODISCARD enum err_code password_hash(struct arena *a, struct str password,
    struct str *out, struct err *err);

/*
 * password_check -- is this the password of `hash`?
 * hash   as password_hash gave it; the empty view means "no such user": the
 *        same work is done on a dummy and *ok is false.
 * rehash out: the cost has changed since; hash it anew.
 * Errors: ERR_BUSY (also when memory is short), ERR_INTERNAL when `hash` is
 * not what password_hash makes.
 */
NODISCARD enum err_code password_check(struct str password, struct str hash,
    bool *ok, bool *rehash, struct err *err);

#endif
