/* SPDX-License-Identifier: ISC */
/* Commits that are put off: many of one thread, one commit; all or none. */
#include "counter.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/nap.h"

#include <stdio.h>

static enum err_code
add_later(struct user *u, int64_t by)
{
    store_tx_lax(u->st);
    if (STORE_TX_BEGIN(u->st) != ERR_OK || add(u, 1, by) != ERR_OK) {
        store_tx_abort(u->st);
        return u->err.code;
    }
    return store_tx_commit_later(u->st);
}

static struct db *
begin(struct user *u)
{
    struct db *db = open_db(path, 0);
    user_begin(u, db);
    store_tx_later(u->st, true);
    return db;
}

static void
end(struct user *u, struct db *db)
{
    user_end(u);
    db_close(db);
}

static void
many_share_one_commit(void **state)
{
    (void)state;
    struct user u;
    struct db *db = begin(&u);
    assert_false(store_tx_waits(u.st));
    for (int i = 0; i < 5; i++) {
        user_again(&u);
        OK(&u, add_later(&u, 1));
        assert_true(store_tx_put_off(u.st));
        assert_false(store_tx_put_off(u.st)); /* told once */
        assert_true(store_tx_waits(u.st));
    }
    assert_int_equal(raw_int(path, "SELECT n FROM counter"), 0);
    assert_int_equal(value(&u), 0); /* nor by our own reader */
    assert_true(store_tx_settle(u.st));
    assert_false(store_tx_waits(u.st));
    assert_int_equal(raw_int(path, "SELECT n FROM counter"), 5);
    assert_true(store_tx_settle(u.st)); /* nothing to do */
    end(&u, db);
}

static void
who_did_not_ask_commits_at_once(void **state)
{
    (void)state;
    struct user u;
    struct db *db = begin(&u);
    store_tx_later(u.st, false);
    OK(&u, add_later(&u, 1));
    assert_false(store_tx_put_off(u.st));
    assert_false(store_tx_waits(u.st));
    assert_int_equal(raw_int(path, "SELECT n FROM counter"), 1);
    end(&u, db);
}

static void
one_that_aborts_leaves_the_others(void **state)
{
    (void)state;
    struct user u;
    struct db *db = begin(&u);
    OK(&u, add_later(&u, 1));
    user_again(&u);
    store_tx_lax(u.st);
    OK(&u, STORE_TX_BEGIN(u.st));
    OK(&u, add(&u, 1, 100));
    store_tx_abort(u.st);
    user_again(&u);
    OK(&u, add_later(&u, 99));
    user_again(&u);
    store_tx_lax(u.st);
    OK(&u, STORE_TX_BEGIN(u.st));
    assert_int_not_equal(add(&u, 7, 1), ERR_OK); /* no such row */
    assert_int_not_equal(store_tx_commit_later(u.st), ERR_OK);
    assert_int_equal(raw_int(path, "SELECT n FROM counter"), 0);
    assert_true(store_tx_settle(u.st));
    assert_int_equal(raw_int(path, "SELECT n FROM counter"), 100);
    end(&u, db);
}

/* A change that must be on disk does not wait with those that need not. */
static void
one_that_cannot_join_ends_the_group(void **state)
{
    (void)state;
    struct user u;
    struct db *db = begin(&u);
    OK(&u, add_later(&u, 1));
    user_again(&u);
    int before = fault.syncs;
    OK(&u, STORE_TX_BEGIN(u.st));
    assert_int_equal(raw_int(path, "SELECT n FROM counter"), 1);
    OK(&u, add(&u, 1, 10));
    OK(&u, store_tx_commit(u.st));
    assert_true(fault.syncs > before);
    assert_int_equal(raw_int(path, "SELECT n FROM counter"), 11);
    assert_true(store_tx_settle(u.st));
    end(&u, db);
}

/* Who sleeps settles: not while the group is handed on. */
static void
on_nap(void *arg, bool sleeps)
{
    struct worker *w = arg;
    w->wrong += sleeps && store_tx_waits(w->watcher->st);
}

static void *
one_more(void *p)
{
    struct worker *w = p;
    struct user u;
    user_begin(&u, w->db);
    w->done = add_alone(&u, 100) == ERR_OK;
    user_end(&u);
    return NULL;
}

