/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE /* sched_getaffinity */
#include "app/turns.h"

#include "base/attr.h"

#include <sched.h>

static _Thread_local bool napped; /* the turn was given away meanwhile */

/* t->mu is held. */
static void
wait_left(struct turns *t)
{
    while (t->left <= 0 && !t->over)
        pthread_cond_wait(&t->freed, &t->mu);
    t->left--;
}

int
turns_processors(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) ? 0 : CPU_COUNT(&set);
    return n > 2 ? n : 2;
}

void
turns_init(struct turns *t, int most)
{
    *t = (struct turns){ .left = most };
    must(pthread_mutex_init(&t->mu, NULL) == 0);
    must(pthread_cond_init(&t->freed, NULL) == 0);
}

void
turns_take(struct turns *t)
{
    pthread_mutex_lock(&t->mu);
    wait_left(t);
    pthread_mutex_unlock(&t->mu);
}

void
turns_nap(struct turns *t, bool sleeps)
{
    napped = true;
    pthread_mutex_lock(&t->mu);
    t->left += sleeps ? 1 : -1;
    bool wanted = sleeps && t->left > 0;
    pthread_mutex_unlock(&t->mu);
    if (wanted)
        pthread_cond_signal(&t->freed);
}

bool
turns_napped(void)
{
    return napped;
}

void
turns_renew(struct turns *t)
{
    napped = false;
    pthread_mutex_lock(&t->mu);
    t->left++;
    wait_left(t);
    pthread_mutex_unlock(&t->mu);
}

void
turns_end(struct turns *t)
{
    pthread_mutex_lock(&t->mu);
    t->over = true;
    pthread_mutex_unlock(&t->mu);
    pthread_cond_broadcast(&t->freed);
}
