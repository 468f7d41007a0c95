/* SPDX-License-Identifier: ISC */
/* Limits and usage reports as gateways and web servers meet them. */
#include "world.h"

#include "base/attr.h"
#include "core/limit.h"

#include <stdio.h>
#include <string.h>

static struct world world;
static struct str key;
static char prefix[9];

static void
limit(enum limit_counts counts, enum limit_period period, int64_t amount)
{
    struct limit_in in = { .counts = (int)counts, .period = (int)period,
        .amount = amount, .budget = amount };
    const char *name = counts == LIMIT_MONEY ? "budget" : "amount";
    if (amount >= 0)
        in.set.present = UINT64_C(1)
            << field_index(limit_fields, str_cstr(name));
    struct cx *cx = world_as(&world, OWNER);
    if (limit_set(cx, str_cstr(prefix), &in))
        fail_msg("%.*s", STR_ARG(cx->err.msg));
}

static int
setup(void **state)
{
    (void)state;
    world_open(&world);
    key = world_key(&world, MEMBER, KEY_STANDARD, "limited");
    (void)snprintf(prefix, sizeof prefix, "%.*s", 8, key.p);
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

static struct reply post(const char *path, int status, const char *fmt, ...)
    PRINTF(3, 4);

static struct reply
post(const char *path, int status, const char *fmt, ...)
{
    char body[700];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(body, sizeof body, fmt, ap);
    va_end(ap);
    struct reply r = req_json(&world, MANAGEMENT, "POST", path, body);
    if (r.status != status)
        fail_msg("%s %s: %d: %.*s", path, body, r.status, STR_ARG(r.body));
    return r;
}

static struct val *
check(void)
{
    struct reply r = post("/v1/check", 200, "{\"key\": \"%.*s\", \"model\": "
        "\"x/y\", \"input_tokens\": 10, \"max_output_tokens\": 20}",
        STR_ARG(key));
    return reply_json(&world, &r);
}

static int64_t
member_int(const struct val *v, const char *name)
{
    const struct val *m = val_get_cstr(v, name);
    return m && m->type == VAL_INT ? m->u.i : -1;
}

static void
test_check_and_report(void **state)
{
    (void)state;
    const struct val *v = check();
    assert_int_equal(val_get_cstr(v, "reservation")->type, VAL_NULL);
    assert_int_equal(val_text(val_get_cstr(v, "inference_id")).n, 36);
    limit(LIMIT_REQUESTS, LIMIT_DAY, 2);
    limit(LIMIT_TOTAL, LIMIT_MINUTE, 100);
    v = check();
    const struct val *held = val_get_cstr(v, "reservation");
    assert_int_equal(member_int(held, "input_tokens"), 10);
    assert_int_equal(member_int(held, "output_tokens"), 20);
    const struct val *limits = val_get_cstr(v, "limits");
    assert_int_equal(limits->u.list.n, 2);
    assert_int_equal(member_int(limits->u.list.items[0], "remaining"), 1);
    assert_int_equal(member_int(limits->u.list.items[1], "remaining"), 70);
    char id[40];
    (void)snprintf(id, sizeof id, "%.*s",
        STR_ARG(val_text(val_get_cstr(held, "id"))));
    struct reply r = post("/v1/usage", 200, "{\"id\": \"%s\", "
        "\"input_tokens\": 5, \"output_tokens\": 5}", id);
    assert_true(reply_holds(&r, STR("\"state\":\"counted\"")));
    for (int more = 0; more < 2; more++) {
        r = post("/v1/usage", more ? 409 : 200, "{\"id\": \"%s\", "
            "\"key\": \"%s\", \"input_tokens\": 5, "
            "\"output_tokens\": %d}", id, prefix, 5 + more);
        assert_true(reply_holds(&r, more ? STR("other_numbers")
                                         : STR("\"state\":\"repeated\"")));
    }
    v = check();
    assert_int_equal(member_int(val_get_cstr(v, "limits")->u.list.items[1],
        "remaining"), 60);
    v = check();
    assert_true(str_is(val_text(val_get_cstr(v, "reason")),
        "rate_limit_exceeded"));
    assert_int_equal(member_int(v, "status"), 429);
    assert_true(member_int(v, "retry_after") > 0);
    world_restore(&world);
}

static void
test_batch(void **state)
{
    (void)state;
    static const char *const bad[] = { "{}", "{\"reports\": []}",
        "{\"reports\": 1}", "{\"reports\": [], \"id\": \"a\"}",
        "{\"id\": \"a\"}", "{\"id\": \"a\", \"key\": \"x\", \"nope\": 1}",
        "{\"id\": \"a\", \"key\": \"x\", \"input_tokens\": -1}",
        "{\"id\": \"a\", \"key\": \"x\", \"input_tokens\": 1000000001}",
        "{\"id\": \"a\", \"key\": \"x\", \"outcome\": \"refused\"}" };
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        post("/v1/usage", 422, "%s", bad[i]);
    post("/v1/usage", 400, "[1]");
    post("/v1/usage", 404, "{\"id\": \"a\", \"key\": \"Nobody00\"}");
    struct reply r = post("/v1/usage", 200, "{\"reports\": [{\"id\": \"a\", "
        "\"key\": \"%s\"}, {\"id\": \"b\"}, {}, 7]}", prefix);
    const struct val *v = reply_json(&world, &r);
    assert_int_equal(member_int(v, "counted"), 1);
    assert_int_equal(member_int(v, "refused"), 3);
    assert_int_equal(val_get_cstr(v, "results")->u.list.n, 4);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM usage_event "
        "WHERE event_id = 'a' AND estimated"), 1);
    world_restore(&world);
}

