/* SPDX-License-Identifier: ISC */
#ifndef STORE_STORE_H
#define STORE_STORE_H

/*
 * The engine under all statements: one SQLite file, one writer connection for
 * the process, one read connection for each thread, all SQL named.
 *
 * struct db     process lifetime: path, writer, lock file, ballast.
 * struct store  one thread's view: its reader, and the writer while it holds a
 *               transaction.  Attached to a request's arena and error value.
 * struct q      one statement in use; sticky: after a failure every further
 *               call does nothing and q_end reports it once.
 *
 * Writing: store_tx_begin .. store_tx_commit.  Transactions of all threads take
 * turns on the writer, each in a savepoint; those that wait together commit
 * together (group commit), and store_tx_commit returns only when the commit is
 * on disk (synchronous=FULL), unless its whole group is store_tx_lax.  Who has
 * more to write meanwhile puts the commit off (store_tx_commit_later).  Other
 * processes (the command line, a second server) take turns under the lock file
 * `<db>.lock`.  Only the writer, under that lock, ever checkpoints: SQLite
 * 3.40.1 has the WAL-reset bug.  While a server runs, that is the server's
 * writer (store_tidy).
 */

#include "base/err.h"

struct db;
struct store;

/*
 * The subkeys of row seals (store/store_rowseal.h): those of the master secret
 * that this process began with, and of others while one is replaced, in the
 * order in which they are asked for (secret/secret.h).
 */
enum row_key {
    ROW_KEY_OWN, ROW_KEY_NEXT, ROW_KEY_NOW, ROW_KEY_OLD, ROW_KEY_COUNT
};
enum { ROW_MAC_BYTES = 16 };
enum row_made { ROW_NO_KEY, ROW_MADE, ROW_NO_MEMORY };
struct row_macs {
    /* the MAC of n bytes under a subkey, or why there is none.  SQLite is
     * among those who call it: it never jumps out (base/arena.h) */
    enum row_made (*make)(const void *of, enum row_key which, const void *p,
        size_t n, uint8_t out[ROW_MAC_BYTES]);
    const void *of;
};

struct db_options {
    const char *path;      /* of the database file */
    bool create;           /* make a new file when there is none */
    bool migrate;          /* bring an older schema up to date; a copy is
                              made before (db_open) */
    bool read_only;        /* no writer, no lock file, nothing is changed:
                              transactions must not be asked for.  For backups, and to
                              look at what a server has open */
    size_t ballast_bytes;  /* kept beside it for a full disk; 0 none */
    int busy_ms;           /* longest wait for the lock, then ERR_BUSY */
    struct row_macs macs;  /* make NULL: rows are not sealed, and all of them
                              are broken */
};

/*
 * db_open -- open, check application_id and schema version, migrate if asked,
 * prepare every statement on the writer (a broken one stops the start).
 * Before a migration the database is copied to db_kept(); one that a server runs
 * on is not migrated (ERR_BUSY).
 * Errors: ERR_INVALID with a sentence that says how to mend it (missing file,
 * newer schema, older schema without `migrate`, not our database, wrong mode),
 * ERR_FAULT for the rest.
 */
NODISCARD enum err_code db_open(const struct db_options *o, struct db **out,
    struct err *err);
void db_close(struct db *db);

/* db_kept -- where the copy of before a migration lies: `<path>.schema-N`, N being
 * the schema until then.  One of a migration that did not happen is replaced by
 * that of the next try. */
const char *db_kept(struct arena *a, const char *path, int schema);

/* db_is_older -- was it opened read_only with an older schema than this program
 * has?  Then no statement of this program may be asked of it. */
bool db_is_older(const struct db *db);

/* db_may_write -- could a server of this user write to the database at `path`, as
 * owners and modes tell?  Changes nothing; that there is none is said by
 * db_open.  ERR_INVALID with what is in the way. */
NODISCARD enum err_code db_may_write(const char *path, struct err *err);

/* db_engine -- version of SQLite that is in use.
 * db_engine_fault -- what is known to be wrong with it and how far that matters
 * here, or NULL.
 * db_fault_of -- the same of any version ("3.40.1"); of what is no version,
 * the worst is believed.  Source: SQLite's page on WAL, "The WAL-reset bug":
 * since 3.7.0, mended in 3.51.3, and in 3.50.7 and 3.44.6 of older branches. */
const char *db_engine(void);
const char *db_engine_fault(void);
const char *db_fault_of(struct str version);

