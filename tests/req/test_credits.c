/* SPDX-License-Identifier: ISC */
/* Credits and dated prices as owners meet them: who may, what counts once, and
 * that the ledger sums to the balance whatever happens. */
#include "world.h"

#include "base/attr.h"
#include "base/clock.h"
#include "text/when.h"

#include <stdio.h>
#include <string.h>

static struct world world;

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
fresh(void **state)
{
    (void)state;
    world_restore(&world);
    clock_fix(WORLD_NOW * 1000);
    return 0;
}
#define TEST(name) cmocka_unit_test_setup(name, fresh)

#define BALANCE                                                              \
    "SELECT ifnull(credits_micro, -1) FROM workspace WHERE slug = 'team'"
#define OF_TEAM "workspace_id = (SELECT id FROM workspace WHERE slug = 'team')"

/* The ledger adds up: entries and lines to the balance, each line to the one
 * before it. */
static void
adds_up(void)
{
    int64_t balance = world_int(&world,
        "SELECT ifnull(credits_micro, 0) FROM workspace WHERE slug = 'team'");
    assert_int_equal(balance, world_int(&world,
        "SELECT ifnull(sum(amount_micro), 0) FROM credit_entry "
        "WHERE " OF_TEAM));
    assert_int_equal(balance, world_int(&world,
        "SELECT ifnull(sum(amount_micro), 0) FROM credit_line "
        "WHERE " OF_TEAM));
    assert_int_equal(0, world_int(&world,
        "SELECT count(*) FROM (SELECT balance_micro - amount_micro AS was, "
        "ifnull(lag(balance_micro) OVER (ORDER BY id), 0) AS before "
        "FROM credit_line WHERE " OF_TEAM ") WHERE was <> before"));
}

static struct reply
post(enum who who, const char *path, const char *form, int status)
{
    struct reply r = req_post(&world, who, path, str_cstr(form));
    if (r.status != status)
        fail_msg("%s as %s with %s: %d: %.*s", path, who_name(who), form,
            r.status, STR_ARG(r.body));
    return r;
}

static void
turn_on(const char *amount)
{
    char form[80];
    (void)snprintf(form, sizeof form, "once=on-%s&amount=%s", amount, amount);
    post(OWNER, "/w/team/credits/on", form, 303);
}

static void
test_owner_alone(void **state)
{
    (void)state;
    static const char *const pages[] = { "/w/team/credits",
        "/w/team/credits.csv", "/w/team/credits/on", "/w/team/credits/off",
        "/w/team/credits/top-up", "/w/team/credits/adjust" };
    static const char *const posts[] = { "/w/team/credits/on",
        "/w/team/credits/top-up" };
    turn_on("5");
    for (size_t i = 0; i < COUNT_OF(pages); i++) {
        assert_int_equal(req_get(&world, OWNER, pages[i]).status, 200);
        assert_int_equal(req_get(&world, ADMIN, pages[i]).status, 403);
        assert_int_equal(req_get(&world, MEMBER, pages[i]).status, 403);
        assert_int_equal(req_get(&world, STRANGER, pages[i]).status, 404);
        assert_int_equal(req_get(&world, NOBODY, pages[i]).status, 303);
    }
    for (size_t i = 0; i < COUNT_OF(posts); i++) {
        post(ADMIN, posts[i], "once=a&amount=1000", 403);
        post(MEMBER, posts[i], "once=b&amount=1000", 403);
        post(STRANGER, posts[i], "once=c&amount=1000", 404);
    }
    post(ADMIN, "/w/team/credits/adjust", "once=d&way=add&amount=9&note=x",
        403);
    post(ADMIN, "/w/team/credits/off", "", 403);
    assert_int_equal(world_int(&world, BALANCE), 5000000);
    struct reply r = req_get(&world, ADMIN, "/w/team/");
    assert_false(reply_holds(&r, STR("/w/team/credits")));
    r = req_get(&world, OWNER, "/w/team/");
    assert_true(reply_holds(&r, STR("/w/team/credits")));
}

