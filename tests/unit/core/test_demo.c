/* SPDX-License-Identifier: ISC */
/* The demo workspace: whole, quick, made once, and no door for anybody. */
#include "world.h"

#include "base/clock.h"
#include "core/account.h"
#include "core/audit.h"
#include "core/demo.h"
#include "core/key.h"
#include "core/session.h"
#include "core/signin.h"
#include "core/usage.h"
#include "core/workspace.h"
#include "text/when.h"

#include <stdio.h>

/* What the calls tell besides, and these tests do not ask. */
static struct str step;

#define DEMO "(SELECT id FROM workspace WHERE slug = 'demo' AND demo = 1)"

static void
fill(struct seat *s, bool *made)
{
    struct cx *cx = seat_nobody(s);
    cx->actor.kind = ACTOR_SHELL;
    OK(cx, demo_fill(cx, NULL, made));
    assert_int_equal(cx->actor.kind, ACTOR_SHELL);
    assert_int_equal(cx->now_s, s->world->now_s);
}

static void
test_whole(void **state)
{
    (void)state;
    struct world w;
    struct seat s;
    bool made;
    world_bare(&w);
    seat_open(&s, &w);
    int64_t began = clock_cpu_us();
    fill(&s, &made);
    int64_t took_ms = (clock_cpu_us() - began) / 1000;
    print_message("demo made in %lld ms of processor time\n", (long long)took_ms);
    assert_true(made);
    assert_true(took_ms < 3000);
    static const struct {
        const char *sql;
        int64_t least, most;
    } facts[] = {
        { "SELECT count(*) FROM api_key WHERE workspace_id = " DEMO, 40, 40 },
        { "SELECT count(*) FROM api_key WHERE kind = 'standard'", 34, 34 },
        { "SELECT count(*) FROM member WHERE role = 'owner'", 1, 1 },
        { "SELECT count(*) FROM member WHERE role = 'admin'", 1, 1 },
        { "SELECT count(*) FROM member WHERE role = 'member'", 3, 3 },
        { "SELECT count(*) FROM user WHERE password IS NOT NULL", 0, 0 },
        { "SELECT count(*) FROM user WHERE email NOT LIKE '%.example'", 0,
            0 },
        { "SELECT count(*) FROM service_account", 1, 1 },
        { "SELECT count(*) FROM deployment", 3, 3 },
        { "SELECT count(*) FROM model", 12, 12 },
        { "SELECT count(*) FROM model_price", 14, 14 },
        { "SELECT count(*) FROM usage_event", 2000, 9000 },
        { "SELECT count(DISTINCT at_ms / 86400000) FROM usage_event", 59,
            60 },
        { "SELECT count(*) FROM usage_event WHERE outcome = 'failed'", 50,
            500 },
        { "SELECT count(*) FROM usage_event WHERE outcome = 'refused'", 20,
            500 },
        { "SELECT count(*) FROM usage_event WHERE at_ms / 1000 >= 1763553600",
            0, 0 },
        { "SELECT count(*) FROM usage_event e JOIN api_key k ON k.id = "
          "e.key_id WHERE e.at_ms / 1000 < k.created_s", 0, 0 },
        { "SELECT count(*) FROM usage_event WHERE outcome <> 'succeeded' "
          "AND cost_micro <> 0", 0, 0 },
        { "SELECT (SELECT sum(cost_micro) FROM usage_event) - "
          "(SELECT sum(cost_micro) FROM usage_day WHERE key_id = 0)", 0, 0 },
    };
    for (size_t i = 0; i < COUNT_OF(facts); i++) {
        int64_t got = world_int(&w, facts[i].sql);
        if (got < facts[i].least || got > facts[i].most)
            fail_msg("%s: %lld", facts[i].sql, (long long)got);
    }
    seat_close(&s);
    world_free(&w);
}

/* Each state that a page can show is there. */
static void
test_states(void **state)
{
    (void)state;
    struct world w;
    struct seat s;
    bool made, more;
    size_t n, seen[KEY_STATUS_COUNT] = { 0 };
    struct key *keys;
    world_bare(&w);
    seat_open(&s, &w);
    fill(&s, &made);
    struct cx *cx = seat_nobody(&s);
    cx->actor.kind = ACTOR_SHELL;
    OK(cx, workspace_enter(cx, STR("demo")));
    struct key_filter f = { .status = STR("any"), .most = 100 };
    OK(cx, key_list(cx, &f, &keys, &n, &more));
    for (size_t i = 0; i < n; i++)
        seen[key_status(&keys[i], cx->now_s)]++;
    for (int i = 0; i < KEY_STATUS_COUNT; i++)
        if (!seen[i] && i != KEY_SUSPENDED)
            fail_msg("no key is %s", key_status_name((enum key_status)i));
    struct usage_overview o;
    OK(cx, usage_overview(cx, &o));
    for (int i = 0; i < CARE_COUNT; i++)
        if (o.care[i].n == 0 && i != CARE_UNUSED && i != CARE_LEAKED)
            fail_msg("nothing needs care %d", i);
    assert_true(o.month.cost > 0 && o.today.succeeded > 0);
    int64_t rows, bad;
    OK(cx, audit_verify(cx, &rows, &bad));
    assert_int_equal(bad, 0);
    assert_true(rows > 60);
    seat_close(&s);
    world_free(&w);
}

