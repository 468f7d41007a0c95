/* SPDX-License-Identifier: ISC */
/* Files of a list: headings, name, and the one bound, which refuses. */
#include "web/download.h"

#include "base/attr.h"
#include "text/csv.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct cx cx;

static void
begin(struct download *d)
{
    static const char *const heads[] = { "a", "b,c" };
    err_init(&cx.err, cx.arena);
    download_begin(&cx, d, heads, COUNT_OF(heads));
}

static void
test_file(void **state)
{
    (void)state;
    struct download d;
    struct res res = { .status = 0 };
    begin(&d);
    csv_cell(&d.out, STR("1"), true);
    csv_end(&d.out);
    assert_int_equal(download_count(&cx, &d, 1, false, ""), ERR_OK);
    download_send(&cx, &d, &res, STR("keys"));
    assert_true(str_eq(res.bytes, STR("a,\"b,c\"\r\n1\r\n")));
    bool named = false;
    for (size_t i = 0; i < res.headers.n; i++)
        named = named || str_is(res.headers.items[i].value,
            "attachment; filename=\"team-keys.csv\"");
    assert_true(named);
}

static void
test_bound(void **state)
{
    (void)state;
    static const struct {
        size_t rows;
        bool more, full;
        enum err_code want;
    } cases[] = {
        { 0, false, false, ERR_OK },
        { DOWNLOAD_MOST - 1, true, false, ERR_OK },
        { DOWNLOAD_MOST, false, false, ERR_OK },
        { DOWNLOAD_MOST, true, false, ERR_INVALID },
        { 1, false, true, ERR_INVALID },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct download d;
        begin(&d);
        d.out.full = cases[i].full;
        /* in two pieces: what counts is the sum */
        enum err_code code = download_count(&cx, &d, cases[i].rows / 2,
            true, "");
        err_init(&cx.err, cx.arena);
        code = download_count(&cx, &d, cases[i].rows - cases[i].rows / 2,
            cases[i].more, "lines. Choose less");
        if (code != cases[i].want || code != cx.err.code)
            fail_msg("case %zu: code %d", i, (int)code);
        if (code)
            assert_true(str_is(cx.err.msg,
                "These are more than 50000 lines. Choose less."));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_bound),
    };
    cx.arena = arena_new(4096);
    cx.ws.slug = STR("team");
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(cx.arena);
    return failed;
}
