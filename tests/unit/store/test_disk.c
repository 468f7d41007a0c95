/* SPDX-License-Identifier: ISC */
/* unshare() and mounts of our own, to have a small disk to fill */
#define _GNU_SOURCE
#include "help.h"

#include "base/log.h"
#include "store/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BALLAST = 1 << 20, REVOKES = 300, REFUSED = 100 };

static char folder[PATH_BYTES], path[PATH_BYTES];

static void
ballast_follows_its_option(void **state)
{
    (void)state;
    char ballast[PATH_BYTES];
    struct stat st;
    folder_new(folder);
    path_in(path, folder, "t.db");
    path_in(ballast, folder, "t.db.ballast");
    db_close(open_db(path, 0));
    assert_int_not_equal(stat(ballast, &st), 0);
    db_close(open_db(path, 100000));
    assert_int_equal(stat(ballast, &st), 0);
    assert_int_equal(st.st_size, 100000);
    /* another size, or a half one after a kill: made again */
    db_close(open_db(path, 50000));
    assert_int_equal(stat(ballast, &st), 0);
    assert_int_equal(st.st_size, 50000);
    /* an urgent change leaves it alone while there is space */
    struct user u;
    struct db *db = open_db(path, 50000);
    user_begin(&u, db);
    store_tx_urgent(u.st);
    OK(&u, STORE_TX_BEGIN(u.st));
    OK(&u, store_tx_commit(u.st));
    assert_int_equal(stat(ballast, &st), 0);
    /* and somebody who removes it finds it back after the next change */
    unlink(ballast);
    OK(&u, STORE_TX_BEGIN(u.st));
    OK(&u, store_tx_commit(u.st));
    assert_int_equal(stat(ballast, &st), 0);
    user_end(&u);
    db_close(db);
    folder_free(folder);
}

/* ---- a full disk ---- */

static void
fill_disk(const char *name)
{
    char block[4096];
    memset(block, 1, sizeof block);
    int fd = open(name, O_WRONLY | O_CREAT | O_APPEND, 0600);
    assert_true(fd >= 0);
    for (size_t n = sizeof block; n > 0; n /= 2)
        while (write(fd, block, n) > 0)
            continue;
    assert_int_equal(errno, ENOSPC);
    close(fd);
}

/* As a revoke: change a row, write one on who did it. */
static enum err_code
change(struct user *u, int64_t worker, int64_t seq, bool urgent)
{
    struct q q;
    user_again(u);
    if (urgent)
        store_tx_urgent(u->st);
    if (STORE_TX_BEGIN(u->st) != ERR_OK)
        return u->err.code;
    q_begin(&q, u->st, SQL_COUNTER_ADD);
    q_int(&q, "id", 1);
    q_int(&q, "by", 1);
    if (q_run_exactly(&q, 1) == ERR_OK) {
        q_begin(&q, u->st, SQL_ACK_INSERT);
        q_int(&q, "worker", worker);
        q_int(&q, "seq", seq);
        q_int(&q, "bytes", 300);
        if (q_run_exactly(&q, 1) == ERR_OK)
            return store_tx_commit(u->st);
    }
    store_tx_abort(u->st);
    return u->err.code;
}

static int64_t
read_n(struct user *u)
{
    struct q q;
    user_again(u);
    q_begin(&q, u->st, SQL_COUNTER_GET);
    q_int(&q, "id", 1);
    int64_t n = q_row(&q) ? q_get_int(&q, 0) : -1;
    OK(u, q_end(&q));
    return n;
}

static int
exists(const char *name)
{
    char full[PATH_BYTES];
    return access(path_in(full, folder, name), F_OK) == 0;
}

