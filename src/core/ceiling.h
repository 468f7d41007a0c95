/* SPDX-License-Identifier: ISC */
#ifndef CORE_CEILING_H
#define CORE_CEILING_H

/*
 * A key never gives more than it has (SECURITY.md decision 8, SEMANTICS.md
 * 52): what a management key may not call itself, in categories, models,
 * endpoints, networks, deployment and money a period, no key may get from it.
 * Persons have no such ceiling.  Private to the core.
 */

#include "core/cx.h"

/*
 * ceiling_start -- what a new key may do when nothing is said: everything, or
 * what the key that makes it may.
 * k  its access and spending limit are filled
 */
NODISCARD enum err_code ceiling_start(struct cx *cx, struct key *k);

/*
 * ceiling_need -- may the actor make a key like k, or let it go on?
 * k  with its access, models by uuid
 * Errors: ERR_FORBIDDEN, reason "beyond_maker"; the message names what is too
 * much.
 */
NODISCARD enum err_code ceiling_need(struct cx *cx, const struct key *k);

#endif
