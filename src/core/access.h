/* SPDX-License-Identifier: ISC */
#ifndef CORE_ACCESS_H
#define CORE_ACCESS_H

/*
 * Who may do what, once: PRODUCT.md section 3 as a table.  Every core function
 * that reads or changes something of a workspace asks here first.
 */

#include "core/cx.h"

enum right {
    RIGHT_KEY_SEE,        /* facts of all keys of the workspace */
    RIGHT_KEY_CREATE,     /* standard keys; edit, rotate, disable own ones */
    RIGHT_KEY_OTHERS,     /* edit, rotate, disable keys of others */
    RIGHT_KEY_REVOKE,     /* revoke or delete any key */
    RIGHT_KEY_SPECIAL,    /* management keys, admin keys */
    RIGHT_KEY_REVIVE,     /* extend a key that has expired already */
    RIGHT_LIMITS,         /* rate limits, budgets */
    RIGHT_CATALOG_SEE,    /* models, deployments */
    RIGHT_CATALOG_EDIT,
    RIGHT_USAGE_OWN,      /* usage of own keys */
    RIGHT_USAGE_ALL,
    RIGHT_MEMBER_SEE,
    RIGHT_INVITE_SEE,     /* who is invited */
    RIGHT_MEMBER_EDIT,    /* invite; roles of members and admins */
    RIGHT_OWNER_EDIT,     /* roles of owners */
    RIGHT_SERVICE_EDIT,   /* service accounts */
    RIGHT_AUDIT_OWN,      /* own lines of the audit log */
    RIGHT_AUDIT_ALL,
    RIGHT_FREEZE,         /* refuse every call of the workspace */
    RIGHT_SETTINGS,       /* name, key policy, retention */
    RIGHT_CREDITS,
    RIGHT_WORKSPACE_DELETE,
    RIGHT_COUNT
};

/* access_has -- has the actor this right in cx->ws?  The shell has every one.
 * A key has those of its kind while its owner may have such keys: an admin or
 * owner, a service account, or nobody (keys made by the shell). */
bool access_has(const struct cx *cx, enum right right);

/*
 * access_need -- the same as a gate.  Errors: ERR_FORBIDDEN; the message says
 * which role is needed and names up to three people who can help.  Those of
 * access_alive, for a right to make or change something: nothing is made in a
 * deleted workspace, whoever asks (people and keys are not let in; the shell
 * is).
 */
NODISCARD enum err_code access_need(struct cx *cx, enum right right);

/* access_need_to_end -- the same for what takes something away under such a
 * right, as removing a member: that is done in a deleted workspace, too. */
NODISCARD enum err_code access_need_to_end(struct cx *cx, enum right right);

/* access_alive -- ERR_CONFLICT with reason "deleted" when cx->ws is. */
NODISCARD enum err_code access_alive(struct cx *cx);

/* access_own -- is this the actor's own key? */
bool access_own(const struct cx *cx, const struct key *k);

/* access_role_has -- the bare table, for tests and pages. */
bool access_role_has(enum role role, enum right right);

#endif
