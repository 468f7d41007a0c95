/* SPDX-License-Identifier: ISC */
/* Usage, single calls, credits and the ledger, as programs written for AIMLAPI
 * ask for them. */
#include "world.h"

#include "base/clock.h"
#include "core/usage.h"
#include "text/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct world world;
static int n_events;

static int64_t
key_id(enum who who)
{
    return world_int(&world, arena_fmt(world.arena,
        "SELECT id FROM api_key WHERE prefix = '%.*s'",
        STR_ARG(world.prefix[who])).p);
}

/* One call at an instant; 1,000 tokens in and 500 out. */
static void
call(enum who who, int64_t at_ms, const char *model, enum usage_outcome outcome)
{
    bool fresh;
    int nth = n_events++;
    struct usage_event e = { .at_ms = at_ms,
        .key_id = key_id(who),
        .event_id = arena_fmt(world.arena, "e%d", nth),
        .model = str_cstr(model),
        .endpoint = STR("/v1/chat/completions"),
        .outcome = outcome,
        .client_id = nth % 2 == 0 ? STR("mine") : STR(""),
        .input_tokens = outcome == USAGE_SUCCEEDED ? 1000000 : 0,
        .output_tokens = outcome == USAGE_SUCCEEDED ? 500000 : 0,
        .took_ms = -1 };
    struct cx *cx = world_as(&world, OWNER);
    if (usage_record(cx, &e, &fresh) || !fresh)
        fail_msg("usage_record: %.*s", STR_ARG(cx->err.msg));
}

static int
setup(void **state)
{
    (void)state;
    world_open(&world);
    world_exec(&world, "UPDATE model_price SET from_s = 0");
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
    n_events = 0;
    return 0;
}

static struct val *
get(enum who who, const char *path, int status)
{
    struct reply r = req_get(&world, who, path);
    if (r.status != status)
        fail_msg("%s by %s: %d: %.*s", path, who_name(who), r.status,
            STR_ARG(r.body));
    return reply_json(&world, &r);
}

static struct str
text(const struct val *v, const char *name)
{
    return val_text(val_get_cstr(v, name));
}

static int64_t
number(const struct val *v, const char *name)
{
    const struct val *m = val_get_cstr(v, name);
    if (!m || m->type != VAL_INT)
        fail_msg("%s is no whole number", name);
    return m->u.i;
}

static const struct val *
item(const struct val *v, const char *list, size_t i)
{
    const struct val *l = val_get_cstr(v, list);
    assert_non_null(l);
    assert_int_equal(l->type, VAL_LIST);
    assert_true(i < l->u.list.n);
    return l->u.list.items[i];
}

static size_t
length(const struct val *v, const char *list)
{
    const struct val *l = val_get_cstr(v, list);
    assert_non_null(l);
    return l->u.list.n;
}

static bool
is_null(const struct val *v, const char *name)
{
    const struct val *m = val_get_cstr(v, name);
    return m && m->type == VAL_NULL;
}

#define NOW_MS (WORLD_NOW * 1000)
#define HOUR_MS INT64_C(3600000)

/* ---- /v2/usage ---- */

