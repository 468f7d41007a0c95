/* SPDX-License-Identifier: ISC */
/* Advice: when it is given, to whom, and that doing and undoing it leaves the
 * setting as it was. */
#include "world.h"

#include "core/advice.h"
#include "core/catalog.h"
#include "core/key.h"
#include "core/limit.h"
#include "core/usage.h"
#include "text/when.h"

static struct world world;
static struct seat seat;
static struct key k;

/* Models a/one, a/two, a/three, and a key of MEMBER that is 60 days old and
 * called a/one each day. */
static void
setup_key(void)
{
    static const char *const names[] = { "a/one", "a/two", "a/three" };
    struct key_in in = key_form("old hand");
    struct str text;
    world.now_s -= 60 * DAY_S;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct ai_model m;
        struct model_in m_in = { .name = str_cstr(names[i]),
            .category = STR("chat"), .input_price = 1000000,
            .output_price = 1000000 };
        struct cx *cx = seat_as(&seat, OWNER);
        OK(cx, model_add(cx, &m_in, &m));
    }
    struct cx *cx = seat_as(&seat, MEMBER);
    in.spend_limit = INT64_C(1000) * 1000000;
    in.spend_reset = SPEND_MONTH;
    in.expiry = KEY_EXPIRY_DATE;
    in.expires_on = world.now_s + 300 * DAY_S;
    form_put(key_fields, &in.set, "spend_limit");
    form_put(key_fields, &in.set, "spend_reset");
    form_put(key_fields, &in.set, "expires_on");
    OK(cx, key_create(cx, KEY_STANDARD, &in, &text, &k));
    world.now_s += 60 * DAY_S;
}

static int n_calls;

static void
use(int days_ago, const char *model, const char *endpoint)
{
    bool fresh;
    struct cx *cx = seat_as(&seat, SHELL);
    struct usage_event e = { .key_id = k.id,
        .event_id = arena_fmt(cx->arena, "e%d", n_calls++),
        .at_ms = (world.now_s - days_ago * (int64_t)DAY_S) * 1000,
        .model = str_cstr(model), .endpoint = str_cstr(endpoint),
        .outcome = USAGE_SUCCEEDED, .input_tokens = 100000,
        .output_tokens = 100000 };
    OK(cx, usage_record(cx, &e, &fresh));
    world_exec(&world, arena_cstr(cx->arena, arena_fmt(cx->arena,
        "UPDATE api_key SET used_s = max(ifnull(used_s, 0), %lld) WHERE id = "
        "%lld", (long long)(e.at_ms / 1000), (long long)k.id)));
}

static int
setup(void **state)
{
    (void)state;
    world_new(&world);
    seat_open(&seat, &world);
    n_calls = 0;
    setup_key();
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    seat_close(&seat);
    world_free(&world);
    return 0;
}

/* The advice of this kind that somebody gets on the key; key.id 0: none. */
static struct advice
get(enum who who, enum advice_kind kind)
{
    struct advice all[ADVICE_MOST];
    size_t n;
    struct key is;
    struct cx *cx = seat_as(&seat, who);
    OK(cx, key_get(cx, k.prefix, &is));
    OK(cx, advice_of_key(cx, &is, all, &n));
    for (size_t i = 0; i < n; i++)
        if (all[i].kind == kind)
            return all[i];
    return (struct advice){ .amount = 0 };
}

static bool
given(enum advice_kind kind)
{
    return get(OWNER, kind).key.id != 0;
}

static struct key
now_is(void)
{
    struct key is;
    struct cx *cx = seat_as(&seat, OWNER);
    OK(cx, key_get(cx, k.prefix, &is));
    return is;
}

static enum err_code
apply(enum who who, enum advice_kind kind)
{
    struct advice_in in = { .kind = (int)kind };
    struct key is;
    struct cx *cx = seat_as(&seat, who);
    return advice_apply(cx, k.prefix, &in, &is);
}

