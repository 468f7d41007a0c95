/* SPDX-License-Identifier: ISC */
#include "help.h"

#include "store/engine.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what db_open refuses, and what it says ---- */

static void
write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    chmod(path, 0600);
}

static void
make_nothing(const char *path)
{
    (void)path;
}

static void
make_empty(const char *path)
{
    write_file(path, "");
}

static void
make_garbage(const char *path)
{
    write_file(path, "This is a letter to a friend, and no database at all. "
        "It goes on for a while, because SQLite looks at a hundred bytes.");
}

static void
make_ours(const char *path)
{
    db_close(open_db(path, 0));
}

static void
make_foreign(const char *path)
{
    make_empty(path);
    raw_exec(path, "CREATE TABLE a(b); PRAGMA user_version = 1;"
        "PRAGMA application_id = 1234");
}

static void
make_unmarked(const char *path)
{
    make_empty(path);
    raw_exec(path, "CREATE TABLE a(b)");
}

static void
make_newer(const char *path)
{
    make_ours(path);
    raw_exec(path, "PRAGMA user_version = 3");
}

static void
make_older(const char *path)
{
    make_ours(path);
    raw_exec(path, "DROP TABLE extra; PRAGMA user_version = 1");
}

static void
make_open_to_all(const char *path)
{
    make_ours(path);
    chmod(path, 0640);
}

static void
make_folder(const char *path)
{
    mkdir(path, 0700);
}

/* migration 2 cannot work: its table is there already */
static void
make_half(const char *path)
{
    make_ours(path);
    raw_exec(path, "PRAGMA user_version = 1");
}

/* a statement has no table */
static void
make_short(const char *path)
{
    make_ours(path);
    raw_exec(path, "DROP TABLE extra");
}

static void
tear(const char *path, long at)
{
    make_ours(path);
    raw_exec(path, "PRAGMA wal_checkpoint(TRUNCATE)");
    FILE *f = fopen(path, "r+");
    assert_non_null(f);
    fseek(f, at, SEEK_SET);
    for (int i = 0; i < 3000; i++)
        fputc(0x55, f);
    fclose(f);
}

/* page 2 is a table's root: not a page any more */
static void
make_torn(const char *path)
{
    tear(path, 4096);
}

/* the table of tables, behind the file's own header */
static void
make_headless(const char *path)
{
    tear(path, 100);
}

static void
opening(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        void (*make)(const char *path);
        bool create, migrate;
        enum err_code code;
        const char *says; /* in message or detail */
    } rows[] = {
        { "missing", make_nothing, false, true, ERR_INVALID, "keylodge init" },
        { "missing, create", make_nothing, true, false, ERR_OK, "" },
        { "empty", make_empty, false, true, ERR_INVALID, "is empty" },
        { "empty, create", make_empty, true, false, ERR_OK, "" },
        { "garbage", make_garbage, true, true, ERR_INVALID,
            "is not a database" },
        { "ours", make_ours, false, false, ERR_OK, "" },
        { "ours, create", make_ours, true, true, ERR_OK, "" },
        { "foreign", make_foreign, true, true, ERR_INVALID,
            "another program" },
        { "unmarked", make_unmarked, true, true, ERR_INVALID,
            "another program" },
        { "newer", make_newer, true, true, ERR_INVALID, "newer program" },
        { "older", make_older, true, false, ERR_INVALID, "older schema 1" },
        { "older, migrate", make_older, false, true, ERR_OK, "" },
        { "mode 0640", make_open_to_all, true, true, ERR_INVALID,
            "chmod 600" },
        { "a folder", make_folder, true, true, ERR_INVALID,
            "is not a file" },
        { "migration fails", make_half, true, true, ERR_INTERNAL,
            "0002_more.sql" },
        { "statement broken", make_short, true, true, ERR_INTERNAL,
            "EXTRA_TEXT" },
        { "damaged", make_torn, true, true, ERR_INVALID, "damaged" },
        { "schema damaged", make_headless, true, true, ERR_INVALID,
            "damaged" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char folder[PATH_BYTES], path[PATH_BYTES];
        folder_new(folder);
        rows[i].make(path_in(path, folder, "t.db"));
        struct arena *a = arena_new(1024);
        struct err e;
        err_init(&e, a);
        struct db_options o = { .path = path, .create = rows[i].create,
            .migrate = rows[i].migrate, .busy_ms = 1000 };
        struct db *db;
        enum err_code code = db_open(&o, &db, &e);
        const char *said = arena_fmt(a, "%.*s | %.*s", STR_ARG(e.msg),
            STR_ARG(e.detail)).p;
        if (code != rows[i].code || !strstr(said, rows[i].says))
            fail_msg("%s: code %d, %s", rows[i].what, (int)code, said);
        assert_true((db != NULL) == (code == ERR_OK));
        if (db) {
            db_close(db);
            assert_int_equal(raw_int(path, "PRAGMA user_version"),
                db_schema_version());
            assert_int_equal(raw_int(path, "SELECT id FROM extra"), 1);
        }
        if (rows[i].make == make_nothing && code != ERR_OK)
            assert_int_not_equal(access(path, F_OK), 0);
        arena_free(a);
        rmdir(path);
        folder_free(folder);
    }
    assert_int_equal(db_schema_version(), 2);
}