/* db_schema_version -- highest migration this program knows. */
int db_schema_version(void);

/* store_new -- a thread's view; opens its read connection. */
NODISCARD enum err_code store_new(struct db *db, struct store **out,
    struct err *err);
void store_free(struct store *st);

/* store_attach -- for one request: rows are copied into `a`, failures go to
 * `err`.  Rolls back (and logs) a transaction that was left open. */
void store_attach(struct store *st, struct arena *a, struct err *err);

/*
 * store_hold -- from now on, reads of this view share one read transaction for
 * as long as nothing is committed: for threads that ask short questions one
 * after the other.  They see every commit that was over when they began, as
 * ever.  Such a thread calls store_rest before it waits for anything: what is
 * held keeps the WAL from beginning anew.  Transactions call it by themselves.
 */
void store_hold(struct store *st);
void store_rest(struct store *st);

/* store_swap -- copy rows into `a` from here on, also within a transaction: for
 * walks through more rows than memory holds.  Returns the arena until now. */
struct arena *store_swap(struct store *st, struct arena *a);

/* The arena and error value of the request that runs now. */
struct arena *store_arena(struct store *st);
struct err *store_err(struct store *st);

/*
 * store_tx_begin -- wait for the writer, open a savepoint in the group's
 * transaction.  From here on this store's statements all run on the writer and
 * see the transaction.  file, line: who began it, for the log.
 * Errors: ERR_BUSY after busy_ms, or while the disk fails to write;
 * ERR_NO_SPACE, ERR_INTERNAL.
 */
#define STORE_TX_BEGIN(st) store_tx_begin((st), __FILE__, __LINE__)
NODISCARD enum err_code store_tx_begin(struct store *st, const char *file,
    int line);

/* store_tx_commit -- release the savepoint and wait for the group's commit.
 * It is on disk then; of a group of store_tx_lax only, safe from a kill.
 * When err is already set, or the commit fails, everything is rolled back and
 * the code is returned.  Errors: ERR_NO_SPACE, ERR_BUSY, ERR_INTERNAL. */
NODISCARD enum err_code store_tx_commit(struct store *st);

/*
 * For a thread that serves many short requests one after the other, and can
 * keep their answers back for a moment: its transactions then share a commit
 * with no switch between threads.
 *
 * store_tx_later         this thread can; off at first
 * store_tx_commit_later  as store_tx_commit, but the commit itself may still be
 *                        to come, when this thread can wait for it: then it
 *                        owns the writer on, and settles soon
 * store_tx_put_off       was one left so, since this was asked last?
 * store_tx_waits         is there something to settle?
 * store_tx_settle        commit.  False: some of what was to be committed later
 *                        is lost, since the last settle; nobody may be told
 *                        that it was done.  Never fails otherwise
 *
 * Between the two, a transaction that may not join the group ends it; that is
 * found at the settle.  What was not settled is not seen by reads outside of a
 * transaction.
 */
void store_tx_later(struct store *st, bool on);
NODISCARD enum err_code store_tx_commit_later(struct store *st);
bool store_tx_put_off(struct store *st);
bool store_tx_waits(const struct store *st);
NODISCARD bool store_tx_settle(struct store *st);

/* store_tx_abort -- roll back; nothing to do when none is open. */
void store_tx_abort(struct store *st);

bool store_in_tx(const struct store *st);

/*
 * store_tx_urgent -- this transaction may use the ballast: a revoke must work
 * on a full disk.  Call before store_tx_begin; holds for one transaction.
 * With less than 512 KiB free, ordinary transactions are refused at their
 * begin (ERR_NO_SPACE), so that they do not eat that space; an urgent one
 * gives the ballast up and commits alone.  The ballast is made again by the
 * first transaction that finds room for it.
 */
void store_tx_urgent(struct store *st);

/*
 * store_tx_lax -- this transaction has to survive a kill of the process, not a
 * loss of power: when all of its group are so, the commit does not wait for the
 * disk.  The next commit that does wait brings it along.  Call before
 * store_tx_begin; holds for one transaction.
 */
void store_tx_lax(struct store *st);

/*
 * store_slow -- statements of this request may read for 2 s instead of 200 ms:
 * for report pages.  Holds until the next store_attach.
 */
void store_slow(struct store *st, bool slow);

