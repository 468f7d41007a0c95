/* SPDX-License-Identifier: ISC */
#ifndef TEXT_WHEN_H
#define TEXT_WHEN_H

/* Instants as text.  All are Unix seconds UTC unless a name says _ms. */

#include "base/arena.h"

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };

/* when_rfc3339 -- "2026-11-20T17:02:00Z". */
struct str when_rfc3339(struct arena *a, int64_t s);
/* when_rfc3339_ms -- "2026-11-20T17:02:00.000Z". */
struct str when_rfc3339_ms(struct arena *a, int64_t ms);
/* when_mail -- "Fri, 20 Nov 2026 17:02:00 +0000" (RFC 5322). */
struct str when_mail(struct arena *a, int64_t s);
/* when_long -- "20 Nov 2026, 17:02 UTC". */
struct str when_long(struct arena *a, int64_t s);
/* when_date -- "20 Nov 2026". */
struct str when_date(struct arena *a, int64_t s);
/* when_iso_date -- "2026-11-20". */
struct str when_iso_date(struct arena *a, int64_t s);

/*
 * when_ago -- "just now", "5 minutes ago", "in less than a minute", "in 3 days"
 * up to 7 days either way, in whole units that have passed; then when_date().
 */
struct str when_ago(struct arena *a, int64_t s, int64_t now_s);

/*
 * when_read -- RFC 3339 with offset or Z and an optional fraction (dropped),
 * or "YYYY-MM-DD", which means the last second of that UTC day.
 * Years 1970..9999.
 */
bool when_read(struct str s, int64_t *out);

/* Starts are of the calendar: s within the years 0..9999.
 * Start of the UTC day, week (Monday), month that holds s. */
int64_t when_day_start(int64_t s);
int64_t when_week_start(int64_t s);
int64_t when_month_start(int64_t s);
/* Start of the next UTC month. */
int64_t when_month_next(int64_t s);

#endif
