/* SPDX-License-Identifier: ISC */
/* More than one process at one database, and a process that is killed. */
#include "counter.h"

#include "base/log.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void
child_increments(int fd)
{
    (void)fd;
    struct worker w[4];
    struct db *db = open_db(path, 0);
    run_workers(w, 4, db, increments, 100);
    for (int i = 0; i < 4; i++)
        if (w[i].done != 100 || w[i].wrong)
            _exit(1);
    db_close(db);
}

/* What was told to be safe goes down the pipe at once. */
static void *
write_and_tell(void *p)
{
    struct worker *w = p;
    struct user u;
    user_begin(&u, w->db);
    for (int64_t seq = w->done; ; seq++) {
        int64_t told[2] = { w->number, seq };
        user_again(&u);
        if (STORE_TX_BEGIN(u.st) != ERR_OK ||
            ack(&u, w->number, seq, 500 + seq % 3000) != ERR_OK)
            _exit(1);
        /* keep it small; and let rows move between pages */
        struct q q;
        q_begin(&q, u.st, SQL_ACK_DELETE);
        q_int(&q, "worker", w->number);
        q_int(&q, "seq", seq - 100);
        if (q_run(&q) != ERR_OK || store_tx_commit(u.st) != ERR_OK ||
            write(w->fd, told, sizeof told) != sizeof told)
            _exit(1);
    }
}

static int64_t kill_from[THREADS];

static void
child_writes_until_killed(int fd)
{
    struct worker w[THREADS];
    struct db *db = open_db(path, 0);
    for (int i = 0; i < THREADS; i++) {
        w[i] = (struct worker){ .db = db, .number = i, .fd = fd,
            .done = kill_from[i] };
        if (pthread_create(&w[i].thread, NULL, write_and_tell, &w[i]) != 0)
            _exit(1);
    }
    pthread_join(w[0].thread, NULL);
}

static pid_t
child_start(void (*fn)(int fd), int fd)
{
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        fn(fd);
        _exit(0);
    }
    return pid;
}

static void
processes_take_turns(void **state)
{
    (void)state;
    enum { N = 3 };
    pid_t pids[N];
    db_close(open_db(path, 0));
    for (int i = 0; i < N; i++)
        pids[i] = child_start(child_increments, -1);
    for (int i = 0; i < N; i++) {
        int status = 0;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(raw_int(path, "SELECT n FROM counter"), N * 400);
}

static void
a_kill_loses_nothing(void **state)
{
    (void)state;
    static const int after_ms[] = { 20, 150, 40, 90, 60, 120, 30, 200 };
    int64_t told_all = 0;
    db_close(open_db(path, 0));
    for (size_t round = 0; round < COUNT_OF(after_ms); round++) {
        int fds[2], status = 0;
        int64_t told[2], last[THREADS];
        for (int i = 0; i < THREADS; i++)
            last[i] = kill_from[i] - 1;
        assert_int_equal(pipe(fds), 0);
        pid_t pid = child_start(child_writes_until_killed, fds[1]);
        close(fds[1]);
        /* count from the first commit: opening takes its time */
        if (read(fds[0], told, sizeof told) == sizeof told)
            last[told[0]] = told[1], told_all++;
        struct timespec t = { 0, after_ms[round] * 1000000L };
        nanosleep(&t, NULL);
        kill(pid, SIGKILL);
        while (read(fds[0], told, sizeof told) == sizeof told) {
            last[told[0]] = told[1];
            told_all++;
        }
        close(fds[0]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

        struct user u;
        struct db *db = open_db(path, 0);
        user_begin(&u, db);
        for (int i = 0; i < THREADS; i++) {
            struct q q;
            q_begin(&q, u.st, SQL_ACK_LAST);
            q_int(&q, "worker", i);
            assert_true(q_row(&q));
            int64_t have = q_get_int_or(&q, 0, -1);
            int64_t count = q_get_int(&q, 1);
            OK(&u, q_end(&q));
            if (have < last[i] || have > last[i] + 1)
                fail_msg("round %zu, worker %d: told %d, have %d", round, i,
                    (int)last[i], (int)have);
            /* an insert and its delete are one */
            assert_int_equal(count, have + 1 < 100 ? have + 1 : 100);
            kill_from[i] = have + 1;
        }
        OK(&u, add_alone(&u, 1));
        user_end(&u);
        db_close(db);
        expect_whole(path);
    }
    print_message("%d commits told in %zu rounds, none lost\n", (int)told_all,
        COUNT_OF(after_ms));
    assert_true(told_all > 200);
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, counter_setup,    \
    counter_teardown)
    const struct CMUnitTest tests[] = {
        T(processes_take_turns),
        T(a_kill_loses_nothing),
    };
    log_setup(LOG_WARN, LOG_KEY_VALUE);
    fault_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
