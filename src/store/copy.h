/* SPDX-License-Identifier: ISC */
#ifndef STORE_COPY_H
#define STORE_COPY_H

/* Whole databases as files: copies of one in use, and whether one is whole. */

#include "base/err.h"

/* How far a copy is; called on the copying thread after each step. */
typedef void db_copy_step(void *of, int64_t pages_done, int64_t pages);

/*
 * db_copy -- a copy of the database `from`, as it is at this moment, as the
 * new file `to`: one file, mode 0600, run by root of the owner of its folder
 * (base/own.h), on disk when this returns.  Others go on reading and writing meanwhile.  What stands
 * half done after a kill is `to` with ".part" behind it; the next copy
 * replaces it, but one that is at work is left alone.
 * step  may be NULL
 * Errors: ERR_CONFLICT (there is a file `to`, or another process copies to it), ERR_INVALID (no database at
 * `from`, no folder for `to`), ERR_NO_SPACE, ERR_BUSY, ERR_INTERNAL.  Then
 * there is no file `to`.
 */
NODISCARD enum err_code db_copy(const char *from, const char *to,
    db_copy_step *step, void *of, struct err *err);

/* db_copy_over -- the same in the place of what has that name, if anything has:
 * whole, there is the one or the other.  Errors: as db_copy, with what was there
 * left as it was. */
NODISCARD enum err_code db_copy_over(const char *from, const char *to,
    struct err *err);

/*
 * db_copy_fits -- would a copy of the database leave DB_COPY_SPARE free?  Asked of
 * its own disk only: one that is full lets nothing be written but revokes.  On
 * another disk, or where nothing can be seen, it is true.
 * to     the new file, or the folder that it goes to
 * bytes  out: what the copy takes at most
 */
enum { DB_COPY_SPARE = 64 * 1024 * 1024 };
bool db_copy_fits(struct arena *a, const char *from, const char *to,
    int64_t *bytes);

/*
 * db_copy_forget -- take away what a copy that was killed left at `part`, a name
 * that ends in ".part", and what SQLite made beside it.  One that somebody
 * writes stays, and so does what cannot be opened: false.
 */
bool db_copy_forget(struct arena *a, const char *part);

/* What db_look found. */
struct db_look {
    int schema;   /* the number of its last migration; 0: it is too damaged
                     to be read */
    int64_t bytes; /* of the file */
    struct str fault; /* empty: whole; else where it is damaged */
};

/*
 * db_look -- read every page of a database file: structure, indexes, checks,
 * foreign keys.  Changes nothing.
 * Errors: ERR_INVALID (missing, not a database, of another program, of a newer
 * program), ERR_INTERNAL.  A damaged one is ERR_OK, with its fault.
 */
NODISCARD enum err_code db_look(const char *path, struct db_look *out,
    struct err *err);

/*
 * db_is_served -- does a server run on the database at `path`?  Also when that
 * file was moved away from under it.  Asks the lock file, which is not moved.
 */
bool db_is_served(const char *path);

#endif
