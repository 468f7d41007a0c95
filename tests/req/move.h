/* SPDX-License-Identifier: ISC */
#ifndef TESTS_REQ_MOVE_H
#define TESTS_REQ_MOVE_H

/* One installation exported, and imported into another. */

#include "world.h"

/* world_move -- all workspaces of `from` into `to`, which is bare: its people
 * get accounts first.  Fails the test when a row is wrong. */
void world_move(struct world *from, struct world *to);

#endif
