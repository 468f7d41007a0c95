/* SPDX-License-Identifier: ISC */
#ifndef CORE_READY_H
#define CORE_READY_H

/* Can this process answer requests now? For /readyz. */

#include "core/cx.h"

/* What is looked at, in this order. */
enum ready {
    READY_STORE,  /* it answers, and its file is the one at its path */
    READY_SECRET, /* the database's mark is of a master secret that is here; a
                     start with another one is refused (seal_secret) */
    READY_SPACE,  /* the disk has room; without, only revoking works */
    READY_SEALS,  /* no row was found that was changed outside */
    READY_COUNT
};

struct ready_state {
    const char *name;   /* "store" */
    bool needed;        /* without it nobody is served as they should; the
                           others are for who watches: a server that still
                           checks keys is not to be taken out for them */
    bool good;
};

/*
 * ready_look -- look at all of them.
 * Reads, never writes; some statements and calls of the file system.  Leaves
 * cx->err clean; what is needed and failed goes to the log.
 * Returns the name of the first that is needed and is not good, or NULL.
 */
const char *ready_look(struct cx *cx, struct ready_state out[READY_COUNT]);

#endif
