/* SPDX-License-Identifier: ISC */
/*
 * T14 for programs: every row that takes keys, by every kind of key, on objects
 * of its workspace and of another one; keys that ended; and what broke others
 * (SECURITY.md appendix A: 1, 2, 3, 5, 9, 10).
 */
#include "world.h"

#include "base/buf.h"
#include "base/clock.h"
#include "core/catalog.h"
#include "core/key.h"
#include "model/client.h"

#include <stdio.h>
#include <string.h>

static struct world world;
static struct str foreign_model, foreign_deployment, foreign_key;

/* A model and a deployment of the other workspace. */
static void
seed_foreign(void)
{
    struct deployment d;
    struct ai_model m;
    struct deployment_in d_in = { .name = STR("theirs"),
        .base_url = STR("https://theirs.example") };
    struct model_in m_in = { .name = STR("theirs/one"),
        .category = STR("chat") };
    struct cx *cx = world_as(&world, STRANGER);
    assert_int_equal(deployment_add(cx, &d_in, &d), ERR_OK);
    foreign_deployment = arena_dup(world.keep, d.uuid);
    cx = world_as(&world, STRANGER);
    assert_int_equal(model_add(cx, &m_in, &m), ERR_OK);
    foreign_model = arena_dup(world.keep, m.uuid);
    struct key k;
    cx = world_as(&world, STRANGER);
    assert_int_equal(key_get(cx, str_head(world.stranger_key, 8), &k), ERR_OK);
    foreign_key = arena_dup(world.keep, k.uuid);
}

static int
setup(void **state)
{
    (void)state;
    world_open(&world);
    world_exec(&world, "UPDATE workspace SET key_max = 1000");
    seed_foreign();
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
    clock_fix(WORLD_NOW * 1000);
    world_restore(&world);
    world_forget(&world);
    return 0;
}

/* Which kinds a row takes: said here once more, apart from the program. */
static bool
takes(enum knock knock, enum who who)
{
    switch (knock) {
    case KNOCK_KEY:
        return true;
    case KNOCK_STANDARD:
        return who == STANDARD;
    case KNOCK_FIGURES:
    case KNOCK_CALLS:
        return who != ADMIN_KEY;
    case KNOCK_MANAGEMENT:
    case KNOCK_REPORTER:
        return who == MANAGEMENT;
    case KNOCK_LIMITS:
        return who != STANDARD;
    case KNOCK_ANYONE:
    case KNOCK_SESSION:
    case KNOCK_WORKSPACE:
    case KNOCK_OPERATOR:
    case KNOCK_GATE:
    case KNOCK_WATCH:
        break;
    }
    return false;
}

static bool
is_keyed(const struct route *row)
{
    return row->knock == KNOCK_KEY || row->knock == KNOCK_STANDARD ||
        row->knock == KNOCK_FIGURES || row->knock == KNOCK_MANAGEMENT ||
        row->knock == KNOCK_LIMITS || row->knock == KNOCK_REPORTER ||
        row->knock == KNOCK_CALLS;
}

static bool
is_exo(const struct route *row)
{
    return row->face == FACE_EXO_OLD || row->face == FACE_EXO_NEW;
}

/* Send, and see that what was refused changed nothing. */
static int
send_checked(const struct ask *ask, const char *who)
{
    uint64_t before = world_sum(&world);
    struct reply r = world_send(&world, ask);
    if (r.status >= 500)
        fail_msg("%s %.*s by %s: %d: %.*s", ask->method,
            STR_ARG(ask->target), who, r.status, STR_ARG(r.body));
    if (r.status >= 400 && world_sum(&world) != before)
        fail_msg("%s %.*s by %s: %d, and yet something changed", ask->method,
            STR_ARG(ask->target), who, r.status);
    if (r.status < 400 && world_sum(&world) != before)
        world_restore(&world);
    return r.status;
}

