/* SPDX-License-Identifier: ISC */
#ifndef CORE_INVITE_H
#define CORE_INVITE_H

/*
 * Invitations: a link, good once and for seven days, by which one person, named
 * by e-mail address, becomes a member.  Whoever opens it must sign in with
 * that address, or make an account with it.  An invitation is worth no more
 * than who made it: when they may not invite any more, it is void.
 */

#include "core/cx.h"
#include "model/team.h"

/*
 * invite_create -- RIGHT_MEMBER_EDIT; for a new owner RIGHT_OWNER_EDIT.  Older
 * ones for the same address are withdrawn.
 * out   the invitation, as stored
 * link  out: the whole address, to be told once; it is kept nowhere
 * Errors: ERR_INVALID with fields, ERR_CONFLICT in a personal workspace or when
 * INVITE_MOST are open; with reason "shown" when in->once made one before,
 * which is *out then.
 */
NODISCARD enum err_code invite_create(struct cx *cx,
    const struct invite_in *in, struct invite *out, struct str *link);

/* invite_list -- the open ones of cx->ws, newest first; none for those without
 * RIGHT_INVITE_SEE. */
NODISCARD enum err_code invite_list(struct cx *cx, struct invite **out,
    size_t *n);

/* invite_withdraw -- by uuid; rights as invite_create.  ERR_NOT_FOUND; that it
 * was used or withdrawn before is ERR_CONFLICT. */
NODISCARD enum err_code invite_withdraw(struct cx *cx, struct str uuid);

/* invite_open -- what the link is for, to whoever has it.  ERR_NOT_FOUND, with
 * words on what to do, when it is not good (any more). */
NODISCARD enum err_code invite_open(struct cx *cx, struct str token,
    struct invite *out);

/* invite_accept -- the person who is signed in joins; cx->ws is the workspace
 * then.  Errors: as invite_open; ERR_FORBIDDEN when it is for somebody else. */
NODISCARD enum err_code invite_accept(struct cx *cx, struct str token);

/* invite_join -- the same for somebody without an account, who gets one, and
 * a session.  session: out, token for the cookie.
 * Errors: as invite_open and account_prepare. */
NODISCARD enum err_code invite_join(struct cx *cx, struct str token,
    const struct join_in *in, struct str *session);

#endif
