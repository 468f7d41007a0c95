/* SPDX-License-Identifier: ISC */
#include "http/problem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the three above first */
#include <cmocka.h>

static const struct {
    enum err_code code;
    int status;
    const char *slug;
} statuses[] = {
    { ERR_MALFORMED, 400, "malformed" },
    { ERR_INVALID, 422, "invalid" },
    { ERR_UNAUTHENTICATED, 401, "unauthenticated" },
    { ERR_FORBIDDEN, 403, "forbidden" },
    { ERR_NOT_FOUND, 404, "not_found" },
    { ERR_METHOD, 405, "method" },
    { ERR_CONFLICT, 409, "conflict" },
    { ERR_TOO_LARGE, 413, "too_large" },
    { ERR_MEDIA_TYPE, 415, "media_type" },
    { ERR_STALE_FORM, 403, "stale_form" },
    { ERR_LIMITED, 429, "limited" },
    { ERR_BUSY, 503, "busy" },
    { ERR_NO_SPACE, 507, "no_space" },
    { ERR_INTERNAL, 500, "internal" },
};

static void
test_table(void **state)
{
    (void)state;
    assert_int_equal(COUNT_OF(statuses), ERR_CODE_COUNT - 1);
    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        const struct problem *p = problem_of(statuses[i].code);
        assert_int_equal(p->status, statuses[i].status);
        assert_string_equal(p->slug, statuses[i].slug);
        assert_true(strlen(p->title) > 0);
        assert_true(strlen(p->what_to_do) > 0);
    }
    assert_string_equal(problem_of(ERR_STALE_FORM)->title,
        "This page was open too long");
}

/* The words that UX.md 1.11 rules out. */
static void
test_words(void **state)
{
    (void)state;
    static const char *const never[] = { "nvalid", "lease", "ops", "!",
        "oken", "Log in", "kill" };
    for (int c = ERR_OK + 1; c < ERR_CODE_COUNT; c++) {
        const struct problem *p = problem_of((enum err_code)c);
        for (size_t i = 0; i < COUNT_OF(never); i++)
            if (strstr(p->title, never[i]) || strstr(p->what_to_do, never[i]))
                fail_msg("%s says \"%s\"", p->slug, never[i]);
    }
}

static struct str
member(const struct val *v, const char *name)
{
    return val_text(val_get_cstr(v, name));
}

static void
test_json(void **state)
{
    struct arena *a = *state;
    struct err err;
    err_init(&err, a);
    (void)ERR(&err, ERR_INVALID, "Two things are wrong.");
    err_field(&err, "name", "Enter a name for the key");
    err_field(&err, "limit", "Spending limit must be an amount");
    const struct val *v = problem_json(a, &err, STR("0198-id"));
    assert_true(str_is(member(v, "type"), "/docs/errors/invalid"));
    assert_true(str_is(member(v, "title"), "A value is wrong"));
    assert_int_equal(val_get_cstr(v, "status")->u.i, 422);
    assert_true(str_is(member(v, "detail"), "Enter a name for the key. "
        "Spending limit must be an amount."));
    assert_true(str_is(member(v, "code"), "invalid"));
    assert_true(str_is(member(v, "instance"), "urn:uuid:0198-id"));
    const struct val *errors = val_get_cstr(v, "errors");
    assert_int_equal(errors->u.list.n, 2);
    assert_true(str_is(member(errors->u.list.items[0], "field"), "name"));
    assert_true(str_is(member(errors->u.list.items[1], "field"), "limit"));
    assert_true(str_is(member(errors->u.list.items[1], "detail"),
        "Spending limit must be an amount"));
}

static void
test_json_least(void **state)
{
    struct arena *a = *state;
    struct err err = { .arena = a, .code = ERR_NOT_FOUND };
    const struct val *v = problem_json(a, &err, STR(""));
    assert_true(str_is(member(v, "detail"),
        problem_of(ERR_NOT_FOUND)->what_to_do));
    assert_null(val_get_cstr(v, "instance"));
    assert_null(val_get_cstr(v, "errors"));
    err.reason = "no_such_model";
    v = problem_json(a, &err, STR(""));
    assert_true(str_is(member(v, "code"), "no_such_model"));
    assert_true(str_is(member(v, "type"), "/docs/errors/not_found"));
}

/* Of our own faults nothing leaks, however they were set. */
static void
test_internal(void **state)
{
    struct arena *a = *state;
    struct err err;
    err_init(&err, a);
    (void)ERR(&err, ERR_INTERNAL, "no such table: api_key");
    err.detail = STR("SELECT secret");
    const struct val *v = problem_json(a, &err, STR("id"));
    struct str safe = str_cstr(problem_of(ERR_INTERNAL)->what_to_do);
    assert_true(str_eq(member(v, "detail"), safe));
    const struct val *o = val_get_cstr(problem_openai(a, &err, NULL), "error");
    assert_true(str_eq(member(o, "message"), safe));
}

