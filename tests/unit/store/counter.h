/* SPDX-License-Identifier: ISC */
#ifndef TESTS_STORE_COUNTER_H
#define TESTS_STORE_COUNTER_H

/* What the transaction tests do with the test schema (engine/): a counter that
 * threads add to, and rows that say how far a worker came. */

#include "fault.h"
#include "help.h"

#include "store/engine.h"

enum { THREADS = 8 };

/* Of the test that runs; made by counter_setup, checked and removed after. */
extern char folder[PATH_BYTES], path[PATH_BYTES];
int counter_setup(void **state);
int counter_teardown(void **state);

/* add -- one counter, in the open transaction. */
enum err_code add(struct user *u, int64_t id, int64_t by);
/* add_alone -- counter 1, in a transaction of its own. */
enum err_code add_alone(struct user *u, int64_t by);
/* value -- of counter 1, by the user's reader; -1 when it failed. */
int64_t value(struct user *u);
/* ack -- a row "worker was at seq", in the open transaction. */
enum err_code ack(struct user *u, int64_t worker, int64_t seq, int64_t bytes);

/* One thread of a load; asserts must wait for the main thread. */
struct worker {
    pthread_t thread;
    struct db *db;
    int number, rounds, fd;
    int64_t done, refused, wrong;
    struct user *watcher;
};
void run_workers(struct worker *w, int n, struct db *db, void *(*fn)(void *),
    int rounds);
/* increments -- a worker that adds 1 `rounds` times and reads in between. */
void *increments(void *worker);

/* tell -- when nothing is meant to fail, say what did; returns code. */
enum err_code tell(const struct user *u, enum err_code code);

#endif
