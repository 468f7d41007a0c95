/* SPDX-License-Identifier: ISC */
#ifndef TESTS_REQ_ALLOC_FAULT_H
#define TESTS_REQ_ALLOC_FAULT_H

/*
 * Counts allocations while it is armed, and makes a chosen one fail, or all
 * from that one on: our own (malloc, calloc, realloc, strdup, and with them the
 * arenas), SQLite's, jansson's, and the calls of libsodium, libqrencode and
 * liboath that allocate inside.  For one thread.  The program is linked with
 * ALLOC_FAULT_LDFLAGS (tests.am).
 */

#include <stdbool.h>

struct alloc_fault {
    bool armed;  /* count, and fail */
    int at;      /* the allocation that fails, from 1; 0: none */
    bool on;     /* and all after it */
    int calls;   /* counted since alloc_fault_set */
    int failed;  /* made to fail since then */
    const char *last; /* who asked for the first that failed */
};
extern struct alloc_fault alloc_fault;

/* alloc_fault_install -- put in place, before SQLite is used. */
void alloc_fault_install(void);

/* alloc_fault_set -- begin to count anew.  Not armed yet. */
void alloc_fault_set(int at, bool on);

#endif
