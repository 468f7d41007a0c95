/* SPDX-License-Identifier: ISC */
#include "store/engine.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "store/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct migration {
    int number;
    const char *name;
    const unsigned char *text;
};

#include "store/schema.inc"

enum { QUICK_CHECK_US = 200 * 1000 };

int
db_schema_version(void)
{
    return (int)COUNT_OF(migrations) - 1;
}

const char *
db_engine(void)
{
    return sqlite3_libversion();
}

/* "3.44.6" as 3044006; 0 for what is no version. */
static int64_t
version_number(struct str version)
{
    struct str part, rest = version;
    int64_t number = 0, n;
    for (int i = 0; i < 3; i++) {
        (void)str_cut(rest, '.', &part, &rest);
        if (!str_int(part, &n) || n < 0 || n > 999)
            return 0;
        number = number * 1000 + n;
    }
    return number;
}

const char *
db_fault_of(struct str version)
{
    /* the version that mended each branch, and where that branch ends */
    static const struct {
        int64_t from, to;
    } mended[] = { { 3044006, 3045000 }, { 3050007, 3051000 },
        { 3051003, INT64_MAX } };
    int64_t v = version_number(version);
    bool has = v == 0 || v >= 3007000;
    for (size_t i = 0; i < COUNT_OF(mended); i++)
        if (v >= mended[i].from && v < mended[i].to)
            has = false;
    return has ? "it has the WAL-reset fault (two checkpoints at once damage "
                 "the file). Keylodge checkpoints in one place; let no other "
                 "program write to the database"
               : NULL;
}

const char *
db_engine_fault(void)
{
    return db_fault_of(str_cstr(db_engine()));
}

/* ---- the file ---- */

static enum err_code
file_check(const struct db_options *o, struct err *err)
{
    struct stat st;
    if (stat(o->path, &st) != 0) {
        if (errno != ENOENT)
            return ERR(err, ERR_INVALID, "The database %s cannot be reached: "
                "%s.", o->path, strerror(errno));
        if (lstat(o->path, &st) == 0)
            return ERR(err, ERR_INVALID, "The database %s is a link to a file "
                "that is not there. Put it there, or name another one in "
                "[store] path.", o->path);
        if (!o->create)
            return ERR(err, ERR_INVALID, "There is no database at %s. Make "
                "one with `keylodge init`.", o->path);
        /* O_EXCL: nobody in this process has it open, so closing it drops no
         * lock of SQLite's */
        int fd = own_open(o->path, O_RDWR | O_EXCL, 0600, NULL);
        if (fd < 0)
            return ERR(err, ERR_INVALID, "The database %s cannot be made: %s.",
                o->path, strerror(errno));
        close(fd);
        return ERR_OK;
    }
    if (!S_ISREG(st.st_mode))
        return ERR(err, ERR_INVALID, "%s is not a file.", o->path);
    if (st.st_mode & (S_IRWXG | S_IRWXO))
        return ERR(err, ERR_INVALID, "The database %s can be opened by other "
            "users. Run `chmod 600 %s`.", o->path, o->path);
    return ERR_OK;
}

int
identity_read(struct conn *c, struct identity *id)
{
    int rc = conn_int(c, "PRAGMA application_id", &id->application);
    if (rc == SQLITE_OK)
        rc = conn_int(c, "PRAGMA user_version", &id->version);
    if (rc == SQLITE_OK)
        rc = conn_int(c, "SELECT count(*) FROM sqlite_schema", &id->tables);
    return rc;
}

static enum err_code
identity_check(const struct db_options *o, const struct identity *id,
    struct err *err)
{
    int known = db_schema_version();
    if (id->application == 0 && id->version == 0 && id->tables == 0)
        return o->create ? ERR_OK
                         : ERR(err, ERR_INVALID, "The database %s is empty. "
                               "Make it with `keylodge init`.", o->path);
    if (id->application != APPLICATION_ID)
        return ERR(err, ERR_INVALID, "%s is a database of another program.",
            o->path);
    if (id->version > known)
        return ERR(err, ERR_INVALID, "The database %s has schema %d, this "
            "program knows %d. Install the newer program again.", o->path,
            (int)id->version, known);
    if (id->version < known && !o->migrate)
        return ERR(err, ERR_INVALID, "The database %s has the older schema "
            "%d, this program needs %d. Run `keylodge migrate`, which copies "
            "it first, or start the new server.", o->path, (int)id->version,
            known);
    return ERR_OK;
}

