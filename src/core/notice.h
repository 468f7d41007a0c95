/* SPDX-License-Identifier: ISC */
#ifndef CORE_NOTICE_H
#define CORE_NOTICE_H

/*
 * What people and programs are told of by themselves: mail, and events for the
 * webhooks of a workspace.  A notice is queued in the transaction of the change
 * that it tells of, so that both are there or neither; another process sends
 * it (`keylodge send`, core/outbox.h).
 *
 *     struct notice n = { .kind = NOTICE_INVITE, .email = v.email,
 *         .role = v.role, .link = link, .ends_s = v.ends_s };
 *     if (... || notice_add(cx, &n))
 *         return change_abort(cx);
 *     return change_commit(cx, &event);
 *
 * Links hold tokens, of which the database has nothing but a MAC.  So what a
 * notice says is sealed (SUBKEY_NOTICE) with its own id as associated data,
 * and wiped when it is out.  A link goes into mail only, never into an event.
 */

#include "core/cx.h"
#include "model/audit.h"
#include "model/limit.h"
#include "model/notice.h"

/* What happened.  Members that a kind does not name are left 0. */
struct notice {
    enum notice_kind kind;
    /* NOTICE_RESET, NOTICE_SIGN_IN, NOTICE_MAIL_TEST: whose account; from where stands in
     * cx->address and cx->agent */
    const struct user *person;
    /* NOTICE_INVITE: for whom, as what; by whom stands in cx->actor */
    struct str email;
    enum role role;
    /* NOTICE_INVITE, NOTICE_RESET: the whole address, with its token; it is
     * good until ends_s, and nothing is sent after that */
    struct str link;
    int64_t ends_s;
    /* NOTICE_KEY_EXPIRES, NOTICE_KEY_LEAKED; NOTICE_BUDGET_x of a key */
    const struct key *key;
    /* NOTICE_BUDGET_x: counts money; NULL key: a budget of the workspace */
    const struct limit *limit;
    /* NOTICE_TEST: of this webhook, and of no other */
    int64_t webhook_id;
    /* NOTICE_AUDIT_HEAD: what was signed */
    const struct audit_head *head;
    /* NOTICE_SEAL_BROKEN: what it is of, "key", and its name; who is told: those
     * of cx->ws, id 0 when there is none, and who operates the installation */
    const char *broken;
    struct str broken_name;
    bool to_owners, to_operators;
};

enum {
    NOTICE_LIFE_S = 3 * 86400 /* what has no end of its own is tried so long */
};

/* notice_mailed -- is mail set up here?  Pages ask it to say "a mail is on its
 * way" or "copy this link". */
bool notice_mailed(const struct cx *cx);

/*
 * notice_add -- in the open transaction: queue what this kind means.
 * Mail (only when it is set up): an invitation to who is invited; reset,
 * sign-in and test of mail to the person; a key that ends to its owner, or, of a service
 * account, to owners and admins; leaks and budgets to the key's owner and to
 * all owners and admins; a broken row seal to owners and operators.  Nobody
 * twice.
 * Events: to the webhooks of cx->ws, or for reset and sign-in of every
 * workspace of the person, for heads of the audit log of every workspace there
 * is, which are not paused and want this kind.
 * cx->ws: entered, for all kinds but reset, sign-in and heads.  The demo workspace
 * tells nobody, but of broken row seals: its people are made up.
 * Errors: those of the store.
 */
NODISCARD enum err_code notice_add(struct cx *cx, const struct notice *n);

#endif