static void
test_spend(void **state)
{
    (void)state;
    call(STANDARD, NOW_MS - HOUR_MS, "openai/gpt-5", USAGE_SUCCEEDED);
    call(STANDARD, NOW_MS - HOUR_MS, "openai/gpt-5", USAGE_FAILED);
    call(STANDARD, NOW_MS - HOUR_MS, "openai/gpt-5", USAGE_REFUSED);
    call(STANDARD, NOW_MS - 30 * HOUR_MS, "openai/gpt-5", USAGE_SUCCEEDED);
    call(MEMBER, NOW_MS - HOUR_MS, "openai/gpt-5", USAGE_SUCCEEDED);
    struct val *v = get(STANDARD, "/v2/usage?period=24h", 200);
    assert_int_equal(v->u.map.n, 6);
    assert_true(is_null(v, "api_key_prefix"));
    assert_true(str_is(text(v, "start"), "2026-03-09T12:00:00.000Z"));
    assert_true(str_is(text(v, "end"), "2026-03-10T12:00:00.000Z"));
    assert_true(str_is(text(v, "currency"), "USD"));
    assert_int_equal(number(v, "requests"), 1);
    assert_int_equal(number(v, "spend"), 2);
    v = get(STANDARD, "/v2/usage?start=2026-03-01&end=2026-03-11", 200);
    assert_int_equal(number(v, "requests"), 2);
    /* the management key names one; without a name it is about itself */
    const char *path = arena_fmt(world.arena, "/v2/usage?period=1d&"
        "key_prefix=%.*s", STR_ARG(world.prefix[MEMBER])).p;
    v = get(MANAGEMENT, path, 200);
    assert_true(str_eq(text(v, "api_key_prefix"), world.prefix[MEMBER]));
    assert_int_equal(number(v, "requests"), 1);
    v = get(MANAGEMENT, "/v2/usage?period=1d", 200);
    assert_int_equal(number(v, "requests"), 0);
    get(STANDARD, path, 403);
    get(ADMIN_KEY, "/v2/usage?period=1d", 403);
}

/* Whole hours and what is cut off at both ends: any span sums up right. */
static void
test_any_span(void **state)
{
    (void)state;
    enum { CALLS = 60, SPANS = 120 };
    int64_t at[CALLS];
    srand(7);
    for (int i = 0; i < CALLS; i++) {
        at[i] = NOW_MS - (rand() % 100) * HOUR_MS / 10 - rand() % 3;
        call(STANDARD, at[i], "openai/gpt-5", USAGE_SUCCEEDED);
    }
    for (int s = 0; s < SPANS; s++) {
        int64_t from = NOW_MS - (rand() % 120) * HOUR_MS / 10 - rand() % 3;
        int64_t to = from + (rand() % 60) * HOUR_MS / 10 + rand() % 3, want = 0;
        for (int i = 0; i < CALLS; i++)
            want += at[i] >= from && at[i] < to;
        const char *path = arena_fmt(world.arena,
            "/v2/usage?start=%.*s&end=%.*s",
            STR_ARG(when_rfc3339_ms(world.arena, from)),
            STR_ARG(when_rfc3339_ms(world.arena, to))).p;
        struct val *v = get(STANDARD, path, 200);
        if (number(v, "requests") != want)
            fail_msg("%s: %lld, not %lld", path,
                (long long)number(v, "requests"), (long long)want);
    }
}

/* ---- /v2/usage/detail ---- */

