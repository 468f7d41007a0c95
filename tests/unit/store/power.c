/* SPDX-License-Identifier: ISC */
#include "power.h"

#include "base/attr.h"

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FILES = 8, NAME_BYTES = 256, SECTOR = 512 };

struct bytes {
    uint8_t *p;
    size_t n, room;
};

/* What waits for a sync: a write, or a change of length (p is NULL). */
struct op {
    struct op *next;
    size_t at, n;
    uint8_t *p;
};

struct file {
    char name[NAME_BYTES]; /* within the folder */
    bool is_db;
    bool there, there_on_disk; /* its name */
    struct bytes disk;
    struct op *first, **last;
};

struct power_cut {
    struct file files[FILES];
    int n;
};

/* Behind SQLite's own struct of each open file. */
struct handle {
    const sqlite3_io_methods *real;
    struct file *file;
    bool made; /* by this handle: its first sync is one of the folder, too */
};

/* SQLite's own functions: those of the database, which locks, and others. */
static struct {
    const sqlite3_io_methods *real;
    sqlite3_io_methods ours;
} methods[2];
static sqlite3_vfs *under, vfs;

static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static char folder[NAME_BYTES]; /* mu, as all below; empty: none is watched */
static struct power_cut now;
static struct {
    int left; /* 0: no picture is wanted */
    enum power_where where;
    void (*at_cut)(void);
    bool hold, held;
    struct power_cut *cut;
} want;

/* ---- bytes and operations ---- */

static void
bytes_length(struct bytes *b, size_t n)
{
    if (n > b->room) {
        b->room = n + n / 2;
        b->p = realloc(b->p, b->room);
        must(b->p != NULL);
    }
    if (n > b->n)
        memset(b->p + b->n, 0, n - b->n);
    b->n = n;
}

static void
bytes_put(struct bytes *b, size_t at, const uint8_t *p, size_t n)
{
    if (at + n > b->n)
        bytes_length(b, at + n);
    memcpy(b->p + at, p, n);
}

static void
apply(struct bytes *b, const struct op *op)
{
    if (op->p)
        bytes_put(b, op->at, op->p, op->n);
    else
        bytes_length(b, op->n);
}

static void
op_add(struct file *f, size_t at, const void *p, size_t n)
{
    struct op *op = calloc(1, sizeof *op);
    must(op != NULL);
    op->at = at;
    op->n = n;
    if (p) {
        op->p = malloc(n ? n : 1);
        must(op->p != NULL);
        memcpy(op->p, p, n);
    }
    *f->last = op;
    f->last = &op->next;
}

static void
ops_drop(struct file *f)
{
    for (struct op *op = f->first, *next; op; op = next) {
        next = op->next;
        free(op->p);
        free(op);
    }
    f->first = NULL;
    f->last = &f->first;
}

static void
files_drop(struct power_cut *c)
{
    for (int i = 0; i < c->n; i++) {
        ops_drop(&c->files[i]);
        free(c->files[i].disk.p);
    }
    c->n = 0;
}

/* ---- the picture ---- */

static struct power_cut *
picture(void)
{
    struct power_cut *c = calloc(1, sizeof *c);
    must(c != NULL);
    c->n = now.n;
    for (int i = 0; i < now.n; i++) {
        struct file *to = &c->files[i];
        const struct file *from = &now.files[i];
        *to = *from;
        to->disk = (struct bytes){ 0 };
        bytes_put(&to->disk, 0, from->disk.p, from->disk.n);
        to->first = NULL;
        to->last = &to->first;
        for (const struct op *op = from->first; op; op = op->next)
            op_add(to, op->at, op->p, op->n);
    }
    return c;
}

/* A call on f is about to reach the disk, or was written: is this the moment?
 * mu is held. */
static void
moment(const struct file *f)
{
    if (want.left == 0 || (want.where == POWER_DB && !f->is_db) ||
        --want.left > 0)
        return;
    want.cut = picture();
    /* nothing reaches the disk meanwhile; but whose commit is over comes to
     * know of it, and that counts as answered before the cut */
    const struct timespec a_moment = { .tv_nsec = 5000000 };
    if (want.at_cut) {
        (void)nanosleep(&a_moment, NULL);
        want.at_cut();
    }
    want.held = want.hold;
    pthread_cond_broadcast(&changed);
    while (want.held)
        pthread_cond_wait(&changed, &mu);
}

/* ---- calls ---- */

static struct handle *
handle_of(sqlite3_file *f)
{
    return (void *)((char *)f + under->szOsFile);
}

/* All names are as they are now. */
static void
sync_folder(void)
{
    for (int i = 0; i < now.n; i++)
        now.files[i].there_on_disk = now.files[i].there;
}

