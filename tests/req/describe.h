/* SPDX-License-Identifier: ISC */
#ifndef TESTS_REQ_DESCRIBE_H
#define TESTS_REQ_DESCRIBE_H

#include "world.h"

/*
 * describe_check -- hold an answer of the program against its own description,
 * and against the published one of the family where that is here
 * (KEYLODGE_CONTRACTS).  Called by world_send for every answer, so every
 * request test is a test of the description, too.  Fails the test.
 * row  of the table of routes; pages and files are not looked at
 */
void describe_check(struct world *w, const struct route *row,
    const struct reply *r);

#endif
