/* SPDX-License-Identifier: ISC */
#ifndef CORE_SIGNIN_H
#define CORE_SIGNIN_H

/*
 * Who is it?  Signing in with a password and, when the person has a second
 * factor, a code; proving it once more within a session; another password.
 *
 * Tries are counted before they are made (core/throttle.h): by network, and by
 * account.  Where somebody signed in before within 90 days, their account has a
 * count of its own, and so has each session: what others try elsewhere does
 * not lock out the rightful owner.
 */

#include "core/cx.h"

/*
 * sign_in -- check e-mail and password; a new session.
 * session  out, for the cookie; empty when a code is needed, too
 * step     out: then for sign_in_code, good for 10 minutes; else empty
 * One message for every reason to refuse (ERR_INVALID, no field), and the same
 * work for people who do not exist.  Errors also: ERR_BUSY (too many at once),
 * ERR_LIMITED.
 */
NODISCARD enum err_code sign_in(struct cx *cx, struct str email,
    struct str password, struct str *session, struct str *step);

/* sign_in_step -- is this a step that still waits for its code? */
NODISCARD enum err_code sign_in_step(struct cx *cx, struct str step,
    bool *waits);

/*
 * sign_in_code -- the second step.
 * session   out, for the cookie
 * recovery  out: it was a recovery code, which works no more
 * Errors: ERR_INVALID, at "code" unless the step is over; ERR_LIMITED.
 */
NODISCARD enum err_code sign_in_code(struct cx *cx, struct str step,
    struct str code, struct str *session, bool *recovery);

/* confirm -- the actor proves once more who they are, by code or password; the
 * session is fresh then.  token: out, for the cookie.
 * Errors: ERR_INVALID with a field, ERR_LIMITED, ERR_BUSY. */
NODISCARD enum err_code confirm(struct cx *cx, const struct proof_in *in,
    struct str *token);

/* password_change -- needs the current one; ends the other sessions.  token:
 * out, for the cookie.  Errors: ERR_INVALID with fields, ERR_LIMITED,
 * ERR_BUSY. */
NODISCARD enum err_code password_change(struct cx *cx,
    const struct password_in *in, struct str *token);

#endif