static void
a_failed_migration_changes_nothing(void **state)
{
    (void)state;
    char folder[PATH_BYTES], path[PATH_BYTES];
    folder_new(folder);
    make_half(path_in(path, folder, "t.db"));
    raw_exec(path, "DROP TABLE extra; CREATE TABLE extra(other)");
    struct arena *a = arena_new(1024);
    struct err e;
    struct db *db;
    err_init(&e, a);
    struct db_options o = { .path = path, .migrate = true, .busy_ms = 1000 };
    assert_int_equal(db_open(&o, &db, &e), ERR_INTERNAL);
    assert_int_equal(raw_int(path, "PRAGMA user_version"), 1);
    assert_int_equal(raw_int(path, "SELECT count(*) FROM extra"), 0);
    arena_free(a);
    folder_free(folder);
}

static void
files_are_private(void **state)
{
    (void)state;
    static const char *const names[] = { "t.db", "t.db-wal", "t.db-shm",
        "t.db.lock", "t.db.ballast" };
    char folder[PATH_BYTES], path[PATH_BYTES];
    struct stat st;
    mode_t old = umask(0);
    folder_new(folder);
    struct db *db = open_db(path_in(path, folder, "t.db"), 65536 + 17);
    umask(old);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (stat(path_in(path, folder, names[i]), &st) != 0)
            fail_msg("no %s", names[i]);
        if ((st.st_mode & 07777) != 0600)
            fail_msg("%s has mode %o", names[i], (unsigned)st.st_mode);
    }
    assert_int_equal(st.st_size, 65536 + 17);
    assert_true(st.st_blocks * 512 >= 65536); /* truly there */
    db_close(db);
    /* they stay: a reader without the right to write needs them */
    assert_int_equal(access(path_in(path, folder, "t.db-wal"), F_OK), 0);
    folder_free(folder);
}

/* ---- settings ---- */

static int64_t
setting(struct conn *c, const char *name)
{
    char text[80];
    int64_t v = -1;
    snprintf(text, sizeof text, "PRAGMA %s", name);
    int rc = conn_int(c, text, &v);
    if (rc != SQLITE_OK)
        fail_msg("%s: %d", text, rc);
    return v;
}