/* ---- migrations ---- */

/* What is to be done, in one transaction whatever was skipped: killed at any
 * moment, the database is the old one or the new one.  *at: of which migration
 * the code tells. */
static int
migrate_all(struct conn *c, int from, const char **at)
{
    char stamp[96];
    int64_t bad_row = 0;
    int rc = conn_exec(c, "BEGIN IMMEDIATE");
    for (const struct migration *m = migrations; m->number; m++) {
        if (m->number <= from || rc != SQLITE_OK)
            continue;
        *at = m->name;
        rc = conn_exec(c, (const char *)m->text);
    }
    if (rc == SQLITE_OK)
        rc = conn_int(c, "SELECT count(*) FROM pragma_foreign_key_check",
            &bad_row);
    if (rc == SQLITE_OK && bad_row)
        rc = SQLITE_CONSTRAINT_FOREIGNKEY;
    snprintf(stamp, sizeof stamp,
        "PRAGMA application_id = %d; PRAGMA user_version = %d",
        (int)APPLICATION_ID, db_schema_version());
    if (rc == SQLITE_OK)
        rc = conn_exec(c, stamp);
    if (rc == SQLITE_OK)
        rc = conn_exec(c, "COMMIT");
    return rc;
}

const char *
db_kept(struct arena *a, const char *path, int schema)
{
    return arena_cstr(a, arena_fmt(a, "%s.schema-%d", path, schema));
}

/* What the migration is taken back with, should the new program not do.  A copy
 * that is there is of a try before this one, and what was written since is not
 * in it.  The lock file is ours: nobody writes until it is done. */
static enum err_code
keep_old(const struct db *db, int schema, struct err *err)
{
    const char *copy = db_kept(err->arena, db->path, schema);
    if (db_copy_over(db->path, copy, err) == ERR_OK)
        log_note(LOG_INFO, "copied_before_migration", copy);
    return err->code;
}

static enum err_code
migrate(const struct db *db, struct conn *c, int from, struct err *err)
{
    if (from == db_schema_version())
        return ERR_OK;
    if (!keeper_is_here(db))
        return ERR(err, ERR_BUSY, "A server runs on the database %s, which has "
            "the older schema %d. Stop that server first: it would go on as "
            "before, in a database that is no longer its own.", db->path, from);
    if (from && keep_old(db, from, err))
        return err->code;
    /* as SQLite asks of a change that rebuilds tables; all are checked before
     * the commit instead */
    const char *at = "begin";
    int rc = conn_exec(c, "PRAGMA foreign_keys = OFF");
    if (rc == SQLITE_OK)
        rc = migrate_all(c, from, &at);
    if (rc != SQLITE_OK) {
        store_fail(err, rc, c, at);
        if (!sqlite3_get_autocommit(c->sql))
            (void)conn_exec(c, "ROLLBACK");
        return err->code;
    }
    for (const struct migration *m = migrations; m->number; m++)
        if (m->number > from)
            log_note(LOG_INFO, "migrated", m->name);
    rc = conn_exec(c, "PRAGMA foreign_keys = ON");
    return rc == SQLITE_OK ? ERR_OK : store_fail(err, rc, c, "foreign_keys");
}

/* ---- the writer ---- */

static const char *const step_texts[TX_STEP_COUNT] = {
    [TX_BEGIN] = "BEGIN IMMEDIATE",
    [TX_COMMIT] = "COMMIT",
    [TX_ROLLBACK] = "ROLLBACK",
    [TX_SAVEPOINT] = "SAVEPOINT member",
    [TX_RELEASE] = "RELEASE member",
    [TX_UNDO] = "ROLLBACK TO member",
};

static void
writer_close(struct db *db)
{
    for (int i = 0; i < TX_STEP_COUNT; i++) {
        sqlite3_finalize(db->steps[i]);
        db->steps[i] = NULL;
    }
    conn_close(db->writer);
    db->writer = NULL;
}

/* Lock c down, then let it take the place of the writer before it.  err: NULL
 * where others wait for the writer: its words would need memory. */
