/* SPDX-License-Identifier: ISC */
#ifndef CORE_ACCOUNT_H
#define CORE_ACCOUNT_H

/* People: the one-time set-up, accounts, profiles. */

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
 * setup_finish -- make the first owner, who operates the installation, their
 * personal workspace and a session.  session: out, token for the cookie.
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

/* user_add -- for the shell: a further person with a personal workspace.
 * The same rules as setup_finish. */
NODISCARD enum err_code user_add(struct cx *cx, struct str email,
    struct str name, struct str password, struct user *out);

/* user_by_email -- for the shell. ERR_NOT_FOUND. */
NODISCARD enum err_code user_by_email(struct cx *cx, struct str email,
    struct user *out);

/* profile_set -- the actor's name. */
NODISCARD enum err_code profile_set(struct cx *cx,
    const struct profile_in *in);

#endif
