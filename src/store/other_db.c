/* SPDX-License-Identifier: ISC */
#include "store/other_db.h"

#include "store/engine.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MOST = 1024 * 1024 };

/* Of another program: these are no statements on our own tables. */
static const char *const texts[] = {
    [OTHER_TOKENS] = "SELECT * FROM tokens WHERE ?1 = 0 ORDER BY id",
    [OTHER_USER] = "SELECT * FROM users WHERE id = ?1",
    [OTHER_QUOTA_UNIT] =
        "SELECT value FROM options WHERE key = 'QuotaPerUnit' AND ?1 = 0",
};
_Static_assert(COUNT_OF(texts) == OTHER_ROWS_COUNT, "questions");

struct other_db {
    sqlite3 *sql;
    sqlite3_stmt *stmts[OTHER_ROWS_COUNT]; /* NULL: no such table */
};

static int
close_in(sqlite3 *sql)
{
    static const int on[] = { SQLITE_DBCONFIG_DEFENSIVE };
    static const int off[] = { SQLITE_DBCONFIG_TRUSTED_SCHEMA,
        SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, SQLITE_DBCONFIG_ENABLE_VIEW,
        SQLITE_DBCONFIG_ENABLE_TRIGGER };
    int rc = SQLITE_OK;
    for (size_t i = 0; i < COUNT_OF(on) && rc == SQLITE_OK; i++)
        rc = sqlite3_db_config(sql, on[i], 1, NULL);
    for (size_t i = 0; i < COUNT_OF(off) && rc == SQLITE_OK; i++)
        rc = sqlite3_db_config(sql, off[i], 0, NULL);
    (void)sqlite3_limit(sql, SQLITE_LIMIT_LENGTH, TEXT_MOST);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(sql, "PRAGMA cell_size_check = ON", NULL, NULL,
            NULL);
    return rc;
}

static enum err_code
refuse(const char *path, const struct other_db *db, struct err *err)
{
    return ERR(err, ERR_INVALID, "%s cannot be read: %s.", path,
        db->sql ? sqlite3_errmsg(db->sql) : "no memory");
}

/* Is every page of it in order? */
static bool
is_whole(struct other_db *db)
{
    sqlite3_stmt *s;
    bool whole = false;
    if (sqlite3_prepare_v2(db->sql, "PRAGMA quick_check(1)", -1, &s, NULL) !=
        SQLITE_OK)
        return false;
    if (sqlite3_step(s) == SQLITE_ROW) {
        const char *said = (const char *)sqlite3_column_text(s, 0);
        whole = said && strcmp(said, "ok") == 0;
    }
    return sqlite3_finalize(s) == SQLITE_OK && whole;
}

enum err_code
other_db_open(const char *path, struct other_db **out, struct err *err)
{
    struct other_db *db = calloc(1, sizeof *db);
    must(db != NULL);
    *out = db;
    conn_setup();
    int rc = sqlite3_open_v2(path, &db->sql,
        SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
        NULL);
    if (rc != SQLITE_OK || close_in(db->sql) != SQLITE_OK)
        (void)refuse(path, db, err);
    else if (!is_whole(db))
        ERR(err, ERR_INVALID, "%s is no database, or is damaged: %s.", path,
            sqlite3_errmsg(db->sql));
    for (int i = 0; i < OTHER_ROWS_COUNT && !err->code; i++)
        (void)sqlite3_prepare_v2(db->sql, texts[i], -1, &db->stmts[i], NULL);
    if (!err->code && !db->stmts[OTHER_TOKENS])
        ERR(err, ERR_INVALID, "%s is no database of One API or New API: it "
            "has no table of tokens.", path);
    if (!err->code)
        return ERR_OK;
    other_db_close(db);
    *out = NULL;
    return err->code;
}

void
other_db_close(struct other_db *db)
{
    if (!db)
        return;
    for (int i = 0; i < OTHER_ROWS_COUNT; i++)
        sqlite3_finalize(db->stmts[i]);
    sqlite3_close(db->sql);
    free(db);
}

void
other_db_ask(struct other_db *db, enum other_rows which, int64_t id)
{
    sqlite3_stmt *s = db->stmts[which];
    if (!s)
        return;
    (void)sqlite3_reset(s);
    (void)sqlite3_bind_int64(s, 1, id);
}

enum err_code
other_db_row(struct other_db *db, enum other_rows which, bool *more,
    struct err *err)
{
    sqlite3_stmt *s = db->stmts[which];
    int rc = s ? sqlite3_step(s) : SQLITE_DONE;
    *more = rc == SQLITE_ROW;
    if (rc == SQLITE_ROW || rc == SQLITE_DONE)
        return ERR_OK;
    return ERR(err, ERR_INVALID, "The database cannot be read: %s.",
        sqlite3_errmsg(db->sql));
}

/* Among the first n columns; -1: there is none of this name. */
static int
column_named(sqlite3_stmt *s, int n, const char *column)
{
    for (int i = 0; i < n; i++) {
        const char *name = sqlite3_column_name(s, i);
        if (name && strcmp(name, column) == 0)
            return i;
    }
    return -1;
}

/* -1: there is none of this name, or it is NULL. */
static int
column_at(sqlite3_stmt *s, const char *column)
{
    int at = column_named(s, s ? sqlite3_data_count(s) : 0, column);
    return at < 0 || sqlite3_column_type(s, at) == SQLITE_NULL ? -1 : at;
}

bool
other_db_has(const struct other_db *db, enum other_rows which,
    const char *column)
{
    sqlite3_stmt *s = db->stmts[which];
    return column_named(s, s ? sqlite3_column_count(s) : 0, column) >= 0;
}

int64_t
other_db_int(struct other_db *db, enum other_rows which, const char *column,
    int64_t missing)
{
    int at = column_at(db->stmts[which], column);
    return at < 0 ? missing : sqlite3_column_int64(db->stmts[which], at);
}

struct str
other_db_text(struct arena *a, struct other_db *db, enum other_rows which,
    const char *column)
{
    sqlite3_stmt *s = db->stmts[which];
    int at = column_at(s, column);
    if (at < 0 || sqlite3_column_type(s, at) == SQLITE_BLOB)
        return (struct str){ NULL, 0 };
    const char *p = (const char *)sqlite3_column_text(s, at);
    struct str text = { p, p ? (size_t)sqlite3_column_bytes(s, at) : 0 };
    return arena_dup(a, text);
}
