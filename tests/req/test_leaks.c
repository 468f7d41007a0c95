/* SPDX-License-Identifier: ISC */
/* Keys that somebody found, and workspaces that are frozen or deleted: what
 * stops, what goes on, and what nobody learns. */
#include "world.h"

#include "base/clock.h"
#include "core/freeze.h"
#include "core/key.h"
#include "core/leak.h"
#include "core/throttle.h"
#include "core/workspace.h"
#include "text/form.h"
#include "text/when.h"

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

/* Each test has its own networks, since the throttle outlives it. */
static int network;

static int
fresh(void **state)
{
    (void)state;
    world_restore(&world);
    clock_fix(WORLD_NOW * 1000);
    network++;
    return 0;
}
#define TEST(name) cmocka_unit_test_setup(name, fresh)

static struct reply
report(struct str key, const char *source)
{
    struct pairs form = { NULL, 0 };
    struct ask ask = world_ask(&world, NOBODY, "POST", STR("/v1/leaks"));
    form_add(world.arena, &form, STR("key"), key);
    form_add(world.arena, &form, STR("source"), str_cstr(source));
    ask.body = form_write(world.arena, &form);
    ask.type = "application/x-www-form-urlencoded";
    ask.cookie = STR("");
    ask.site = "cross-site";
    ask.address = arena_cstr(world.arena,
        arena_fmt(world.arena, "198.51.%d.9", network));
    return world_send(&world, &ask);
}

/* What the gate says to a key: its status. */
static int
gate(struct str key)
{
    struct ask ask = world_ask(&world, NOBODY, "GET", STR("/gate"));
    ask.bearer = key;
    form_add(world.arena, &ask.extra, STR("HTTP_X_ORIGINAL_URI"),
        STR("/v1/models"));
    return world_send(&world, &ask).status;
}

static const char *
page(enum who who, const char *rest)
{
    return arena_cstr(world.arena, arena_fmt(world.arena,
        "/w/team/keys/%.*s%s", STR_ARG(world.prefix[who]), rest));
}

static void
test_hit(void **state)
{
    (void)state;
    struct str key = world.key[MEMBER];
    assert_int_equal(gate(key), 204);
    assert_int_equal(report(key, "a <b>paste</b>").status, 200);
    assert_int_equal(gate(key), 403);
    assert_int_equal(gate(world.key[OWNER]), 204);
    struct reply r = req_get(&world, OWNER, page(MEMBER, ""));
    assert_true(reply_holds(&r, STR("reported as leaked")));
    assert_true(reply_holds(&r, STR("a &lt;b&gt;paste&lt;/b&gt;")));
    assert_true(reply_holds(&r, arena_fmt(world.arena, "198.51.%d.9",
        network)));
    r = req_get(&world, OWNER, "/w/team/");
    assert_true(reply_holds(&r, STR("rotate or revoke it")));
    assert_int_equal(world_int(&world, "SELECT count(*) FROM audit WHERE "
        "action = 'key.leak' AND actor_kind = 'system' AND workspace_id = "
        "(SELECT id FROM workspace WHERE slug = 'team')"), 1);
    /* once more changes nothing */
    assert_int_equal(report(key, "again").status, 200);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM leak_report"),
        1);
}

