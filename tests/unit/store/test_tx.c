/* SPDX-License-Identifier: ISC */
#include "counter.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- many threads ---- */

static void
no_increment_is_lost(void **state)
{
    (void)state;
    struct worker w[THREADS];
    struct db *db = open_db(path, 0);
    fault.syncs = 0;
    fault.sync_ms = 1; /* where nothing is synced nobody waits for others */
    run_workers(w, THREADS, db, increments, 500);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(w[i].done, 500);
        assert_int_equal(w[i].wrong, 0);
    }
    db_close(db);
    assert_int_equal(raw_int(path, "SELECT n FROM counter"), THREADS * 500);
    /* they did commit together */
    print_message("%d commits in %d syncs\n", THREADS * 500, (int)fault.syncs);
    assert_true(fault.syncs < THREADS * 500 * 3 / 4);
}

/* Every third member gives up, in one of three ways, while others commit. */
static void *
some_abort(void *p)
{
    struct worker *w = p;
    struct user u;
    user_begin(&u, w->db);
    for (int i = 0; i < w->rounds; i++) {
        user_again(&u);
        enum err_code code = STORE_TX_BEGIN(u.st);
        if (code == ERR_OK)
            code = ack(&u, w->number, i, 10);
        if (code == ERR_OK)
            code = add(&u, 1, 1);
        if (i % 9 == 0) {
            store_tx_abort(u.st);
            code = ERR_INTERNAL;
        } else if (i % 9 == 3) {
            (void)add(&u, 99, 1); /* no such row */
            code = store_tx_commit(u.st);
            w->wrong += code == ERR_OK;
        } else if (i % 9 == 6) {
            user_again(&u); /* left open */
            code = ERR_INTERNAL;
        } else if (code == ERR_OK) {
            code = store_tx_commit(u.st);
            w->wrong += code != ERR_OK;
        }
        w->done += code == ERR_OK;
    }
    user_end(&u);
    return NULL;
}

static void
an_abort_leaves_no_trace(void **state)
{
    (void)state;
    struct worker w[THREADS];
    int64_t sum = 0;
    struct db *db = open_db(path, 0);
    run_workers(w, THREADS, db, some_abort, 180);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(w[i].wrong, 0);
        assert_int_equal(w[i].done, 120);
        sum += w[i].done;
    }
    db_close(db);
    assert_int_equal(raw_int(path, "SELECT n FROM counter"), sum);
    assert_int_equal(raw_int(path, "SELECT count(*) FROM ack"), sum);
    assert_int_equal(raw_int(path,
        "SELECT count(*) FROM ack WHERE seq % 3 = 0"), 0);
}

/* A commit of one thread is there for every other as soon as it returned. */
struct relay {
    pthread_mutex_t mu;
    int64_t committed;
    atomic_int stop;
};
static struct relay relay = { .mu = PTHREAD_MUTEX_INITIALIZER };

static void *
watch(void *p)
{
    struct worker *w = p;
    struct user u;
    user_begin(&u, w->db);
    do {
        user_again(&u);
        pthread_mutex_lock(&relay.mu);
        int64_t least = relay.committed;
        pthread_mutex_unlock(&relay.mu);
        w->wrong += value(&u) < least;
        w->done++;
    } while (!relay.stop);
    user_end(&u);
    return NULL;
}

static void
a_commit_is_seen_at_once(void **state)
{
    (void)state;
    struct worker w[4];
    struct user u;
    struct db *db = open_db(path, 0);
    relay.stop = 0;
    relay.committed = 0;
    for (int i = 0; i < 4; i++) {
        w[i] = (struct worker){ .db = db };
        assert_int_equal(pthread_create(&w[i].thread, NULL, watch, &w[i]), 0);
    }
    user_begin(&u, db);
    for (int i = 1; i <= 1000; i++) {
        user_again(&u);
        OK(&u, add_alone(&u, 1));
        pthread_mutex_lock(&relay.mu);
        relay.committed = i;
        pthread_mutex_unlock(&relay.mu);
    }
    relay.stop = 1;
    for (int i = 0; i < 4; i++) {
        pthread_join(w[i].thread, NULL);
        assert_int_equal(w[i].wrong, 0);
        assert_true(w[i].done > 0);
    }
    user_end(&u);
    db_close(db);
}

