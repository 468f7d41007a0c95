/* SPDX-License-Identifier: ISC */
#include "app/jobs.h"

#include "base/log.h"

#include <stdatomic.h>

static const struct {
    const char *event, *words;
} names[] = {
    [JOB_TOUCH] = { "touch_flush", "Write when keys were last used" },
    [JOB_DENIED] = { "denied_flush", "Write refused attempts" },
    [JOB_SWEEP] = { "meter_sweep", "Close calls that nobody reported" },
    [JOB_ROTATION] = { "rotation_sweep", "End old secrets that fell silent" },
    [JOB_SEALS] = { "seal_sweep", "Look for broken row seals" },
    [JOB_AUDIT] = { "audit_sweep", "Sign the audit log" },
    [JOB_PRUNE] = { "prune", "Forget what is too old" },
};
_Static_assert(COUNT_OF(names) == JOB_COUNT, "every job has its name");

static atomic_int_least64_t began, done[JOB_COUNT], failed[JOB_COUNT];

void
jobs_begin(int64_t now_s)
{
    atomic_store(&began, now_s);
}

void
job_end(struct cx *cx, enum job job, enum err_code code)
{
    atomic_store(code ? &failed[job] : &done[job], cx->now_s);
    if (code)
        log_note(LOG_WARN, names[job].event,
            arena_cstr(cx->arena, cx->err.detail));
}

int64_t
jobs_look(struct job_state out[JOB_COUNT])
{
    for (int i = 0; i < JOB_COUNT; i++)
        out[i] = (struct job_state){ names[i].words, atomic_load(&done[i]),
            atomic_load(&failed[i]) };
    return atomic_load(&began);
}