static void
one_that_is_told_at_once_takes_all_along(void **state)
{
    (void)state;
    struct user u;
    struct db *db = begin(&u);
    struct worker w = { .db = db, .watcher = &u };
    db->busy_ms = 3600 * 1000;
    OK(&u, add_later(&u, 1));
    user_again(&u);
    store_tx_later(u.st, false);
    store_tx_lax(u.st);
    OK(&u, STORE_TX_BEGIN(u.st));
    OK(&u, add(&u, 1, 10));
    assert_int_equal(pthread_create(&w.thread, NULL, one_more, &w), 0);
    for (bool waits = false; !waits; clock_wait(clock_mono_us() + 1000)) {
        pthread_mutex_lock(&db->mu);
        waits = db->first != NULL;
        pthread_mutex_unlock(&db->mu);
    }
    db->began_us = clock_mono_us() + 3600 * INT64_C(1000000); /* young */
    nap_listen(on_nap, &w);
    OK(&u, store_tx_commit_later(u.st));
    nap_listen(NULL, NULL);
    assert_int_equal(pthread_join(w.thread, NULL), 0);
    assert_int_equal(w.wrong, 0);
    assert_int_equal(w.done, 1);
    assert_false(store_tx_waits(u.st));
    assert_int_equal(raw_int(path, "SELECT n FROM counter"), 111);
    end(&u, db);
}

static void
a_lost_group_is_told(void **state)
{
    (void)state;
    struct user u;
    struct db *db = begin(&u);
    OK(&u, add_later(&u, 1));
    user_again(&u);
    OK(&u, add_later(&u, 1));
    fault.write_each = 1;
    assert_false(store_tx_settle(u.st));
    assert_false(store_tx_waits(u.st));
    fault.write_each = 0;
    assert_int_equal(raw_int(path, "SELECT n FROM counter"), 0);
    user_again(&u);
    OK(&u, add_later(&u, 1));
    assert_true(store_tx_settle(u.st)); /* told once */
    assert_int_equal(raw_int(path, "SELECT n FROM counter"), 1);
    /* also when somebody else's begin is what ended it */
    user_again(&u);
    OK(&u, add_later(&u, 1));
    user_again(&u);
    fault.write_each = 1;
    (void)add_alone(&u, 10);
    fault.write_each = 0;
    assert_true(store_tx_waits(u.st));
    assert_false(store_tx_settle(u.st));
    end(&u, db);
}

/* Batches of some, in each of which one gives up, beside others' commits. */
static void *
batches(void *p)
{
    struct worker *w = p;
    struct user u;
    user_begin(&u, w->db);
    store_tx_later(u.st, w->number % 2);
    for (int i = 0; i < w->rounds; i++) {
        int64_t put = 0;
        for (int k = 0; k < 1 + (i + w->number) % 7; k++) {
            user_again(&u);
            enum err_code code = add_later(&u, 1);
            if (store_tx_put_off(u.st))
                put++;
            else
                w->done += code == ERR_OK;
        }
        if (store_tx_settle(u.st))
            w->done += put;
    }
    user_end(&u);
    return NULL;
}

/* What was told to be done is there, and nothing else. */
static void
run_batches(int rounds)
{
    struct worker w[THREADS];
    int64_t sum = 0;
    struct db *db = open_db(path, 0);
    run_workers(w, THREADS, db, batches, rounds);
    for (int i = 0; i < THREADS; i++)
        sum += w[i].done;
    assert_true(sum > 0);
    fault_clear();
    db_close(db);
    assert_int_equal(raw_int(path, "SELECT n FROM counter"), sum);
}

static void
threads_share_groups(void **state)
{
    (void)state;
    run_batches(150);
}

static void
threads_lose_groups(void **state)
{
    (void)state;
    fault.write_each = 101;
    run_batches(100);
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, counter_setup,    \
    counter_teardown)
    const struct CMUnitTest tests[] = {
        T(many_share_one_commit),
        T(who_did_not_ask_commits_at_once),
        T(one_that_aborts_leaves_the_others),
        T(one_that_cannot_join_ends_the_group),
        T(one_that_is_told_at_once_takes_all_along),
        T(a_lost_group_is_told),
        T(threads_share_groups),
        T(threads_lose_groups),
    };
    log_setup(LOG_ERROR, LOG_KEY_VALUE);
    fault_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
