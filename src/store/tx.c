/* SPDX-License-Identifier: ISC */
#include "store/engine.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/nap.h"

#include <errno.h>
#include <sqlite3.h>
#include <time.h>

/*
 * Group commit.  One transaction of SQLite is open at a time; each member is a
 * savepoint in it.  A member that is through and sees others wait hands the
 * open transaction on and sleeps ("parked"); the one after whom nobody waits,
 * or who finds the group old or large enough, commits for all and wakes them.
 * A member that aborts undoes its own savepoint only.  When SQLite itself
 * gives the whole transaction up (full disk, I/O error, an interrupted write),
 * or the commit fails, every member gets that result and nothing is applied.
 */

/* ---- the queue ---- */

/* db->mu is held. */
static void
queue_put(struct store *st)
{
    struct db *db = st->db;
    st->granted = false;
    st->queued = true;
    st->next = NULL;
    if (db->last)
        db->last->next = st;
    else
        db->first = st;
    db->last = st;
}

/* db->mu is held, and st is queued. */
static void
queue_drop(struct store *st)
{
    struct db *db = st->db;
    struct store **at = &db->first, *before = NULL;
    while (*at != st) {
        before = *at;
        at = &before->next;
    }
    *at = st->next;
    if (db->last == st)
        db->last = before;
    st->queued = false;
}

/* until: NULL: as long as it takes. */
static bool
wait_granted(struct store *st, const struct timespec *until)
{
    int rc = 0;
    nap_begin();
    pthread_mutex_lock(&st->wait);
    while (!st->granted && rc == 0)
        rc = until ? pthread_cond_timedwait(&st->wake, &st->wait, until)
                   : pthread_cond_wait(&st->wake, &st->wait);
    bool granted = st->granted;
    pthread_mutex_unlock(&st->wait);
    nap_end();
    return granted;
}

/* Wait for our turn. */
static bool
writer_take(struct store *st, int64_t until_us)
{
    struct db *db = st->db;
    struct timespec until = { (time_t)(until_us / 1000000),
        (long)(until_us % 1000000 * 1000) };
    pthread_mutex_lock(&db->mu);
    bool ours = !db->held;
    if (ours)
        db->held = true;
    else
        queue_put(st);
    pthread_mutex_unlock(&db->mu);
    if (ours || wait_granted(st, &until))
        return true;
    pthread_mutex_lock(&db->mu);
    bool gone = !st->queued; /* taken out meanwhile: it comes at once */
    if (!gone)
        queue_drop(st);
    pthread_mutex_unlock(&db->mu);
    return gone && wait_granted(st, NULL);
}

/* Who is next; db->mu is held.  NULL: nobody, and the writer is free.
 * To be granted once db->mu is given up. */
static struct store *
writer_pass(struct db *db)
{
    struct store *next = db->first;
    if (!next) {
        db->held = false;
        return NULL;
    }
    db->first = next->next;
    if (!db->first)
        db->last = NULL;
    next->queued = false;
    return next;
}

static void
writer_grant(struct store *next)
{
    if (!next)
        return;
    pthread_mutex_lock(&next->wait);
    next->granted = true;
    pthread_cond_signal(&next->wake);
    pthread_mutex_unlock(&next->wait);
}

static void
writer_leave(struct db *db)
{
    pthread_mutex_lock(&db->mu);
    struct store *next = writer_pass(db);
    pthread_mutex_unlock(&db->mu);
    writer_grant(next);
}

void
store_tidy(struct store *st)
{
    struct db *db = st->db;
    struct store_sizes sizes;
    keeper_take(db);
    store_sizes(st, &sizes);
    if (sizes.wal <= WAL_KEEP_BYTES + WAL_KEEP_BYTES / 4 ||
        !keeper_is_here(db))
        return;
    pthread_mutex_lock(&db->mu);
    bool ours = !db->held; /* else those who write see to it */
    if (ours)
        db->held = true;
    pthread_mutex_unlock(&db->mu);
    if (!ours)
        return;
    int left;
    if (!db->broken &&
        lock_take(db, clock_mono_us() + KEEPER_US) == SQLITE_OK) {
        (void)wal_empty(db, 0, &left);
        lock_drop(db);
    }
    writer_leave(db);
}

