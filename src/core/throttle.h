/* SPDX-License-Identifier: ISC */
#ifndef CORE_THROTTLE_H
#define CORE_THROTTLE_H

/*
 * How often something may be tried that costs us, or that tells who tries
 * often enough.  Kept in the database, so that neither a restart nor a second
 * process gives anybody further tries; a row is forgotten when it says nothing
 * any more.  What is counted stands there as a MAC.
 *
 * Each try is counted before it is made, so that many at once are not more
 * than one after the other, and is given back when it was right.
 */

#include "core/cx.h"

enum throttle_rule {
    THROTTLE_LEAKS,    /* reports of leaked keys, by network: 30 at once, then
                          one in 2 s */
    THROTTLE_SIGN_IN,  /* proofs of who one is, by network: 20 in any minute,
                          10 of them at once (SECURITY.md 3.5) */
    THROTTLE_ACCOUNT,  /* wrong passwords of one e-mail address: from the 5th
                          on half a minute, doubled by each further one, up to
                          15 minutes; forgotten a day after the last */
    THROTTLE_PROOF,    /* the same for codes, and proofs within a session */
    THROTTLE_RESET,    /* the same for links asked for an address */
    THROTTLE_RULE_COUNT
};

/*
 * throttle_take -- one more try: a change of its own, or a part of the open
 * one.  A refused try costs and counts nothing.
 * subject  what it is counted for; networks are read from cx->peer, and take
 *          no subject: 24 bits of an IPv4 address and 56 of others for
 *          reports, 32 and 64 for signing in
 * Errors: ERR_LIMITED, with retry_s and a sentence that says how long to wait.
 */
NODISCARD enum err_code throttle_take(struct cx *cx, enum throttle_rule rule,
    struct str subject);

/* throttle_ask -- the same without taking: reads only. */
NODISCARD enum err_code throttle_ask(struct cx *cx, enum throttle_rule rule,
    struct str subject);

/* throttle_give -- in the open transaction: the try was right.  A rule by
 * network gets this one back, the others forget all of them. */
NODISCARD enum err_code throttle_give(struct cx *cx, enum throttle_rule rule,
    struct str subject);

#endif