static void
settings(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t reader, writer;
    } rows[] = {
        { "synchronous", 2, 2 },
        { "wal_autocheckpoint", 0, 0 },
        { "foreign_keys", 1, 1 },
        { "secure_delete", 1, 1 },
        { "temp_store", 2, 2 },
        { "trusted_schema", 0, 0 },
        { "cell_size_check", 1, 1 },
        { "cache_size", -448, -3072 },
        { "query_only", 1, 0 },
        { "busy_timeout", 5000, 5000 },
        { "journal_size_limit", -1, 6 << 20 },
    };
    static const struct {
        int id, value;
    } limits[] = {
        { SQLITE_LIMIT_LENGTH, 1 << 20 },
        { SQLITE_LIMIT_SQL_LENGTH, 16384 },
        { SQLITE_LIMIT_ATTACHED, 0 },
        { SQLITE_LIMIT_VARIABLE_NUMBER, 64 },
        { SQLITE_LIMIT_COMPOUND_SELECT, 4 },
        { SQLITE_LIMIT_EXPR_DEPTH, 32 },
        { SQLITE_LIMIT_VDBE_OP, 25000 },
        { SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 64 },
    };
    static const struct {
        int id, value;
    } flags[] = {
        { SQLITE_DBCONFIG_DEFENSIVE, 1 },
        { SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1 },
        { SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
        { SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
    };
    char folder[PATH_BYTES], path[PATH_BYTES];
    struct user u;
    folder_new(folder);
    struct db *db = open_db(path_in(path, folder, "t.db"), 0);
    user_begin(&u, db);
    struct conn *both[] = { u.st->reader, db->writer };
    for (int w = 0; w < 2; w++) {
        sqlite3 *sql = both[w]->sql;
        for (size_t i = 0; i < COUNT_OF(limits); i++)
            assert_int_equal(sqlite3_limit(sql, limits[i].id, -1),
                limits[i].value);
        for (size_t i = 0; i < COUNT_OF(flags); i++) {
            int v = -1;
            sqlite3_db_config(sql, flags[i].id, -1, &v);
            assert_int_equal(v, flags[i].value);
        }
        int keep = -1;
        sqlite3_file_control(sql, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
        assert_int_equal(keep, 1);
        /* pragmas are refused from now on: lift that to look */
        int64_t v;
        assert_int_equal(conn_int(both[w], "PRAGMA synchronous", &v),
            SQLITE_AUTH);
        sqlite3_set_authorizer(sql, NULL, NULL);
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
            v = setting(both[w], rows[i].name);
            if (v != (w ? rows[i].writer : rows[i].reader))
                fail_msg("%s %s: %lld", w ? "writer" : "reader",
                    rows[i].name, (long long)v);
        }
        int64_t map = -1;
        sqlite3_file_control(sql, "main", SQLITE_FCNTL_MMAP_SIZE, &map);
        assert_int_equal(map, 0);
    }
    assert_int_equal(sqlite3_db_readonly(both[0]->sql, "main"), 1);
    user_end(&u);
    db_close(db);
    assert_int_equal(raw_int(path, "PRAGMA application_id"), APPLICATION_ID);
    folder_free(folder);
}

/* A commit waits for the disk unless all of its group said it need not; and
 * nobody else may change that. */
static void
lax_commits(void **state)
{
    (void)state;
    static const bool lax[] = { false, true, true, false, false, true };
    static const char *const denied[] = { "PRAGMA synchronous = OFF",
        "PRAGMA synchronous = 0", "PRAGMA synchronous",
        "PRAGMA journal_mode = OFF", "PRAGMA fullfsync = 0" };
    char folder[PATH_BYTES], path[PATH_BYTES];
    struct user u;
    int64_t v;
    folder_new(folder);
    struct db *db = open_db(path_in(path, folder, "t.db"), 0);
    user_begin(&u, db);
    for (size_t i = 0; i < COUNT_OF(denied); i++)
        assert_int_equal(conn_int(db->writer, denied[i], &v), SQLITE_AUTH);
    for (size_t i = 0; i < COUNT_OF(lax); i++) {
        if (lax[i])
            store_tx_lax(u.st);
        OK(&u, STORE_TX_BEGIN(u.st));
        assert_int_equal(db->lax, lax[i]);
        OK(&u, store_tx_commit(u.st));
        /* for one transaction only */
        OK(&u, STORE_TX_BEGIN(u.st));
        assert_false(db->lax);
        store_tx_abort(u.st);
    }
    store_tx_lax(u.st);
    for (int i = 0; i < 2; i++) {
        OK(&u, STORE_TX_BEGIN(u.st));
        OK(&u, store_tx_commit(u.st));
        sqlite3_set_authorizer(db->writer->sql, NULL, NULL);
        assert_int_equal(setting(db->writer, "synchronous"), i ? 2 : 1);
        conn_lock_down(db->writer, CONN_WRITER);
    }
    user_end(&u);
    db_close(db);
    folder_free(folder);
}

static void
who_may_do_what(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool reader, writer;
    } rows[] = {
        { "SELECT count(*) FROM counter", true, true },
        { "SELECT max(n, 3), upper(note) FROM counter", true, true },
        { "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c "
          "WHERE i < 3) SELECT i FROM c", true, true },
        { "UPDATE counter SET n = n", false, true },
        { "INSERT INTO counter(n) VALUES (5)", false, true },
        { "DELETE FROM counter WHERE id = 99", false, true },
        { "BEGIN IMMEDIATE; ROLLBACK", false, true },
        { "SAVEPOINT x; RELEASE x", false, true },
        { "ATTACH ':memory:' AS x", false, false },
        { "VACUUM", false, false },
        { "PRAGMA journal_mode = DELETE", false, false },
        { "PRAGMA wal_checkpoint", false, false },
        { "SELECT * FROM pragma_table_info('counter')", false, false },
        { "PRAGMA query_only = 0", false, false },
        { "CREATE TABLE x(y)", false, false },
        { "CREATE TEMP TABLE x(y)", false, false },
        { "CREATE VIEW x AS SELECT 1", false, false },
        { "CREATE TRIGGER x AFTER UPDATE ON counter BEGIN SELECT 1; END",
          false, false },
        { "CREATE INDEX x ON counter(n)", false, false },
        { "DROP TABLE counter", false, false },
        { "ALTER TABLE counter ADD COLUMN x", false, false },
        { "UPDATE sqlite_schema SET sql = ''", false, false },
        { "ANALYZE", false, false },
        { "REINDEX", false, false },
    };
    char folder[PATH_BYTES], path[PATH_BYTES];
    struct user u;
    folder_new(folder);
    struct db *db = open_db(path_in(path, folder, "t.db"), 0);
    user_begin(&u, db);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int r = conn_exec(u.st->reader, rows[i].text);
        int w = conn_exec(db->writer, rows[i].text);
        if ((r == SQLITE_OK) != rows[i].reader ||
            (w == SQLITE_OK) != rows[i].writer)
            fail_msg("%s: reader %d, writer %d", rows[i].text, r, w);
    }
    OK(&u, store_ready(u.st));
    user_end(&u);
    db_close(db);
    folder_free(folder);
}

