/* SPDX-License-Identifier: ISC */
#ifndef CORE_FIGURES_H
#define CORE_FIGURES_H

/*
 * What programs ask about usage and money: a standard key about itself, a
 * management key about any key of its workspace (RIGHT_USAGE_ALL).  The actor
 * is always a key.
 *
 * Requests that the gate refused are no requests here: they came to no
 * upstream.
 */

#include "core/cx.h"
#include "store/store_credit.h"
#include "store/store_figures.h"

/*
 * figures_key -- whose figures are asked for.
 * prefix  empty: of the key that asks
 * Errors: ERR_FORBIDDEN (a standard key that names another one, whether there
 * is such a key or not), ERR_NOT_FOUND.
 */
NODISCARD enum err_code figures_key(struct cx *cx, struct str prefix,
    struct key *out);

/* figures_between -- the sums of a key by model, in a span of Unix
 * milliseconds (to_ms not included), the dearest model first; the last row may
 * be all others (store/store_figures.h). */
NODISCARD enum err_code figures_between(struct cx *cx, const struct key *k,
    int64_t from_ms, int64_t to_ms, struct usage_rows *out);

/* figures_calls -- a page of single calls of k, newest first, and how many
 * there are in all.  f: workspace and key are filled here.
 * Errors: ERR_LIMITED (core/pace.h). */
NODISCARD enum err_code figures_calls(struct cx *cx, const struct key *k,
    struct figures_calls *f, struct usage_event **out, size_t *n,
    int64_t *total);

/*
 * figures_credits -- balance of the workspace.  The money of a workspace is for
 * its owners: the key has to be one of theirs, or of a service account.
 * Errors: ERR_FORBIDDEN.
 */
NODISCARD enum err_code figures_credits(struct cx *cx,
    struct credit_state *out);

/* figures_ledger -- entries, newest first; f: workspace_id is filled here.
 * more  out: there are older ones
 * Errors: as figures_credits. */
NODISCARD enum err_code figures_ledger(struct cx *cx,
    struct ledger_filter *f, struct ledger_entry **out, size_t *n,
    bool *more);

#endif
