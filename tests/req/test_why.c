/* SPDX-License-Identifier: ISC */
/* Refused calls: what is kept of them, for whom, and how much of a flood. */
#include "world.h"

#include "base/clock.h"
#include "core/limit.h"
#include "core/tally.h"
#include "core/touch.h"
#include "core/why.h"
#include "core/workspace.h"
#include "text/when.h"

#include <stdio.h>
#include <string.h>

static struct world world;
static char prefix[9];
static struct str key;

static int
fresh(void **state)
{
    (void)state;
    world_restore(&world);
    clock_fix(WORLD_NOW * 1000);
    touches_free(world.app.touches);
    world.app.touches = touches_new();
    return 0;
}
#define TEST(name) cmocka_unit_test_setup(name, fresh)

static void
flush(void)
{
    struct cx *cx = world_as(&world, OWNER);
    cx->touches = world.app.touches;
    if (touch_flush(cx))
        fail_msg("%.*s", STR_ARG(cx->err.detail));
}

static void
limit(enum limit_counts counts, int64_t amount)
{
    struct limit_in in = { .counts = (int)counts, .period = LIMIT_MINUTE,
        .amount = amount };
    in.set.present = UINT64_C(1)
        << field_index(limit_fields, STR("amount"));
    struct cx *cx = world_as(&world, OWNER);
    if (limit_set(cx, str_cstr(prefix), &in))
        fail_msg("%.*s", STR_ARG(cx->err.msg));
}

/* A call through the gate; its request id. */
static struct str
gate(struct str with, const char *model, int status, struct reply *out)
{
    struct ask ask = world_ask(&world, NOBODY, "GET", STR("/gate"));
    struct pairs extra = { NULL, 0 };
    form_add(world.arena, &extra, STR("HTTP_X_ORIGINAL_URI"),
        STR("/v1/chat/completions"));
    form_add(world.arena, &extra, STR("HTTP_X_MODEL"), str_cstr(model));
    ask.bearer = with;
    ask.extra = extra;
    struct reply r = world_send(&world, &ask);
    if (r.status != status)
        fail_msg("gate: %d: %.*s", r.status, STR_ARG(r.body));
    if (out)
        *out = r;
    return reply_header(&r, "X-Request-Id");
}

static struct reply
page(enum who who, const char *before, struct str id, int status)
{
    char path[200];
    (void)snprintf(path, sizeof path, "%s%.*s", before, STR_ARG(id));
    struct reply r = req_get(&world, who, path);
    if (r.status != status)
        fail_msg("%s as %s: %d: %.*s", path, who_name(who), r.status,
            STR_ARG(r.body));
    return r;
}

static void
expect(const struct reply *r, const char *text, bool there)
{
    if (reply_holds(r, str_cstr(text)) != there)
        fail_msg("\"%s\" %s: %.*s", text, there ? "missing" : "there",
            STR_ARG(r->body));
}

static struct reply
api(enum who who, struct str bearer, struct str id, int status)
{
    struct ask ask = world_ask(&world, who, "GET",
        arena_fmt(world.arena, "/v1/decisions/%.*s", STR_ARG(id)));
    if (bearer.n)
        ask.bearer = bearer;
    struct reply r = world_send(&world, &ask);
    if (r.status != status)
        fail_msg("decision: %d: %.*s", r.status, STR_ARG(r.body));
    return r;
}

/* The same id in body, headers, page, list and API; every rule is there. */
static void
test_rate(void **state)
{
    (void)state;
    struct reply r;
    limit(LIMIT_REQUESTS, 1);
    (void)gate(key, "openai/gpt-5", 204, NULL);
    struct str id = gate(key, "openai/gpt-5", 429, &r);
    assert_true(str_eq(id, reply_header(&r, "x-inference-id")));
    assert_true(str_eq(id, val_text(val_get_cstr(reply_json(&world, &r),
        "request_id"))));
    r = page(OWNER, "/w/team/requests/", id, 404); /* not written yet */
    expect(&r, "No call with this id", true);
    flush();
    r = page(OWNER, "/w/team/requests/", id, 200);
    expect(&r, "Limit of the key: 1 request", true);
    expect(&r, "Client network", true);
    expect(&r, "Refused", true);
    expect(&r, "10 Mar 2026, 12:01 UTC", true); /* opens again */
    expect(&r, "/limits\">Limits of the key", true);
    r = page(OWNER, "/w/team/requests", STR(""), 200);
    expect(&r, arena_cstr(world.arena, arena_fmt(world.arena,
        "/w/team/requests/%.*s", STR_ARG(id))), true);
    expect(&r, "A rate limit was reached", true);
    r = api(MANAGEMENT, STR(""), id, 200);
    expect(&r, "\"reason\":\"rate_limit_exceeded\"", true);
    expect(&r, "\"used\":0,\"reserved\":1,\"need\":1", true);
    expect(&r, "\"opens_at\":\"2026-03-10T12:0", true);
    r = page(OWNER, "/w/team/requests?id=", id, 303);
    assert_true(str_ends(r.location, id));
    r = page(OWNER, "/why/", id, 303);
    assert_true(str_starts(r.location, STR("/w/team/requests/")));
}

