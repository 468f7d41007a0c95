/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE /* locks of an open file: F_OFD_SETLK */
#include "store/copy.h"
#include "store/engine.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

int
lock_open(const char *path, const char *like)
{
    return own_open(path, O_RDWR, 0600, like);
}

bool
file_is(int fd, const char *path)
{
    struct stat a, b;
    return fstat(fd, &a) == 0 && stat(path, &b) == 0 &&
        a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

const char *
folder_of(struct arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');
    return !slash     ? "."
        : slash == path ? "/"
                        : arena_cstr(a,
              (struct str){ path, (size_t)(slash - path) });
}

enum err_code
db_may_write(const char *path, struct err *err)
{
    const char *lock = arena_cstr(err->arena,
        arena_fmt(err->arena, "%s.lock", path));
    const char *folder = folder_of(err->arena, path), *bad = NULL;
    if (access(path, W_OK) != 0)
        bad = errno == ENOENT ? NULL : path; /* db_open says so */
    else if (access(lock, W_OK) != 0)
        bad = errno != ENOENT                  ? lock
            : access(folder, W_OK | X_OK) != 0 ? folder
                                               : NULL;
    return bad ? ERR(err, ERR_INVALID, "%s cannot be written: %s. Database, "
                     "lock file and folder have to be of the user that the "
                     "server runs as.", bad, strerror(errno))
               : ERR_OK;
}

/*
 * flock has no time limit, so we knock again and again.  Between two groups
 * the lock is always given up, so a command beside a busy server gets in.
 */
int
lock_take(struct db *db, int64_t until_us)
{
    int64_t pause_us = 200;
    for (;;) {
        if (flock(db->lock_fd, LOCK_EX | LOCK_NB) == 0)
            return SQLITE_OK;
        if (errno != EWOULDBLOCK && errno != EINTR)
            return SQLITE_IOERR_LOCK;
        if (clock_mono_us() >= until_us)
            return SQLITE_BUSY;
        clock_wait(clock_mono_us() + pause_us);
        if (pause_us < 3000)
            pause_us += pause_us / 2;
    }
}

void
lock_drop(struct db *db)
{
    must(flock(db->lock_fd, LOCK_UN) == 0);
}

/* ---- who checkpoints ---- */

/* One byte of the lock file; flock above does not see it. */
static const struct flock keepers_byte = { .l_type = F_WRLCK,
    .l_whence = SEEK_SET, .l_len = 1 };

void
keeper_take(struct db *db)
{
    struct flock lock = keepers_byte;
    if (!db->keeper)
        db->keeper = fcntl(db->lock_fd, F_OFD_SETLK, &lock) == 0;
}

bool
keeper_is_here(const struct db *db)
{
    struct flock lock = keepers_byte;
    return db->keeper || fcntl(db->lock_fd, F_OFD_GETLK, &lock) != 0 ||
        lock.l_type == F_UNLCK;
}

bool
db_is_served(const char *path)
{
    char lock_path[PATH_MAX];
    struct flock lock = keepers_byte;
    int n = snprintf(lock_path, sizeof lock_path, "%s.lock", path);
    int fd = n > 0 && (size_t)n < sizeof lock_path
        ? open(lock_path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        : -1;
    if (fd < 0)
        return false;
    bool held = fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    close(fd);
    return held;
}

/* ---- who changes the master secret ---- */

/* Another byte; byte 1 is that of store/sole.c. */
static struct flock
changer_byte(short type)
{
    return (struct flock){ .l_type = type, .l_whence = SEEK_SET,
        .l_start = 2, .l_len = 1 };
}

bool
store_changer_take(struct store *st)
{
    struct flock lock = changer_byte(F_WRLCK);
    return fcntl(st->db->lock_fd, F_OFD_SETLK, &lock) == 0;
}

void
store_changer_drop(struct store *st)
{
    struct flock lock = changer_byte(F_UNLCK);
    must(fcntl(st->db->lock_fd, F_OFD_SETLK, &lock) == 0);
}

/* ---- space ---- */

static int64_t
space_free(const struct db *db)
{
    struct statvfs v;
    if (fstatvfs(db->lock_fd, &v) != 0)
        return INT64_MAX;
    return (int64_t)v.f_bavail * (int64_t)v.f_frsize;
}

bool
space_is_low(const struct db *db)
{
    return space_free(db) < SPACE_LOW_BYTES;
}

/* Written with bytes that no file system can make smaller. */
static bool
fill(int fd, size_t n)
{
    uint64_t noise = 0x9e3779b97f4a7c15u;
    uint64_t block[512];
    if (posix_fallocate(fd, 0, (off_t)n) != 0)
        return false;
    while (n > 0) {
        for (size_t i = 0; i < COUNT_OF(block); i++) {
            noise ^= noise << 13;
            noise ^= noise >> 7;
            noise ^= noise << 17;
            block[i] = noise;
        }
        size_t part = n < sizeof block ? n : sizeof block;
        ssize_t done = write(fd, block, part);
        if (done <= 0)
            return false;
        n -= (size_t)done;
    }
    return fsync(fd) == 0;
}

bool
ballast_make(struct db *db)
{
    if (db->ballast_bytes == 0)
        return true;
    struct stat st;
    if (stat(db->ballast_path, &st) == 0 &&
        st.st_size == (off_t)db->ballast_bytes)
        return true;
    /* with room to spare, or it would be taken away again at once */
    if (space_free(db) <
        (int64_t)db->ballast_bytes + SPACE_LOW_BYTES + SPACE_LOW_BYTES / 2)
        return false;
    int fd = own_open(db->ballast_path, O_WRONLY | O_TRUNC, 0600, db->path);
    if (fd < 0)
        return false;
    bool ok = fill(fd, db->ballast_bytes);
    close(fd);
    if (!ok)
        unlink(db->ballast_path);
    else
        log_note(LOG_INFO, "ballast_made", db->ballast_path);
    return ok;
}

void
ballast_drop(struct db *db)
{
    if (db->ballast_bytes && unlink(db->ballast_path) == 0)
        log_note(LOG_WARN, "ballast_dropped",
            "the disk is full: only revoking works until there is space");
}

static int64_t
size_of(const char *path, const char *end)
{
    char name[4096];
    struct stat st;
    int n = snprintf(name, sizeof name, "%s%s", path, end);
    return n > 0 && (size_t)n < sizeof name && stat(name, &st) == 0
        ? (int64_t)st.st_size
        : 0;
}

void
store_sizes(const struct store *st, struct store_sizes *out)
{
    *out = (struct store_sizes){ size_of(st->db->path, ""),
        size_of(st->db->path, "-wal"), space_free(st->db),
        size_of(st->db->path, ".ballast") };
}

bool
store_is_full(const struct store *st)
{
    const struct db *db = st->db;
    return space_is_low(db) ||
        (db->ballast_bytes && size_of(db->path, ".ballast") == 0);
}
