/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE /* locks of an open file: F_OFD_SETLK */
#include "counter.h"

#include "base/log.h"
#include "base/own.h"
#include "store/copy.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Counter 1 and a row each time, in one transaction: in a copy they agree. */
static atomic_int acked;

static void *
adds_and_acks(void *p)
{
    struct worker *w = p;
    struct user u;
    user_begin(&u, w->db);
    for (int i = 0; i < w->rounds; i++) {
        user_again(&u);
        if (STORE_TX_BEGIN(u.st) || add(&u, 1, 1) ||
            ack(&u, w->number, i, 2000) || store_tx_commit(u.st))
            w->refused++;
        else
            atomic_fetch_add(&acked, 1);
    }
    user_end(&u);
    return NULL;
}

static void
count_steps(void *of, int64_t done, int64_t all)
{
    int *steps = of;
    assert_true(done <= all && all > 0);
    (*steps)++;
}

/* An empty file, for raw_exec. */
static void
touch(const char *name)
{
    int fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static void
copies_under_load_are_whole(void **state)
{
    (void)state;
    enum { COPIES = 20 };
    struct worker w[4];
    struct user u;
    struct db *db = open_db(path, 0);
    user_begin(&u, db);
    atomic_store(&acked, 0);
    for (int i = 0; i < 4; i++) {
        w[i] = (struct worker){ .db = db, .number = i, .rounds = 400 };
        assert_int_equal(pthread_create(&w[i].thread, NULL, adds_and_acks,
            &w[i]), 0);
    }
    for (int i = 0; i < COPIES; i++) {
        char to[PATH_BYTES], name[32];
        struct db_look look;
        struct stat st;
        int before = atomic_load(&acked), steps = 0;
        (void)snprintf(name, sizeof name, "copy-%d", i);
        path_in(to, folder, name);
        user_again(&u);
        OK(&u, db_copy(path, to, count_steps, &steps, &u.err));
        assert_true(steps > 0);
        assert_int_equal(stat(to, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        OK(&u, db_look(to, &look, &u.err));
        assert_int_equal(look.fault.n, 0);
        assert_int_equal(look.schema, 2);
        assert_int_equal(look.bytes, st.st_size);
        int64_t n = raw_int(to, "SELECT n FROM counter WHERE id = 1");
        assert_true(n >= before);
        assert_int_equal(n, raw_int(to, "SELECT count(*) FROM ack"));
        /* one file: nothing of it stands beside it */
        char side[PATH_BYTES];
        (void)snprintf(name, sizeof name, "copy-%d-wal", i);
        assert_int_equal(access(path_in(side, folder, name), F_OK), -1);
        (void)snprintf(name, sizeof name, "copy-%d.part-wal", i);
        assert_int_equal(access(path_in(side, folder, name), F_OK), -1);
        (void)snprintf(name, sizeof name, "copy-%d.part", i);
        assert_int_equal(access(path_in(side, folder, name), F_OK), -1);
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(w[i].thread, NULL), 0);
        assert_int_equal(w[i].refused, 0);
    }
    user_end(&u);
    db_close(db);
}

/* Put in the place of the real one by the linker (see tests.am). */
static char part[PATH_BYTES];
static bool part_of_folder;
int __real_own_open(const char *name, int flags, mode_t mode,
    const char *like);
int __wrap_own_open(const char *name, int flags, mode_t mode,
    const char *like);

int
__wrap_own_open(const char *name, int flags, mode_t mode, const char *like)
{
    if (strcmp(name, part) == 0)
        part_of_folder = like == NULL;
    return __real_own_open(name, flags, mode, like);
}

/* What root restores from its own backup, the server's user can write. */
static void
root_copies_for_the_folder(void **state)
{
    (void)state;
    char to[PATH_BYTES];
    struct user u;
    struct db *db = open_db(path, 0);
    user_begin(&u, db);
    path_in(to, folder, "copy");
    path_in(part, folder, "copy.part");
    OK(&u, db_copy(path, to, NULL, NULL, &u.err));
    assert_true(part_of_folder);
    user_end(&u);
    db_close(db);
}

static void
nothing_is_written_over(void **state)
{
    (void)state;
    char to[PATH_BYTES];
    struct user u;
    struct db *db = open_db(path, 0);
    user_begin(&u, db);
    path_in(to, folder, "copy");
    OK(&u, db_copy(path, to, NULL, NULL, &u.err));
    OK(&u, add_alone(&u, 5));
    assert_int_equal(db_copy(path, to, NULL, NULL, &u.err), ERR_CONFLICT);
    assert_int_equal(raw_int(to, "SELECT n FROM counter WHERE id = 1"), 0);
    user_again(&u);
    assert_int_equal(db_copy(path, path_in(to, folder, "no/copy"), NULL, NULL,
        &u.err), ERR_INVALID);
    /* what a killed one left is no hindrance */
    touch(path_in(to, folder, "next.part"));
    raw_exec(to, "CREATE TABLE a(b)");
    user_again(&u);
    OK(&u, db_copy(path, path_in(to, folder, "next"), NULL, NULL, &u.err));
    assert_int_equal(raw_int(to, "SELECT n FROM counter WHERE id = 1"), 5);
    user_end(&u);
    db_close(db);
}

/* Meanwhile, in another process or not, somebody copies to the same name. */
struct rival {
    const char *to;
    int refused;
};

static void
copy_at_once(void *of, int64_t done, int64_t all)
{
    struct rival *r = of;
    struct user u;
    (void)done;
    (void)all;
    struct db *db = open_db(path, 0);
    user_begin(&u, db);
    r->refused += db_copy(path, r->to, NULL, NULL, &u.err) == ERR_CONFLICT;
    user_end(&u);
    db_close(db);
}

static void
one_of_two_gets_the_name(void **state)
{
    (void)state;
    char to[PATH_BYTES], rest[PATH_BYTES];
    struct user u;
    struct db_look look;
    struct db *db = open_db(path, 0);
    user_begin(&u, db);
    struct rival r = { path_in(to, folder, "copy"), 0 };
    OK(&u, db_copy(path, to, copy_at_once, &r, &u.err));
    assert_true(r.refused > 0);
    OK(&u, db_look(to, &look, &u.err));
    assert_int_equal(look.fault.n, 0);
    assert_int_equal(access(path_in(rest, folder, "copy.part"), F_OK), -1);
    user_end(&u);
    db_close(db);
}

static void
what_is_no_copy(void **state)
{
    (void)state;
    char other[PATH_BYTES], to[PATH_BYTES];
    struct user u;
    struct db_look look;
    struct db *db = open_db(path, 0);
    user_begin(&u, db);
    path_in(other, folder, "other");
    path_in(to, folder, "to");
    assert_int_equal(db_copy(other, to, NULL, NULL, &u.err), ERR_INVALID);
    user_again(&u);
    assert_int_equal(db_look(other, &look, &u.err), ERR_INVALID);
    touch(other);
    raw_exec(other, "CREATE TABLE a(b); PRAGMA application_id = 77");
    user_again(&u);
    assert_int_equal(db_copy(other, to, NULL, NULL, &u.err), ERR_INVALID);
    user_again(&u);
    assert_int_equal(db_look(other, &look, &u.err), ERR_INVALID);
    assert_int_equal(access(to, F_OK), -1);
    /* a row that names another that is not there */
    user_again(&u);
    OK(&u, db_copy(path, to, NULL, NULL, &u.err));
    raw_exec(to, "PRAGMA foreign_keys = OFF;"
        "INSERT INTO child(counter_id) VALUES (4711)");
    user_again(&u);
    OK(&u, db_look(to, &look, &u.err));
    assert_true(look.fault.n > 0);
    user_end(&u);
    db_close(db);
}

/* Any byte of a page that is turned: found, or it was one that nobody reads. */
static void
damage_is_found(void **state)
{
    (void)state;
    char to[PATH_BYTES];
    struct user u;
    struct db_look look;
    struct db *db = open_db(path, 0);
    user_begin(&u, db);
    for (int i = 0; i < 60; i++) {
        user_again(&u);
        OK(&u, STORE_TX_BEGIN(u.st));
        OK(&u, ack(&u, 1, i, 3000));
        OK(&u, store_tx_commit(u.st));
    }
    path_in(to, folder, "copy");
    user_again(&u);
    OK(&u, db_copy(path, to, NULL, NULL, &u.err));
    int fd = open(to, O_RDWR);
    assert_true(fd >= 0);
    off_t size = lseek(fd, 0, SEEK_END);
    for (off_t at = 4096; at < size; at += 4096) {
        char was[8], bad[8] = { 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55 };
        assert_int_equal(pread(fd, was, sizeof was, at), sizeof was);
        assert_int_equal(pwrite(fd, bad, sizeof bad, at), sizeof bad);
        user_again(&u);
        OK(&u, db_look(to, &look, &u.err));
        if (look.fault.n == 0)
            fail_msg("page at %lld", (long long)at);
        assert_int_equal(look.bytes, size);
        assert_int_equal(pwrite(fd, was, sizeof was, at), sizeof was);
    }
    close(fd);
    user_end(&u);
    db_close(db);
}

static void
a_migration_leaves_the_old_one(void **state)
{
    (void)state;
    char old[PATH_BYTES];
    struct user u;
    db_close(open_db(path, 0));
    path_in(old, folder, strrchr(path, '/') + 1);
    strcat(old, ".schema-1");
    assert_int_equal(access(old, F_OK), -1); /* a new one has no past */
    touch(old); /* of a try before, or anything: it is not that of now */
    raw_exec(path, "DROP TABLE extra; PRAGMA user_version = 1;"
        "UPDATE counter SET n = 12");
    struct db *db = open_db(path, 0);
    assert_int_equal(raw_int(old, "PRAGMA user_version"), 1);
    assert_int_equal(raw_int(old, "SELECT n FROM counter WHERE id = 1"), 12);
    assert_int_equal(raw_int(path, "PRAGMA user_version"), 2);
    user_begin(&u, db);
    user_end(&u);
    db_close(db);
}

/* A server of before would go on in what it does not know. */
static void
a_served_one_is_not_migrated(void **state)
{
    (void)state;
    char old[PATH_BYTES], lock[PATH_BYTES];
    struct flock byte = { .l_type = F_WRLCK, .l_whence = SEEK_SET,
        .l_len = 1 };
    struct db_options o = { .path = path, .create = true, .migrate = true,
        .busy_ms = 1000 };
    struct arena *a = arena_new(4096);
    struct db *db;
    struct err err;
    db_close(open_db(path, 0));
    raw_exec(path, "DROP TABLE extra; PRAGMA user_version = 1");
    assert_true(snprintf(old, sizeof old, "%s.schema-1", path) > 0);
    assert_true(snprintf(lock, sizeof lock, "%s.lock", path) > 0);
    int fd = open(lock, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_OFD_SETLK, &byte), 0);
    err_init(&err, a);
    assert_int_equal(db_open(&o, &db, &err), ERR_BUSY);
    assert_int_equal(raw_int(path, "PRAGMA user_version"), 1);
    assert_int_equal(access(old, F_OK), -1);
    close(fd);
    db_close(open_db(path, 0));
    assert_int_equal(raw_int(path, "PRAGMA user_version"), 2);
    assert_int_equal(access(old, F_OK), 0);
    arena_free(a);
}

/* Without it, another server finds nothing that is held. */
static void
a_lock_that_is_gone_is_told(void **state)
{
    (void)state;
    char lock[PATH_BYTES];
    struct user u;
    struct db *db = open_db(path, 0);
    user_begin(&u, db);
    OK(&u, store_ready(u.st));
    assert_true(snprintf(lock, sizeof lock, "%s.lock", path) > 0);
    assert_int_equal(unlink(lock), 0);
    assert_int_equal(store_ready(u.st), ERR_INTERNAL);
    touch(lock);
    user_again(&u);
    assert_int_equal(store_ready(u.st), ERR_INTERNAL);
    user_end(&u);
    db_close(db);
}

static void
read_only_changes_nothing(void **state)
{
    (void)state;
    char to[PATH_BYTES], name[PATH_BYTES];
    struct user u;
    struct db *db = open_db(path, 0);
    user_begin(&u, db);
    path_in(to, folder, "copy");
    OK(&u, db_copy(path, to, NULL, NULL, &u.err));
    user_end(&u);
    db_close(db);
    struct db_options o = { .path = to, .read_only = true, .busy_ms = 100 };
    struct arena *a = arena_new(4096);
    struct err err;
    err_init(&err, a);
    expect_ok(db_open(&o, &db, &err), &err, __FILE__, __LINE__);
    user_begin(&u, db);
    assert_int_equal(value(&u), 0);
    user_end(&u);
    db_close(db);
    static const char *const beside[] = { "copy-wal", "copy-shm",
        "copy.lock", "copy.ballast", "copy-journal" };
    for (size_t i = 0; i < COUNT_OF(beside); i++)
        assert_int_equal(access(path_in(name, folder, beside[i]), F_OK), -1);
    arena_free(a);
}

static const char *
made_in(char out[PATH_BYTES], const char *name)
{
    FILE *f = fopen(path_in(out, folder, name), "w");
    assert_non_null(f);
    fclose(f);
    return out;
}

/* What a kill left goes; what is written just now stays, as do links. */
static void
halves_are_forgotten(void **state)
{
    (void)state;
    char half[PATH_BYTES], wal[PATH_BYTES], file[PATH_BYTES];
    struct arena *a = arena_new(4096);
    db_close(open_db(path, 0)); /* the teardown looks at one */
    made_in(half, "copy.part");
    made_in(wal, "copy.part-journal");
    int fd = open(half, O_RDWR | O_CLOEXEC);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
    assert_false(db_copy_forget(a, half));
    assert_int_equal(access(half, F_OK), 0);
    assert_int_equal(access(wal, F_OK), 0);
    close(fd);
    assert_true(db_copy_forget(a, half));
    assert_int_equal(access(half, F_OK), -1);
    assert_int_equal(access(wal, F_OK), -1);
    assert_false(db_copy_forget(a, half));
    made_in(file, "precious");
    assert_int_equal(symlink(file, half), 0);
    assert_false(db_copy_forget(a, half));
    assert_int_equal(access(file, F_OK), 0);
    arena_free(a);
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, counter_setup,    \
    counter_teardown)
    const struct CMUnitTest tests[] = {
        T(copies_under_load_are_whole),
        T(root_copies_for_the_folder),
        T(nothing_is_written_over),
        T(one_of_two_gets_the_name),
        T(halves_are_forgotten),
        T(what_is_no_copy),
        T(damage_is_found),
        T(a_migration_leaves_the_old_one),
        T(a_served_one_is_not_migrated),
        T(a_lock_that_is_gone_is_told),
        T(read_only_changes_nothing),
    };
    log_setup(LOG_WARN, LOG_KEY_VALUE);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
