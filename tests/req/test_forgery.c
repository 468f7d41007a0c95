/* SPDX-License-Identifier: ISC */
/*
 * Forged requests (SECURITY.md W4): every POST row of the pages is sent in all
 * the ways in which another site, an old page or a broken client could send
 * it; not one value in the database may change.  That the same request does
 * something when it is ours is looked at too.
 */
#include "world.h"

#include "http/csrf.h"
#include "http/problem.h"

#include <stdio.h>
#include <string.h>

static struct world world;
static struct str old_session; /* of OWNER, ended */

enum variant {
    NO_TOKEN, EMPTY_TOKEN, TOKEN_OF_OTHER, TOKEN_OF_OLD, TOKEN_TWICE,
    TOKEN_IN_QUERY, AS_GET, AS_HEAD, OVERRIDE_HEADER, OVERRIDE_FIELD,
    NO_COOKIE, CROSS_SITE, SAME_SITE, SITE_NONE, NO_HEADERS, WRONG_ORIGIN,
    NULL_ORIGIN, OTHER_PORT, OTHER_SCHEME, TEXT_PLAIN, JSON, MULTIPART,
    NO_TYPE, VARIANT_COUNT
};

static const char *const names[] = { "no token", "empty token",
    "another session's token", "token of an ended session",
    "token sent twice", "token in the query", "GET", "HEAD",
    "X-HTTP-Method-Override", "_method field", "no cookie", "cross-site",
    "same-site", "site none", "neither header", "wrong Origin",
    "null Origin", "Origin with another port", "Origin with another scheme",
    "text/plain", "application/json", "multipart/form-data",
    "no content type" };
_Static_assert(COUNT_OF(names) == VARIANT_COUNT, "every variant has its name");

static struct str
body_with(struct str form, struct str token)
{
    return arena_fmt(world.arena, "%.*s%s" CSRF_FIELD "=%.*s", STR_ARG(form),
        form.n ? "&" : "", STR_ARG(token));
}

static void
in_query(struct ask *ask)
{
    ask->target = arena_fmt(world.arena, "%.*s?%.*s", STR_ARG(ask->target),
        STR_ARG(ask->body));
    ask->body = STR("");
    ask->type = NULL;
}

/* The variants about the token. */
static void
forge_token(struct ask *ask, enum variant v, struct str form, enum who who)
{
    struct arena *a = world.arena;
    struct str mine = world_token(&world, who);
    switch ((int)v) {
    case NO_TOKEN:
        ask->body = form.n ? form : STR("a=");
        break;
    case EMPTY_TOKEN:
        ask->body = body_with(form, STR(""));
        break;
    case TOKEN_OF_OTHER:
        ask->body = body_with(form, world_token(&world, ADMIN));
        break;
    case TOKEN_OF_OLD:
        ask->body =
            body_with(form, csrf_token(a, world.app.secrets, old_session));
        break;
    case TOKEN_TWICE:
        ask->body = body_with(body_with(form, mine), mine);
        break;
    case TOKEN_IN_QUERY:
        ask->body = form.n ? form : STR("a=");
        ask->target = arena_fmt(a, "%.*s?" CSRF_FIELD "=%.*s",
            STR_ARG(ask->target), STR_ARG(mine));
        break;
    default:
        break;
    }
}

/* The variants about method and body. */
static void
forge_method(struct ask *ask, enum variant v)
{
    struct arena *a = world.arena;
    switch ((int)v) {
    case AS_GET:
        ask->method = "GET";
        in_query(ask);
        break;
    case AS_HEAD:
        ask->method = "HEAD";
        in_query(ask);
        break;
    case OVERRIDE_HEADER:
        ask->method = "GET";
        in_query(ask);
        form_add(a, &ask->extra, STR("HTTP_X_HTTP_METHOD_OVERRIDE"),
            STR("POST"));
        break;
    case OVERRIDE_FIELD:
        ask->method = "GET";
        ask->body = arena_fmt(a, "%.*s&_method=POST", STR_ARG(ask->body));
        in_query(ask);
        break;
    case TEXT_PLAIN:
        ask->type = "text/plain";
        break;
    case JSON:
        ask->type = "application/json";
        ask->body = STR("{\"name\":\"forged\",\"expiry\":\"none\"}");
        break;
    case MULTIPART:
        ask->type = "multipart/form-data; boundary=x";
        break;
    case NO_TYPE:
        ask->type = NULL;
        break;
    default:
        break;
    }
}

