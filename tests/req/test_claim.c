/* SPDX-License-Identifier: ISC */
/* Keys that wait for their holder: the pages, and that nobody else ever sees
 * the secret. */
#include "world.h"

#include "base/clock.h"
#include "text/form.h"

#include <string.h>

static struct world world;

static int
setup(void **state)
{
    (void)state;
    world_open(&world);
    world_save(&world);
    clock_fix(WORLD_NOW * 1000);
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

static struct str
between(const struct reply *r, const char *before, char end)
{
    struct str rest = r->body;
    const char *at = NULL;
    for (size_t i = 0; !at && i + strlen(before) <= rest.n; i++)
        if (memcmp(rest.p + i, before, strlen(before)) == 0)
            at = rest.p + i + strlen(before);
    if (!at)
        return STR("");
    rest = str_from(rest, (size_t)(at - rest.p));
    return str_head(rest, str_find(rest, end));
}

static struct reply
create(enum who who, const char *name)
{
    return req_post(&world, who, "/w/team/keys", arena_fmt(world.arena,
        "once=%s-once&name=%s&expiry=none&claim=3", name, name));
}

/* Path of the link that a page shows. */
static const char *
link_of(const struct reply *r)
{
    struct str link = between(r, "data-secret>http://" WORLD_HOST, '<');
    assert_true(str_starts(link, STR("/claim/")));
    return arena_cstr(world.arena, link);
}

static void
test_whole(void **state)
{
    (void)state;
    struct reply r = create(MEMBER, "laptop");
    assert_int_equal(r.status, 200);
    assert_true(str_is(reply_header(&r, "Cache-Control"), "no-store"));
    assert_false(reply_holds(&r, STR("_krs_")));
    const char *link = link_of(&r);
    /* the same form again: no second link */
    r = create(MEMBER, "laptop");
    assert_int_equal(r.status, 200);
    assert_true(reply_holds(&r, STR("already shown")));
    assert_false(reply_holds(&r, STR("/claim/")));
    /* GET and HEAD use nothing up */
    for (int i = 0; i < 3; i++) {
        r = req_get(&world, NOBODY, link);
        assert_int_equal(r.status, 200);
        assert_true(reply_holds(&r, STR("Show my key")));
    }
    struct ask head = world_ask(&world, NOBODY, "HEAD", str_cstr(link));
    assert_int_equal(world_send(&world, &head).status, 200);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM once_link WHERE "
        "kind = 'claim' AND used_s IS NOT NULL"), 0);
    /* without the form's token nothing happens either */
    struct ask bare = world_ask(&world, NOBODY, "POST", str_cstr(link));
    bare.type = "application/x-www-form-urlencoded";
    r = world_send(&world, &bare);
    assert_int_equal(r.status, 403);
    assert_false(reply_holds(&r, STR("_krs_")));
    r = req_post(&world, NOBODY, link, STR(""));
    assert_int_equal(r.status, 200);
    assert_true(str_is(reply_header(&r, "Cache-Control"), "no-store"));
    struct str key = between(&r, "data-secret>", '<');
    assert_int_equal(key.n, 51);
    struct ask gate = world_ask(&world, NOBODY, "GET", STR("/v1/key"));
    gate.bearer = key;
    assert_int_equal(world_send(&world, &gate).status, 200);
    /* once */
    struct str text = str_from(key, 9);
    r = req_post(&world, NOBODY, link, STR(""));
    assert_int_equal(r.status, 200);
    assert_true(reply_holds(&r, STR("opened already")));
    assert_false(reply_holds(&r, text));
    r = req_get(&world, NOBODY, link);
    assert_true(reply_holds(&r, STR("opened already")));
    /* its owner sees when and from where, not what */
    const char *page = arena_cstr(world.arena, arena_fmt(world.arena,
        "/w/team/keys/%.*s", 8, key.p));
    r = req_get(&world, OWNER, page);
    assert_true(reply_holds(&r, STR("Secret made")));
    assert_true(reply_holds(&r, STR("192.0.2.")));
    assert_false(reply_holds(&r, text));
}

