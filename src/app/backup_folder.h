/* SPDX-License-Identifier: ISC */
#ifndef APP_BACKUP_FOLDER_H
#define APP_BACKUP_FOLDER_H

/* A folder in which backups are kept, each under the second it was made in. */

#include "core/cx.h"

/* backup_name -- the path of a backup that is made now; nothing is made. */
const char *backup_name(struct cx *cx, const char *folder);

/*
 * backup_forget_left -- take away what killed backups left, whose names never
 * come again: halves, and sums without a file.  What another process is at
 * stays, and so does all that has no name of ours.
 */
void backup_forget_left(struct cx *cx, const char *folder);

/* backup_forget_old -- the newest `keep` backups stay, by their names; others go
 * with their sums.  Errors: ERR_INVALID, something cannot be removed. */
NODISCARD enum err_code backup_forget_old(struct cx *cx, const char *folder,
    long keep);

#endif
