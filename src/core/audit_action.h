/* SPDX-License-Identifier: ISC */
#ifndef CORE_AUDIT_ACTION_H
#define CORE_AUDIT_ACTION_H

/* Every word that the audit log has for what was done.  audit_append takes no
 * other; web/audit_words.c says those of a workspace in English; and
 * tests/req/test_audit.c makes each of them happen. */

#include <stdbool.h>
#include <stddef.h>

struct audit_action {
    const char *action;
    bool shown; /* stands in the log of a workspace, so pages show it */
};

/* audit_actions -- all of them. */
const struct audit_action *audit_actions(size_t *n);

/* audit_action_known -- is it one of them? */
bool audit_action_known(const char *action);

#endif
