/* SPDX-License-Identifier: ISC */
/* The aiXplain family: every operation, who may, and what is refused. */
#include "world.h"

#include "base/clock.h"
#include "core/key.h"

#include <stdio.h>
#include <string.h>

static struct world world;

#define KEYS "/sdk/api-keys"

static struct reply
send(enum who who, const char *method, const char *target, const char *body)
{
    struct ask ask = world_ask(&world, who, method, str_cstr(target));
    ask.body = str_cstr(body);
    ask.type = body ? "application/json" : NULL;
    return world_send(&world, &ask);
}

static struct val *
expect(const struct reply *r, int status)
{
    if (r->status != status)
        fail_msg("%d instead of %d: %.*s", r->status, status,
            STR_ARG(r->body));
    struct val *v = reply_json(&world, r);
    if (status >= 400) {
        assert_int_equal(v->u.map.n, 3);
        assert_true(val_text(val_get_cstr(v, "message")).n);
        assert_true(val_text(val_get_cstr(v, "error")).n);
        assert_int_equal(val_get_cstr(v, "statusCode")->u.i, status);
    }
    return v;
}

static struct str
member(const struct val *v, const char *name)
{
    return val_text(val_get_cstr(v, name));
}

static int64_t
number(const struct val *v, const char *name)
{
    const struct val *m = val_get_cstr(v, name);
    if (!m || m->type != VAL_INT)
        fail_msg("%s is no number", name);
    return m->u.i;
}

static void
expect_limit(const struct val *v, int64_t tpm, int64_t tpd, int64_t rpm,
    int64_t rpd, const char *tokens)
{
    assert_int_equal(number(v, "tpm"), tpm);
    assert_int_equal(number(v, "tpd"), tpd);
    assert_int_equal(number(v, "rpm"), rpm);
    assert_int_equal(number(v, "rpd"), rpd);
    const struct val *type = val_get_cstr(v, "tokenType");
    assert_true(tokens ? str_is(val_text(type), tokens)
                       : type->type == VAL_NULL);
}

#define NONE INT64_C(1000000000000000)

static const char *
body_of(const char *name, const char *rest)
{
    return arena_cstr(world.arena, arena_fmt(world.arena,
        "{\"id\":\"\",\"name\":\"%s\"%s}", name, rest));
}

static const char *
path(struct str id, const char *rest)
{
    return arena_cstr(world.arena,
        arena_fmt(world.arena, KEYS "/%.*s%s", STR_ARG(id), rest));
}

static struct val *
created(const char *name, const char *rest)
{
    struct reply r = send(MANAGEMENT, "POST", KEYS, body_of(name, rest));
    return expect(&r, 201);
}

static int
gate_status(struct str key)
{
    struct ask ask = world_ask(&world, NOBODY, "GET", STR("/gate"));
    ask.bearer = key;
    return world_send(&world, &ask).status;
}

static int
fresh(void **state)
{
    (void)state;
    world_forget(&world);
    world_restore(&world);
    clock_fix(WORLD_NOW * 1000);
    return 0;
}
#define TEST(name) cmocka_unit_test_setup(name, fresh)

