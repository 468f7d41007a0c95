/* SPDX-License-Identifier: ISC */
#ifndef CORE_CLAIM_H
#define CORE_CLAIM_H

/*
 * Claim links: a key is made waiting, without a secret; whoever opens the
 * single-use link before it ends, and presses the button, makes the secret and
 * is shown it, and nobody else ever is (PRODUCT.md section 8, 4).  Looking at
 * the link uses nothing up: programs that preview links only look.  Its owner
 * sees when that was and from where.  Until then the key passes nowhere: there
 * is no secret that could be right.
 */

#include "core/cx.h"
#include "store/store_key.h"

/* claim_allowed -- may a new key of this kind wait?  A message at `claim` when
 * not: keys that manage are shown to who makes them. */
NODISCARD enum err_code claim_allowed(struct cx *cx, enum key_kind kind,
    int claim);

/* claim_start -- in the open transaction: a new link of k, which waits; the
 * older ones are dead.  claim: enum key_claim, not none; link: out, the whole
 * address, shown once.  Fills k->claim_ends_s. */
NODISCARD enum err_code claim_start(struct cx *cx, struct key *k, int claim,
    struct str *link);

/*
 * claim_renew -- a new link for a key that waits, the older one is dead; who
 * may edit the key.
 * Errors: ERR_CONFLICT with reason "shown" as key_create, or when the key waits
 * no more; those of editing.
 */
NODISCARD enum err_code claim_renew(struct cx *cx, struct str prefix,
    const struct claim_in *in, struct str *link, struct key *out);

/* claim_withdraw -- the link is dead from now on; the key goes on waiting.
 * Errors: ERR_CONFLICT when it waits no more. */
NODISCARD enum err_code claim_withdraw(struct cx *cx, struct str prefix,
    struct key *out);

/* What a link opens. */
struct claim {
    enum claim_state {
        CLAIM_OPEN,
        CLAIM_TAKEN, /* by this link: key.claimed_s says when */
        CLAIM_OVER   /* ended, withdrawn, or key or workspace are gone */
    } state;
    struct key key;
    struct str workspace; /* name */
    int64_t ends_s;
};

/* claim_look -- for anybody who has the link; changes nothing.
 * Errors: ERR_NOT_FOUND for a link that never was. */
NODISCARD enum err_code claim_look(struct cx *cx, struct str token,
    struct claim *out);

/*
 * claim_take -- make the secret.  Of many at once, one gets it.
 * text  out: the whole key, shown once; empty when out->state is not
 *       CLAIM_OPEN, and then nothing happened
 * Errors: ERR_NOT_FOUND; ERR_LIMITED by network.
 */
NODISCARD enum err_code claim_take(struct cx *cx, struct str token,
    struct str *text, struct claim *out);

#endif