/* One that waits too long is told so, and the queue goes on without it. */
static void *
wait_in_vain(void *p)
{
    struct worker *w = p;
    struct user u;
    user_begin(&u, w->db);
    int64_t t = clock_mono_us();
    w->refused = STORE_TX_BEGIN(u.st) == ERR_BUSY && u.err.retry_s >= 1;
    w->done = clock_mono_us() - t;
    store_tx_abort(u.st);
    user_again(&u);
    user_end(&u);
    return NULL;
}

static void
waiting_has_a_limit(void **state)
{
    (void)state;
    struct worker w[3];
    struct user u;
    struct db *db = open_db(path, 0);
    db->busy_ms = 60;
    user_begin(&u, db);
    OK(&u, STORE_TX_BEGIN(u.st));
    OK(&u, add(&u, 1, 1));
    run_workers(w, 3, db, wait_in_vain, 1);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(w[i].refused, 1);
        assert_in_range(w[i].done, 55000, 30000000);
    }
    assert_null(db->first);
    assert_null(db->last);
    OK(&u, store_tx_commit(u.st));
    user_again(&u);
    OK(&u, add_alone(&u, 1));
    assert_int_equal(value(&u), 2);
    user_end(&u);
    db_close(db);
}

/* ---- two in one group ---- */

enum second_kind { SECOND_BAD_KEY, SECOND_URGENT, SECOND_LASTING };

struct second {
    pthread_t thread;
    struct db *db;
    enum second_kind kind;
    enum err_code code;
    bool lax; /* its commit does not wait for the disk */
};

static void *
be_second(void *p)
{
    struct second *s = p;
    struct user u;
    struct q q;
    user_begin(&u, s->db);
    if (s->kind == SECOND_URGENT)
        store_tx_urgent(u.st);
    s->code = STORE_TX_BEGIN(u.st);
    s->lax = s->db->lax;
    if (s->code == ERR_OK && s->kind == SECOND_BAD_KEY) {
        q_begin(&q, u.st, SQL_CHILD_INSERT);
        q_int(&q, "counter", 12345);
        s->code = q_run(&q);
    } else if (s->code == ERR_OK) {
        s->code = add(&u, 1, 10);
        if (s->kind == SECOND_URGENT)
            fault.sync_left = 1;
    }
    if (s->code == ERR_OK)
        s->code = store_tx_commit(u.st);
    user_end(&u);
    return NULL;
}

/* The first commits while the second waits: it is parked, and must come
 * through whatever happens to the second. */
static void
second_comes(enum second_kind kind, enum err_code want, int sum)
{
    struct user u;
    struct db *db = open_db(path, 10000);
    struct second s = { .db = db, .kind = kind };
    user_begin(&u, db);
    OK(&u, add_alone(&u, 1));
    if (kind == SECOND_LASTING)
        store_tx_lax(u.st);
    OK(&u, STORE_TX_BEGIN(u.st));
    OK(&u, add(&u, 1, 1));
    assert_int_equal(pthread_create(&s.thread, NULL, be_second, &s), 0);
    for (bool waits = false; !waits;) {
        pthread_mutex_lock(&db->mu);
        waits = db->first != NULL;
        pthread_mutex_unlock(&db->mu);
    }
    db->began_us = clock_mono_us() + 1000 * GROUP_US; /* however long it takes */
    OK(&u, store_tx_commit(u.st));
    pthread_join(s.thread, NULL);
    assert_int_equal(s.code, want);
    assert_false(s.lax);
    assert_int_equal(value(&u), sum);
    user_end(&u);
    db_close(db);
}

static void
a_bad_key_fails_its_own_member(void **state)
{
    (void)state;
    second_comes(SECOND_BAD_KEY, ERR_CONFLICT, 2);
}

/* What is answered after it is on disk is not in one commit with what is not. */
static void
a_lasting_one_does_not_join_lax_ones(void **state)
{
    (void)state;
    second_comes(SECOND_LASTING, ERR_OK, 12);
}