static const struct {
    enum err_code code;
    const char *given, *reason, *type, *shown;
} openai[] = {
    { ERR_MALFORMED, NULL, NULL, "invalid_request_error", "invalid_value" },
    { ERR_INVALID, NULL, NULL, "invalid_request_error", "invalid_value" },
    { ERR_UNAUTHENTICATED, NULL, NULL, "invalid_request_error",
        "invalid_api_key" },
    { ERR_FORBIDDEN, "model_not_allowed", NULL, "invalid_request_error",
        "model_not_allowed" },
    { ERR_FORBIDDEN, NULL, "address", "invalid_request_error", "address" },
    { ERR_NOT_FOUND, "model_not_found", "other", "invalid_request_error",
        "model_not_found" },
    { ERR_LIMITED, NULL, NULL, "requests", "rate_limit_exceeded" },
    { ERR_LIMITED, "insufficient_quota", NULL, "insufficient_quota",
        "insufficient_quota" },
    { ERR_BUSY, NULL, NULL, "server_error", "busy" },
    { ERR_INTERNAL, NULL, NULL, "server_error", "internal" },
};

static void
test_openai(void **state)
{
    struct arena *a = *state;
    for (size_t i = 0; i < COUNT_OF(openai); i++) {
        struct err err = { .arena = a, .code = openai[i].code,
            .msg = STR("Words."), .reason = openai[i].reason };
        const struct val *v = problem_openai(a, &err, openai[i].given);
        const struct val *e = val_get_cstr(v, "error");
        assert_non_null(e);
        if (!str_is(member(e, "type"), openai[i].type) ||
            !str_is(member(e, "code"), openai[i].shown))
            fail_msg("row %zu: %.*s, %.*s", i, STR_ARG(member(e, "type")),
                STR_ARG(member(e, "code")));
        assert_int_equal(val_get_cstr(e, "param")->type, VAL_NULL);
    }
    struct err err;
    err_init(&err, a);
    err_field(&err, "model", "Name a model");
    const struct val *e = val_get_cstr(problem_openai(a, &err, NULL), "error");
    assert_true(str_is(member(e, "param"), "model"));
    assert_true(str_is(member(e, "message"), "Name a model."));
}

static void
test_aimlapi(void **state)
{
    struct arena *a = *state;
    struct err err;
    err_init(&err, a);
    (void)ERR(&err, ERR_UNAUTHENTICATED, "Send a key.");
    const struct val *v = problem_aimlapi(a, &err, STR("/v1/key"),
        STR("0198-id"), 1795194120);
    assert_true(str_is(member(v, "message"), "Send a key."));
    assert_true(str_is(member(v, "path"), "/v1/key"));
    assert_true(str_is(member(v, "requestId"), "0198-id"));
    assert_int_equal(val_get_cstr(v, "statusCode")->u.i, 401);
    assert_true(str_is(member(v, "timestamp"), "2026-11-20T17:02:00.000Z"));
    assert_int_equal(v->u.map.n, 5);
}

static void
test_headers(void **state)
{
    struct arena *a = *state;
    static const struct {
        enum err_code code;
        int64_t retry_s;
        const char *retry, *authenticate;
    } rows[] = {
        { ERR_UNAUTHENTICATED, 0, "", "Bearer realm=\"keylodge\"" },
        { ERR_FORBIDDEN, 0, "", "" },
        { ERR_NOT_FOUND, 0, "", "" },
        { ERR_LIMITED, 90, "90", "" },
        { ERR_LIMITED, 0, "1", "" },
        { ERR_LIMITED, -5, "1", "" },
        { ERR_BUSY, 0, "1", "" },
        { ERR_BUSY, 2, "2", "" },
        { ERR_NO_SPACE, 0, "", "" },
        { ERR_NO_SPACE, 60, "60", "" },
        { ERR_INTERNAL, 0, "", "" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct err err = { .code = rows[i].code, .retry_s = rows[i].retry_s };
        struct res r = { .status = 0 };
        problem_headers(a, problem_of(err.code)->status, &err, &r);
        if (!str_is(form_get(&r.headers, "Retry-After"), rows[i].retry) ||
            !str_is(form_get(&r.headers, "WWW-Authenticate"),
                rows[i].authenticate))
            fail_msg("row %zu", i);
    }
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
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_json_least),
        cmocka_unit_test(test_internal),
        cmocka_unit_test(test_openai),
        cmocka_unit_test(test_aimlapi),
        cmocka_unit_test(test_headers),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
