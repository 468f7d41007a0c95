/* SPDX-License-Identifier: ISC */
#ifndef TESTS_INSIDE_H
#define TESTS_INSIDE_H

/*
 * A small program of the tests that changes an installation from inside, by the
 * rooms of Keylodge: rows that it writes are sealed as others are.  As the
 * shell, in one worker.
 */
#include "app/app.h"

struct inside {
    const char *name; /* of the program, for what it says */
    struct arena *arena;
    struct config config;
    struct app app;
    struct worker w;
};

/*
 * inside_open -- open the installation of the configuration file `path`.  Says
 * on stderr why it cannot, and ends the process with 1.
 * name  of the program; kept, not copied
 */
void inside_open(struct inside *in, const char *name, const char *path);

/*
 * inside_close -- free all of it.
 * Returns the exit code: 1, with the words of the worker's error on stderr, when
 * it has one; else 0.
 */
int inside_close(struct inside *in);

#endif
