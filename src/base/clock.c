/* SPDX-License-Identifier: ISC */
#include "base/clock.h"

#include <errno.h>
#include <stdatomic.h>
#include <time.h>

static _Atomic int64_t fixed_ms;

static int64_t
read_us(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t
clock_now_ms(void)
{
    int64_t ms = atomic_load(&fixed_ms);
    return ms ? ms : read_us(CLOCK_REALTIME) / 1000;
}

int64_t
clock_now_s(void)
{
    return clock_now_ms() / 1000;
}

int64_t
clock_mono_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

void
clock_wait(int64_t mono_us)
{
    struct timespec t = { .tv_sec = (time_t)(mono_us / 1000000),
        .tv_nsec = (long)(mono_us % 1000000) * 1000 };
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
        continue;
}

int64_t
clock_cpu_us(void)
{
    return read_us(CLOCK_THREAD_CPUTIME_ID);
}

void
clock_fix(int64_t unix_ms)
{
    atomic_store(&fixed_ms, unix_ms);
}
