/* SPDX-License-Identifier: ISC */
/* The pages about limits: what they show to whom, and what their forms do. */
#include "world.h"

#include "core/usage.h"

#include <stdio.h>
#include <string.h>

static struct world world;
static char base[64];
static int n_events;

static const char *const no_texts[] = { NULL };
#define TEXTS(...) (const char *const[]){ __VA_ARGS__, NULL }

static void
expect(const char *what, const struct reply *r, int status,
    const char *const *with, const char *const *without)
{
    if (r->status != status)
        fail_msg("%s: %d instead of %d: %.*s", what, r->status, status,
            STR_ARG(r->body));
    for (size_t i = 0; with[i]; i++)
        if (!reply_holds(r, str_cstr(with[i])))
            fail_msg("%s: \"%s\" is not there: %.*s", what, with[i],
                STR_ARG(r->body));
    for (size_t i = 0; without[i]; i++)
        if (reply_holds(r, str_cstr(without[i])))
            fail_msg("%s: \"%s\" is there: %.*s", what, without[i],
                STR_ARG(r->body));
}

/* "/w/team/keys/PREFIX/limits" + rest */
static const char *
at(const char *rest)
{
    return arena_cstr(world.arena,
        arena_fmt(world.arena, "%s%s", base, rest));
}

static int64_t
key_id(void)
{
    return world_int(&world, arena_cstr(world.arena,
        arena_fmt(world.arena, "SELECT id FROM api_key WHERE prefix = "
            "'%.*s'", STR_ARG(world.prefix[MEMBER]))));
}

/* $2.00 with the key of MEMBER. */
static void
call(int64_t ago_s)
{
    bool fresh;
    struct cx *cx = world_as(&world, OWNER);
    struct usage_event e = { .at_ms = (WORLD_NOW - ago_s) * 1000,
        .key_id = key_id(),
        .event_id = arena_fmt(world.arena, "e%d", n_events++),
        .model = STR("openai/gpt-5"),
        .outcome = USAGE_SUCCEEDED,
        .input_tokens = 1000000,
        .output_tokens = 500000,
        .took_ms = -1 };
    if (usage_record(cx, &e, &fresh) || !fresh)
        fail_msg("usage_record: %.*s", STR_ARG(cx->err.msg));
}

static void
post(const char *path, const char *form, int status,
    const char *const *with)
{
    struct reply r = req_post(&world, ADMIN, path, str_cstr(form));
    expect(form, &r, status, with, no_texts);
}