static void
test_same_answer(void **state)
{
    (void)state;
    struct str live = world.key[OWNER];
    char *wrong = arena_cstr(world.arena, live);
    wrong[20] = wrong[20] == 'a' ? 'b' : 'a';
    world_exec(&world, arena_cstr(world.arena, arena_fmt(world.arena,
        "UPDATE api_key SET revoked_s = 1, revoked_by = 'x' "
        "WHERE prefix = '%.*s'", STR_ARG(world.prefix[ADMIN]))));
    const struct str keys[] = { live, world.key[ADMIN], str_cstr(wrong),
        STR("sk-whatever"), STR("00000000_krs_"), world.key[MANAGEMENT],
        world.key[ADMIN_KEY], world.stranger_key, live };
    struct reply first = report(STR("nothing"), "x");
    assert_int_equal(first.status, 200);
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        struct reply r = report(keys[i], "x");
        assert_int_equal(r.status, first.status);
        assert_true(str_eq(r.body, first.body));
        assert_int_equal(r.headers.n, first.headers.n);
        for (size_t h = 0; h < r.headers.n; h++) {
            struct str name = r.headers.items[h].name;
            assert_true(str_eq(name, first.headers.items[h].name));
            if (!str_is(name, "X-Request-Id"))
                assert_true(str_eq(r.headers.items[h].value,
                    first.headers.items[h].value));
        }
    }
    assert_int_equal(world_int(&world, "SELECT count(*) FROM leak_report"),
        4);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM api_key WHERE "
        "suspended_why = 'leaked'"), 4);
    /* a report always writes: that a miss is booked is what takes the time */
    assert_int_equal(world_int(&world, "SELECT reports FROM leak_miss"), 6);
    /* a suspended management key manages nothing */
    assert_int_equal(req_json(&world, MANAGEMENT, "POST", "/v1/check",
        "{\"key\": \"x\"}").status, 403);
}

/* No answer comes before its step, and the work fits into one: neither a clock
 * nor a count of steps tells a hit from a miss. */
static void
test_same_time(void **state)
{
    (void)state;
    const struct str keys[] = { world.key[OWNER], STR("sk-whatever"),
        world.key[MEMBER], world.stranger_key, STR("00000000_krs_") };
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        int64_t wall_us = clock_mono_us(), cpu_us = clock_cpu_us();
        assert_int_equal(report(keys[i], "x").status, 200);
        cpu_us = clock_cpu_us() - cpu_us;
        wall_us = clock_mono_us() - wall_us;
        if (wall_us < LEAK_STEP_US || cpu_us >= LEAK_STEP_US)
            fail_msg("report %zu: %lld us, %lld of the processor", i,
                (long long)wall_us, (long long)cpu_us);
    }
    assert_int_equal(world_int(&world, "SELECT count(*) FROM leak_report"),
        3);
}

/* A new secret, asking for a week with the old one. */
static struct str
rotate(enum who who)
{
    struct str text;
    struct key k;
    struct rotate_in in = { .overlap = KEY_OVERLAP_WEEK };
    assert_int_equal(key_rotate(world_as(&world, OWNER), world.prefix[who],
        &in, &text, &k), 0);
    return arena_dup(world.arena, text);
}

static void
test_only_rotation_lifts(void **state)
{
    (void)state;
    struct str old = world.key[MEMBER];
    report(old, "");
    req_post(&world, OWNER, page(MEMBER, "/disable"), STR(""));
    req_post(&world, OWNER, page(MEMBER, "/enable"), STR(""));
    assert_int_equal(gate(old), 403);
    struct reply r = req_get(&world, MEMBER, page(MEMBER, "/rotate"));
    assert_int_equal(r.status, 200);
    assert_false(reply_holds(&r, STR("24 more hours")));
    /* whatever overlap is asked for */
    struct str text = rotate(MEMBER);
    assert_int_equal(gate(old), 401);
    assert_int_equal(gate(text), 204);
    report(old, "late"); /* it is nobody's any more */
    assert_int_equal(gate(text), 204);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM leak_report"),
        1);
}

static void
test_old_secret(void **state)
{
    (void)state;
    struct str old = world.key[MEMBER], text = rotate(MEMBER);
    assert_int_equal(gate(old), 204);
    report(old, "old log");
    assert_int_equal(gate(old), 401);
    assert_int_equal(gate(text), 204); /* nobody found that one */
}