/* What no client sees is no refusal yet: the web server asks again, with the
 * answer that is seen and counted.  Clients cannot say so. */
static void
test_unseen(void **state)
{
    (void)state;
    struct str about[] = { key, STR("not a key") };
    world_exec(&world, "UPDATE api_key SET disabled_s = 1, disabled_by = 'x' "
        "WHERE name = 'watched'");
    for (size_t i = 0; i < 2 * COUNT_OF(about); i++) {
        bool forged = i >= COUNT_OF(about);
        struct ask ask = world_ask(&world, NOBODY, "GET", STR("/gate"));
        ask.bearer = about[i % COUNT_OF(about)];
        form_add(world.arena, &ask.extra,
            forged ? STR("HTTP_KEYLODGE_UNSEEN") : STR("KEYLODGE_UNSEEN"),
            STR("on"));
        struct reply r = world_send(&world, &ask);
        assert_int_equal(r.status, forged && i % 2 ? 401 : 403);
        flush();
        assert_int_equal(world_int(&world, "SELECT count(*) FROM "
            "refused_call"), forged);
    }
    world_exec(&world, "UPDATE api_key SET disabled_s = NULL");
    struct ask ask = world_ask(&world, NOBODY, "GET", STR("/gate"));
    ask.bearer = key;
    form_add(world.arena, &ask.extra, STR("KEYLODGE_UNSEEN"), STR("on"));
    assert_int_equal(world_send(&world, &ask).status, 204);
}

/* Members see calls of their own keys, strangers nothing, a key its own. */
static void
test_whose(void **state)
{
    (void)state;
    struct reply r;
    world_exec(&world, "UPDATE api_key SET disabled_s = 1, disabled_by = 'x' "
        "WHERE owner_user_id IS NOT NULL AND kind = 'standard'");
    struct str mine = gate(key, "a/b", 403, NULL);
    struct str theirs = gate(world.key[OWNER], "a/b", 403, NULL);
    flush();
    world_exec(&world, "UPDATE api_key SET disabled_s = NULL");
    (void)page(MEMBER, "/w/team/requests/", mine, 200);
    (void)page(MEMBER, "/w/team/requests/", theirs, 404);
    (void)page(MEMBER, "/why/", theirs, 404);
    (void)page(ADMIN, "/w/team/requests/", theirs, 200);
    (void)page(STRANGER, "/w/team/requests/", theirs, 404);
    (void)page(STRANGER, "/w/strangers/requests/", theirs, 404);
    (void)page(STRANGER, "/why/", theirs, 404);
    (void)page(NOBODY, "/why/", theirs, 303);
    r = page(MEMBER, "/w/team/requests", STR(""), 200);
    expect(&r, arena_cstr(world.arena, mine), true);
    expect(&r, arena_cstr(world.arena, theirs), false);
    (void)api(MANAGEMENT, STR(""), theirs, 200);
    (void)api(ADMIN_KEY, STR(""), theirs, 403);
    (void)api(STANDARD, key, mine, 200);
    (void)api(STANDARD, key, theirs, 404);
    (void)api(STANDARD, world.stranger_key, theirs, 404);
}

/* The installation's own gates see what they refused, of every workspace. */
static void
test_own_gate(void **state)
{
    (void)state;
    const struct str secret = STR("0123456789abcdef0123456789abcdef");
    world_exec(&world, "UPDATE api_key SET disabled_s = 1, disabled_by = 'x' "
        "WHERE kind = 'standard'");
    struct str ours = gate(key, "a/b", 403, NULL);
    struct str theirs = gate(world.stranger_key, "a/b", 403, NULL);
    flush();
    (void)api(NOBODY, secret, ours, 401);
    world.app.gate_credential = secret;
    struct reply r = api(NOBODY, secret, ours, 200);
    expect(&r, "\"reason\":\"disabled_api_key\"", true);
    (void)api(NOBODY, secret, theirs, 200);
    (void)api(NOBODY, STR("0123456789abcdef0123456789abcdeF"), ours, 401);
    (void)api(NOBODY, secret, STR("00000000-0000-7000-8000-000000000000"),
        404);
    world.app.gate_credential = (struct str){ NULL, 0 };
}

