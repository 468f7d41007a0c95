/* SPDX-License-Identifier: ISC */
#include "base/clock.h"

#include "base/attr.h"
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#define CLOCK_GRAIN_US INT64_C(1000)
#define CLOCK_BELIEVED_US (INT64_C(86400) * 1000000)

static _Atomic int64_t fixed_ms;

static int64_t
read_us(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- a time that does not go back ---- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct clock_steady steady;
/* Of it, for who finds the mutex taken: nobody ever waits for it, also not a
 * child that was forked meanwhile. */
static _Atomic int64_t shown_us;

static void
slew(struct clock_steady *c, int64_t wall_us)
{
    int64_t passed_us = wall_us - c->slewed_us;
    if (passed_us > 0 && passed_us < CLOCK_GRAIN_US)
        return; /* too little to lose a part of */
    c->slewed_us = wall_us;
    if (passed_us <= 0)
        return;
    int64_t lost_us = passed_us / 100 * CLOCK_SLEW_PERCENT;
    c->ahead_us -= lost_us < c->ahead_us ? lost_us : c->ahead_us;
}

int64_t
clock_steady_us(struct clock_steady *c, int64_t wall_us, int64_t *back_us)
{
    *back_us = wall_us < c->wall_us ? c->wall_us - wall_us : 0;
    c->wall_us = wall_us;
    if (*back_us > CLOCK_BELIEVED_US) {
        c->ahead_us = 0;
        c->last_us = wall_us;
        return wall_us;
    }
    c->ahead_us += *back_us;
    slew(c, wall_us);
    /* what it loses at once may be more than what passed */
    int64_t us = wall_us + c->ahead_us;
    if (us > c->last_us)
        c->last_us = us;
    return c->last_us;
}

static void
warn(int64_t back_us)
{
    struct log_line l;
    log_begin(&l, LOG_WARN, "clock_back");
    log_int(&l, "seconds", back_us / 1000000);
    log_cstr(&l, "text",
        back_us > CLOCK_BELIEVED_US
            ? "the clock of this machine was set back; it is believed"
            : "the clock of this machine was set back; time goes on, slower, "
              "until it is right");
    log_end(&l);
}

int64_t
clock_now_ms(void)
{
    int64_t back_us, us, ms = atomic_load(&fixed_ms);
    if (ms)
        return ms;
    int64_t wall_us = read_us(CLOCK_REALTIME);
    if (pthread_mutex_trylock(&mutex)) { /* another thread asks just now */
        us = atomic_load(&shown_us);
        return (us > wall_us ? us : wall_us) / 1000;
    }
    us = clock_steady_us(&steady, wall_us, &back_us);
    atomic_store(&shown_us, us);
    must(pthread_mutex_unlock(&mutex) == 0);
    if (back_us >= CLOCK_STEP_US)
        warn(back_us);
    return us / 1000;
}

int64_t
clock_wall_s(void)
{
    int64_t ms = atomic_load(&fixed_ms);
    return ms ? ms / 1000 : read_us(CLOCK_REALTIME) / 1000000;
}

void
clock_not_before(int64_t unix_s)
{
    int64_t us = unix_s * 1000000;
    must(pthread_mutex_lock(&mutex) == 0);
    if (us > steady.last_us) {
        /* as if the machine's clock had shown it */
        steady.wall_us = us - steady.ahead_us;
        steady.last_us = us;
    }
    must(pthread_mutex_unlock(&mutex) == 0);
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
