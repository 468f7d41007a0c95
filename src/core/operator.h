/* SPDX-License-Identifier: ISC */
#ifndef CORE_OPERATOR_H
#define CORE_OPERATOR_H

/*
 * Who operates the installation (PRODUCT.md, "Who uses it"), and what they see
 * of it as a whole: of a workspace its name, first owner, state, how many keys
 * and people it has and what it spent; no key, no call, nothing else that it
 * keeps to itself, and no way in.  It is a mark of the person, beside their roles
 * in workspaces: whoever sets up the installation has it; the shell and other
 * operators give and take it.
 */

#include "core/cx.h"
#include "model/operation.h"

/* operator_is -- does the actor operate the installation?  The shell does. */
bool operator_is(const struct cx *cx);

/* operator_need -- the same as a gate.  Errors: ERR_NOT_FOUND, in the words of
 * an address that there is not: nobody else has to know these pages. */
NODISCARD enum err_code operator_need(struct cx *cx);

/* operator_again -- after CHANGE_BEGIN: the same of the person as they are now.
 * Errors: ERR_NOT_FOUND; abort the change then. */
NODISCARD enum err_code operator_again(struct cx *cx);

/* operator_other -- ERR_CONFLICT when the actor is this person: words, a
 * sentence, and who can do it instead.  So the last operator stays one. */
NODISCARD enum err_code operator_other(struct cx *cx, const struct user *u,
    const char *words);

/* operator_set -- this person does from now on, or does not, with their next
 * request.  Saying it twice is no error.  Errors: ERR_NOT_FOUND; ERR_CONFLICT
 * for oneself, and to give it to who is disabled. */
NODISCARD enum err_code operator_set(struct cx *cx, const struct user *u,
    bool on);

/* What operator_workspaces calls spent: these days, today is one. */
enum { OPERATION_DAYS = 30 };

/* operator_workspaces -- what is asked for, newest first, at most ask->most;
 * *more: there are older ones.  May take longer than other pages.
 * Errors: ERR_NOT_FOUND; ERR_BUSY. */
NODISCARD enum err_code operator_workspaces(struct cx *cx,
    const struct operation_ask *ask, struct workspace_overview **out,
    size_t *n, bool *more);

/* operator_look -- the same of one. */
NODISCARD enum err_code operator_look(struct cx *cx, struct str slug,
    struct workspace_overview *out);

/* operator_workspace -- any workspace, as a row: its settings and state, no
 * role.  Errors: ERR_NOT_FOUND. */
NODISCARD enum err_code operator_workspace(struct cx *cx, struct str slug,
    struct workspace *out);

/* operator_mail_test -- a mail to the actor, to see whether it arrives.  Errors:
 * ERR_NOT_FOUND; ERR_CONFLICT when there is no way for mail. */
NODISCARD enum err_code operator_mail_test(struct cx *cx);

/* operator_counts -- how much there is.  May take longer than other pages.
 * Errors: ERR_NOT_FOUND; ERR_BUSY. */
NODISCARD enum err_code operator_counts(struct cx *cx,
    struct operation_counts *out);

#endif
