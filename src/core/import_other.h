/* SPDX-License-Identifier: ISC */
#ifndef CORE_IMPORT_OTHER_H
#define CORE_IMPORT_OTHER_H

/*
 * Sources of an import that read what other products hold, so that clients keep
 * their keys: database files (SQLite) of One API and New API, and lists of
 * SHA-256 hashes.  All keys go into one workspace.  What such a key could do and
 * cannot be carried over is told, row by row.
 *
 * One API, New API: a row of `tokens` is a key.  Its text is what clients send,
 * with or without "sk-"; one that can be guessed is left out, and told.  Its
 * owner is the member with the e-mail address of its
 * user; else a service account named after the user, which is made.  Keys
 * of users who are disabled or gone come disabled; deleted keys do not come.  What is left
 * of its quota (500,000 units are 1 USD, unless the file says otherwise) becomes
 * a spending limit that does not reset: 0 is a key that is used up.  Its models
 * are made, without price, when the workspace has none of that name.  Upstream
 * channels and their keys are not read.
 *
 * Lists: CSV, a row a key: the SHA-256 of the whole text that clients send, in
 * hexadecimal; its name; expiry (RFC 3339 or a day); spending limit in USD; all
 * but the first may be missing or empty.  A first row whose first cell is
 * "sha256", in any case, is a heading; a byte order mark before it is dropped.
 * Whoever can guess a text passes: a hash says nothing of
 * how long its text was, but the gate refuses texts of fewer than FOREIGN_LEAST
 * characters.
 */

#include "core/import_file.h"

enum other_format { OTHER_ONE_API, OTHER_NEW_API, OTHER_SHA256, OTHER_COUNT };

/* other_format_name -- the words of --format; "keylodge" is no other one. */
const char *other_format_name(enum other_format f);
bool other_format_read(struct str s, enum other_format *out);

struct other_db;
struct other_source {
    enum other_format format;
    const char *path;
    struct str workspace;   /* slug */
    struct other_db *db;    /* set by other_open */
    struct import_file *lines; /* of a list */
};

/* other_open -- look at the file.
 * Errors: ERR_INVALID when it is not of the format: the two databases keep what
 * a key may do in other columns, and read as the other one a key could do
 * everything; a column that is always needed is missing. */
NODISCARD enum err_code other_open(struct cx *cx, struct other_source *of);
void other_close(struct other_source *of);

/* import_other_read -- an import_source; of: a struct other_source. */
import_source import_other_read;

#endif
