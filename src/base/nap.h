/* SPDX-License-Identifier: ISC */
#ifndef BASE_NAP_H
#define BASE_NAP_H

/*
 * A thread that is about to sleep until another one, or a peer, does something
 * says so here; whoever shares out the processors between threads
 * (app/turns.h) hears of it.  Nothing happens in threads without a listener.
 */

#include <stdbool.h>

/*
 * nap_listen -- from now on, tell of this thread's naps.
 * tell  called with arg: true before it sleeps, false after; in that thread,
 *       and never while a lock of the sleeper's is held that others need to
 *       go on.  NULL: nobody listens any more
 */
void nap_listen(void (*tell)(void *arg, bool sleeps), void *arg);

/* nap_begin, nap_end -- around what sleeps; they do not nest. */
void nap_begin(void);
void nap_end(void);

#endif
