/* SPDX-License-Identifier: ISC */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* clock_now_s -- Unix time, whole seconds UTC; the fixed time in tests. */
int64_t clock_now_s(void);

/* clock_now_ms -- Unix time in milliseconds; the fixed time in tests. */
int64_t clock_now_ms(void);

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
