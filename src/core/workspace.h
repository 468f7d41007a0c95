/* SPDX-License-Identifier: ISC */
#ifndef CORE_WORKSPACE_H
#define CORE_WORKSPACE_H

/* Workspaces: which there are, entering one, its settings and members. */

#include "core/cx.h"

/* workspace_personal -- for a new user, in the open transaction. */
NODISCARD enum err_code workspace_personal(struct cx *cx,
    const struct user *u);

/* workspace_list -- those of the actor, personal first. */
NODISCARD enum err_code workspace_list(struct cx *cx, struct workspace **out,
    size_t *n);

/* workspace_all -- for the shell: those after this id, in its order, with
 * counts; *n is `most` when there may be more. */
NODISCARD enum err_code workspace_all(struct cx *cx, int64_t after,
    size_t most, struct workspace **out, size_t *n);

/* workspace_free_slug -- in the open transaction: the first of "acme", "acme-2",
 * "acme-3" ... that is free, for a workspace of this name. */
NODISCARD enum err_code workspace_free_slug(struct cx *cx, struct str name,
    struct str *out);

/* workspace_enter -- set cx->ws. ERR_NOT_FOUND unless the actor is a member
 * (the shell enters any), and of a deleted one; ERR_FORBIDDEN as factor_need (core/factor.h). */
NODISCARD enum err_code workspace_enter(struct cx *cx, struct str slug);

/* workspace_enter_id -- the same by id, whether or not a second factor is asked
 * for: for keys, which belong to one, and people who join. */
NODISCARD enum err_code workspace_enter_id(struct cx *cx, int64_t id);

/* workspace_thaw_if_over -- a freeze that has an end is over by itself: nobody
 * has to lift it.  w: as it was read. */
void workspace_thaw_if_over(const struct cx *cx, struct workspace *w);

/* workspace_home -- slug of the workspace to show first: the last one visited,
 * else the personal one; empty when there is none. */
NODISCARD enum err_code workspace_home(struct cx *cx, struct str *slug);

/*
 * workspace_create -- a team workspace; the actor becomes its owner.
 * in     its name, and of whom it asks codes: it does so WORKSPACE_GRACE_S later,
 *        so that nobody is stopped at the first step, whoever makes it
 * owner  for the shell, who becomes it; else NULL
 */
NODISCARD enum err_code workspace_create(struct cx *cx,
    const struct workspace_in *in, const struct user *owner,
    struct workspace *out);

/* settings_save -- name, key policy and treatment of calls of cx->ws. ERR_CONFLICT with
 * reason "stale" when somebody saved since the form was opened. */
NODISCARD enum err_code settings_save(struct cx *cx,
    const struct settings_in *in);

/* settings_now -- those of cx->ws as its form would send them unchanged. */
void settings_now(const struct cx *cx, struct settings_in *out);

/* Which members: those after or before one (ids; 0: from the start). */
struct member_page {
    int64_t after, before;
    size_t most;
    bool more;   /* out: there are further ones the same way */
    int64_t all; /* out: how many there are */
};

/* member_page -- of cx->ws, owners first, then admins and members, by name. */
NODISCARD enum err_code member_page(struct cx *cx, struct member_page *p,
    struct member **out, size_t *n);

/* member_list -- all of them; for the shell. */
NODISCARD enum err_code member_list(struct cx *cx, struct member **out,
    size_t *n);

/* member_names -- at most 1,000 for a choice of people: without second_factor and
 * n_keys, which are dear to count. */
NODISCARD enum err_code member_names(struct cx *cx, struct member **out,
    size_t *n);

/* service_list -- service accounts of cx->ws, by name. */
NODISCARD enum err_code service_list(struct cx *cx,
    struct service_account **out, size_t *n);

/* member_joinable -- in the open transaction: may somebody with this address
 * join cx->ws?  ERR_CONFLICT of a personal one, ERR_INVALID at email of who is
 * a member. */
NODISCARD enum err_code member_joinable(struct cx *cx, struct str email);

/* member_add -- for the shell: an existing user joins cx->ws. */
NODISCARD enum err_code member_add(struct cx *cx, const struct user *u,
    enum role role);

#endif
