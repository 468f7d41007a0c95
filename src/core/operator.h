/* SPDX-License-Identifier: ISC */
#ifndef CORE_OPERATOR_H
#define CORE_OPERATOR_H

/*
 * Who operates the installation (PRODUCT.md, "Who uses it"), and what they see
 * of it as a whole: no key, no use, nothing that a workspace keeps to itself.
 * It is a mark of the person, beside their roles in workspaces: whoever sets
 * up the installation has it, and the shell gives and takes it.
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

/* operator_set -- this person does from now on, or does not, with their next
 * request.  Saying it twice is no error.  Needs the shell. */
NODISCARD enum err_code operator_set(struct cx *cx, const struct user *u,
    bool on);

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
