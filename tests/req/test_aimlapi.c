/* SPDX-License-Identifier: ISC */
/* Keys as programs written for AIMLAPI make, list, change and delete them. */
#include "world.h"

#include "base/attr.h"
#include "base/clock.h"

#include <stdio.h>
#include <string.h>

static struct world world;

static int
setup(void **state)
{
    (void)state;
    world_open(&world);
    world_exec(&world, "UPDATE workspace SET key_max = 1000");
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

static struct reply
send(enum who who, const char *method, const char *path, const char *body,
    int status)
{
    struct reply r = req_json(&world, who, method, path, body);
    if (r.status != status)
        fail_msg("%s %s %s by %s: %d: %.*s", method, path, body,
            who_name(who), r.status, STR_ARG(r.body));
    return r;
}

static const char *
key_path(struct str prefix)
{
    return arena_fmt(world.arena, "/v1/keys/%.*s", STR_ARG(prefix)).p;
}

static struct val *
data(const struct reply *r)
{
    return val_get_cstr(reply_json(&world, r), "data");
}

static struct str
text(const struct val *v, const char *name)
{
    return val_text(val_get_cstr(v, name));
}

static bool
is_true(const struct val *v, const char *name)
{
    const struct val *m = val_get_cstr(v, name);
    assert_non_null(m);
    assert_int_equal(m->type, VAL_BOOL);
    return m->u.b;
}

static bool
is_null(const struct val *v, const char *name)
{
    const struct val *m = val_get_cstr(v, name);
    return m && m->type == VAL_NULL;
}

/* "2026-03-10T12:00:00.000Z" */
static void
check_time(struct str s)
{
    assert_int_equal(s.n, 24);
    assert_true(s.p[10] == 'T' && s.p[19] == '.' && s.p[23] == 'Z');
}

/* The members of a key, and no others. */
static void
check_key(const struct val *k, bool with_text)
{
    static const char *const known[] = { "name", "prefix", "disabled",
        "scopes", "limit", "created_at", "updated_at", "monthly_usage", "key" };
    assert_int_equal(text(k, "prefix").n, 8);
    (void)is_true(k, "disabled");
    check_time(text(k, "created_at"));
    check_time(text(k, "updated_at"));
    const struct val *usage = val_get_cstr(k, "monthly_usage");
    assert_true(usage->type == VAL_INT || usage->type == VAL_REAL);
    const struct val *scopes = val_get_cstr(k, "scopes");
    assert_true(scopes->type == VAL_NULL || scopes->type == VAL_LIST);
    const struct val *limit = val_get_cstr(k, "limit");
    assert_true(!limit || limit->type == VAL_MAP);
    assert_int_equal(with_text, val_get_cstr(k, "key") != NULL);
    for (size_t i = 0; i < k->u.map.n; i++) {
        bool found = false;
        for (size_t n = 0; n < COUNT_OF(known); n++)
            found |= str_is(k->u.map.pairs[i].name, known[n]);
        assert_true(found);
    }
}

static struct val *
make(const char *body)
{
    struct reply r = send(MANAGEMENT, "POST", "/v1/keys", body, 200);
    struct val *k = data(&r);
    check_key(k, true);
    return k;
}

/* The flat shape, with the status in it. */
static void
check_error(const struct reply *r, const char *path)
{
    const struct val *v = reply_json(&world, r);
    assert_true(text(v, "message").n > 0);
    assert_true(str_is(text(v, "path"), path));
    assert_int_equal(text(v, "requestId").n, 36);
    assert_int_equal(val_get_cstr(v, "statusCode")->u.i, r->status);
    check_time(text(v, "timestamp"));
    assert_int_equal(v->u.map.n, 5);
}

static void
test_create(void **state)
{
    (void)state;
    struct val *k = make("{\"name\": \"llms\", \"scopes\": [\"model:chat\", "
        "\"model:ocr\"], \"limit\": {\"retention\": \"month\", "
        "\"threshold\": 25.5}}");
    struct str whole = text(k, "key");
    assert_int_equal(whole.n, 51);
    assert_true(str_eq(text(k, "prefix"), str_head(whole, 8)));
    assert_true(str_is(text(k, "name"), "llms"));
    assert_false(is_true(k, "disabled"));
    const struct val *limit = val_get_cstr(k, "limit");
    assert_true(str_is(text(limit, "retention"), "month"));
    assert_true(val_get_cstr(limit, "threshold")->u.real == 25.5);
    const struct val *scopes = val_get_cstr(k, "scopes");
    assert_int_equal(scopes->u.list.n, 2);
    assert_true(str_is(val_text(scopes->u.list.items[0]), "model:chat"));
    /* it works, and says the same about itself, without its text */
    struct ask ask = world_ask(&world, NOBODY, "GET", STR("/v1/key"));
    ask.bearer = whole;
    struct reply r = world_send(&world, &ask);
    assert_int_equal(r.status, 200);
    check_key(data(&r), false);
    assert_true(str_is(text(data(&r), "name"), "llms"));
    /* and the audit log names the key that made it */
    assert_int_equal(world_int(&world, "SELECT count(*) FROM audit "
        "WHERE action = 'key.create' AND object_name = 'llms' "
        "AND actor_kind = 'key' AND actor_name = 'management'"), 1);
}

/* Nothing is needed: no body, an empty one, an empty object. */
static void
test_create_bare(void **state)
{
    (void)state;
    struct ask ask = world_ask(&world, MANAGEMENT, "POST", STR("/v1/keys"));
    for (int i = 0; i < 3; i++) {
        ask.type = i == 0 ? NULL : "application/json; charset=utf-8";
        ask.body = i == 2 ? STR("{}") : STR("");
        struct reply r = world_send(&world, &ask);
        assert_int_equal(r.status, 200);
        struct val *k = data(&r);
        check_key(k, true);
        assert_true(str_eq(text(k, "name"), text(k, "prefix")));
        assert_null(val_get_cstr(k, "limit"));
        assert_true(is_null(k, "scopes"));
    }
}

static void
test_list(void **state)
{
    (void)state;
    make("{\"name\": \"later\"}");
    struct val *gone = make("{\"name\": \"gone\"}");
    send(MANAGEMENT, "DELETE", key_path(text(gone, "prefix")), "", 200);
    struct reply r = send(MANAGEMENT, "GET", "/v1/keys", "{}", 200);
    struct val *list = data(&r);
    assert_int_equal(list->u.list.n, world_int(&world,
        "SELECT count(*) FROM api_key WHERE kind = 'standard' AND "
        "revoked_s IS NULL AND workspace_id = (SELECT id FROM workspace "
        "WHERE slug = 'team')"));
    for (size_t i = 0; i < list->u.list.n; i++)
        check_key(list->u.list.items[i], false);
    assert_true(str_is(
        text(list->u.list.items[list->u.list.n - 1], "name"), "later"));
    assert_false(reply_holds(&r, world.prefix[MANAGEMENT]));
    assert_false(reply_holds(&r, str_head(world.stranger_key, 8)));
}

/* What is not sent stays; null clears; PUT does what PATCH does. */
static void
test_update(void **state)
{
    (void)state;
    static const char *const methods[] = { "PATCH", "PUT" };
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        struct val *k = make("{\"name\": \"one\", \"scopes\": [\"model:chat\"],"
            "\"limit\": {\"threshold\": 10}}");
        const char *path = key_path(text(k, "prefix"));
        struct reply r =
            send(MANAGEMENT, methods[i], path, "{\"name\": \"two\"}", 200);
        k = data(&r);
        check_key(k, false);
        assert_true(str_is(text(k, "name"), "two"));
        assert_int_equal(val_get_cstr(k, "scopes")->u.list.n, 1);
        assert_true(str_is(
            text(val_get_cstr(k, "limit"), "retention"), "no_reset"));
        r = send(MANAGEMENT, methods[i], path, "{\"disabled\": true, "
            "\"limit\": {\"retention\": \"day\"}, \"scopes\": null}", 200);
        k = data(&r);
        assert_true(is_true(k, "disabled"));
        assert_true(is_null(k, "scopes"));
        const struct val *limit = val_get_cstr(k, "limit");
        assert_true(str_is(text(limit, "retention"), "day"));
        assert_int_equal(val_get_cstr(limit, "threshold")->u.i, 10);
        r = send(MANAGEMENT, methods[i], path,
            "{\"disabled\": false, \"limit\": null, \"name\": null}", 200);
        k = data(&r);
        assert_false(is_true(k, "disabled"));
        assert_null(val_get_cstr(k, "limit"));
        assert_true(str_eq(text(k, "name"), text(k, "prefix")));
        world_restore(&world);
    }
}

