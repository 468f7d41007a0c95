/* SPDX-License-Identifier: ISC */
#ifndef APP_METRICS_H
#define APP_METRICS_H

/*
 * What this process did since it began, for Prometheus.  Labels are rows of the
 * table of routes, statuses and reasons: never a key, a person or a workspace, so their
 * number is bounded and nothing is told that a log would not tell.
 */

#include "http/route.h"

/*
 * metrics_add -- one request was answered.  Any thread; each counts for itself,
 * so that threads never wait for each other over it.
 * row         of the table of routes; NULL: there was none
 * authorizer  it came in the FastCGI role Authorizer
 * took_us     from its first byte to its answer
 */
void metrics_add(const struct route *row, bool authorizer, int status,
    int64_t took_us);

/*
 * metrics_refused -- a key was refused, at the gate or by an API.  Any thread.
 * code  of core/check.h (reason_code); others are not counted
 */
void metrics_refused(const char *code);

/* app_metrics -- GET /metrics: text format 0.0.4. */
handler app_metrics;

#endif
