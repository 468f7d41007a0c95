/* SPDX-License-Identifier: ISC */
/* Overview, usage, and the calls on the page of a key: what they show, to
 * whom, and what they say to a wrong range. */
#include "world.h"

#include "core/usage.h"
#include "text/when.h"

#include <stdio.h>
#include <string.h>

static struct world world;
static int n_events;

static const char *const no_texts[] = { NULL };
#define TEXTS(...) (const char *const[]){ __VA_ARGS__, NULL }

/* The status, every text of one list, and none of another. */
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

/* How often a text stands in an answer. */
static size_t
times(const struct reply *r, const char *text)
{
    size_t n = 0;
    for (size_t i = 0; i < r->body.n; i++)
        n += str_starts(str_from(r->body, i), str_cstr(text));
    return n;
}

/* One call with the standard key of somebody, days before now. */
static void
call(enum who who, int days, const char *model, enum usage_outcome outcome,
    const char *reason)
{
    bool fresh;
    struct cx *cx = world_as(&world, OWNER);
    struct str prefix = world.prefix[who];
    struct usage_event e = { .at_ms =
            (WORLD_NOW - days * (int64_t)DAY_S) * 1000,
        .key_id = world_int(&world, arena_cstr(world.arena,
            arena_fmt(world.arena, "SELECT id FROM api_key WHERE prefix = "
                "'%.*s'", STR_ARG(prefix)))),
        .event_id = arena_fmt(world.arena, "e%d", n_events++),
        .model = str_cstr(model),
        .endpoint = STR("/v1/chat/completions"),
        .outcome = outcome,
        .reason = str_cstr(reason),
        .address = STR("198.51.100.4"),
        .input_tokens = outcome == USAGE_SUCCEEDED ? 1000000 : 0,
        .output_tokens = outcome == USAGE_SUCCEEDED ? 500000 : 0,
        .took_ms = -1 };
    enum err_code code = usage_record(cx, &e, &fresh);
    if (code || !fresh)
        fail_msg("usage_record: %.*s", STR_ARG(cx->err.msg));
}

/* $2.00 for one that succeeds. */
static void
good(enum who who, int days)
{
    call(who, days, "openai/gpt-5", USAGE_SUCCEEDED, "");
}

static int
fresh_world(void **state)
{
    (void)state;
    world_restore(&world);
    world_exec(&world, "UPDATE model_price SET from_s = 0");
    /* everybody has codes, and is asked for them: nothing to care for */
    world_exec(&world, "INSERT INTO factor (user_id, kind, seed, created_s, "
        "proved_s) SELECT id, 'totp', x'00', 1, 1 FROM user");
    world_exec(&world, "UPDATE workspace SET second_factor = 'admins'");
    return 0;
}
#define TEST(name) cmocka_unit_test_setup(name, fresh_world)

/* ---- overview ---- */

static void
test_from(void **state)
{
    (void)state;
    struct reply r = req_get(&world, MEMBER, "/w/team");
    assert_int_equal(r.status, 303);
    assert_true(str_is(r.location, "/w/team/"));
    r = req_get(&world, STRANGER, "/w/team/");
    assert_int_equal(r.status, 404);
    r = req_get(&world, NOBODY, "/w/team/");
    assert_int_equal(r.status, 303);
}

static void
test_quiet(void **state)
{
    (void)state;
    world_exec(&world, "UPDATE api_key SET used_s = 1773144000, "
        "expires_s = 1773144000 + 100 * 86400");
    struct reply r = req_get(&world, OWNER, "/w/team/");
    expect("quiet", &r, 200, TEXTS("<dd class=\"n\">$0.00</dd>",
        "Requests today", "No key expires soon", "Recent changes"),
        TEXTS("<figure", "failed or refused"));
}

static void
test_figures(void **state)
{
    (void)state;
    good(OWNER, 0);
    good(MEMBER, 0);
    call(OWNER, 0, "openai/gpt-5", USAGE_FAILED, "");
    call(OWNER, 0, "openai/o9", USAGE_REFUSED, "model_not_allowed");
    good(OWNER, 9);  /* the 1st of March */
    good(OWNER, 10); /* the month before */
    struct reply r = req_get(&world, ADMIN, "/w/team/");
    expect("admin", &r, 200, TEXTS("<dd class=\"n\">$6.00</dd>",
        "<dd class=\"n\">4</dd>", "50.0 % failed or refused",
        "Spend per day, 9 Feb to 10 Mar 2026",
        "$8.00 in all. The highest day is 10 Mar at $4.00.",
        "href=\"/w/team/usage?from=2026-03-01&amp;to=2026-03-10\""),
        no_texts);
    r = req_get(&world, MEMBER, "/w/team/");
    expect("member", &r, 200, TEXTS("<dd class=\"n\">$2.00</dd>",
        "none failed or refused", "$2.00 in all"), TEXTS("$6.00", "$8.00"));
}

