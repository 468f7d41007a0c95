/* SPDX-License-Identifier: ISC */
#include "http/header.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
/* cmocka wants the three above first */
#include <cmocka.h>

static const char *const page_names[] = { "Content-Security-Policy",
    "X-Content-Type-Options", "X-Frame-Options", "X-Robots-Tag",
    "Cross-Origin-Resource-Policy", "Referrer-Policy", "Accept-Ranges",
    "Cross-Origin-Opener-Policy", "Cross-Origin-Embedder-Policy",
    "Permissions-Policy", "Cache-Control" };

static const char *const other_names[] = { "Content-Security-Policy",
    "X-Content-Type-Options", "X-Frame-Options", "X-Robots-Tag",
    "Cross-Origin-Resource-Policy", "Referrer-Policy", "Accept-Ranges",
    "Cache-Control" };

static int
missing(const struct res *r, const char *const *names, size_t n)
{
    int wrong = 0;
    for (size_t i = 0; i < n; i++) {
        size_t count = form_count(&r->headers, names[i]);
        if (count == 1)
            continue;
        printf("# %s is there %zu times\n", names[i], count);
        wrong++;
    }
    return wrong;
}

static void
test_page_set(void **state)
{
    struct arena *a = *state;
    struct res r = { .status = 200 };
    headers_add(a, &r, FACE_PAGE, false);
    assert_int_equal(missing(&r, page_names, COUNT_OF(page_names)), 0);
    assert_int_equal(r.headers.n, COUNT_OF(page_names));
}

static void
test_other_set(void **state)
{
    struct arena *a = *state;
    const enum face faces[] = { FACE_API, FACE_OPENAI, FACE_PLAIN };
    for (size_t i = 0; i < COUNT_OF(faces); i++) {
        struct res r = { .status = 404 };
        headers_add(a, &r, faces[i], false);
        assert_int_equal(missing(&r, other_names, COUNT_OF(other_names)), 0);
        assert_int_equal(r.headers.n, COUNT_OF(other_names));
    }
}

static void
test_https(void **state)
{
    struct arena *a = *state;
    struct res secure = { .status = 200 }, plain = { .status = 200 };
    headers_add(a, &secure, FACE_API, true);
    headers_add(a, &plain, FACE_PAGE, false);
    assert_true(str_is(
        form_get(&secure.headers, "Strict-Transport-Security"),
        "max-age=63072000; includeSubDomains"));
    assert_int_equal(form_count(&plain.headers, "Strict-Transport-Security"),
        0);
}

static void
test_cache(void **state)
{
    struct arena *a = *state;
    const struct {
        enum res_cache cache;
        const char *text;
    } rows[] = { { CACHE_PRIVATE, "private, no-cache" },
        { CACHE_NO_STORE, "no-store" },
        { CACHE_FOREVER, "public, max-age=31536000, immutable" } };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct res r = { .cache = rows[i].cache };
        headers_add(a, &r, FACE_PAGE, false);
        struct str got = form_get(&r.headers, "Cache-Control");
        assert_true(str_is(got, rows[i].text));
    }
}

/* Is `part` one of the ';'-separated directives? */
static bool
has_part(struct str policy, const char *part)
{
    struct str piece;
    while (policy.n) {
        str_cut(policy, ';', &piece, &policy);
        if (str_is(str_trim(piece), part))
            return true;
    }
    return false;
}

static void
test_policy(void **state)
{
    struct arena *a = *state;
    static const char *const parts[] = { "default-src 'none'",
        "style-src 'self'", "script-src 'self'", "img-src 'self'",
        "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
        "object-src 'none'", "require-trusted-types-for 'script'" };
    struct res page = { .status = 200 }, api = { .status = 200 };
    headers_add(a, &page, FACE_PAGE, true);
    headers_add(a, &api, FACE_API, true);
    struct str p = form_get(&page.headers, "Content-Security-Policy");
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        if (!has_part(p, parts[i]))
            fail_msg("the page's policy lacks %s", parts[i]);
    struct str q = form_get(&api.headers, "Content-Security-Policy");
    assert_true(has_part(q, "default-src 'none'"));
    assert_true(has_part(q, "frame-ancestors 'none'"));
    assert_false(has_part(q, "script-src 'self'"));
    /* with no-referrer, browsers send Origin: null with our own forms */
    assert_true(str_is(form_get(&page.headers, "Referrer-Policy"),
        "same-origin"));
}

/* Front servers refuse answers with more than 4 KB of headers. */
static void
test_size(void **state)
{
    struct arena *a = *state;
    struct res r = { .status = 200 };
    headers_add(a, &r, FACE_PAGE, true);
    size_t bytes = 0;
    for (size_t i = 0; i < r.headers.n; i++)
        bytes += r.headers.items[i].name.n + r.headers.items[i].value.n + 4;
    assert_in_range(bytes, 1, 2048);
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
        cmocka_unit_test(test_page_set),
        cmocka_unit_test(test_other_set),
        cmocka_unit_test(test_https),
        cmocka_unit_test(test_cache),
        cmocka_unit_test(test_policy),
        cmocka_unit_test(test_size),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
