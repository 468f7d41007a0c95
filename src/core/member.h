/* SPDX-License-Identifier: ISC */
#ifndef CORE_MEMBER_H
#define CORE_MEMBER_H

/*
 * Members of a team: roles, going, and what they leave behind (PRODUCT.md
 * section 3).  Admins never touch owners.  The last owner who can sign in
 * neither leaves, nor loses that role, nor is removed.  Whoever's role changes,
 * or who is removed, has to sign in again: their sessions end (SECURITY.md W5).
 */

#include "core/cx.h"
#include "model/team.h"
#include "store/store_key.h"
#include "store/store_team.h"

/* member_get -- a member of cx->ws, by the person's uuid; ERR_NOT_FOUND. */
NODISCARD enum err_code member_get(struct cx *cx, struct str uuid,
    struct member *out);

/* member_may_edit -- may the actor change the role of m, and remove them?
 * Nobody removes themselves: they leave. */
bool member_may_edit(const struct cx *cx, const struct member *m);

/* member_is_last -- *last: m is the only owner who can sign in. */
NODISCARD enum err_code member_is_last(struct cx *cx, const struct member *m,
    bool *last);

/* holder_keys -- up to `most` keys of one holder that are not revoked, as far
 * as the actor sees them; *more: there are further ones. */
NODISCARD enum err_code holder_keys(struct cx *cx, enum key_holder who,
    int64_t id, int most, struct key **out, size_t *n, bool *more);

/* member_set_role -- ERR_CONFLICT, reason "last_owner". */
NODISCARD enum err_code member_set_role(struct cx *cx, struct str uuid,
    enum role role);

/* member_removable -- the same for who may remove them.  Errors also: as
 * member_set_role; ERR_CONFLICT for oneself. */
NODISCARD enum err_code member_removable(struct cx *cx, struct str uuid,
    struct member *out);

/* member_remove -- and say what becomes of their keys.  Errors as
 * member_removable, and those of core/fate.h. */
NODISCARD enum err_code member_remove(struct cx *cx, struct str uuid,
    const struct fate_in *in);

/* member_leave -- the actor; their keys go as the setting of the workspace
 * says.  cx->ws is empty then. */
NODISCARD enum err_code member_leave(struct cx *cx);

/* owner_transfer -- this member becomes an owner, the actor an admin.
 * RIGHT_OWNER_EDIT; ERR_CONFLICT when they cannot sign in. */
NODISCARD enum err_code owner_transfer(struct cx *cx, struct str uuid);

/* left_list -- those whose keys wait for an answer, or were passed to an owner
 * within a week; none for those who may not decide. */
NODISCARD enum err_code left_list(struct cx *cx, struct left_person **out,
    size_t *n);

/* left_get -- one of these, with ROLE_NONE; they may be a member again.
 * RIGHT_MEMBER_EDIT; ERR_NOT_FOUND. */
NODISCARD enum err_code left_get(struct cx *cx, struct str uuid,
    struct member *out);

/* left_answer -- what becomes of some keys that this person left. */
NODISCARD enum err_code left_answer(struct cx *cx, struct str uuid,
    const struct fate_in *in);

#endif
