/* SPDX-License-Identifier: ISC */
#ifndef CORE_READY_H
#define CORE_READY_H

/* Can this process answer requests now? For /readyz. */

#include "core/cx.h"

/* What is looked at, in this order; NULL-ended. */
extern const char *const ready_names[];

/*
 * ready_check -- the name of the first thing that does not work, or NULL.
 * Reads, never writes.  Leaves cx->err clean; what failed goes to the log.
 */
const char *ready_check(struct cx *cx);

#endif
