/* SPDX-License-Identifier: ISC */
#include "core/pace.h"

#include "core/limit.h"
#include "core/touch.h"
#include "text/money.h"
#include "text/when.h"

#include <pthread.h>
#include <stdlib.h>

enum { PACE_KEYS = 1024, PROBES = 8 };

struct asked {
    int64_t key_id;   /* 0: free */
    int64_t minute_s; /* the start of the last one */
    int64_t before, now; /* in the minute before that, and in it */
};

struct pace {
    pthread_mutex_t lock;
    struct asked slots[PACE_KEYS];
};

struct pace *
pace_new(void)
{
    struct pace *p = calloc(1, sizeof *p);
    must(p != NULL);
    must(pthread_mutex_init(&p->lock, NULL) == 0);
    return p;
}

void
pace_free(struct pace *p)
{
    pthread_mutex_destroy(&p->lock);
    free(p);
}

/* The slot of this key: its own, a free one, or that of whoever near it asked
 * the longest time ago. */
static struct asked *
slot_of(struct pace *p, int64_t key_id)
{
    size_t at = (uint64_t)key_id * 2654435761u % PACE_KEYS;
    struct asked *oldest = &p->slots[at];
    for (size_t i = 0; i < PROBES; i++) {
        struct asked *s = &p->slots[(at + i) % PACE_KEYS];
        if (s->key_id == key_id)
            return s;
        if (s->minute_s < oldest->minute_s)
            oldest = s;
    }
    *oldest = (struct asked){ .key_id = key_id };
    return oldest;
}

/* What the slot has counted, as of now. */
static void
slide(struct asked *s, int64_t minute_s)
{
    if (minute_s == s->minute_s)
        return;
    s->before = minute_s == s->minute_s + MINUTE_S ? s->now : 0;
    s->now = 0;
    s->minute_s = minute_s;
}

enum err_code
pace_logs(struct cx *cx)
{
    must(cx->actor.kind == ACTOR_KEY);
    if (!cx->touches)
        return ERR_OK;
    struct pace *p = touches_pace(cx->touches);
    struct limit l = { .counts = LIMIT_REQUESTS,
        .period = LIMIT_MINUTE,
        .amount = PACE_LOGS,
        .start_s = cx->now_s - cx->now_s % MINUTE_S };
    l.resets_s = l.start_s + MINUTE_S;
    pthread_mutex_lock(&p->lock);
    struct asked *s = slot_of(p, cx->actor.key.id);
    slide(s, l.start_s);
    l.before = s->before;
    l.used = s->now + limit_share(s->before,
        (cx->now_s - l.start_s) * 1000 + cx->sub_ms);
    bool over = limit_over(&l, 1);
    if (!over)
        s->now++;
    pthread_mutex_unlock(&p->lock);
    if (!over)
        return ERR_OK;
    int64_t wait_s = (limit_wait_ms(cx, &l, 1) + 999) / 1000;
    ERR(&cx->err, ERR_LIMITED,
        "More than %d requests for logs in 60 seconds. Wait %.*s, then try "
        "again.", (int)PACE_LOGS,
        STR_ARG(count_of(cx->arena, wait_s, "second")));
    cx->err.retry_s = wait_s;
    cx->err.file = NULL; /* an everyday matter, not for the log */
    return cx->err.code;
}