static void
test_groups(void **state)
{
    (void)state;
    /* 23:30 and 00:30 in Berlin are one day of UTC */
    int64_t evening = INT64_C(1773095400000); /* 2026-03-09 22:30 UTC */
    call(STANDARD, evening, "openai/gpt-5", USAGE_SUCCEEDED);
    call(STANDARD, evening + HOUR_MS, "openai/gpt-5", USAGE_SUCCEEDED);
    call(STANDARD, evening + HOUR_MS, "other/free", USAGE_FAILED);
    call(STANDARD, evening + 2 * HOUR_MS, "other/free", USAGE_SUCCEEDED);
    struct val *v = get(STANDARD, "/v2/usage/detail?period=7d", 200);
    assert_null(val_get_cstr(v, "groups"));
    assert_int_equal(length(v, "models"), 2);
    assert_true(str_is(text(item(v, "models", 0), "model"), "openai/gpt-5"));
    assert_int_equal(number(item(v, "models", 0), "spend"), 4);
    assert_int_equal(number(item(v, "models", 0), "requests"), 2);
    assert_int_equal(number(v, "requests"), 3);

    v = get(STANDARD, "/v2/usage/detail?period=7d&group_by=day", 200);
    assert_int_equal(length(v, "groups"), 2);
    const struct val *g = item(v, "groups", 0);
    assert_true(str_is(text(g, "day"), "2026-03-09"));
    assert_null(val_get_cstr(g, "model"));
    const struct val *r = val_get_cstr(g, "requests");
    assert_int_equal(number(r, "total"), 3);
    assert_int_equal(number(r, "charged"), 2);
    assert_int_equal(number(r, "succeeded"), 2);
    assert_int_equal(number(r, "failed"), 1);
    const struct val *t = val_get_cstr(g, "tokens");
    assert_int_equal(number(t, "input"), 2000000);
    assert_int_equal(number(t, "total"), 3000000);

    v = get(STANDARD, "/v2/usage/detail?period=7d&group_by=day,model", 200);
    assert_int_equal(length(v, "groups"), 3);
    v = get(STANDARD, "/v2/usage/detail?period=7d&group_by=model", 200);
    assert_int_equal(length(v, "groups"), 2);
    assert_null(val_get_cstr(item(v, "groups", 0), "day"));

    struct reply any = req_get(&world, STANDARD,
        "/v2/usage/detail?period=7d&group_by=day&tz=Europe/Berlin");
    if (any.status == 400 && reply_holds(&any, STR("IANA")))
        skip(); /* no tzdata */
    v = reply_json(&world, &any);
    assert_int_equal(length(v, "groups"), 2);
    assert_true(str_is(text(item(v, "groups", 0), "day"), "2026-03-09"));
    assert_int_equal(number(val_get_cstr(item(v, "groups", 0), "requests"),
        "total"), 1);
    v = get(STANDARD, "/v2/usage/detail?period=7d&group_by=day"
        "&tz=Pacific/Kiritimati", 200);
    assert_int_equal(length(v, "groups"), 1);
    assert_true(str_is(text(item(v, "groups", 0), "day"), "2026-03-10"));
    /* groups add up to the whole, also where a clock was turned */
    v = get(STANDARD, "/v2/usage/detail?start=2026-01-01&end=2026-03-31"
        "&group_by=day&tz=America/New_York", 200);
    assert_int_equal(number(val_get_cstr(item(v, "groups", 0), "requests"),
        "total"), 4);
}

/* ---- what is refused ---- */

static void
test_bad_queries(void **state)
{
    (void)state;
    static const char *const everywhere[] = { "", "period=0d", "period=7",
        "period=d", "period=07d", "period=-1d", "period=7w", "period=93d",
        "period=99999999999999999999d", "period=2209h",
        "period=7d&start=2026-03-01", "start=2026-03-01", "end=2026-03-01",
        "start=2026-03-02&end=2026-03-01", "start=x&end=y",
        "start=2025-01-01&end=2025-05-01", "period=1d&period=1d",
        "period=1d&key_prefix=", "period=1d&nothing=1" };
    static const char *const paths[] = { "/v2/usage", "/v2/usage/detail",
        "/v2/logs" };
    for (size_t p = 0; p < COUNT_OF(paths); p++)
        for (size_t i = 0; i < COUNT_OF(everywhere); i++)
            get(STANDARD, arena_fmt(world.arena, "%s?%s", paths[p],
                everywhere[i]).p, 400);
    static const char *const single[] = { "/v2/usage?period=1d&group_by=day",
        "/v2/usage?period=1d&tz=UTC", "/v2/logs?period=1d&tz=UTC",
        "/v2/usage/detail?period=1d&group_by=week",
        "/v2/usage/detail?period=1d&group_by=model,day",
        "/v2/usage/detail?period=1d&group_by=day&tz=utc",
        "/v2/usage/detail?period=1d&group_by=day&tz=%2B05:00",
        "/v2/usage/detail?period=1d&group_by=day&tz=../UTC",
        "/v2/usage/detail?period=1d&tz=UTC",
        "/v2/logs?period=1d&limit=0", "/v2/logs?period=1d&limit=101",
        "/v2/logs?period=1d&limit=x", "/v2/logs?period=1d&offset=-1",
        "/v2/logs?period=1d&status=refused",
        "/v2/logs?period=1d&status=succeeded,failed",
        "/v2/billing?x=1", "/v2/billing/transactions?cursor=abc",
        "/v2/billing/transactions?limit=0",
        "/v2/billing/transactions?direction=topup",
        "/v2/billing/transactions?type=FREE",
        "/v2/billing/transactions?from=2026-03-02&to=2026-03-02",
        "/v2/billing/transactions?page=2" };
    for (size_t i = 0; i < COUNT_OF(single); i++)
        get(STANDARD, single[i], 400);
    get(MANAGEMENT, "/v2/usage?period=1d&key_prefix=00000000", 404);
    get(MANAGEMENT, arena_fmt(world.arena, "/v2/logs?period=1d&key_prefix="
        "%.*s", 8, world.stranger_key.p).p, 404);
    get(STANDARD, "/v2/logs?period=1d&key_prefix=00000000", 403);
}

