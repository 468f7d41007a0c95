/* SPDX-License-Identifier: ISC */
/*
 * No key gives more than it has (SECURITY.md W2, appendix A.2): random requests
 * of a management key with random bounds, through every family that makes or
 * changes keys.  Whatever was accepted is compared with the bounds by SQL of
 * this test.  KEYLODGE_SEED repeats a run.
 */
#include "world.h"

#include "base/buf.h"
#include "base/clock.h"
#include "core/key.h"
#include "model/key.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REQUESTS = 10000, EACH_BOUNDS = 50, KEYS = 8 };

static struct world world;
static uint64_t seed;
static struct str prefixes[KEYS], uuids[KEYS];

/* splitmix64 */
static uint64_t
draw(void)
{
    uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static unsigned
pick(unsigned n)
{
    return (unsigned)(draw() % n);
}

static int
setup(void **state)
{
    (void)state;
    world_open(&world);
    world_exec(&world, "UPDATE workspace SET key_max = 100000");
    for (int i = 0; i < KEYS; i++) {
        struct key k;
        struct str text = world_key(&world, OWNER, KEY_STANDARD,
            arena_fmt(world.keep, "k%d", i).p);
        struct cx *cx = world_as(&world, OWNER);
        prefixes[i] = str_head(text, 8);
        assert_int_equal(key_get(cx, prefixes[i], &k), ERR_OK);
        uuids[i] = arena_dup(world.keep, k.uuid);
    }
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

/* ---- bounds ---- */

#define MAKER "(SELECT id FROM api_key WHERE kind = 'management' AND " \
    "name = 'management')"

/* A list of the maker: not bound, or to some of these. */
static void
bind_list(const char *all, const char *table, const char *column,
    const char *const *values)
{
    if (pick(2))
        return;
    world_exec(&world, arena_fmt(world.arena,
        "UPDATE api_key SET %s = 0 WHERE id = " MAKER, all).p);
    for (size_t i = 0; values[i]; i++)
        if (pick(2))
            world_exec(&world, arena_fmt(world.arena,
                "INSERT INTO %s (key_id, %s) SELECT " MAKER ", %s", table,
                column, values[i]).p);
}

static void
bind(void)
{
    static const char *const categories[] = { "'chat'", "'ocr'", "'image'",
        NULL };
    static const char *const models[] = { "id FROM model", NULL };
    static const char *const endpoints[] = { "'/v1/models'", "'/v1/ocr'",
        NULL };
    static const char *const networks[] = { "'192.0.2.0/24'", NULL };
    world_restore(&world);
    world_forget(&world);
    bind_list("all_categories", "key_category", "category", categories);
    bind_list("all_models", "key_model", "model_id", models);
    bind_list("all_endpoints", "key_endpoint", "endpoint", endpoints);
    bind_list("all_networks", "key_network", "network", networks);
    if (pick(2) == 0)
        world_exec(&world, "UPDATE api_key SET deployment_id = (SELECT id "
            "FROM deployment LIMIT 1) WHERE id = " MAKER);
    if (pick(2) == 0)
        world_exec(&world, arena_fmt(world.arena, "UPDATE api_key SET "
            "spend_limit_micro = %u, spend_reset = '%s' WHERE id = " MAKER,
            pick(3) * 1000000, spend_reset_name(pick(SPEND_RESET_COUNT))).p);
}

/* What one of the keys has and its maker has not; by its prefix or its id. */
static int64_t
beyond(struct str id)
{
    static const char *const lists[][3] = {
        { "all_categories", "key_category", "category" },
        { "all_models", "key_model", "model_id" },
        { "all_endpoints", "key_endpoint", "endpoint" },
        { "all_networks", "key_network", "network" },
    };
    int64_t n = 0;
    for (size_t i = 0; i < COUNT_OF(lists); i++)
        n += world_int(&world, arena_fmt(world.arena,
            "SELECT count(*) FROM api_key k, api_key m WHERE m.id = " MAKER
            " AND m.%s = 0 AND '%.*s' IN (k.prefix, k.uuid) AND (k.%s = 1 OR "
            "EXISTS (SELECT 1 FROM %s c WHERE c.key_id = k.id AND c.%s NOT IN "
            "(SELECT p.%s FROM %s p WHERE p.key_id = m.id)))", lists[i][0],
            STR_ARG(id), lists[i][0], lists[i][1], lists[i][2], lists[i][2],
            lists[i][1]).p);
    return n + world_int(&world, arena_fmt(world.arena,
        "SELECT count(*) FROM api_key k, api_key m WHERE m.id = " MAKER
        " AND '%.*s' IN (k.prefix, k.uuid) AND ((m.deployment_id IS NOT NULL "
        "AND k.deployment_id IS NOT m.deployment_id) OR (m.spend_limit_micro "
        "IS NOT NULL AND (k.spend_limit_micro IS NULL OR k.spend_limit_micro "
        "> m.spend_limit_micro OR instr('day   week  month no_reset', "
        "k.spend_reset) < instr('day   week  month no_reset', "
        "m.spend_reset))))", STR_ARG(id)).p);
}

/* ---- requests ---- */

static struct str
aimlapi_body(void)
{
    static const char *const scopes[] = { "null", "[\"model:chat\"]",
        "[\"model:ocr\"]", "[\"model:chat\",\"model:image\"]" };
    static const char *const limits[] = { "null", "{\"threshold\":0}",
        "{\"threshold\":1}", "{\"threshold\":1,\"retention\":\"day\"}",
        "{\"threshold\":2,\"retention\":\"month\"}",
        "{\"threshold\":1.5,\"retention\":\"week\"}" };
    struct buf b;
    buf_init(&b, world.arena, BUF_MAX_FIELD);
    buf_fmt(&b, "{\"name\":\"n%" PRIu64 "\"", draw());
    if (pick(2))
        buf_fmt(&b, ",\"scopes\":%s", scopes[pick(COUNT_OF(scopes))]);
    if (pick(2))
        buf_fmt(&b, ",\"limit\":%s", limits[pick(COUNT_OF(limits))]);
    buf_cstr(&b, "}");
    return buf_view(&b);
}

static struct str
exo_body(void)
{
    struct str scope = pick(2) ? STR("public") : world.deployment;
    return arena_fmt(world.arena, "{\"name\":\"n%" PRIu64
        "\",\"scope\":\"%.*s\"}", draw(), STR_ARG(scope));
}

static struct str
aix_body(void)
{
    static const char *const budgets[] = { "", ",\"budget\":null",
        ",\"budget\":0", ",\"budget\":1", ",\"budget\":2.5" };
    return arena_fmt(world.arena, "{\"name\":\"n%" PRIu64
        "\",\"assetsLimits\":[]%s}", draw(), budgets[pick(COUNT_OF(budgets))]);
}

/* How each family makes and changes keys. */
static const struct {
    const char *base, *change;
    const struct str *ids;
    struct str (*body)(void);
} families[] = {
    { "/v1/keys", "PATCH", prefixes, aimlapi_body },
    { "/v1/keys", "PUT", prefixes, aimlapi_body },
    { "/v2/ai/ai-api-key", "PATCH", uuids, exo_body },
    { "/v2/ai/api-key", "PATCH", uuids, exo_body },
    { "/sdk/api-keys", "PUT", uuids, aix_body },
};

/* The id of the key in an answer: AIMLAPI has its prefix, in "data". */
static struct str
answered(const struct reply *r)
{
    struct val *v = reply_json(&world, r);
    struct val *data = val_get_cstr(v, "data");
    return val_text(data ? val_get_cstr(data, "prefix")
                         : val_get_cstr(v, "id"));
}

static bool
try_one(void)
{
    size_t f = pick(COUNT_OF(families));
    bool fresh = pick(2) == 0;
    struct str body = families[f].body();
    struct str path = fresh
        ? str_cstr(families[f].base)
        : arena_fmt(world.arena, "%s/%.*s", families[f].base,
              STR_ARG(families[f].ids[pick(KEYS)]));
    struct reply r = req_json(&world, MANAGEMENT,
        fresh ? "POST" : families[f].change, arena_cstr(world.arena, path),
        arena_cstr(world.arena, body));
    if (r.status != 200 && r.status != 201 && r.status != 403)
        fail_msg("%.*s %.*s: %d: %.*s", STR_ARG(path), STR_ARG(body),
            r.status, STR_ARG(r.body));
    if (r.status == 403)
        return false;
    if (beyond(answered(&r)))
        fail_msg("beyond its maker: %.*s %.*s: %.*s", STR_ARG(path),
            STR_ARG(body), STR_ARG(r.body));
    return true;
}

static void
test_no_exception(void **state)
{
    (void)state;
    const char *given = getenv("KEYLODGE_SEED");
    int accepted = 0;
    seed = given ? strtoull(given, NULL, 10)
                 : (uint64_t)getpid() << 32 ^ (uint64_t)clock_mono_us();
    print_message("KEYLODGE_SEED=%" PRIu64 "\n", seed);
    for (int i = 0; i < REQUESTS; i++) {
        if (i % EACH_BOUNDS == 0)
            bind();
        accepted += try_one();
    }
    print_message("# %d of %d accepted\n", accepted, REQUESTS);
    assert_in_range(accepted, REQUESTS / 10, REQUESTS * 9 / 10);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_exception),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
