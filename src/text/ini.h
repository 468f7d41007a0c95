/* SPDX-License-Identifier: ISC */
#ifndef TEXT_INI_H
#define TEXT_INI_H

#include "base/err.h"

/* One "key = value" line of a configuration file. */
struct ini_entry {
    struct str section, key, value; /* section is empty before the first */
    int line;                       /* from 1 */
};

struct ini {
    struct ini_entry *items;
    size_t n;
};

/*
 * ini_read -- `[section]`, `key = value`, `#` comments on lines of their own;
 * values of any length, trimmed, taken as they are.  Names of sections and keys
 * are letters, digits and "-_.".  LF or CRLF.
 * file    for messages
 * out     request lifetime, copied from `text`
 * Errors: ERR_MALFORMED with "file:line: what" (no '=', bad section, the same
 * key twice in a section, bytes that are no UTF-8, control characters).
 */
NODISCARD enum err_code ini_read(struct arena *a, struct str text,
    const char *file, struct ini *out, struct err *err);

#endif
