/* SPDX-License-Identifier: ISC */
#ifndef CORE_PEOPLE_H
#define CORE_PEOPLE_H

/* People, as who operates the installation sees and changes them.  All of it
 * needs the shell; looked up by address with user_by_email. */

#include "core/cx.h"

/* people_list -- those after this id, in its order; *n is `most` when there may
 * be more. */
NODISCARD enum err_code people_list(struct cx *cx, int64_t after, size_t most,
    struct user **out, size_t *n);

/* people_workspaces -- in which they are, with their role. */
NODISCARD enum err_code people_workspaces(struct cx *cx,
    const struct user *u, struct workspace **out, size_t *n);

/* people_sessions -- that have not ended, newest use first. */
NODISCARD enum err_code people_sessions(struct cx *cx, const struct user *u,
    struct session **out, size_t *n);

/*
 * people_disable -- they cannot sign in, and their sessions end; their keys go
 * on.  people_enable: they can again.  Doing it twice is no error.
 * alone, n  out: workspaces that have no other owner who can sign in, and are
 *           not their personal one
 */
NODISCARD enum err_code people_disable(struct cx *cx, const struct user *u,
    struct workspace **alone, size_t *n);
NODISCARD enum err_code people_enable(struct cx *cx, const struct user *u);

/* people_end_sessions -- all of them; they can sign in again. */
NODISCARD enum err_code people_end_sessions(struct cx *cx,
    const struct user *u);

/* people_rename -- ERR_INVALID at name as profile_fields says: the caller read
 * it by that table. */
NODISCARD enum err_code people_rename(struct cx *cx, const struct user *u,
    struct str name);

/* people_set_email -- their address from now on, with which they sign in; links
 * to set a password that are on their way end.  ERR_INVALID at email when it is
 * none, or is somebody's. */
NODISCARD enum err_code people_set_email(struct cx *cx, const struct user *u,
    struct str email);

#endif