static void
test_life(void **state)
{
    (void)state;
    struct val *v = created("k1", arena_cstr(world.arena,
        arena_fmt(world.arena, ",\"budget\":12.5,\"globalLimits\":{\"tpm\":"
            "100,\"tpd\":1000,\"rpm\":10,\"rpd\":100,\"tokenType\":\"input\"}"
            ",\"assetsLimits\":[{\"assetId\":\"%.*s\",\"tpm\":1,\"tpd\":2,"
            "\"rpm\":3,\"rpd\":4,\"tokenType\":null}],\"expiresAt\":"
            "\"2027-01-02T03:04:05.000000Z\"", STR_ARG(world.model))));
    struct str id = member(v, "id"), key = member(v, "accessKey");
    assert_int_equal(key.n, 51);
    /* known, and held to 100 input tokens a minute */
    assert_int_equal(gate_status(key), 429);
    for (int i = 0; i < 2; i++) {
        assert_true(str_is(member(v, "name"), "k1"));
        assert_false(val_get_cstr(v, "isAdmin")->u.b);
        assert_true(val_get_cstr(v, "budget")->u.real > 12.49 &&
            val_get_cstr(v, "budget")->u.real < 12.51);
        expect_limit(val_get_cstr(v, "globalLimits"), 100, 1000, 10, 100,
            "input");
        const struct val *assets = val_get_cstr(v, "assetsLimits");
        assert_int_equal(assets->u.list.n, 1);
        assert_true(str_eq(member(assets->u.list.items[0], "assetId"),
            world.model));
        expect_limit(assets->u.list.items[0], 1, 2, 3, 4, "total");
        assert_true(str_is(member(v, "expiresAt"),
            "2027-01-02T03:04:05.000000Z"));
        struct reply r = send(MANAGEMENT, "GET", path(id, ""), NULL);
        v = expect(&r, 200);
        struct str shown = member(v, "accessKey");
        assert_int_equal(shown.n, 11);
        assert_true(str_starts(key, str_head(shown, 4)) &&
            str_ends(key, str_from(shown, 7)));
    }
    /* a client reads a key, changes one thing, and sends all of it */
    struct reply r = send(MANAGEMENT, "PUT", path(id, ""),
        arena_cstr(world.arena, arena_fmt(world.arena, "{\"id\":\"%.*s\","
            "\"name\":\"k2\",\"budget\":null,\"globalLimits\":{\"tpm\":"
            "1000000000000000,\"tpd\":0,\"rpm\":10,\"tokenType\":\"output\"},"
            "\"assetsLimits\":[],\"expiresAt\":null}", STR_ARG(id))));
    v = expect(&r, 200);
    assert_true(str_is(member(v, "name"), "k2"));
    assert_true(val_get_cstr(v, "budget")->type == VAL_NULL);
    assert_true(val_get_cstr(v, "expiresAt")->type == VAL_NULL);
    assert_int_equal(val_get_cstr(v, "assetsLimits")->u.list.n, 0);
    /* 0 allows nothing; the greatest number is none; not sent stays */
    expect_limit(val_get_cstr(v, "globalLimits"), NONE, 0, 10, 100,
        "output");
    r = send(MANAGEMENT, "PUT", path(id, ""),
        body_of("k2", ",\"globalLimits\":null"));
    v = expect(&r, 200);
    assert_true(val_get_cstr(v, "globalLimits")->type == VAL_NULL);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM limit_rule"), 0);

    r = send(MANAGEMENT, "DELETE", path(id, ""), NULL);
    assert_int_equal(r.status, 200);
    assert_int_equal(gate_status(key), 401);
    r = send(MANAGEMENT, "GET", path(id, ""), NULL);
    (void)expect(&r, 404);
}

/* The list, with the body that one generation sends with every GET, and the
 * three ways to say the key. */
static void
test_list(void **state)
{
    static const char *const names[] = { "HTTP_AUTHORIZATION",
        "HTTP_AUTHORIZATION", "HTTP_X_API_KEY" };
    static const char *const before[] = { "Token ", "Bearer ", "" };
    (void)state;
    (void)created("last", "");
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct ask ask = world_ask(&world, NOBODY, "GET", STR(KEYS));
        ask.body = STR("{}");
        ask.type = "application/json";
        form_add(world.arena, &ask.extra, str_cstr(names[i]),
            arena_fmt(world.arena, "%s%.*s", before[i],
                STR_ARG(world.key[MANAGEMENT])));
        struct reply r = world_send(&world, &ask);
        struct val *v = expect(&r, 200);
        assert_int_equal(v->type, VAL_LIST);
        size_t admins = 0;
        for (size_t k = 0; k < v->u.list.n; k++) {
            const struct val *key = v->u.list.items[k];
            admins += val_get_cstr(key, "isAdmin")->u.b;
            assert_int_equal(val_get_cstr(key, "assetsLimits")->type,
                VAL_LIST);
            assert_false(str_eq(str_head(member(key, "accessKey"), 4),
                str_head(world.prefix[MANAGEMENT], 4)));
        }
        assert_int_equal(admins, 1);
        assert_false(reply_holds(&r, STR("_kr")));
    }
}