/* ---- /v2/logs ---- */

static void
test_logs(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        call(STANDARD, NOW_MS - i * HOUR_MS, i % 2 ? "a/one" : "openai/gpt-5",
            i == 3 ? USAGE_FAILED : USAGE_SUCCEEDED);
    call(STANDARD, NOW_MS - 1, "a/one", USAGE_REFUSED);
    call(MEMBER, NOW_MS - 1, "a/one", USAGE_SUCCEEDED);
    struct val *v =
        get(STANDARD, "/v2/logs?start=2026-03-10&end=2026-03-11&limit=2", 200);
    assert_int_equal(length(v, "data"), 2);
    const struct val *row = item(v, "data", 0);
    assert_int_equal(row->u.map.n, 9);
    assert_true(str_is(text(row, "created"), "2026-03-10T12:00:00.000Z"));
    assert_true(str_is(text(row, "status"), "succeeded"));
    assert_true(str_is(text(row, "origin"), "api"));
    assert_true(str_is(text(row, "inference_id"), "e0"));
    assert_true(str_is(text(row, "client_request_id"), "mine"));
    assert_true(is_null(row, "request_id"));
    assert_true(is_null(item(v, "data", 1), "client_request_id"));
    const struct val *cost = val_get_cstr(row, "cost");
    assert_int_equal(number(cost, "usd"), 2);
    assert_int_equal(number(cost, "credits"), 4000000);
    const struct val *page = val_get_cstr(v, "pagination");
    assert_int_equal(number(page, "total"), 5);
    assert_int_equal(number(page, "limit"), 2);
    assert_true(val_get_cstr(page, "has_more")->u.b);
    v = get(STANDARD, "/v2/logs?period=1d&offset=4", 200);
    page = val_get_cstr(v, "pagination");
    assert_false(val_get_cstr(page, "has_more")->u.b);
    assert_int_equal(number(page, "offset"), 4);
    static const struct {
        const char *query;
        int64_t total;
    } rows[] = { { "model=a/one", 2 }, { "model=one", 2 }, { "model=on", 0 },
        { "model=gpt-5&model=a/one", 4 }, { "model=gpt-5,a/one", 0 },
        { "status=failed", 1 }, { "status=failed&status=succeeded", 4 },
        { "model=one&status=succeeded", 1 }, { "model=%25", 0 } };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        v = get(STANDARD, arena_fmt(world.arena, "/v2/logs?period=1d&%s",
            rows[i].query).p, 200);
        page = val_get_cstr(v, "pagination");
        if (number(page, "total") != rows[i].total)
            fail_msg("%s: %lld", rows[i].query,
                (long long)number(page, "total"));
    }
}

/* ---- billing ---- */

