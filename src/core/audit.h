/* SPDX-License-Identifier: ISC */
#ifndef CORE_AUDIT_H
#define CORE_AUDIT_H

/* The audit log: rows chained by hash, so that a changed, missing or moved
 * row shows (SECURITY.md 3.6). */

#include "core/change.h"
#include "store/store_audit.h"

/* audit_append -- one row, in the open transaction. For core/change.c.  Its
 * action is one of core/audit_action.c, else ERR_INTERNAL.
 * Details too long for a row have their texts clipped; they stay whole JSON,
 * and say how much was left out. */
NODISCARD enum err_code audit_append(struct cx *cx,
    const struct audit_event *event);

/*
 * audit_list -- rows of cx->ws, newest first: all of them for those who may
 * see them (RIGHT_AUDIT_ALL), else the actor's own.  The shell outside of any
 * workspace gets the whole log (without f->after).
 * f  workspace_id is filled here; more: out, whether there are further rows
 *    the same way: older ones, or with f->after newer ones
 */
NODISCARD enum err_code audit_list(struct cx *cx, struct audit_filter *f,
    struct audit **out, size_t *n, bool *more);

/* audit_of_key -- the newest rows on one key of cx->ws. */
NODISCARD enum err_code audit_of_key(struct cx *cx, struct str prefix,
    int most, struct audit **out, size_t *n);

/*
 * audit_verify -- walk the whole chain, and compare it with the heads that were
 * signed with the audit key of now.
 * *rows: how many were read; *bad: seq of the first row that is wrong, 0 when
 * none is.  Where a whole stretch was written anew, that is the row of the
 * first head which does not fit; where the tail is gone, the first row of it.
 * Needs the shell.
 */
NODISCARD enum err_code audit_verify(struct cx *cx, int64_t *rows,
    int64_t *bad);

/* A head is signed with every so many rows, and for what came since when it is
 * this old; and at each export. */
enum { AUDIT_HEAD_ROWS = 1000, AUDIT_HEAD_S = 3600 };

/* audit_sweep -- sign a head when it is time; often, by the thread that sweeps.
 * Each head goes to the log and to webhooks that want it, too, so that somebody
 * else has seen it. */
NODISCARD enum err_code audit_sweep(struct cx *cx);

/* How far the log of the installation is vouched for. */
struct audit_state {
    int64_t head_seq, head_at_s; /* of the newest signed head; 0: none yet */
    bool head_good;              /* its signature, and the hash of its row */
    int64_t rows_after;          /* rows since, of which the chain was walked
                                    just now */
    int64_t bad;                 /* seq of the first that is wrong; 0: none */
};

/* audit_state -- the newest head and the rows after it are checked; reads at
 * most AUDIT_HEAD_ROWS rows.  Needs RIGHT_AUDIT_OWN. */
NODISCARD enum err_code audit_state(struct cx *cx, struct audit_state *out);

/* Takes a piece of the export; false: it could not be kept. */
typedef bool audit_sink(void *to, struct str piece);

/*
 * audit_export -- the log as core/audit_file.h says, piece by piece: of cx->ws
 * when one was entered, else all of it.  That it was exported is its last row.
 * rows  out: how many
 * Needs the shell; ERR_INVALID when the sink gives false.
 */
NODISCARD enum err_code audit_export(struct cx *cx, audit_sink *sink,
    void *to, int64_t *rows);

#endif
