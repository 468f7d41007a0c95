/* SPDX-License-Identifier: ISC */
#ifndef CORE_FOREIGN_H
#define CORE_FOREIGN_H

/*
 * Keys whose secret another product made (secret/foreign.h): how the gate finds
 * them, and how one is stored.  Once found, such a key is like any other: its
 * hash lies sealed and bound to the key, and is compared as every secret is.
 *
 * What is unknown costs the same as what is known to a wrong installation: the
 * text is found as a whole or not at all, so there is nothing to come near to.
 */

#include "core/cx.h"
#include "secret/foreign.h"

/*
 * foreign_find -- the key that may have this text as its imported secret.
 * prefix  out: of the key; empty when there is none, or the text is not of the
 *         form, and then the store was not asked
 * hash    out: of the text as it was imported; the seal has to hold it
 * Errors: those of the store.
 */
NODISCARD enum err_code foreign_find(struct cx *cx, struct str text,
    struct str *prefix, uint8_t hash[KEYTEXT_HASH]);

/*
 * foreign_store -- in the open transaction: this hash is a secret of k.
 * created_s, ends_s  of the secret; ends_s 0: the current one
 * Errors: ERR_CONFLICT when it is the secret of a key already.
 */
NODISCARD enum err_code foreign_store(struct cx *cx, const struct key *k,
    const uint8_t hash[KEYTEXT_HASH], int64_t created_s, int64_t ends_s);

/* foreign_taken -- whose secret is this hash?  Empty: nobody's. */
NODISCARD enum err_code foreign_taken(struct cx *cx,
    const uint8_t hash[KEYTEXT_HASH], struct str *prefix);

#endif