static struct str
last_done(void)
{
    struct advice_done *done;
    size_t n;
    struct key is = now_is();
    struct cx *cx = seat_as(&seat, OWNER);
    OK(cx, advice_recent(cx, &is, &done, &n));
    return n ? done[0].uuid : STR("");
}

static enum err_code
undo(enum who who, struct str done)
{
    struct key is;
    struct cx *cx = seat_as(&seat, who);
    return advice_undo(cx, k.prefix, done, &is);
}

#define CHAT "/v1/chat/completions"

static void
test_models(void **state)
{
    (void)state;
    assert_false(given(ADVICE_MODELS)); /* nothing is known */
    use(31, "a/two", CHAT);
    use(1, "a/one", CHAT);
    struct advice a = get(MEMBER, ADVICE_MODELS);
    assert_int_equal(a.names.n, 1);
    assert_true(str_is(a.names.items[0], "a/one"));
    assert_int_equal(a.unused, 2);
    /* not for who could not do it */
    assert_int_equal(get(OTHER, ADVICE_MODELS).key.id, 0);
    assert_int_equal(apply(OTHER, ADVICE_MODELS), ERR_FORBIDDEN);
    assert_int_equal(apply(STRANGER, ADVICE_MODELS), ERR_NOT_FOUND);
    assert_int_equal(apply(MEMBER, ADVICE_MODELS), ERR_OK);
    struct key is = now_is();
    assert_false(is.access.all_models);
    assert_int_equal(is.access.models.n, 1);
    assert_true(is.access.all_endpoints); /* nothing else */
    assert_int_equal(is.spend_limit, k.spend_limit);
    assert_false(given(ADVICE_MODELS));
    assert_int_equal(apply(MEMBER, ADVICE_MODELS), ERR_CONFLICT);
    struct str done = last_done();
    assert_int_equal(undo(OTHER, done), ERR_FORBIDDEN);
    assert_int_equal(undo(STRANGER, done), ERR_NOT_FOUND);
    assert_int_equal(undo(MEMBER, done), ERR_OK);
    is = now_is();
    assert_true(is.access.all_models);
    assert_int_equal(undo(MEMBER, done), ERR_NOT_FOUND); /* once */
    assert_int_equal(last_done().n, 0);
    /* a list goes back to that list */
    assert_int_equal(apply(OWNER, ADVICE_MODELS), ERR_OK);
    use(0, "a/one", CHAT);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM audit WHERE "
        "action = 'key.edit'"), 3);
}

static void
test_unknown_model(void **state)
{
    (void)state;
    use(1, "a/one", CHAT);
    use(2, "b/not-in-the-catalogue", CHAT);
    assert_false(given(ADVICE_MODELS));
    assert_true(given(ADVICE_ENDPOINTS));
}

static void
test_no_names(void **state)
{
    (void)state;
    use(1, "a/one", CHAT);
    use(2, "", "");
    assert_false(given(ADVICE_MODELS));
    assert_false(given(ADVICE_ENDPOINTS));
}

static void
test_young(void **state)
{
    (void)state;
    use(1, "a/one", CHAT);
    world_exec(&world, arena_cstr(seat.arena, arena_fmt(seat.arena,
        "UPDATE api_key SET created_s = %lld",
        (long long)(world.now_s - 20 * DAY_S))));
    assert_false(given(ADVICE_MODELS));
    assert_false(given(ADVICE_ENDPOINTS));
    assert_false(given(ADVICE_LIMIT));
}

static void
test_endpoints(void **state)
{
    (void)state;
    use(1, "a/one", CHAT);
    use(2, "a/one", "/v1/embeddings");
    struct advice a = get(OWNER, ADVICE_ENDPOINTS);
    assert_int_equal(a.names.n, 2);
    assert_int_equal(apply(OWNER, ADVICE_ENDPOINTS), ERR_OK);
    struct key is = now_is();
    assert_int_equal(is.access.endpoints.n, 2);
    /* down to one of the two, and back to the two */
    world.now_s += 29 * DAY_S;
    use(0, "a/one", CHAT);
    assert_int_equal(apply(OWNER, ADVICE_ENDPOINTS), ERR_OK);
    is = now_is();
    assert_int_equal(is.access.endpoints.n, 1);
    assert_int_equal(undo(OWNER, last_done()), ERR_OK);
    is = now_is();
    assert_int_equal(is.access.endpoints.n, 2);
    assert_false(is.access.all_endpoints);
}