static void
test_delete(void **state)
{
    (void)state;
    struct val *k = make("{}");
    struct str prefix = text(k, "prefix"), whole = text(k, "key");
    struct reply r = send(MANAGEMENT, "DELETE", key_path(prefix), "", 200);
    struct val *d = data(&r);
    assert_true(str_eq(text(d, "prefix"), prefix));
    assert_true(is_true(d, "deleted"));
    assert_int_equal(d->u.map.n, 2);
    struct ask ask = world_ask(&world, NOBODY, "GET", STR("/v1/key"));
    ask.bearer = whole;
    r = world_send(&world, &ask);
    assert_int_equal(r.status, 401);
    check_error(&r, "/v1/key");
    send(MANAGEMENT, "DELETE", key_path(prefix), "", 404);
    send(MANAGEMENT, "PATCH", key_path(prefix), "{\"disabled\": false}", 404);
}

/* Refused in the family's shape; nothing changes. */
static void
test_bad_input(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{\"nmae\": \"a\"}", "{\"name\": \"a\", \"name\": \"b\"}",
        "{\"name\": 7}", "{\"name\": \"\\u202e\"}", "[1]", "7", "{",
        "{\"scopes\": \"model:chat\"}", "{\"scopes\": [\"chat\"]}",
        "{\"scopes\": [\"model:fish\"]}", "{\"scopes\": [1]}",
        "{\"scopes\": [\"model:chat\", \"model:chat\"]}", "{\"scopes\": []}",
        "{\"limit\": 7}", "{\"limit\": []}",
        "{\"limit\": {\"threshold\": -1}}",
        "{\"limit\": {\"threshold\": \"25\"}}",
        "{\"limit\": {\"threshold\": 1e300}}",
        "{\"limit\": {\"threshold\": 0.0000001}}",
        "{\"limit\": {\"threshold\": null}}",
        "{\"limit\": {\"retention\": \"year\", \"threshold\": 1}}",
        "{\"limit\": {\"retention\": \"day\"}}",
        "{\"limit\": {\"threshold\": 1, \"extra\": 1}}",
        "{\"disabled\": \"yes\"}", "{\"disabled\": null}",
        "{\"kind\": \"management\"}", "{\"owner\": \"x\"}",
        "{\"prefix\": \"abcdefgh\"}", "{\"key\": \"abc\"}",
        "{\"once\": \"x\"}", "{\"version\": 1}", "{\"power\": 1}",
    };
    const char *path = key_path(world.prefix[STANDARD]);
    uint64_t before = world_sum(&world);
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct reply r = send(MANAGEMENT, "POST", "/v1/keys", bodies[i], 400);
        check_error(&r, "/v1/keys");
        /* a limit that is not there yet needs an amount there too */
        r = send(MANAGEMENT, "PATCH", path, bodies[i], 400);
        check_error(&r, path);
        send(MANAGEMENT, "PUT", path, bodies[i], 400);
    }
    struct reply r = send(MANAGEMENT, "PATCH", path, "", 400);
    check_error(&r, path);
    struct ask ask = world_ask(&world, MANAGEMENT, "POST", STR("/v1/keys"));
    ask.type = "text/plain";
    ask.body = STR("{}");
    assert_int_equal(world_send(&world, &ask).status, 400);
    ask.type = "application/json";
    char *big = arena_alloc(world.arena, 70000);
    memset(big, ' ', 70000);
    ask.body = (struct str){ big, 70000 };
    r = world_send(&world, &ask);
    assert_int_equal(r.status, 400);
    check_error(&r, "/v1/keys");
    ask.body = STR("{}");
    ask.target = STR("/v1/keys?x=1");
    assert_int_equal(world_send(&world, &ask).status, 400);
    ask.target = arena_fmt(world.arena, "/v1/keys?key=%.*s",
        STR_ARG(world.key[MANAGEMENT]));
    r = world_send(&world, &ask);
    assert_int_equal(r.status, 400);
    assert_false(reply_holds(&r, world.key[MANAGEMENT]));
    assert_true(world_sum(&world) == before);
}

