/* SPDX-License-Identifier: ISC */
#ifndef WEB_AUDIT_WORDS_H
#define WEB_AUDIT_WORDS_H

/* Lines of the audit log as people read them: the one table of words. */

#include "model/audit.h"
#include "web/view.h"

/* audit_did -- "disabled key": stands between who and the object's name. An
 * action without words is told by its own name. */
struct str audit_did(struct str action);

/* audit_did_here -- "disabled it": on the page of the key itself. */
struct str audit_did_here(struct str action);

/* audit_known -- is it an action that a workspace's log can hold? */
bool audit_known(struct str action);

/* audit_label -- "Key disabled"; the action itself when it is not known. */
struct str audit_label(struct str action);

/* audit_options -- those actions as options of a field, the chosen one
 * checked. */
void audit_options(struct form *fm, struct val *field, struct str chosen);

/* audit_who -- the name of who did it, as a sentence begins with it. */
struct str audit_who(const struct audit *row);

/* audit_how -- "by management key 0c11Rt5m", "from the shell"; empty for a
 * person. */
struct str audit_how(struct cx *cx, const struct audit *row);

/* audit_href -- page of the object; empty when it has none. */
struct str audit_href(struct cx *cx, const struct audit *row);

/*
 * audit_details -- "name Old -> New; limit 50.00" (with a real arrow) from the
 * JSON of a row; empty when there is nothing to tell.  A fault in it gives the
 * empty text: the CSV file has the JSON as it is.
 */
struct str audit_details(struct cx *cx, const struct audit *row);

#endif
