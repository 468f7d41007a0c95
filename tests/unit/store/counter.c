/* SPDX-License-Identifier: ISC */
#include "counter.h"

#include <stdio.h>

char folder[PATH_BYTES], path[PATH_BYTES];

int
counter_setup(void **state)
{
    (void)state;
    folder_new(folder);
    path_in(path, folder, "t.db");
    fault_clear();
    return 0;
}

int
counter_teardown(void **state)
{
    (void)state;
    fault_clear();
    expect_whole(path);
    folder_free(folder);
    return 0;
}

enum err_code
add(struct user *u, int64_t id, int64_t by)
{
    struct q q;
    q_begin(&q, u->st, SQL_COUNTER_ADD);
    q_int(&q, "id", id);
    q_int(&q, "by", by);
    return q_run_exactly(&q, 1);
}

enum err_code
add_alone(struct user *u, int64_t by)
{
    if (STORE_TX_BEGIN(u->st) != ERR_OK || add(u, 1, by) != ERR_OK) {
        store_tx_abort(u->st);
        return u->err.code;
    }
    return store_tx_commit(u->st);
}

int64_t
value(struct user *u)
{
    struct q q;
    q_begin(&q, u->st, SQL_COUNTER_GET);
    q_int(&q, "id", 1);
    int64_t n = q_row(&q) ? q_get_int(&q, 0) : -1;
    return q_end(&q) == ERR_OK ? n : -1;
}

enum err_code
ack(struct user *u, int64_t worker, int64_t seq, int64_t bytes)
{
    struct q q;
    q_begin(&q, u->st, SQL_ACK_INSERT);
    q_int(&q, "worker", worker);
    q_int(&q, "seq", seq);
    q_int(&q, "bytes", bytes);
    return q_run_exactly(&q, 1);
}

void
run_workers(struct worker *w, int n, struct db *db, void *(*fn)(void *),
    int rounds)
{
    for (int i = 0; i < n; i++) {
        w[i] = (struct worker){ .db = db, .number = i, .rounds = rounds };
        assert_int_equal(pthread_create(&w[i].thread, NULL, fn, &w[i]), 0);
    }
    for (int i = 0; i < n; i++)
        assert_int_equal(pthread_join(w[i].thread, NULL), 0);
}

enum err_code
tell(const struct user *u, enum err_code code)
{
    if (code != ERR_OK && !fault.sync_each && !fault.write_each)
        fprintf(stderr, "code %d, %.*s\n", (int)code, STR_ARG(u->err.detail));
    return code;
}

void *
increments(void *p)
{
    struct worker *w = p;
    struct user u;
    user_begin(&u, w->db);
    int64_t seen = 0;
    for (int i = 0; i < w->rounds; i++) {
        user_again(&u);
        if (tell(&u, add_alone(&u, 1)) != ERR_OK) {
            w->refused++;
            continue;
        }
        w->done++;
        /* own commits, and those seen before, are there for our reader */
        int64_t n = value(&u);
        if (n < w->done || n <= seen)
            w->wrong++;
        seen = n;
    }
    user_end(&u);
    return NULL;
}
