/* SPDX-License-Identifier: ISC */
/* The audit log: who sees which lines, and that no change to it goes
 * unnoticed. */
#include "world.h"

#include "core/account.h"
#include "core/audit.h"
#include "core/catalog.h"
#include "core/change.h"
#include "core/key.h"
#include "text/json.h"

#include <stdio.h>

static void
make_lines(struct seat *s)
{
    static const enum who who[] = { OWNER, MEMBER, ADMIN, MEMBER, OTHER };
    static const char *const names[] = { "a", "b", "c", "d", "e" };
    struct str text;
    struct key k;
    for (size_t i = 0; i < COUNT_OF(who); i++) {
        struct cx *cx = seat_as(s, who[i]);
        struct key_in in = key_form(names[i]);
        OK(cx, key_create(cx, KEY_STANDARD, &in, &text, &k));
        OK(cx, key_disable(cx, k.prefix, &k));
        OK(cx, key_disable(cx, k.prefix, &k)); /* no second line */
    }
}

static int64_t
verify(struct seat *s, int64_t *bad)
{
    int64_t rows;
    struct cx *cx = seat_as(s, SHELL);
    OK(cx, audit_verify(cx, &rows, bad));
    return rows;
}

/* Memory for the walk does not grow with the log. */
static void
test_verify_memory(void **state)
{
    (void)state;
    struct world w;
    struct seat s;
    int64_t rows, bad;
    world_new(&w);
    seat_open(&s, &w);
    for (int i = 0; i < 20; i++) {
        struct profile_in in = { .name = STR("Olive") };
        struct cx *cx = seat_as(&s, OWNER);
        OK(cx, profile_set(cx, &in));
    }
    struct cx *cx = seat_as(&s, SHELL);
    size_t before = arena_used(cx->arena);
    OK(cx, audit_verify(cx, &rows, &bad));
    assert_true(rows > 20 && bad == 0);
    assert_true(arena_used(cx->arena) - before < 1024);
    seat_close(&s);
    world_free(&w);
}

static void
test_chain(void **state)
{
    (void)state;
    struct world w;
    struct seat s;
    int64_t bad;
    world_new(&w);
    seat_open(&s, &w);
    make_lines(&s);
    int64_t rows = verify(&s, &bad);
    assert_int_equal(bad, 0);
    assert_int_equal(rows, world_int(&w, "SELECT count(*) FROM audit"));
    assert_true(rows >= 10);
    seat_close(&s);
    world_free(&w);
}

/* Every column, a missing row, a moved row, a made-up row. */
static void
test_tamper(void **state)
{
    (void)state;
    static const struct {
        const char *sql;
        int64_t bad;
    } cases[] = {
        { "UPDATE audit SET at_s = at_s + 1 WHERE seq = 5", 5 },
        { "UPDATE audit SET workspace_id = 99 WHERE seq = 5", 5 },
        { "UPDATE audit SET actor_kind = 'key' WHERE seq = 12", 12 },
        { "UPDATE audit SET actor_id = 'x' WHERE seq = 5", 5 },
        { "UPDATE audit SET actor_name = 'x' WHERE seq = 5", 5 },
        { "UPDATE audit SET action = 'x' WHERE seq = 1", 1 },
        { "UPDATE audit SET object_kind = 'x' WHERE seq = 5", 5 },
        { "UPDATE audit SET object_id = 'x' WHERE seq = 5", 5 },
        { "UPDATE audit SET object_name = 'x' WHERE seq = 5", 5 },
        { "UPDATE audit SET details = '{\"a\":1}' WHERE seq = 5", 5 },
        { "UPDATE audit SET address = '::1' WHERE seq = 5", 5 },
        { "UPDATE audit SET request_id = 'x' WHERE seq = 5", 5 },
        { "UPDATE audit SET hash = zeroblob(32) WHERE seq = 5", 5 },
        { "UPDATE audit SET prev_hash = zeroblob(32) WHERE seq = 5", 5 },
        { "DELETE FROM audit WHERE seq = 5", 5 },
        { "DELETE FROM audit WHERE seq = 1", 1 },
        /* moved: a value goes from one field to the next */
        { "UPDATE audit SET object_id = '', object_name = object_id || "
          "object_name WHERE seq = 12", 12 },
        /* swapped */
        { "UPDATE audit SET seq = -1 WHERE seq = 5;"
          "UPDATE audit SET seq = 5 WHERE seq = 6;"
          "UPDATE audit SET seq = 6 WHERE seq = -1", 5 },
        /* one in the place of a deleted one */
        { "UPDATE audit SET details = (SELECT details FROM audit WHERE seq = "
          "6), hash = (SELECT hash FROM audit WHERE seq = 6) WHERE seq = 5",
            5 },
    };
    struct world w;
    struct seat s;
    int64_t bad;
    world_new(&w);
    seat_open(&s, &w);
    make_lines(&s);
    world_exec(&w, "CREATE TABLE keep AS SELECT * FROM audit");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        world_exec(&w, cases[i].sql);
        (void)verify(&s, &bad);
        if (bad != cases[i].bad)
            fail_msg("%s: found at %lld", cases[i].sql, (long long)bad);
        world_exec(&w, "DELETE FROM audit;"
                       "INSERT INTO audit SELECT * FROM keep");
        (void)verify(&s, &bad);
        assert_int_equal(bad, 0);
    }
    world_exec(&w, "DROP TABLE keep");
    seat_close(&s);
    world_free(&w);
}