static int
setup(void **state)
{
    (void)state;
    world_open(&world);
    (void)snprintf(base, sizeof base, "/w/team/keys/%.*s/limits",
        STR_ARG(world.prefix[MEMBER]));
    world_exec(&world, "UPDATE model_price SET from_s = 0");
    world_exec(&world, "UPDATE api_key SET created_s = created_s - 864000");
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
fresh_world(void **state)
{
    (void)state;
    world_restore(&world);
    return 0;
}
#define TEST(name) cmocka_unit_test_setup(name, fresh_world)

static void
test_a_limit_of_a_key(void **state)
{
    (void)state;
    call(60);
    call(3600);
    struct reply r = req_get(&world, ADMIN, base);
    expect("empty", &r, 200, TEXTS("No limits yet", "Add limit"), no_texts);
    post(base, "counts=requests&period=day&model=&limit=1k&days=7", 303,
        no_texts);
    post(base, "counts=money&period=month&model=&limit=%245&days=7&shadow=1",
        303, no_texts);
    r = req_get(&world, ADMIN, base);
    expect("list", &r, 200, TEXTS("1,000 requests per day", "2 of 1,000",
        "$4.00 of $5.00", "Would have refused 0 calls", "strictest",
        "2026-03-11T00:00:00Z", "At this pace"), TEXTS("No limits yet"));
    /* its owner sees it all, and sets nothing */
    r = req_get(&world, MEMBER, base);
    expect("owner of the key", &r, 200, TEXTS("2 of 1,000",
        "Owners and admins set limits"), TEXTS("Add limit", ">Remove"));
    /* the key of somebody else: the limit, but not the use */
    struct str other = arena_fmt(world.arena, "/w/team/keys/%.*s/limits",
        STR_ARG(world.prefix[OWNER]));
    post(arena_cstr(world.arena, other),
        "counts=requests&period=day&model=&limit=70&days=7", 303, no_texts);
    r = req_get(&world, MEMBER, arena_cstr(world.arena, other));
    expect("key of another", &r, 200, TEXTS("70 requests per day",
        "shown to admins and owners"), TEXTS("0 of 70"));
    assert_int_equal(world_int(&world, "SELECT count(*) FROM audit WHERE "
        "action = 'limit.set' AND actor_name = 'adam@team.example'"),
        world_int(&world, "SELECT count(*) FROM audit WHERE "
        "action = 'limit.set'"));
}

static void
test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *form, *text;
    } rows[] = {
        { "counts=requests&period=day&model=&limit=", "how much is allowed" },
        { "counts=requests&period=day&model=&limit=-1", "whole number" },
        { "counts=requests&period=day&model=&limit=1.5", "whole number" },
        { "counts=money&period=day&model=&limit=-1", "amount like 50" },
        { "counts=money&period=day&model=&limit=9999999999",
            "more than can be set" },
        { "counts=requests&period=week&model=&limit=1",
            "per minute or per day" },
        { "counts=money&period=minute&model=&limit=1", "A budget is per day" },
        { "counts=requests&period=day&model=x&limit=1",
            "one of the models of this workspace" },
        { "counts=none&period=day&model=&limit=1", "id=\"counts-error\"" },
    };
    uint64_t before = world_sum(&world);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        post(base, rows[i].form, 422, TEXTS(rows[i].text));
    post("/w/team/limits", "counts=requests&period=day&limit=1", 422,
        TEXTS("budgets of money"));
    assert_true(before == world_sum(&world));
    /* the same kind twice */
    post(base, "counts=requests&period=day&model=&limit=0", 303, no_texts);
    post(base, "counts=requests&period=day&model=&limit=9", 422,
        TEXTS("There is a limit of this kind already: 0 requests per day"));
}

static void
test_try_it(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        call(i < 3 ? 60 + i : 86400 + i);
    uint64_t before = world_sum(&world);
    post(base, "counts=requests&period=day&model=&limit=2&days=7&test=1", 200,
        TEXTS("would have refused 1 of 5 calls of the last 7 days",
            "since 4 Mar 2026, 00:00 UTC", "3 used already",
            "calls are refused until 11 Mar 2026, 00:00 UTC", "value=\"2\""));
    post(base, "counts=requests&period=day&model=&limit=2&days=1&test=1", 200,
        TEXTS("would have refused 1 of 3 calls of today"));
    post("/w/team/limits", "counts=money&period=day&limit=50&days=30&test=1",
        200, TEXTS("would have refused 0 of 5 calls of the last 30 days"));
    post(base, "counts=requests&period=day&model=&limit=x&days=7&test=1", 422,
        TEXTS("whole number"));
    assert_true(before == world_sum(&world));
    struct reply r = req_post(&world, MEMBER, base,
        STR("counts=requests&period=day&model=&limit=2&days=7&test=1"));
    expect("member", &r, 403, no_texts, TEXTS("would have refused"));
}

