/* SPDX-License-Identifier: ISC */
#ifndef CORE_THROTTLE_H
#define CORE_THROTTLE_H

/*
 * How often a network may do something that costs us, or that tells who tries
 * often enough.  A bounded table in memory: a flood of networks pushes out
 * those that have waited longest, and never grows it.  Networks are the first
 * 24 bits of an IPv4 address and the first 56 of others.  Thread-safe.
 */

#include "text/ip.h"

enum {
    THROTTLE_BURST = 30,    /* at once */
    THROTTLE_EACH_MS = 2000 /* and then one in this time */
};

struct throttle;

/* throttle_new -- process lifetime, until throttle_free (NULL: nothing). */
struct throttle *throttle_new(void);
void throttle_free(struct throttle *t);

/*
 * throttle_take -- may this address once more?  When not, *retry_s is how many
 * seconds to wait, at least 1; being refused costs nothing further.
 * now_ms  Unix milliseconds
 */
bool throttle_take(struct throttle *t, const struct ip *from, int64_t now_ms,
    int64_t *retry_s);

#endif
