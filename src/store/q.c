/* SPDX-License-Identifier: ISC */
#include "store/engine.h"

#include "base/clock.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <string.h>

enum { NAME_MAX_BYTES = 63 };

static struct conn *
conn_of(const struct q *q)
{
    return q->st->in_tx ? q->st->db->writer : q->st->reader;
}

static void
fail(struct q *q, int rc)
{
    struct store *st = q->st;
    struct conn *c = conn_of(q);
    q->failed = true;
    store_fail(st->err, rc, c, db_statement_name(q->which));
    /* some errors make SQLite give up the whole transaction, and with it what
     * the other members of the group have done */
    if (!st->in_tx) {
        c->held = false; /* the next statement begins anew */
        return;
    }
    rc = writer_failed(st->db, rc);
    if (sqlite3_get_autocommit(c->sql) && st->db->lost_rc == SQLITE_OK)
        st->db->lost_rc = rc;
}

void
q_begin(struct q *q, struct store *st, enum sql which)
{
    must((size_t)which < SQL_COUNT);
    *q = (struct q){ .st = st, .which = which };
    must(st->in_tx || !st->db->writes[which]);
    if (st->in_tx && st->db->lost_rc != SQLITE_OK) {
        /* outside of any transaction by now: this would commit by itself */
        q->failed = true;
        store_fail(st->err, st->db->lost_rc, NULL, db_statement_name(which));
        return;
    }
    struct conn *c = conn_of(q);
    must(!c->used[which]);
    if (st->holds && !st->in_tx && c->n_used == 0)
        hold_look(c);
    struct sqlite3_stmt *stmt = conn_stmt(c, which);
    if (!stmt) {
        fail(q, sqlite3_extended_errcode(c->sql));
        return;
    }
    q->stmt = stmt;
    c->used[which] = true;
    c->n_used++;
    conn_limit(c, st->in_tx ? SLOW_LIMIT_US : st->read_limit_us);
}

/* ---- binding ---- */

/* Place of a named parameter, or 0 with the statement failed. */
static int
place(struct q *q, const char *name)
{
    char full[NAME_MAX_BYTES + 2] = ":";
    if (q->failed)
        return 0;
    must(q->stmt != NULL);
    size_t n = strlen(name);
    must(n <= NAME_MAX_BYTES);
    memcpy(full + 1, name, n + 1);
    /* mostly they are bound in the order in which they stand there */
    const char *next = sqlite3_bind_parameter_name(q->stmt, q->bound + 1);
    int at = next && strcmp(next, full) == 0
        ? q->bound + 1
        : sqlite3_bind_parameter_index(q->stmt, full);
    q->bound = at;
    if (at == 0) {
        q->failed = true;
        ERR_FAULT(q->st->err, "%s has no parameter %s",
            db_statement_name(q->which), full);
    }
    return at;
}

static void
bound(struct q *q, int rc)
{
    if (rc != SQLITE_OK)
        fail(q, rc);
}

void
q_int(struct q *q, const char *name, int64_t v)
{
    int at = place(q, name);
    if (at)
        bound(q, sqlite3_bind_int64(q->stmt, at, v));
}

void
q_text(struct q *q, const char *name, struct str v)
{
    int at = place(q, name);
    if (at)
        bound(q, sqlite3_bind_text64(q->stmt, at, v.p ? v.p : "", v.n,
            SQLITE_STATIC, SQLITE_UTF8));
}

void
q_blob(struct q *q, const char *name, const void *p, size_t n)
{
    int at = place(q, name);
    if (at)
        bound(q, sqlite3_bind_blob64(q->stmt, at, n ? p : "", n,
            SQLITE_STATIC));
}

void
q_null(struct q *q, const char *name)
{
    int at = place(q, name);
    if (at)
        bound(q, sqlite3_bind_null(q->stmt, at));
}

void
q_int_or_null(struct q *q, const char *name, int64_t v)
{
    if (v < 0)
        q_null(q, name);
    else
        q_int(q, name, v);
}

