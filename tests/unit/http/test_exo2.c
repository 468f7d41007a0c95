/* SPDX-License-Identifier: ISC */
#include "http/exo2.h"

#include "base/buf.h"
#include "secret/mac.h"
#include "secret/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the three above first */
#include <cmocka.h>

#define EXPIRES "1800000000"
enum { EXPIRES_S = 1800000000 };

/* "test-secret".  mac_raw wants 16 bytes; HMAC fills short keys up with
 * zeros, so these are the same. */
static const struct str secret = STR_INIT("test-secret\0\0\0\0\0");

static struct req
request(struct arena *a, const char *method, const char *target,
    const char *body, struct str authorization)
{
    struct req r;
    struct err err;
    struct pairs p = { NULL, 0 };
    err_init(&err, a);
    form_add(a, &p, STR("REQUEST_METHOD"), str_cstr(method));
    form_add(a, &p, STR("REQUEST_URI"), str_cstr(target));
    form_add(a, &p, STR("REMOTE_ADDR"), STR("192.0.2.7"));
    form_add(a, &p, STR("HTTP_AUTHORIZATION"), authorization);
    assert_int_equal(req_build(a, &p, &r, &err), ERR_OK);
    r.body = str_cstr(body);
    return r;
}

static struct str
header(struct arena *a, const char *args, const char *signature)
{
    return arena_fmt(a, "EXO2-HMAC-SHA256 credential=EXOtestkey%s%s,"
        "expires=" EXPIRES ",signature=%s", args[0] ? ",signed-query-args="
        : "", args, signature);
}

static bool
right(struct arena *a, const struct req *r)
{
    struct exo2 e;
    uint8_t mac[MAC_BYTES];
    if (!exo2_read(r, &e))
        return false;
    mac_raw(secret, exo2_message(a, &e, r), mac);
    return mac_equal(mac, e.mac, MAC_BYTES);
}

static const struct vector {
    const char *method, *target, *body, *args, *signature;
} vectors[] = {
    { "GET", "/v2/ai/ai-api-key", "", "",
        "vAA8Vx9Znwyid8sQTrtvLcFGQUwL7G3DeXFI1CZQ9hk=" },
    { "POST", "/v2/ai/ai-api-key",
        "{\"name\": \"prod key\", \"scope\": \"public\"}", "",
        "4MoiLn3mXuc140OUvBELVBu3q+npJrbCcnVHlvoCzqk=" },
    { "GET", "/v2/ai/ai-api-key?b=two&a=one", "", "a;b",
        "LItNy9Jtskc8AGzeD01w6EDxcDbSoveRjKtuubYpNrQ=" },
    { "POST", "/v2/ai/ai-api-key/11111111-1111-1111-1111-111111111111/rotate",
        "", "", "JB1DAZ+n+NsQ0uxiLhxsTg564LCzfW3MH0cg8iPGlQk=" },
    { "GET", "/v2/x%20y?q=a%2Fb&empty=&d=1&d=2", "", "d;q",
        "xJ0qTvh5UdXTiqkWUrTFzbGliVtG8ecfM9fLbxQkdkI=" },
};

static void
test_vectors(void **state)
{
    struct arena *a = *state;
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        const struct vector *v = &vectors[i];
        struct exo2 e;
        struct req r = request(a, v->method, v->target, v->body,
            header(a, v->args, v->signature));
        assert_true(exo2_is(&r));
        assert_true(right(a, &r));
        assert_true(exo2_read(&r, &e));
        assert_true(exo2_covers(&e, &r));
        assert_true(str_is(e.credential, "EXOtestkey"));
        assert_int_equal(e.expires_s, EXPIRES_S);
    }
}

