/* SPDX-License-Identifier: ISC */
/* The pages beside those of keys: what they show, how their forms fail, what
 * two people do to each other, and what stands there when the store fails. */
#include "world.h"

#include "app/page.h"
#include "base/clock.h"
#include "core/catalog.h"
#include "core/check.h"
#include "http/problem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct world world;

static struct str
fmt(const char *form, struct str s)
{
    char *z = arena_cstr(world.keep, str_cstr(form));
    char *at = strchr(z, '*');
    if (!at)
        return str_cstr(z);
    return arena_fmt(world.keep, "%.*s%.*s%s", (int)(at - z), z, STR_ARG(s),
        at + 1);
}

/* The status, and every text of the list, in an answer. */
static void
expect(const char *what, const struct reply *r, int status,
    const char *const *texts)
{
    if (r->status != status)
        fail_msg("%s: %d instead of %d: %.*s", what, r->status, status,
            (int)(r->body.n < 3000 ? r->body.n : 3000), r->body.p);
    for (size_t i = 0; texts && texts[i]; i++)
        if (!reply_holds(r, str_cstr(texts[i])))
            fail_msg("%s: \"%s\" is not there: %.*s", what, texts[i],
                STR_ARG(r->body));
}
#define TEXTS(...) (const char *const[]){ __VA_ARGS__, NULL }

static void
test_shown(void **state)
{
    (void)state;
    static const struct {
        enum who who;
        const char *path, *texts[6];
    } rows[] = {
        { OWNER, "/workspaces", { "Team", "Personal", "/w/team/", "Owner" } },
        { MEMBER, "/w/team/members", { "Owner", "Everything, also",
            "olive@team.example", "Owners first" } },
        { MEMBER, "/w/team/models", { "Models" } },
        { OWNER, "/w/team/models", { "/models/new", "/edit" } },
        { OWNER, "/w/team/models?q=no+such&category=ocr",
            { "Nothing matches", "Category OCR", "no such" } },
        { OWNER, "/w/team/deployments", { "/deployments/new", "/edit" } },
        { OWNER, "/w/team/settings", { "Most keys of each kind",
            "/w/team</dd>" } },
        { OWNER, "/account", { "You sign in as olive@team.example",
            "/account/security" } },
        { OWNER, "/account/security", { "Turn on codes", "This browser",
            "10 Mar 2026, 12:00 UTC" } },
        { OWNER, "/w/team/audit", { "added deployment", "added model",
            "audit.csv", "Lines are never changed", "Checked just now" } },
        { MEMBER, "/w/team/audit", { "You see your own lines" } },
        { OWNER, "/w/team/audit?action=key.revoke&from=2020-01-01",
            { "Nothing matches", "Key revoked", "2020-01-01" } },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct reply r = req_get(&world, rows[i].who, rows[i].path);
        expect(rows[i].path, &r, 200, rows[i].texts);
    }
    struct reply r = req_get(&world, MEMBER, "/w/team/models");
    assert_false(reply_holds(&r, STR("/models/new")));
    r = req_get(&world, OWNER, "/account/security");
    assert_false(reply_holds(&r, STR("end-others")));
    (void)world_sign_in(&world, OWNER);
    r = req_get(&world, OWNER, "/account/security");
    expect("two sessions", &r, 200, TEXTS("end-others", "/end\""));
    world_restore(&world);
}

