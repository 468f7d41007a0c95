/* SPDX-License-Identifier: ISC */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/*
 * The time of the program never goes back: a period that began stays begun, and
 * what expired stays so (SEMANTICS.md 17).  When the machine's clock is set
 * back, our time goes on from where it was, and as long as it is ahead it loses
 * CLOCK_SLEW_PERCENT, so that nobody waits for a minute that stands still.  A
 * step back of more than a day is believed: then the clock was wrong before.
 * Steps of CLOCK_STEP_US or more are told to the log (clock_back).
 */
enum { CLOCK_SLEW_PERCENT = 5, CLOCK_STEP_US = 5000000 };

/* clock_now_s -- Unix time, whole seconds UTC; the fixed time in tests. */
int64_t clock_now_s(void);

/* clock_now_ms -- Unix time in milliseconds; the fixed time in tests. */
int64_t clock_now_ms(void);

/* clock_wall_s -- what the clock of this machine says, wrong or right; the fixed
 * time in tests. */
int64_t clock_wall_s(void);

/* clock_not_before -- this instant was seen by an earlier process. */
void clock_not_before(int64_t unix_s);

/* One clock that does not go back; all zero at first. */
struct clock_steady {
    int64_t last_us;   /* what it showed */
    int64_t wall_us;   /* when the machine's clock showed this */
    int64_t slewed_us; /* the machine's time when it last lost some */
    int64_t ahead_us;  /* of the machine's time */
};

/*
 * clock_steady_us -- what it shows when the machine's clock shows wall_us.
 * back_us  out: how far the machine's clock went back just now, or 0
 */
int64_t clock_steady_us(struct clock_steady *c, int64_t wall_us,
    int64_t *back_us);

/* clock_mono_us -- microseconds of a clock that never goes back. */
int64_t clock_mono_us(void);

/* clock_wait -- return when clock_mono_us() is this or later. */
void clock_wait(int64_t mono_us);

/* clock_cpu_us -- processor time of this thread, in microseconds. */
int64_t clock_cpu_us(void);

/*
 * clock_fix -- freeze the wall clock at this time; 0 lets it run again.
 * Process-wide, for tests only.
 */
void clock_fix(int64_t unix_ms);

#endif
