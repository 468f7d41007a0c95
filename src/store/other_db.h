/* SPDX-License-Identifier: ISC */
#ifndef STORE_OTHER_DB_H
#define STORE_OTHER_DB_H

/*
 * Reading the database file of another product (SQLite), for an import.  It is
 * opened for reading only, nothing in its schema is run, and columns are asked
 * for by name, since they differ from version to version.
 */

#include "base/err.h"

struct other_db;

/* What is asked of it. */
enum other_rows {
    OTHER_TOKENS,    /* all rows of "tokens", by id */
    OTHER_USER,      /* the row of "users" with this id */
    OTHER_QUOTA_UNIT, /* "value" of the option QuotaPerUnit */
    OTHER_ROWS_COUNT
};

/* other_db_open -- process lifetime.
 * Errors: ERR_INVALID when it is missing, no database, damaged, or has no table
 * "tokens". */
NODISCARD enum err_code other_db_open(const char *path, struct other_db **out,
    struct err *err);
void other_db_close(struct other_db *db); /* NULL is allowed */

/* other_db_ask -- begin; what was asked before of the same kind is over.  A
 * table that is not there has no rows. */
void other_db_ask(struct other_db *db, enum other_rows which, int64_t id);

/* other_db_row -- the next row.  ERR_INVALID when the file is damaged. */
NODISCARD enum err_code other_db_row(struct other_db *db,
    enum other_rows which, bool *more, struct err *err);

/* other_db_has -- are there such rows, with a column of this name?  Asked of the
 * schema: no row is needed. */
bool other_db_has(const struct other_db *db, enum other_rows which,
    const char *column);

/* Of the row: a column of this name; `missing` when there is none, or it is
 * NULL.  Texts are copied into `a`; what is not text is empty. */
int64_t other_db_int(struct other_db *db, enum other_rows which,
    const char *column, int64_t missing);
struct str other_db_text(struct arena *a, struct other_db *db,
    enum other_rows which, const char *column);

#endif