static void
live_through_a_full_disk(void)
{
    char filler[PATH_BYTES];
    struct user u, reader;
    path_in(path, folder, "t.db");
    path_in(filler, folder, "filler");
    struct db *db = open_db(path, BALLAST);
    user_begin(&u, db);
    user_begin(&reader, db);
    assert_true(exists("t.db.ballast"));
    for (int i = 0; i < 20; i++)
        OK(&u, change(&u, 1, i, false));
    int64_t n = 20;

    fill_disk(filler);
    for (int i = 0; i < REFUSED; i++) {
        assert_int_equal(change(&u, 2, i, false), ERR_NO_SPACE);
        assert_int_equal(read_n(&reader), n);
    }
    assert_true(exists("t.db.ballast"));
    for (int i = 0; i < REVOKES; i++) {
        OK(&u, change(&u, 3, i, true));
        assert_int_equal(read_n(&reader), ++n);
        /* meanwhile others are refused, and do not eat the space */
        assert_int_equal(change(&u, 2, i, false), ERR_NO_SPACE);
    }
    assert_false(exists("t.db.ballast"));

    /* even to start on a full disk */
    user_end(&reader);
    user_end(&u);
    db_close(db);
    fill_disk(filler);
    assert_int_equal(truncate(filler, 0), 0);
    db = open_db(path, BALLAST);
    assert_true(exists("t.db.ballast"));
    db_close(db);
    /* as after a start of the machine, with the shared memory gone too */
    char shm[PATH_BYTES];
    unlink(path_in(shm, folder, "t.db-shm"));
    fill_disk(filler);
    db = open_db(path, BALLAST);
    user_begin(&u, db);
    assert_int_equal(read_n(&u), n);
    assert_int_equal(change(&u, 2, 0, false), ERR_NO_SPACE);
    OK(&u, change(&u, 3, REVOKES, true));

    /* and all is well again as soon as there is space */
    assert_int_equal(truncate(filler, 0), 0);
    OK(&u, change(&u, 4, 0, false));
    assert_int_equal(read_n(&u), n + 2);
    assert_true(exists("t.db.ballast"));
    user_end(&u);
    db_close(db);
    expect_whole(path);
    assert_int_equal(raw_int(path, "SELECT count(*) FROM ack"), n + 2);
    unlink(filler);
}

/* A disk that fills up in the middle of one transaction. */
static void
overrun_a_small_disk(void)
{
    struct user u;
    path_in(path, folder, "o.db");
    struct db *db = open_db(path, 0);
    user_begin(&u, db);
    OK(&u, change(&u, 1, 0, false));
    user_again(&u);
    OK(&u, STORE_TX_BEGIN(u.st));
    enum err_code code = ERR_OK;
    for (int i = 0; i < 10000 && code == ERR_OK; i++) {
        struct q q;
        q_begin(&q, u.st, SQL_ACK_INSERT);
        q_int(&q, "worker", 5);
        q_int(&q, "seq", i);
        q_int(&q, "bytes", 100000);
        code = q_run(&q);
    }
    assert_int_equal(code, ERR_NO_SPACE);
    assert_int_equal(store_tx_commit(u.st), ERR_NO_SPACE);
    OK(&u, change(&u, 1, 1, false)); /* into what is left of the WAL */
    user_end(&u);
    db_close(db);
    expect_whole(path);
    assert_int_equal(raw_int(path, "SELECT count(*) FROM ack"), 2);
}

static const char *not_here;

/* A mount that nobody else sees and that ends with this process. */
static int
small_disk(void **state)
{
    (void)state;
    folder_new(folder);
    if (unshare(CLONE_NEWNS) != 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", folder, "tmpfs", 0, "size=6m") != 0)
        not_here = strerror(errno);
    return 0;
}

static int
small_disk_gone(void **state)
{
    (void)state;
    if (!not_here)
        umount2(folder, MNT_DETACH);
    rmdir(folder);
    return 0;
}

static void
a_full_disk(void **state)
{
    (void)state;
    if (not_here)
        print_message("left out, no small disk here: %s\n", not_here);
    else
        live_through_a_full_disk();
}

static void
a_disk_that_fills_up(void **state)
{
    (void)state;
    if (not_here)
        print_message("left out, no small disk here: %s\n", not_here);
    else
        overrun_a_small_disk();
}

int
main(void)
{
#define T(fn) \
    cmocka_unit_test_setup_teardown(fn, small_disk, small_disk_gone)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ballast_follows_its_option),
        T(a_full_disk),
        T(a_disk_that_fills_up),
    };
    log_setup(LOG_ERROR, LOG_KEY_VALUE);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
