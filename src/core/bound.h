/* SPDX-License-Identifier: ISC */
#ifndef CORE_BOUND_H
#define CORE_BOUND_H

/* What sealed values are bound to, so that none opens in another's place.  Keys
 * have key_seal_ad (core/key.h); mail and webhooks take their uuid. */

#include "base/arena.h"

/* Request lifetime of `a`. */
struct str bound_password(struct arena *a, struct str user_uuid);
struct str bound_seed(struct arena *a, struct str user_uuid);

#endif
