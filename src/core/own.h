/* SPDX-License-Identifier: ISC */
#ifndef CORE_OWN_H
#define CORE_OWN_H

/*
 * What a key may and did, for whoever holds it, without an account: having the
 * key is the right to it.  Reads only; shows nothing of other keys, and of
 * limits of the workspace no figures.
 */

#include "core/limit.h"
#include "model/request.h"
#include "model/usage.h"

enum { OWN_REFUSALS = 20 };

struct own {
    struct key key;               /* with what it may call */
    struct str workspace;         /* name */
    struct limits limits;         /* none of those that only watch */
    struct usage_sum today, month; /* UTC */
    struct request_row *refusals; /* the newest, of 30 days */
    size_t n_refusals;
};

/*
 * own_look -- by the whole key.
 * Errors: ERR_INVALID at `key`, one message for everything that is no live key
 * of ours, revoked ones too; ERR_LIMITED by network.
 */
NODISCARD enum err_code own_look(struct cx *cx, struct str text,
    struct own *out);

#endif
