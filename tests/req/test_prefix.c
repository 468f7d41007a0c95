/* SPDX-License-Identifier: ISC */
/* The console below a path of a site that holds other things too. */
#include "world.h"

#include "app/prefix.h"

#include <string.h>

static int
set_up(void **state)
{
    static struct world w;
    world_open(&w);
    w.config.public_url = "http://" WORLD_HOST "/lodge";
    *state = &w;
    return 0;
}

static int
tear_down(void **state)
{
    world_close(*state);
    return 0;
}

static void
assert_text(struct str got, const char *wanted)
{
    if (!str_is(got, wanted))
        fail_msg("got \"%.*s\", wanted \"%s\"", STR_ARG(got), wanted);
}

static void
test_parts(void **state)
{
    struct world *w = *state;
    struct arena *a = w->arena;
    assert_text(prefix_of(STR("https://h")), "");
    assert_text(prefix_of(STR("https://h/")), "");
    assert_text(prefix_of(STR("https://h:8443/a/b")), "/a/b");
    assert_text(prefix_of(STR("nonsense")), "");
    assert_text(prefix_cut(STR("/a"), STR("/a")), "/");
    assert_text(prefix_cut(STR("/a"), STR("/a/b")), "/b");
    assert_text(prefix_cut(STR("/a"), STR("/ab")), "/ab");
    assert_text(prefix_cut(STR(""), STR("/ab")), "/ab");
    assert_text(prefix_html(a, STR("/a"),
        STR("<a href=\"/x\">=/ =\"</a><img src=\"/y\"><p id=\"z\">=\"")),
        "<a href=\"/a/x\">=/ =\"</a><img src=\"/a/y\"><p id=\"z\">=\"");
    assert_text(prefix_location(a, STR("/a"), STR("/x")), "/a/x");
    assert_text(prefix_location(a, STR("/a"), STR("https://o/")),
        "https://o/");
}

/* Each address of a page begins with the prefix, and leads to a page. */
static void
test_pages(void **state)
{
    static const char *const pages[] = { "/lodge/w/team/", "/lodge/w/team/keys",
        "/lodge/account", "/lodge/workspaces" };
    struct world *w = *state;
    for (size_t i = 0; i < COUNT_OF(pages); i++) {
        struct reply r = req_get(w, OWNER, pages[i]);
        assert_int_equal(r.status, 200);
        size_t n = 0;
        for (struct str at = r.body; at.n > 3; at = str_from(at, 1))
            if (memcmp(at.p, "=\"/", 3) == 0) {
                n++;
                assert_true(str_starts(at, STR("=\"/lodge/")));
            }
        assert_true(n > 5);
        world_forget(w);
    }
    struct reply again = req_get(w, OWNER, "/w/team/keys");
    assert_int_equal(again.status, 200); /* a server that cuts it off itself */
    assert_int_equal(req_get(w, OWNER, "/lodger/w/team/").status, 404);
}

static void
test_ways_back(void **state)
{
    struct world *w = *state;
    assert_text(req_get(w, OWNER, "/lodge/").location, "/lodge/w/owner/");
    assert_text(req_get(w, NOBODY, "/lodge/w/team/keys?status=all").location,
        "/lodge/sign-in?next=%2Fw%2Fteam%2Fkeys%3Fstatus%3Dall");
    struct reply r = req_post(w, OWNER, "/lodge/account/name",
        STR("name=Ada+Lovelace"));
    assert_int_equal(r.status, 303);
    assert_text(r.location, "/lodge/account");
}

/* The gate and the APIs live there too. */
static void
test_machines(void **state)
{
    struct world *w = *state;
    assert_int_equal(req_get(w, NOBODY, "/lodge/healthz").status, 200);
    assert_int_equal(req_get(w, STANDARD, "/lodge/v1/key").status, 200);
    assert_int_equal(req_get(w, NOBODY, "/lodge/v1/key").status, 401);
}

/* What an error says about itself is a page that is there. */
static void
test_problems(void **state)
{
    static const struct {
        enum who who;
        const char *method, *path, *json;
    } rows[] = { { NOBODY, "GET", "/lodge/v1/workspace", "" },
        { MANAGEMENT, "GET", "/lodge/v1/nothing", "" },
        { MANAGEMENT, "POST", "/lodge/v1/workspace/models", "{\"a\":1}" },
        { MANAGEMENT, "POST", "/lodge/v2/ai/api-key", "{}" },
        { MANAGEMENT, "POST", "/lodge/v2/ai/ai-api-key", "{}" } };
    struct world *w = *state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct reply r = req_json(w, rows[i].who, rows[i].method,
            rows[i].path, rows[i].json);
        struct str type = val_text(val_get_cstr(reply_json(w, &r), "type"));
        if (r.status < 400 || !str_starts(type, STR("/lodge/docs/errors/")))
            fail_msg("%s: %d, \"%.*s\"", rows[i].path, r.status,
                STR_ARG(type));
        r = req_get(w, NOBODY, arena_cstr(w->arena, type));
        assert_int_equal(r.status, 200);
    }
    /* also inside a list of answers */
    struct reply r = req_json(w, MANAGEMENT, "POST", "/lodge/v1/usage",
        "[{\"id\": \"a\", \"key\": \"nobody00\"}]");
    assert_true(reply_holds(&r, STR("\"type\":\"/lodge/docs/errors/")));
}

/* An answer that has an address in it. */
static void
test_link(void **state)
{
    struct world *w = *state;
    struct reply r = req_json(w, MANAGEMENT, "POST", "/lodge/v2/ai/api-key",
        "{\"name\": \"a\", \"scope\": \"public\"}");
    struct str id = val_text(val_get_cstr(reply_json(w, &r), "id"));
    struct str path =
        arena_fmt(w->arena, "/lodge/v2/ai/api-key/%.*s", STR_ARG(id));
    r = req_json(w, MANAGEMENT, "DELETE", path.p, "");
    assert_int_equal(r.status, 200);
    assert_text(val_text(val_get_cstr(val_get_cstr(reply_json(w, &r),
        "reference"), "link")), path.p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_ways_back),
        cmocka_unit_test(test_machines),
        cmocka_unit_test(test_problems),
        cmocka_unit_test(test_link),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