static void
test_change_and_remove(void **state)
{
    (void)state;
    call(60);
    post(base, "counts=requests&period=day&model=&limit=10&days=7", 303,
        no_texts);
    long long id = world_int(&world, "SELECT max(id) FROM limit_rule");
    char edit[32], gone[32];
    (void)snprintf(edit, sizeof edit, "/%lld/edit", id);
    (void)snprintf(gone, sizeof gone, "/%lld/remove", id);
    struct reply r = req_get(&world, ADMIN, at(edit));
    expect("edit", &r, 200, TEXTS("1 of 10", "value=\"10\"",
        "name=\"version\" value=\"1\""), no_texts);
    post(at(edit), "version=1&limit=0&days=7&test=1", 200,
        TEXTS("would have refused 1 of 1 call of",
            "calls are refused until the limit is raised",
            "name=\"version\" value=\"1\""));
    post(at(edit), "version=1&limit=20&days=7", 303, no_texts);
    assert_int_equal(world_int(&world, "SELECT amount FROM limit_rule"), 20);
    assert_int_equal(world_int(&world, "SELECT used FROM limit_cell"), 1);
    /* from a form that was opened before */
    uint64_t before = world_sum(&world);
    post(at(edit), "version=1&limit=30&shadow=1&days=7", 409,
        TEXTS("<td>20</td><td>30</td>", "<td>Refuses calls</td>"
            "<td>Shadow</td>", "name=\"version\" value=\"2\"",
            "Save my values"));
    assert_true(before == world_sum(&world));
    /* by way of another key, of the workspace, of strangers, of a member */
    struct str other = arena_fmt(world.arena, "/w/team/keys/%.*s/limits%s",
        STR_ARG(world.prefix[OWNER]), edit);
    post(arena_cstr(world.arena, other), "version=2&limit=1&days=7", 404,
        no_texts);
    other = arena_fmt(world.arena, "/w/team/limits%s", gone);
    post(arena_cstr(world.arena, other), "", 404, no_texts);
    r = req_post(&world, STRANGER, at(gone), STR(""));
    expect("stranger", &r, 404, no_texts, no_texts);
    r = req_post(&world, MEMBER, at(gone), STR(""));
    expect("member", &r, 403, no_texts, no_texts);
    assert_true(before == world_sum(&world));
    r = req_get(&world, ADMIN, at(gone));
    expect("remove", &r, 200, TEXTS("20 requests per day", "Keep the limit"),
        no_texts);
    post(at(gone), "", 303, no_texts);
    post(at(gone), "", 404, no_texts);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM limit_rule"), 0);
    r = req_get(&world, ADMIN, "/w/team/audit");
    expect("audit", &r, 200, TEXTS("set a limit of", "removed a limit of"),
        no_texts);
}

static void
test_budget_of_the_workspace(void **state)
{
    (void)state;
    call(7200);
    struct reply r = req_get(&world, OWNER, "/w/team/");
    expect("overview", &r, 200, no_texts, TEXTS("Calls are refused"));
    post("/w/team/limits", "counts=money&period=month&limit=1.50&days=7", 303,
        no_texts);
    r = req_get(&world, OWNER, "/w/team/");
    expect("stopped", &r, 200, TEXTS("The budget of $1.50 per month is used "
        "up. It was reached in the hour that began on 10 Mar 2026, 10:00 UTC. "
        "Calls are refused until 1 Apr 2026, 00:00 UTC. To let calls through "
        "before, raise it under Limits.", "of $1.50", "Used up"), no_texts);
    r = req_get(&world, MEMBER, "/w/team/");
    expect("stopped", &r, 200, TEXTS("Ask an owner or admin"),
        TEXTS("of $1.50</dd>", "Used up"));
    r = req_get(&world, OWNER, "/w/team/limits");
    expect("list", &r, 200, TEXTS("$1.50 per month", "$2.00 of $1.50",
        "Calls are refused until 1 Apr 2026, 00:00 UTC"), no_texts);
    r = req_get(&world, MEMBER, "/w/team/limits");
    expect("member", &r, 200, TEXTS("$1.50 per month"), TEXTS("$2.00"));
    r = req_get(&world, OWNER, at(""));
    expect("key", &r, 200, TEXTS("$1.50 per month", "whole workspace"),
        no_texts);
}

static void
test_near_its_budget(void **state)
{
    (void)state;
    call(7200);
    post("/w/team/limits", "counts=money&period=week&limit=2.40&days=7", 303,
        no_texts);
    struct reply r = req_get(&world, OWNER, "/w/team/");
    expect("near", &r, 200, TEXTS("83 % used", "$2.00 of $2.40"),
        TEXTS("Calls are refused"));
    world_exec(&world, "UPDATE workspace SET credits_micro = 0 "
        "WHERE slug = 'team'");
    r = req_get(&world, MEMBER, "/w/team/");
    expect("credits", &r, 200, TEXTS("credits of this workspace are used up",
        "Ask an owner"), TEXTS("83 %"));
}