static void
test_care(void **state)
{
    (void)state;
    static const struct {
        const char *set, *texts[2];
    } rows[] = {
        { "expires_s = 1773144000 + 3 * 86400",
            { "Expires in 3 days", "Ends on 13 Mar 2026, 12:00 UTC" } },
        { "spend_limit_micro = 2500000, spend_reset = 'month'",
            { "80 % spent", "$2.00 of $2.50, monthly" } },
        { "spend_limit_micro = 2000000, spend_reset = 'no_reset'",
            { "Limit reached", "$2.00 of $2.00, no reset" } },
        { "used_s = 1773144000 - 91 * 86400",
            { "Unused", "Last used on 9 Dec 2025" } },
        { "used_s = NULL, created_s = 1773144000 - 100 * 86400",
            { "Unused", "Never used; created on 30 Nov 2025" } },
        { "expires_s = NULL",
            { "No expiry", "Works until somebody ends it" } },
        { "expires_s = NULL, used_s = NULL, created_s = 1", /* once */
            { "Unused", "Never used; created on 1 Jan 1970" } },
    };
    good(OWNER, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char sql[300];
        world_exec(&world, "UPDATE api_key SET used_s = 1773144000, "
            "expires_s = 1773144000 + 100 * 86400, "
            "spend_limit_micro = NULL");
        snprintf(sql, sizeof sql, "UPDATE api_key SET %s "
            "WHERE prefix = '%.*s'", rows[i].set,
            STR_ARG(world.prefix[OWNER]));
        world_exec(&world, sql);
        world_exec(&world, "DELETE FROM key_spend");
        world_exec(&world, "INSERT INTO key_spend (key_id, start_s, "
            "spent_micro, reserved_micro) SELECT id, CASE spend_reset WHEN "
            "'month' THEN 1772323200 ELSE 0 END, 2000000, 0 FROM api_key");
        struct reply r = req_get(&world, OWNER, "/w/team/");
        expect(rows[i].set, &r, 200, TEXTS(rows[i].texts[0],
            rows[i].texts[1], "<dd class=\"n\">1</dd><dd class=\"meta\">key"
            "</dd>"), TEXTS("No key expires soon", "of 1 keys"));
        assert_int_equal(times(&r, "<span class=\"badge "), 1);
    }
}

/* Rules of a key count as its spending limit does: the fullest is told. */
static void
test_care_rules(void **state)
{
    (void)state;
    static const struct {
        const char *counts, *period;
        int amount, used;
        const char *texts[2];
    } rows[] = {
        { "requests", "day", 10, 8, { "80 % used",
            "8 used of 10 requests per day" } },
        { "money", "month", 5000000, 4500000, { "90 % used",
            "$4.50 used of $5.00 per month" } },
        { "total", "day", 1000, 1200, { "Limit reached",
            "1,200 used of 1,000 tokens per day" } },
        { "input", "day", 1000, 900, { "Limit reached",
            "1,200 used of 1,000 tokens per day" } },
    };
    world_exec(&world, "UPDATE api_key SET used_s = 1773144000, "
        "expires_s = 1773144000 + 100 * 86400, spend_limit_micro = NULL");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct arena *a = world.arena;
        world_exec(&world, arena_fmt(a, "INSERT INTO limit_rule "
            "(workspace_id, key_id, counts, period, amount, created_s, "
            "updated_s) SELECT workspace_id, id, '%s', '%s', %d, 0, 0 "
            "FROM api_key WHERE prefix = '%.*s'", rows[i].counts,
            rows[i].period, rows[i].amount,
            STR_ARG(world.prefix[OWNER])).p);
        world_exec(&world, arena_fmt(a, "INSERT INTO limit_cell (rule_id, "
            "start_s, used, reserved) SELECT max(id), %s, %d, 0 "
            "FROM limit_rule", strcmp(rows[i].period, "day") == 0
                ? "1773100800" : "1772323200", rows[i].used).p);
        struct reply r = req_get(&world, OWNER, "/w/team/");
        expect(rows[i].counts, &r, 200, TEXTS(rows[i].texts[0],
            rows[i].texts[1], "<dd class=\"n\">1</dd><dd class=\"meta\">key"
            "</dd>"), no_texts);
        assert_int_equal(times(&r, "<span class=\"badge "), 1);
        r = req_get(&world, MEMBER, "/w/team/");
        expect("of somebody else", &r, 200, no_texts,
            TEXTS(rows[i].texts[1]));
    }
}

