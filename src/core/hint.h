/* SPDX-License-Identifier: ISC */
#ifndef CORE_HINT_H
#define CORE_HINT_H

/*
 * Which keys were metered when they last called.  It decides where the gate
 * reads, never what it decides: a call of such a key is looked at in the
 * writer's transaction from the start (meter_begin).  Asked by the hash of the
 * whole key text, so that it tells nothing to who has only its prefix.
 */

#include "core/cx.h"
#include "secret/keytext.h"

struct hints;

/* hints_new -- none is known; process lifetime. */
struct hints *hints_new(void);
void hints_free(struct hints *h);

/* hint_metered -- was it?  Sometimes true of another key.  False when
 * cx->touches is NULL. */
bool hint_metered(const struct cx *cx, const uint8_t hash[KEYTEXT_HASH]);

/* hint_set -- note what a key is, whose text was proved right. */
void hint_set(const struct cx *cx, const uint8_t hash[KEYTEXT_HASH],
    bool metered);

#endif
