/* SPDX-License-Identifier: ISC */
#include "help.h"

#include "base/log.h"
#include "store/engine.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Every statement of the program on a fresh schema: how SQLite means to find
 * its rows.  One that walks through a whole table (or a whole index) fails,
 * unless it stands here with the reason why that is right.
 */
static const struct {
    enum sql which;
    const char *reason;
} allowed[] = {
    { SQL_USER_ANY, "stops at the first row" },
    { SQL_BACKUP_COUNTS, "counts all there is, for the shell" },
    { SQL_OPERATION_COUNTS, "counts all there is, for one page" },
    { SQL_OPERATION_HOOK, "stops at the first row" },
    { SQL_MANAGEMENT_COUNT, "counts in all workspaces, for the shell" },
    { SQL_INVITE_VOID_ALL, "all of them, in a restored database" },
    { SQL_BROKEN_ALL, "stops after some rows" },
    { SQL_SEALED_ANY, "stops at the first row that has a seal" },
    { SQL_AUDIT_LAST, "walks the key backwards and stops at the first row" },
};

static char folder[PATH_BYTES], path[PATH_BYTES];
static sqlite3 *sql;
static struct conn conn; /* what row_functions wants */

static int
setup(void **state)
{
    (void)state;
    folder_new(folder);
    db_close(open_db(path_in(path, folder, "t.db"), 0));
    assert_int_equal(sqlite3_open(path, &sql), SQLITE_OK);
    conn.sql = sql;
    assert_int_equal(row_functions(&conn, NULL, CONN_READER), SQLITE_OK);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    sqlite3_close(sql);
    free(conn.seals);
    folder_free(folder);
    return 0;
}

static bool
is_allowed(enum sql which)
{
    for (size_t i = 0; i < COUNT_OF(allowed); i++)
        if (allowed[i].which == which)
            return true;
    return false;
}

/* Rows that the statement made itself, in a WITH or a sub-query: small by its
 * own LIMIT or grouping, and how they were found has its own lines. */
static bool
is_made_here(enum sql which, const char *name)
{
    char made[80];
    if (name[0] == '(')
        return true;
    int n = (int)strcspn(name, " ");
    snprintf(made, sizeof made, "%.*s AS (", n, name);
    if (strstr(db_statement_text(which), made))
        return true;
    snprintf(made, sizeof made, "%.*s AS MATERIALIZED (", n, name);
    return strstr(db_statement_text(which), made) != NULL;
}

/* Number of scans in the plan; prints those that nobody allowed. */
static int
scans(enum sql which, bool quiet)
{
    char *text = sqlite3_mprintf("EXPLAIN QUERY PLAN %s",
        db_statement_text(which));
    sqlite3_stmt *s;
    int n = 0;
    if (sqlite3_prepare_v2(sql, text, -1, &s, NULL) != SQLITE_OK)
        fail_msg("%s: %s", db_statement_name(which), sqlite3_errmsg(sql));
    while (sqlite3_step(s) == SQLITE_ROW) {
        const char *how = (const char *)sqlite3_column_text(s, 3);
        if (strncmp(how, "SCAN ", 5) != 0 ||
            strcmp(how, "SCAN CONSTANT ROW") == 0 ||
            is_made_here(which, how + 5))
            continue;
        n++;
        if (!quiet)
            fprintf(stderr, "%s: %s\n", db_statement_name(which), how);
    }
    sqlite3_finalize(s);
    sqlite3_free(text);
    return n;
}

static void
no_statement_scans_a_table(void **state)
{
    (void)state;
    int wrong = 0;
    for (int i = 0; i < SQL_COUNT; i++)
        wrong += !is_allowed((enum sql)i) && scans((enum sql)i, false) > 0;
    if (wrong)
        fail_msg("%d of %d statements scan", wrong, (int)SQL_COUNT);
    assert_true(SQL_COUNT > 0);
    for (size_t i = 0; i < COUNT_OF(allowed); i++)
        if (scans(allowed[i].which, true) == 0)
            fail_msg("%s does not scan: take it off the list",
                db_statement_name(allowed[i].which));
}