static void
test_once(void **state)
{
    (void)state;
    turn_on("0");
    for (int i = 0; i < 3; i++)
        post(OWNER, "/w/team/credits/top-up", "once=same&amount=50", 303);
    /* the id again with another amount is still the same form */
    post(OWNER, "/w/team/credits/top-up", "once=same&amount=70", 303);
    for (int i = 0; i < 2; i++)
        post(OWNER, "/w/team/credits/adjust",
            "once=other&way=take&amount=20&note=wrong+invoice", 303);
    assert_int_equal(world_int(&world, BALANCE), 30000000);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM audit "
        "WHERE action IN ('credit.top_up', 'credit.adjust')"), 2);
    adds_up();
    /* each form has its own id */
    struct reply a = req_get(&world, OWNER, "/w/team/credits/top-up");
    struct reply b = req_get(&world, OWNER, "/w/team/credits/top-up");
    assert_false(str_eq(a.body, b.body));
}

static void
test_wrong(void **state)
{
    (void)state;
    static const char *const bad[] = { "amount=5", "once=x",
        "once=x&amount=-5", "once=x&amount=0", "once=x&amount=5e3",
        "once=x&amount=9999999999", "once=x&amount=5&kind=payment",
        "once=x&amount=5&amount=6" };
    post(OWNER, "/w/team/credits/top-up", "once=x&amount=5", 409);
    turn_on("1");
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        post(OWNER, "/w/team/credits/top-up", bad[i], 422);
    post(OWNER, "/w/team/credits/adjust", "once=y&way=take&amount=1", 422);
    post(OWNER, "/w/team/credits/adjust", "once=y&way=x&amount=1&note=n", 422);
    post(OWNER, "/w/team/credits/on", "once=z&amount=1", 409);
    assert_int_equal(world_int(&world, BALANCE), 1000000);
    world_exec(&world, "UPDATE workspace SET "
        "credits_micro = 1000000000000000000 WHERE slug = 'team'");
    post(OWNER, "/w/team/credits/top-up", "once=much&amount=1", 422);
    assert_int_equal(world_int(&world, BALANCE), 1000000000000000000);
}

static void
test_off(void **state)
{
    (void)state;
    struct reply r = req_get(&world, OWNER, "/w/team/credits");
    assert_true(reply_holds(&r, STR("Credits are off")));
    turn_on("7.50");
    post(OWNER, "/w/team/credits/off", "", 303);
    post(OWNER, "/w/team/credits/off", "", 303);
    assert_int_equal(world_int(&world, BALANCE), -1);
    adds_up();
    turn_on("2");
    assert_int_equal(world_int(&world, BALANCE), 2000000);
    adds_up();
    r = req_get(&world, OWNER, "/w/team/credits.csv");
    assert_true(reply_holds(&r, STR("adjustment,0,-7.5")));
}

/* One call reported for OWNER's key: $2.00 at the prices of the world. */
static void
report(int i, const char *outcome)
{
    char json[300];
    (void)snprintf(json, sizeof json, "{\"key\": \"%.*s\", \"id\": \"c%d\", "
        "\"model\": \"openai/gpt-5\", \"outcome\": \"%s\", "
        "\"input_tokens\": 1000000, \"output_tokens\": 500000}",
        STR_ARG(world.prefix[OWNER]), i, outcome);
    struct reply r = req_json(&world, MANAGEMENT, "POST", "/v1/usage", json);
    if (r.status != 200)
        fail_msg("%s: %d: %.*s", json, r.status, STR_ARG(r.body));
}

static void
test_charges(void **state)
{
    (void)state;
    turn_on("100");
    int64_t before = world_int(&world, BALANCE);
    for (int i = 0; i < 6; i++) {
        report(i, "succeeded");
        report(i, "succeeded"); /* sent twice counts once */
        adds_up();
    }
    report(6, "failed");
    int64_t each = (before - world_int(&world, BALANCE)) / 6;
    assert_true(each > 0);
    assert_int_equal(world_int(&world, BALANCE), before - 6 * each);
    assert_int_equal(world_int(&world, "SELECT calls FROM credit_line "
        "WHERE kind = 'model_usage'"), 6);
    post(OWNER, "/w/team/credits/top-up", "once=mid&amount=1", 303);
    report(7, "succeeded");
    clock_fix((WORLD_NOW + DAY_S) * 1000);
    report(8, "succeeded");
    clock_fix(WORLD_NOW * 1000);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM credit_line "
        "WHERE kind = 'model_usage'"), 3);
    adds_up();
    struct reply r = req_get(&world, OWNER, "/w/team/credits?kind=payment");
    assert_true(reply_holds(&r, STR("+$1.00")));
    assert_false(reply_holds(&r, STR("6 calls")));
    r = req_get(&world, OWNER, "/w/team/credits");
    assert_true(reply_holds(&r, STR("6 calls")));
}

