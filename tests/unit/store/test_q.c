/* SPDX-License-Identifier: ISC */
#include "help.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

struct fixture {
    char folder[PATH_BYTES], path[PATH_BYTES];
    struct db *db;
    struct user u;
};

static int
setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    folder_new(f->folder);
    path_in(f->path, f->folder, "t.db");
    f->db = open_db(f->path, 0);
    user_begin(&f->u, f->db);
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;
    user_end(&f->u);
    db_close(f->db);
    folder_free(f->folder);
    free(f);
    return 0;
}

static int64_t
read_n(struct user *u, int64_t id)
{
    struct q q;
    q_begin(&q, u->st, SQL_COUNTER_GET);
    q_int(&q, "id", id);
    int64_t n = q_row(&q) ? q_get_int(&q, 0) : -1;
    OK(u, q_end(&q));
    return n;
}

static void
values_go_in_and_out(void **state)
{
    struct user *u = &((struct fixture *)*state)->u;
    struct q q;
    OK(u, STORE_TX_BEGIN(u->st));
    assert_true(store_in_tx(u->st));
    q_begin(&q, u->st, SQL_COUNTER_INSERT);
    q_int(&q, "n", INT64_MIN);
    q_text(&q, "note", STR("a\xc3\xa9 'x' \""));
    q_blob(&q, "data", "\0\1\2", 3);
    OK(u, q_run(&q));
    int64_t id = q_last_id(&q);
    q_begin(&q, u->st, SQL_COUNTER_INSERT);
    q_int_or_null(&q, "n", 0);
    q_text(&q, "note", (struct str){ NULL, 0 });
    q_blob(&q, "data", NULL, 0);
    OK(u, q_run(&q));
    q_begin(&q, u->st, SQL_COUNTER_INSERT);
    q_id_or_null(&q, "n", 7);
    q_text_or_null(&q, "note", STR(""));
    q_null(&q, "data");
    int64_t changes;
    OK(u, q_run_changes(&q, &changes));
    assert_int_equal(changes, 1);
    OK(u, store_tx_commit(u->st));
    assert_false(store_in_tx(u->st));

    q_begin(&q, u->st, SQL_COUNTER_GET);
    q_int(&q, "id", id);
    assert_true(q_row(&q));
    assert_true(q_get_int(&q, 0) == INT64_MIN);
    struct str note = q_get_text(&q, 1), data = q_get_blob(&q, 2);
    assert_false(q_row(&q));
    assert_false(q_row(&q)); /* and does not begin again */
    OK(u, q_end(&q));
    /* copies: good after the statement is over */
    assert_true(str_eq(note, STR("a\xc3\xa9 'x' \"")));
    assert_true(str_eq(data, (struct str){ "\0\1\2", 3 }));

    q_begin(&q, u->st, SQL_COUNTER_GET);
    q_int(&q, "id", id + 1);
    assert_true(q_row(&q));
    assert_false(q_is_null(&q, 1));
    assert_false(q_is_null(&q, 2));
    assert_int_equal(q_get_text(&q, 1).n, 0);
    assert_int_equal(q_get_blob(&q, 2).n, 0);
    OK(u, q_end(&q));

    q_begin(&q, u->st, SQL_COUNTER_GET);
    q_int(&q, "id", id + 2);
    assert_true(q_row(&q));
    assert_true(q_is_null(&q, 1));
    assert_int_equal(q_get_text(&q, 1).n, 0);
    assert_int_equal(q_get_blob(&q, 2).n, 0);
    assert_int_equal(q_get_int(&q, 2), 0);
    assert_int_equal(q_get_int_or(&q, 2, -5), -5);
    assert_int_equal(q_get_int_or(&q, 0, -5), 7);
    OK(u, q_end(&q));
}

static void
texts_survive_the_generator(void **state)
{
    struct user *u = &((struct fixture *)*state)->u;
    struct q q;
    q_begin(&q, u->st, SQL_COUNTER_READ);
    q_int(&q, "id", 1);
    assert_true(q_row(&q));
    assert_true(str_is(q_get_text(&q, 1), "a \"quoted\" \\ and a ?" "?/ mark"));
    OK(u, q_end(&q));
    q_begin(&q, u->st, SQL_EXTRA_TEXT);
    assert_true(q_row(&q));
    assert_true(str_is(q_get_text(&q, 0), "\xc3\xbcmlaut \"quoted\" \\ ?"));
    OK(u, q_end(&q));
    assert_string_equal(db_statement_name(SQL_COUNTER_READ), "COUNTER_READ");
    assert_null(strstr(db_statement_text(SQL_COUNTER_READ), "two at once"));
}

