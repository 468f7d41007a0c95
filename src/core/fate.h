/* SPDX-License-Identifier: ISC */
#ifndef CORE_FATE_H
#define CORE_FATE_H

/*
 * What becomes of keys whose owner goes: handed over, revoked, or, until
 * somebody decides, suspended or passed to an owner as the workspace's setting
 * says (PRODUCT.md section 3, SEMANTICS.md 39).  Every key has its own line in
 * the audit log.  Private to the core: who calls has asked for the right, and
 * has a change open.
 */

#include "core/cx.h"
#include "model/team.h"
#include "store/store_key.h"

/*
 * fate_all -- of every key of `who` with this id; without keys the answer is
 * not even read.
 * Errors: ERR_INVALID at `fate` or `to`; messages name the key that the new
 * owner cannot have.
 */
NODISCARD enum err_code fate_all(struct cx *cx, enum key_holder who,
    int64_t id, const struct fate_in *in);

/* fate_some -- the same of the keys in in->keys only, which somebody left and
 * which wait for this answer; ERR_NOT_FOUND for any other. */
NODISCARD enum err_code fate_some(struct cx *cx, int64_t left_user_id,
    const struct fate_in *in);

#endif