/* A row that is right in itself, but grew in another log. */
static void
test_transplant(void **state)
{
    (void)state;
    struct world w[2];
    struct seat s[2];
    char sql[PATH_BYTES + 200];
    int64_t bad;
    for (size_t i = 0; i < 2; i++) {
        world_new(&w[i]);
        seat_open(&s[i], &w[i]);
        make_lines(&s[i]);
    }
    (void)snprintf(sql, sizeof sql,
        "ATTACH '%s' AS o; REPLACE INTO audit SELECT * FROM o.audit "
        "WHERE seq = 7", w[1].db_path);
    world_exec(&w[0], sql);
    (void)verify(&s[0], &bad);
    assert_int_equal(bad, 7);
    for (size_t i = 0; i < 2; i++) {
        seat_close(&s[i]);
        world_free(&w[i]);
    }
}

static void
test_who_sees(void **state)
{
    (void)state;
    struct world w;
    struct seat s;
    struct audit *rows;
    size_t n, n_all;
    bool more;
    int64_t r, bad;
    world_new(&w);
    seat_open(&s, &w);
    make_lines(&s);
    struct audit_filter f = { .most = 100 };
    struct cx *cx = seat_as(&s, ADMIN);
    OK(cx, audit_list(cx, &f, &rows, &n_all, &more));
    assert_true(n_all > 10 && !more);
    for (size_t i = 1; i < n_all; i++)
        assert_true(rows[i].seq < rows[i - 1].seq);
    cx = seat_as(&s, MEMBER);
    f = (struct audit_filter){ .most = 100 };
    OK(cx, audit_list(cx, &f, &rows, &n, &more));
    assert_int_equal(n, 4);
    for (size_t i = 0; i < n; i++)
        assert_true(str_eq(rows[i].actor_name, who_email(MEMBER)));
    cx = seat_as(&s, STRANGER);
    f = (struct audit_filter){ .most = 100 };
    OK(cx, audit_list(cx, &f, &rows, &n, &more));
    for (size_t i = 0; i < n; i++)
        assert_true(rows[i].workspace_id == cx->ws.id);
    cx = seat_as(&s, ADMIN);
    f = (struct audit_filter){ .most = 3 };
    OK(cx, audit_list(cx, &f, &rows, &n, &more));
    assert_true(n == 3 && more);
    cx = seat_as(&s, OWNER);
    GIVES(cx, audit_verify(cx, &r, &bad), ERR_FORBIDDEN);
    seat_close(&s);
    world_free(&w);
}

/* A change that fails leaves no line, and a line never stands without its
 * change. */
static void
test_with_change(void **state)
{
    (void)state;
    struct world w;
    struct seat s;
    struct deployment d;
    world_new(&w);
    seat_open(&s, &w);
    int64_t before = world_int(&w, "SELECT count(*) FROM audit");
    struct deployment_in in = { .name = STR("x"), .base_url = STR("ftp://x") };
    struct cx *cx = seat_as(&s, ADMIN);
    GIVES(cx, deployment_add(cx, &in, &d), ERR_INVALID);
    in.base_url = STR("https://x.example");
    cx = seat_as(&s, ADMIN);
    cx->may_write = false;
    GIVES(cx, deployment_add(cx, &in, &d), ERR_INTERNAL);
    assert_int_equal(before, world_int(&w, "SELECT count(*) FROM audit"));
    assert_int_equal(0, world_int(&w, "SELECT count(*) FROM deployment"));
    cx = seat_as(&s, ADMIN);
    OK(cx, deployment_add(cx, &in, &d));
    assert_int_equal(before + 1, world_int(&w, "SELECT count(*) FROM audit"));
    seat_close(&s);
    world_free(&w);
}

/* However much a change says, its line holds whole JSON: long values are cut,
 * and tell how much is left out. */
static void
test_long_details(void **state)
{
    (void)state;
    struct world w;
    struct seat s;
    world_new(&w);
    seat_open(&s, &w);
    for (size_t bytes = 1000; bytes <= 100000; bytes *= 10) {
        struct cx *cx = seat_as(&s, OWNER);
        struct val *details = val_map(cx->arena);
        char *z = arena_alloc(cx->arena, bytes);
        for (size_t i = 0; i < bytes; i++)
            z[i] = i % 4 == 0 ? '"' : i % 4 == 1 ? 'a' : i % 4 == 2 ? ',' : ' ';
        struct str text = { z, bytes };
        val_put_cstr(details, "short", "stays");
        val_put_str(details, "long", text);
        change_diff(details, "changed", STR("before"), text);
        struct audit_event event = { "key.edit", "key", STR("x"), STR("x"),
            details };
        OK(cx, CHANGE_BEGIN(cx));
        OK(cx, change_commit(cx, &event));
        struct audit_filter f = { .most = 1 };
        struct audit *row;
        size_t n;
        bool more;
        struct val *back;
        OK(cx, audit_list(cx, &f, &row, &n, &more));
        OK(cx, json_read(cx->arena, row->details, &back, &cx->err));
        assert_true(str_is(val_text(val_get_cstr(back, "short")), "stays"));
        struct str got = val_text(val_get_cstr(back, "long"));
        if (bytes < 10000)
            assert_true(str_eq(got, text));
        assert_true(str_starts(got, STR("\"a, \"a, ")));
        bool cut = str_ends(got, STR(" more"));
        assert_int_equal(cut, bytes > 10000);
        const struct val *pair = val_get_cstr(back, "changed");
        assert_true(str_is(val_text(pair->u.list.items[0]), "before"));
    }
    assert_int_equal(0, world_int(&w,
        "SELECT count(*) FROM audit WHERE NOT json_valid(details)"));
    seat_close(&s);
    world_free(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chain),
        cmocka_unit_test(test_verify_memory),
        cmocka_unit_test(test_tamper),
        cmocka_unit_test(test_transplant),
        cmocka_unit_test(test_who_sees),
        cmocka_unit_test(test_with_change),
        cmocka_unit_test(test_long_details),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