static void
test_once(void **state)
{
    (void)state;
    struct world w;
    struct seat s;
    bool made;
    world_bare(&w);
    seat_open(&s, &w);
    fill(&s, &made);
    int64_t events = world_int(&w, "SELECT count(*) FROM usage_event");
    int64_t lines = world_int(&w, "SELECT count(*) FROM audit");
    fill(&s, &made);
    assert_false(made);
    assert_int_equal(events,
        world_int(&w, "SELECT count(*) FROM usage_event"));
    assert_int_equal(lines, world_int(&w, "SELECT count(*) FROM audit"));
    seat_close(&s);
    world_free(&w);
}

/* The demo comes before the first owner, who must still be able to come, and
 * finds it. */
static void
test_then_setup(void **state)
{
    (void)state;
    struct world w;
    struct seat s;
    struct str token, session;
    struct workspace *all;
    size_t n;
    bool made;
    world_bare(&w);
    seat_open(&s, &w);
    fill(&s, &made);
    struct cx *cx = seat_nobody(&s);
    cx->actor.kind = ACTOR_SHELL;
    OK(cx, setup_link(cx, &token));
    assert_true(token.n > 0);
    cx = seat_nobody(&s);
    struct setup_in in = { .token = token,
        .email = STR("first@owner.example"),
        .name = STR("First"),
        .password = WORLD_PASSWORD };
    OK(cx, setup_finish(cx, &in, &session));
    OK(cx, workspace_list(cx, &all, &n));
    assert_int_equal(n, 2);
    assert_true(str_is(all[1].slug, "demo") && all[1].demo);
    assert_int_equal(all[1].role, ROLE_OWNER);
    cx = seat_nobody(&s);
    GIVES(cx, sign_in(cx, STR("ada@demo.example"), WORLD_PASSWORD, &session,
        &step),
        ERR_INVALID);
    seat_close(&s);
    world_free(&w);
}

/* With a given owner, at whatever day of week and month: also when periods of
 * limits have only just begun. */
static void
test_days(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        int64_t now_s;
    } days[] = {
        { "Monday, first minute", 1764547260 },     /* 2025-12-01 00:01 */
        { "leap day, late", 1709251140 },           /* 2024-02-29 23:59 */
        { "Sunday", 1763899200 },                   /* 2025-11-23 12:00 */
    };
    for (size_t i = 0; i < COUNT_OF(days); i++) {
        struct world w;
        struct seat s;
        bool made;
        struct user owner;
        print_message("%s\n", days[i].what);
        world_new(&w);
        w.now_s = days[i].now_s;
        seat_open(&s, &w);
        struct cx *cx = seat_as(&s, SHELL);
        OK(cx, user_by_email(cx, who_email(OWNER), &owner));
        OK(cx, demo_fill(cx, &owner, &made));
        assert_true(str_is(cx->ws.slug, "team"));
        cx = seat_as(&s, OWNER);
        OK(cx, workspace_enter(cx, STR("demo")));
        assert_int_equal(cx->ws.role, ROLE_OWNER);
        assert_int_equal(0, world_int(&w,
            "SELECT count(*) FROM api_key WHERE spend_limit_micro = 0"));
        seat_close(&s);
        world_free(&w);
    }
}

/* "demo" may be somebody's. */
static void
test_taken(void **state)
{
    (void)state;
    struct world w;
    struct seat s;
    bool made;
    struct workspace other;
    struct workspace_in in = { .name = STR("Demo") };
    world_new(&w);
    seat_open(&s, &w);
    struct cx *cx = seat_as(&s, OWNER);
    OK(cx, workspace_create(cx, &in, NULL, &other));
    assert_true(str_is(other.slug, "demo"));
    cx = seat_as(&s, SHELL);
    GIVES(cx, demo_fill(cx, NULL, &made), ERR_CONFLICT);
    cx = seat_as(&s, OWNER);
    GIVES(cx, demo_fill(cx, NULL, &made), ERR_FORBIDDEN);
    seat_close(&s);
    world_free(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_once),
        cmocka_unit_test(test_then_setup),
        cmocka_unit_test(test_days),
        cmocka_unit_test(test_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
