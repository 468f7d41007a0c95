/* SPDX-License-Identifier: ISC */
#ifndef APP_GATES_H
#define APP_GATES_H

/* The gates a request passes before its handler, in this order.  Each returns
 * the code of w->cx.err; the first refusal is the answer. */

#include "app/app.h"

/* gate_who -- session cookie, API key or nobody; refuses who may not knock. */
NODISCARD enum err_code gate_who(struct worker *w);

/* gate_body -- parse the body; take the CSRF field out of a form. */
NODISCARD enum err_code gate_body(struct worker *w, size_t announced,
    struct str body);

/* gate_keep -- after gate_who refused a post of ours: read its form all the
 * same, so that it survives the sign-in.  Refuses nothing. */
void gate_keep(struct worker *w, size_t announced, struct str body);

/* gate_forgery -- a change from a page of ours?  Turns writing on. */
NODISCARD enum err_code gate_forgery(struct worker *w);

/* gate_workspace -- enter the {ws} of the path. */
NODISCARD enum err_code gate_workspace(struct worker *w);

/* gate_fields -- read the row's fields into req->input; a row without fields
 * refuses every one. */
NODISCARD enum err_code gate_fields(struct worker *w);

/* gate_fresh -- rows marked FRESH: ERR_UNAUTHENTICATED, with the reason
 * CONFIRM_REASON, when the session's last proof is too old. */
#define CONFIRM_REASON "confirm"
NODISCARD enum err_code gate_fresh(struct worker *w);

/* gate_form_session -- what the tokens of this answer's forms are bound to:
 * the session, or a pre-session cookie that is set when it is missing. */
void gate_form_session(struct worker *w);

#endif
