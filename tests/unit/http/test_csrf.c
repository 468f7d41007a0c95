/* SPDX-License-Identifier: ISC */
#include "http/csrf.h"

#include "secret/mac.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* cmocka wants the three above first */
#include <cmocka.h>

static struct secrets *secrets, *others;

static void
secrets_make(struct secrets **out)
{
    char folder[] = "/tmp/keylodge-test-XXXXXX";
    char path[sizeof folder + sizeof "/master"];
    struct arena *a = arena_new(4096);
    struct err err;
    err_init(&err, a);
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/master", folder);
    assert_int_equal(secrets_create(path, &err), ERR_OK);
    assert_int_equal(secrets_load(path, out, &err), ERR_OK);
    unlink(path);
    rmdir(folder);
    arena_free(a);
}

static void
test_token(void **state)
{
    struct arena *a = *state;
    struct str session = STR("a-session"), one, two;
    one = csrf_token(a, secrets, session);
    two = csrf_token(a, secrets, session);
    assert_int_equal(one.n, 86);
    /* masked anew: compression of many pages tells nothing */
    assert_false(str_eq(one, two));
    assert_true(csrf_token_ok(a, secrets, session, one));
    assert_true(csrf_token_ok(a, secrets, session, two));
    assert_false(csrf_token_ok(a, secrets, STR("b-session"), one));
    assert_false(csrf_token_ok(a, secrets, STR("a-sessio"), one));
    assert_false(csrf_token_ok(a, secrets, STR(""), one));
    assert_false(csrf_token_ok(a, others, session, one));
}

/* No two tokens of a session may share any long piece. */
static void
test_token_masked(void **state)
{
    struct arena *a = *state;
    struct str one = csrf_token(a, secrets, STR("a-session"));
    struct str two = csrf_token(a, secrets, STR("a-session"));
    size_t equal = 0;
    for (size_t i = 0; i < one.n; i++)
        equal += one.p[i] == two.p[i];
    assert_in_range(equal, 0, 20);
}