/*
 * store_tidy -- keep the write-ahead log small: some times a second, by the one
 * process that stays.  From the first call on no other process checkpoints
 * (SECURITY.md T09), so this one also puts away what they wrote, and what a
 * long reader held back once it is gone.  Waits for no reader, and a tenth of a
 * second at most for another process that writes.
 */
void store_tidy(struct store *st);

/* Sizes of files, in bytes; 0: not there. */
struct store_sizes {
    int64_t database, wal, disk_free, ballast;
};
/* store_sizes -- of the database that this store reads. */
void store_sizes(const struct store *st, struct store_sizes *out);

/* store_is_full -- has the disk no room, or was the ballast given up for it?  Then
 * only revoking works (store_tx_urgent). */
bool store_is_full(const struct store *st);

/*
 * store_changer_take -- be the only process that changes the master secret of
 * this database, until store_changer_drop or the end of the process, however
 * that ends.  False: another one is at it.  For one thread of a process.
 */
NODISCARD bool store_changer_take(struct store *st);
void store_changer_drop(struct store *st);

/* store_ready -- can the store answer a read now, and is its file still the one
 * at its path? For /readyz. */
NODISCARD enum err_code store_ready(struct store *st);

/* Names of all statements, made from *.sql by tool/sqlgen.awk. */
enum sql {
#define Q(name, text) SQL_##name,
#include "store/sql.inc"
#undef Q
    SQL_COUNT
};

struct q {
    struct store *st;
    struct sqlite3_stmt *stmt;
    enum sql which;
    bool failed;
    bool done; /* past the last row */
    int bound; /* place of the parameter that was bound last */
};

/*
 * q_begin -- take a statement.  One use at a time of each statement per
 * thread.  A statement that writes is refused (must()) outside a transaction.
 */
void q_begin(struct q *q, struct store *st, enum sql which);

/* Bind by name, ":name" without the colon. Bytes must live until q_end.
 * A name that the statement does not have is a fault. */
void q_int(struct q *q, const char *name, int64_t v);
void q_text(struct q *q, const char *name, struct str v);
void q_blob(struct q *q, const char *name, const void *p, size_t n);
void q_null(struct q *q, const char *name);
/* q_int_or_null -- NULL when v < 0. */
void q_int_or_null(struct q *q, const char *name, int64_t v);
/* q_id_or_null -- NULL when id is 0: an id, or a time, that there is not. */
void q_id_or_null(struct q *q, const char *name, int64_t id);
/* q_text_or_null -- NULL when v is empty. */
void q_text_or_null(struct q *q, const char *name, struct str v);

/* q_row -- step; true while there is a row. */
bool q_row(struct q *q);

/* Columns of the current row, from 0. Text and blobs are copied into the
 * request's arena. NULL reads as 0 / empty; `or` gives another value. */
int64_t q_get_int(struct q *q, int col);
int64_t q_get_int_or(struct q *q, int col, int64_t when_null);
struct str q_get_text(struct q *q, int col);
struct str q_get_blob(struct q *q, int col);
bool q_is_null(struct q *q, int col);
/* q_peek_text -- not copied: it is there until the next step, or until another
 * type of the same column is asked for. */
struct str q_peek_text(struct q *q, int col);

/*
 * q_end -- reset the statement; report what failed.  Errors: ERR_CONFLICT,
 * reason "constraint", for a unique, foreign key or check constraint (callers
 * look before, so somebody else was faster); ERR_BUSY for locks, I/O errors
 * and statements ended after 200 ms (2 s: store_slow, and all that write);
 * ERR_NO_SPACE; ERR_INTERNAL for the rest.
 */
enum err_code q_end(struct q *q);

/* q_run -- step a writing statement to its end, then q_end. */
NODISCARD enum err_code q_run(struct q *q);

/*
 * q_run_exactly -- the same, and the statement must have changed exactly n
 * rows: otherwise ERR_INTERNAL, and the transaction will roll back.  For every
 * update or delete by id.
 */
NODISCARD enum err_code q_run_exactly(struct q *q, int64_t n);

/* q_run_changes -- the same; *changes gets the number of rows changed. */
NODISCARD enum err_code q_run_changes(struct q *q, int64_t *changes);

/* q_last_id -- rowid of the last insert of this transaction. */
int64_t q_last_id(struct q *q);

/* db_statement_text -- SQL of a statement, and its name, for tests. */
const char *db_statement_text(enum sql which);
const char *db_statement_name(enum sql which);

#endif
