/* SPDX-License-Identifier: ISC */
#ifndef TESTS_STORE_POWER_H
#define TESTS_STORE_POWER_H

/*
 * A power cut (SECURITY.md T07).  A layer around SQLite's file system keeps,
 * of each file in one folder, what is on disk apart from what was only written:
 * a write, a change of length, a name made or removed reaches the disk with
 * the next sync of that file (of that folder), not before.  At a chosen moment
 * a picture of both is taken, and from it come the disks that a power cut at
 * that moment may leave behind.
 *
 * Nothing is really synced meanwhile: the tests need no disk that obeys.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum power_pattern {
    POWER_DROP, /* all that was not synced is gone */
    POWER_SOME, /* a random part of it is there, in no order */
    POWER_TEAR, /* one write is there in some of its sectors of 512 bytes;
                   what came before it is there, a random part of the rest */
    POWER_PATTERNS
};

struct power_cut; /* the picture */

/* power_install -- before the first connection of the process. */
void power_install(void);

/*
 * power_watch -- from now on the databases of this folder are looked after.
 * What is there counts as synced; connections are to be opened later.
 * power_unwatch  -- no more; every connection was closed.
 */
void power_watch(const char *folder);
void power_unwatch(void);

/* What the next picture waits for. */
enum power_where {
    POWER_ANY, /* any write, change of length or sync */
    POWER_DB   /* one of the database file: in a checkpoint */
};

/*
 * power_arm -- take a picture at the n-th such call from now.
 * at_cut  called at that instant: copies what was acknowledged until then.
 *         It must not touch SQLite.
 * hold    who makes that call, and all who write after it, wait until
 *         power_go_on; false: they go on at once
 */
void power_arm(int n, enum power_where where, void (*at_cut)(void), bool hold);

/* power_wait -- the picture, when it is taken; power_take -- or NULL when it
 * was not taken, and never will be.  The caller frees it. */
struct power_cut *power_wait(void);
struct power_cut *power_take(void);
void power_go_on(void);
void power_free(struct power_cut *cut);

/* power_unsynced -- bytes of the picture that were written and not synced. */
size_t power_unsynced(const struct power_cut *cut);

/* power_make -- the disk afterwards, as files in `folder`, which exists.
 * *seed: where the random part begins; it moves on. */
void power_make(const struct power_cut *cut, enum power_pattern pattern,
    uint64_t *seed, const char *folder);

#endif
