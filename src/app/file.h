/* SPDX-License-Identifier: ISC */
#ifndef APP_FILE_H
#define APP_FILE_H

#include "base/err.h"

/*
 * file_read -- a whole file of at most `max` bytes into the arena.
 * path "-" is standard input.
 * Errors: ERR_INVALID with path and reason.
 */
NODISCARD enum err_code file_read(struct arena *a, const char *path,
    size_t max, struct str *out, struct err *err);

#endif
