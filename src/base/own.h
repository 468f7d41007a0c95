/* SPDX-License-Identifier: ISC */
#ifndef BASE_OWN_H
#define BASE_OWN_H

/*
 * Whose the files are that a command makes beside those of a server.  Commands
 * are run by root, servers by a user of their own: a master secret, a lock or a
 * database that stayed root's would stop that server.  So, and only for root, a
 * file gets the owner of the one that it stands for, else of its folder.
 */

#include "base/attr.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * own_open -- open(2) of a file, made if it is missing, never through a
 * symbolic link.  Run by root, the file is then of the owner and group of
 * `like`, or of its folder when like is NULL or not there; one that has further
 * names (hard links) is left as it is, it may be anything.
 * flags  O_WRONLY or O_RDWR, and O_EXCL, O_TRUNC
 * mode   of a new file
 * Returns a descriptor, or -1 with errno; of O_EXCL nothing is left then.
 */
NODISCARD int own_open(const char *path, int flags, mode_t mode,
    const char *like);

/* own_give -- the same for a file that is there; false with errno. */
NODISCARD bool own_give(const char *path, const char *like);

#endif