static void
test_silent(void **state)
{
    (void)state;
    assert_true(given(ADVICE_SILENT)); /* never used, 60 days old */
    use(45, "a/one", CHAT);
    assert_false(given(ADVICE_SILENT));
    world.now_s += 1;
    assert_true(given(ADVICE_SILENT));
    assert_false(given(ADVICE_MODELS)); /* nothing else matters then */
    assert_int_equal(apply(MEMBER, ADVICE_SILENT), ERR_OK);
    assert_true(now_is().disabled_s != 0);
    assert_false(given(ADVICE_SILENT));
    assert_int_equal(undo(MEMBER, last_done()), ERR_OK);
    assert_true(now_is().disabled_s == 0);
}

static void
test_expiry(void **state)
{
    (void)state;
    use(1, "a/one", CHAT);
    assert_false(given(ADVICE_EXPIRY));
    world_exec(&world, "UPDATE api_key SET expires_s = NULL");
    assert_true(given(ADVICE_EXPIRY));
    assert_int_equal(apply(MEMBER, ADVICE_EXPIRY), ERR_OK);
    assert_int_equal(now_is().expires_s, world.now_s + 90 * DAY_S);
    assert_int_equal(undo(MEMBER, last_done()), ERR_OK);
    assert_int_equal(now_is().expires_s, 0);
    /* never longer than the workspace allows */
    world_exec(&world, "UPDATE workspace SET key_life_max_s = 864000");
    assert_int_equal(apply(MEMBER, ADVICE_EXPIRY), ERR_OK);
    assert_int_equal(now_is().expires_s, world.now_s + 10 * DAY_S);
}

/* $0.20 a call; the limit is $1,000 a month. */
static void
test_limit(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        use(1, "a/one", CHAT);
    struct advice a = get(OWNER, ADVICE_LIMIT);
    assert_int_equal(a.peak, 1000000);
    assert_int_equal(a.amount, 2000000);
    assert_int_equal(get(MEMBER, ADVICE_LIMIT).key.id, 0);
    assert_int_equal(apply(OWNER, ADVICE_LIMIT), ERR_OK);
    assert_int_equal(now_is().spend_limit, 2000000);
    assert_int_equal(now_is().spend_reset, SPEND_MONTH);
    assert_false(given(ADVICE_LIMIT));
    assert_int_equal(undo(OWNER, last_done()), ERR_OK);
    assert_int_equal(now_is().spend_limit, k.spend_limit);
    /* ten times is where it begins */
    world_exec(&world, "UPDATE api_key SET spend_limit_micro = 9999999");
    assert_false(given(ADVICE_LIMIT));
    world_exec(&world, "UPDATE api_key SET spend_limit_micro = 10000000");
    assert_true(given(ADVICE_LIMIT));
}

static void
test_rule(void **state)
{
    (void)state;
    struct limit_in in = { .counts = LIMIT_REQUESTS, .period = LIMIT_DAY,
        .amount = 100000 };
    struct key is;
    form_put(limit_fields, &in.set, "counts");
    form_put(limit_fields, &in.set, "period");
    form_put(limit_fields, &in.set, "amount");
    struct cx *cx = seat_as(&seat, OWNER);
    OK(cx, limit_set(cx, k.prefix, &in));
    world_exec(&world, "UPDATE api_key SET spend_limit_micro = NULL");
    for (int i = 0; i < 7; i++)
        use(3, "a/one", CHAT);
    struct advice a = get(OWNER, ADVICE_LIMIT);
    assert_int_equal(a.peak, 7);
    assert_int_equal(a.amount, 14);
    assert_true(a.limit.id != 0);
    struct advice_in do_it = { .kind = ADVICE_LIMIT, .rule = a.limit.id };
    struct advice_in other = { .kind = ADVICE_LIMIT, .rule = 0 };
    cx = seat_as(&seat, OWNER);
    GIVES(cx, advice_apply(cx, k.prefix, &other, &is), ERR_CONFLICT);
    cx = seat_as(&seat, OWNER);
    OK(cx, advice_apply(cx, k.prefix, &do_it, &is));
    assert_int_equal(world_int(&world, "SELECT amount FROM limit_rule"), 14);
    assert_int_equal(undo(OWNER, last_done()), ERR_OK);
    assert_int_equal(world_int(&world, "SELECT amount FROM limit_rule"),
        100000);
}