static void
test_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *path, *form, *texts[5];
    } rows[] = {
        { "/workspaces", "name=", { "Enter a name for the workspace",
            "id=\"name-error\"" } },
        { "/w/team/deployments", "name=lab&base_url=ftp%3A%2F%2Fx.example",
            { "value=\"lab\"", "begins with http://",
                "id=\"base_url-error\"" } },
        { "/w/team/models",
            "name=a+b&category=chat&input_price=cheap&output_price=2",
            { "value=\"a b\"", "value=\"cheap\"",
                "id=\"input_price-error\"" } },
        { "/w/team/models",
            "name=a+b&category=none&input_price=1&output_price=2",
            { "id=\"name-error\"", "id=\"category-error\"" } },
        { "/w/team/settings",
            "version=1&name=T&key_max=0&life_max_days=20&"
            "life_default_days=x&second_factor=none&owner_leaves=suspend&"
            "reserve_ends=charge&event_months=13",
            { "id=\"key_max-error\"", "id=\"life_default_days-error\"",
                "name=\"version\" value=\"1\"" } },
        { "/w/team/settings",
            "version=1&name=T&key_max=9&life_max_days=20&"
            "life_default_days=30&second_factor=none&owner_leaves=suspend&"
            "reserve_ends=charge&event_months=13",
            { "within the longest life" } },
        { "/w/team/settings",
            "version=1&name=T&key_max=9&life_max_days=&"
            "life_default_days=&second_factor=none&owner_leaves=suspend&"
            "reserve_ends=none&event_months=1",
            { "id=\"reserve_ends-error\"", "id=\"event_months-error\"" } },
        { "/account/name", "name=", { "Enter your name",
            "id=\"name-error\"" } },
        { "/account/password", "current=not+it&password=new+horse+battery",
            { "This is not your current password",
                "id=\"current-error\"" } },
        { "/account/password", "current=correct+horse+battery&password=x",
            { "id=\"password-error\"" } },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        world_exec(&world, "DELETE FROM attempt");
        uint64_t before = world_sum(&world);
        struct reply r =
            req_post(&world, OWNER, rows[i].path, str_cstr(rows[i].form));
        expect(rows[i].path, &r, 422, rows[i].texts);
        expect(rows[i].path, &r, 422, TEXTS("There is a problem"));
        assert_false(reply_holds(&r, STR("horse")));
        world_exec(&world, "DELETE FROM attempt"); /* guesses are counted */
        assert_int_equal(before == world_sum(&world), 1);
    }
}

/* Save, then let an older form come in, then send that one's values again. */
static void
race(const char *path, const char *first, const char *second, const char *now,
    const char *const *both)
{
    struct reply r = req_post(&world, OWNER, path, str_cstr(first));
    expect(path, &r, 303, NULL);
    uint64_t before = world_sum(&world);
    r = req_post(&world, ADMIN, path, str_cstr(second));
    expect(path, &r, 409, both);
    expect(path, &r, 409, TEXTS("Changed since you opened it",
        "olive@team.example saved", "Save my values", now));
    assert_int_equal(before == world_sum(&world), 1);
}

static void
test_conflicts(void **state)
{
    (void)state;
    const char *edit = fmt("/w/team/deployments/*/edit", world.deployment).p;
    race(edit, "version=1&name=north&base_url=https%3A%2F%2Fn.example",
        "version=1&name=south&base_url=https%3A%2F%2Fn.example",
        "name=\"version\" value=\"2\"",
        TEXTS("<td>north</td><td>south</td>", "value=\"south\""));
    edit = fmt("/w/team/models/*/edit", world.model).p;
    race(edit, "version=1&name=a%2Fb&category=chat&input_price=3&"
        "output_price=4",
        "version=1&name=a%2Fb&category=ocr&input_price=%245&output_price=4",
        "name=\"version\" value=\"2\"",
        TEXTS("<td>Chat</td><td>OCR</td>", "<td>$3.00</td><td>$5.00</td>"));
    struct reply r = req_post(&world, ADMIN, edit,
        STR("version=2&name=a%2Fb&category=ocr&input_price=5&"
            "output_price=4"));
    expect(edit, &r, 303, NULL);
    race("/w/team/settings", "version=1&name=Team&key_max=11&life_max_days=&"
        "life_default_days=&second_factor=none&owner_leaves=suspend&"
            "reserve_ends=charge&event_months=13",
        "version=1&name=Team&key_max=12&life_max_days=&life_default_days=&"
        "second_factor=none&owner_leaves=suspend&reserve_ends=release&event_months=6",
        "name=\"version\" value=\"2\"", TEXTS("<td>11</td><td>12</td>",
            "<td>Its estimate</td><td>Nothing</td>", "<td>13</td><td>6</td>"));
    world_restore(&world);
}