static void
an_urgent_one_commits_alone(void **state)
{
    (void)state;
    second_comes(SECOND_URGENT, ERR_BUSY, 2);
}

/* ---- failing disks ---- */

static void
a_full_disk_is_called_so(void **state)
{
    (void)state;
    char ballast[PATH_BYTES];
    struct user u;
    struct db *db = open_db(path, 10000);
    user_begin(&u, db);
    OK(&u, add_alone(&u, 1));
    fault.sync_left = 1;
    fault.sync_errno = ENOSPC;
    assert_int_equal(add_alone(&u, 10), ERR_NO_SPACE);
    user_again(&u);
    OK(&u, add_alone(&u, 100));
    /* a disk with room to spare that takes nothing, as with a quota: the
     * urgent change fails, but the next one finds the ballast's space */
    path_in(ballast, folder, "t.db.ballast");
    assert_int_equal(access(ballast, F_OK), 0);
    user_again(&u);
    fault.write_each = 1;
    assert_int_equal(add_alone(&u, 1000), ERR_NO_SPACE);
    assert_int_equal(access(ballast, F_OK), 0);
    user_again(&u);
    store_tx_urgent(u.st);
    assert_int_equal(add_alone(&u, 1000), ERR_NO_SPACE);
    assert_int_not_equal(access(ballast, F_OK), 0);
    fault.write_each = 0;
    user_again(&u);
    store_tx_urgent(u.st);
    OK(&u, add_alone(&u, 1000));
    assert_int_equal(value(&u), 1101);
    user_end(&u);
    db_close(db);
}

static void
a_failed_sync_applies_nothing(void **state)
{
    (void)state;
    struct user u, other;
    struct db *db = open_db(path, 0);
    user_begin(&u, db);
    user_begin(&other, db);
    OK(&u, add_alone(&u, 1));
    struct conn *before = db->writer;

    fault.sync_left = 1;
    assert_int_equal(add_alone(&u, 10), ERR_BUSY);
    assert_true(u.err.retry_s >= 1);
    assert_int_equal(value(&other), 1);
    user_again(&u);
    OK(&u, add_alone(&u, 100)); /* on a writer that was opened anew */
    assert_ptr_not_equal(db->writer, before);
    assert_int_equal(value(&other), 101);

    /* as long as the disk fails, every change is refused; reads go on */
    fault.sync_left = 3;
    for (int i = 0; i < 3; i++) {
        user_again(&u);
        assert_int_equal(add_alone(&u, 1000), ERR_BUSY);
        assert_int_equal(value(&other), 101);
    }
    assert_int_equal(fault.failed, 4);
    user_again(&u);
    OK(&u, add_alone(&u, 10000));
    assert_int_equal(value(&other), 10101);
    user_end(&u);
    user_end(&other);
    db_close(db);
    /* not even a recovery of the WAL brings a refused change back */
    assert_int_equal(raw_int(path, "SELECT n FROM counter"), 10101);
}

/* The refused commit's pages were written and only their sync failed: after
 * the writer healed with a smaller commit, a recovery must stop before them. */
static void
a_refused_commit_never_comes_back(void **state)
{
    (void)state;
    struct user u;
    struct db *db = open_db(path, 0);
    user_begin(&u, db);
    OK(&u, add_alone(&u, 1)); /* begins the WAL, with a sync of its own */
    OK(&u, STORE_TX_BEGIN(u.st));
    for (int i = 0; i < 50; i++)
        OK(&u, ack(&u, 1, i, 3000));
    fault.sync_left = 1;
    assert_int_equal(store_tx_commit(u.st), ERR_BUSY);
    user_again(&u);
    OK(&u, STORE_TX_BEGIN(u.st)); /* heals, and changes nothing itself */
    store_tx_abort(u.st);
    user_end(&u);
    db_close(db); /* the last one: the next opening recovers the WAL */
    assert_int_equal(raw_int(path, "SELECT count(*) FROM ack"), 0);
}