/* Many keys that need care: some are listed, each once, and all counted. */
static void
test_care_many(void **state)
{
    (void)state;
    world_exec(&world, "UPDATE workspace SET key_max = 100");
    for (int i = 0; i < 7; i++) {
        char name[20];
        snprintf(name, sizeof name, "many %d", i);
        (void)world_key(&world, OWNER, KEY_STANDARD, name);
    }
    world_exec(&world, "UPDATE api_key SET used_s = 1773144000, "
        "expires_s = 1773144000 + 100 * 86400");
    world_exec(&world, "UPDATE api_key SET used_s = NULL, "
        "created_s = 1000000000, expires_s = 1773144000 + 86400 "
        "WHERE name LIKE 'many%'");
    /* the five that expire first are five of the longest unused as well */
    world_exec(&world, "UPDATE api_key SET created_s = 1 "
        "WHERE name = 'many 6'");
    struct reply r = req_get(&world, ADMIN, "/w/team/");
    expect("many", &r, 200, TEXTS("6 of 7 keys", "many 0"), no_texts);
    assert_int_equal(times(&r, "Expires in 1 day"), 5);
    assert_int_equal(times(&r, ">Unused<"), 1);
}

static void
test_recent(void **state)
{
    (void)state;
    (void)world_key(&world, ADMIN, KEY_STANDARD, "made by admin");
    struct reply r = req_get(&world, OWNER, "/w/team/");
    expect("owner", &r, 200, TEXTS("created key", "made by admin"),
        no_texts);
    assert_int_equal(times(&r, "<time class=\"meta\""), 5);
    r = req_get(&world, MEMBER, "/w/team/"); /* their own lines only */
    expect("member", &r, 200, TEXTS("Recent changes"),
        TEXTS("made by admin"));
}

#define TEAM "(SELECT id FROM workspace WHERE slug = 'team')"

/* Each step ticks itself, and all of them together end the list. */
static void
test_steps(void **state)
{
    (void)state;
    static const struct {
        const char *sql, *words, *texts[4];
    } rows[] = {
        { "DELETE FROM api_key WHERE kind = 'standard'", "1 of 4 done",
            { "href=\"/w/team/keys/new\">Create API key</a></p>",
            "Once there is a key" } },
        { "INSERT INTO api_key (workspace_id, uuid, kind, prefix, name, "
          "created_s, updated_s, by_name, owner_user_id, by_user_id) "
          "SELECT workspace_id, 'u', 'standard', 'aaaaaaaa', 'first', 1, 1, "
          "'me', user_id, user_id FROM member WHERE role = 'owner' "
          "AND workspace_id = " TEAM, "2 of 4 done",
            { "Create a key<span class=\"vh\"> (done)",
            "curl http://localhost:8080/v1/key", "/keys/aaaaaaaa/edit" } },
        { "UPDATE api_key SET used_s = 5 WHERE prefix = 'aaaaaaaa'",
            "3 of 4 done",
            { "Make the first call<span class=\"vh\"> (done)" } },
        { "DELETE FROM member WHERE role <> 'owner' "
          "AND workspace_id = " TEAM, "2 of 4 done",
            { "Invite someone</h3><p>", "/w/team/members" } },
        { "UPDATE workspace SET personal = 1 WHERE id = " TEAM, "2 of 3 done",
            { "Set a spending limit</h3>" } },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        world_exec(&world, rows[i].sql);
        struct reply r = req_get(&world, OWNER, "/w/team/");
        expect(rows[i].words, &r, 200, TEXTS("Start here", rows[i].words),
            no_texts);
        expect(rows[i].words, &r, 200, rows[i].texts, no_texts);
    }
    world_exec(&world, "UPDATE api_key SET spend_limit_micro = 5 "
        "WHERE prefix = 'aaaaaaaa'");
    struct reply r = req_get(&world, OWNER, "/w/team/");
    expect("all", &r, 200, no_texts, TEXTS("Start here", " done"));
}

