/* SPDX-License-Identifier: ISC */
/* Answers that wait for their commit: none goes out before it. */
#include "app/later.h"

#include "../store/fault.h"
#include "../store/help.h"

#include "base/log.h"
#include "store/store_rowseal.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char folder[PATH_BYTES], path[PATH_BYTES];
static struct db *db;
static struct user u;
static struct later later;

/* A request that was read whole, and the web server's end of it. */
struct call {
    struct peer p;
    int far;
    char got[2048]; /* after the first record's head */
    ssize_t n;
};

static int
setup(void **state)
{
    (void)state;
    fault_clear();
    folder_new(folder);
    db = open_db(path_in(path, folder, "t.db"), 0);
    user_begin(&u, db);
    later_init(&later, u.st);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    later_settle(&later);
    user_end(&u);
    db_close(db);
    folder_free(folder);
    return 0;
}

static void
call_begin(struct call *c, bool keep)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends),
        0);
    peer_init(&c->p, -1);
    c->p.fd = ends[0];
    c->p.wire = (struct wire){ .stage = WIRE_WHOLE, .id = 7, .keep = keep };
    c->far = ends[1];
    user_again(&u);
    later_begin(&later, &c->p);
}

/* What a call writes. */
static void
write_mark(const char *mark)
{
    store_tx_lax(u.st);
    OK(&u, STORE_TX_BEGIN(u.st));
    OK(&u, store_sealed_mark_set(u.st, str_cstr(mark)));
    OK(&u, store_tx_commit_later(u.st));
}

static void
answer(struct call *c, const char *id)
{
    later_answer(&later, &c->p, STR("Status: 204\r\n\r\n"), STR("body"),
        str_cstr(id));
}

/* Is there an answer, and does it have these words? */
static bool
says(struct call *c, const char *words)
{
    c->n = read(c->far, c->got, sizeof c->got - 1);
    if (c->n <= WIRE_HEAD)
        return false;
    assert_int_equal(c->got[3], 7);
    for (ssize_t i = 0; i < c->n; i++)
        if (!c->got[i])
            c->got[i] = ' ';
    c->got[c->n] = '\0';
    return strstr(c->got, words) != NULL;
}

static void
call_end(struct call *c)
{
    char more;
    assert_int_equal(read(c->far, &more, 1), 0); /* closed, nothing behind */
    close(c->far);
    peer_close(&c->p);
}

static void
nothing_is_told_before_the_commit(void **state)
{
    (void)state;
    struct call c[3];
    for (int i = 0; i < 3; i++) {
        call_begin(&c[i], false);
        write_mark("mark");
        answer(&c[i], "id");
        assert_int_equal(c[i].p.fd, -1);
        assert_false(says(&c[i], ""));
    }
    assert_true(later_waits(&later));
    later_settle(&later);
    assert_false(later_waits(&later));
    assert_int_equal(
        raw_int(path, "SELECT count(*) FROM meta WHERE value = 'mark'"), 1);
    for (int i = 0; i < 3; i++) {
        assert_true(says(&c[i], "Status: 204\r\n\r\nbody"));
        call_end(&c[i]);
    }
}

static void
what_writes_nothing_is_told_at_once(void **state)
{
    (void)state;
    struct call first, second;
    call_begin(&first, false);
    write_mark("mark");
    answer(&first, "id");
    call_begin(&second, false);
    answer(&second, "id");
    assert_true(says(&second, "Status: 204"));
    assert_false(says(&first, ""));
    peer_close(&second.p);
    call_end(&second);
    later_settle(&later);
    assert_true(says(&first, "Status: 204"));
    call_end(&first);
}

static void
a_kept_connection_does_not_wait(void **state)
{
    (void)state;
    struct call c;
    call_begin(&c, true);
    write_mark("mark");
    assert_false(store_tx_waits(u.st));
    answer(&c, "id");
    assert_true(says(&c, "Status: 204"));
    peer_close(&c.p);
    call_end(&c);
}

/* A body that is still to come: it commits, then answers. */
static void
what_cannot_wait_takes_all_along(void **state)
{
    (void)state;
    struct call first, second;
    call_begin(&first, false);
    write_mark("mark");
    answer(&first, "id");
    call_begin(&second, false);
    second.p.wire.stage = WIRE_IN_BODY;
    write_mark("other");
    answer(&second, "id");
    assert_true(says(&first, "Status: 204"));
    assert_true(says(&second, "Status: 204"));
    call_end(&first);
    peer_close(&second.p);
    call_end(&second);
}

static void
a_lost_commit_is_no_success(void **state)
{
    (void)state;
    struct call c[3];
    const char *ids[] = { "first-id", "second-id", "third-id" };
    for (int i = 0; i < 3; i++) {
        call_begin(&c[i], false);
        write_mark("mark");
        if (i == 2) { /* one that cannot wait finds it out */
            c[i].p.wire.stage = WIRE_IN_BODY;
            fault.write_each = 1;
        }
        answer(&c[i], ids[i]);
    }
    fault.write_each = 0;
    assert_false(later_waits(&later));
    for (int i = 0; i < 3; i++) {
        assert_true(says(&c[i], "Status: 503"));
        assert_non_null(strstr(c[i].got, "temporarily_unavailable"));
        assert_non_null(strstr(c[i].got, "Retry-After: 1\r\n"));
        assert_non_null(strstr(c[i].got, ids[i]));
        assert_null(strstr(c[i].got, "204"));
        peer_close(&c[i].p);
        call_end(&c[i]);
    }
    assert_int_equal(
        raw_int(path, "SELECT count(*) FROM meta WHERE value = 'mark'"), 0);
}

/* Settled before its answer is there: by a nap in the middle of a request. */
static void
a_request_that_slept_learns_of_it(void **state)
{
    (void)state;
    struct call c;
    call_begin(&c, false);
    write_mark("mark");
    fault.write_each = 1;
    later_settle(&later);
    fault.write_each = 0;
    answer(&c, "id");
    assert_true(says(&c, "Status: 503"));
    peer_close(&c.p);
    call_end(&c);
}

static void
it_is_due_when_there_are_many(void **state)
{
    (void)state;
    static struct call c[LATER_MOST + 1];
    for (int i = 0; i <= LATER_MOST; i++) {
        call_begin(&c[i], false);
        write_mark("mark");
        answer(&c[i], "id");
        if (i == LATER_MOST - 1)
            assert_true(later_due(&later));
    }
    /* the last one had no room: it took the others along */
    for (int i = 0; i <= LATER_MOST; i++) {
        assert_true(says(&c[i], "Status: 204"));
        peer_close(&c[i].p);
        call_end(&c[i]);
    }
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(nothing_is_told_before_the_commit),
        T(what_writes_nothing_is_told_at_once),
        T(a_kept_connection_does_not_wait),
        T(what_cannot_wait_takes_all_along),
        T(a_lost_commit_is_no_success),
        T(a_request_that_slept_learns_of_it),
        T(it_is_due_when_there_are_many),
    };
    log_setup(LOG_ERROR, LOG_KEY_VALUE);
    fault_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