static void
test_kinds(void **state)
{
    (void)state;
    size_t n, rows = 0;
    const struct route *all = routes(&n);
    for (size_t i = 0; i < n; i++) {
        if (!is_keyed(&all[i]))
            continue;
        rows++;
        for (enum who who = NOBODY; who <= ADMIN_KEY; who++) {
            struct ask ask = row_ask(&world, &all[i], who, false);
            int status = send_checked(&ask, who_name(who));
            bool key = who >= STANDARD;
            int none = is_exo(&all[i]) ? 403 : 401;
            if (!key && status != none)
                fail_msg("%s %s without a key (%s): %d", ask.method,
                    all[i].path, who_name(who), status);
            if (key && !takes(all[i].knock, who) && status != 403)
                fail_msg("%s %s by %s: %d", ask.method, all[i].path,
                    who_name(who), status);
            if (key && takes(all[i].knock, who) && status == 401)
                fail_msg("%s %s by %s: %d", ask.method, all[i].path,
                    who_name(who), status);
        }
        world_forget(&world);
    }
    assert_true(rows > 30);
}

/* The path of a row with ids of the other workspace; empty: it has none. */
static struct str
foreign_target(const struct route *row)
{
    struct buf b;
    const char *p = row->path;
    struct str id = strstr(p, "/models") ? foreign_model
        : strstr(p, "/deployments") ? foreign_deployment
                                    : foreign_key;
    if (!strchr(p, '{'))
        return (struct str){ NULL, 0 };
    buf_init(&b, world.arena, 400);
    while (*p) {
        if (*p != '{') {
            buf_char(&b, *p++);
            continue;
        }
        bool prefix = strncmp(p, "{prefix}", 8) == 0;
        buf_str(&b, prefix ? str_head(world.stranger_key, 8) : id);
        p = strchr(p, '}') + 1;
    }
    return buf_view(&b);
}

static void
test_foreign(void **state)
{
    (void)state;
    size_t n, rows = 0;
    const struct route *all = routes(&n);
    for (size_t i = 0; i < n; i++) {
        struct str target = foreign_target(&all[i]);
        if (!is_keyed(&all[i]) || target.n == 0)
            continue;
        rows++;
        for (enum who who = STANDARD; who <= ADMIN_KEY; who++) {
            if (!takes(all[i].knock, who))
                continue;
            struct ask ask = row_ask(&world, &all[i], who, false);
            ask.target = target;
            if (all[i].method == METHOD_PATCH)
                ask.body = all[i].fields == exo_fields
                    ? STR("{\"name\": \"a\"}")
                    : STR("{}");
            int status = send_checked(&ask, who_name(who));
            /* a reveal is refused for every id, whether there is one or not */
            bool ok = status == 404 ||
                (strstr(all[i].path, "/reveal") && status == 403) ||
                (all[i].face == FACE_AIX && who == ADMIN_KEY &&
                    status == 403);
            if (!ok)
                fail_msg("%s %.*s by %s: %d", ask.method, STR_ARG(target),
                    who_name(who), status);
        }
        world_forget(&world);
    }
    assert_true(rows > 10);
}

/* Management and admin keys are no objects of the API for keys. */
static void
test_special_keys(void **state)
{
    (void)state;
    static const enum who objects[] = { MANAGEMENT, ADMIN_KEY };
    static const char *const methods[] = { "PATCH", "PUT", "DELETE" };
    for (size_t o = 0; o < COUNT_OF(objects); o++)
        for (size_t m = 0; m < COUNT_OF(methods); m++) {
            struct ask ask = world_ask(&world, MANAGEMENT, methods[m],
                arena_fmt(world.arena, "/v1/keys/%.*s",
                    STR_ARG(world.prefix[objects[o]])));
            ask.type = "application/json";
            ask.body = strcmp(methods[m], "DELETE") == 0
                ? STR("")
                : STR("{\"name\": \"x\"}");
            assert_int_equal(send_checked(&ask, "management"), 403);
        }
}

/* ---- keys that ended ---- */