/* The status of a key is right for every kind of limit, and says until when. */
static void
test_status_of_the_key(void **state)
{
    (void)state;
    static const struct {
        const char *form, *until, *words;
    } rows[] = {
        { "counts=requests&period=day&model=&limit=1", "until 11 Mar 2026",
            "A limit of it is used up. It works again on 11 Mar 2026" },
        { "counts=money&period=week&model=&limit=2", "until 16 Mar 2026",
            "works again on 16 Mar 2026" },
        { "counts=requests&period=minute&model=&limit=0", NULL,
            "Raise it to let the key work again" },
        { "counts=requests&period=day&model=&limit=1&shadow=1", NULL, NULL },
        { "counts=requests&period=day&model=&limit=2", NULL, NULL },
    };
    struct str page = arena_fmt(world.keep, "/w/team/keys/%.*s",
        STR_ARG(world.prefix[MEMBER]));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool over = rows[i].words != NULL;
        world_restore(&world);
        call(60);
        post(base, rows[i].form, 303, no_texts);
        struct reply r =
            req_get(&world, OWNER, "/w/team/keys?status=limit_reached");
        expect(rows[i].form, &r, 200, over ? TEXTS("Limit reached",
            "of member") : TEXTS("Nothing matches"), no_texts);
        if (rows[i].until)
            expect(rows[i].form, &r, 200, TEXTS(rows[i].until), no_texts);
        r = req_get(&world, OWNER, arena_cstr(world.arena, page));
        expect(rows[i].form, &r, 200,
            over ? TEXTS(rows[i].words, "1 applies.") : no_texts,
            over ? no_texts : TEXTS("Limit reached"));
    }
}

/* A key and its first limits come together, or not at all. */
static void
test_a_key_begins_with_limits(void **state)
{
    (void)state;
    const char *const rest = "&name=rated&expiry=30&expires_on=&spend_limit="
        "&spend_reset=month&category_scope=all&model_scope=all&endpoint_scope="
        "all&network_scope=all&deployment=public&note=&labels="
        "&rate_requests=60&rate_tokens=&day_tokens=1.5M";
    char text[500];
    struct reply r = req_get(&world, MEMBER, "/w/team/keys/new");
    expect("form", &r, 200, no_texts, TEXTS("rate_requests"));
    (void)snprintf(text, sizeof text, "once=a%s", rest);
    uint64_t before = world_sum(&world);
    r = req_post(&world, MEMBER, "/w/team/keys", str_cstr(text));
    expect("member", &r, 403, TEXTS("set limits"), no_texts);
    assert_true(before == world_sum(&world));
    r = req_get(&world, ADMIN, "/w/team/keys/new");
    expect("form", &r, 200, TEXTS("rate_requests", "day_tokens"), no_texts);
    (void)snprintf(text, sizeof text, "once=b%s", rest);
    r = req_post(&world, ADMIN, "/w/team/keys", str_cstr(text));
    expect("admin", &r, 200, no_texts, no_texts);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM limit_rule r "
        "JOIN api_key k ON k.id = r.key_id WHERE k.name = 'rated' AND "
        "(counts, period, amount) IN (VALUES ('requests', 'minute', 60), "
        "('total', 'day', 1500000))"), 2);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM audit WHERE "
        "action = 'key.create' AND details LIKE '%60 requests per minute; "
        "1,500,000 tokens per day%'"), 1);
}

/* The limits of a key that is there have pages of their own: its form does not
 * take them, and says so instead of leaving them out. */
static void
test_an_edit_takes_no_limits(void **state)
{
    (void)state;
    static const char *const names[] = { "rate_requests", "rate_tokens",
        "day_tokens" };
    const char *path = arena_fmt(world.arena, "/w/team/keys/%.*s/edit",
        STR_ARG(world.prefix[OWNER])).p;
    struct str form = STR("version=1&name=of+owner&expiry=none");
    uint64_t before = world_sum(&world);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char said[100];
        struct reply r = req_post(&world, OWNER, path,
            arena_fmt(world.arena, "%.*s&%s=60", STR_ARG(form), names[i]));
        (void)snprintf(said, sizeof said, "There is no field called %s here",
            names[i]);
        expect(names[i], &r, 422, TEXTS(said, "value=\"of owner\""),
            no_texts);
        assert_true(before == world_sum(&world));
    }
    struct reply r = req_post(&world, OWNER, path, form);
    expect("edit", &r, 303, no_texts, no_texts);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_limit_of_a_key),
        TEST(test_refused),
        TEST(test_try_it),
        TEST(test_change_and_remove),
        TEST(test_budget_of_the_workspace),
        TEST(test_near_its_budget),
        TEST(test_status_of_the_key),
        TEST(test_a_key_begins_with_limits),
        TEST(test_an_edit_takes_no_limits),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
