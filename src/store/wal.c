/* SPDX-License-Identifier: ISC */
#include "store/engine.h"

#include "base/clock.h"
#include "base/log.h"

#include <sqlite3.h>

/*
 * The write-ahead log is brought into the database by the writer, between two
 * commits, and begins anew when no reader needs it.  Held back by a reader it
 * grows, up to 32 MiB without a word.  From there on who writes next waits a
 * little, and many commit together then: so a reader of a minute does not bring
 * it past 64 MiB (SECURITY.md R15), and nobody is refused.  That is half a MiB a
 * second when the first 32 were written at once, and is hardly felt where less
 * than a MiB a second is written.
 */

bool
wal_is_large(const struct db *db)
{
    return db->wal_pages >= WAL_LARGE_PAGES;
}

int64_t
wal_pace_us(int pages, int64_t held_us)
{
    int64_t left_us = WAL_READER_US - held_us;
    int64_t left = WAL_MOST_PAGES - pages;
    return left_us <= 0 || left <= 0 || left_us / left > WAL_PACE_US
        ? WAL_PACE_US
        : left_us / left;
}

static int
on_wal(void *p, sqlite3 *sql, const char *schema, int pages)
{
    (void)sql, (void)schema;
    struct db *db = p;
    int grown = pages - db->wal_pages;
    if (grown < 0) { /* it began anew */
        db->wal_tidy_at = WAL_TIDY_PAGES;
        db->wal_told_at = 0;
        db->wal_held_us = db->wal_done = 0;
        grown = pages;
    }
    db->wal_pages = pages;
    if (wal_is_large(db)) {
        int64_t now_us = clock_mono_us();
        int64_t held_us = db->wal_held_us ? now_us - db->wal_held_us : 0;
        db->wal_next_us = now_us + wal_pace_us(pages, held_us) *
            (grown < WAL_PACE_PAGES ? grown : WAL_PACE_PAGES);
    }
    return SQLITE_OK;
}

void
wal_watch(struct db *db)
{
    db->wal_pages = 0;
    db->wal_tidy_at = WAL_TIDY_PAGES;
    db->wal_told_at = 0;
    db->wal_held_us = db->wal_done = 0;
    db->wal_next_us = 0;
    sqlite3_wal_hook(db->writer->sql, on_wal, db);
}

/* Since when is it held back, at least?  By another reader than before, when
 * more of it could be brought into the database. */
static void
note_reader(struct db *db, int pages, int done)
{
    if (done == pages)
        db->wal_held_us = 0;
    else if (done > db->wal_done || db->wal_held_us == 0)
        db->wal_held_us = clock_mono_us();
    db->wal_done = done;
}

/* What the WAL holds, into the database; then, if that is asked for and no
 * reader needs it, its file is emptied.  Waiting for readers holds up all who
 * write.  Returns an SQLite code; *left: pages that are still there only. */
static int
checkpoint(struct db *db, int how, int wait_ms, int *left)
{
    int pages = 0, done = 0;
    sqlite3 *sql = db->writer->sql;
    sqlite3_busy_timeout(sql, wait_ms);
    int rc = sqlite3_wal_checkpoint_v2(sql, "main", how, &pages, &done);
    sqlite3_busy_timeout(sql, db->busy_ms);
    *left = pages - done;
    if (done >= 0 && (rc == SQLITE_OK || rc == SQLITE_BUSY))
        note_reader(db, pages, done);
    return rc;
}

static void
wal_tell(struct db *db, int rc, int left)
{
    struct log_line l;
    log_begin(&l, rc == SQLITE_OK ? LOG_INFO : LOG_WARN, "wal_large");
    log_int(&l, "pages", db->wal_pages);
    log_int(&l, "left", left);
    log_int(&l, "code", rc);
    log_end(&l);
    db->wal_told_at = db->wal_pages + 4 * WAL_TIDY_STEP;
}

int
wal_empty(struct db *db, int wait_ms, int *left)
{
    int rc = checkpoint(db, SQLITE_CHECKPOINT_TRUNCATE, wait_ms, left);
    if (rc == SQLITE_OK) {
        db->wal_pages = 0;
        db->wal_tidy_at = WAL_TIDY_PAGES;
        db->wal_done = 0;
        db->wal_next_us = 0;
    }
    return rc;
}

void
wal_tidy(struct db *db)
{
    if (db->wal_pages < db->wal_tidy_at || !keeper_is_here(db))
        return;
    int rc, left, pages = db->wal_pages;
    if (pages >= WAL_LARGE_PAGES) {
        rc = wal_empty(db, 100, &left);
        if (rc != SQLITE_BUSY || pages >= db->wal_told_at)
            wal_tell(db, rc, left);
        return; /* the next commit tries again, if need be */
    }
    rc = checkpoint(db, SQLITE_CHECKPOINT_PASSIVE, 0, &left);
    db->wal_tidy_at = pages + WAL_TIDY_STEP;
    if (rc != SQLITE_OK && rc != SQLITE_BUSY)
        wal_tell(db, rc, left);
}

void
wal_wait(struct store *st, int64_t until_us)
{
    struct db *db = st->db;
    struct store_sizes sizes;
    int64_t end_us = db->wal_next_us < until_us ? db->wal_next_us : until_us;
    for (int64_t now_us; (now_us = clock_mono_us()) < end_us;) {
        clock_wait(now_us + WAL_LOOK_US < end_us ? now_us + WAL_LOOK_US
                                                 : end_us);
        store_sizes(st, &sizes);
        if (sizes.wal < WAL_LARGE_PAGES * INT64_C(4096))
            break; /* whoever keeps it has emptied it meanwhile */
    }
    db->wal_next_us = 0;
}

void
wal_give_back(struct db *db)
{
    int left;
    if (db->wal_pages && !db->broken)
        (void)wal_empty(db, 0, &left);
}