/* Names are unique; the eleventh key is refused in words. */
static void
test_conflicts(void **state)
{
    (void)state;
    make("{\"name\": \"twin\"}");
    struct reply r =
        send(MANAGEMENT, "POST", "/v1/keys", "{\"name\": \"twin\"}", 400);
    check_error(&r, "/v1/keys");
    world_exec(&world, "UPDATE workspace SET key_max = 1");
    r = send(MANAGEMENT, "POST", "/v1/keys", "{}", 400);
    assert_true(reply_holds(&r, STR("Revoke one")));
}

/* Wrong paths and methods of the family answer in its shape. */
static void
test_errors_of_paths(void **state)
{
    (void)state;
    struct reply r = send(MANAGEMENT, "GET", "/v1/keys/abcdefgh", "", 405);
    check_error(&r, "/v1/keys/abcdefgh");
    r = send(MANAGEMENT, "DELETE", "/v1/keys/abcdefgh", "", 404);
    check_error(&r, "/v1/keys/abcdefgh");
    r = send(MANAGEMENT, "GET", "/v2/nothing", "", 404);
    check_error(&r, "/v2/nothing");
    r = send(NOBODY, "GET", "/v1/keys", "", 401);
    check_error(&r, "/v1/keys");
    r = send(STANDARD, "GET", "/v1/keys", "", 403);
    check_error(&r, "/v1/keys");
    assert_true(reply_holds(&r, STR("management key")));
}