static int
writer_install(struct db *db, struct conn *c, struct err *err)
{
    struct sqlite3_stmt *steps[TX_STEP_COUNT] = { NULL };
    int rc = row_functions(c, db, CONN_WRITER);
    if (rc == SQLITE_OK)
        rc = row_triggers(c);
    if (rc != SQLITE_OK && err)
        store_fail(err, rc, c, "row seals");
    conn_lock_down(c, CONN_WRITER);
    for (int i = 0; i < SQL_COUNT && rc == SQLITE_OK; i++) {
        if (!conn_stmt(c, (enum sql)i)) {
            rc = sqlite3_extended_errcode(c->sql);
            if (err)
                store_fail(err, rc, c, db_statement_name((enum sql)i));
        }
    }
    for (int i = 0; i < TX_STEP_COUNT && rc == SQLITE_OK; i++) {
        rc = sqlite3_prepare_v3(c->sql, step_texts[i], -1,
            SQLITE_PREPARE_PERSISTENT, &steps[i], NULL);
        if (rc != SQLITE_OK && err)
            store_fail(err, rc, c, step_texts[i]);
    }
    if (rc != SQLITE_OK) {
        for (int i = 0; i < TX_STEP_COUNT; i++)
            sqlite3_finalize(steps[i]);
        return rc;
    }
    /* the old one goes last: while a connection is open, the WAL's index in
     * shared memory stays, which knows nothing of a commit that failed */
    writer_close(db);
    db->writer = c;
    db->lax = false;
    memcpy(db->steps, steps, sizeof steps);
    wal_watch(db);
    return SQLITE_OK;
}

int
writer_reopen(struct db *db)
{
    struct conn *c;
    struct identity id;
    char proof[64];
    /* Rewrites the file's first page with what it holds.  The frame lands in
     * the WAL where the failed commit began, so that commit can never come
     * back in a recovery; and the sync shows that the disk works again. */
    snprintf(proof, sizeof proof, "PRAGMA application_id = %d",
        (int)APPLICATION_ID);
    int rc = conn_open(db->path, CONN_WRITER, db->busy_ms, &c);
    if (rc == SQLITE_OK)
        rc = identity_read(c, &id);
    if (rc == SQLITE_OK && (id.application != APPLICATION_ID ||
        id.version != db_schema_version()))
        rc = SQLITE_SCHEMA;
    if (rc == SQLITE_OK)
        rc = conn_exec(c, proof);
    if (rc == SQLITE_OK)
        rc = writer_install(db, c, NULL);
    if (rc != SQLITE_OK) {
        conn_close(c);
        return rc;
    }
    log_note(LOG_WARN, "writer_reopened", db->path);
    return SQLITE_OK;
}

static enum err_code
damaged(const char *path, const char *where, struct err *err)
{
    ERR(err, ERR_INVALID, "The database %s is damaged. Restore a backup.",
        path);
    err->detail = arena_dup(err->arena, str_cstr(where));
    return err->code;
}

/* A damaged file stops the start.  On a large one the check is given up after
 * a moment: being back within a second is promised too. */
static enum err_code
quick_check(const struct db *db, struct conn *c, struct err *err)
{
    sqlite3_stmt *s;
    int rc = sqlite3_prepare_v2(c->sql, "PRAGMA quick_check(1)", -1, &s, NULL);
    if (rc != SQLITE_OK)
        return store_fail(err, rc, c, "quick_check");
    conn_limit(c, QUICK_CHECK_US);
    rc = sqlite3_step(s);
    conn_limit(c, 0);
    const unsigned char *said =
        rc == SQLITE_ROW ? sqlite3_column_text(s, 0) : NULL;
    if (said && strcmp((const char *)said, "ok") != 0) {
        damaged(db->path, (const char *)said, err);
    } else if (rc == SQLITE_INTERRUPT) {
        log_note(LOG_INFO, "quick_check_cut_short", db->path);
    } else if (rc != SQLITE_ROW) {
        store_fail(err, rc, c, "quick_check");
    }
    sqlite3_finalize(s);
    return err->code;
}

/* ---- open ---- */

static char *
path_with(const char *path, const char *end)
{
    size_t n = strlen(path), m = strlen(end);
    char *p = calloc(1, n + m + 1);
    must(p != NULL);
    memcpy(p, path, n);
    memcpy(p + n, end, m);
    return p;
}

static struct db *
db_new(const struct db_options *o)
{
    struct db *db = calloc(1, sizeof *db);
    must(db != NULL);
    db->path = path_with(o->path, "");
    db->lock_path = path_with(o->path, ".lock");
    db->ballast_path = path_with(o->path, ".ballast");
    db->ballast_bytes = o->ballast_bytes;
    db->busy_ms = o->busy_ms;
    db->macs = o->macs;
    db->notes = notes_new();
    db->lock_fd = -1;
    must(pthread_mutex_init(&db->mu, NULL) == 0);
    return db;
}

