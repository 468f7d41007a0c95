/* SPDX-License-Identifier: ISC */
#ifndef STORE_SOLE_H
#define STORE_SOLE_H

/*
 * The instance lock: one server that stands alone serves a database
 * (SECURITY.md 5.3).  It is a byte of `<db>.lock` that belongs to an open file,
 * so it ends with the process, however that ends, and lasts over exec() with a
 * descriptor that stays open.
 */

#include "base/err.h"

/*
 * sole_take -- be the only server of a database, until the descriptor is closed.
 * path     of the database; when there is none, nothing is locked and nothing
 *          made: opening it says so
 * kept     the descriptor that the process before an exec() took, or -1; closed
 *          when it is of another database
 * wait_ms  how long one that ends at this moment is waited for
 * out      the descriptor, closed by exec(); -1 when there is no database
 * Errors: ERR_BUSY, another server has it; ERR_INVALID, the lock file cannot be
 *         opened.  Both say how to mend it.
 */
NODISCARD enum err_code sole_take(const char *path, int kept, int wait_ms,
    int *out, struct err *err);

/*
 * sole_follow -- before a server goes on with settings that may name another
 * database: be the only one of that, too.  Waits for nobody.
 * held  in: the descriptor of until now, or none (no more than STDERR_FILENO);
 *       out: that of `path`, which may be the same.  The one of before stays
 *       open: exec() closes it
 * Errors: as sole_take; *held is as it was then.
 */
NODISCARD enum err_code sole_follow(const char *path, int *held,
    struct err *err);

#endif