/* ---- the schema, as reviewed ---- */

static void
dump(const char *to)
{
    FILE *f = fopen(to, "w");
    assert_non_null(f);
    sqlite3_stmt *s;
    assert_int_equal(sqlite3_prepare_v2(sql,
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL "
        "ORDER BY tbl_name, type = 'index', name", -1, &s, NULL), SQLITE_OK);
    while (sqlite3_step(s) == SQLITE_ROW)
        fprintf(f, "%s;\n\n", (const char *)sqlite3_column_text(s, 0));
    sqlite3_finalize(s);
    assert_int_equal(fclose(f), 0);
}

static bool
same_text(const char *a, const char *b)
{
    FILE *f = fopen(a, "r"), *g = fopen(b, "r");
    int c = 0, d = 0, line = 1;
    if (f && g) {
        while (c == d && c != EOF) {
            line += c == '\n';
            c = getc(f);
            d = getc(g);
        }
        if (c != d)
            fprintf(stderr, "%s and %s differ in line %d\n", a, b, line);
    }
    bool same = f && g && c == d;
    if (f)
        fclose(f);
    if (g)
        fclose(g);
    return same;
}

static void
the_schema_is_the_one_reviewed(void **state)
{
    (void)state;
    char golden[PATH_BYTES], now[PATH_BYTES];
    const char *src = getenv("KEYLODGE_SRC");
    path_in(golden, src ? src : ".", "tests/golden/schema.sql");
    path_in(now, folder, "schema.sql");
    if (getenv("KEYLODGE_GOLDEN")) /* =update */
        dump(golden);
    dump(now);
    if (!same_text(golden, now))
        fail_msg("the schema is not %s; after review: KEYLODGE_GOLDEN=update",
            golden);
}

/* Rules for every table, read from what SQLite understood. */
static void
tables_keep_the_rules(void **state)
{
    (void)state;
    static const struct {
        const char *what, *query;
    } rows[] = {
        { "a table is not STRICT", "SELECT name FROM pragma_table_list "
            "WHERE type = 'table' AND strict = 0 "
            "AND name NOT LIKE 'sqlite_%'" },
        { "a foreign key has no index on its column",
            "SELECT t.name || '.' || f.\"from\" "
            "FROM sqlite_schema t, pragma_foreign_key_list(t.name) f "
            "WHERE t.type = 'table' AND f.seq = 0 AND NOT EXISTS ("
            "SELECT 1 FROM pragma_index_list(t.name) l, "
            "pragma_index_info(l.name) i "
            "WHERE i.seqno = 0 AND i.name = f.\"from\") AND NOT EXISTS ("
            "SELECT 1 FROM pragma_table_info(t.name) c "
            "WHERE c.name = f.\"from\" AND c.pk = 1) "
            /* workspaces are removed rarely, and users are few */
            "AND t.name || f.\"from\" <> 'userlast_workspace_id' "
            /* keys are revoked, and not deleted */
            "AND t.name || f.\"from\" <> 'reservationkey_id'" },
    };
    int wrong = 0;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        sqlite3_stmt *s;
        if (sqlite3_prepare_v2(sql, rows[i].query, -1, &s, NULL) != SQLITE_OK)
            fail_msg("%s", sqlite3_errmsg(sql));
        for (; sqlite3_step(s) == SQLITE_ROW; wrong++)
            fprintf(stderr, "%s: %s\n", rows[i].what,
                (const char *)sqlite3_column_text(s, 0));
        sqlite3_finalize(s);
    }
    assert_int_equal(wrong, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_statement_scans_a_table),
        cmocka_unit_test(the_schema_is_the_one_reviewed),
        cmocka_unit_test(tables_keep_the_rules),
    };
    log_setup(LOG_WARN, LOG_KEY_VALUE);
    return cmocka_run_group_tests(tests, setup, teardown);
}