void
db_close(struct db *db)
{
    if (!db)
        return;
    must(!db->held && !db->open);
    writer_close(db);
    if (db->lock_fd >= 0)
        close(db->lock_fd);
    pthread_mutex_destroy(&db->mu);
    notes_free(db->notes);
    free(db->path);
    free(db->lock_path);
    free(db->ballast_path);
    free(db);
}

static int
wal_on(struct conn *c)
{
    sqlite3_stmt *s;
    int rc = sqlite3_prepare_v2(c->sql, "PRAGMA journal_mode = WAL", -1, &s,
        NULL);
    if (rc != SQLITE_OK)
        return rc;
    rc = sqlite3_step(s);
    const unsigned char *mode =
        rc == SQLITE_ROW ? sqlite3_column_text(s, 0) : NULL;
    bool ok = mode && strcmp((const char *)mode, "wal") == 0;
    sqlite3_finalize(s);
    return ok ? SQLITE_OK : rc == SQLITE_ROW ? SQLITE_IOERR : rc;
}

enum err_code
db_unreadable(const char *path, const struct conn *c, int rc, struct err *err)
{
    int kind = rc & 0xff;
    if (kind == SQLITE_NOTADB)
        return ERR(err, ERR_INVALID, "%s is not a database.", path);
    if (kind == SQLITE_CORRUPT)
        return damaged(path, "the first page or the schema", err);
    if (kind == SQLITE_CANTOPEN || kind == SQLITE_PERM)
        return ERR(err, ERR_INVALID, "The database %s cannot be opened: check "
            "who owns it and its folder.", path);
    return store_fail(err, rc, c, "open");
}

/* With the lock file ours: c becomes the writer, or err says why not. */
static enum err_code
writer_start(struct db *db, const struct db_options *o, struct conn *c,
    struct err *err)
{
    struct identity id;
    int rc = identity_read(c, &id);
    if (rc != SQLITE_OK)
        return db_unreadable(db->path, c, rc, err);
    if (identity_check(o, &id, err) != ERR_OK)
        return err->code;
    rc = wal_on(c);
    if (rc != SQLITE_OK)
        return store_fail(err, rc, c, "journal_mode");
    /* a server that runs has looked at it, and would wait for this meanwhile */
    if ((keeper_is_here(db) && quick_check(db, c, err) != ERR_OK) ||
        migrate(db, c, (int)id.version, err) != ERR_OK)
        return err->code;
    if (writer_install(db, c, err) != SQLITE_OK)
        return err->code;
    for (int i = 0; i < SQL_COUNT; i++)
        db->writes[i] = !sqlite3_stmt_readonly(c->stmts[i]);
    /* What lies in the WAL may be there only in memory, if the one before us
     * died of a failed sync: bring it into the database, with a sync. */
    db->wal_pages = WAL_TIDY_PAGES;
    db->wal_tidy_at = 0;
    wal_tidy(db);
    return ERR_OK;
}

static enum err_code
db_start(struct db *db, const struct db_options *o, struct err *err)
{
    db->lock_fd = lock_open(db->lock_path, db->path);
    if (db->lock_fd < 0)
        return ERR(err, ERR_INVALID, "The lock file %s cannot be opened: %s.",
            db->lock_path, strerror(errno));
    int64_t until_us = clock_mono_us() + (int64_t)db->busy_ms * 1000;
    int rc = lock_take(db, until_us);
    if (rc != SQLITE_OK)
        return store_fail(err, rc, NULL, "waiting for the lock file");
    /* SQLite's shared memory file needs a little room even for reading */
    if (space_is_low(db))
        ballast_drop(db);
    struct conn *c;
    rc = conn_open(db->path, CONN_WRITER, db->busy_ms, &c);
    if (rc != SQLITE_OK)
        db_unreadable(db->path, c, rc, err);
    else
        writer_start(db, o, c, err);
    if (db->writer != c)
        conn_close(c);
    if (err->code == ERR_OK && !ballast_make(db))
        log_note(LOG_WARN, "ballast_missing", db->ballast_path);
    lock_drop(db);
    return err->code;
}

