/* SPDX-License-Identifier: ISC */
#ifndef CORE_RESET_H
#define CORE_RESET_H

/* A new password for somebody who forgot theirs: a link that is good once and
 * for an hour, mailed, or printed by the shell.  A second factor stays on. */

#include "core/cx.h"

/*
 * reset_ask -- somebody forgot the password of this address.  When there is an
 * account, a link is mailed; either way the same answer, and the same work but
 * a few rows.  Errors: ERR_LIMITED, by network and address.
 */
NODISCARD enum err_code reset_ask(struct cx *cx, struct str email);

/* reset_link -- for the shell: a link to hand over; older ones work no more.
 * link: out, the whole address.  Errors: ERR_NOT_FOUND, ERR_CONFLICT when they
 * may not sign in. */
NODISCARD enum err_code reset_link(struct cx *cx, struct str email,
    struct str *link);

/* reset_open -- whose link is this?  ERR_NOT_FOUND, with words on what to do,
 * when it is not good (any more). */
NODISCARD enum err_code reset_open(struct cx *cx, struct str token,
    struct user *out);

/* reset_finish -- set the password; every session of the person ends, and
 * wrong tries at their password are forgotten.
 * Errors: as reset_open, ERR_INVALID at "password", ERR_BUSY. */
NODISCARD enum err_code reset_finish(struct cx *cx, struct str token,
    struct str password);

#endif