static void
statements_nest(void **state)
{
    struct user *u = &((struct fixture *)*state)->u;
    struct q list, one;
    OK(u, STORE_TX_BEGIN(u->st));
    for (int i = 0; i < 3; i++) {
        q_begin(&one, u->st, SQL_COUNTER_INSERT_RETURNING);
        q_int(&one, "n", i);
        assert_true(q_row(&one));
        assert_int_equal(q_get_int(&one, 0), i + 2);
        assert_false(q_row(&one));
        OK(u, q_end(&one));
    }
    OK(u, store_tx_commit(u->st));
    int rows = 0;
    q_begin(&list, u->st, SQL_COUNTER_LIST);
    while (q_row(&list)) {
        q_begin(&one, u->st, SQL_COUNTER_GET);
        q_int(&one, "id", q_get_int(&list, 0));
        assert_true(q_row(&one));
        assert_int_equal(q_get_int(&one, 0), q_get_int(&list, 1));
        OK(u, q_end(&one));
        rows++;
    }
    OK(u, q_end(&list));
    assert_int_equal(rows, 4);
}

static void
failures_stick(void **state)
{
    struct user *u = &((struct fixture *)*state)->u;
    struct q q;
    q_begin(&q, u->st, SQL_COUNTER_GET);
    q_int(&q, "id", 1);
    q_int(&q, "nobody", 2); /* no such parameter */
    q_text(&q, "id", STR("x"));
    assert_false(q_row(&q));
    assert_int_equal(q_get_int(&q, 0), 0);
    assert_int_equal(q_get_int(&q, 99), 0);
    assert_true(q_is_null(&q, 0));
    assert_int_equal(q_end(&q), ERR_INTERNAL);
    assert_int_equal(q_end(&q), ERR_INTERNAL);
    assert_true(str_is(u->err.detail, "COUNTER_GET has no parameter :nobody"));
    assert_null(memchr(u->err.msg.p, ':', u->err.msg.n)); /* not shown */

    /* the statement is usable again, and an old error is not its own */
    q_begin(&q, u->st, SQL_COUNTER_GET);
    q_int(&q, "id", 1);
    assert_true(q_row(&q));
    assert_int_equal(q_end(&q), ERR_OK);
}

/* What each failure of a statement is called. */
static void
codes(void **state)
{
    struct user *u = &((struct fixture *)*state)->u;
    static const struct {
        const char *what;
        int64_t n;
        const char *note;
        enum err_code code;
        const char *detail;
    } rows[] = {
        { "unique", 1, "twice", ERR_CONFLICT, "UNIQUE" },
        { "check", 666666, "other", ERR_CONFLICT, "CHECK" },
        { "not null", -1, "other", ERR_INTERNAL, "NOT NULL" },
    };
    struct q q;
    OK(u, STORE_TX_BEGIN(u->st));
    q_begin(&q, u->st, SQL_COUNTER_INSERT);
    q_int(&q, "n", 1);
    q_text(&q, "note", STR("twice"));
    OK(u, q_run(&q));
    OK(u, store_tx_commit(u->st));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        user_again(u);
        OK(u, STORE_TX_BEGIN(u->st));
        q_begin(&q, u->st, SQL_COUNTER_INSERT);
        q_int_or_null(&q, "n", rows[i].n);
        q_text(&q, "note", str_cstr(rows[i].note));
        enum err_code code = q_run(&q);
        if (code != rows[i].code)
            fail_msg("%s: code %d", rows[i].what, (int)code);
        if (code == ERR_CONFLICT)
            assert_string_equal(u->err.reason, "constraint");
        const char *detail = arena_cstr(u->arena, u->err.detail);
        if (!strstr(detail, rows[i].detail))
            fail_msg("%s: detail %s", rows[i].what, detail);
        /* the error holds: nothing can be committed any more */
        assert_int_equal(store_tx_commit(u->st), code);
        assert_false(store_in_tx(u->st));
    }
    user_again(u);
    OK(u, STORE_TX_BEGIN(u->st));
    q_begin(&q, u->st, SQL_ACK_INSERT);
    q_int(&q, "worker", 1);
    q_int(&q, "seq", 1);
    q_int(&q, "bytes", 2 << 20); /* over SQLITE_LIMIT_LENGTH */
    assert_int_equal(q_run(&q), ERR_INTERNAL);
    store_tx_abort(u->st);
    user_again(u);
    OK(u, STORE_TX_BEGIN(u->st));
    q_begin(&q, u->st, SQL_COUNTER_INSERT);
    q_id_or_null(&q, "n", 0); /* NULL, which this column does not take */
    assert_int_equal(q_run(&q), ERR_INTERNAL);
    store_tx_abort(u->st);
}