/* ---- the group ---- */

int
writer_failed(struct db *db, int rc)
{
    /* After a failed write or sync the connection, and what the WAL holds
     * behind the last good commit, are not to be trusted. */
    if ((rc & 0xff) == SQLITE_IOERR)
        db->broken = true;
    return conn_is_full(db->writer, rc) ? SQLITE_FULL : rc;
}

static int
step(struct db *db, enum tx_step which)
{
    errno = 0;
    int rc = sqlite3_step(db->steps[which]);
    int why = errno; /* of a commit, SQLite does not keep it */
    int again = sqlite3_reset(db->steps[which]);
    if (rc == SQLITE_DONE || rc == SQLITE_ROW)
        return SQLITE_OK;
    rc = writer_failed(db, again);
    bool full = (rc & 0xff) == SQLITE_IOERR &&
        (why == ENOSPC || why == EDQUOT);
    return full ? SQLITE_FULL : rc;
}

/*
 * On a full disk, the space of our own log given back, ordinary transactions
 * are refused before they begin, and urgent ones go on in the ballast's space.
 * That space lasts because the WAL is emptied into the database after each of
 * them, and begins anew.
 */
static int
space_check(struct db *db, bool urgent)
{
    if (db->ballast_bytes == 0)
        return SQLITE_OK;
    bool low = space_is_low(db);
    if (low) {
        wal_give_back(db);
        low = space_is_low(db);
    }
    if (!urgent)
        return !low && ballast_make(db) ? SQLITE_OK : SQLITE_FULL;
    if (low) {
        ballast_drop(db);
        db->wal_tidy_at = 0;
    }
    return SQLITE_OK;
}

