/* SPDX-License-Identifier: ISC */
#ifndef STORE_USAGE_FOLD_H
#define STORE_USAGE_FOLD_H

/*
 * Rows of sums, as they lie in the tables, added up by bucket and group.  Done
 * here, and not by GROUP BY: SQLite sorts, keeps and compares each row several
 * times on the way, which takes six times as long.
 */

#include "model/usage.h"
#include "store/store_usage.h"

struct usage_fold;

/* usage_fold_new -- f: range, bucket and `most`; a: holds all of it. */
struct usage_fold *usage_fold_new(struct arena *a,
    const struct usage_filter *f);

/*
 * usage_fold_add -- one row.
 * start_s     a UTC day of the range, or the Monday of a week that lies in it
 * gid, label  of its group; copied when the group is new, so they need not
 *             outlive the call
 */
void usage_fold_add(struct usage_fold *f, int64_t start_s, struct str gid,
    struct str label, const struct usage_sum *sum);

/*
 * usage_fold_end -- by bucket; in each the dearest group first.  The `most`
 * groups with the highest cost in all (of equal ones those with more calls, then
 * by id) have rows of their own, all others are one row, the last: so the rows
 * always add up to all that was added.
 */
void usage_fold_end(struct usage_fold *f, struct usage_rows *out);

#endif