/* ---- web servers ---- */

static struct reply
gate(const char *input)
{
    struct pair headers[] = {
        { STR("HTTP_X_ORIGINAL_URI"), STR("/v1/chat/completions") },
        { STR("HTTP_X_INPUT_TOKENS"), str_cstr(input) },
    };
    struct ask ask = world_ask(&world, NOBODY, "GET", STR("/gate"));
    ask.bearer = key;
    ask.extra = (struct pairs){ headers, COUNT_OF(headers) };
    return world_send(&world, &ask);
}

static void
test_gate(void **state)
{
    (void)state;
    struct reply r = gate("5");
    assert_int_equal(r.status, 204);
    assert_int_equal(reply_header(&r, "x-inference-id").n, 36);
    assert_int_equal(reply_header(&r, "x-ratelimit-limit-requests").n, 0);
    limit(LIMIT_REQUESTS, LIMIT_MINUTE, 3);
    limit(LIMIT_INPUT, LIMIT_DAY, 5000);
    static const struct {
        const char *input, *left;
    } rows[] = { { "5", "4000" }, /* a client cannot make it less */
        { "2000", "2000" }, { "many", "1000" } };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        r = gate(rows[i].input);
        assert_int_equal(r.status, 204);
        if (!str_is(reply_header(&r, "x-ratelimit-remaining-tokens"),
                rows[i].left))
            fail_msg("row %zu: %.*s left", i, STR_ARG(reply_header(&r,
                "x-ratelimit-remaining-tokens")));
    }
    assert_true(
        str_is(reply_header(&r, "x-ratelimit-remaining-requests"), "0"));
    r = gate("5");
    assert_int_equal(r.status, 429);
    assert_true(reply_header(&r, "Retry-After").n > 0);
    assert_true(reply_holds(&r, STR("rate_limit_exceeded")));
    /* money */
    limit(LIMIT_REQUESTS, LIMIT_MINUTE, -1);
    limit(LIMIT_MONEY, LIMIT_MONTH, 0);
    r = gate("5");
    assert_int_equal(r.status, 402);
    assert_true(str_is(reply_header(&r, "x-should-retry"), "false"));
    assert_true(reply_holds(&r, STR("spend_limit_reached")));
    world_restore(&world);
}

/* The path that the Authorizer let pass is not counted again. */
static void
test_authorizer(void **state)
{
    (void)state;
    limit(LIMIT_REQUESTS, LIMIT_DAY, 1);
    for (int i = 0; i < 2; i++) {
        struct ask ask = world_ask(&world, NOBODY, "POST",
            STR("/protected/v1/chat/completions"));
        ask.bearer = key;
        ask.authorizer = i == 0;
        struct reply r = world_send(&world, &ask);
        assert_int_equal(r.status, 200);
        if (i == 0)
            assert_int_equal(
                reply_header(&r, "Variable-KEYLODGE_INFERENCE").n, 36);
    }
    assert_int_equal(world_int(&world,
        "SELECT sum(reserved) FROM limit_cell"), 1);
    world_restore(&world);
}

/* Own gates ask about keys of every workspace, and report for them. */
static void
test_credential(void **state)
{
    (void)state;
    static const char secret[] = "0123456789abcdef0123456789abcdef";
    char body[200];
    (void)snprintf(body, sizeof body, "{\"id\": \"c\", \"key\": \"%s\"}",
        prefix);
    for (int i = 0; i < 4; i++) {
        struct ask ask =
            world_ask(&world, NOBODY, "POST", STR("/v1/usage"));
        world.app.gate_credential =
            i < 2 ? STR("") : (struct str){ secret, sizeof secret - 1 };
        ask.type = "application/json";
        ask.body = str_cstr(body);
        ask.bearer = i == 0 ? STR("")
            : i == 2        ? STR("0123456789abcdef0123456789abcdeF")
                            : (struct str){ secret, sizeof secret - 1 };
        struct reply r = world_send(&world, &ask);
        assert_int_equal(r.status, i == 3 ? 200 : 401);
    }
    /* it is no key, and no session */
    struct ask ask = world_ask(&world, NOBODY, "GET", STR("/v1/key"));
    ask.bearer = (struct str){ secret, sizeof secret - 1 };
    assert_int_equal(world_send(&world, &ask).status, 401);
    world.app.gate_credential = (struct str){ NULL, 0 };
    world_restore(&world);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check_and_report),
        cmocka_unit_test(test_batch),
        cmocka_unit_test(test_gate),
        cmocka_unit_test(test_authorizer),
        cmocka_unit_test(test_credential),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