static void
test_bad_input(void **state)
{
    static const struct {
        const char *body, *type;
        int status;
    } rows[] = {
        { "", "application/json", 422 },
        { "{}", "application/json", 422 },
        { "[]", "application/json", 400 },
        { "{\"name\":\"x\"", "application/json", 400 },
        { "{\"name\":\"x\",\"name\":\"y\"}", "application/json", 400 },
        { "{\"name\":\"x\"}", "text/plain", 415 },
        { "{\"name\":\"x\",\"isAdmin\":true}", "application/json", 422 },
        { "{\"name\":\"x\",\"accessKey\":\"y\"}", "application/json", 422 },
        { "{\"name\":7}", "application/json", 422 },
        { "{\"name\":\"x\",\"budget\":-1}", "application/json", 422 },
        { "{\"name\":\"x\",\"budget\":1e300}", "application/json", 422 },
        { "{\"name\":\"x\",\"expiresAt\":\"soon\"}", "application/json",
            422 },
        { "{\"name\":\"x\",\"expiresAt\":\"2020-01-01T00:00:00Z\"}",
            "application/json", 422 },
        { "{\"name\":\"x\",\"globalLimits\":[]}", "application/json", 422 },
        { "{\"name\":\"x\",\"globalLimits\":{\"tpm\":-1}}",
            "application/json", 422 },
        { "{\"name\":\"x\",\"globalLimits\":{\"tpm\":1.5}}",
            "application/json", 422 },
        { "{\"name\":\"x\",\"globalLimits\":{\"tpm\":\"1\"}}",
            "application/json", 422 },
        { "{\"name\":\"x\",\"globalLimits\":{\"tpm\":1000000000000001}}",
            "application/json", 422 },
        { "{\"name\":\"x\",\"globalLimits\":{\"tokenType\":\"all\"}}",
            "application/json", 422 },
        { "{\"name\":\"x\",\"globalLimits\":{\"assetId\":\"a\"}}",
            "application/json", 422 },
        { "{\"name\":\"x\",\"assetsLimits\":null}", "application/json",
            422 },
        { "{\"name\":\"x\",\"assetsLimits\":[1]}", "application/json", 422 },
        { "{\"name\":\"x\",\"assetsLimits\":[{\"rpm\":1}]}",
            "application/json", 422 },
        { "{\"name\":\"x\",\"assetsLimits\":[{\"assetId\":\"no/such\","
            "\"rpm\":1}]}", "application/json", 422 },
        { "{\"name\":\"x\",\"assetsLimits\":[{\"assetId\":\"openai/gpt-5\","
            "\"rpm\":1},{\"assetId\":\"openai/gpt-5\",\"rpm\":2}]}",
            "application/json", 422 },
        { "{\"name\":\"taken\"}", "application/json", 422 },
        { "{\"id\":\"11111111-1111-1111-1111-111111111111\",\"name\":\"x\"}",
            "application/json", 422 },
    };
    (void)state;
    (void)created("taken", "");
    struct str id = member(created("mine", ""), "id");
    uint64_t before = world_sum(&world);
    for (int put = 0; put < 2; put++)
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
            struct ask ask = world_ask(&world, MANAGEMENT,
                put ? "PUT" : "POST", put ? str_cstr(path(id, ""))
                                          : STR(KEYS));
            ask.body = str_cstr(rows[i].body);
            ask.type = rows[i].type;
            struct reply r = world_send(&world, &ask);
            if (r.status != rows[i].status)
                fail_msg("%d row %zu: %d: %.*s", put, i, r.status,
                    STR_ARG(r.body));
            (void)expect(&r, rows[i].status);
            if (world_sum(&world) != before)
                fail_msg("%d row %zu changed something", put, i);
        }
}

/* A limit that is refused takes the key with it, and the name. */
static void
test_all_or_nothing(void **state)
{
    (void)state;
    struct str id = member(created("mine", ",\"globalLimits\":{\"rpm\":7}"),
        "id");
    world_exec(&world, "CREATE INDEX full ON limit_rule(abs(0 * id - 9223372036854775807 - 1)) "
        "WHERE counts = 'total'");
    uint64_t before = world_sum(&world);
    struct reply r = send(MANAGEMENT, "POST", KEYS,
        body_of("x", ",\"globalLimits\":{\"rpm\":1,\"tpd\":2}"));
    assert_true(r.status >= 400);
    r = send(MANAGEMENT, "PUT", path(id, ""),
        body_of("y", ",\"globalLimits\":{\"rpm\":1,\"tpd\":2}"));
    assert_true(r.status >= 400);
    assert_true(world_sum(&world) == before);
    world_exec(&world, "DROP INDEX full");
}