static void
load_with_faults(const char *what)
{
    struct worker w[THREADS];
    int64_t done = 0, refused = 0;
    struct db *db = open_db(path, 0);
    int each = strcmp(what, "sync") == 0 ? 7 : 0;
    fault.sync_each = each;
    fault.write_each = each ? 0 : 11;
    run_workers(w, THREADS, db, increments, 100);
    int failed = fault.failed;
    fault_clear();
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(w[i].wrong, 0);
        done += w[i].done;
        refused += w[i].refused;
    }
    print_message("%s: %d failed, %d done, %d refused\n", what, failed,
        (int)done, (int)refused);
    assert_true(failed > 10 && done > 50 && refused > 10);
    struct user u;
    user_begin(&u, db);
    assert_int_equal(value(&u), done);
    OK(&u, add_alone(&u, 1));
    user_end(&u);
    db_close(db);
    assert_int_equal(raw_int(path, "SELECT n FROM counter"), done + 1);
}

static void
groups_fail_as_one_on_sync(void **state)
{
    (void)state;
    load_with_faults("sync");
}

static void
groups_fail_as_one_on_full(void **state)
{
    (void)state;
    load_with_faults("full");
}

static void
a_failed_read_is_busy(void **state)
{
    (void)state;
    struct user u;
    struct db *db = open_db(path, 0);
    user_begin(&u, db);
    fault.read_left = 1000;
    struct q q;
    q_begin(&q, u.st, SQL_COUNTER_LIST);
    assert_false(q_row(&q));
    assert_int_equal(q_end(&q), ERR_BUSY);
    fault.read_left = 0;
    user_again(&u);
    assert_int_equal(value(&u), 0);
    user_end(&u);
    db_close(db);
}

/* ---- the write-ahead log ---- */

static int64_t
wal_bytes(void)
{
    char name[PATH_BYTES];
    FILE *f = fopen(path_in(name, folder, "t.db-wal"), "r");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    int64_t n = ftell(f);
    fclose(f);
    return n;
}

static void
fill_wal(struct user *u, int64_t worker, int commits)
{
    for (int i = 0; i < commits; i++) {
        user_again(u);
        OK(u, STORE_TX_BEGIN(u->st));
        OK(u, ack(u, worker, i, 400000)); /* 100 pages */
        OK(u, store_tx_commit(u->st));
    }
}

static void
only_the_writer_checkpoints(void **state)
{
    (void)state;
    struct user u, reader;
    struct worker w[THREADS];
    struct db *db = open_db(path, 0);
    sqlite3_file *writer = NULL;
    sqlite3_file_control(db->writer->sql, "main", SQLITE_FCNTL_FILE_POINTER,
        &writer);
    user_begin(&u, db);
    user_begin(&reader, db);
    fault_clear();
    fill_wal(&u, 1, 60);
    run_workers(w, THREADS, db, increments, 100);
    assert_int_equal(value(&reader), THREADS * 100);
    assert_true(fault.checkpoints >= 4);
    assert_ptr_equal(fault.by, writer);
    assert_int_equal(fault.others, 0);
    assert_true(wal_bytes() < 8 << 20);
    int n = fault.checkpoints;
    /* nor when the last reader goes, nor when the writer goes */
    user_end(&reader);
    user_end(&u);
    db_close(db);
    assert_int_equal(fault.checkpoints, n);
}

/* However soon the WAL is large, and however small commits are: a reader of a
 * minute does not bring it past 64 MiB, and who writes little waits little. */
static void
the_pace_fills_the_minute(void **state)
{
    (void)state;
    for (int64_t began_us = 0; began_us < WAL_READER_US; began_us += 999983) {
        int pages = WAL_LARGE_PAGES;
        for (int64_t us = began_us; us < WAL_READER_US; pages++)
            us += wal_pace_us(pages, us);
        assert_in_range(pages, WAL_LARGE_PAGES + 1, 16 * 1024 - WAL_PACE_PAGES);
    }
    assert_int_equal(wal_pace_us(WAL_LARGE_PAGES, 0), WAL_PACE_US);
    assert_in_range(wal_pace_us(WAL_LARGE_PAGES, WAL_READER_US / 2), 1,
        WAL_PACE_US * 6 / 10);
    assert_int_equal(wal_pace_us(WAL_LARGE_PAGES, WAL_READER_US), WAL_PACE_US);
    assert_int_equal(wal_pace_us(WAL_MOST_PAGES, 0), WAL_PACE_US);
}