static void
exactly_rolls_back(void **state)
{
    struct user *u = &((struct fixture *)*state)->u;
    struct q q;
    static const struct {
        int64_t id, want;
        enum err_code code;
    } rows[] = { { 1, 1, ERR_OK }, { 1, 2, ERR_INTERNAL },
        { 99, 1, ERR_INTERNAL }, { 99, 0, ERR_OK } };
    int64_t before = read_n(u, 1);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        user_again(u);
        OK(u, STORE_TX_BEGIN(u->st));
        q_begin(&q, u->st, SQL_COUNTER_ADD);
        q_int(&q, "id", rows[i].id);
        q_int(&q, "by", 1);
        assert_int_equal(q_run_exactly(&q, rows[i].want), rows[i].code);
        assert_int_equal(store_tx_commit(u->st), rows[i].code);
    }
    user_again(u);
    assert_int_equal(read_n(u, 1), before + 1);
}

static void
a_transaction_sees_itself(void **state)
{
    struct fixture *f = *state;
    struct user *u = &f->u, other;
    user_begin(&other, f->db);
    struct q q;
    int64_t before = read_n(u, 1);
    OK(u, STORE_TX_BEGIN(u->st));
    q_begin(&q, u->st, SQL_COUNTER_ADD);
    q_int(&q, "id", 1);
    q_int(&q, "by", 5);
    OK(u, q_run_exactly(&q, 1));
    assert_int_equal(read_n(u, 1), before + 5);
    assert_int_equal(read_n(&other, 1), before);
    store_tx_abort(u->st);
    store_tx_abort(u->st); /* nothing to do */
    assert_int_equal(read_n(u, 1), before);
    user_end(&other);
}

static void
left_open_is_rolled_back(void **state)
{
    struct user *u = &((struct fixture *)*state)->u;
    struct q q, open;
    int64_t before = read_n(u, 1);
    OK(u, STORE_TX_BEGIN(u->st));
    q_begin(&q, u->st, SQL_COUNTER_ADD);
    q_int(&q, "id", 1);
    q_int(&q, "by", 5);
    OK(u, q_run(&q));
    q_begin(&open, u->st, SQL_COUNTER_LIST);
    assert_true(q_row(&open));
    user_again(u); /* logs where it began */
    assert_false(store_in_tx(u->st));
    assert_int_equal(read_n(u, 1), before);
    /* also a statement of a reader that was never ended */
    q_begin(&open, u->st, SQL_COUNTER_LIST);
    assert_true(q_row(&open));
    user_again(u);
    q_begin(&open, u->st, SQL_COUNTER_LIST);
    assert_true(q_row(&open));
    OK(u, q_end(&open));
    OK(u, STORE_TX_BEGIN(u->st));
    OK(u, store_tx_commit(u->st));
}

static void
deferred_keys_fail_their_own_transaction(void **state)
{
    struct user *u = &((struct fixture *)*state)->u;
    struct q q;
    OK(u, STORE_TX_BEGIN(u->st));
    q_begin(&q, u->st, SQL_CHILD_INSERT);
    q_int(&q, "counter", 12345);
    OK(u, q_run(&q));
    assert_int_equal(store_tx_commit(u->st), ERR_CONFLICT);
    user_again(u);
    OK(u, STORE_TX_BEGIN(u->st));
    q_begin(&q, u->st, SQL_CHILD_INSERT);
    q_int(&q, "counter", 1);
    OK(u, q_run(&q));
    OK(u, store_tx_commit(u->st));
}

