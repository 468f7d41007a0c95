/* SPDX-License-Identifier: ISC */
#ifndef CORE_FORM_H
#define CORE_FORM_H

/* Forms that must count once, however often they are sent: the page carries a
 * single-use id, and what it made is stored with a MAC of that id. */

#include "core/cx.h"

/* form_id -- a new single-use id; request lifetime. */
struct str form_id(struct cx *cx);

/* form_mac -- MAC_BYTES bytes that stand for an id in the store; request
 * lifetime. */
struct str form_mac(struct cx *cx, struct str once);

#endif