static void
test_whole_way(void **state)
{
    (void)state;
    struct reply r =
        req_post(&world, OWNER, "/workspaces", STR("name=Second+Team&second_factor=admins"));
    expect("create", &r, 303, NULL);
    assert_true(str_is(r.location, "/w/second-team/"));
    r = req_post(&world, OWNER, "/w/second-team/deployments",
        STR("name=lab&base_url=http%3A%2F%2F127.0.0.1%3A9%2Fv1"));
    expect("deployment", &r, 303, NULL);
    r = req_get(&world, OWNER, "/w/second-team/deployments");
    expect("deployments", &r, 200, TEXTS("lab", "http://127.0.0.1:9/v1"));
    r = req_post(&world, OWNER, "/w/second-team/models",
        STR("name=lab%2Fone&category=chat&input_price=%241%2C25&"
            "output_price=10"));
    expect("model", &r, 303, NULL);
    r = req_get(&world, OWNER, "/w/second-team/models");
    expect("models", &r, 200, TEXTS("lab/one", "$1.25", "$10.00", "Chat"));
    world_restore(&world);
}

static void
test_removal(void **state)
{
    (void)state;
    const char *paths[] = {
        fmt("/w/team/models/*/remove", world.model).p,
        fmt("/w/team/deployments/*/remove", world.deployment).p,
    };
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        struct reply r = req_get(&world, OWNER, paths[i]);
        expect(paths[i], &r, 200, TEXTS("API key", "Keep the "));
        r = req_post(&world, OWNER, paths[i], STR(""));
        expect(paths[i], &r, 303, NULL);
        r = req_get(&world, OWNER, paths[i]);
        expect(paths[i], &r, 404, TEXTS("was removed"));
    }
    world_restore(&world);
}

/* ---- many models, many lines: page by page, both ways ---- */

static size_t
count(struct str s, const char *part)
{
    size_t n = 0;
    struct str p = str_cstr(part);
    for (size_t i = 0; i + p.n <= s.n; i++)
        n += str_starts(str_from(s, i), p);
    return n;
}

/* href of the link with this rel, empty when there is none. */
static struct str
link_of(const struct reply *r, const char *rel)
{
    struct str mark = arena_fmt(world.keep, "\" rel=\"%s\"", rel);
    for (size_t i = 0; i < r->body.n; i++) {
        if (!str_starts(str_from(r->body, i), mark))
            continue;
        size_t from = i;
        while (from > 0 && r->body.p[from - 1] != '"')
            from--;
        struct str raw = { r->body.p + from, i - from };
        struct buf b;
        buf_init(&b, world.keep, BUF_MAX_FIELD);
        for (size_t k = 0; k < raw.n; k++) {
            buf_char(&b, raw.p[k]);
            if (str_starts(str_from(raw, k), STR("&amp;")))
                k += 4;
        }
        return buf_view(&b);
    }
    return STR("");
}

/* Walk to the end and back: every page differs from its neighbours. */
static void
walk(const char *path, const char *row, size_t all)
{
    struct str back = str_cstr(path), at = back;
    size_t seen = 0, pages = 0;
    struct reply r;
    for (; at.n; at = link_of(&r, "next"), pages++) {
        back = at;
        r = req_get(&world, OWNER, arena_cstr(world.keep, at));
        expect(path, &r, 200, NULL);
        seen += count(r.body, row);
    }
    assert_int_equal(seen, all);
    assert_true(pages > 2);
    for (at = back; at.n; at = link_of(&r, "prev")) {
        r = req_get(&world, OWNER, arena_cstr(world.keep, at));
        seen -= count(r.body, row);
        pages--;
    }
    assert_int_equal(seen, 0);
    assert_int_equal(pages, 0);
}

static void
test_pages(void **state)
{
    (void)state;
    enum { MANY = 520 }; /* more than the CSV file reads at once */
    struct cx *cx = world_as(&world, OWNER);
    struct ai_model m;
    for (int i = 0; i < MANY; i++) {
        struct model_in in = { .category = STR("video"),
            .name = arena_fmt(world.keep, "p/m%03d", i) };
        assert_int_equal(model_add(cx, &in, &m), ERR_OK);
    }
    walk("/w/team/models?q=P%2Fm", "<th scope=\"row\">", MANY);
    walk("/w/team/audit?q=P%2Fm&action=model.add", "</b> added model", MANY);
    struct reply r = req_get(&world, OWNER, "/w/team/audit.csv?q=p%2Fm");
    expect("csv", &r, 200, TEXTS("seq,time,", "model.add"));
    assert_int_equal(count(r.body, "\r\n"), MANY + 1);
    world_restore(&world);
}