static void
test_too_many(void **state)
{
    (void)state;
    world_exec(&world, "UPDATE workspace SET key_max = 10");
    struct reply r;
    int n = 0;
    do {
        char name[16];
        snprintf(name, sizeof name, "k%d", n++);
        r = send(MANAGEMENT, "POST", KEYS, body_of(name, ""));
    } while (r.status == 201 && n < 20);
    (void)expect(&r, 422);
    assert_true(reply_holds(&r, STR("10 of 10 keys")));
}

/* What an admin key may: list, usage-limits, limits and budgets. */
static void
test_admin(void **state)
{
    (void)state;
    struct str id = member(created("mine", ",\"expiresAt\":"
        "\"2027-01-02T03:04:05Z\""), "id");
    uint64_t before = world_sum(&world);
    struct reply r = send(ADMIN_KEY, "POST", KEYS, body_of("x", ""));
    (void)expect(&r, 403);
    r = send(ADMIN_KEY, "GET", path(id, ""), NULL);
    (void)expect(&r, 403);
    r = send(ADMIN_KEY, "DELETE", path(id, ""), NULL);
    (void)expect(&r, 403);
    r = send(ADMIN_KEY, "GET", "/sdk/models/openai%2Fgpt-5", NULL);
    (void)expect(&r, 403);
    r = send(ADMIN_KEY, "PUT", path(id, ""), body_of("other", ""));
    (void)expect(&r, 403);
    r = send(ADMIN_KEY, "PUT", path(id, ""),
        body_of("mine", ",\"expiresAt\":null"));
    (void)expect(&r, 403);
    r = send(ADMIN_KEY, "PUT", path(id, ""),
        body_of("mine", ",\"expiresAt\":\"2028-01-01T00:00:00Z\""));
    (void)expect(&r, 403);
    r = send(ADMIN_KEY, "POST", "/v2/ai/api-key",
        "{\"name\":\"x\",\"scope\":\"public\"}");
    assert_int_equal(r.status, 403);
    assert_int_equal(gate_status(world.key[ADMIN_KEY]), 403);
    assert_true(world_sum(&world) == before);

    r = send(ADMIN_KEY, "GET", KEYS, NULL);
    struct val *v = expect(&r, 200);
    assert_true(v->u.list.n > 1);
    r = send(ADMIN_KEY, "GET", path(id, "/usage-limits"), NULL);
    (void)expect(&r, 200);
    r = send(ADMIN_KEY, "PUT", path(id, ""), body_of("mine", ",\"budget\":5,"
        "\"globalLimits\":{\"rpm\":3},\"assetsLimits\":[{\"assetId\":"
        "\"openai/gpt-5\",\"rpd\":4}],\"expiresAt\":"
        "\"2027-01-02T03:04:05.000000Z\""));
    v = expect(&r, 200);
    assert_int_equal(number(v, "budget"), 5);
    expect_limit(val_get_cstr(v, "globalLimits"), NONE, NONE, 3, NONE, NULL);
    r = send(ADMIN_KEY, "PUT", path(id, ""), body_of("mine",
        ",\"budget\":null,\"globalLimits\":null,\"assetsLimits\":[]"));
    v = expect(&r, 200);
    assert_true(val_get_cstr(v, "budget")->type == VAL_NULL);
}

static void
test_usage(void **state)
{
    (void)state;
    struct val *v = created("mine", ",\"globalLimits\":{\"rpd\":100,\"tpd\":"
        "1000},\"assetsLimits\":[{\"assetId\":\"openai/gpt-5\",\"tpd\":50,"
        "\"tokenType\":\"output\"}]");
    struct str id = member(v, "id"), key = member(v, "accessKey");
    struct reply r = send(MANAGEMENT, "POST", "/v1/usage",
        arena_cstr(world.arena, arena_fmt(world.arena, "{\"id\":\"e1\","
            "\"key\":\"%.*s\",\"model\":\"openai/gpt-5\",\"input_tokens\":30,"
            "\"output_tokens\":12}", STR_ARG(str_head(key, 8)))));
    if (r.status != 200)
        fail_msg("report: %.*s", STR_ARG(r.body));
    for (int own = 0; own < 2; own++) {
        struct ask ask = world_ask(&world, own ? NOBODY : MANAGEMENT, "GET",
            own ? STR(KEYS "/usage-limits")
                : str_cstr(path(id, "/usage-limits")));
        if (own)
            ask.bearer = key;
        r = world_send(&world, &ask);
        v = expect(&r, 200);
        assert_int_equal(v->u.list.n, 2);
        const struct val *all = v->u.list.items[0];
        const struct val *one = v->u.list.items[1];
        assert_int_equal(val_get_cstr(all, "assetId")->type, VAL_NULL);
        assert_int_equal(number(all, "requestCount"), 1);
        assert_int_equal(number(all, "requestCountLimit"), 100);
        assert_int_equal(number(all, "tokenCount"), 42);
        assert_int_equal(number(all, "tokenCountLimit"), 1000);
        assert_true(str_eq(member(one, "assetId"), world.model));
        assert_int_equal(number(one, "tokenCount"), 12);
        assert_int_equal(number(one, "tokenCountLimit"), 50);
        assert_int_equal(val_get_cstr(one, "requestCountLimit")->type,
            VAL_NULL);
    }
}

