/* SPDX-License-Identifier: ISC */
#ifndef CORE_SESSION_H
#define CORE_SESSION_H

/* Signing in, sessions, and the change of a password, which ends them. */

#include "core/cx.h"

/* session_need -- somebody must be signed in.  ERR_UNAUTHENTICATED. */
NODISCARD enum err_code session_need(struct cx *cx);

/* session_begin -- in the open transaction: a session of this person, who acts
 * from here on.  token: out, for the cookie. */
NODISCARD enum err_code session_begin(struct cx *cx, const struct user *u,
    struct str *token);

/*
 * sign_in -- check e-mail and password; a new session.
 * One message for every reason to refuse (ERR_INVALID, no field), and the same
 * work for people who do not exist.  Errors also: ERR_BUSY (too many at once).
 */
NODISCARD enum err_code sign_in(struct cx *cx, struct str email,
    struct str password, struct str *session);

/*
 * session_open -- who is it?  Fills cx->actor; leaves ACTOR_NONE when there is
 * no live session of this token: unknown, idle for 30 minutes, older than 12
 * hours, of an earlier epoch of the user, or the user is disabled.
 * expired: out, true when there was one and it is over by time.
 */
NODISCARD enum err_code session_open(struct cx *cx, struct str token,
    bool *expired);

/* session_close -- sign out. */
NODISCARD enum err_code session_close(struct cx *cx);

/* session_list -- of the actor, newest use first. */
NODISCARD enum err_code session_list(struct cx *cx, struct session **out,
    size_t *n);

/* session_end -- one session of the actor. ERR_NOT_FOUND. */
NODISCARD enum err_code session_end(struct cx *cx, struct str uuid);

/* session_end_others -- every session of the actor but this one. */
NODISCARD enum err_code session_end_others(struct cx *cx);

/* password_change -- needs the current one; ends the other sessions. */
NODISCARD enum err_code password_change(struct cx *cx,
    const struct password_in *in);

#endif
