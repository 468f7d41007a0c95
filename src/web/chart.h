/* SPDX-License-Identifier: ISC */
#ifndef WEB_CHART_H
#define WEB_CHART_H

/*
 * Bars over time, stacked by group: the map that part/chart.mustache shows.
 * All arithmetic of a chart is done here; the template only writes it down.
 */

#include "core/usage.h"
#include "text/val.h"

struct chart_in {
    const char *id;           /* unique on the page, e.g. "spend" */
    struct usage_range range; /* not empty */
    enum usage_bucket bucket; /* USAGE_DAY or USAGE_WEEK */
    const struct usage_rows *rows; /* usage_series of that range and bucket */
    int64_t limit;            /* micro-USD in one bucket; -1: none */
};

/*
 * chart_put -- view.NAME: the chart, or null when `rows` holds no call.
 * a     request lifetime
 * view  the map to put it into; `name` is a literal
 * Bars show money; calls when nothing of it cost anything.  Up to CHART_SERIES
 * groups have a colour, the largest first; of more, the last colour is "Other"
 * and holds all the rest, so the parts of a bar always add up to it.  A limit
 * is drawn when it is near enough to the bars to leave them readable.
 */
enum { CHART_SERIES = 5 };
void chart_put(struct arena *a, struct val *view, const char *name,
    const struct chart_in *in);

/*
 * chart_axis -- lines of a grid: 3 to 5 of them above the base, a step of 1, 2
 * or 5 times a power of ten apart, the top one at `most` or above.
 * most   0..CHART_MOST; 0 gives one line
 * least  smallest step, one of 1, 10, 100, ...
 */
#define CHART_MOST INT64_C(4000000000000000000)
struct chart_axis {
    int64_t step;
    int lines;
};
struct chart_axis chart_axis(int64_t most, int64_t least);

/* range_words -- "22 Oct to 20 Nov 2026", "20 Nov 2026"; both years when they
 * differ. */
struct str range_words(struct arena *a, struct usage_range r);

#endif
