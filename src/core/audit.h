/* SPDX-License-Identifier: ISC */
#ifndef CORE_AUDIT_H
#define CORE_AUDIT_H

/* The audit log: rows chained by hash, so that a changed, missing or moved
 * row shows (SECURITY.md 3.6). */

#include "core/change.h"
#include "store/store_audit.h"

/* audit_append -- one row, in the open transaction. For core/change.c.
 * Details too long for a row have their texts clipped; they stay whole JSON,
 * and say how much was left out. */
NODISCARD enum err_code audit_append(struct cx *cx,
    const struct audit_event *event);

/*
 * audit_list -- rows of cx->ws, newest first: all of them for those who may
 * see them (RIGHT_AUDIT_ALL), else the actor's own.
 * f  workspace_id is filled here; more: out, whether there are further rows
 *    the same way: older ones, or with f->after newer ones
 */
NODISCARD enum err_code audit_list(struct cx *cx, struct audit_filter *f,
    struct audit **out, size_t *n, bool *more);

/* audit_of_key -- the newest rows on one key of cx->ws. */
NODISCARD enum err_code audit_of_key(struct cx *cx, struct str prefix,
    int most, struct audit **out, size_t *n);

/*
 * audit_verify -- walk the whole chain.
 * *rows: how many were read; *bad: seq of the first row that is wrong, or 0.
 * Needs the shell.
 */
NODISCARD enum err_code audit_verify(struct cx *cx, int64_t *rows,
    int64_t *bad);

#endif
