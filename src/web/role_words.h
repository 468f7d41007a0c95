/* SPDX-License-Identifier: ISC */
#ifndef WEB_ROLE_WORDS_H
#define WEB_ROLE_WORDS_H

/* Roles as pages show them. */

#include "base/str.h"
#include "model/workspace.h"

/* role_title -- "Owner"; "" for ROLE_NONE. Process lifetime. */
const char *role_title(enum role role);

/* role_may -- "Everything, also credits and deletion": what a role is for. */
const char *role_may(enum role role);

/* factor_label -- whom a workspace asks for codes: "Owners and admins". */
struct str factor_label(enum factor_rule r);

#endif
