/* SPDX-License-Identifier: ISC */
/* The own API: limits, members, models, deployments, the audit log. */
#include "world.h"

#include "api/describe.h"
#include "api/describe_families.h"
#include "base/attr.h"

#include <stdio.h>
#include <string.h>

static struct world world;

static int
setup(void **state)
{
    (void)state;
    world_open(&world);
    world_save(&world);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    world_close(&world);
    return 0;
}

static int
restore(void **state)
{
    (void)state;
    world_restore(&world);
    world_forget(&world);
    return 0;
}

static struct val *
send(enum who who, const char *method, const char *path, const char *body,
    int status)
{
    struct reply r = req_json(&world, who, method, path, body);
    if (r.status != status)
        fail_msg("%s %s %s: %d: %.*s", method, path, body, r.status,
            STR_ARG(r.body));
    if (status >= 400)
        assert_true(str_starts(reply_header(&r, "Content-Type"),
            STR("application/problem+json")));
    return reply_json(&world, &r);
}

static struct str
text(const struct val *v, const char *name)
{
    return val_text(val_get_cstr(v, name));
}

static size_t
length(const struct val *v)
{
    const struct val *l = val_get_cstr(v, "data");
    assert_non_null(l);
    return l->u.list.n;
}

static const char *
of(const char *path, struct str id)
{
    return arena_fmt(world.arena, "%s/%.*s", path, STR_ARG(id)).p;
}

static void
test_workspace(void **state)
{
    (void)state;
    struct val *v = send(MANAGEMENT, "GET", "/v1/workspace", "", 200);
    assert_true(str_is(text(v, "slug"), "team"));
    send(STANDARD, "GET", "/v1/workspace", "", 403);
    send(NOBODY, "GET", "/v1/workspace", "", 401);
    send(MANAGEMENT, "GET", "/v1/workspace?x=1", "", 422);
    send(MANAGEMENT, "POST", "/v1/workspace", "{}", 405);
    send(MANAGEMENT, "GET", "/v1/workspace/nothing", "", 404);
}

/* All pages of a list, one row each: every row once. */
static size_t
walk(const char *path)
{
    size_t n = 0;
    const char *next = arena_fmt(world.arena, "%s?limit=1", path).p;
    for (int i = 0; i < 200; i++) {
        struct val *v = send(MANAGEMENT, "GET", next, "", 200);
        n += length(v);
        struct str cursor = text(v, "next_cursor");
        if (!cursor.n)
            return n;
        assert_int_equal(length(v), 1);
        next = arena_fmt(world.arena, "%s?limit=1&cursor=%.*s", path,
            STR_ARG(cursor)).p;
    }
    fail_msg("%s has no end", path);
    return 0;
}

static void
test_pages(void **state)
{
    (void)state;
    static const char *const paths[] = { "/v1/workspace/members",
        "/v1/workspace/models", "/v1/workspace/deployments",
        "/v1/workspace/audit" };
    send(MANAGEMENT, "POST", "/v1/workspace/deployments", "{\"name\": \"b\", "
        "\"base_url\": \"https://b.example\"}", 201);
    send(MANAGEMENT, "POST", "/v1/workspace/models", "{\"name\": \"b/b\", "
        "\"category\": \"chat\", \"input_price\": 1, \"output_price\": 2}",
        201);
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        const char *all = arena_fmt(world.arena, "%s?limit=100", paths[i]).p;
        size_t n = length(send(MANAGEMENT, "GET", all, "", 200));
        assert_true(n > 1);
        assert_int_equal(walk(paths[i]), n);
        struct val *v = send(MANAGEMENT, "GET",
            arena_fmt(world.arena, "%s?limit=1", paths[i]).p, "", 200);
        struct str cursor = text(v, "next_cursor");
        send(MANAGEMENT, "GET", arena_fmt(world.arena, "%s?cursor=x%.*s",
            paths[i], STR_ARG(cursor)).p, "", 422);
        /* the cursor of another list */
        send(MANAGEMENT, "GET", arena_fmt(world.arena, "%s?cursor=%.*s",
            paths[(i + 1) % COUNT_OF(paths)], STR_ARG(cursor)).p, "", 422);
        send(MANAGEMENT, "GET", arena_fmt(world.arena, "%s?limit=101",
            paths[i]).p, "", 422);
    }
    struct val *v = send(MANAGEMENT, "GET",
        "/v1/workspace/audit?action=model.add", "", 200);
    const struct val *row = val_get_cstr(v, "data")->u.list.items[0];
    assert_true(str_is(text(val_get_cstr(row, "actor"), "kind"), "key"));
    assert_true(str_is(text(val_get_cstr(row, "object"), "name"), "b/b"));
    assert_int_equal(val_get_cstr(row, "details")->type, VAL_MAP);
}

