/* SPDX-License-Identifier: ISC */
#ifndef SECRET_FILESUM_H
#define SECRET_FILESUM_H

/* The SHA-256 of a file, beside it as `<file>.sha256`, in the form that
 * sha256sum reads: it tells a copy that lost bytes on its way. */

#include "base/err.h"

enum { FILESUM_HEX = 64 };

/* filesum_make -- in hex, lower case, NUL at the end.  Reads the file piece by
 * piece.  Errors: ERR_INVALID (cannot be read). */
NODISCARD enum err_code filesum_make(const char *path,
    char out[FILESUM_HEX + 1], struct err *err);

/* filesum_keep -- write `<path>.sha256`, mode 0600, on disk when it returns;
 * over an older one.  Errors: ERR_NO_SPACE, ERR_INVALID. */
NODISCARD enum err_code filesum_keep(const char *path, struct err *err);

enum filesum { FILESUM_NONE, FILESUM_RIGHT, FILESUM_WRONG };

/* filesum_check -- does the file fit to its `.sha256`?  ERR_INVALID. */
NODISCARD enum err_code filesum_check(const char *path, enum filesum *out,
    struct err *err);

#endif
