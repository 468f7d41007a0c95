/* SPDX-License-Identifier: ISC */
#include "fault.h"

#include "base/attr.h"

#include <errno.h>
#include <poll.h>
#include <sqlite3.h>
#include <stddef.h>

enum { CHECKPOINT_LOCK = 1 }; /* byte 121 of the -shm file */

struct fault fault;

/* SQLite's own functions for the database and for the WAL, and ours. */
static const sqlite3_io_methods *real_db, *real_wal;
static sqlite3_io_methods our_db, our_wal;
static sqlite3_vfs *under, vfs;
static atomic_int n_syncs, n_writes;

/* Counts down; true while there was something left. */
static int
one_of(atomic_int *left)
{
    int n = *left;
    while (n > 0)
        if (atomic_compare_exchange_weak(left, &n, n - 1))
            return 1;
    return 0;
}

static int
wal_sync(sqlite3_file *f, int flags)
{
    int n = ++n_syncs, each = fault.sync_each;
    fault.syncs++;
    (void)poll(NULL, 0, fault.sync_ms);
    if (one_of(&fault.sync_left) || (each && n % each == 0)) {
        fault.failed++;
        errno = fault.sync_errno ? fault.sync_errno : EIO;
        return SQLITE_IOERR_FSYNC;
    }
    return real_wal->xSync(f, flags);
}

static int
wal_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    int each = fault.write_each;
    if (each && ++n_writes % each == 0) {
        fault.failed++;
        return SQLITE_FULL;
    }
    return real_wal->xWrite(f, p, n, at);
}

static int
wal_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
    if (one_of(&fault.read_left)) {
        fault.failed++;
        return SQLITE_IOERR_READ;
    }
    return real_wal->xRead(f, p, n, at);
}

static int
db_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
    if (one_of(&fault.read_left)) {
        fault.failed++;
        return SQLITE_IOERR_READ;
    }
    return real_db->xRead(f, p, n, at);
}

static int
db_lock(sqlite3_file *f, int at, int n, int flags)
{
    int rc = real_db->xShmLock(f, at, n, flags);
    int wanted = SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE;
    if (rc == SQLITE_OK && (flags & wanted) == wanted &&
        at == CHECKPOINT_LOCK && n == 1) {
        sqlite3_file *before = fault.by;
        if (before && before != f)
            fault.others++;
        fault.by = f;
        fault.checkpoints++;
    }
    return rc;
}

static void
take_over(sqlite3_file *f, const sqlite3_io_methods **real,
    sqlite3_io_methods *ours)
{
    if (!*real) {
        *ours = *f->pMethods;
        *real = f->pMethods;
        if (ours == &our_db) {
            ours->xRead = db_read;
            ours->xShmLock = db_lock;
        } else {
            ours->xRead = wal_read;
            ours->xSync = wal_sync;
            ours->xWrite = wal_write;
        }
    }
    must(*real == f->pMethods);
    f->pMethods = ours;
}

static int
on_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out)
{
    (void)v;
    int rc = under->xOpen(under, name, f, flags, out);
    if (rc != SQLITE_OK)
        return rc;
    /* SQLite opens files under a lock of its own only in part */
    static atomic_flag busy = ATOMIC_FLAG_INIT;
    while (atomic_flag_test_and_set(&busy))
        continue;
    if (flags & SQLITE_OPEN_MAIN_DB)
        take_over(f, &real_db, &our_db);
    else if (flags & SQLITE_OPEN_WAL)
        take_over(f, &real_wal, &our_wal);
    atomic_flag_clear(&busy);
    return rc;
}

void
fault_install(void)
{
    under = sqlite3_vfs_find(NULL);
    must(under != NULL);
    vfs = *under;
    vfs.zName = "fault";
    vfs.xOpen = on_open;
    must(sqlite3_vfs_register(&vfs, 1) == SQLITE_OK);
}

void
fault_clear(void)
{
    fault.sync_left = fault.sync_each = fault.sync_errno = 0;
    fault.sync_ms = 0;
    fault.write_each = fault.read_left = 0;
    fault.failed = fault.checkpoints = fault.others = fault.syncs = 0;
    fault.by = NULL;
}