static void
use_credits(void)
{
    world_exec(&world, "UPDATE workspace SET credits_micro = 12500000 "
        "WHERE slug = 'team'");
    for (int i = 0; i < 7; i++)
        world_exec(&world, arena_fmt(world.arena, "INSERT INTO credit_entry "
            "(uuid, workspace_id, at_s, kind, amount_micro, balance_micro, "
            "model, reference, by_name) SELECT 'u%d', id, %lld, '%s', %d, 0, "
            "'%s', '%s', 'x' FROM workspace WHERE slug = '%s'", i,
            (long long)(WORLD_NOW - 100 + i), i == 0 ? "payment"
                : "model_usage", i == 0 ? 20000000 : -1560000,
            i == 0 ? "" : "openai/gpt-5", i == 0 ? "" : "e1",
            i == 6 ? "strangers" : "team").p);
}

static void
test_billing(void **state)
{
    (void)state;
    struct val *v = get(STANDARD, "/v2/billing", 200);
    assert_int_equal(number(v, "current_balance"), 0);
    use_credits();
    v = get(STANDARD, "/v2/billing", 200);
    assert_true(val_get_cstr(v, "current_balance")->u.real == 12.5);
    assert_true(str_is(text(v, "currency"), "USD"));
    v = get(MANAGEMENT, "/v2/billing/detail", 200);
    assert_true(number(v, "user_id") > 0);
    assert_true(str_eq(text(v, "email"), who_email(OWNER)));
    v = get(STANDARD, "/v1/billing/balance", 200);
    assert_int_equal(number(v, "balance"), 25000000);
    assert_false(val_get_cstr(v, "lowBalance")->u.b);
    assert_true(str_is(text(v, "status"), "current"));
    assert_int_equal(v->u.map.n, 7);
    /* the money of the workspace is no business of a member's key */
    struct ask ask = world_ask(&world, NOBODY, "GET", STR("/v2/billing"));
    ask.bearer = world.key[MEMBER];
    assert_int_equal(world_send(&world, &ask).status, 403);
    ask.target = STR("/v2/billing/transactions");
    assert_int_equal(world_send(&world, &ask).status, 403);
    get(MANAGEMENT, "/v2/billing/transactions", 403);
}

static void
test_transactions(void **state)
{
    (void)state;
    use_credits();
    struct val *v =
        get(STANDARD, "/v2/billing/transactions?limit=4", 200);
    assert_int_equal(length(v, "data"), 4);
    const struct val *row = item(v, "data", 0);
    assert_true(str_is(text(row, "direction"), "CHARGE"));
    assert_true(str_is(text(row, "type"), "MODEL_USAGE"));
    assert_true(str_is(text(row, "reference_id"), "e1"));
    const struct val *amount = val_get_cstr(row, "amount");
    assert_true(val_get_cstr(amount, "usd")->u.real == 1.56);
    assert_int_equal(number(amount, "credits"), 3120000);
    const struct val *page = val_get_cstr(v, "pagination");
    assert_true(val_get_cstr(page, "has_more")->u.b);
    struct str cursor = text(page, "next_cursor");
    assert_true(cursor.n > 10);
    const char *next = arena_fmt(world.arena, "/v2/billing/transactions?"
        "limit=4&cursor=%.*s", STR_ARG(cursor)).p;
    v = get(STANDARD, next, 200);
    assert_int_equal(length(v, "data"), 2);
    page = val_get_cstr(v, "pagination");
    assert_true(is_null(page, "next_cursor"));
    row = item(v, "data", 1);
    assert_true(str_is(text(row, "direction"), "TOPUP"));
    assert_true(is_null(row, "model"));
    /* good for this list and these filters only, and in this form only */
    get(STANDARD, arena_fmt(world.arena, "%s&type=MODEL_USAGE", next).p, 400);
    get(STANDARD, arena_fmt(world.arena, "%sA", next).p, 400);
    char changed[400];
    assert_true(strlen(next) < sizeof changed);
    memcpy(changed, next, strlen(next));
    for (size_t i = strlen(next) - cursor.n; i < strlen(next); i++) {
        char c = changed[i];
        changed[i] = c == 'A' ? 'B' : 'A';
        get(STANDARD, arena_fmt(world.arena, "%.*s", (int)strlen(next),
            changed).p, 400);
        changed[i] = c;
    }
    v = get(STANDARD, "/v2/billing/transactions?type=PAYMENT", 200);
    assert_int_equal(length(v, "data"), 1);
    v = get(STANDARD, "/v2/billing/transactions?direction=CHARGE", 200);
    assert_int_equal(length(v, "data"), 5);
    v = get(STANDARD, "/v2/billing/transactions?from=2026-03-11", 200);
    assert_int_equal(length(v, "data"), 0);
}