/* Unknown keys and wrong secrets write nothing; revoked ones are told apart
 * for those who may know. */
static void
test_unknown(void **state)
{
    (void)state;
    struct reply r;
    int64_t before = world_int(&world, "SELECT count(*) FROM usage_event");
    (void)gate(STR("not a key"), "a/b", 401, NULL);
    /* a known prefix, another secret */
    struct str wrong = arena_fmt(world.arena, "%s%.*s", prefix,
        STR_ARG(str_from(world.key[MEMBER], 8)));
    (void)gate(wrong, "a/b", 401, NULL);
    flush();
    assert_int_equal(world_int(&world, "SELECT count(*) FROM refused_call"),
        0);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM usage_event"),
        before);
    world_exec(&world, "UPDATE api_key SET revoked_s = 1773000000, "
        "revoked_by = 'x' WHERE name = 'watched'");
    struct str id = gate(key, "a/b", 401, NULL);
    flush();
    r = page(OWNER, "/w/team/requests/", id, 200);
    expect(&r, "Revoked on 8 Mar 2026", true);
    (void)page(OWNER, "/w/team/requests/", STR("nothing-like-it"), 404);
    r = page(OWNER, "/w/team/requests/",
        STR("01900000-0000-7000-8000-000000000000"), 404);
    expect(&r, "too long ago", true);
}

/* What a caller names may be anything: it is clipped, and never a key. */
static void
test_names(void **state)
{
    (void)state;
    char model[301];
    memset(model, 'm', 300);
    model[300] = '\0';
    world_exec(&world, "UPDATE api_key SET disabled_s = 1, disabled_by = 'x' "
        "WHERE name = 'watched'");
    (void)gate(key, model, 403, NULL);
    struct str id = gate(key, arena_cstr(world.arena, key), 403, NULL);
    (void)gate(key, "<script>x</script>", 403, NULL);
    flush();
    assert_int_equal(world_int(&world,
        "SELECT max(length(model)) FROM refused_call"), 200);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM refused_call "
        "WHERE instr(model || trace, '_krs_') > 0"), 0);
    struct reply r = page(OWNER, "/w/team/requests/", id, 200);
    expect(&r, "it looks like a key", true);
    r = page(OWNER, "/w/team/requests", STR(""), 200);
    expect(&r, "<script>x", false);
}

/* A flood leaves few rows; all of it is counted, and the list adds up. */
static void
test_flood(void **state)
{
    (void)state;
    world_exec(&world, "UPDATE api_key SET disabled_s = 1, disabled_by = 'x' "
        "WHERE name = 'watched'");
    for (int i = 0; i < 500; i++) {
        (void)gate(key, "a/b", 403, NULL);
        if (i % 100 == 0)
            flush();
        world_forget(&world);
    }
    flush();
    assert_int_equal(world_int(&world, "SELECT count(*) FROM refused_call"),
        TALLY_TRACES_KIND);
    assert_int_equal(world_int(&world, "SELECT sum(calls) FROM usage_event"),
        500);
    assert_int_equal(world_int(&world, "SELECT sum(kept) FROM usage_event"),
        TALLY_TRACES_KIND);
    struct reply r = page(OWNER, "/w/team/requests", STR(""), 200);
    expect(&r, "490 calls like it in this minute", true);
    /* the process ends and begins again: the next minute is kept again */
    touches_free(world.app.touches);
    world.app.touches = touches_new();
    clock_fix((WORLD_NOW + 60) * 1000);
    struct str id = gate(key, "a/b", 403, NULL);
    flush();
    (void)page(OWNER, "/w/team/requests/", id, 200);
    /* old ones go, and the list counts them still */
    clock_fix((WORLD_NOW + 31 * (int64_t)DAY_S) * 1000);
    struct cx *cx = worker_shell(&world.worker); /* sessions are over */
    struct why why;
    struct request_list all;
    struct request_filter f = { .most = 10 };
    assert_int_equal(workspace_enter(cx, STR("team")), ERR_OK);
    /* that it was refused is known for as long as its count is */
    assert_int_equal(why_get(cx, id, STR(""), &why), ERR_OK);
    assert_true(why.refused && !why.traced);
    assert_int_equal(tally_prune(cx), ERR_OK);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM refused_call"),
        0);
    assert_int_equal(request_list(cx, STR(""), &f, &all), ERR_OK);
    assert_int_equal(all.n, 2);
    assert_int_equal(all.rows[1].calls, 500);
}