static void
test_expired_and_disabled(void **state)
{
    (void)state;
    world_exec(&world, arena_cstr(world.arena, arena_fmt(world.arena,
        "UPDATE api_key SET expires_s = 1 WHERE prefix = '%.*s'",
        STR_ARG(world.prefix[MEMBER]))));
    report(world.key[MEMBER], "");
    world_exec(&world, arena_cstr(world.arena, arena_fmt(world.arena,
        "UPDATE api_key SET expires_s = NULL WHERE prefix = '%.*s'",
        STR_ARG(world.prefix[MEMBER]))));
    assert_int_equal(gate(world.key[MEMBER]), 403);
}

enum { LEAKS_AT_ONCE = 30 }; /* core/throttle.h */

static void
test_too_many(void **state)
{
    (void)state;
    int64_t before = world_int(&world,
        "SELECT ifnull(sum(reports), 0) FROM leak_miss");
    struct reply r;
    for (int i = 0; i < LEAKS_AT_ONCE; i++)
        assert_int_equal(report(STR("x"), "").status, 200);
    r = report(world.key[MEMBER], "");
    assert_int_equal(r.status, 429);
    assert_true(str_is(reply_header(&r, "Retry-After"), "2"));
    assert_int_equal(gate(world.key[MEMBER]), 204);
    assert_int_equal(world_int(&world, "SELECT sum(reports) FROM leak_miss"),
        before + LEAKS_AT_ONCE);
    network += 100; /* others are not held up */
    assert_int_equal(report(STR("x"), "").status, 200);
    network -= 100;
    clock_fix((WORLD_NOW + 2) * 1000);
    assert_int_equal(report(STR("x"), "").status, 200);
    assert_int_equal(report(STR("x"), "").status, 429);
    clock_fix(WORLD_NOW * 1000);
}

static void
test_public_page(void **state)
{
    (void)state;
    struct reply r = req_get(&world, NOBODY, "/report-a-key");
    assert_int_equal(r.status, 200);
    struct pairs form = { NULL, 0 };
    form_add(world.arena, &form, STR("key"), world.key[MEMBER]);
    struct str body = form_write(world.arena, &form);
    struct ask ask = world_ask(&world, NOBODY, "POST", STR("/report-a-key"));
    ask.body = body;
    ask.type = "application/x-www-form-urlencoded";
    r = world_send(&world, &ask); /* no token: kept, but not the key */
    assert_int_not_equal(r.status, 303);
    assert_false(reply_holds(&r, world.key[MEMBER]));
    assert_int_equal(gate(world.key[MEMBER]), 204);
    /* a signed-in person of another workspace stays unnamed */
    assert_int_equal(req_post(&world, STRANGER, "/report-a-key", body).status,
        303);
    assert_int_equal(gate(world.key[MEMBER]), 403);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM audit WHERE "
        "action = 'key.leak' AND actor_kind <> 'system'"), 0);
    r = req_post(&world, NOBODY, "/report-a-key", STR("key="));
    assert_int_equal(r.status, 422);
}

/* ---- freeze ---- */

