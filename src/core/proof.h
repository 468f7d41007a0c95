/* SPDX-License-Identifier: ISC */
#ifndef CORE_PROOF_H
#define CORE_PROOF_H

/* Passwords, and the tokens of sessions and links: how each is made into what
 * is stored, and compared with it. */

#include "core/cx.h"

/* proof_token -- MAC of a token, as it is stored; request lifetime. */
struct str proof_token(struct cx *cx, enum subkey which, struct str token);

/* proof_list -- a list of refused passwords for cx->refused: a line each, in
 * any case and order; lives in `a`. */
struct strs proof_list(struct arena *a, struct str text);

/*
 * proof_rules -- may this be a password?  Refused: what is on the configured
 * list, the name of this product, the person's own words, a few characters
 * over and over.  Its length is a matter of the field table.
 * Errors: ERR_INVALID at the field "password".
 */
NODISCARD enum err_code proof_rules(struct cx *cx, struct str password,
    struct str email, struct str name);

/* proof_make -- hash and seal; slow on purpose, so never inside a
 * transaction.  Errors: ERR_BUSY. */
NODISCARD enum err_code proof_make(struct cx *cx, struct str user_uuid,
    struct str password, struct str *sealed);

/* proof_check -- is this the password of u, who may be nobody?  The same work
 * in any case.  rehash: out, the cost has changed since.  Errors: ERR_BUSY. */
NODISCARD enum err_code proof_check(struct cx *cx, const struct user *u,
    struct str password, bool *ok, bool *rehash);

/* proof_still -- in the open transaction: is a proof of u's password, which
 * took its time before the lock, still one?  Somebody may have changed the
 * password, or disabled u. */
NODISCARD enum err_code proof_still(struct cx *cx, const struct user *u,
    bool *yes);

#endif