/* ---- the audit log ---- */

static void
test_own_lines(void **state)
{
    (void)state;
    (void)world_key(&world, MEMBER, KEY_STANDARD, "mine");
    (void)world_key(&world, ADMIN, KEY_STANDARD, "theirs");
    struct reply r = req_get(&world, MEMBER, "/w/team/audit");
    expect("own", &r, 200, TEXTS("created key", ">mine</a>"));
    assert_false(reply_holds(&r, STR("theirs")));
    r = req_get(&world, MEMBER, "/w/team/audit.csv");
    expect("own csv", &r, 200, TEXTS(",mine,"));
    assert_false(reply_holds(&r, STR("theirs")));
    r = req_get(&world, ADMIN, "/w/team/audit");
    expect("all", &r, 200, TEXTS(">mine</a>", ">theirs</a>"));
    world_exec(&world, "UPDATE audit SET action = 'x' WHERE seq = "
                       "(SELECT max(seq) FROM audit)");
    r = req_get(&world, ADMIN, "/w/team/audit");
    expect("changed", &r, 200, TEXTS("does not fit its signatures"));
    world_restore(&world);
}

/* What a key may call is told by name, so that two changes never look alike. */
static void
test_access_told(void **state)
{
    (void)state;
    struct str form = arena_fmt(world.keep,
        "once=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&name=narrow&"
        "expiry=30&spend_limit=5&spend_reset=week&category_scope=all&"
        "model_scope=some&models=%.*s&endpoint_scope=some&"
        "endpoints=%%2Fv1%%2Focr&network_scope=all&deployment=%.*s",
        STR_ARG(world.model), STR_ARG(world.deployment));
    struct reply r = req_post(&world, OWNER, "/w/team/keys", form);
    expect("create", &r, 200, NULL);
    (void)world_key(&world, OWNER, KEY_STANDARD, "wide");
    struct str told = arena_fmt(world.keep,
        "spending limit $5.00 each week; rate limits none; "
        "access models: %.*s; "
        "endpoints: /v1/ocr", STR_ARG(world.model));
    r = req_get(&world, OWNER, "/w/team/audit");
    expect("audit", &r, 200, TEXTS(arena_cstr(world.keep, told),
        "access everything"));
    told = arena_fmt(world.keep, "; deployment: %.*s",
        STR_ARG(world.deployment));
    r = req_get(&world, OWNER, "/w/team/audit.csv?q=narrow");
    expect("audit csv", &r, 200, TEXTS(arena_cstr(world.keep, told)));
    world_restore(&world);
}

static void
test_dates(void **state)
{
    (void)state;
    static const struct {
        const char *query;
        int status;
        bool lines;
    } rows[] = {
        { "from=2026-03-10&to=2026-03-10", 200, true },
        { "from=2026-03-11", 200, false },
        { "to=2026-03-09", 200, false },
        { "from=10.3.2026", 422, true },
        { "to=2026-02-30", 422, true },
        { "before=x&after=-4", 200, true },
        { "before=1", 200, false },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str path = arena_fmt(world.keep, "/w/team/audit?%s",
            rows[i].query);
        struct reply r =
            req_get(&world, OWNER, arena_cstr(world.keep, path));
        expect(rows[i].query, &r, rows[i].status,
            TEXTS(rows[i].lines ? "Newest first" : "Nothing matches"));
        if (r.status == 422)
            expect(rows[i].query, &r, 422,
                TEXTS("Enter a date such as 2026-11-20"));
    }
}

/* ---- failures ---- */