static void
test_freeze(void **state)
{
    (void)state;
    struct str good = STR("why=A+bill+overnight&lasts=open");
    assert_int_equal(req_post(&world, MEMBER, "/w/team/freeze", good).status,
        403);
    assert_int_equal(req_post(&world, STRANGER, "/w/team/freeze",
        good).status, 404);
    assert_int_equal(req_post(&world, ADMIN, "/w/team/freeze",
        STR("why=&lasts=open")).status, 422);
    assert_int_equal(req_post(&world, ADMIN, "/w/team/freeze",
        STR("why=x&lasts=date&until=2026-01-01")).status, 422);
    int64_t keys = world_int(&world, "SELECT sum(version) FROM api_key");
    assert_int_equal(gate(world.key[MEMBER]), 204);
    assert_int_equal(req_post(&world, ADMIN, "/w/team/freeze", good).status,
        303);
    assert_int_equal(req_post(&world, ADMIN, "/w/team/freeze", good).status,
        409);
    assert_int_equal(gate(world.key[MEMBER]), 403);
    assert_int_equal(gate(world.stranger_key), 204);
    struct reply r = req_get(&world, MEMBER, "/w/team/keys");
    assert_true(reply_holds(&r, STR("This workspace is frozen: A bill "
        "overnight")));
    assert_false(reply_holds(&r, STR("Thaw it")));
    /* management goes on, and hears the reason */
    char json[100];
    (void)snprintf(json, sizeof json, "{\"key\": \"%.*s\"}",
        STR_ARG(world.key[MEMBER]));
    r = req_json(&world, MANAGEMENT, "POST", "/v1/check", json);
    assert_int_equal(r.status, 200);
    assert_true(reply_holds(&r, STR("disabled_api_key")));
    assert_true(reply_holds(&r, STR("frozen: A bill overnight.")));
    assert_int_equal(req_post(&world, MEMBER, "/w/team/thaw",
        STR("")).status, 403);
    assert_int_equal(req_post(&world, OWNER, "/w/team/thaw", STR("")).status,
        303);
    assert_int_equal(gate(world.key[MEMBER]), 204);
    assert_int_equal(world_int(&world, "SELECT sum(version) FROM api_key"),
        keys);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM audit WHERE "
        "action IN ('workspace.freeze', 'workspace.thaw')"), 2);
}

static void
test_freeze_ends(void **state)
{
    (void)state;
    assert_int_equal(req_post(&world, OWNER, "/w/team/freeze",
        STR("why=one+hour&lasts=hour")).status, 303);
    clock_fix((WORLD_NOW + HOUR_S - 1) * 1000);
    assert_int_equal(gate(world.key[MEMBER]), 403);
    clock_fix((WORLD_NOW + HOUR_S) * 1000);
    assert_int_equal(gate(world.key[MEMBER]), 204);
    /* sessions are over by now; the core says the same, and may freeze anew,
     * with nothing to lift before */
    clock_fix(WORLD_NOW * 1000);
    world_exec(&world, "UPDATE workspace SET frozen_until_s = 1773144000");
    struct reply r = req_get(&world, OWNER, "/w/team/settings");
    assert_false(reply_holds(&r, STR("is frozen")));
    assert_int_equal(gate(world.key[MEMBER]), 204);
    assert_int_equal(req_post(&world, OWNER, "/w/team/freeze",
        STR("why=again&lasts=day")).status, 303);
    assert_int_equal(gate(world.key[MEMBER]), 403);
    clock_fix(WORLD_NOW * 1000);
}

/* ---- delete ---- */

static int
team_keys(enum who who)
{
    return req_json(&world, who, "GET", "/v1/keys", NULL).status;
}

/* Whoever was in it is out, nothing calls, and what was under way is booked. */
static void
gone(void)
{
    char json[200];
    struct cx *cx;
    for (enum who who = MEMBER; who <= OWNER; who++)
        if (who == MEMBER || who == ADMIN || who == OWNER) {
            assert_int_equal(req_get(&world, who, "/w/team/").status, 404);
            struct reply r = req_get(&world, who, "/workspaces");
            assert_int_equal(r.status, 200);
            assert_false(reply_holds(&r, STR("/w/team/")));
        }
    assert_int_equal(gate(world.key[MEMBER]), 403);
    assert_int_equal(team_keys(MANAGEMENT), 403);
    (void)snprintf(json, sizeof json, "{\"key\": \"%.*s\", \"id\": \"late\", "
        "\"model\": \"openai/gpt-5\", \"input_tokens\": 5, "
        "\"output_tokens\": 5}", STR_ARG(world.prefix[MEMBER]));
    struct ask ask = world_ask(&world, NOBODY, "POST", STR("/v1/usage"));
    ask.body = str_cstr(json);
    ask.type = "application/json";
    ask.bearer = world.app.gate_credential =
        STR("0123456789abcdef0123456789abcdef");
    assert_int_equal(world_send(&world, &ask).status, 200);
    world.app.gate_credential = (struct str){ NULL, 0 };
    cx = worker_shell(&world.worker);
    world_need(workspace_enter(cx, STR("team")), &cx->err);
    assert_int_equal(freeze_end(cx), ERR_CONFLICT);
    cx = worker_shell(&world.worker);
    world_need(workspace_enter(cx, STR("team")), &cx->err);
    assert_int_equal(workspace_delete(cx, STR("")), ERR_CONFLICT);
}

