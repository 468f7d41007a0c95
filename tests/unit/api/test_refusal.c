/* SPDX-License-Identifier: ISC */
#include "api/left.h"
#include "api/refusal.h"
#include "base/buf.h"
#include "text/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the three above first */
#include <cmocka.h>

/* PRODUCT.md section 4, as far as the gate goes. */
static const struct {
    enum reason reason;
    int status;
    const char *code, *type, *authenticate, *retry_after, *should_retry;
} rows[] = {
    { REASON_MISSING_KEY, 401, "missing_api_key", "invalid_request_error",
        "Bearer realm=\"keylodge\"", "", "false" },
    { REASON_INVALID_KEY, 401, "invalid_api_key", "invalid_request_error",
        "Bearer realm=\"keylodge\", error=\"invalid_token\"", "", "false" },
    { REASON_EXPIRED_KEY, 401, "expired_api_key", "invalid_request_error",
        "Bearer realm=\"keylodge\", error=\"invalid_token\"", "", "false" },
    { REASON_DISABLED_KEY, 403, "disabled_api_key", "invalid_request_error",
        "", "", "false" },
    { REASON_KEY_KIND, 403, "key_kind_not_allowed", "invalid_request_error",
        "", "", "false" },
    { REASON_NETWORK, 403, "ip_not_allowed", "invalid_request_error", "", "",
        "false" },
    { REASON_ENDPOINT, 403, "endpoint_not_allowed", "invalid_request_error",
        "", "", "false" },
    { REASON_DEPLOYMENT, 403, "deployment_not_allowed",
        "invalid_request_error", "", "", "false" },
    { REASON_MODEL, 403, "model_not_allowed", "invalid_request_error", "", "",
        "false" },
    { REASON_CATEGORY, 403, "scope_not_allowed", "invalid_request_error", "",
        "", "false" },
    { REASON_RATE, 429, "rate_limit_exceeded", "requests", "", "", "false" },
    { REASON_SPEND, 402, "spend_limit_reached", "insufficient_quota", "", "",
        "false" },
    { REASON_CREDITS, 402, "insufficient_credits", "insufficient_quota", "",
        "", "false" },
    { REASON_UNAVAILABLE, 503, "temporarily_unavailable", "server_error", "",
        "1", "" },
};

static void
test_rows(void **state)
{
    struct arena *a = *state;
    assert_int_equal(COUNT_OF(rows), REASON_COUNT - 1);
    assert_int_equal(refusal_status(REASON_ALLOWED), 200);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct cx cx = { .arena = a };
        struct res res = { .status = 0 };
        struct decision d = { .reason = rows[i].reason,
            .message = STR("Words.") };
        d.metered.wait_ms = -1; /* a limit that never lets this pass */
        refusal_answer(&cx, &d, &res);
        const struct val *e = val_get_cstr(res.json, "error");
        assert_non_null(e);
        if (res.status != rows[i].status ||
            refusal_status(rows[i].reason) != rows[i].status ||
            !str_is(val_text(val_get_cstr(e, "code")), rows[i].code) ||
            !str_is(val_text(val_get_cstr(e, "type")), rows[i].type) ||
            !str_is(val_text(val_get_cstr(e, "message")), "Words.") ||
            val_get_cstr(e, "param")->type != VAL_NULL ||
            res.cache != CACHE_NO_STORE)
            fail_msg("%s: body or status", rows[i].code);
        const struct pairs *h = &res.headers;
        if (!str_is(form_get(h, "WWW-Authenticate"), rows[i].authenticate) ||
            !str_is(form_get(h, "Retry-After"), rows[i].retry_after) ||
            !str_is(form_get(h, "x-should-retry"), rows[i].should_retry))
            fail_msg("%s: headers", rows[i].code);
    }
}

/* What a caller is told to wait, and what is left. */
static void
test_limits(void **state)
{
    struct arena *a = *state;
    static const struct {
        int64_t wait_ms;
        const char *after, *should;
    } waits[] = { { 1, "1", "" }, { 1000, "1", "" }, { 1001, "2", "" },
        { 60000, "60", "" }, { 60001, "61", "false" },
        { 86400000, "86400", "false" } };
    struct limit l[] = {
        { .counts = LIMIT_REQUESTS, .period = LIMIT_DAY, .amount = 9,
            .used = 1, .resets_s = 1360 },
        { .counts = LIMIT_REQUESTS, .period = LIMIT_MINUTE, .amount = 5,
            .used = 3, .reserved = 2, .resets_s = 1020 },
        { .counts = LIMIT_REQUESTS, .period = LIMIT_MINUTE, .amount = 0,
            .shadow = true },
        { .counts = LIMIT_TOTAL, .period = LIMIT_DAY, .amount = 100,
            .used = 250, .resets_s = 90000 },
        { .counts = LIMIT_MONEY, .period = LIMIT_DAY, .amount = 0 },
    };
    for (size_t i = 0; i < COUNT_OF(waits); i++) {
        struct cx cx = { .arena = a, .now_s = 1000, .sub_ms = 500 };
        struct res res = { .status = 0 };
        struct decision d = { .reason = REASON_RATE,
            .message = STR("Words.") };
        d.metered.wait_ms = waits[i].wait_ms;
        d.metered.limits = (struct limits){ .items = l, .n = COUNT_OF(l) };
        d.metered.refused = &l[3];
        refusal_answer(&cx, &d, &res);
        const struct pairs *h = &res.headers;
        const struct val *e = val_get_cstr(res.json, "error");
        if (!str_is(form_get(h, "Retry-After"), waits[i].after) ||
            !str_is(form_get(h, "x-should-retry"), waits[i].should) ||
            !str_is(val_text(val_get_cstr(e, "type")), "tokens") ||
            !str_is(form_get(h, "x-ratelimit-limit-requests"), "5") ||
            !str_is(form_get(h, "x-ratelimit-remaining-requests"), "0") ||
            !str_is(form_get(h, "x-ratelimit-reset-requests"), "1m20s") ||
            !str_is(form_get(h, "x-ratelimit-limit-tokens"), "100") ||
            !str_is(form_get(h, "x-ratelimit-remaining-tokens"), "0") ||
            !str_is(form_get(h, "x-ratelimit-reset-tokens"), "24h43m20s"))
            fail_msg("after %d ms", (int)waits[i].wait_ms);
    }
    assert_true(str_is(left_duration(a, 60), "60ms"));
    assert_true(str_is(left_duration(a, 1000), "1s"));
    assert_true(str_is(left_duration(a, 360000), "6m0s"));
    assert_true(str_is(left_duration(a, 0), "0ms"));
}

/* What is said without a request has the shape of what is said with one. */
static void
test_lost(void **state)
{
    struct arena *a = *state;
    char lost[REFUSAL_LOST_MOST + 8];
    struct buf b;
    struct cx cx = { .arena = a, .request_id = STR("the-id") };
    struct res res = { .status = 0 };
    struct decision d = { .reason = REASON_UNAVAILABLE, .message = STR(
        "The call could not be recorded. Try again in a moment.") };
    refusal_answer(&cx, &d, &res);
    buf_init(&b, a, 1024);
    json_write(&b, res.json);
    size_t n = refusal_lost_body("the-id", lost, sizeof lost);
    assert_int_equal(n, strlen(lost));
    assert_true(str_eq(buf_view(&b), str_cstr(lost)));
}

static int
setup(void **state)
{
    *state = arena_new(4096);
    return 0;
}

static int
teardown(void **state)
{
    arena_free(*state);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_lost),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