static void
test_error_pages(void **state)
{
    (void)state;
    for (enum err_code c = ERR_OK + 1; c < ERR_CODE_COUNT; c++) {
        struct err e;
        const struct problem *p = problem_of(c);
        if (c == ERR_UNAUTHENTICATED || c == ERR_STALE_FORM)
            continue; /* these have pages of their own */
        world_forget(&world);
        struct reply r = req_get(&world, OWNER, "/w/team/models");
        assert_int_equal(r.status, 200);
        world.worker.res = (struct res){ 0 };
        err_init(&e, world.worker.arena);
        ERR(&e, c, "What is wrong with it.");
        e.retry_s = c == ERR_LIMITED ? 600 : 0;
        page_error(&world.worker, &e);
        r = (struct reply){ .status = world.worker.res.status,
            .body = world.worker.res.bytes };
        expect(p->slug, &r, p->status, TEXTS(p->title, "request id",
            "Back to the overview"));
        assert_int_equal(reply_holds(&r, STR("What is wrong with it.")),
            c != ERR_INTERNAL);
        assert_int_equal(reply_holds(&r, STR("Try again in 10 minutes.")),
            c == ERR_LIMITED);
    }
}

static void
test_refused(void **state)
{
    (void)state;
    struct reply r = req_get(&world, MEMBER, "/w/team/settings");
    expect("settings", &r, 403, TEXTS("Your role here is member",
        "an admin or owner", "Ask ", "Back to the overview"));
    r = req_get(&world, OWNER, "/nowhere");
    expect("nowhere", &r, 404, TEXTS("Not found", "Go to the start page"));
    r = req_get(&world, OWNER, "/w/team/models/x/remove");
    expect("model", &r, 404, TEXTS("There is no such model"));
    r = req_post(&world, OWNER, "/w/team/members", STR(""));
    expect("members", &r, 405, TEXTS("not used that way"));
}

/* A list that cannot be read shows itself, and says so. */
static void
test_load_failed(void **state)
{
    (void)state;
    static const struct {
        const char *table, *path, *texts[3];
    } rows[] = {
        { "api_key", "/w/team/keys", { "<h1>API keys" } },
        { "audit", "/w/team/audit", { "<h1>Audit log" } },
        { "model_price", "/w/team/models", { "<h1>Models" } },
        { "deployment", "/w/team/deployments", { "<h1>Deployments" } },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char sql[120];
        snprintf(sql, sizeof sql, "ALTER TABLE %s RENAME TO away",
            rows[i].table);
        world_tamper(&world, sql);
        struct reply r = req_get(&world, OWNER, rows[i].path);
        snprintf(sql, sizeof sql, "ALTER TABLE away RENAME TO %s",
            rows[i].table);
        world_tamper(&world, sql);
        expect(rows[i].path, &r, 503, rows[i].texts);
        expect(rows[i].path, &r, 503,
            TEXTS("The list could not be loaded", "Try again"));
        assert_false(reply_holds(&r, STR("no such table")));
        r = req_get(&world, OWNER, rows[i].path);
        expect(rows[i].path, &r, 200, NULL);
    }
}

/* Every code that an answer may name is explained. */
static void
test_codes(void **state)
{
    (void)state;
    struct reply r;
    char path[120];
    for (enum reason c = REASON_MISSING_KEY; c < REASON_COUNT; c++) {
        snprintf(path, sizeof path, "/docs/errors/%s", reason_code(c));
        r = req_get(&world, NOBODY, path);
        expect(path, &r, 200, TEXTS(reason_code(c)));
    }
    for (enum err_code c = ERR_OK + 1; c < ERR_CODE_COUNT; c++) {
        snprintf(path, sizeof path, "/docs/errors/%s", problem_of(c)->slug);
        r = req_get(&world, NOBODY, path);
        expect(path, &r, 200, TEXTS(problem_of(c)->title));
    }
    r = req_get(&world, NOBODY, "/docs/errors/allowed");
    expect("allowed", &r, 404, NULL);
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
        cmocka_unit_test(test_shown),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_conflicts),
        cmocka_unit_test(test_whole_way),
        cmocka_unit_test(test_removal),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_own_lines),
        cmocka_unit_test(test_access_told),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_error_pages),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_load_failed),
        cmocka_unit_test(test_codes),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