/* ---- Idempotency-Key ---- */

static struct reply
send_once(const char *path, const char *body, const char *once)
{
    struct ask ask =
        world_ask(&world, MANAGEMENT, "POST", str_cstr(path));
    ask.type = "application/json";
    ask.body = str_cstr(body);
    form_add(world.arena, &ask.extra, STR("HTTP_IDEMPOTENCY_KEY"),
        str_cstr(once));
    return world_send(&world, &ask);
}

static void
test_once(void **state)
{
    (void)state;
    static const char *const path = "/v1/keys";
    assert_int_equal(send_once(path, "{\"name\": \"a\"}", "k1").status, 200);
    int64_t n = world_int(&world, "SELECT count(*) FROM api_key");
    struct reply r = send_once(path, "{\"name\": \"a\"}", "k1");
    assert_int_equal(r.status, 400);
    assert_true(reply_holds(&r, STR("done already")));
    r = send_once(path, "{\"name\": \"b\"}", "k1");
    assert_int_equal(r.status, 400);
    assert_true(reply_holds(&r, STR("another request")));
    assert_int_equal(world_int(&world, "SELECT count(*) FROM api_key"), n);
    /* a refused request used nothing up */
    assert_int_equal(send_once(path, "{\"name\": \"a\"}", "k2").status, 400);
    assert_int_equal(send_once(path, "{\"name\": \"b\"}", "k2").status, 200);
    clock_fix((WORLD_NOW + 3 * 86400) * 1000);
    assert_int_equal(send_once(path, "{\"name\": \"c\"}", "k1").status, 200);
    clock_fix(WORLD_NOW * 1000);
    char many[300];
    memset(many, 'x', sizeof many);
    many[sizeof many - 1] = '\0';
    assert_int_equal(send_once(path, "{}", many).status, 400);
}

/* ---- a key gives no more than it has ---- */

static void
narrow(const char *what)
{
    world_exec(&world, arena_fmt(world.arena, "UPDATE api_key SET %s "
        "WHERE kind = 'management' AND name = 'management'", what).p);
}

static void
test_ceiling(void **state)
{
    (void)state;
    struct val *wide = make("{\"name\": \"wide\"}");
    const char *path = key_path(text(wide, "prefix"));
    narrow("all_categories = 0, spend_limit_micro = 5000000, "
           "spend_reset = 'week'");
    world_exec(&world, "INSERT INTO key_category (key_id, category) "
        "SELECT id, 'chat' FROM api_key WHERE name = 'management'");
    /* said nothing: what its maker has */
    struct val *k = make("{}");
    assert_int_equal(val_get_cstr(k, "scopes")->u.list.n, 1);
    assert_int_equal(
        val_get_cstr(val_get_cstr(k, "limit"), "threshold")->u.i, 5);
    uint64_t before = world_sum(&world);
    static const char *const beyond[] = { "{\"scopes\": null}",
        "{\"scopes\": [\"model:ocr\"]}",
        "{\"scopes\": [\"model:chat\", \"model:ocr\"]}", "{\"limit\": null}",
        "{\"limit\": {\"threshold\": 5.000001, \"retention\": \"week\"}}",
        "{\"limit\": {\"threshold\": 1, \"retention\": \"day\"}}" };
    const char *own = key_path(text(k, "prefix"));
    for (size_t i = 0; i < COUNT_OF(beyond); i++) {
        send(MANAGEMENT, "POST", "/v1/keys", beyond[i], 403);
        send(MANAGEMENT, "PATCH", own, beyond[i], 403);
    }
    /* a wider key goes on only as far as it is switched off or narrowed */
    send(MANAGEMENT, "PATCH", path, "{\"name\": \"renamed\"}", 403);
    assert_true(world_sum(&world) == before);
    send(MANAGEMENT, "POST", "/v1/keys", "{\"limit\": {\"threshold\": 5, "
        "\"retention\": \"month\"}}", 200);
    send(MANAGEMENT, "PATCH", path, "{\"scopes\": [\"model:chat\"], "
        "\"limit\": {\"threshold\": 4}}", 200);
    send(MANAGEMENT, "DELETE", path, "", 200);
}

