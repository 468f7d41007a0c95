/* SPDX-License-Identifier: ISC */
#include "store/engine.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <sqlite3.h>
#include <string.h>
#include <stdlib.h>

static const char *const texts[] = {
#define Q(name, text) text,
#include "store/sql.inc"
#undef Q
    NULL
};

static const char *const names[] = {
#define Q(name, text) #name,
#include "store/sql.inc"
#undef Q
    NULL
};

const char *
db_statement_text(enum sql which)
{
    must((size_t)which < COUNT_OF(texts));
    return texts[which];
}

const char *
db_statement_name(enum sql which)
{
    must((size_t)which < COUNT_OF(names));
    return names[which];
}

/* What SQLite says by itself matters when files or disk are at fault; the rest
 * reaches the log with the request that met it. */
static void
on_sqlite_log(void *unused, int rc, const char *text)
{
    (void)unused;
    int kind = rc & 0xff;
    if (kind != SQLITE_IOERR && kind != SQLITE_CORRUPT &&
        kind != SQLITE_CANTOPEN && kind != SQLITE_FULL &&
        kind != SQLITE_NOTADB)
        return;
    struct log_line l;
    log_begin(&l, LOG_WARN, "sqlite");
    log_int(&l, "code", rc);
    log_cstr(&l, "text", text);
    log_end(&l);
}

static void
setup_once(void)
{
    must(sqlite3_threadsafe() != 0);
    /* refused when SQLite runs already, as in tests with an own VFS */
    (void)sqlite3_config(SQLITE_CONFIG_LOG, on_sqlite_log, NULL);
    /* its statistics cost a process-wide lock at each allocation */
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

void
conn_setup(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, setup_once);
}

void
conn_limit(struct conn *c, int64_t limit_us)
{
    c->limit_us = limit_us;
    c->began_us = 0;
}

static int
on_progress(void *p)
{
    struct conn *c = p;
    if (c->limit_us == 0)
        return 0;
    /* the clock is read here only: most statements end before */
    if (c->began_us == 0)
        c->began_us = clock_cpu_us();
    return clock_cpu_us() - c->began_us > c->limit_us;
}

int
conn_exec(struct conn *c, const char *text)
{
    return sqlite3_exec(c->sql, text, NULL, NULL, NULL);
}