static enum err_code
run_slow(struct user *u, int64_t n)
{
    struct q q;
    q_begin(&q, u->st, SQL_SLOW);
    q_int(&q, "n", n);
    while (q_row(&q))
        continue;
    return q_end(&q);
}

static void
long_statements_are_ended(void **state)
{
    struct user *u = &((struct fixture *)*state)->u;
    int64_t t = clock_cpu_us();
    assert_int_equal(run_slow(u, 1000000000), ERR_BUSY);
    t = clock_cpu_us() - t;
    assert_in_range(t, 150000, 1500000);
    assert_true(u->err.retry_s >= 1);
    user_again(u);
    store_slow(u->st, true);
    t = clock_cpu_us();
    assert_int_equal(run_slow(u, 1000000000), ERR_BUSY);
    t = clock_cpu_us() - t;
    assert_in_range(t, 1900000, 5000000);
    user_again(u); /* and back to the short limit */
    t = clock_cpu_us();
    assert_int_equal(run_slow(u, 1000000000), ERR_BUSY);
    assert_in_range(clock_cpu_us() - t, 150000, 1500000);
    user_again(u);
    OK(u, run_slow(u, 1000));
}

/* SQLite gives the whole transaction up when a write is interrupted: what
 * follows must not be committed by itself. */
static void
a_lost_transaction_stays_lost(void **state)
{
    struct user *u = &((struct fixture *)*state)->u;
    struct q q;
    int64_t before = read_n(u, 1);
    OK(u, STORE_TX_BEGIN(u->st));
    q_begin(&q, u->st, SQL_SLOW_WRITE);
    q_int(&q, "n", 1000000000);
    assert_int_equal(q_run(&q), ERR_BUSY);
    q_begin(&q, u->st, SQL_COUNTER_ADD);
    q_int(&q, "id", 1);
    q_int(&q, "by", 5);
    assert_int_equal(q_run(&q), ERR_BUSY);
    assert_int_equal(store_tx_commit(u->st), ERR_BUSY);
    user_again(u);
    assert_int_equal(read_n(u, 1), before);
    OK(u, STORE_TX_BEGIN(u->st));
    OK(u, store_tx_commit(u->st));
}

/* ---- what must() refuses ---- */

static void
write_outside(const char *folder)
{
    char path[PATH_BYTES];
    struct user u;
    struct q q;
    user_begin(&u, open_db(path_in(path, folder, "t.db"), 0));
    q_begin(&q, u.st, SQL_COUNTER_ADD);
}

static void
same_statement_twice(const char *folder)
{
    char path[PATH_BYTES];
    struct user u;
    struct q q, again;
    user_begin(&u, open_db(path_in(path, folder, "t.db"), 0));
    q_begin(&q, u.st, SQL_COUNTER_GET);
    q_begin(&again, u.st, SQL_COUNTER_GET);
}

static void
two_transactions(const char *folder)
{
    char path[PATH_BYTES];
    struct user u;
    user_begin(&u, open_db(path_in(path, folder, "t.db"), 0));
    if (STORE_TX_BEGIN(u.st) == ERR_OK && STORE_TX_BEGIN(u.st) == ERR_OK)
        return;
}

static void
column_past_the_end(const char *folder)
{
    char path[PATH_BYTES];
    struct user u;
    struct q q;
    user_begin(&u, open_db(path_in(path, folder, "t.db"), 0));
    q_begin(&q, u.st, SQL_COUNTER_GET);
    q_int(&q, "id", 1);
    if (q_row(&q))
        (void)q_get_int(&q, 3);
}

static void
misuse_is_refused(void **state)
{
    (void)state;
    expect_abort(write_outside, "writing outside a transaction");
    expect_abort(same_statement_twice, "a statement twice at once");
    expect_abort(two_transactions, "a transaction in a transaction");
    expect_abort(column_past_the_end, "a column past the end");
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        /* forks: before anything here has a database open */
        cmocka_unit_test(misuse_is_refused),
        T(values_go_in_and_out),
        T(texts_survive_the_generator),
        T(statements_nest),
        T(failures_stick),
        T(codes),
        T(exactly_rolls_back),
        T(a_transaction_sees_itself),
        T(left_open_is_rolled_back),
        T(deferred_keys_fail_their_own_transaction),
        T(long_statements_are_ended),
        T(a_lost_transaction_stays_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