static void
test_over(void **state)
{
    (void)state;
    static const char *const ends[] = { "revoked_s = 1", "expires_s = 1",
        "disabled_s = 1", "suspended_s = 1" };
    size_t n;
    const struct route *all = routes(&n);
    for (size_t e = 0; e < COUNT_OF(ends); e++) {
        world_exec(&world, arena_fmt(world.arena, "UPDATE api_key SET %s",
            ends[e]).p);
        for (size_t i = 0; i < n; i++)
            for (enum who who = STANDARD; who <= ADMIN_KEY; who++) {
                if (!is_keyed(&all[i]))
                    continue;
                struct ask ask = row_ask(&world, &all[i], who, false);
                uint64_t before = world_sum(&world);
                int status = world_send(&world, &ask).status;
                if ((status != 401 && status != 403) ||
                    world_sum(&world) != before)
                    fail_msg("%s %s by %s, %s: %d", ask.method, all[i].path,
                        who_name(who), ends[e], status);
            }
        world_restore(&world);
        world_forget(&world);
    }
}

/* ---- what broke others ---- */

/* A.1: SQL in the header, reached through the error path. */
static void
test_probes(void **state)
{
    (void)state;
    static const char *const probes[] = { "' OR '1'='1",
        "'; DROP TABLE api_key; --", "\" OR 1=1 --",
        "abcdefgh' UNION SELECT 1,2,3 --",
        "%00", "../../etc/passwd", "{{7*7}}", "${jndi:ldap://x/a}",
        "abcdefgh_krm_' OR 1=1 -- xxxxxxxxxxxxxxxxxxxxxxxxxxx", "Bearer",
        "a,b", "\xc3\x28" };
    size_t n;
    const struct route *all = routes(&n);
    for (size_t i = 0; i < n; i++)
        for (size_t p = 0; is_keyed(&all[i]) && p < COUNT_OF(probes); p++) {
            struct ask ask = row_ask(&world, &all[i], NOBODY, false);
            ask.bearer = str_cstr(probes[p]);
            int status = send_checked(&ask, probes[p]);
            if (status != (is_exo(&all[i]) ? 403 : 401) && status != 400)
                fail_msg("%s %s with %s: %d", ask.method, all[i].path,
                    probes[p], status);
        }
}

/* A.3: no holder writes what decides about the key it holds. */
static void
test_own_limits(void **state)
{
    (void)state;
    static const char *const bodies[] = { "{\"limit\": null}",
        "{\"scopes\": null}", "{\"disabled\": false}", "{\"name\": \"me\"}",
        "{\"role\": \"owner\"}", "{\"kind\": \"management\"}" };
    static const enum who holders[] = { STANDARD, ADMIN_KEY };
    for (size_t h = 0; h < COUNT_OF(holders); h++)
        for (size_t i = 0; i < COUNT_OF(bodies); i++) {
            struct ask ask = world_ask(&world, holders[h], "PATCH",
                arena_fmt(world.arena, "/v1/keys/%.*s",
                    STR_ARG(world.prefix[holders[h]])));
            ask.type = "application/json";
            ask.body = str_cstr(bodies[i]);
            assert_int_equal(send_checked(&ask, bodies[i]), 403);
        }
}

/* A.5: what was accepted is what is kept, and what is answered (T25). */
static void
test_kept(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        int64_t micro;
        const char *reset;
    } rows[] = { { "{\"threshold\": 0}", 0, "no_reset" },
        { "{\"threshold\": 0.000001}", 1, "no_reset" },
        { "{\"threshold\": 25, \"retention\": \"day\"}", 25000000, "day" },
        { "{\"threshold\": 0.1, \"retention\": \"week\"}", 100000, "week" },
        { "{\"threshold\": 99999.999999, \"retention\": \"month\"}",
            99999999999, "month" } };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct reply r = req_json(&world, MANAGEMENT, "POST", "/v1/keys",
            arena_fmt(world.arena, "{\"limit\": %s, \"scopes\": "
                "[\"model:ocr\"]}", rows[i].json).p);
        assert_int_equal(r.status, 200);
        struct val *k = val_get_cstr(reply_json(&world, &r), "data");
        struct str prefix = val_text(val_get_cstr(k, "prefix"));
        assert_int_equal(world_int(&world, arena_fmt(world.arena,
            "SELECT spend_limit_micro FROM api_key WHERE prefix = '%.*s' "
            "AND spend_reset = '%s' AND all_categories = 0",
            STR_ARG(prefix), rows[i].reset).p), rows[i].micro);
        const struct val *t =
            val_get_cstr(val_get_cstr(k, "limit"), "threshold");
        double usd = t->type == VAL_INT ? (double)t->u.i : t->u.real;
        assert_true((int64_t)(usd * 1000000 + 0.5) == rows[i].micro);
        world_restore(&world);
    }
}