/* A member counts by what they did themselves, and invites nobody. */
static void
test_steps_member(void **state)
{
    (void)state;
    world_exec(&world, "UPDATE api_key SET used_s = 5, "
        "spend_limit_micro = 5 WHERE owner_user_id <> (SELECT id FROM user "
        "WHERE email LIKE 'm%')");
    struct reply r = req_get(&world, MEMBER, "/w/team/");
    struct str edit = arena_fmt(world.arena, "/keys/%.*s/edit",
        STR_ARG(world.prefix[MEMBER]));
    expect("member", &r, 200, TEXTS("1 of 3 done", edit.p),
        TEXTS("Invite someone"));
}

/* ---- usage ---- */

static void
test_usage(void **state)
{
    (void)state;
    static const struct {
        enum who who;
        const char *query, *with[6], *without[4];
    } rows[] = {
        { ADMIN, "", { "$6.00", "Spend per day, 9 Feb to 10 Mar 2026",
            "value=\"2026-02-09\"", "2 failed or refused",
            "aria-current=\"true\">Last 30 days" },
            { "own keys", "by week", "$8.00" } },
        { MEMBER, "", { "$2.00", "You see the usage of your own keys." },
            { "$6.00", "failed or refused" } },
        { ADMIN, "?from=2026-03-10&to=2026-03-10", { "$4.00",
            "Spend per day, 10 Mar 2026" }, { "$6.00" } },
        { ADMIN, "?from=2026-03-09", { "Spend per day, 9 Mar to 10 Mar" },
            { NULL } },
        { ADMIN, "?to=2026-03-01", { "31 Jan to 1 Mar 2026", "$2.00" },
            { "$4.00" } },
        { ADMIN, "?from=2025-12-08&to=2026-03-09", { "Spend per day" },
            { "by week" } },
        { ADMIN, "?from=2025-12-07&to=2026-03-09", { "Spend per week",
            "Over 92 days are shown by week.", "Week of" }, { NULL } },
        { ADMIN, "?from=2025-01-01", { "$8.00" }, { NULL } },
        { ADMIN, "?by=key", { "<th scope=\"col\">Key</th>" }, { NULL } },
        { ADMIN, "?by=member", { "olive@team.example" }, { NULL } },
        { ADMIN, "?by=endpoint", { "/v1/chat/completions" }, { NULL } },
        { ADMIN, "?by=model", { "openai/gpt-5", "openai/o9" }, { NULL } },
        { ADMIN, "?from=2027-01-01&to=2027-01-02", { "No calls in this" },
            { "Make a call", "<figure", "Download CSV" } },
    };
    good(OWNER, 0);
    good(MEMBER, 0);
    good(OWNER, 9);
    call(OWNER, 1, "openai/o9", USAGE_REFUSED, "model_not_allowed");
    call(OWNER, 1, "openai/o9", USAGE_FAILED, "");
    good(OWNER, 100);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char path[120];
        snprintf(path, sizeof path, "/w/team/usage%s", rows[i].query);
        struct reply r = req_get(&world, rows[i].who, path);
        expect(path, &r, 200, rows[i].with, rows[i].without);
    }
}

static void
test_nothing_yet(void **state)
{
    (void)state;
    struct reply r = req_get(&world, OWNER, "/w/team/usage");
    expect("none", &r, 200, TEXTS("No calls in this range",
        "href=\"/w/team/\">Make a call"), TEXTS("<figure", "Download CSV"));
}

/* Calls without a price are counted, since there is no money to show. */
static void
test_no_price(void **state)
{
    (void)state;
    call(OWNER, 0, "free/model", USAGE_SUCCEEDED, "");
    struct reply r = req_get(&world, OWNER, "/w/team/usage");
    expect("free", &r, 200, TEXTS("Requests per day", "$0.00",
        "1,000,000</td>", "1,500,000</td>", "1.0 M"), no_texts);
}