/* Whatever is signed, changed anywhere: the signature does not fit. */
static void
test_altered(void **state)
{
    static const struct {
        const char *method, *target, *body, *args;
    } others[] = {
        { "POST", "/v2/ai/ai-api-key?b=two&a=one", "", "a;b" },
        { "GET", "/v2/ai/ai-api-kez?b=two&a=one", "", "a;b" },
        { "GET", "/v2/ai/ai%2Dapi-key?b=two&a=one", "", "a;b" },
        { "GET", "/ai/ai-api-key?b=two&a=one", "", "a;b" },
        { "GET", "/v2/ai/ai-api-key?b=two&a=onf", "", "a;b" },
        { "GET", "/v2/ai/ai-api-key?b=two&a=one&a=one", "", "a;b" },
        { "GET", "/v2/ai/ai-api-key?b=two", "", "a;b" },
        { "GET", "/v2/ai/ai-api-key?b=two&a=one", " ", "a;b" },
        { "GET", "/v2/ai/ai-api-key?b=two&a=one", "", "b;a" },
        { "GET", "/v2/ai/ai-api-key?b=two&a=one", "", "a" },
        { "GET", "/v2/ai/ai-api-key?b=two&a=one", "", "" },
    };
    struct arena *a = *state;
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        struct req r = request(a, others[i].method, others[i].target,
            others[i].body, header(a, others[i].args, vectors[2].signature));
        assert_false(right(a, &r));
    }
    /* another number is another message */
    struct req r = request(a, "GET", "/v2/ai/ai-api-key", "",
        arena_fmt(a, "EXO2-HMAC-SHA256 credential=EXOtestkey,"
            "expires=1800000001,signature=%s", vectors[0].signature));
    assert_false(right(a, &r));
    r = request(a, "GET", "/v2/ai/ai-api-key", "",
        arena_fmt(a, "EXO2-HMAC-SHA256 credential=EXOtestkey,"
            "expires=01800000000,signature=%s", vectors[0].signature));
    assert_false(right(a, &r));
}

static void
test_args(void **state)
{
    struct arena *a = *state;
    struct exo2 e;
    /* an argument that is not signed: nobody may add one */
    struct req r = request(a, "GET", "/v2/ai/ai-api-key?b=two&a=one&c=3", "",
        header(a, "a;b", vectors[2].signature));
    assert_true(right(a, &r));
    assert_true(exo2_read(&r, &e));
    assert_false(exo2_covers(&e, &r));
    /* empty and doubled ones are left out by one client or the other */
    r = request(a, "GET", "/v2/ai/ai-api-key?b=two&a=one&c=&d=1&d=2", "",
        header(a, "a;b", vectors[2].signature));
    assert_true(right(a, &r));
    assert_true(exo2_read(&r, &e));
    assert_true(exo2_covers(&e, &r));
    /* a name inside a name is another name */
    r = request(a, "GET", "/v2/x?ab=1", "", header(a, "a;b;abc", "A"));
    e.args = STR("a;b;abc");
    assert_false(exo2_covers(&e, &r));
}

static void
test_fresh(void **state)
{
    (void)state;
    struct exo2 e = { .expires_s = EXPIRES_S };
    assert_true(exo2_fresh(&e, EXPIRES_S - 1));
    assert_false(exo2_fresh(&e, EXPIRES_S));
    assert_false(exo2_fresh(&e, EXPIRES_S + 1));
    assert_true(exo2_fresh(&e, EXPIRES_S - EXO2_AHEAD_MOST_S));
    assert_false(exo2_fresh(&e, EXPIRES_S - EXO2_AHEAD_MOST_S - 1));
}

