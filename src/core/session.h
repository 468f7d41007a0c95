/* SPDX-License-Identifier: ISC */
#ifndef CORE_SESSION_H
#define CORE_SESSION_H

/* Sessions: how they begin, go on and end.  Who may have one is decided in
 * core/signin.h. */

#include "core/cx.h"

/* session_need -- somebody must be signed in.  ERR_UNAUTHENTICATED. */
NODISCARD enum err_code session_need(struct cx *cx);

/* session_begin -- in the open transaction: a session of this person, who acts
 * from here on.  token: out, for the cookie. */
NODISCARD enum err_code session_begin(struct cx *cx, const struct user *u,
    struct str *token);

/* session_renew -- in the open transaction: the person proved once more who
 * they are; the session goes on under another token (for the cookie), and is
 * fresh.  ERR_UNAUTHENTICATED when it has ended meanwhile. */
NODISCARD enum err_code session_renew(struct cx *cx, struct str *token);

/* session_only -- the same; and every other session of the person ends. */
NODISCARD enum err_code session_only(struct cx *cx, struct str *token);

/* session_fresh -- was the proof of password or code within the last 5
 * minutes? */
bool session_fresh(const struct cx *cx);

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

#endif