/* Many kinds of refusals in a minute: the bound of the workspace. */
static void
test_flood_of_kinds(void **state)
{
    (void)state;
    enum who whose[] = { OWNER, ADMIN, MEMBER };
    world_exec(&world, "UPDATE api_key SET all_endpoints = 0");
    for (int i = 0; i < 40; i++)
        for (size_t k = 0; k < COUNT_OF(whose); k++) {
            (void)gate(i % 4 == 0 ? key : world.key[whose[k]],
                i % 2 ? "a/b" : "openai/gpt-5", 403, NULL);
            world_forget(&world);
        }
    flush();
    int64_t n = world_int(&world, "SELECT count(*) FROM refused_call");
    assert_true(n > TALLY_TRACES_KIND && n <= TALLY_TRACES_MINUTE);
    assert_int_equal(world_int(&world, "SELECT sum(calls) FROM usage_event"),
        120);
    assert_int_equal(world_int(&world, "SELECT sum(kept) FROM usage_event"),
        n);
}

/* An allowed call: its reservation, then its report; both by either id. */
static void
test_allowed(void **state)
{
    (void)state;
    struct reply r;
    limit(LIMIT_REQUESTS, 5);
    struct str id = gate(key, "openai/gpt-5", 204, &r);
    struct str held = reply_header(&r, "x-inference-id");
    r = page(OWNER, "/w/team/requests/", held, 200);
    expect(&r, "under way", true);
    (void)page(OWNER, "/w/team/requests/", id, 200);
    r = req_json(&world, MANAGEMENT, "POST", "/v1/usage",
        arena_cstr(world.arena, arena_fmt(world.arena, "{\"id\": \"%.*s\", "
            "\"input_tokens\": 1234, \"output_tokens\": 5}", STR_ARG(held))));
    assert_int_equal(r.status, 200);
    r = page(OWNER, "/w/team/requests/", held, 200);
    expect(&r, "1,234 in, 5 out", true);
    (void)page(OWNER, "/w/team/requests/", id, 200);
    r = api(MANAGEMENT, STR(""), id, 200);
    expect(&r, "\"state\":\"succeeded\"", true);
    r = page(OWNER, "/w/team/requests", STR(""), 200);
    expect(&r, "1,234", true);
    (void)page(STRANGER, "/w/strangers/requests/", held, 404);
}

/* Limits of an allowed call, while it is under way and after it: those of its
 * key and model, and none of their amounts for who may not see them. */
static void
test_limits_of_allowed(void **state)
{
    (void)state;
    struct reply r;
    limit(LIMIT_REQUESTS, 5);
    limit(LIMIT_TOTAL, 9000);
    struct limit_in other = { .counts = LIMIT_TOTAL, .period = LIMIT_DAY,
        .model = world.model, .amount = 7777 };
    struct limit_in budget = { .counts = LIMIT_MONEY, .period = LIMIT_MONTH,
        .budget = 123450000 };
    other.set.present = UINT64_C(1)
        << field_index(limit_fields, STR("amount"));
    budget.set.present = UINT64_C(1)
        << field_index(limit_fields, STR("budget"));
    assert_int_equal(limit_set(world_as(&world, OWNER), str_cstr(prefix),
        &other), ERR_OK);
    assert_int_equal(limit_set(world_as(&world, OWNER), STR(""), &budget),
        ERR_OK);
    struct str id = gate(key, "a/other", 204, &r);
    struct str held = reply_header(&r, "x-inference-id");
    r = page(OWNER, "/w/team/requests/", held, 200);
    expect(&r, "Now: limits of such a call", true);
    expect(&r, "0 used now, 1 held by calls under way; the call holds 1", true);
    for (int settled = 0; settled < 2; settled++) {
        r = page(OWNER, "/w/team/requests/", id, 200);
        expect(&r, "Limit of the key: 5 requests per minute", true);
        expect(&r, "Limit of the key: 9,000 tokens per minute", true);
        expect(&r, "Budget of the workspace: $123.45 per month", true);
        expect(&r, "7,777", false);
        r = api(MANAGEMENT, STR(""), id, 200);
        expect(&r, "\"amount\":123450000", true);
        r = api(STANDARD, key, id, 200);
        expect(&r, "\"amount\":9000", true);
        expect(&r, "123450000", false);
        expect(&r, "\"source\":\"workspace\"", true);
        r = req_json(&world, MANAGEMENT, "POST", "/v1/usage", arena_cstr(
            world.arena, arena_fmt(world.arena, "{\"id\": \"%.*s\", \"key\": "
                "\"%s\", \"input_tokens\": 1234, \"output_tokens\": 5}",
                STR_ARG(held), prefix)));
        assert_int_equal(r.status, 200);
    }
    r = page(OWNER, "/w/team/requests/", id, 200);
    expect(&r, "1,239 used now; the call took 1,239", true);
    expect(&r, "As they stand now; how they stood when", true);
    expect(&r, "Applies", true);
    expect(&r, "Passed", false);
}