static void
test_wrong_headers(void **state)
{
#define SIG "vAA8Vx9Znwyid8sQTrtvLcFGQUwL7G3DeXFI1CZQ9hk="
    static const char *const wrong[] = {
        "EXO2-HMAC-SHA256",
        "EXO2-HMAC-SHA256 ",
        "EXO2-HMAC-SHA256  credential=K,expires=1,signature=" SIG,
        "exo2-hmac-sha256 credential=K,expires=1,signature=" SIG,
        "EXO2-HMAC-SHA256 credential=,expires=1,signature=" SIG,
        "EXO2-HMAC-SHA256 credential=K, expires=1,signature=" SIG,
        "EXO2-HMAC-SHA256 expires=1,credential=K,signature=" SIG,
        "EXO2-HMAC-SHA256 credential=K,signature=" SIG ",expires=1",
        "EXO2-HMAC-SHA256 credential=K,expires=1",
        "EXO2-HMAC-SHA256 credential=K,expires=1,signature=",
        "EXO2-HMAC-SHA256 credential=K,expires=,signature=" SIG,
        "EXO2-HMAC-SHA256 credential=K,expires=-1,signature=" SIG,
        "EXO2-HMAC-SHA256 credential=K,expires=+1,signature=" SIG,
        "EXO2-HMAC-SHA256 credential=K,expires=1.0,signature=" SIG,
        "EXO2-HMAC-SHA256 credential=K,expires=99999999999999,signature=" SIG,
        "EXO2-HMAC-SHA256 credential=K,signed-query-args=,expires=1,"
        "signature=" SIG,
        "EXO2-HMAC-SHA256 credential=K,expires=1,expires=1,signature=" SIG,
        "EXO2-HMAC-SHA256 credential=K,expires=1,signature=" SIG ",x=1",
        "EXO2-HMAC-SHA256 credential=K,expires=1,signature=" SIG "=",
        "EXO2-HMAC-SHA256 credential=K,expires=1,signature="
        "vAA8Vx9Znwyid8sQTrtvLcFGQUwL7G3DeXFI1CZQ9hk",
        /* the same bytes in another spelling: two bits that say nothing */
        "EXO2-HMAC-SHA256 credential=K,expires=1,signature="
        "vAA8Vx9Znwyid8sQTrtvLcFGQUwL7G3DeXFI1CZQ9hl=",
        /* the alphabet of addresses */
        "EXO2-HMAC-SHA256 credential=K,expires=1,signature="
        "vAA8Vx9Znwyid8sQTrtvLcFGQUwL7G3DeXFI1CZQ9h-=",
        "EXO2-HMAC-SHA256 credential=K,expires=1,signature="
        "vAA8Vx9Znwyid8sQTrtvLcFGQUwL7G3DeXFI1CZQ9=k=",
    };
#undef SIG
    struct arena *a = *state;
    struct exo2 e;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct req r = request(a, "GET", "/v2/ai/ai-api-key", "",
            str_cstr(wrong[i]));
        assert_true(exo2_is(&r));
        if (exo2_read(&r, &e))
            fail_msg("read: %s", wrong[i]);
    }
    struct req r = request(a, "GET", "/v2/ai/ai-api-key", "",
        STR("Bearer EXO2-HMAC-SHA256"));
    assert_false(exo2_is(&r));
}

/* One changed byte, anywhere in the header: never right. */
static void
test_every_byte(void **state)
{
    struct arena *a = *state;
    size_t n = header(a, "a;b", vectors[2].signature).n;
    for (size_t at = 0; at < n; at++)
        for (int c = 0x20; c < 0x7f; c++) {
            arena_reset(a);
            char *text =
                arena_cstr(a, header(a, "a;b", vectors[2].signature));
            if (text[at] == (char)c)
                continue;
            text[at] = (char)c;
            struct req r = request(a, "GET", "/v2/ai/ai-api-key?b=two&a=one",
                "", str_cstr(text));
            struct exo2 e;
            /* the credential finds the secret; here there is one alone */
            if (right(a, &r) && exo2_read(&r, &e) &&
                str_is(e.credential, "EXOtestkey"))
                fail_msg("byte %zu as %c passed: %s", at, c, text);
        }
}

/* Random parts in random order: nothing breaks, and nothing passes. */
static void
test_random(void **state)
{
    static const char *const parts[] = { "EXO2-HMAC-SHA256", " ", ",", "=",
        "credential=", "signed-query-args=", "expires=", "signature=", ";",
        "a", "b", "1800000000", "EXOtestkey", "\xff", "%2F",
        "LItNy9Jtskc8AGzeD01w6EDxcDbSoveRjKtuubYpNrR=", "====", "99999999999",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" };
    struct arena *a = *state;
    for (int round = 0; round < 20000; round++) {
        uint8_t draw[16];
        struct buf b;
        buf_init(&b, a, BUF_MAX_FIELD);
        if (round & 1)
            buf_cstr(&b, "EXO2-HMAC-SHA256 credential=");
        random_bytes(draw, sizeof draw);
        for (size_t i = 0; i < sizeof draw; i++)
            buf_cstr(&b, parts[draw[i] % COUNT_OF(parts)]);
        struct req r = request(a, "GET", "/v2/ai/ai-api-key?b=two&a=one", "",
            buf_view(&b));
        assert_false(right(a, &r));
        arena_reset(a);
    }
}

static int
setup(void **state)
{
    secret_start();
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
        cmocka_unit_test_setup_teardown(test_vectors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_altered, setup, teardown),
        cmocka_unit_test_setup_teardown(test_args, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fresh, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrong_headers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_byte, setup, teardown),
        cmocka_unit_test_setup_teardown(test_random, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