static void
test_owner_pages(void **state)
{
    (void)state;
    struct reply r = create(MEMBER, "phone");
    const char *first = link_of(&r);
    struct str prefix = between(&r, "/w/team/keys/", '"');
    const char *page = arena_cstr(world.arena, arena_fmt(world.arena,
        "/w/team/keys/%.*s", STR_ARG(prefix)));
    const char *form = arena_cstr(world.arena, arena_fmt(world.arena,
        "%s/claim", page));
    const char *withdraw = arena_cstr(world.arena, arena_fmt(world.arena,
        "%s/withdraw", form));
    r = req_get(&world, MEMBER, page);
    assert_true(reply_holds(&r, STR("Waiting")));
    assert_true(reply_holds(&r, STR("New link")));
    assert_false(reply_holds(&r, STR("Rotate\xe2\x80\xa6")));
    assert_int_equal(req_get(&world, STRANGER, form).status, 404);
    assert_int_equal(req_post(&world, STRANGER, withdraw, STR("")).status,
        404);
    assert_int_equal(req_post(&world, MEMBER, withdraw, STR("")).status, 303);
    r = req_get(&world, NOBODY, first);
    assert_true(reply_holds(&r, STR("has ended")));
    r = req_get(&world, MEMBER, form);
    assert_true(reply_holds(&r, STR("Make link")));
    r = req_post(&world, MEMBER, form, STR("once=o"));
    assert_int_equal(r.status, 422);
    r = req_post(&world, MEMBER, form, STR("once=o&claim=7"));
    assert_int_equal(r.status, 200);
    const char *second = link_of(&r);
    r = req_post(&world, MEMBER, form, STR("once=o&claim=7"));
    assert_true(reply_holds(&r, STR("already shown")));
    r = req_get(&world, NOBODY, second);
    assert_true(reply_holds(&r, STR("Show my key")));
    clock_fix((WORLD_NOW + 7 * 86400) * 1000);
    r = req_get(&world, NOBODY, second);
    assert_true(reply_holds(&r, STR("has ended")));
    assert_int_equal(req_get(&world, NOBODY, "/claim/none").status, 404);
}

/* By program: the answer holds the link and no secret; the key waits, and is
 * what the holder gets. */
static void
test_by_program(void **state)
{
    (void)state;
    static const char *const wrong[] = { "{\"claim_days\":2}",
        "{\"claim_days\":0}", "{\"claim_days\":8}",
        "{\"claim_days\":\"3\"}", "{\"claim_days\":null}" };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct reply r = req_json(&world, MANAGEMENT, "POST", "/v1/keys",
            wrong[i]);
        if (r.status != 400 && r.status != 422)
            fail_msg("%s: %d", wrong[i], r.status);
    }
    assert_int_equal(req_json(&world, ADMIN_KEY, "POST", "/v1/keys",
        "{\"claim_days\":3}").status, 403);
    struct reply r = req_json(&world, MANAGEMENT, "POST", "/v1/keys",
        "{\"name\":\"for Nina\",\"claim_days\":3,"
        "\"scopes\":[\"model:chat\"]}");
    assert_int_equal(r.status, 200);
    assert_false(reply_holds(&r, STR("_krs_")));
    struct val *data = val_get_cstr(reply_json(&world, &r), "data");
    assert_null(val_get_cstr(data, "key"));
    assert_true(str_is(val_text(val_get_cstr(data, "claim_ends_at")),
        "2026-03-13T12:00:00.000Z"));
    struct str url = val_text(val_get_cstr(data, "claim_url"));
    struct str prefix = val_text(val_get_cstr(data, "prefix"));
    struct str base = STR("http://" WORLD_HOST);
    assert_true(str_starts(url, base));
    const char *link = arena_cstr(world.arena, str_from(url, base.n));
    r = req_get(&world, OWNER, arena_cstr(world.arena, arena_fmt(world.arena,
        "/w/team/keys/%.*s", STR_ARG(prefix))));
    assert_true(reply_holds(&r, STR("Waiting")));
    r = req_post(&world, NOBODY, link, STR(""));
    assert_int_equal(r.status, 200);
    struct str key = between(&r, "data-secret>", '<');
    assert_int_equal(key.n, 51);
    assert_true(str_eq(str_head(key, 8), prefix));
    r = req_post(&world, NOBODY, link, STR(""));
    assert_false(reply_holds(&r, str_from(key, 9)));
    /* without it the secret is made at once, as before */
    r = req_json(&world, MANAGEMENT, "POST", "/v1/keys", "{}");
    assert_true(reply_holds(&r, STR("_krs_")));
    assert_false(reply_holds(&r, STR("claim")));
    /* it is no field of a change */
    r = req_json(&world, MANAGEMENT, "PATCH", arena_cstr(world.arena,
        arena_fmt(world.arena, "/v1/keys/%.*s", STR_ARG(prefix))),
        "{\"claim_days\":3}");
    assert_true(r.status == 400 || r.status == 422);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_whole),
        TEST(test_owner_pages),
        TEST(test_by_program),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