static void
test_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *query, *message;
    } rows[] = {
        { "from=nonsense", "Enter a date such as 2026-11-20" },
        { "from=2026-02-30", "Enter a date such as 2026-11-20" },
        { "to=2026-03-10T00%3A00%3A00Z", "Enter a date such as" },
        { "to=%3Cb%3E", "Enter a date such as" },
        { "from=2026-03-02&to=2026-03-01",
            "The last day must not be before the first" },
        { "from=2024-03-09", "Choose 731 days at most" },
        { "from=1970-01-01&to=9999-12-31", "Choose 731 days at most" },
        { "by=nobody", "Choose model, key, member or endpoint" },
    };
    good(OWNER, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char path[120];
        snprintf(path, sizeof path, "/w/team/usage?%s", rows[i].query);
        struct reply r = req_get(&world, OWNER, path);
        expect(path, &r, 422, TEXTS("<title>Error: ", "There is a problem",
            rows[i].message, "aria-invalid=\"true\"",
            "The last 30 days are shown.",
            "Spend per day, 9 Feb to 10 Mar 2026"), TEXTS("<b>\""));
        assert_int_equal(times(&r, rows[i].message), 2);
        snprintf(path, sizeof path, "/w/team/usage.csv?%s", rows[i].query);
        r = req_get(&world, OWNER, path);
        expect(path, &r, 422, TEXTS(rows[i].message), no_texts);
    }
    struct reply r = req_get(&world, OWNER,
        "/w/team/usage?from=2026-03-02&to=2026-03-01&by=key");
    expect("what was typed", &r, 422, TEXTS("value=\"2026-03-02\"",
        "value=\"2026-03-01\"", "value=\"key\" selected"), no_texts);
    r = req_get(&world, OWNER,
        "/w/team/usage?from=2024-03-10&to=2026-03-10");
    assert_int_equal(r.status, 200); /* 731 days */
}

static void
test_csv(void **state)
{
    (void)state;
    static const char head[] = "requests,failed,refused,input_tokens,"
        "output_tokens,total_tokens,cost_usd\r\n";
    good(OWNER, 0);
    good(OWNER, 1);
    call(OWNER, 1, "openai/o9", USAGE_REFUSED, "model_not_allowed");
    call(OWNER, 1, "openai/o9", USAGE_FAILED, "");
    call(OWNER, 1, "openai/o9", USAGE_FAILED, "");
    good(MEMBER, 2);
    struct reply r = req_get(&world, ADMIN,
        "/w/team/usage.csv?from=2026-03-09&to=2026-03-10");
    struct str want = arena_fmt(world.arena, "id,model,%s"
        "openai/gpt-5,openai/gpt-5,2,0,0,2000000,1000000,3000000,4.00\r\n"
        "openai/o9,openai/o9,3,2,1,0,0,0,0.00\r\n", head);
    assert_int_equal(r.status, 200);
    if (!str_eq(r.body, want))
        fail_msg("got %.*s want %.*s", STR_ARG(r.body), STR_ARG(want));
    assert_true(str_is(reply_header(&r, "content-disposition"),
        "attachment; filename=\"team-usage-2026-03-09-2026-03-10.csv\""));
    r = req_get(&world, MEMBER, "/w/team/usage.csv?by=member");
    expect("member", &r, 200, TEXTS(",1,0,0,1000000,500000,1500000,2.00\r\n"),
        TEXTS("olive"));
}

/* ---- the page of a key ---- */

static struct reply
key_page(enum who who, enum who owner)
{
    char path[60];
    snprintf(path, sizeof path, "/w/team/keys/%.*s",
        STR_ARG(world.prefix[owner]));
    return req_get(&world, who, path);
}

static void
test_key(void **state)
{
    (void)state;
    good(OWNER, 0);
    good(MEMBER, 0);
    good(OWNER, 30); /* too long ago */
    call(OWNER, 40, "openai/old", USAGE_REFUSED, "model_not_allowed");
    struct reply r = key_page(ADMIN, OWNER);
    expect("calls", &r, 200, TEXTS("Spend per day, 9 Feb to 10 Mar 2026",
        "$2.00 in all", "No call with this key was refused"),
        TEXTS("openai/old", "No calls in the last"));
    r = key_page(MEMBER, MEMBER);
    expect("own", &r, 200, TEXTS("$2.00 in all", "Last refusals"), no_texts);
    r = key_page(MEMBER, OWNER);
    expect("of somebody else", &r, 200, TEXTS("<h2>Facts</h2>"),
        TEXTS("$2.00 in all", "<figure", "refusals", "No calls"));
    r = key_page(OWNER, ADMIN);
    expect("quiet", &r, 200, TEXTS("No calls in the last 30 days.",
        "No call with this key was refused"), TEXTS("<figure"));
}

