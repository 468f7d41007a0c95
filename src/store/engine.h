/* SPDX-License-Identifier: ISC */
#ifndef STORE_ENGINE_H
#define STORE_ENGINE_H

/*
 * What the files of the engine share; private to them and to their tests.
 *
 *   conn.c  one SQLite connection: open, pragmas, limits, authorizer
 *   disk.c  lock file and ballast
 *   db.c    open, identity, migrations; threads' views
 *   copy.c  copies of whole databases, and whether one is whole
 *   hold.c  a read transaction for many statements
 *   tx.c    the writer's queue, group commit, checkpoints
 *   q.c     statements
 *
 * Ownership of the writer: the thread for which db->held was set (under
 * db->mu, or granted under its own mutex) may touch the writer's connection,
 * the lock file and the fields marked "owner"; it gives them on under the mutex
 * under which the next one looks, which orders memory.
 */

#include "store/store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdatomic.h>

struct sqlite3;
struct sqlite3_stmt;

enum {
    APPLICATION_ID = 0x4b4c4f44, /* "KLOD" in the file's header */
    READ_LIMIT_US = 200 * 1000,  /* one statement of a page */
    SLOW_LIMIT_US = 2000 * 1000, /* of a report, and of the writer */
    GROUP_MAX = 64,              /* transactions in one commit */
    GROUP_US = 5000,             /* age at which a group commits */
    GROUP_PACED_US = 100 * 1000, /* the same while the WAL is large */
    WAL_TIDY_PAGES = 1000,       /* checkpoint from here on */
    WAL_TIDY_STEP = 250,         /* and again after so many more */
    WAL_LARGE_PAGES = 8192,      /* 32 MiB: wait for readers, and warn */
    WAL_PACE_US = 8000,          /* from there on, for each page that a commit
                                    wrote, at most: half a MiB a second */
    WAL_PACE_PAGES = 250,        /* at most; all who write wait so long */
    WAL_READER_US = 60 * 1000 * 1000, /* a reader of this time is not to bring */
    WAL_MOST_PAGES = 15 * 1024,       /* it past 60 MiB: 64 and a large commit */
    WAL_LOOK_US = 10000,         /* while they wait: is it small again? */
    KEEPER_US = 100000,          /* for the lock file, to empty the WAL */
    WAL_KEEP_BYTES = 6 << 20,    /* of the file, after it began anew */
    SPACE_LOW_BYTES = 512 * 1024, /* free space under which a disk is full */
    HOLD_WORDS = 24              /* header of the WAL's index, both copies */
};

/* One connection and its statements. */
struct conn {
    struct sqlite3 *sql;
    struct sqlite3_stmt *stmts[SQL_COUNT + 1]; /* NULL: not prepared yet */
    bool used[SQL_COUNT + 1];                  /* between q_begin and q_end */
    int n_used;
    int64_t limit_us; /* of the statement that runs; 0: none.  Processor time
                         of its thread: a busy machine ends nothing */
    int64_t began_us; /* first look at that clock; 0: not yet */

    /* hold.c: a read transaction that outlasts its statements */
    struct sqlite3_stmt *begin, *commit;
    const _Atomic uint32_t *header; /* of the WAL's index; NULL: not found */
    uint32_t seen[HOLD_WORDS];      /* of it, before the transaction began */
    bool held;

    struct row_place *seals; /* rowseal.c; NULL: not yet */
};

enum conn_role { CONN_READER, CONN_WRITER };

enum tx_step {
    TX_BEGIN, TX_COMMIT, TX_ROLLBACK, TX_SAVEPOINT, TX_RELEASE, TX_UNDO,
    TX_STEP_COUNT
};

struct db {
    char *path, *lock_path, *ballast_path;
    size_t ballast_bytes;
    int busy_ms;
    int lock_fd;
    atomic_bool keeper;         /* of the WAL; set once */
    bool older;                 /* than this program's schema; set at open */
    bool writes[SQL_COUNT + 1]; /* the statement writes; set once at open */
    struct row_macs macs;
    struct notes *notes; /* owner of the writer; of rowseal.c */

    pthread_mutex_t mu;
    bool held;                  /* mu: a thread owns the writer */
    struct store *first, *last; /* mu: threads that wait for it, in order */
    struct store *parked;       /* mu: members that wait for the commit */