/* Pages of the list, both ways; filters; the file. */
static void
test_list(void **state)
{
    (void)state;
    struct reply r;
    world_exec(&world, "UPDATE api_key SET disabled_s = 1, disabled_by = 'x' "
        "WHERE name = 'watched'");
    for (int i = 0; i < 60; i++) {
        clock_fix((WORLD_NOW + 60 * i) * 1000);
        (void)gate(key, i == 7 ? "rare/one" : "a/b", 403, NULL);
        flush();
        world_forget(&world);
    }
    r = page(OWNER, "/w/team/requests", STR(""), 200);
    expect(&r, "50 lines on this page", true);
    expect(&r, "10 Mar 2026, 12:59 UTC", true);
    expect(&r, "10 Mar 2026, 12:09 UTC", false);
    expect(&r, "Next page", true);
    expect(&r, "Previous page", false);
    int64_t at = (WORLD_NOW + 60 * 10) * 1000;
    struct str next = arena_fmt(world.arena,
        "/w/team/requests?before=%lld.1.%lld", (long long)at,
        (long long)world_int(&world, "SELECT id FROM refused_call ORDER BY id "
            "LIMIT 1 OFFSET 10"));
    r = req_get(&world, OWNER, arena_cstr(world.arena, next));
    expect(&r, "10 lines on this page", true);
    expect(&r, "10 Mar 2026, 12:09 UTC", true);
    expect(&r, "10 Mar 2026, 12:10 UTC", false);
    expect(&r, "Previous page", true);
    next = arena_fmt(world.arena, "/w/team/requests?after=%lld.1.%lld",
        (long long)(at - 60000), (long long)world_int(&world,
            "SELECT id FROM refused_call ORDER BY id LIMIT 1 OFFSET 9"));
    r = req_get(&world, OWNER, arena_cstr(world.arena, next));
    expect(&r, "50 lines on this page", true);
    expect(&r, "10 Mar 2026, 12:59 UTC", true);
    r = req_get(&world, OWNER, "/w/team/requests?model=rare/one");
    expect(&r, "1 line on this page", true);
    r = req_get(&world, OWNER, "/w/team/requests?outcome=succeeded");
    expect(&r, "Nothing matches", true);
    r = req_get(&world, OWNER, "/w/team/requests?reason=disabled_api_key");
    expect(&r, "50 lines on this page", true);
    r = req_get(&world, OWNER, "/w/team/requests?from=tomorrow");
    assert_int_equal(r.status, 422);
    r = req_get(&world, OWNER, "/w/team/requests?key=nothing1");
    expect(&r, "Nothing matches", true);
    /* a file needs a fresh proof */
    struct str old = world.session[OWNER];
    world.session[OWNER] = world_sign_in(&world, OWNER);
    r = req_get(&world, OWNER, "/w/team/requests.csv");
    world.session[OWNER] = old;
    size_t lines = 0;
    for (size_t i = 0; i < r.body.n; i++)
        lines += r.body.p[i] == '\n';
    assert_int_equal(lines, 61);
}

static int
setup(void **state)
{
    (void)state;
    world_open(&world);
    key = world_key(&world, MEMBER, KEY_STANDARD, "watched");
    (void)snprintf(prefix, sizeof prefix, "%.*s", 8, key.p);
    world_exec(&world, "DELETE FROM usage_event");
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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_rate),
        TEST(test_unseen),
        TEST(test_whose), TEST(test_own_gate),
        TEST(test_unknown),
        TEST(test_names),
        TEST(test_flood),
        TEST(test_flood_of_kinds),
        TEST(test_allowed),
        TEST(test_limits_of_allowed),
        TEST(test_list),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
