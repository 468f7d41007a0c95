/* SPDX-License-Identifier: ISC */
#ifndef CORE_IMPORT_FILE_H
#define CORE_IMPORT_FILE_H

/* The source of an import that reads what core/export.h writes. */

#include "core/import.h"

/* Gives the next line, without its end; false: there is none.  The bytes live
 * until the next call.  A line longer than IMPORT_LINE_MOST comes clipped. */
enum { IMPORT_LINE_MOST = 256 * 1024 };
struct import_file {
    bool (*next)(void *from, struct str *line);
    void (*rewind)(void *from);
    void *from;
};

/*
 * import_file_read -- an import_source; of: a struct import_file.  Every byte
 * is covered by the last line's sum, and with verifiers by its MAC, which are
 * looked at in the first walk.
 */
import_source import_file_read;

#endif