    struct conn *writer;                        /* owner, from here on */
    struct sqlite3_stmt *steps[TX_STEP_COUNT];
    bool broken;          /* a write to disk failed: open the writer anew */
    bool open;            /* the group's transaction is open */
    bool lax;             /* its commit, and the writer as it is set now, do
                             not wait for the disk */
    int members;          /* savepoints released in it */
    int64_t began_us;
    int lost_rc;          /* SQLite rolled all of it back, for this reason */
    _Atomic int wal_pages; /* after the last commit; whoever waits for the
                              writer reads it */
    int wal_tidy_at;      /* pages at which to checkpoint */
    int wal_told_at;      /* pages at which to warn again */
    int wal_done;         /* pages of it that the database has, too */
    int64_t wal_held_us;  /* a reader is known to hold it back since then; 0:
                             none is known */
    int64_t wal_next_us;  /* before, no group begins; 0: no matter */
};

struct store {
    struct db *db;
    struct conn *reader;
    struct arena *arena;
    struct err *err;
    int64_t read_limit_us;
    bool holds; /* its reads share a transaction: hold.c */
    bool in_tx;
    bool urgent;    /* asked for, for the next transaction */
    bool tx_urgent; /* holds for this one */
    bool lax;       /* asked for, for the next transaction */
    bool tx_lax;    /* holds for this one */
    const char *tx_file;
    int tx_line;

    bool defers;     /* store_tx_later */
    bool put_off;    /* store_tx_put_off */
    bool later_open; /* this thread owns the writer, and its group has members
                        of this thread that were told nothing yet */
    int later_rc;    /* how the group of earlier ones ended */

    struct store *next; /* mu: in the queue, or among the parked */
    bool queued;        /* mu: in the queue */

    /* Each thread is woken under a mutex of its own: under db->mu all who
     * were woken at once would wait for each other again. */
    pthread_mutex_t wait;
    pthread_cond_t wake;
    bool granted;       /* wait: the writer is ours */
    bool done;          /* wait: the group has committed or failed */
    int group_rc;       /* wait: how */
};

/* ---- conn.c ---- */

/* conn_limit -- the statement that begins may take so long; 0: any time. */
void conn_limit(struct conn *c, int64_t limit_us);

/* conn_setup -- SQLite's own options, once for the process. */
void conn_setup(void);

/* conn_open -- open and set pragmas; returns an SQLite code.  *out is set
 * (and must be closed) even when it fails, unless memory ran out. */
int conn_open(const char *path, enum conn_role role, int busy_ms,
    struct conn **out);
void conn_close(struct conn *c);

/* conn_lock_down -- limits and authorizer: from here on the connection can do
 * nothing but what its role allows. */
void conn_lock_down(struct conn *c, enum conn_role role);

/* conn_stmt -- the statement, prepared if it was not; NULL on failure. */
struct sqlite3_stmt *conn_stmt(struct conn *c, enum sql which);

/* conn_reset -- reset every statement that somebody left in use. */
void conn_reset(struct conn *c);

/* conn_int -- first column of the first row of a statement of our own. */
int conn_int(struct conn *c, const char *text, int64_t *out);
int conn_exec(struct conn *c, const char *text);

/* conn_is_full -- does rc, from this connection, mean that the disk is full? */
bool conn_is_full(const struct conn *c, int rc);

/* store_fail -- an SQLite result as our error; returns err->code. `c` may be
 * NULL.  A full disk inside an I/O error is told apart. */
enum err_code store_fail(struct err *e, int rc, const struct conn *c,
    const char *what);

/* ---- hold.c ---- */

/* hold_prepare -- its statements, before the connection is locked down. */
int hold_prepare(struct conn *c);

/* hold_look -- before a statement, when no other is in use: the transaction
 * that is held stays while nothing was committed, else a new one begins. */
void hold_look(struct conn *c);

/* hold_end -- let go of what is held, if anything is. */
void hold_end(struct conn *c);

/* ---- db.c ---- */

/* What a file says of itself. */
struct identity {
    int64_t application, version, tables;
};
int identity_read(struct conn *c, struct identity *id);

/* db_unreadable -- an SQLite code of a file's first reads as our error. */
enum err_code db_unreadable(const char *path, const struct conn *c, int rc,
    struct err *err);