/* A.9: a change of one key leaves every row of all others as it was. */
static void
test_others_untouched(void **state)
{
    (void)state;
    world_exec(&world, "UPDATE api_key SET all_categories = 0");
    world_exec(&world, "INSERT OR IGNORE INTO key_category (key_id, category) "
        "SELECT id, 'chat' FROM api_key WHERE kind = 'standard'");
    world_exec(&world, "UPDATE api_key SET all_categories = 1 "
        "WHERE kind = 'management'");
    static const char *const others = "SELECT count(*) FROM key_category g "
        "JOIN api_key k ON k.id = g.key_id WHERE k.version = 1 "
        "AND k.revoked_s IS NULL";
    int64_t before = world_int(&world, others);
    const char *path = arena_fmt(world.arena, "/v1/keys/%.*s",
        STR_ARG(world.prefix[STANDARD])).p;
    struct reply r = req_json(&world, MANAGEMENT, "PATCH", path,
        "{\"scopes\": [\"model:ocr\"], \"disabled\": true}");
    assert_int_equal(r.status, 200);
    assert_int_equal(world_int(&world, others), before - 1);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM api_key "
        "WHERE disabled_s IS NOT NULL"), 1);
    r = req_json(&world, MANAGEMENT, "DELETE", path, "");
    assert_int_equal(r.status, 200);
    assert_int_equal(world_int(&world, others), before - 1);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM api_key "
        "WHERE revoked_s IS NOT NULL"), 1);
}

/* A.10: a regular key is refused before anything is looked up, so that it
 * cannot tell which objects there are. */
static void
test_no_oracle(void **state)
{
    (void)state;
    struct str prefixes[] = { world.prefix[MEMBER],
        str_head(world.stranger_key, 8), STR("zzzzzzzz") };
    struct str first = { NULL, 0 };
    for (size_t i = 0; i < COUNT_OF(prefixes); i++) {
        struct reply r = req_json(&world, STANDARD, "DELETE",
            arena_fmt(world.arena, "/v1/keys/%.*s", STR_ARG(prefixes[i])).p,
            "");
        assert_int_equal(r.status, 403);
        struct str said =
            val_text(val_get_cstr(reply_json(&world, &r), "message"));
        if (i == 0)
            first = said;
        assert_true(str_eq(first, said));
    }
}

/* Every change names the key that made it. */
static void
test_audit(void **state)
{
    (void)state;
    size_t n, changes = 0;
    const struct route *all = routes(&n);
    for (size_t i = 0; i < n; i++) {
        if (all[i].knock != KNOCK_MANAGEMENT || all[i].method == METHOD_GET)
            continue;
        struct ask ask = row_ask(&world, &all[i], MANAGEMENT, false);
        int64_t rows = world_int(&world, "SELECT count(*) FROM audit");
        struct reply r = world_send(&world, &ask);
        if (r.status < 300 &&
            world_int(&world, "SELECT count(*) FROM audit") > rows) {
            changes++;
            assert_int_equal(world_int(&world, arena_fmt(world.arena,
                "SELECT count(*) FROM audit WHERE seq > %lld AND NOT "
                "(actor_kind = 'key' AND actor_id = '%.*s')", (long long)rows,
                STR_ARG(world.prefix[MANAGEMENT])).p), 0);
        }
        world_restore(&world);
    }
    assert_true(changes > 5);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, restore)
    const struct CMUnitTest tests[] = {
        TEST(test_kinds), TEST(test_foreign), TEST(test_special_keys),
        TEST(test_over), TEST(test_probes),
        TEST(test_own_limits), TEST(test_kept), TEST(test_others_untouched),
        TEST(test_no_oracle), TEST(test_audit),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