static void
test_pages_of_lines(void **state)
{
    (void)state;
    char form[60];
    turn_on("0");
    for (int i = 0; i < 60; i++) {
        (void)snprintf(form, sizeof form, "once=n%d&amount=1&note=n%02d-", i,
            i);
        post(OWNER, "/w/team/credits/top-up", form, 303);
    }
    struct reply r = req_get(&world, OWNER, "/w/team/credits");
    assert_true(reply_holds(&r, STR("n59-")));
    assert_false(reply_holds(&r, STR("n09-")));
    int64_t last = world_int(&world, "SELECT id FROM credit_line "
        "WHERE note = 'n10-'");
    (void)snprintf(form, sizeof form, "/w/team/credits?before=%lld",
        (long long)last);
    r = req_get(&world, OWNER, form);
    assert_true(reply_holds(&r, STR("n09-")));
    assert_false(reply_holds(&r, STR("n10-")));
    (void)snprintf(form, sizeof form, "/w/team/credits?after=%lld",
        (long long)last);
    r = req_get(&world, OWNER, form);
    assert_true(reply_holds(&r, STR("n11-")));
    assert_false(reply_holds(&r, STR("n10-")));
}

/* ---- dated prices ---- */

static const char *
prices(const char *rest)
{
    return arena_cstr(world.arena, arena_fmt(world.arena,
        "/w/team/models/%.*s/prices%s", STR_ARG(world.model), rest));
}

static void
test_prices(void **state)
{
    (void)state;
    const char *good = "from=2026-03-11&input_price=4&output_price=8";
    post(MEMBER, prices(""), good, 403);
    post(STRANGER, prices(""), good, 404);
    post(ADMIN, prices(""), "from=2026-03-10&input_price=4&output_price=8",
        422);
    post(ADMIN, prices(""), "from=2020-01-01&input_price=0&output_price=0",
        422);
    post(ADMIN, prices(""), good, 303);
    int64_t was = world_int(&world, "SELECT count(*) FROM model_price");
    struct reply r = req_get(&world, MEMBER, prices(""));
    assert_true(reply_holds(&r, STR("To come")));
    assert_false(reply_holds(&r, STR("Add a price")));
    turn_on("100");
    report(1, "succeeded");
    int64_t old = world_int(&world, "SELECT cost_micro FROM usage_event "
        "WHERE event_id = 'c1'");
    clock_fix((WORLD_NOW + DAY_S) * 1000);
    report(2, "succeeded");
    assert_int_equal(world_int(&world, "SELECT cost_micro FROM usage_event "
        "WHERE event_id = 'c2'"), 8000000);
    assert_int_not_equal(old, 8000000);
    /* begun now: it cannot be taken away any more */
    world_exec(&world, "UPDATE session SET seen_s = seen_s + 86400, "
        "ends_s = ends_s + 86400");
    post(ADMIN, prices("/2026-03-11/remove"), "", 409);
    clock_fix(WORLD_NOW * 1000);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM model_price"),
        was);
    post(MEMBER, prices("/2026-03-11/remove"), "", 403);
    post(ADMIN, prices("/2026-03-12/remove"), "", 409);
    post(ADMIN, prices("/soon/remove"), "", 404);
    post(ADMIN, prices("/2026-03-11/remove"), "", 303);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM model_price"),
        was - 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = { TEST(test_owner_alone),
        TEST(test_once), TEST(test_wrong), TEST(test_off), TEST(test_charges),
        TEST(test_pages_of_lines), TEST(test_prices) };
    return cmocka_run_group_tests_name("credits", tests, setup, teardown);
}