static void
test_models(void **state)
{
    static const char *const wrong[] = { "/sdk/models/no%2Fsuch",
        "/sdk/models/%2F", "/sdk/models/openai%252Fgpt-5" };
    (void)state;
    struct reply r = send(MANAGEMENT, "GET", "/sdk/models/openai%2Fgpt-5",
        NULL);
    struct val *v = expect(&r, 200);
    assert_true(str_eq(member(v, "id"), world.model));
    assert_true(str_is(member(v, "name"), "openai/gpt-5"));
    r = send(MANAGEMENT, "GET", arena_cstr(world.arena,
        arena_fmt(world.arena, "/sdk/models/%.*s", STR_ARG(world.model))),
        NULL);
    (void)expect(&r, 200);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        r = send(MANAGEMENT, "GET", wrong[i], NULL);
        assert_true(r.status == 404 || r.status == 400);
    }
    /* an encoded slash is no slash anywhere else */
    r = send(MANAGEMENT, "GET", "/sdk%2Fapi-keys", NULL);
    assert_int_equal(r.status, 404);
    r = send(MANAGEMENT, "GET", KEYS "/a%2Fb", NULL);
    assert_int_equal(r.status, 404);
    r = req_get(&world, OWNER, "/w/team%2Fkeys");
    assert_int_equal(r.status, 404);
}

/* Other kinds of key, other workspaces, special keys. */
static void
test_who(void **state)
{
    static const enum who others[] = { NOBODY, OWNER, STANDARD };
    static const char *const methods[] = { "GET", "PUT", "DELETE" };
    (void)state;
    struct str id = member(created("mine", ""), "id");
    uint64_t before = world_sum(&world);
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        int status = others[i] == STANDARD ? 403 : 401;
        struct reply r = send(others[i], "GET", KEYS, NULL);
        (void)expect(&r, status);
        r = send(others[i], "POST", KEYS, body_of("x", ""));
        (void)expect(&r, status);
        for (size_t m = 0; m < COUNT_OF(methods); m++) {
            r = send(others[i], methods[m], path(id, ""),
                m == 1 ? body_of("x", "") : NULL);
            (void)expect(&r, status);
        }
    }
    struct key far, management, admin;
    assert_int_equal(key_get(world_as(&world, STRANGER),
        str_head(world.stranger_key, 8), &far), ERR_OK);
    struct str ids[3] = { arena_dup(world.arena, far.uuid) };
    assert_int_equal(key_get(world_as(&world, OWNER),
        world.prefix[MANAGEMENT], &management), ERR_OK);
    ids[1] = arena_dup(world.arena, management.uuid);
    assert_int_equal(key_get(world_as(&world, OWNER),
        world.prefix[ADMIN_KEY], &admin), ERR_OK);
    ids[2] = arena_dup(world.arena, admin.uuid);
    for (size_t i = 0; i < COUNT_OF(ids); i++)
        for (size_t m = 0; m < COUNT_OF(methods); m++) {
            struct reply r = send(MANAGEMENT, methods[m], path(ids[i], ""),
                m == 1 ? body_of("x", "") : NULL);
            (void)expect(&r, i < 2 ? 404 : m == 0 ? 200 : 403);
        }
    assert_true(world_sum(&world) == before);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_life),
        TEST(test_list),
        TEST(test_bad_input),
        TEST(test_all_or_nothing),
        TEST(test_too_many),
        TEST(test_admin),
        TEST(test_usage),
        TEST(test_models),
        TEST(test_who),
    };
    world_open(&world);
    world_save(&world);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_close(&world);
    return failed;
}