static void
test_delete(void **state)
{
    (void)state;
    struct str good = STR("confirm=+Team+");
    static const char page[] = "/w/team/delete";
    assert_int_equal(req_post(&world, MEMBER, page, good).status, 403);
    assert_int_equal(req_post(&world, ADMIN, page, good).status, 403);
    assert_int_equal(req_post(&world, STRANGER, page, good).status, 404);
    assert_int_equal(req_post(&world, OWNER, page, STR("")).status, 422);
    struct reply r = req_post(&world, OWNER, page, STR("confirm=team"));
    assert_int_equal(r.status, 422);
    assert_true(reply_holds(&r, STR("Type the name of the workspace, Team")));
    assert_int_equal(gate(world.key[MEMBER]), 204);
    assert_int_equal(team_keys(MANAGEMENT), 200);
    r = req_post(&world, OWNER, page, good);
    assert_int_equal(r.status, 303);
    assert_true(str_is(r.location, "/workspaces"));
    gone();
    assert_int_equal(gate(world.stranger_key), 204);
    /* back, and still silent; then all as before */
    struct cx *cx = worker_shell(&world.worker);
    world_need(workspace_restore(cx, STR("team")), &cx->err);
    assert_int_equal(req_get(&world, MEMBER, "/w/team/").status, 200);
    assert_int_equal(team_keys(MANAGEMENT), 200);
    assert_int_equal(gate(world.key[MEMBER]), 403);
    assert_int_equal(req_post(&world, OWNER, "/w/team/thaw", STR("")).status,
        303);
    assert_int_equal(gate(world.key[MEMBER]), 204);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM audit WHERE "
        "action IN ('workspace.delete', 'workspace.restore')"), 2);
}

/* Who writes the database file does not undo it. */
static void
test_delete_is_sealed(void **state)
{
    (void)state;
    assert_int_equal(req_post(&world, OWNER, "/w/team/delete",
        STR("confirm=Team")).status, 303);
    world_tamper(&world, "UPDATE workspace SET deleted_s = NULL, "
        "frozen_s = NULL, frozen_why = NULL WHERE slug = 'team'");
    assert_int_equal(gate(world.key[MEMBER]), 403);
    assert_int_not_equal(team_keys(MANAGEMENT), 200);
    assert_int_not_equal(req_get(&world, OWNER, "/w/team/").status, 200);
}

static void
test_personal_stays(void **state)
{
    (void)state;
    world_exec(&world, "UPDATE workspace SET personal = 1 "
        "WHERE slug = 'team'");
    struct reply r = req_get(&world, OWNER, "/w/team/settings");
    assert_false(reply_holds(&r, STR("/w/team/delete")));
    assert_int_equal(req_post(&world, OWNER, "/w/team/delete",
        STR("confirm=Team")).status, 409);
    assert_int_equal(gate(world.key[MEMBER]), 204);
}

int
main(void)
{
    const struct CMUnitTest tests[] = { TEST(test_hit),
        TEST(test_same_answer), TEST(test_same_time),
        TEST(test_only_rotation_lifts),
        TEST(test_old_secret), TEST(test_expired_and_disabled),
        TEST(test_too_many), TEST(test_public_page), TEST(test_freeze),
        TEST(test_freeze_ends), TEST(test_delete),
        TEST(test_delete_is_sealed), TEST(test_personal_stays) };
    return cmocka_run_group_tests_name("leaks", tests, setup, teardown);
}
