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

/* The longest path of a folder that is looked at, with its NUL. */
enum { FILE_FOLDER_MOST = 4096 };

/*
 * file_folder -- the folder that a path lies in: of "/a/b" it is "/a", of "/b"
 * "/", of "b" ".".
 * out  NUL-terminated
 * false: it is longer than that.
 */
bool file_folder(const char *path, char out[FILE_FOLDER_MOST]);

/*
 * file_is_open -- may others than its owner write to it (a folder: make and
 * remove files in it)?  What is not there, or cannot be looked at, is not open:
 * who reads it says so.
 */
bool file_is_open(const char *path);

/* What is said of one that is open: its path, twice. */
#define FILE_OPEN_SAYS "%s can be written by others. Run: chmod go-w %s"

#endif