static void
test_token_changed(void **state)
{
    struct arena *a = *state;
    struct str session = STR("a-session");
    struct str token = csrf_token(a, secrets, session);
    int wrong = 0;
    /* the last character has unused bits; those must be zero or differ */
    for (size_t i = 0; i < token.n; i++) {
        char *changed = arena_cstr(a, token);
        changed[i] = changed[i] == 'A' ? 'g' : 'A';
        struct str other = { changed, token.n };
        if (csrf_token_ok(a, secrets, session, other)) {
            printf("# changed at %zu, still right\n", i);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
    static const char *const bad[] = { "", "A", "=", "csrf", "AAAA", "%%%%" };
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(csrf_token_ok(a, secrets, session, str_cstr(bad[i])));
    assert_false(csrf_token_ok(a, secrets, session, str_head(token, 85)));
    assert_false(csrf_token_ok(a, secrets, session,
        arena_fmt(a, "%.*sAA", STR_ARG(token))));
    char zero[87];
    memset(zero, 'A', sizeof zero);
    assert_false(csrf_token_ok(a, secrets, session, (struct str){ zero, 86 }));
}

/* Even the right MAC of nothing is the token of nobody. */
static void
test_token_empty(void **state)
{
    struct arena *a = *state;
    struct str nobody = { "", 0 };
    uint8_t bytes[2 * MAC_BYTES] = { 0 }; /* a mask of zeros, the MAC */
    mac_make(secrets, SUBKEY_CSRF, &nobody, 1, bytes + MAC_BYTES);
    struct str token = b64_show(a,
        (struct str){ (const char *)bytes, sizeof bytes });
    assert_false(csrf_token_ok(a, secrets, nobody, token));
}

struct origin_case {
    bool https;
    const char *own, *site, *origin, *host; /* NULL: header not sent */
    bool good;
};

static const char own[] = "https://keys.example.org";

static const struct origin_case origins[] = {
    { true, own, "same-origin", NULL, NULL, true },
    { true, own, "same-origin", own, NULL, true },
    { true, own, "same-site", own, NULL, false },
    { true, own, "cross-site", own, NULL, false },
    { true, own, "none", own, NULL, false },
    { true, own, "Same-Origin", own, NULL, false },
    { true, own, "same-origin, same-origin", own, NULL, false },
    { true, own, NULL, own, NULL, true },
    { true, own, NULL, "HTTPS://Keys.Example.Org", NULL, true },
    { true, own, NULL, NULL, "keys.example.org", false },
    { true, own, NULL, "null", "keys.example.org", false },
    { true, own, NULL, "http://keys.example.org", NULL, false },
    { true, own, NULL, "https://keys.example.org:444", NULL, false },
    { true, own, NULL, "https://keys.example.org.evil", NULL, false },
    { true, own, NULL, "https://evil", "evil", false },
    { false, "", NULL, "http://127.0.0.1:8080", "127.0.0.1:8080", true },
    { false, "", NULL, "http://Box:8080", "box:8080", true },
    { false, "", NULL, "http://127.0.0.1:8081", "127.0.0.1:8080", false },
    { false, "", NULL, "http://127.0.0.1:8080/", "127.0.0.1:8080", false },
    { false, "", NULL, "http://evil", "127.0.0.1:8080", false },
    { false, "", NULL, "null", "null", false },
    { false, "", NULL, "http://", "", false },
    { false, "", NULL, "http://", NULL, false },
    { false, "", NULL, "ftp://box", "box", false },
    { false, "", NULL, NULL, "box", false },
    /* a proxy that ended TLS and does not say so */
    { false, "", NULL, "https://box", "box", true },
    { true, "", NULL, "https://box", "box", true },
    { true, "", NULL, "http://box", "box", false },
    { false, "", "cross-site", "http://box", "box", false },
};

static void
test_origin(void **state)
{
    struct arena *a = *state;
    int wrong = 0;
    for (size_t i = 0; i < COUNT_OF(origins); i++) {
        const struct origin_case *c = &origins[i];
        struct req r = { .https = c->https };
        if (c->site)
            form_add(a, &r.headers, STR("sec-fetch-site"), str_cstr(c->site));
        if (c->origin)
            form_add(a, &r.headers, STR("origin"), str_cstr(c->origin));
        if (c->host)
            form_add(a, &r.headers, STR("host"), str_cstr(c->host));
        if (csrf_origin_ok(&r, str_cstr(c->own)) == c->good)
            continue;
        printf("# row %zu: site %s, origin %s, host %s\n", i,
            c->site ? c->site : "-", c->origin ? c->origin : "-",
            c->host ? c->host : "-");
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

static void
test_take(void **state)
{
    struct arena *a = *state;
    static const struct {
        const char *form, *token, *rest;
    } rows[] = {
        { "", "", "" },
        { "csrf=T", "T", "" },
        { "a=1&csrf=T&b=2", "T", "a=1&b=2" },
        { "csrf=T&a=1&csrf=T", "", "a=1" },
        { "a=1&CSRF=T", "", "a=1&CSRF=T" },
        { "csrf=", "", "" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct err err;
        err_init(&err, a);
        struct req r = { .https = true };
        assert_int_equal(form_read(a, str_cstr(rows[i].form), &r.form, &err),
            ERR_OK);
        assert_true(str_is(csrf_take(&r), rows[i].token));
        assert_true(str_is(form_write(a, &r.form), rows[i].rest));
    }
}

static int
setup(void **state)
{
    secret_start();
    secrets_make(&secrets);
    secrets_make(&others);
    *state = arena_new(4096);
    return 0;
}

static int
teardown(void **state)
{
    arena_free(*state);
    secrets_free(secrets);
    secrets_free(others);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_token),
        cmocka_unit_test(test_token_masked),
        cmocka_unit_test(test_token_changed),
        cmocka_unit_test(test_token_empty),
        cmocka_unit_test(test_origin),
        cmocka_unit_test(test_take),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