static void
test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *reason, *words;
    } rows[] = {
        { "expired_api_key", "The key had expired" },
        { "disabled_api_key", "The key was disabled" },
        { "ip_not_allowed", "Calls from 198.51.100.4 are not allowed" },
        { "endpoint_not_allowed",
            "Endpoint /v1/chat/completions is not allowed" },
        { "deployment_not_allowed", "The deployment is not allowed" },
        { "model_not_allowed", "Model &lt;o9&gt; is not allowed" },
        { "scope_not_allowed",
            "The category of model &lt;o9&gt; is not allowed" },
        { "something_else", "<span>something_else</span>" },
        { "", "No reason was reported" },
        { "allowed", "<span>allowed</span>" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        call(OWNER, (int)i, "<o9>", USAGE_REFUSED, rows[i].reason);
    struct reply r = key_page(OWNER, OWNER);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        expect(rows[i].reason, &r, 200, TEXTS(rows[i].words),
            TEXTS("<o9>"));
    for (int i = 0; i < 20; i++)
        call(OWNER, 0, "m", USAGE_REFUSED, "disabled_api_key");
    r = key_page(OWNER, OWNER);
    assert_int_equal(times(&r, "The key was disabled"), 20);
    assert_false(reply_holds(&r, STR("ip_not_allowed")));
}

/* Only a limit of a day fits a chart by day. */
static void
test_key_limit(void **state)
{
    (void)state;
    good(OWNER, 0);
    world_exec(&world, "UPDATE api_key SET spend_limit_micro = 3000000, "
        "spend_reset = 'day'");
    struct reply r = key_page(OWNER, OWNER);
    expect("day", &r, 200, TEXTS("Limit $3.00"), no_texts);
    world_exec(&world, "UPDATE api_key SET spend_reset = 'month'");
    r = key_page(OWNER, OWNER);
    expect("month", &r, 200, no_texts, TEXTS("Limit $3.00"));
}

/* What a key of somebody else spent is not for members, wherever keys are
 * told of. */
static void
test_spent_of_others(void **state)
{
    (void)state;
    const char *one = world.prefix[OWNER].p;
    struct arena *a = world.arena;
    world_exec(&world, arena_fmt(a, "UPDATE api_key SET spend_reset = "
        "'no_reset', spend_limit_micro = 50000000 WHERE prefix = '%.8s'",
        one).p);
    world_exec(&world, arena_fmt(a, "INSERT INTO key_spend SELECT id, 0, "
        "12340000, 0 FROM api_key WHERE prefix = '%.8s'", one).p);
    world_exec(&world, arena_fmt(a, "INSERT INTO usage_day SELECT "
        "workspace_id, id, %lld, 'odd', '', 0, 0, 1, 1, 1, 12340000 FROM "
        "api_key WHERE prefix = '%.8s'",
        (long long)(WORLD_NOW - WORLD_NOW % 86400), one).p);
    const char *const paths[] = { "/w/team/keys", "/w/team/keys.csv",
        arena_fmt(a, "/w/team/keys/%.8s", one).p };
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        struct reply r = req_get(&world, OWNER, paths[i]);
        assert_true(reply_holds(&r, STR("12.34")));
        r = req_get(&world, MEMBER, paths[i]);
        assert_int_equal(r.status, 200);
        assert_true(reply_holds(&r, str_head(world.prefix[OWNER], 8)));
        if (reply_holds(&r, STR("12.34")))
            fail_msg("%s tells a member", paths[i]);
    }
}

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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_from),
        TEST(test_quiet),
        TEST(test_figures),
        TEST(test_care),
        TEST(test_care_rules),
        TEST(test_care_many),
        TEST(test_recent),
        TEST(test_steps),
        TEST(test_steps_member),
        TEST(test_usage),
        TEST(test_nothing_yet),
        TEST(test_no_price),
        TEST(test_wrong),
        TEST(test_csv),
        TEST(test_key),
        TEST(test_refusals),
        TEST(test_key_limit),
        TEST(test_spent_of_others),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
