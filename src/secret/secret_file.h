/* SPDX-License-Identifier: ISC */
#ifndef SECRET_SECRET_FILE_H
#define SECRET_SECRET_FILE_H

/*
 * Files that hold a secret of SECRET_FILE_BYTES random bytes, outside the
 * database: the master secret, the audit key.  Mode 0400 or 0600, no link.
 */

#include "base/err.h"

enum { SECRET_FILE_BYTES = 32 };

/*
 * secret_file_read -- all of it into `out`, which the caller wipes.
 * what  begins each message: "Master secret", "Audit key"
 * Errors (ERR_INVALID, msg says how to mend it): file missing, not a regular
 * file (a symbolic link is none), a mode with any bit for group or others, not
 * exactly SECRET_FILE_BYTES, all bytes equal.
 */
NODISCARD enum err_code secret_file_read(const char *what, const char *path,
    uint8_t out[SECRET_FILE_BYTES], struct err *err);

/*
 * secret_file_create -- a new one of random bytes, mode 0400, O_EXCL, fsynced
 * with its folder, which must exist; run by root, of that folder's owner
 * (base/own.h).
 * what  as above; within a sentence it begins with a small letter
 * Errors (msg says how to mend it): ERR_CONFLICT when there is such a file
 * already (it is left alone), ERR_NO_SPACE, ERR_INVALID for the rest; nothing
 * is left behind.
 */
NODISCARD enum err_code secret_file_create(const char *what,
    const char *path, struct err *err);

#endif
