/* SPDX-License-Identifier: ISC */
#ifndef TESTS_REQ_IO_FAULT_H
#define TESTS_REQ_IO_FAULT_H

/*
 * A layer around SQLite's file system that counts its calls while it is armed,
 * and makes a chosen one fail, or all from that one on.  For one thread.
 */

#include <stdbool.h>

enum io_way { IO_WAYS = 2 }; /* ways in which one call can fail */

struct io_fault {
    bool armed;   /* count, and fail */
    int at;       /* the call that fails, from 1; 0: none */
    bool on;      /* and all after it */
    int way;      /* 0, 1: e.g. a read fails, or is short */
    int calls;    /* counted since io_fault_set */
    int failed;   /* made to fail since then */
    int last;     /* what the last one answered, an SQLite code */
};
extern struct io_fault io_fault;

/* io_fault_install -- put in place, before the first connection. */
void io_fault_install(void);

/* io_fault_set -- begin to count anew: call `at` fails in this way, and when
 * `on`, all after it.  Not armed yet. */
void io_fault_set(int at, bool on, int way);

#endif
