/* SPDX-License-Identifier: ISC */
#include "store/copy.h"

#include "base/own.h"
#include "store/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
    STEP_PAGES = 2048,  /* between two words on how far it is */
    WAIT_MS = 2000
};

/* ---- files ---- */

static enum err_code
refuse_file(const char *path, struct err *err)
{
    switch (errno) {
    case EEXIST:
        return ERR(err, ERR_CONFLICT, "There is a file %s already. Name "
            "another one, or move it away.", path);
    case ENOSPC:
    case EDQUOT:
        return ERR(err, ERR_NO_SPACE, "No space for %s. Free some on its "
            "disk and try again.", path);
    default:
        return ERR(err, ERR_INVALID, "%s cannot be written: %s.", path,
            strerror(errno));
    }
}

static bool
sync_folder_of(struct arena *a, const char *path)
{
    int fd = open(folder_of(a, path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = fsync(fd) == 0;
    close(fd);
    return ok;
}

static enum err_code
refuse_rival(const char *part, struct err *err)
{
    return ERR(err, ERR_CONFLICT, "Another copy is written to %s just now. "
        "Wait for its end, or name another file.", part);
}

/* Who is at work on a copy holds a lock on its file.  Without it nobody takes
 * the name away, so it is ours once it is locked and still has the name. */
static bool
part_lock(int fd, const char *part)
{
    struct stat a, b;
    return flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &a) == 0 &&
        lstat(part, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* What a killed copy left goes. */
static enum err_code
part_clear(const char *part, struct err *err)
{
    int old = open(part, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    if (old < 0)
        return errno == ENOENT ? ERR_OK : refuse_file(part, err);
    if (!part_lock(old, part))
        refuse_rival(part, err);
    else if (unlink(part) != 0)
        refuse_file(part, err);
    close(old);
    return err->code;
}

/* SQLite leaves these for readers without the right to make them, and a killed
 * one leaves what it was at. */
static void
part_beside(struct arena *a, const char *part)
{
    static const char *const ends[] = { "-wal", "-shm", "-journal" };
    for (size_t i = 0; i < COUNT_OF(ends); i++)
        (void)unlink(arena_cstr(a, arena_fmt(a, "%s%s", part, ends[i])));
}

bool
db_copy_forget(struct arena *a, const char *part)
{
    int old = open(part, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    bool ours = old >= 0 && part_lock(old, part) && unlink(part) == 0;
    if (ours)
        part_beside(a, part);
    if (old >= 0)
        close(old);
    return ours;
}

/* An empty file under a name that nobody waits for, locked as long as *out is
 * open.  It is of the owner of the folder: a backup that is restored may have
 * been root's. */
static enum err_code
part_make(const char *part, int *out, struct err *err)
{
    *out = -1;
    if (part_clear(part, err) != ERR_OK)
        return err->code;
    *out = own_open(part, O_RDWR | O_EXCL, 0600, NULL);
    if (*out < 0)
        return errno == EEXIST ? refuse_rival(part, err)
                               : refuse_file(part, err);
    return part_lock(*out, part) ? ERR_OK : refuse_rival(part, err);
}

/* The name is taken only now: whoever sees it sees all of the copy.  `over`: a
 * file of that name goes first.  No rename: after a reload the sandbox of the
 * program of before holds, which knows none. */
static enum err_code
part_name(const char *part, int fd, const char *to, bool over, struct err *err)
{
    if (fsync(fd) != 0 || (over && unlink(to) != 0 && errno != ENOENT) ||
        link(part, to) != 0 || unlink(part) != 0 ||
        !sync_folder_of(err->arena, to))
        return refuse_file(to, err);
    return ERR_OK;
}

/* ---- pages ---- */

/* In one read transaction of `from`, so that it is one moment of it: SQLite
 * would begin anew with each commit of others. */
static int
pages_copy(struct conn *from, struct conn *to, db_copy_step *step, void *of)
{
    int64_t n;
    int rc = conn_exec(from, "BEGIN");
    if (rc == SQLITE_OK)
        rc = conn_int(from, "SELECT count(*) FROM sqlite_schema", &n);
    if (rc != SQLITE_OK)
        return rc;
    sqlite3_backup *b = sqlite3_backup_init(to->sql, "main", from->sql,
        "main");
    if (!b)
        return sqlite3_extended_errcode(to->sql);
    do {
        rc = sqlite3_backup_step(b, STEP_PAGES);
        int all = sqlite3_backup_pagecount(b);
        if (step && (rc == SQLITE_OK || rc == SQLITE_DONE))
            step(of, all - sqlite3_backup_remaining(b), all);
    } while (rc == SQLITE_OK);
    int end = sqlite3_backup_finish(b);
    return rc == SQLITE_DONE ? end : rc;
}

/* The copy says "WAL" of itself; as one file it must not need another. */
static int
make_single(struct conn *c)
{
    return conn_exec(c, "PRAGMA journal_mode = DELETE");
}

static enum err_code
copy_into(const char *from, const char *part, db_copy_step *step, void *of,
    struct err *err)
{
    struct conn *source, *target = NULL;
    struct identity id = { 0 };
    int rc = conn_open(from, CONN_READER, WAIT_MS, &source);
    if (rc == SQLITE_OK)
        rc = identity_read(source, &id);
    if (rc != SQLITE_OK) {
        db_unreadable(from, source, rc, err);
    } else if (id.application != APPLICATION_ID) {
        ERR(err, ERR_INVALID, "%s is a database of another program.", from);
    } else {
        rc = conn_open(part, CONN_WRITER, WAIT_MS, &target);
        if (rc == SQLITE_OK)
            rc = pages_copy(source, target, step, of);
        if (rc == SQLITE_OK)
            rc = make_single(target);
        if ((rc & 0xff) == SQLITE_FULL) {
            errno = ENOSPC; /* of the disk of the copy, and not of ours */
            refuse_file(part, err);
        } else if (rc != SQLITE_OK) {
            store_fail(err, rc, target, "copying the database");
        }
    }
    conn_close(target);
    conn_close(source);
    return err->code;
}

static enum err_code
copy_as(const char *from, const char *to, bool over, db_copy_step *step,
    void *of, struct err *err)
{
    const char *part = arena_cstr(err->arena,
        arena_fmt(err->arena, "%s.part", to));
    int fd;
    conn_setup();
    if (part_make(part, &fd, err) == ERR_OK) {
        (void)copy_into(from, part, step, of, err);
        part_beside(err->arena, part);
        if (err->code || part_name(part, fd, to, over, err))
            (void)unlink(part);
    }
    if (fd >= 0)
        close(fd); /* not before SQLite has closed its own */
    return err->code;
}

enum err_code
db_copy(const char *from, const char *to, db_copy_step *step, void *of,
    struct err *err)
{
    struct stat st;
    if (lstat(to, &st) == 0) {
        errno = EEXIST;
        return refuse_file(to, err);
    }
    return copy_as(from, to, false, step, of, err);
}

enum err_code
db_copy_over(const char *from, const char *to, struct err *err)
{
    return copy_as(from, to, true, NULL, NULL, err);
}

static int64_t
size_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}

bool
db_copy_fits(struct arena *a, const char *from, const char *to,
    int64_t *bytes)
{
    struct stat ours, theirs;
    struct statvfs v;
    const char *where = stat(to, &theirs) == 0 && S_ISDIR(theirs.st_mode)
        ? to
        : folder_of(a, to);
    *bytes = size_of(from) +
        size_of(arena_cstr(a, arena_fmt(a, "%s-wal", from)));
    return stat(from, &ours) != 0 || stat(where, &theirs) != 0 ||
        ours.st_dev != theirs.st_dev || statvfs(where, &v) != 0 ||
        (int64_t)v.f_bavail * (int64_t)v.f_frsize >= *bytes + DB_COPY_SPARE;
}

/* ---- is it whole? ---- */

/* The first line of a check that says "ok" or nothing when all is well. */
static int
first_fault(struct conn *c, const char *check, struct db_look *out,
    struct arena *a)
{
    sqlite3_stmt *s;
    int rc = sqlite3_prepare_v2(c->sql, check, -1, &s, NULL);
    if (rc != SQLITE_OK)
        return rc;
    rc = sqlite3_step(s);
    const unsigned char *said =
        rc == SQLITE_ROW ? sqlite3_column_text(s, 0) : NULL;
    if (said && strcmp((const char *)said, "ok") != 0)
        out->fault = arena_dup(a, str_cstr((const char *)said));
    sqlite3_finalize(s);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int
look(struct conn *c, struct db_look *out, struct arena *a)
{
    int rc = first_fault(c, "PRAGMA integrity_check(1)", out, a);
    if (rc == SQLITE_OK && out->fault.n == 0)
        rc = first_fault(c, "SELECT 'a row of ' || \"table\" || ' names one "
            "of ' || parent || ' that is not there' "
            "FROM pragma_foreign_key_check LIMIT 1", out, a);
    return rc;
}

enum err_code
db_look(const char *path, struct db_look *out, struct err *err)
{
    struct conn *c;
    struct identity id = { 0 };
    struct stat st;
    *out = (struct db_look){ .bytes = stat(path, &st) == 0 ? st.st_size : 0 };
    conn_setup();
    int rc = conn_open(path, CONN_READER, WAIT_MS, &c);
    if (rc == SQLITE_OK)
        rc = identity_read(c, &id);
    if (rc == SQLITE_OK && id.application == APPLICATION_ID)
        rc = look(c, out, err->arena);
    out->schema = (int)id.version;
    if ((rc & 0xff) == SQLITE_CORRUPT)
        out->fault = STR("pages of the file do not fit together");
    else if (rc != SQLITE_OK)
        db_unreadable(path, c, rc, err);
    else if (id.application != APPLICATION_ID)
        ERR(err, ERR_INVALID, "%s is a database of another program.", path);
    else if (id.version > db_schema_version())
        ERR(err, ERR_INVALID, "%s has schema %d, this program knows %d. "
            "Install the newer program.", path, out->schema,
            db_schema_version());
    conn_close(c);
    return err->code;
}