/* Only whose database it is, and of which schema. */
static enum err_code
db_start_read_only(struct db *db, const struct db_options *o, struct err *err)
{
    struct conn *c;
    struct identity id;
    int rc = conn_open(db->path, CONN_READER, db->busy_ms, &c);
    if (rc == SQLITE_OK)
        rc = identity_read(c, &id);
    if (rc != SQLITE_OK)
        db_unreadable(db->path, c, rc, err);
    else if (identity_check(o, &id, err) == ERR_OK)
        db->older = id.version < db_schema_version();
    conn_close(c);
    return err->code;
}

bool
db_is_older(const struct db *db)
{
    return db->older;
}

enum err_code
db_open(const struct db_options *o, struct db **out, struct err *err)
{
    *out = NULL;
    conn_setup();
    if (file_check(o, err) != ERR_OK)
        return err->code;
    struct db *db = db_new(o);
    if ((o->read_only ? db_start_read_only : db_start)(db, o, err)) {
        db_close(db);
        return err->code;
    }
    *out = db;
    return ERR_OK;
}

/* ---- a thread's view ---- */

enum err_code
store_new(struct db *db, struct store **out, struct err *err)
{
    *out = NULL;
    struct conn *c;
    int rc = conn_open(db->path, CONN_READER, db->busy_ms, &c);
    if (rc != SQLITE_OK) {
        store_fail(err, rc, c, "opening a reader");
        conn_close(c);
        return err->code;
    }
    rc = row_functions(c, db, CONN_READER);
    if (rc == SQLITE_OK)
        rc = hold_prepare(c);
    if (rc != SQLITE_OK) {
        store_fail(err, rc, c, "preparing a reader");
        conn_close(c);
        return err->code;
    }
    conn_lock_down(c, CONN_READER);
    struct store *st = calloc(1, sizeof *st);
    if (!st) {
        conn_close(c);
        memory_ran_out();
    }
    st->db = db;
    st->reader = c;
    st->read_limit_us = READ_LIMIT_US;
    pthread_condattr_t attr;
    must(pthread_condattr_init(&attr) == 0);
    must(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
    must(pthread_cond_init(&st->wake, &attr) == 0);
    must(pthread_mutex_init(&st->wait, NULL) == 0);
    pthread_condattr_destroy(&attr);
    *out = st;
    return ERR_OK;
}

void
store_free(struct store *st)
{
    if (!st)
        return;
    store_tx_abort(st);
    conn_close(st->reader);
    pthread_cond_destroy(&st->wake);
    pthread_mutex_destroy(&st->wait);
    free(st);
}

void
store_attach(struct store *st, struct arena *a, struct err *err)
{
    if (st->in_tx) {
        struct log_line l;
        log_begin(&l, LOG_ERROR, "transaction_left_open");
        log_cstr(&l, "file", st->tx_file);
        log_int(&l, "line", st->tx_line);
        log_end(&l);
        store_tx_abort(st);
    }
    conn_reset(st->reader);
    st->arena = a;
    st->err = err;
    st->urgent = false;
    st->read_limit_us = READ_LIMIT_US;
}

void
store_hold(struct store *st)
{
    st->holds = true;
}

void
store_rest(struct store *st)
{
    hold_end(st->reader);
}

void
store_slow(struct store *st, bool slow)
{
    st->read_limit_us = slow ? SLOW_LIMIT_US : READ_LIMIT_US;
}

struct arena *
store_swap(struct store *st, struct arena *a)
{
    struct arena *before = st->arena;
    st->arena = a;
    return before;
}

struct arena *
store_arena(struct store *st)
{
    return st->arena;
}

struct err *
store_err(struct store *st)
{
    return st->err;
}

enum err_code
store_ready(struct store *st)
{
    int64_t n;
    int moved = 0;
    store_rest(st); /* it is the file that is asked */
    /* what is changed here would be lost with the file, what is changed there,
     * a revoke, would not count here */
    (void)sqlite3_file_control(st->reader->sql, "main", SQLITE_FCNTL_HAS_MOVED,
        &moved);
    if (moved)
        return ERR_FAULT(st->err, "the database file was moved away or "
            "replaced under the server: start it again");
    if (!file_is(st->db->lock_fd, st->db->lock_path))
        return ERR_FAULT(st->err, "the lock file was removed or replaced under "
            "the server, so a second one could begin: start it again");
    int rc = conn_int(st->reader, "SELECT count(*) FROM sqlite_schema", &n);
    return rc == SQLITE_OK ? ERR_OK
                           : store_fail(st->err, rc, st->reader, "ready");
}