static void
test_limits(void **state)
{
    (void)state;
    const char *path = arena_fmt(world.arena, "/v1/workspace/keys/%.*s/limits",
        STR_ARG(world.prefix[STANDARD])).p;
    size_t before = length(send(ADMIN_KEY, "GET", path, "", 200));
    struct val *v = send(ADMIN_KEY, "PUT", path, "{\"counts\": \"requests\", "
        "\"period\": \"minute\", \"amount\": 60}", 200);
    assert_int_equal(length(v), before + 1);
    const struct val *l = val_get_cstr(v, "data")->u.list.items[0];
    assert_true(str_is(text(l, "counts"), "requests"));
    assert_int_equal(val_get_cstr(l, "limit")->u.i, 60);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM audit WHERE "
        "action = 'limit.set' AND actor_kind = 'key' AND actor_name = "
        "'admin'"), 1);
    v = send(MANAGEMENT, "PUT", path, "{\"counts\": \"requests\", "
        "\"period\": \"minute\", \"amount\": null}", 200);
    assert_int_equal(length(v), before);
    send(MANAGEMENT, "PUT", "/v1/workspace/limits", "{\"counts\": \"money\", "
        "\"period\": \"month\", \"budget\": 12.5}", 200);
    assert_int_equal(length(send(MANAGEMENT, "GET", "/v1/workspace/limits",
        "", 200)), 1);
    send(STANDARD, "PUT", path, "{}", 403);
    send(MANAGEMENT, "PUT", path, "{}", 422);
    send(MANAGEMENT, "PUT", path, "{\"counts\": \"requests\", \"period\": "
        "\"minute\", \"amount\": -1}", 422);
    send(MANAGEMENT, "PUT", path, "{\"counts\": \"requests\", \"period\": "
        "\"minute\", \"amount\": 1, \"more\": 1}", 422);
}

static void
test_models(void **state)
{
    (void)state;
    static const char *const path = "/v1/workspace/models";
    struct val *v = send(MANAGEMENT, "POST", path, "{\"name\": \"a/b\", "
        "\"category\": \"chat\", \"input_price\": 1.5, \"output_price\": 6}",
        201);
    struct str id = text(v, "id");
    assert_true(val_get_cstr(v, "input_price")->u.real == 1.5);
    v = send(MANAGEMENT, "PATCH", of(path, id), "{\"output_price\": 7}", 200);
    assert_true(str_is(text(v, "name"), "a/b"));
    assert_true(val_get_cstr(v, "input_price")->u.real == 1.5);
    assert_int_equal(val_get_cstr(v, "output_price")->u.i, 7);
    v = send(MANAGEMENT, "PATCH", of(path, id), "{\"version\": 1, "
        "\"name\": \"a/c\"}", 409);
    assert_true(str_is(text(v, "code"), "stale"));
    send(MANAGEMENT, "POST", path, "{\"name\": \"a/b\", \"category\": "
        "\"chat\", \"input_price\": 1, \"output_price\": 6}", 422);
    send(MANAGEMENT, "POST", path, "{\"name\": \"a/d\"}", 422);
    v = send(MANAGEMENT, "DELETE", of(path, id), "", 200);
    assert_true(val_get_cstr(v, "removed")->u.b);
    send(MANAGEMENT, "GET", of(path, id), "", 404);
    send(ADMIN_KEY, "GET", path, "", 403);
}

static void
test_deployments(void **state)
{
    (void)state;
    static const char *const path = "/v1/workspace/deployments";
    struct val *v = send(MANAGEMENT, "POST", path, "{\"name\": \"eu\", "
        "\"base_url\": \"https://eu.example\"}", 201);
    struct str id = text(v, "id");
    v = send(MANAGEMENT, "PATCH", of(path, id), "{\"name\": \"eu-1\"}", 200);
    assert_true(str_is(text(v, "base_url"), "https://eu.example"));
    assert_true(str_is(text(v, "name"), "eu-1"));
    send(MANAGEMENT, "PATCH", of(path, id), "{\"base_url\": \"file:///x\"}",
        422);
    v = send(MANAGEMENT, "GET", of(path, id), "", 200);
    assert_true(str_eq(text(v, "id"), id));
    send(MANAGEMENT, "DELETE", of(path, id), "", 200);
    send(MANAGEMENT, "GET", of(path, id), "", 404);
}

/* A create that is sent again makes nothing twice. */
static void
test_once(void **state)
{
    (void)state;
    struct ask ask = world_ask(&world, MANAGEMENT, "POST",
        STR("/v1/workspace/deployments"));
    ask.type = "application/json";
    ask.body = STR("{\"name\": \"x\", \"base_url\": \"https://x.example\"}");
    form_add(world.arena, &ask.extra, STR("HTTP_IDEMPOTENCY_KEY"), STR("1"));
    assert_int_equal(world_send(&world, &ask).status, 201);
    struct reply r = world_send(&world, &ask);
    assert_int_equal(r.status, 409);
    assert_true(str_is(text(reply_json(&world, &r), "code"), "repeated"));
    assert_int_equal(world_int(&world, "SELECT count(*) FROM deployment "
        "WHERE name = 'x'"), 1);
}

/* What the reference shows can be sent as it stands. */
static void
test_documented(void **state)
{
    (void)state;
    struct arena *a = world.arena;
    struct str made = STR("");
    size_t sent = 0;
    world_exec(&world, "UPDATE model SET name = 'openai/other' WHERE name = "
        "'openai/gpt-5'");
    for (const struct operation *o = describe_own.operations; o->id; o++) {
        struct str path = str_cstr(o->path), before, hole, after;
        if (!o->example)
            continue;
        if (str_cut(path, '{', &before, &hole) &&
            str_cut(hole, '}', &hole, &after))
            path = arena_fmt(a, "%.*s%.*s%.*s", STR_ARG(before),
                STR_ARG(str_is(hole, "id") ? made : world.prefix[STANDARD]),
                STR_ARG(after));
        struct val *v = send(MANAGEMENT, method_name(o->method),
            arena_cstr(a, path), o->example, o->status);
        if (o->method == METHOD_POST)
            made = text(v, "id");
        sent++;
    }
    assert_true(sent >= 6);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, restore)
    const struct CMUnitTest tests[] = {
        TEST(test_workspace), TEST(test_pages), TEST(test_limits),
        TEST(test_models), TEST(test_deployments), TEST(test_once),
        TEST(test_documented),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
