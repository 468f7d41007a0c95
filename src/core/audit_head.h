/* SPDX-License-Identifier: ISC */
#ifndef CORE_AUDIT_HEAD_H
#define CORE_AUDIT_HEAD_H

/* Signed heads of the audit log; private to the core.  Signed is the text
 * "keylodge audit head 1\nSEQ AT\nHASH", the hash in lower-case hexadecimal. */

#include "core/cx.h"
#include "model/audit.h"

/* audit_sign -- sign and keep the head of this row, in the open transaction,
 * and tell the log.  Of a context without the audit key, nothing. */
NODISCARD enum err_code audit_sign(struct cx *cx, int64_t seq,
    struct str hash);

/*
 * audit_heads_check -- compare a chain that was found whole with every head of
 * this audit key.
 * rows  in the chain
 * bad   out: as audit_verify says
 */
NODISCARD enum err_code audit_heads_check(struct cx *cx, int64_t rows,
    int64_t *bad);

#endif
