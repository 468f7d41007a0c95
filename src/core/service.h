/* SPDX-License-Identifier: ISC */
#ifndef CORE_SERVICE_H
#define CORE_SERVICE_H

/* Service accounts: owners of keys that belong to no person, and go on when
 * people leave.  Seeing them takes RIGHT_MEMBER_SEE, changing them
 * RIGHT_SERVICE_EDIT. */

#include "core/cx.h"
#include "model/team.h"

/* service_page -- those of cx->ws with all members filled, by name; without
 * them core/workspace.h has service_list. */
NODISCARD enum err_code service_page(struct cx *cx,
    struct service_account **out, size_t *n);

/* service_get -- for who may change it; ERR_NOT_FOUND. */
NODISCARD enum err_code service_get(struct cx *cx, struct str uuid,
    struct service_account *out);

/* service_add, service_rename -- ERR_INVALID when the name is taken;
 * ERR_CONFLICT when there are SERVICE_MOST. */
NODISCARD enum err_code service_add(struct cx *cx,
    const struct service_in *in);
NODISCARD enum err_code service_rename(struct cx *cx, struct str uuid,
    const struct service_in *in);

/* service_remove -- and say what becomes of its keys; errors also those of
 * core/fate.h. */
NODISCARD enum err_code service_remove(struct cx *cx, struct str uuid,
    const struct fate_in *in);

#endif