/* A reader in the middle of a list holds the WAL back; then it shrinks. */
static void
a_long_reader_does_not_stop_writing(void **state)
{
    (void)state;
    struct user u, reader;
    struct q q;
    struct db *db = open_db(path, 0);
    user_begin(&u, db);
    user_begin(&reader, db);
    OK(&u, STORE_TX_BEGIN(u.st));
    q_begin(&q, u.st, SQL_COUNTER_INSERT_RETURNING);
    q_int(&q, "n", 5);
    assert_true(q_row(&q));
    OK(&u, q_end(&q));
    OK(&u, store_tx_commit(u.st));
    q_begin(&q, reader.st, SQL_COUNTER_LIST);
    assert_true(q_row(&q));
    fill_wal(&u, 1, 83);
    assert_true(wal_bytes() > 32 << 20); /* warns, and goes on slowly */
    assert_true(db->wal_held_us > 0);
    db->wal_held_us = clock_mono_us() + WAL_READER_US; /* as if it only began */
    int64_t t = clock_mono_us();
    fill_wal(&u, 101, 1);
    fill_wal(&u, 102, 1);
    assert_true(clock_mono_us() - t > 100 * WAL_PACE_US);
    /* nor is anybody refused who comes when the wait is over */
    OK(&u, STORE_TX_BEGIN(u.st));
    assert_int_equal(db->wal_next_us, 0);
    assert_true(wal_is_large(db));
    OK(&u, store_tx_commit(u.st));
    assert_true(q_row(&q));
    assert_false(q_row(&q));
    OK(&reader, q_end(&q));
    int64_t least = INT64_MAX;
    for (int i = 0; i < 12; i++) {
        fill_wal(&u, 2 + i, 1);
        if (wal_bytes() < least)
            least = wal_bytes();
    }
    assert_int_equal(least, 0); /* emptied, with all readers waited for */
    assert_true(wal_bytes() < 8 << 20);
    user_end(&reader);
    user_end(&u);
    db_close(db);
}

/* Of two servers' worth of connections one is the keeper: the other lets its
 * log grow, and the keeper puts it away, though it writes nothing itself. */
static void
only_the_keeper_checkpoints(void **state)
{
    (void)state;
    struct user keeper, other;
    struct db *first = open_db(path, 0), *second = open_db(path, 0);
    user_begin(&keeper, first);
    user_begin(&other, second);
    store_tidy(keeper.st);
    store_tidy(other.st); /* too late */
    assert_true(first->keeper);
    assert_false(second->keeper);
    fault_clear();
    fill_wal(&other, 1, 30);
    assert_int_equal(fault.checkpoints, 0);
    assert_true(wal_bytes() > 8 << 20);
    store_tidy(other.st);
    assert_int_equal(fault.checkpoints, 0);
    store_tidy(keeper.st);
    assert_int_equal(fault.checkpoints, 1);
    assert_int_equal(wal_bytes(), 0);
    user_end(&keeper);
    db_close(first);
    /* it is gone: anybody may again */
    fill_wal(&other, 2, 30);
    assert_true(fault.checkpoints > 1);
    user_end(&other);
    db_close(second);
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, counter_setup,    \
    counter_teardown)
    const struct CMUnitTest tests[] = {
        T(no_increment_is_lost),
        T(an_abort_leaves_no_trace),
        T(a_commit_is_seen_at_once),
        T(waiting_has_a_limit),
        T(a_bad_key_fails_its_own_member),
        T(a_lasting_one_does_not_join_lax_ones),
        T(an_urgent_one_commits_alone),
        T(a_full_disk_is_called_so),
        T(a_failed_sync_applies_nothing),
        T(a_refused_commit_never_comes_back),
        T(groups_fail_as_one_on_sync),
        T(groups_fail_as_one_on_full),
        T(a_failed_read_is_busy),
        T(only_the_writer_checkpoints),
        cmocka_unit_test(the_pace_fills_the_minute),
        T(a_long_reader_does_not_stop_writing),
        T(only_the_keeper_checkpoints),
    };
    log_setup(LOG_WARN, LOG_KEY_VALUE);
    fault_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