/* A busy lock file is given up after busy_ms, in db_open too. */
static void
the_lock_file_has_a_limit(void **state)
{
    (void)state;
    char folder[PATH_BYTES], path[PATH_BYTES];
    struct user u;
    folder_new(folder);
    struct db *db = open_db(path_in(path, folder, "t.db"), 0);
    user_begin(&u, db);
    OK(&u, STORE_TX_BEGIN(u.st));
    struct arena *a = arena_new(1024);
    struct err e;
    struct db *other;
    err_init(&e, a);
    struct db_options o = { .path = path, .busy_ms = 50 };
    assert_int_equal(db_open(&o, &other, &e), ERR_BUSY);
    assert_true(e.retry_s >= 1);
    store_tx_abort(u.st);
    err_init(&e, a);
    assert_int_equal(db_open(&o, &other, &e), ERR_OK);
    db_close(other);
    arena_free(a);
    user_end(&u);
    db_close(db);
    folder_free(folder);
}

/* Commands beside a server do not hold it up by looking at all of the file. */
static void
one_look_is_enough(void **state)
{
    (void)state;
    char folder[PATH_BYTES], path[PATH_BYTES];
    struct arena *a = arena_new(1024);
    struct err e;
    folder_new(folder);
    struct db *server = open_db(path_in(path, folder, "t.db"), 0), *other;
    struct db_options o = { .path = path, .busy_ms = 1000 };
    keeper_take(server);
    make_torn(path);
    err_init(&e, a);
    assert_int_equal(db_open(&o, &other, &e), ERR_OK);
    db_close(other);
    db_close(server);
    assert_int_equal(db_open(&o, &other, &e), ERR_INVALID);
    arena_free(a);
    folder_free(folder);
}

/* The WAL-reset fault: in every version since 3.7.0 until it was mended, in
 * each branch by itself. */
static void
versions_with_known_faults(void **state)
{
    (void)state;
    static const struct {
        const char *version;
        bool fault;
    } rows[] = {
        { "3.6.23", false }, { "3.7.0", true }, { "3.7.17", true },
        { "3.40.1", true }, { "3.44.5", true }, { "3.44.6", false },
        { "3.45.0", true }, { "3.46.1", true }, { "3.50.6", true },
        { "3.50.7", false }, { "3.51.0", true }, { "3.51.2", true },
        { "3.51.3", false }, { "3.52.0", false }, { "4.0.0", false },
        { "", true }, { "new", true }, { "3.51", true },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if ((db_fault_of(str_cstr(rows[i].version)) != NULL) != rows[i].fault)
            fail_msg("version \"%s\"", rows[i].version);
    assert_ptr_equal(db_engine_fault(), db_fault_of(str_cstr(db_engine())));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opening),
        cmocka_unit_test(a_failed_migration_changes_nothing),
        cmocka_unit_test(files_are_private),
        cmocka_unit_test(settings),
        cmocka_unit_test(lax_commits),
        cmocka_unit_test(who_may_do_what),
        cmocka_unit_test(the_lock_file_has_a_limit),
        cmocka_unit_test(one_look_is_enough),
        cmocka_unit_test(versions_with_known_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