/* ---- disk.c ---- */

/* folder_of -- the folder in which a file lies; lifetime of `a`, or `path`. */
const char *folder_of(struct arena *a, const char *path);

/* file_is -- is the descriptor, of before, still the file that the path means
 * now? */
bool file_is(int fd, const char *path);

/* lock_open -- open `<db>.lock`, made if missing, of the owner of `like`; fd or
 * -1 (errno). */
int lock_open(const char *path, const char *like);

/* lock_take -- wait until the clock passes until_us; SQLITE_OK, _BUSY, ... */
int lock_take(struct db *db, int64_t until_us);
void lock_drop(struct db *db);

/*
 * keeper_take -- from now on, until it ends, this process alone checkpoints; not
 * when another one is the keeper.  keeper_is_here -- may this process: it is
 * the keeper, or there is none?
 */
void keeper_take(struct db *db);
bool keeper_is_here(const struct db *db);

/* ballast_make -- is the ballast there, or can it be made now? */
bool ballast_make(struct db *db);

/* ballast_drop -- give its space back. */
void ballast_drop(struct db *db);

/* space_is_low -- fewer than SPACE_LOW_BYTES free. */
bool space_is_low(const struct db *db);

/* ---- db.c ---- */

/*
 * writer_reopen -- after a failed write: a new connection takes the writer's
 * place once it has proved, with a commit of its own, that the disk takes
 * writes again.  The lock file is ours.  Returns an SQLite code.
 */
int writer_reopen(struct db *db);

/* ---- rowseal.c ---- */

struct notes *notes_new(void);
void notes_clear(struct notes *n);
void notes_free(struct notes *n);

/* row_functions -- row_mac and the others, on a connection of db (NULL: to
 * prepare statements only).  Returns an SQLite code.  c->seals is made; free it
 * with c. */
int row_functions(struct conn *c, struct db *db, enum conn_role role);

/* ---- rowtable.c ---- */

/* row_ids -- how many columns name a row of this kind (enum row_kind). */
int row_ids(int kind);

/* row_triggers -- what notes changed rows, on the writer, before it is locked
 * down; an SQLite code. */
int row_triggers(struct conn *c);

/* ---- rowseal.c ---- */

/* rows_seal -- seal what the open transaction has changed. */
enum err_code rows_seal(struct store *st);

/* rows_quiet -- on: what the open transaction changes is not noted; whoever
 * changes it makes the seals as well. */
void rows_quiet(struct store *st, bool on);

/* rows_seal_lists -- of the keys after `after`, up to `upto`, that are whole but
 * of another subkey: limits, lists and links, with the seal_n that the key is
 * about to have. */
enum err_code rows_seal_lists(struct store *st, int64_t after, int64_t upto);

/* ---- tx.c ---- */

/* writer_failed -- note what an error on the writer means for the next group;
 * returns rc, or SQLITE_FULL when that is what lies behind it. */
int writer_failed(struct db *db, int rc);

/* ---- wal.c ---- */

/* wal_watch -- count the WAL's pages of the (new) writer. */
void wal_watch(struct db *db);

/* wal_tidy -- checkpoint when it is time, unless that is for another process to
 * do; the lock file is ours. */
void wal_tidy(struct db *db);

/* wal_is_large -- do commits take their time now?  Of any thread. */
bool wal_is_large(const struct db *db);

/* wal_pace_us -- how long commits wait for each page they write, when the WAL
 * has so many and a reader has held it back for held_us: so that what is left
 * of the reader's minute fills what is left of the WAL; the longest wait, when
 * either is over. */
int64_t wal_pace_us(int pages, int64_t held_us);

/* wal_wait -- before a group begins: while the WAL is large, until the pace
 * allows it, or until_us. */
void wal_wait(struct store *st, int64_t until_us);

/* wal_empty -- bring all into the database and empty the file, when no reader
 * needs it within wait_ms; the lock file is ours.  Returns an SQLite code;
 * *left: pages that are in the WAL only. */
int wal_empty(struct db *db, int wait_ms, int *left);

/* wal_give_back -- on a disk that seems full: space of the WAL goes back to the
 * disk; the lock file is ours. */
void wal_give_back(struct db *db);

#endif