void
q_id_or_null(struct q *q, const char *name, int64_t id)
{
    q_int_or_null(q, name, id ? id : -1);
}

void
q_text_or_null(struct q *q, const char *name, struct str v)
{
    if (v.n == 0)
        q_null(q, name);
    else
        q_text(q, name, v);
}

/* ---- rows ---- */

bool
q_row(struct q *q)
{
    if (q->failed || q->done)
        return false;
    must(q->stmt != NULL);
    int rc = sqlite3_step(q->stmt);
    if (rc == SQLITE_ROW)
        return true;
    q->done = true;
    if (rc != SQLITE_DONE)
        fail(q, rc);
    return false;
}

static bool
has_value(const struct q *q, int col)
{
    if (q->failed || q->done)
        return false;
    must(col >= 0 && col < sqlite3_column_count(q->stmt));
    return sqlite3_column_type(q->stmt, col) != SQLITE_NULL;
}

int64_t
q_get_int_or(struct q *q, int col, int64_t when_null)
{
    return has_value(q, col) ? sqlite3_column_int64(q->stmt, col) : when_null;
}

int64_t
q_get_int(struct q *q, int col)
{
    return q_get_int_or(q, col, 0);
}

struct str
q_get_blob(struct q *q, int col)
{
    if (!has_value(q, col))
        return (struct str){ NULL, 0 };
    const void *p = sqlite3_column_blob(q->stmt, col);
    int n = sqlite3_column_bytes(q->stmt, col);
    return arena_dup(q->st->arena, (struct str){ p, (size_t)n });
}

struct str
q_peek_text(struct q *q, int col)
{
    if (!has_value(q, col))
        return (struct str){ NULL, 0 };
    const unsigned char *p = sqlite3_column_text(q->stmt, col);
    int n = sqlite3_column_bytes(q->stmt, col);
    if (!p) { /* a text that is there has a place, an empty one too */
        fail(q, SQLITE_NOMEM);
        return (struct str){ NULL, 0 };
    }
    return (struct str){ (const char *)p, (size_t)n };
}

struct str
q_get_text(struct q *q, int col)
{
    struct str s = q_peek_text(q, col);
    return s.p ? arena_dup(q->st->arena, s) : s;
}

bool
q_is_null(struct q *q, int col)
{
    return !has_value(q, col);
}

/* ---- the end ---- */

enum err_code
q_end(struct q *q)
{
    struct conn *c = conn_of(q);
    /* a transaction that ended meanwhile has reset it already */
    if (q->stmt && c->used[q->which] && c->stmts[q->which] == q->stmt) {
        sqlite3_reset(q->stmt);
        sqlite3_clear_bindings(q->stmt);
        c->used[q->which] = false;
        if (--c->n_used == 0)
            conn_limit(c, 0);
    }
    q->stmt = NULL;
    q->done = true;
    return q->failed ? q->st->err->code : ERR_OK;
}

/* Step to the end; the number of rows changed, or -1. */
static int64_t
run(struct q *q)
{
    while (q_row(q))
        continue;
    return q->failed ? -1 : sqlite3_changes64(conn_of(q)->sql);
}

enum err_code
q_run(struct q *q)
{
    (void)run(q);
    return q_end(q);
}

enum err_code
q_run_changes(struct q *q, int64_t *changes)
{
    int64_t n = run(q);
    *changes = n < 0 ? 0 : n;
    return q_end(q);
}

enum err_code
q_run_exactly(struct q *q, int64_t n)
{
    int64_t changes = run(q);
    if (!q->failed && changes != n) {
        q->failed = true;
        ERR_FAULT(q->st->err, "%s changed %" PRId64 " rows instead of %"
            PRId64, db_statement_name(q->which), changes, n);
    }
    return q_end(q);
}

int64_t
q_last_id(struct q *q)
{
    must(q->st->in_tx);
    return q->failed ? 0
                     : sqlite3_last_insert_rowid(q->st->db->writer->sql);
}
