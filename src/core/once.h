/* SPDX-License-Identifier: ISC */
#ifndef CORE_ONCE_H
#define CORE_ONCE_H

/*
 * Idempotency-Key: a program whose answer got lost may send its request again,
 * and nothing is made twice.  The first change of a request that carries such
 * a text notes what it made, in its own transaction; the same text from the
 * same key is then refused and told what that was.  It is not answered as the
 * first time: a secret is shown once, and kept nowhere.
 *
 * core/change.c calls these two for every change, so no handler has to.
 */

#include "core/change.h"

enum { ONCE_TEXT_MOST = 255, ONCE_KEPT_S = 2 * 86400 };

/* once_check -- in a transaction that begins.  Errors: ERR_CONFLICT, reason
 * "repeated" (the message names what was made) or "idempotency_reuse" (another
 * request came with the same text). */
NODISCARD enum err_code once_check(struct cx *cx);

/* once_note -- before the commit of a change with this event; further changes
 * of the same request are neither noted nor checked. */
NODISCARD enum err_code once_note(struct cx *cx,
    const struct audit_event *event);

#endif
