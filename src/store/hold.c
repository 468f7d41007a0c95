/* SPDX-License-Identifier: ISC */
#include "store/engine.h"

#include <sqlite3.h>
#include <string.h>

/*
 * A reader that asks one short question after the other spends more on
 * beginning and ending read transactions than on the answers: both take a lock
 * that all threads share, and the first and the last reader ask the system for
 * one too.  So a thread may keep its transaction while nothing was committed.
 *
 * Whether something was is read where SQLite's own readers look: the header of
 * the WAL's index in shared memory.  It is copied before the transaction
 * begins; while it is still the same, no commit came between, of any process.
 * While the WAL is long nothing is held: it begins anew only when no reader
 * needs it, for which a moment without readers has to come.
 * (The format: https://sqlite.org/walformat.html, "The WAL-Index Header"; two
 * copies of 48 bytes with counter, salts and checksums.)
 */

enum {
    INDEX_BYTES = 32 * 1024, /* what SQLite maps at a time */
    FRAMES = 4               /* word of the header: frames that are valid */
};

/* Where it is mapped; NULL: not yet, or not at all. */
static const _Atomic uint32_t *
find_header(struct conn *c)
{
    sqlite3_file *file = NULL;
    void volatile *at = NULL;
    int rc = sqlite3_file_control(c->sql, "main", SQLITE_FCNTL_FILE_POINTER,
        &file);
    if (rc == SQLITE_OK && file && file->pMethods &&
        file->pMethods->iVersion >= 2)
        (void)file->pMethods->xShmMap(file, 0, INDEX_BYTES, 0, &at);
    return (const _Atomic uint32_t *)(uintptr_t)at;
}

static void
copy_header(const struct conn *c, uint32_t out[HOLD_WORDS])
{
    for (size_t i = 0; i < HOLD_WORDS; i++)
        out[i] = atomic_load_explicit(&c->header[i], memory_order_acquire);
}

static bool
is_current(const struct conn *c)
{
    uint32_t now[HOLD_WORDS];
    copy_header(c, now);
    return memcmp(now, c->seen, sizeof now) == 0;
}

static int
run(struct sqlite3_stmt *s)
{
    (void)sqlite3_step(s);
    return sqlite3_reset(s);
}

int
hold_prepare(struct conn *c)
{
    int rc = sqlite3_prepare_v3(c->sql, "BEGIN", -1,
        SQLITE_PREPARE_PERSISTENT, &c->begin, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v3(c->sql, "COMMIT", -1,
            SQLITE_PREPARE_PERSISTENT, &c->commit, NULL);
    return rc;
}

void
hold_end(struct conn *c)
{
    if (!sqlite3_get_autocommit(c->sql))
        (void)run(c->commit);
    c->held = false;
}

void
hold_look(struct conn *c)
{
    if (c->held && is_current(c))
        return;
    hold_end(c);
    if (!c->header)
        c->header = find_header(c);
    if (!c->header)
        return; /* then each statement is a transaction of its own */
    copy_header(c, c->seen);
    if (c->seen[FRAMES] >= WAL_TIDY_PAGES)
        return;
    c->held = run(c->begin) == SQLITE_OK;
}
