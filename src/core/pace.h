/* SPDX-License-Identifier: ISC */
#ifndef CORE_PACE_H
#define CORE_PACE_H

/*
 * How often a key may ask for lists of single calls: PACE_LOGS times in 60
 * seconds, as AIMLAPI has it.  Such a list counts many rows, so this keeps the
 * store free for the gate.  Counted in memory, by the sliding minute of
 * core/limit.h: a GET writes nothing, and a restart forgets at most a minute.
 */

#include "core/cx.h"

enum { PACE_LOGS = 200 };

struct pace; /* process lifetime */

/* pace_new -- counts PACE_KEYS keys (see pace.c) at most; the one that asked
 * least lately is forgotten for a further one near its place. */
struct pace *pace_new(void);
void pace_free(struct pace *p);

/*
 * pace_logs -- one more list for cx->actor.key.  A refused one counts nothing.
 * cx->touches may be NULL: then nothing is counted.
 * Errors: ERR_LIMITED, with retry_s.
 * Source: contracts/README.md section 1, rules of the reports.
 */
NODISCARD enum err_code pace_logs(struct cx *cx);

#endif