static int
on_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    struct handle *h = handle_of(f);
    pthread_mutex_lock(&mu);
    int rc = h->real->xWrite(f, p, n, at);
    if (rc == SQLITE_OK) {
        op_add(h->file, (size_t)at, p, (size_t)n);
        moment(h->file);
    }
    pthread_mutex_unlock(&mu);
    return rc;
}

static int
on_truncate(sqlite3_file *f, sqlite3_int64 n)
{
    struct handle *h = handle_of(f);
    pthread_mutex_lock(&mu);
    int rc = h->real->xTruncate(f, n);
    if (rc == SQLITE_OK) {
        op_add(h->file, 0, NULL, (size_t)n);
        moment(h->file);
    }
    pthread_mutex_unlock(&mu);
    return rc;
}

static int
on_sync(sqlite3_file *f, int flags)
{
    struct handle *h = handle_of(f);
    struct file *file = h->file;
    (void)flags;
    pthread_mutex_lock(&mu);
    moment(file); /* before it: nothing is on disk yet */
    for (const struct op *op = file->first; op; op = op->next)
        apply(&file->disk, op);
    ops_drop(file);
    if (h->made)
        sync_folder();
    h->made = false;
    pthread_mutex_unlock(&mu);
    return SQLITE_OK;
}

static struct file *
file_named(const char *name, bool add)
{
    for (int i = 0; i < now.n; i++)
        if (strcmp(now.files[i].name, name) == 0)
            return &now.files[i];
    if (!add)
        return NULL;
    must(now.n < FILES && strlen(name) < NAME_BYTES);
    struct file *f = &now.files[now.n++];
    *f = (struct file){ .last = &f->first };
    memcpy(f->name, name, strlen(name) + 1);
    return f;
}

/* The name within the folder that is watched, or NULL; mu is held. */
static const char *
watched(const char *path)
{
    size_t n = strlen(folder);
    return path && n && strncmp(path, folder, n) == 0 && path[n] == '/'
        ? path + n + 1
        : NULL;
}

/* What lies there when it is opened first is on disk. */
static void
read_disk(struct file *f, const char *path)
{
    uint8_t part[65536];
    FILE *in = fopen(path, "re");
    must(in != NULL);
    for (size_t n; (n = fread(part, 1, sizeof part, in)) > 0;)
        bytes_put(&f->disk, f->disk.n, part, n);
    fclose(in);
    f->there = f->there_on_disk = true;
}

static void
take_over(sqlite3_file *f, struct file *file, bool made)
{
    bool db = file->is_db;
    const sqlite3_io_methods *real = f->pMethods;
    sqlite3_io_methods *ours = &methods[db].ours;
    if (!methods[db].real) {
        *ours = *real;
        ours->xWrite = on_write;
        ours->xTruncate = on_truncate;
        ours->xSync = on_sync;
        methods[db].real = real;
    }
    must(methods[db].real == real);
    f->pMethods = ours;
    *handle_of(f) = (struct handle){ real, file, made };
}

static int
on_open(sqlite3_vfs *v, const char *path, sqlite3_file *f, int flags, int *out)
{
    struct stat st;
    (void)v;
    pthread_mutex_lock(&mu);
    const char *name = flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL |
            SQLITE_OPEN_MAIN_JOURNAL) ? watched(path) : NULL;
    bool made = name && stat(path, &st) != 0;
    int rc = under->xOpen(under, path, f, flags, out);
    if (rc == SQLITE_OK && name) {
        struct file *file = file_named(name, false);
        if (!file) {
            file = file_named(name, true);
            file->is_db = (flags & SQLITE_OPEN_MAIN_DB) != 0;
            if (!made)
                read_disk(file, path);
        }
        if (made) /* a new file under an old name has nothing of the old */
            op_add(file, 0, NULL, 0);
        file->there = true;
        take_over(f, file, made);
    }
    pthread_mutex_unlock(&mu);
    return rc;
}

static int
on_delete(sqlite3_vfs *v, const char *path, int sync)
{
    (void)v;
    pthread_mutex_lock(&mu);
    int rc = under->xDelete(under, path, sync);
    const char *name = watched(path);
    struct file *file = name ? file_named(name, false) : NULL;
    if (rc == SQLITE_OK && file) {
        file->there = false;
        moment(file);
        if (sync)
            sync_folder();
    }
    pthread_mutex_unlock(&mu);
    return rc;
}

void
power_install(void)
{
    under = sqlite3_vfs_find(NULL);
    must(under != NULL);
    vfs = *under;
    vfs.zName = "power";
    vfs.szOsFile = under->szOsFile + (int)sizeof(struct handle);
    vfs.xOpen = on_open;
    vfs.xDelete = on_delete;
    must(sqlite3_vfs_register(&vfs, 1) == SQLITE_OK);
}

/* ---- asking ---- */