/* The variants about where it comes from. */
static void
forge_origin(struct ask *ask, enum variant v)
{
    static const struct {
        const char *site, *origin;
    } from[VARIANT_COUNT] = {
        [CROSS_SITE] = { "cross-site", "http://evil.example" },
        [SAME_SITE] = { "same-site", "http://other.localhost:8080" },
        [SITE_NONE] = { "none", NULL },
        [NO_HEADERS] = { NULL, NULL },
        [WRONG_ORIGIN] = { NULL, "http://evil.example" },
        [NULL_ORIGIN] = { NULL, "null" },
        [OTHER_PORT] = { NULL, "http://localhost:8081" },
        [OTHER_SCHEME] = { NULL, "ftp://" WORLD_HOST },
    };
    if (v >= CROSS_SITE && v <= OTHER_SCHEME) {
        ask->site = from[v].site;
        ask->origin = from[v].origin;
    }
    if (v == NO_COOKIE)
        ask->cookie = STR("");
}

static size_t
forge_row(const struct route *row)
{
    size_t bad = 0;
    enum who who = row_doer(row);
    for (enum variant v = NO_TOKEN; v < VARIANT_COUNT; v++) {
        struct ask ask = row_ask(&world, row, who, false);
        struct str form = row_body(&world, row, who, false);
        uint64_t before = world_sum(&world);
        forge_token(&ask, v, form, who);
        forge_method(&ask, v);
        forge_origin(&ask, v);
        struct reply r = world_send(&world, &ask);
        bool posted = strcmp(ask.method, "POST") == 0;
        if (world_sum(&world) != before || (posted && r.status < 400)) {
            print_error("%s, %s: %d\n", row->path, names[v], r.status);
            world_restore(&world);
            bad++;
        }
        world_forget(&world);
    }
    return bad;
}

static void
test_forged(void **state)
{
    (void)state;
    size_t n, posts = 0, bad = 0, done = 0;
    const struct route *all = routes(&n);
    for (size_t i = 0; i < n; i++) {
        if (all[i].method != METHOD_POST || all[i].face != FACE_PAGE)
            continue;
        bad += forge_row(&all[i]);
        /* and the same request of our own */
        struct ask ask = row_ask(&world, &all[i], row_doer(&all[i]), false);
        uint64_t before = world_sum(&world);
        (void)world_send(&world, &ask);
        done += world_sum(&world) != before;
        posts++;
        world_restore(&world);
        world_forget(&world);
    }
    print_message("# %zu rows in %d variants; of the true requests %zu "
                  "changed something\n", posts, VARIANT_COUNT, done);
    assert_int_equal(bad, 0);
    /* the rest say "it is so already", or their page comes first */
    assert_true(posts >= 20 && done * 3 >= posts * 2);
}

/* The pages' own tokens do what world_token's do. */
static void
test_token_of_page(void **state)
{
    (void)state;
    static const char mark[] = "name=\"" CSRF_FIELD "\" value=\"";
    struct reply page = req_get(&world, OWNER, "/w/team/keys/new");
    assert_int_equal(page.status, 200);
    struct str token = { NULL, 0 }, rest;
    for (size_t i = 0; i < page.body.n && !token.n; i++)
        if (str_starts(str_from(page.body, i), str_cstr(mark)))
            (void)str_cut(str_from(page.body, i + strlen(mark)), '"', &token,
                &rest);
    assert_int_equal(token.n, 86);
    struct ask ask =
        world_ask(&world, OWNER, "POST", STR("/w/team/keys"));
    ask.type = "application/x-www-form-urlencoded";
    ask.body = body_with(STR("name=mine&expiry=none&once=mine"), token);
    assert_int_equal(world_send(&world, &ask).status, 200);
    /* a browser that sends no Sec-Fetch-Site */
    ask.body = body_with(STR("name=mine2&expiry=none&once=mine2"), token);
    ask.site = NULL;
    ask.origin = "http://" WORLD_HOST;
    assert_int_equal(world_send(&world, &ask).status, 200);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM api_key "
                                       "WHERE name IN ('mine', 'mine2')"),
        2);
    world_restore(&world);
}

/* A stale form is shown again with what was typed, and makes nothing. */
static void
test_stale_keeps_fields(void **state)
{
    (void)state;
    struct ask ask =
        world_ask(&world, OWNER, "POST", STR("/w/team/keys"));
    ask.type = "application/x-www-form-urlencoded";
    ask.body = STR("name=Typed+%26+kept&expiry=none&once=x&csrf=old");
    struct reply r = world_send(&world, &ask);
    assert_int_equal(r.status, problem_of(ERR_STALE_FORM)->status);
    assert_true(reply_holds(&r, STR("Typed &amp; kept")));
}

static int
setup(void **state)
{
    (void)state;
    world_open(&world);
    world_furnish(&world);
    old_session = world_sign_in(&world, OWNER);
    struct str now = world.session[OWNER];
    world.session[OWNER] = old_session;
    assert_int_equal(req_post(&world, OWNER, "/sign-out", STR("")).status,
        303);
    world.session[OWNER] = now;
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
        cmocka_unit_test(test_forged),
        cmocka_unit_test(test_token_of_page),
        cmocka_unit_test(test_stale_keeps_fields),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
