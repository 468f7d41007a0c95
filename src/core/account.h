/* SPDX-License-Identifier: ISC */
#ifndef CORE_ACCOUNT_H
#define CORE_ACCOUNT_H

/* People and how they sign in: the one-time set-up, sessions, passwords. */

#include "core/cx.h"

enum { SETUP_LINK_S = 3600 };

/*
 * setup_link -- a new one-time link for the first owner; the older ones stop
 * working.  token: out, for "/setup?t="; empty when set-up is done already.
 * Needs the shell.
 */
NODISCARD enum err_code setup_link(struct cx *cx, struct str *token);

/* setup_state -- what the set-up page shows. */
enum setup_state { SETUP_OPEN, SETUP_DONE, SETUP_WRONG_LINK };
NODISCARD enum err_code setup_state(struct cx *cx, struct str token,
    enum setup_state *out);

/*
 * setup_finish -- make the first owner, their personal workspace and a
 * session.  session: out, token for the cookie.
 * Errors: ERR_NOT_FOUND (wrong or old link), ERR_CONFLICT (done already),
 * ERR_INVALID (fields), ERR_BUSY.
 */
NODISCARD enum err_code setup_finish(struct cx *cx, const struct setup_in *in,
    struct str *session);

/* email_looks_right -- one '@' with something on both sides, a dot after it,
 * no blanks.  Whether mail arrives there is found out by sending some. */
bool email_looks_right(struct str s);

/*
 * account_prepare -- the rules on a new person: fills everything of *u but the
 * id.  Hashes the password, which is slow on purpose: never in a transaction.
 * Errors: ERR_INVALID at email or password, ERR_BUSY.
 */
NODISCARD enum err_code account_prepare(struct cx *cx, struct str email,
    struct str name, struct str password, struct user *u);

/* account_insert -- in the open transaction: the person, with a personal
 * workspace.  ERR_INVALID at email when the address has an account. */
NODISCARD enum err_code account_insert(struct cx *cx, struct user *u);

/* session_begin -- in the open transaction: a session of this person, who acts
 * from here on.  token: out, for the cookie. */
NODISCARD enum err_code session_begin(struct cx *cx, const struct user *u,
    struct str *token);

/* user_add -- for the shell: a further person with a personal workspace.
 * The same rules as setup_finish. */
NODISCARD enum err_code user_add(struct cx *cx, struct str email,
    struct str name, struct str password, struct user *out);

/* user_by_email -- for the shell. ERR_NOT_FOUND. */
NODISCARD enum err_code user_by_email(struct cx *cx, struct str email,
    struct user *out);

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

/* profile_set -- the actor's name. */
NODISCARD enum err_code profile_set(struct cx *cx,
    const struct profile_in *in);

/* password_change -- needs the current one; ends the other sessions. */
NODISCARD enum err_code password_change(struct cx *cx,
    const struct password_in *in);

#endif
