/* SPDX-License-Identifier: ISC */
#ifndef CORE_TALLY_H
#define CORE_TALLY_H

/*
 * Refused calls.  They use up nothing, and must not cost a write on the way of
 * a request, nor fill the disk when they come in floods.  So they are counted
 * in memory by kind (key, minute, model, endpoint, reason) and written every
 * second by whoever calls touch_flush: the sums of hours and days, and one
 * usage event for each kind, whose `calls` grows.  A key has at most
 * TALLY_KINDS kinds in a minute; what comes on top is counted without model
 * and endpoint.  Names that the program does not know are not kept either.
 * Only keys whose secret was right are counted: an unknown key belongs to no
 * workspace, and a prefix is public, so whoever knows one must not be able to
 * write into somebody's log.  A kill loses at most a second of these numbers;
 * no decision reads them.
 *
 * The first refusals of each kind are kept one by one besides, each with its
 * trace (core/trace.h): at most TALLY_TRACES_KIND of a kind and
 * TALLY_TRACES_MINUTE of a workspace in a minute, and TALLY_TRACES that wait.
 * The others are in the count only.
 */

#include "core/check.h"

enum {
    TALLY_KINDS = 16,
    TALLY_TRACES_KIND = 10,
    TALLY_TRACES_MINUTE = 60,
    TALLY_TRACES = 1000
};

struct tally; /* process lifetime */

struct tally *tally_new(void);
void tally_free(struct tally *t);

/* tally_refused -- count one refusal; d->known. */
void tally_refused(struct cx *cx, const struct call *call,
    const struct decision *d);

/* tally_flush -- write what was counted; cx needs may_write.  After an error
 * the counts are still there. */
NODISCARD enum err_code tally_flush(struct cx *cx);

/* tally_prune -- forget refusals older than REFUSALS_KEPT_DAYS, at most 500;
 * their counts stay.  Each flush forgets some, too; this is for days without
 * refusals.  cx needs may_write. */
NODISCARD enum err_code tally_prune(struct cx *cx);

#endif
