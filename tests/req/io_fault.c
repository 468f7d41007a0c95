/* SPDX-License-Identifier: ISC */
#include "io_fault.h"

#include "base/attr.h"

#include <errno.h>
#include <sqlite3.h>
#include <stddef.h>
#include <string.h>

enum call { READ, WRITE, SYNC, TRUNCATE, SIZE, LOCK, OPEN, DELETE, ACCESS,
    SHM_MAP, SHM_LOCK, CALLS };

static const int codes[CALLS][IO_WAYS] = {
    [READ] = { SQLITE_IOERR_READ, SQLITE_IOERR_SHORT_READ },
    [WRITE] = { SQLITE_IOERR_WRITE, SQLITE_FULL },
    [SYNC] = { SQLITE_IOERR_FSYNC, SQLITE_IOERR_FSYNC },
    [TRUNCATE] = { SQLITE_IOERR_TRUNCATE, SQLITE_IOERR_TRUNCATE },
    [SIZE] = { SQLITE_IOERR_FSTAT, SQLITE_IOERR_FSTAT },
    [LOCK] = { SQLITE_IOERR_LOCK, SQLITE_BUSY },
    [OPEN] = { SQLITE_CANTOPEN, SQLITE_CANTOPEN },
    [DELETE] = { SQLITE_IOERR_DELETE, SQLITE_IOERR_DELETE },
    [ACCESS] = { SQLITE_IOERR_ACCESS, SQLITE_IOERR_ACCESS },
    [SHM_MAP] = { SQLITE_IOERR_SHMMAP, SQLITE_IOERR_SHMSIZE },
    [SHM_LOCK] = { SQLITE_IOERR_SHMLOCK, SQLITE_BUSY },
};

struct io_fault io_fault;

/* SQLite has one table of functions for databases and one for other files. */
enum { TABLES = 2 };
static const sqlite3_io_methods *real[TABLES];
static sqlite3_io_methods ours[TABLES];
static sqlite3_vfs *under, vfs;

static const sqlite3_io_methods *
of(sqlite3_file *f)
{
    return real[f->pMethods == &ours[1]];
}

/* The code with which this call fails, or SQLITE_OK. */
static int
fails(enum call which)
{
    struct io_fault *t = &io_fault;
    if (!t->armed)
        return SQLITE_OK;
    t->calls++;
    if (t->at == 0 || (t->on ? t->calls < t->at : t->calls != t->at))
        return SQLITE_OK;
    t->failed++;
    t->last = codes[which][t->way];
    errno = t->last == SQLITE_FULL ? ENOSPC : EIO;
    return t->last;
}

static int
on_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
    int rc = fails(READ);
    if (rc == SQLITE_IOERR_SHORT_READ)
        memset(p, 0, (size_t)n); /* as the real one does with the rest */
    return rc ? rc : of(f)->xRead(f, p, n, at);
}

static int
on_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    int rc = fails(WRITE);
    if (rc && n > 1) /* half of it came to the disk */
        (void)of(f)->xWrite(f, p, n / 2, at);
    return rc ? rc : of(f)->xWrite(f, p, n, at);
}

static int
on_sync(sqlite3_file *f, int flags)
{
    int rc = fails(SYNC);
    return rc ? rc : of(f)->xSync(f, flags);
}

static int
on_truncate(sqlite3_file *f, sqlite3_int64 n)
{
    int rc = fails(TRUNCATE);
    return rc ? rc : of(f)->xTruncate(f, n);
}

static int
on_size(sqlite3_file *f, sqlite3_int64 *n)
{
    int rc = fails(SIZE);
    return rc ? rc : of(f)->xFileSize(f, n);
}

static int
on_lock(sqlite3_file *f, int how)
{
    int rc = fails(LOCK);
    return rc ? rc : of(f)->xLock(f, how);
}

static int
on_shm_map(sqlite3_file *f, int page, int n, int extend, void volatile **p)
{
    int rc = fails(SHM_MAP);
    return rc ? rc : of(f)->xShmMap(f, page, n, extend, p);
}

static int
on_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
    /* a lock that is given up is given up, whatever happens */
    int rc = flags & SQLITE_SHM_LOCK ? fails(SHM_LOCK) : SQLITE_OK;
    return rc ? rc : of(f)->xShmLock(f, at, n, flags);
}

static void
take_over(sqlite3_file *f, int table)
{
    if (!real[table]) {
        real[table] = f->pMethods;
        ours[table] = *f->pMethods;
        ours[table].xRead = on_read;
        ours[table].xWrite = on_write;
        ours[table].xSync = on_sync;
        ours[table].xTruncate = on_truncate;
        ours[table].xFileSize = on_size;
        ours[table].xLock = on_lock;
        ours[table].xShmMap = on_shm_map;
        ours[table].xShmLock = on_shm_lock;
    }
    must(real[table] == f->pMethods);
    f->pMethods = &ours[table];
}

static int
on_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out)
{
    (void)v;
    f->pMethods = NULL; /* nothing to close when it fails */
    int rc = fails(OPEN);
    if (rc == SQLITE_OK)
        rc = under->xOpen(under, name, f, flags, out);
    if (rc == SQLITE_OK)
        take_over(f, (flags & SQLITE_OPEN_MAIN_DB) == 0);
    return rc;
}

static int
on_delete(sqlite3_vfs *v, const char *name, int sync)
{
    (void)v;
    int rc = fails(DELETE);
    return rc ? rc : under->xDelete(under, name, sync);
}

static int
on_access(sqlite3_vfs *v, const char *name, int flags, int *out)
{
    (void)v;
    int rc = fails(ACCESS);
    return rc ? rc : under->xAccess(under, name, flags, out);
}

/* Time passes for those who wait for a lock, not for the test. */
static int
on_sleep(sqlite3_vfs *v, int us)
{
    (void)v;
    return us;
}

void
io_fault_install(void)
{
    under = sqlite3_vfs_find(NULL);
    must(under != NULL);
    vfs = *under;
    vfs.zName = "io_fault";
    vfs.xOpen = on_open;
    vfs.xDelete = on_delete;
    vfs.xAccess = on_access;
    vfs.xSleep = on_sleep;
    must(sqlite3_vfs_register(&vfs, 1) == SQLITE_OK);
}

void
io_fault_set(int at, bool on, int way)
{
    io_fault = (struct io_fault){ .at = at, .on = on, .way = way };
}
