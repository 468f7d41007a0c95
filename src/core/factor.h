/* SPDX-License-Identifier: ISC */
#ifndef CORE_FACTOR_H
#define CORE_FACTOR_H

/*
 * The second factor: codes of an authenticator app (secret/totp.h), and
 * recovery codes for the day the app is gone.  A code counts once.  Turning it
 * on or off ends the other sessions of the person (SECURITY.md W5, 3.5).
 */

#include "core/cx.h"

/* factor_state -- of the actor. */
NODISCARD enum err_code factor_state(struct cx *cx, struct factor_state *out);

/* factor_begin -- a new seed for the actor, in place of one that still waits
 * for its first code.  ERR_CONFLICT when codes are on. */
NODISCARD enum err_code factor_begin(struct cx *cx);

/* The seed that waits, as an app takes it. */
struct factor_seed {
    struct str base32;  /* to type */
    struct str uri;     /* "otpauth://totp/...", for the QR code */
};

/* factor_pending -- ERR_NOT_FOUND when none waits. */
NODISCARD enum err_code factor_pending(struct cx *cx,
    struct factor_seed *out);

/*
 * factor_turn_on -- the first code proves that the app has the seed.
 * codes    out: RECOVERY_CODES texts, told once
 * session  out: the new token of this session; the others have ended
 * Errors: ERR_INVALID at "code"; ERR_CONFLICT when codes are on, ERR_NOT_FOUND
 * when no seed waits.
 */
NODISCARD enum err_code factor_turn_on(struct cx *cx, struct str code,
    struct str *codes, struct str *session);

/* factor_renew_codes -- ten other recovery codes; the old ones work no more.
 * ERR_CONFLICT when codes are off. */
NODISCARD enum err_code factor_renew_codes(struct cx *cx, struct str *codes);

/* factor_turn_off -- session: as in factor_turn_on.  ERR_CONFLICT when it is
 * off. */
NODISCARD enum err_code factor_turn_off(struct cx *cx, struct str *session);

/* factor_remove -- for the shell: turn off the codes of somebody who lost both
 * app and recovery codes; their sessions end.  ERR_NOT_FOUND, ERR_CONFLICT when
 * codes are off. */
NODISCARD enum err_code factor_remove(struct cx *cx, struct str email);

/* How a code was good. */
enum factor_use { FACTOR_WRONG, FACTOR_CODE, FACTOR_RECOVERY };

/* factor_use -- in the open transaction: is this a code of u, of the app or for
 * recovery?  Then it is used up. */
NODISCARD enum err_code factor_use(struct cx *cx, const struct user *u,
    struct str code, enum factor_use *how);

/* factor_on -- does this person sign in with codes? */
NODISCARD enum err_code factor_on(struct cx *cx, int64_t user_id, bool *on);

/* factor_missing -- does w, in which the actor has w->role, ask them for a
 * second factor that they do not have? */
NODISCARD enum err_code factor_missing(struct cx *cx,
    const struct workspace *w, bool *missing);

/* factor_due -- from when on cx->ws asks the actor for a second factor that
 * they do not have yet; 0: it does not, or did already. */
NODISCARD enum err_code factor_due(struct cx *cx, int64_t *from_s);

/* factor_need -- the same of cx->ws as a gate: ERR_FORBIDDEN with the reason
 * FACTOR_REASON, and cx->ws is empty then. */
#define FACTOR_REASON "second_factor"
NODISCARD enum err_code factor_need(struct cx *cx);

#endif
