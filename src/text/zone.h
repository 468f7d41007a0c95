/* SPDX-License-Identifier: ISC */
#ifndef TEXT_ZONE_H
#define TEXT_ZONE_H

/*
 * Time zones by IANA name, from the files of the system's tzdata (RFC 8536).
 * A reader of our own, because tzset() and setenv("TZ") are one for all
 * threads.
 */

#include "base/arena.h"

enum { ZONE_NAME_MOST = 60 };

/* A change of the offset, in a rule for all years to come. */
struct zone_turn {
    enum zone_turn_kind { ZONE_MONTH_DAY, ZONE_JULIAN, ZONE_YEAR_DAY } kind;
    int month, week, day; /* week 5: the last; day 0: Sunday, or of the year */
    int time_s;           /* local time of that day, perhaps below 0 */
};

struct zone {
    struct str bytes;      /* the file, request lifetime */
    const char *times;     /* n_times instants, 8 bytes each */
    const char *kinds;     /* of each, which type */
    const char *types;     /* n_types of 6 bytes */
    size_t n_times, n_types;
    bool has_rule;         /* after the last instant: */
    bool has_summer;
    int winter_s, summer_s; /* seconds east of UTC */
    struct zone_turn to_summer, to_winter;
};

/*
 * zone_read -- find a zone.
 * name    "Europe/Berlin", exact case; offsets and abbreviations that are no
 *         zone of tzdata are none here
 * folder  where tzdata is; ZONE_FOLDER but for tests
 * out     request lifetime
 * Returns false when there is none, or its file cannot be read as one.
 */
#define ZONE_FOLDER "/usr/share/zoneinfo"
NODISCARD bool zone_read(struct arena *a, const char *folder, struct str name,
    struct zone *out);

/*
 * zone_offset -- seconds east of UTC at an instant (Unix seconds, 1970 on).
 * until_s  out: it holds before this instant at least, which is later than
 *          at_s; INT64_MAX: for good
 */
int zone_offset(const struct zone *z, int64_t at_s, int64_t *until_s);

#endif
