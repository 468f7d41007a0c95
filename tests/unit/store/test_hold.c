/* SPDX-License-Identifier: ISC */
/* Reads that share a transaction see every commit that was over when they
 * began, whoever made it, and let the WAL begin anew when they rest. */
#include "counter.h"

#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static struct user reader, writer;
static struct db *db;

static int
setup(void **state)
{
    counter_setup(state);
    db = open_db(path, 0);
    user_begin(&reader, db);
    user_begin(&writer, db);
    store_hold(reader.st);
    return 0;
}

static int
teardown(void **state)
{
    user_end(&reader);
    user_end(&writer);
    db_close(db);
    return counter_teardown(state);
}

static bool
holds(void)
{
    return !sqlite3_get_autocommit(reader.st->reader->sql);
}

static void
one_transaction_for_many_reads(void **state)
{
    (void)state;
    assert_int_equal(value(&reader), 0);
    assert_true(holds());
    assert_true(reader.st->reader->held);
    assert_int_equal(value(&reader), 0);
    assert_true(holds());
    store_rest(reader.st);
    assert_false(holds());
    store_rest(reader.st);
    assert_int_equal(value(&writer), 0); /* the others do not hold */
    assert_true(sqlite3_get_autocommit(writer.st->reader->sql));
}

static void
commits_of_this_process_are_seen(void **state)
{
    (void)state;
    for (int i = 1; i <= 100; i++) {
        OK(&writer, add_alone(&writer, 1));
        assert_int_equal(value(&reader), i);
        assert_true(holds());
    }
}

static void
own_commits_are_seen(void **state)
{
    (void)state;
    assert_int_equal(value(&reader), 0);
    OK(&reader, add_alone(&reader, 5));
    assert_false(holds()); /* transactions let go of it */
    assert_int_equal(value(&reader), 5);
}

static void
commits_of_another_process_are_seen(void **state)
{
    (void)state;
    for (int i = 1; i <= 10; i++) {
        assert_int_equal(value(&reader), i - 1);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            raw_exec(path, "UPDATE counter SET n = n + 1");
            _exit(0);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        assert_true(holds());
        assert_int_equal(value(&reader), i);
    }
}

static void
a_wal_that_began_anew_is_seen(void **state)
{
    (void)state;
    OK(&writer, add_alone(&writer, 1));
    assert_int_equal(value(&reader), 1);
    store_rest(reader.st);
    raw_exec(path, "PRAGMA wal_checkpoint(TRUNCATE)");
    assert_int_equal(value(&reader), 1);
    OK(&writer, add_alone(&writer, 1));
    assert_int_equal(value(&reader), 2);
}

/* While something is held, the WAL cannot begin anew: so who waits rests. */
static void
resting_lets_the_wal_go(void **state)
{
    (void)state;
    OK(&writer, add_alone(&writer, 1));
    assert_int_equal(value(&reader), 1);
    assert_int_equal(raw_int(path, "PRAGMA wal_checkpoint(TRUNCATE)"), 1);
    store_rest(reader.st);
    assert_int_equal(raw_int(path, "PRAGMA wal_checkpoint(TRUNCATE)"), 0);
}

static void
a_read_that_fails_does_not_stay(void **state)
{
    (void)state;
    struct q q;
    assert_int_equal(value(&reader), 0);
    q_begin(&q, reader.st, SQL_SLOW);
    q_int(&q, "n", 1000000000); /* interrupted after a moment */
    assert_false(q_row(&q));
    assert_int_equal(q_end(&q), ERR_BUSY);
    user_again(&reader);
    OK(&writer, add_alone(&writer, 3));
    assert_int_equal(value(&reader), 3);
}

static void
inner_reads_are_of_the_outer_moment(void **state)
{
    (void)state;
    struct q q;
    q_begin(&q, reader.st, SQL_COUNTER_LIST);
    assert_true(q_row(&q));
    OK(&writer, add_alone(&writer, 1));
    assert_int_equal(value(&reader), 0);
    OK(&reader, q_end(&q));
    assert_int_equal(value(&reader), 1);
}

static void
a_long_wal_is_not_held(void **state)
{
    (void)state;
    OK(&writer, add_alone(&writer, 1));
    OK(&writer, STORE_TX_BEGIN(writer.st));
    for (int i = 0; i < WAL_TIDY_PAGES + 100; i++)
        OK(&writer, ack(&writer, 1, i, 4000));
    OK(&writer, store_tx_commit(writer.st));
    assert_int_equal(value(&reader), 1);
    assert_false(holds());
    OK(&writer, add_alone(&writer, 1)); /* it begins anew */
    assert_int_equal(value(&reader), 2);
    assert_true(holds());
}

/* ---- what was answered is seen ---- */

enum { ROUNDS = 3000 };
static _Atomic int64_t acknowledged;
static _Atomic bool finished;

static void *
acknowledge(void *unused)
{
    for (int i = 0; i < ROUNDS; i++) {
        user_again(&writer);
        if (add_alone(&writer, 1) == ERR_OK)
            atomic_fetch_add(&acknowledged, 1);
    }
    atomic_store(&finished, true);
    return unused;
}

static void *
compare(void *arg)
{
    struct worker *w = arg;
    struct user u;
    user_begin(&u, w->db);
    store_hold(u.st);
    while (!atomic_load(&finished)) {
        user_again(&u);
        int64_t least = atomic_load(&acknowledged);
        w->wrong += value(&u) < least;
        w->done++;
        if (w->done % 7 == 0)
            store_rest(u.st);
    }
    user_end(&u);
    return NULL;
}

static void
nothing_acknowledged_is_missed(void **state)
{
    (void)state;
    pthread_t t;
    struct worker w[3];
    atomic_store(&acknowledged, 0);
    atomic_store(&finished, false);
    assert_int_equal(pthread_create(&t, NULL, acknowledge, NULL), 0);
    run_workers(w, 3, db, compare, 1);
    pthread_join(t, NULL);
    assert_int_equal(atomic_load(&acknowledged), ROUNDS);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(w[i].wrong, 0);
        assert_true(w[i].done > 0);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(one_transaction_for_many_reads),
        T(commits_of_this_process_are_seen),
        T(own_commits_are_seen),
        T(commits_of_another_process_are_seen),
        T(a_wal_that_began_anew_is_seen),
        T(resting_lets_the_wal_go),
        T(a_read_that_fails_does_not_stay),
        T(inner_reads_are_of_the_outer_moment),
        T(a_long_wal_is_not_held),
        T(nothing_acknowledged_is_missed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
