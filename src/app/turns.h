/* SPDX-License-Identifier: ISC */
#ifndef APP_TURNS_H
#define APP_TURNS_H

/*
 * No more threads at work than there are processors, however many there are.
 * A thread that has its turn keeps it from request to request, also while it
 * waits for the next one; it is given to another for as long as its holder
 * sleeps inside a request (base/nap.h).  So short requests go from hand to
 * hand without switching between threads, which cost a quarter of the gate's
 * time, and a commit that is waited for holds up nobody.
 */

#include <pthread.h>
#include <stdbool.h>

struct turns {
    pthread_mutex_t mu;
    pthread_cond_t freed;
    int left; /* mu: below 0: so many came back from a nap beyond the most */
    bool over;
};

/* turns_processors -- that we may use; two, where that cannot be told. */
int turns_processors(void);

/* turns_init -- most: how many at once, 1 or more.  Never fails: aborts. */
void turns_init(struct turns *t, int most);

/* turns_take -- wait for a turn.  Returns at once after turns_end. */
void turns_take(struct turns *t);

/* turns_nap -- what to do when this thread's nap begins or ends; after it, the
 * thread goes on at once, as it has work in hand. */
void turns_nap(struct turns *t, bool sleeps);

/* turns_napped -- did this thread nap since its turn was taken or renewed? */
bool turns_napped(void);

/* turns_renew -- between two requests, after a nap: wait until there is a turn
 * again.  Whoever calls it holds nothing that others wait for, such as a read
 * transaction.  Returns at once after turns_end. */
void turns_renew(struct turns *t);

/* turns_end -- everybody may go on, to the end. */
void turns_end(struct turns *t);

#endif
