/* SPDX-License-Identifier: ISC */
/*
 * The two doors, JSON and forms, of every row of the table (SECURITY.md W3,
 * T25): what is unknown, sent twice, of the wrong type, too large or of the
 * wrong kind is refused, never left out in silence.
 */
#include "world.h"

#include <stdio.h>
#include <string.h>

static struct world world;

/* ---- JSON ---- */

static int
send_json(const struct route *row, const char *type, struct str body)
{
    struct ask ask = row_ask(&world, row, MANAGEMENT, false);
    ask.type = type;
    ask.body = body;
    return world_send(&world, &ask).status;
}

/* The body of row_ask without its last brace. */
static struct str
open_body(const struct route *row)
{
    struct str b = row_ask(&world, row, MANAGEMENT, false).body;
    return str_head(b, b.n - 1);
}

static size_t
expect(const struct route *row, const char *what, int got, int want)
{
    if (got != want)
        print_error("%s, %s: %d instead of %d\n", row->path, what, got, want);
    return got != want;
}

static size_t
door_of(const struct route *row)
{
    struct arena *a = world.arena;
    const char *json = "application/json";
    struct str open = open_body(row);
    const char *comma = open.n > 1 ? "," : "";
    const char *name = row->fields == FIELDS_BY_HANDLER ? "id"
        : row->fields                                   ? row->fields[0].name
                                                        : "x";
    size_t bad = 0;
    char *big = arena_alloc(a, row->body_max + 1);
    memset(big, ' ', row->body_max + 1);
    bad += expect(row, "valid", send_json(row, json,
        arena_fmt(a, "%.*s}", STR_ARG(open))), 200);
    bad += expect(row, "charset", send_json(row,
        "Application/JSON; charset=utf-8",
        arena_fmt(a, "%.*s}", STR_ARG(open))), 200);
    bad += expect(row, "unknown field", send_json(row, json,
        arena_fmt(a, "%.*s%s\"nobody_knows\":1}", STR_ARG(open), comma)),
        422);
    bad += expect(row, "duplicate member", send_json(row, json,
        arena_fmt(a, "%.*s%s\"%s\":\"a\",\"%s\":\"a\"}", STR_ARG(open),
            comma, name, name)), 400);
    static const char *const wrong[] = { "{\"x\":1}", "1", "[1]", "true" };
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        bad += expect(row, "wrong type", send_json(row, json,
            arena_fmt(a, "{\"%s\":%s}", name, wrong[i])), 422);
    static const char *const unread[] = { "[]", "1", "null", "\"a\"",
        "{\"a\":1}x", "{'a':1}", "{\"a\":1,}", "{", "\xef\xbb\xbf{}",
        "{\"a\":\"\xff\"}", "{\"a\":\"\\u0000\"}", "{\"a\":1e400}",
        "{\"a\":9223372036854775808}" };
    for (size_t i = 0; i < COUNT_OF(unread); i++)
        bad += expect(row, unread[i], send_json(row, json,
            str_cstr(unread[i])), 400);
    bad += expect(row, "too large", send_json(row, json,
        (struct str){ big, row->body_max + 1 }), 413);
    static const char *const types[] = { "text/plain", "text/json",
        "application/x-www-form-urlencoded", "application/jsonx",
        "multipart/form-data; boundary=a" };
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        /* what anybody may call reads forms as well */
        bool reads = row->knock == KNOCK_ANYONE &&
            strcmp(types[i], "application/x-www-form-urlencoded") == 0;
        bad += expect(row, types[i], send_json(row, types[i],
            arena_fmt(a, "%.*s}", STR_ARG(open))), reads ? 422 : 415);
    }
    bad += expect(row, "no type", send_json(row, NULL,
        arena_fmt(a, "%.*s}", STR_ARG(open))), 415);
    return bad;
}

static void
test_json_door(void **state)
{
    (void)state;
    size_t n, bad = 0, doors = 0;
    const struct route *all = routes(&n);
    for (size_t i = 0; i < n; i++) {
        if (all[i].body_max == 0 || all[i].face == FACE_PAGE)
            continue;
        bad += door_of(&all[i]);
        doors++;
        world_forget(&world);
    }
    print_message("# %zu rows read JSON\n", doors);
    assert_true(doors >= 1);
    assert_int_equal(bad, 0);
}

/* ---- forms ---- */

static void
test_form_door(void **state)
{
    (void)state;
    size_t n, bad = 0;
    const struct route *all = routes(&n);
    for (size_t i = 0; i < n; i++) {
        const struct route *row = &all[i];
        /* set-up is over: it says so, whatever is sent */
        if (row->method != METHOD_POST || row->face != FACE_PAGE ||
            strcmp(row->path, "/setup") == 0)
            continue;
        enum who who = row->knock == KNOCK_ANYONE ? NOBODY : OWNER;
        struct ask ask = row_ask(&world, row, who, false);
        struct str good = ask.body;
        uint64_t before = world_sum(&world);
        ask.body = arena_fmt(world.arena, "%.*s&nobody_knows=1",
            STR_ARG(good));
        bad += expect(row, "unknown field", world_send(&world, &ask).status,
            422);
        if (row->fields && row->fields[0].type != FIELD_LIST) {
            ask.body = arena_fmt(world.arena, "%.*s&%s=a&%s=a",
                STR_ARG(good), row->fields[0].name, row->fields[0].name);
            bad += expect(row, "repeated field",
                world_send(&world, &ask).status, 422);
        }
        char *big = arena_alloc(world.arena, row->body_max + 1);
        memset(big, 'a', row->body_max + 1);
        ask.body = (struct str){ big, row->body_max + 1 };
        bad += expect(row, "too large", world_send(&world, &ask).status,
            413);
        if (world_sum(&world) != before) {
            print_error("%s changed something\n", row->path);
            bad++;
        }
        world_forget(&world);
    }
    assert_int_equal(bad, 0);
}

/* A body that is not as long as was said is never acted on. */
static void
test_short_body(void **state)
{
    (void)state;
    struct pairs p = { NULL, 0 };
    struct answer ans;
    struct arena *a = world.arena;
    struct ask ask = world_ask(&world, MANAGEMENT, "POST", STR("/v1/check"));
    struct str body = arena_fmt(a, "{\"key\":\"%.*s\"}",
        STR_ARG(world.key[STANDARD]));
    form_add(a, &p, STR("REQUEST_METHOD"), STR("POST"));
    form_add(a, &p, STR("REQUEST_URI"), STR("/v1/check"));
    form_add(a, &p, STR("REMOTE_ADDR"), STR("192.0.2.7"));
    form_add(a, &p, STR("CONTENT_TYPE"), STR("application/json"));
    form_add(a, &p, STR("HTTP_AUTHORIZATION"),
        arena_fmt(a, "Bearer %.*s", STR_ARG(ask.bearer)));
    form_add(a, &p, STR("CONTENT_LENGTH"),
        arena_fmt(a, "%zu", body.n + 5));
    size_t n = dispatch_begin(&world.worker, &p);
    assert_int_equal(n, body.n + 5);
    dispatch_end(&world.worker, n, body, &ans);
    assert_int_equal(ans.status, 400);
}

static int
setup(void **state)
{
    (void)state;
    world_open(&world);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    world_close(&world);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_door),
        cmocka_unit_test(test_form_door),
        cmocka_unit_test(test_short_body),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