/* Each further thing that a key may be narrow in: what it makes is as narrow,
 * and a wider key is not its to rename or to switch on. */
static void
test_ceiling_inherits(void **state)
{
    (void)state;
    static const struct {
        const char *narrow, *list, *made;
    } rows[] = {
        { "all_models = 0", "INSERT INTO key_model (key_id, model_id) "
            "SELECT k.id, m.id FROM api_key k, model m WHERE k.name = "
            "'management' AND m.workspace_id = k.workspace_id",
            "SELECT count(*) FROM api_key k JOIN key_model m ON m.key_id = "
            "k.id WHERE k.name = 'made' AND k.all_models = 0" },
        { "all_endpoints = 0", "INSERT INTO key_endpoint (key_id, endpoint) "
            "SELECT id, '/v1/models' FROM api_key WHERE name = 'management'",
            "SELECT count(*) FROM api_key k JOIN key_endpoint e ON e.key_id ="
            " k.id WHERE k.name = 'made' AND k.all_endpoints = 0" },
        { "all_networks = 0", "INSERT INTO key_network (key_id, network) "
            "SELECT id, '192.0.2.0/24' FROM api_key "
            "WHERE name = 'management'",
            "SELECT count(*) FROM api_key k JOIN key_network e ON e.key_id = "
            "k.id WHERE k.name = 'made' AND k.all_networks = 0" },
        { "deployment_id = (SELECT id FROM deployment LIMIT 1)",
            "SELECT 1", "SELECT count(*) FROM api_key "
            "WHERE name = 'made' AND deployment_id IS NOT NULL" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct val *wide = make("{\"name\": \"wide\", "
            "\"limit\": {\"threshold\": 1}}");
        const char *path = key_path(text(wide, "prefix"));
        send(MANAGEMENT, "PATCH", path, "{\"disabled\": true}", 200);
        narrow(rows[i].narrow);
        world_exec(&world, rows[i].list);
        make("{\"name\": \"made\"}");
        if (world_int(&world, rows[i].made) < 1)
            fail_msg("%s is not inherited", rows[i].narrow);
        send(MANAGEMENT, "PATCH", path, "{\"disabled\": false}", 403);
        send(MANAGEMENT, "PATCH", path, "{\"name\": \"b\"}", 403);
        send(MANAGEMENT, "DELETE", path, "", 200);
        world_restore(&world);
    }
}

/* A network within one of the maker's is no wider. */
static void
test_ceiling_networks(void **state)
{
    (void)state;
    static const struct {
        const char *network;
        int status;
    } rows[] = { { "192.0.2.0/24", 200 }, { "192.0.2.7/32", 200 },
        { "192.0.0.0/16", 403 }, { "0.0.0.0/0", 403 }, { "::/0", 403 },
        { "192.0.3.0/24", 403 } };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct val *k = make("{\"name\": \"made\"}");
        narrow("all_networks = 0");
        world_exec(&world, "INSERT INTO key_network (key_id, network) "
            "SELECT id, '192.0.2.0/24' FROM api_key "
            "WHERE name = 'management'");
        world_exec(&world, "UPDATE api_key SET all_networks = 0 "
            "WHERE name = 'made'");
        world_exec(&world, arena_fmt(world.arena, "INSERT INTO key_network "
            "(key_id, network) SELECT id, '%s' FROM api_key "
            "WHERE name = 'made'", rows[i].network).p);
        send(MANAGEMENT, "PATCH", key_path(text(k, "prefix")),
            "{\"name\": \"b\"}", rows[i].status);
        world_restore(&world);
    }
}

/* Its owner is no admin any more: then neither is the key. */
static void
test_owner_demoted(void **state)
{
    (void)state;
    world_exec(&world, "UPDATE member SET role = 'member' WHERE user_id = "
        "(SELECT owner_user_id FROM api_key WHERE name = 'management')");
    struct reply r = send(MANAGEMENT, "GET", "/v1/keys", "", 403);
    assert_true(reply_holds(&r, STR("owner of this key")));
    send(MANAGEMENT, "POST", "/v1/keys", "{}", 403);
    send(MANAGEMENT, "DELETE", key_path(world.prefix[STANDARD]), "", 403);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, restore)
    const struct CMUnitTest tests[] = {
        TEST(test_create), TEST(test_create_bare), TEST(test_list),
        TEST(test_update), TEST(test_delete), TEST(test_bad_input),
        TEST(test_conflicts), TEST(test_errors_of_paths), TEST(test_once),
        TEST(test_ceiling),
        TEST(test_ceiling_inherits), TEST(test_ceiling_networks),
        TEST(test_owner_demoted),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