/* What was changed again since stays; what is long ago, too. */
static void
test_undo_stale(void **state)
{
    (void)state;
    use(1, "a/one", CHAT);
    assert_int_equal(apply(OWNER, ADVICE_ENDPOINTS), ERR_OK);
    struct str done = last_done();
    world_exec(&world, "INSERT INTO key_endpoint (key_id, endpoint) SELECT id, "
                       "'/v1/ocr' FROM api_key WHERE name = 'old hand'");
    assert_int_equal(undo(OWNER, done), ERR_CONFLICT);
    world_exec(&world, "DELETE FROM key_endpoint WHERE endpoint = '/v1/ocr'");
    world.now_s += ADVICE_UNDO_DAYS * (int64_t)DAY_S;
    assert_int_equal(undo(OWNER, done), ERR_NOT_FOUND);
    assert_int_equal(last_done().n, 0);
    world.now_s -= 1;
    assert_int_equal(undo(OWNER, done), ERR_OK);
}

static void
test_stopped(void **state)
{
    (void)state;
    world_exec(&world, "UPDATE api_key SET disabled_s = 1, disabled_by = 'x'");
    assert_false(given(ADVICE_SILENT));
    world_exec(&world, "UPDATE api_key SET disabled_s = NULL, revoked_s = 1, "
                       "revoked_by = 'x'");
    assert_false(given(ADVICE_SILENT));
}

static void
test_overview(void **state)
{
    (void)state;
    struct advice all[5];
    size_t n;
    use(1, "a/one", CHAT);
    for (int i = 0; i < 3; i++) {
        struct key_in in = key_form(i == 0 ? "x" : i == 1 ? "y" : "z");
        struct str text;
        struct key made;
        struct cx *cx = seat_as(&seat, i == 2 ? OTHER : OWNER);
        OK(cx, key_create(cx, KEY_STANDARD, &in, &text, &made));
    }
    struct cx *cx = seat_as(&seat, OWNER);
    OK(cx, advice_overview(cx, 5, all, &n));
    assert_int_equal(n, 5); /* models, endpoints, limit, two of no expiry */
    for (size_t i = 1; i < n; i++)
        assert_true(all[i - 1].kind <= all[i].kind);
    cx = seat_as(&seat, OTHER);
    OK(cx, advice_overview(cx, 5, all, &n));
    assert_int_equal(n, 1);
    assert_true(str_is(all[0].key.name, "z"));
    cx = seat_as(&seat, STRANGER);
    OK(cx, advice_overview(cx, 5, all, &n));
    assert_int_equal(n, 0);
}

static void
test_round(void **state)
{
    (void)state;
    static const int64_t rows[][2] = { { 1, 1 }, { 14, 14 }, { 99, 99 },
        { 100, 100 }, { 101, 110 }, { 1234567, 1300000 },
        { 999, 1000 } };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_int_equal(advice_round(rows[i][0]), rows[i][1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_models),
        TEST(test_unknown_model),
        TEST(test_no_names),
        TEST(test_young),
        TEST(test_endpoints),
        TEST(test_silent),
        TEST(test_expiry),
        TEST(test_limit),
        TEST(test_rule),
        TEST(test_undo_stale),
        TEST(test_stopped),
        TEST(test_overview),
        TEST(test_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