void
power_watch(const char *which)
{
    /* SQLite's names are absolute, and without links */
    char whole[NAME_BYTES], link[40];
    int fd = open(which, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, whole, sizeof whole - 1);
    must(fd >= 0 && n > 0 && n < (ssize_t)sizeof whole - 1);
    close(fd);
    whole[n] = '\0';
    pthread_mutex_lock(&mu);
    memcpy(folder, whole, (size_t)n + 1);
    pthread_mutex_unlock(&mu);
}

void
power_unwatch(void)
{
    pthread_mutex_lock(&mu);
    folder[0] = '\0';
    files_drop(&now);
    want.left = 0;
    pthread_mutex_unlock(&mu);
}

void
power_arm(int n, enum power_where where, void (*at_cut)(void), bool hold)
{
    pthread_mutex_lock(&mu);
    must(!want.cut);
    want.left = n;
    want.where = where;
    want.at_cut = at_cut;
    want.hold = hold;
    pthread_mutex_unlock(&mu);
}

static struct power_cut *
take(bool wait)
{
    pthread_mutex_lock(&mu);
    while (wait && !want.cut)
        pthread_cond_wait(&changed, &mu);
    struct power_cut *c = want.cut;
    want.cut = NULL;
    want.left = 0;
    pthread_mutex_unlock(&mu);
    return c;
}

struct power_cut *
power_wait(void)
{
    return take(true);
}

struct power_cut *
power_take(void)
{
    return take(false);
}

void
power_go_on(void)
{
    pthread_mutex_lock(&mu);
    want.held = false;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mu);
}

void
power_free(struct power_cut *cut)
{
    files_drop(cut);
    free(cut);
}

size_t
power_unsynced(const struct power_cut *cut)
{
    size_t n = 0;
    for (int i = 0; i < cut->n; i++)
        for (const struct op *op = cut->files[i].first; op; op = op->next)
            n += op->p ? op->n : 0;
    return n;
}

/* ---- the disk afterwards ---- */

static uint64_t
chance(uint64_t *seed)
{
    uint64_t x = (*seed += 0x9e3779b97f4a7c15u);
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

/* Some sectors of a write, at least one and not all if it has two. */
static void
tear(struct bytes *b, const struct op *op, uint64_t *seed)
{
    size_t first = op->at / SECTOR, last = (op->at + op->n - 1) / SECTOR;
    size_t sure = first + chance(seed) % (last - first + 1);
    size_t never = first + chance(seed) % (last - first + 1);
    for (size_t s = first; s <= last; s++) {
        size_t from = s * SECTOR, to = from + SECTOR;
        from = from < op->at ? op->at : from;
        to = to > op->at + op->n ? op->at + op->n : to;
        if (s == sure || (s != never && chance(seed) & 1))
            bytes_put(b, from, op->p + (from - op->at), to - from);
    }
}

/* Which write is torn, of all; NULL when there is none. */
static const struct op *
victim(const struct power_cut *cut, uint64_t *seed)
{
    size_t n = 0;
    const struct op *chosen = NULL;
    for (int i = 0; i < cut->n; i++)
        for (const struct op *op = cut->files[i].first; op; op = op->next)
            if (op->p && op->n && chance(seed) % ++n == 0)
                chosen = op;
    return chosen;
}

static void
rebuild(const struct file *f, enum power_pattern pattern,
    const struct op *torn, uint64_t *seed, struct bytes *b)
{
    bool after = pattern == POWER_SOME;
    bytes_put(b, 0, f->disk.p, f->disk.n);
    for (const struct op *op = f->first; op; op = op->next) {
        if (pattern == POWER_DROP)
            continue;
        if (op == torn) {
            tear(b, op, seed);
            after = true;
        } else if (!after || chance(seed) & 1) {
            apply(b, op);
        }
    }
}

void
power_make(const struct power_cut *cut, enum power_pattern pattern,
    uint64_t *seed, const char *to)
{
    const struct op *torn =
        pattern == POWER_TEAR ? victim(cut, seed) : NULL;
    for (int i = 0; i < cut->n; i++) {
        const struct file *f = &cut->files[i];
        char path[NAME_BYTES * 2];
        struct bytes b = { 0 };
        bool there = f->there_on_disk;
        if (there != f->there && pattern != POWER_DROP)
            there = chance(seed) & 1;
        rebuild(f, pattern, torn, seed, &b);
        int n = snprintf(path, sizeof path, "%s/%s", to, f->name);
        must(n > 0 && (size_t)n < sizeof path);
        FILE *out = there ? fopen(path, "we") : NULL;
        must(!there || (out != NULL &&
            (b.n == 0 || fwrite(b.p, 1, b.n, out) == b.n) &&
            fclose(out) == 0 && chmod(path, 0600) == 0));
        free(b.p);
    }
}