/* Only outside of a transaction can this be changed. */
static int
group_sync(struct db *db, bool lax)
{
    if (db->lax == lax)
        return SQLITE_OK;
    int rc = conn_exec(db->writer,
        lax ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL");
    if (rc == SQLITE_OK)
        db->lax = lax;
    return rc;
}

static int
group_open(struct store *st, int64_t until_us)
{
    struct db *db = st->db;
    if (!st->tx_urgent)
        wal_wait(st, until_us);
    int rc = lock_take(db, until_us);
    if (rc != SQLITE_OK)
        return rc;
    rc = space_check(db, st->tx_urgent);
    if (rc == SQLITE_OK && db->broken) {
        rc = writer_reopen(db);
        db->broken = rc != SQLITE_OK;
    }
    /* the last one could not even be given up, for lack of memory */
    if (rc == SQLITE_OK && !sqlite3_get_autocommit(db->writer->sql))
        rc = step(db, TX_ROLLBACK);
    if (rc == SQLITE_OK)
        rc = group_sync(db, st->tx_lax);
    if (rc == SQLITE_OK)
        rc = step(db, TX_BEGIN);
    if (rc != SQLITE_OK) {
        lock_drop(db);
        return rc;
    }
    db->open = true;
    db->members = 0;
    db->lost_rc = SQLITE_OK;
    db->began_us = clock_mono_us();
    return SQLITE_OK;
}

static void
group_wake(struct db *db, int rc)
{
    pthread_mutex_lock(&db->mu);
    struct store *m = db->parked;
    db->parked = NULL;
    pthread_mutex_unlock(&db->mu);
    while (m) {
        /* once it is done, m is its thread's again: read `next` first */
        struct store *next = m->next;
        pthread_mutex_lock(&m->wait);
        m->group_rc = rc;
        m->done = true;
        pthread_cond_signal(&m->wake);
        pthread_mutex_unlock(&m->wait);
        m = next;
    }
}

static void
group_failed(struct db *db, int rc)
{
    struct log_line l;
    log_begin(&l, LOG_ERROR, "transaction_lost");
    log_int(&l, "code", rc);
    log_cstr(&l, "text", sqlite3_errstr(rc));
    log_int(&l, "members", db->members);
    log_end(&l);
}

/* Commit (or give up) the open group, tell its members, free the lock file. */
static int
group_end(struct db *db)
{
    int rc = db->lost_rc;
    if (rc == SQLITE_OK && db->members)
        rc = step(db, TX_COMMIT);
    if (!sqlite3_get_autocommit(db->writer->sql))
        (void)step(db, TX_ROLLBACK);
    if (rc != SQLITE_OK)
        group_failed(db, rc);
    db->open = false;
    group_wake(db, rc);
    if (rc == SQLITE_OK && db->members)
        wal_tidy(db);
    lock_drop(db);
    return rc;
}

/* Is it better to let the next one in than to commit now? */
static bool
group_goes_on(const struct store *st)
{
    const struct db *db = st->db;
    /* after a pause for the sake of the WAL, all who waited come along */
    int64_t age_us = wal_is_large(db) ? GROUP_PACED_US : GROUP_US;
    return db->first && db->lost_rc == SQLITE_OK && !st->tx_urgent &&
        db->members < GROUP_MAX && clock_mono_us() - db->began_us < age_us;
}

static int
group_join(struct store *st, int64_t until_us)
{
    struct db *db = st->db;
    /* an urgent one commits alone: others would use up the ballast's space */
    if (db->open && (st->tx_urgent || (db->lax && !st->tx_lax)))
        (void)group_end(db);
    int rc = SQLITE_OK;
    if (!db->open)
        rc = group_open(st, until_us);
    if (rc != SQLITE_OK)
        return rc;
    rc = step(db, TX_SAVEPOINT);
    if (rc != SQLITE_OK) {
        db->lost_rc = rc;
        (void)group_end(db);
    }
    return rc;
}

/* ---- members that commit later ---- */

/* What they have waited for is over. */
static void
later_end(struct store *st, int rc)
{
    if (!st->later_open)
        return;
    st->later_open = false;
    if (st->later_rc == SQLITE_OK)
        st->later_rc = rc;
}

/* May this thread's next one join the group that it holds open? */
static bool
later_joins(const struct store *st)
{
    const struct db *db = st->db;
    return st->tx_lax && db->lost_rc == SQLITE_OK && !st->tx_urgent &&
        db->members < GROUP_MAX;
}

void
store_tx_later(struct store *st, bool on)
{
    st->defers = on;
}

bool
store_tx_put_off(struct store *st)
{
    bool was = st->put_off;
    st->put_off = false;
    return was;
}

bool
store_tx_waits(const struct store *st)
{
    return st->later_open || st->later_rc != SQLITE_OK;
}

/* ---- one member ---- */

static enum err_code
tx_fail(struct store *st, int rc, const char *what)
{
    if (st->tx_urgent && (rc & 0xff) == SQLITE_FULL)
        ballast_drop(st->db); /* so that the next attempt works */
    return store_fail(st->err, rc, NULL, what);
}

void
store_tx_urgent(struct store *st)
{
    st->urgent = true;
}

void
store_tx_lax(struct store *st)
{
    st->lax = true;
}

bool
store_in_tx(const struct store *st)
{
    return st->in_tx;
}

enum err_code
store_tx_begin(struct store *st, const char *file, int line)
{
    must(!st->in_tx && st->db->lock_fd >= 0);
    store_rest(st);
    st->tx_urgent = st->urgent;
    st->tx_lax = st->lax;
    st->urgent = st->lax = false;
    st->tx_file = file;
    st->tx_line = line;
    int64_t until_us = clock_mono_us() + (int64_t)st->db->busy_ms * 1000;
    if (wal_is_large(st->db)) /* theirs before ours, and then our own */
        until_us += 2 * WAL_PACE_US * WAL_PACE_PAGES;
    if (!st->later_open && !writer_take(st, until_us))
        return tx_fail(st, SQLITE_BUSY, "waiting for the writer");
    bool ends = st->later_open && !later_joins(st);
    if (ends)
        later_end(st, group_end(st->db));
    int rc = group_join(st, until_us);
    if (rc != SQLITE_OK) {
        later_end(st, rc); /* group_join gave the group up */
        writer_leave(st->db);
        return tx_fail(st, rc, "beginning a transaction");
    }
    st->in_tx = true;
    return ERR_OK;
}

/* Keep what the savepoint did; a deferred foreign key must not wait for the
 * group's commit, where it would fail everybody. */
static int
member_release(struct db *db)
{
    int open_keys = 0, unused = 0;
    if (db->lost_rc != SQLITE_OK)
        return db->lost_rc;
    sqlite3_db_status(db->writer->sql, SQLITE_DBSTATUS_DEFERRED_FKS,
        &open_keys, &unused, 0);
    if (open_keys)
        return SQLITE_CONSTRAINT_FOREIGNKEY;
    return step(db, TX_RELEASE);
}

/* Hand the open transaction on and wait for the group; false: not now. */
static bool
member_park(struct store *st, int *rc)
{
    struct db *db = st->db;
    struct store *next = NULL;
    pthread_mutex_lock(&db->mu);
    bool park = group_goes_on(st);
    if (park) {
        st->done = false;
        st->next = db->parked;
        db->parked = st;
        next = writer_pass(db);
    }
    pthread_mutex_unlock(&db->mu);
    if (!park)
        return false;
    writer_grant(next);
    nap_begin();
    pthread_mutex_lock(&st->wait);
    while (!st->done)
        pthread_cond_wait(&st->wake, &st->wait);
    *rc = st->group_rc;
    pthread_mutex_unlock(&st->wait);
    nap_end();
    return true;
}

/* What a member did is kept, unless the group is lost. */
static enum err_code
member_commit(struct store *st)
{
    must(st->in_tx);
    struct db *db = st->db;
    if (st->err->code != ERR_OK) {
        store_tx_abort(st);
        return st->err->code;
    }
    conn_reset(db->writer);
    if (rows_seal(st)) {
        store_tx_abort(st);
        return st->err->code;
    }
    conn_reset(db->writer);
    int rc = member_release(db);
    if (rc != SQLITE_OK) {
        tx_fail(st, rc, "closing a transaction");
        store_tx_abort(st);
        return st->err->code;
    }
    st->in_tx = false;
    notes_clear(db->notes);
    db->members++;
    return ERR_OK;
}

static int
group_over(struct db *db)
{
    int rc = group_end(db);
    writer_leave(db);
    return rc;
}

/* What is through commits now, or with those who wait. */
static int
group_pass_or_end(struct store *st)
{
    int rc;
    return member_park(st, &rc) ? rc : group_over(st->db);
}

enum err_code
store_tx_commit(struct store *st)
{
    if (member_commit(st))
        return st->err->code;
    /* With earlier ones of this thread still to be told it does not sleep: who
     * sleeps settles, and the group would be another thread's by then. */
    int rc = st->later_open ? group_over(st->db) : group_pass_or_end(st);
    later_end(st, rc);
    return rc == SQLITE_OK ? ERR_OK : tx_fail(st, rc, "commit");
}

enum err_code
store_tx_commit_later(struct store *st)
{
    if (!st->defers)
        return store_tx_commit(st);
    if (member_commit(st))
        return st->err->code;
    st->later_open = st->put_off = true;
    return ERR_OK;
}

bool
store_tx_settle(struct store *st)
{
    must(!st->in_tx);
    if (st->later_open)
        later_end(st, group_pass_or_end(st));
    bool ok = st->later_rc == SQLITE_OK;
    st->later_rc = SQLITE_OK;
    return ok;
}

void
store_tx_abort(struct store *st)
{
    if (!st->in_tx)
        return;
    struct db *db = st->db;
    st->in_tx = false;
    conn_reset(db->writer);
    notes_clear(db->notes);
    int rc = db->lost_rc;
    if (rc == SQLITE_OK)
        rc = step(db, TX_UNDO);
    if (rc == SQLITE_OK)
        rc = step(db, TX_RELEASE);
    db->lost_rc = rc;
    if (st->later_open)
        return; /* those before it are still to be settled */
    /* asked and handed on in one go: a waiter may give up in between */
    pthread_mutex_lock(&db->mu);
    bool on = db->members > 0 && group_goes_on(st);
    struct store *next = on ? writer_pass(db) : NULL;
    pthread_mutex_unlock(&db->mu);
    writer_grant(next);
    if (!on) {
        (void)group_end(db);
        writer_leave(db);
    }
}