/* 200 lists of calls in 60 seconds for each key, then one has to wait. */
static void
test_pace(void **state)
{
    (void)state;
    static const char path[] = "/v2/logs?period=1d";
    clock_fix((WORLD_NOW + 600) * 1000); /* what others asked is forgotten */
    for (int i = 0; i < 200; i++) {
        get(STANDARD, path, 200);
        world_forget(&world);
    }
    struct reply r = req_get(&world, STANDARD, path);
    assert_int_equal(r.status, 429);
    assert_true(str_is(reply_header(&r, "Retry-After"), "61"));
    struct val *v = reply_json(&world, &r);
    assert_int_equal(val_get_cstr(v, "statusCode")->u.i, 429);
    get(STANDARD, "/v2/usage?period=1d", 200); /* other reports go on */
    get(MANAGEMENT, path, 200);                /* and other keys */
    clock_fix((WORLD_NOW + 659) * 1000);
    get(STANDARD, path, 429);
    clock_fix((WORLD_NOW + 661) * 1000);
    get(STANDARD, path, 200);
    /* half of the window is over: half of its calls */
    clock_fix((WORLD_NOW + 690) * 1000);
    int passed = 0;
    while (req_get(&world, STANDARD, path).status == 200 && passed < 200) {
        world_forget(&world);
        passed++;
    }
    assert_int_equal(passed, 99);
    clock_fix(WORLD_NOW * 1000);
}

/* More names than a report lists: nothing is left out of the sums. */
static void
test_many_models(void **state)
{
    (void)state;
    world_exec(&world, arena_fmt(world.arena, "WITH RECURSIVE n(i) AS "
        "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2105) "
        "INSERT INTO usage_hour SELECT k.workspace_id, k.id, %lld, "
        "printf('m/%%05d', i), '/v1/x', 0, 0, 1, 2, 3, 1000000 + (i = 7) "
        "FROM n, api_key k WHERE k.prefix = '%.*s'",
        (long long)(NOW_MS - 2 * HOUR_MS) / 3600000 * 3600,
        STR_ARG(world.prefix[STANDARD])).p);
    struct val *v = get(STANDARD, "/v2/usage?period=24h", 200);
    assert_int_equal(number(v, "requests"), 2105);
    /* more than the tests' reader of JSON takes */
    struct reply r = req_get(&world, STANDARD,
        "/v2/usage/detail?period=24h&group_by=model");
    assert_int_equal(r.status, 200);
    assert_true(reply_holds(&r, STR("\"requests\":2105,\"models\":["
        "{\"model\":\"m/00007\",")));
    assert_true(reply_holds(&r, STR("{\"model\":\"(other models)\","
        "\"spend\":105,\"requests\":105}]")));
    assert_true(reply_holds(&r, STR("\"total\":525}")));
    assert_false(reply_holds(&r, STR("m/02105")));
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, restore)
    const struct CMUnitTest tests[] = {
        TEST(test_spend), TEST(test_any_span), TEST(test_groups),
        TEST(test_bad_queries), TEST(test_logs), TEST(test_billing),
        TEST(test_transactions), TEST(test_pace), TEST(test_many_models),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
