/* SPDX-License-Identifier: ISC */
#ifndef TESTS_STORE_FAULT_H
#define TESTS_STORE_FAULT_H

/*
 * A thin layer around SQLite's file system: makes chosen calls fail, and notes
 * who takes the checkpoint lock.  Put in place before the first connection.
 */

#include <stdatomic.h>

struct sqlite3_file;

struct fault {
    atomic_int sync_left;   /* fail the sync of the WAL this many times ... */
    atomic_int sync_errno;  /* ... for this reason of the system, or 0 */
    atomic_int sync_each;   /* ... or each n-th */
    atomic_int sync_ms;     /* how long each takes at least */
    atomic_int write_each;  /* fail each n-th write to the WAL: disk full */
    atomic_int read_left;   /* fail this many reads, of any file */
    atomic_int failed;      /* calls that were made to fail */
    atomic_int syncs;       /* syncs of the WAL, all */
    atomic_int checkpoints; /* times the checkpoint lock was taken ... */
    _Atomic(struct sqlite3_file *) by; /* ... by this file, lastly */
    atomic_int others;      /* ... by another than the one before */
};

extern struct fault fault;

void fault_install(void);
void fault_clear(void);

#endif
