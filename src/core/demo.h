/* SPDX-License-Identifier: ISC */
#ifndef CORE_DEMO_H
#define CORE_DEMO_H

/*
 * The demo workspace: made up, marked as such (workspace.demo), to look at
 * pages that hold something.  Its people have no password and .example
 * addresses, so nobody can sign in as one of them; secrets of its keys are
 * shown to nobody.
 */

#include "core/cx.h"

/*
 * demo_fill -- make the workspace "demo": members of each role, a service
 * account, deployments, models with dated prices, 40 keys of all kinds and
 * states, 60 days of calls.  The calls are the same in every run of a day.
 * owner  becomes one of its owners; NULL: only demo people are in it
 * made   out: false when it was there already; then only the owner is added
 * Needs the shell.  Writes many changes; when one fails, those before it stay.
 * Errors: ERR_CONFLICT when another workspace has the address "demo".
 */
NODISCARD enum err_code demo_fill(struct cx *cx, const struct user *owner,
    bool *made);

/* demo_join -- in the open change: u becomes an owner of the demo workspace,
 * when there is one. For the first owner, who comes after `--demo`. */
NODISCARD enum err_code demo_join(struct cx *cx, const struct user *u);

#endif