int
conn_int(struct conn *c, const char *text, int64_t *out)
{
    sqlite3_stmt *s;
    int rc = sqlite3_prepare_v2(c->sql, text, -1, &s, NULL);
    if (rc != SQLITE_OK)
        return rc;
    *out = 0;
    rc = sqlite3_step(s);
    if (rc == SQLITE_ROW)
        *out = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int
set_options(struct conn *c, enum conn_role role)
{
    static const int on[] = { SQLITE_DBCONFIG_DEFENSIVE,
        SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE };
    static const int off[] = { SQLITE_DBCONFIG_TRUSTED_SCHEMA,
        SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, SQLITE_DBCONFIG_DQS_DML,
        /* those that stand in the file: it has none of ours */
        SQLITE_DBCONFIG_DQS_DDL, SQLITE_DBCONFIG_ENABLE_TRIGGER,
        SQLITE_DBCONFIG_ENABLE_VIEW };
    int rc = SQLITE_OK;
    for (size_t i = 0; i < COUNT_OF(on) && rc == SQLITE_OK; i++)
        rc = sqlite3_db_config(c->sql, on[i], 1, NULL);
    for (size_t i = 0; i < COUNT_OF(off) && rc == SQLITE_OK; i++)
        rc = sqlite3_db_config(c->sql, off[i], 0, NULL);
    /* a reader without the right to write needs -wal and -shm to stay */
    int keep = 1;
    if (rc == SQLITE_OK)
        rc = sqlite3_file_control(c->sql, "main", SQLITE_FCNTL_PERSIST_WAL,
            &keep);
    if (rc == SQLITE_OK)
        rc = conn_exec(c,
            "PRAGMA mmap_size = 0; PRAGMA wal_autocheckpoint = 0;"
            "PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON;"
            "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;"
            "PRAGMA synchronous = FULL");
    if (rc != SQLITE_OK)
        return rc;
    return conn_exec(c, role == CONN_READER
            ? "PRAGMA cache_size = -448; PRAGMA query_only = ON"
            : "PRAGMA cache_size = -3072; PRAGMA journal_size_limit = 6291456");
}

int
conn_open(const char *path, enum conn_role role, int busy_ms,
    struct conn **out)
{
    _Static_assert(WAL_KEEP_BYTES == 6291456, "as in the pragma above");
    struct conn *c = calloc(1, sizeof *c);
    *out = c;
    if (!c)
        return SQLITE_NOMEM;
    conn_limit(c, 0);
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
        (role == CONN_READER ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
    int rc = sqlite3_open_v2(path, &c->sql, flags, NULL);
    if (rc != SQLITE_OK)
        return rc;
    sqlite3_busy_timeout(c->sql, busy_ms);
    rc = set_options(c, role);
    if (rc == SQLITE_OK)
        sqlite3_progress_handler(c->sql, 1000, on_progress, c);
    return rc;
}

void
conn_close(struct conn *c)
{
    if (!c)
        return;
    for (int i = 0; i < SQL_COUNT; i++)
        sqlite3_finalize(c->stmts[i]);
    sqlite3_finalize(c->begin);
    sqlite3_finalize(c->commit);
    int rc = sqlite3_close(c->sql);
    must(rc == SQLITE_OK);
    free(c->seals);
    free(c);
}

static int
allow_reads(void *unused, int action, const char *a, const char *b,
    const char *schema, const char *trigger)
{
    (void)unused, (void)a, (void)b, (void)schema, (void)trigger;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_FUNCTION:
    case SQLITE_RECURSIVE:
    case SQLITE_TRANSACTION:
        return SQLITE_OK;
    default:
        return SQLITE_DENY;
    }
}

/* The schema's own table is kept from it by SQLITE_DBCONFIG_DEFENSIVE. */
static int
allow_writes(void *unused, int action, const char *a, const char *b,
    const char *schema, const char *trigger)
{
    switch (action) {
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
    case SQLITE_SAVEPOINT:
        return SQLITE_OK;
    case SQLITE_PRAGMA: /* see group_sync in tx.c */
        return strcmp(a, "synchronous") == 0 && b &&
                (strcmp(b, "NORMAL") == 0 || strcmp(b, "FULL") == 0)
            ? SQLITE_OK
            : SQLITE_DENY;
    default:
        return allow_reads(unused, action, a, b, schema, trigger);
    }
}

void
conn_lock_down(struct conn *c, enum conn_role role)
{
    static const struct {
        int id, value;
    } limits[] = {
        { SQLITE_LIMIT_LENGTH, 1 << 20 },
        { SQLITE_LIMIT_SQL_LENGTH, 16 << 10 },
        { SQLITE_LIMIT_ATTACHED, 0 },
        { SQLITE_LIMIT_VARIABLE_NUMBER, 64 },
        { SQLITE_LIMIT_COMPOUND_SELECT, 4 },
        { SQLITE_LIMIT_EXPR_DEPTH, 32 },
        { SQLITE_LIMIT_VDBE_OP, 25000 },
        { SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 64 },
        { SQLITE_LIMIT_TRIGGER_DEPTH, 8 },
    };
    for (size_t i = 0; i < COUNT_OF(limits); i++)
        sqlite3_limit(c->sql, limits[i].id, limits[i].value);
    sqlite3_set_authorizer(c->sql,
        role == CONN_READER ? allow_reads : allow_writes, NULL);
}

struct sqlite3_stmt *
conn_stmt(struct conn *c, enum sql which)
{
    if (c->stmts[which])
        return c->stmts[which];
    const char *tail = "";
    int rc = sqlite3_prepare_v3(c->sql, texts[which], -1,
        SQLITE_PREPARE_PERSISTENT, &c->stmts[which], &tail);
    /* two statements under one name: the second would never run */
    must(rc != SQLITE_OK || *tail == '\0');
    return c->stmts[which];
}

void
conn_reset(struct conn *c)
{
    for (int i = 0; c->n_used && i < SQL_COUNT; i++) {
        if (!c->used[i])
            continue;
        c->used[i] = false;
        c->n_used--;
        sqlite3_reset(c->stmts[i]);
        sqlite3_clear_bindings(c->stmts[i]);
    }
    conn_limit(c, 0);
}

bool
conn_is_full(const struct conn *c, int rc)
{
    if ((rc & 0xff) == SQLITE_FULL)
        return true;
    /* growing -shm, or a sync, on a full disk is reported as an I/O error */
    if ((rc & 0xff) != SQLITE_IOERR || !c)
        return false;
    int e = sqlite3_system_errno(c->sql);
    return e == ENOSPC || e == EDQUOT;
}

/* Will the same work again in a moment, as far as can be told? */
static bool
passes_by(int kind)
{
    switch (kind) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_INTERRUPT:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN: /* of a file that was there at the start */
    case SQLITE_PROTOCOL: /* others kept changing the log's index */
    case SQLITE_NOMEM:
        return true;
    default:
        return false;
    }
}

enum err_code
store_fail(struct err *e, int rc, const struct conn *c, const char *what)
{
    if (e->code != ERR_OK)
        return e->code;
    const char *text = sqlite3_errstr(rc);
    if (c && c->sql && sqlite3_errcode(c->sql) != SQLITE_OK)
        text = sqlite3_errmsg(c->sql);
    struct str detail = arena_fmt(e->arena, "%s: %s (%d)", what, text, rc);
    int kind = rc & 0xff;
    if (conn_is_full(c, rc)) {
        ERR(e, ERR_NO_SPACE, "The disk of the server is full. Nothing was "
                             "changed.");
    } else if (passes_by(kind)) {
        ERR(e, ERR_BUSY, "The server is busy. Try again in a moment.");
        e->retry_s = kind == SQLITE_IOERR || kind == SQLITE_CANTOPEN ? 5 : 1;
    } else if (kind == SQLITE_CONSTRAINT && rc != SQLITE_CONSTRAINT_NOTNULL &&
        rc != SQLITE_CONSTRAINT_DATATYPE) {
        ERR(e, ERR_CONFLICT, "Somebody changed this at the same time. Load "
                             "the page again.");
        e->reason = "constraint";
    } else if (kind == SQLITE_READONLY) {
        ERR(e, ERR_INTERNAL, "The database cannot be written by this user: "
            "check owner and mode of it, of -wal and -shm beside it, and of "
            "its folder, or run: keylodge doctor");
    } else {
        ERR_FAULT(e, "%.*s", STR_ARG(detail));
    }
    e->detail = detail;
    return e->code;
}
