/* SPDX-License-Identifier: ISC */
#ifndef CORE_PEOPLE_H
#define CORE_PEOPLE_H

/*
 * People, as who operates the installation sees and changes them: the shell, and
 * operators on their pages (ERR_NOT_FOUND for everybody else).  What would let
 * an operator into somebody's account, and so into workspaces, needs the shell:
 * people_rename, people_set_email.  The shell looks them up by address with
 * user_by_email.
 */

#include "core/cx.h"
#include "model/operation.h"

/* people_list -- those after this id, in its order; *n is `most` when there may
 * be more. */
NODISCARD enum err_code people_list(struct cx *cx, int64_t after, size_t most,
    struct user **out, size_t *n);

/* people_overview -- what is asked for, newest first, at most ask->most; *more:
 * there are older ones. */
NODISCARD enum err_code people_overview(struct cx *cx,
    const struct operation_ask *ask, struct person_overview **out, size_t *n,
    bool *more);

/* people_get -- by id.  Errors: ERR_NOT_FOUND. */
NODISCARD enum err_code people_get(struct cx *cx, struct str uuid,
    struct user *out);

/* people_workspaces -- in which they are, with their role; deleted ones are left
 * out. */
NODISCARD enum err_code people_workspaces(struct cx *cx,
    const struct user *u, struct workspace **out, size_t *n);

/* people_sessions -- that have not ended, newest use first. */
NODISCARD enum err_code people_sessions(struct cx *cx, const struct user *u,
    struct session **out, size_t *n);

/*
 * people_disable -- they cannot sign in, and their sessions end; their keys go
 * on.  people_enable: they can again.  Doing it twice is no error.
 * alone, n  out: as of people_alone
 * Errors: ERR_CONFLICT for an operator who would disable themselves.
 */
NODISCARD enum err_code people_disable(struct cx *cx, const struct user *u,
    struct workspace **alone, size_t *n);
NODISCARD enum err_code people_enable(struct cx *cx, const struct user *u);

/* people_alone -- workspaces that have no other owner who can sign in, and are
 * not their personal one. */
NODISCARD enum err_code people_alone(struct cx *cx, const struct user *u,
    struct workspace **out, size_t *n);

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
