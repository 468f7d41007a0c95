/* SPDX-License-Identifier: ISC */
#include "base/log.h"

#include "base/attr.h"
#include "base/clock.h"
#include "help.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WHEN "2023-11-14T22:13:20.123Z"

static int saved = -1, ends[2];

static void
capture_begin(void)
{
    assert_int_equal(pipe(ends), 0);
    saved = dup(STDERR_FILENO);
    assert_true(saved >= 0);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
}

/* What was written to standard error; it must fit the pipe (64 KiB). */
static struct str
capture_end(void)
{
    static char text[65536];
    size_t n = 0;
    ssize_t got;
    dup2(saved, STDERR_FILENO);
    close(saved);
    while ((got = read(ends[0], text + n, sizeof text - n)) > 0)
        n += (size_t)got;
    close(ends[0]);
    return (struct str){ text, n };
}

static void
log_one(const char *name, struct str value)
{
    struct log_line l;
    log_begin(&l, LOG_INFO, "test");
    log_str(&l, name, value);
    log_end(&l);
}

static int
set_up(void **state)
{
    (void)state;
    clock_fix(1700000000123);
    log_setup(LOG_INFO, LOG_KEY_VALUE);
    return 0;
}

static void
test_key_value(void **state)
{
    static const struct {
        struct str value;
        const char *want;
    } rows[] = {
        { STR_INIT("plain-1.2_x/y:z@h+%"), "plain-1.2_x/y:z@h+%" },
        { STR_INIT(""), "\"\"" },
        { { NULL, 0 }, "\"\"" },
        { STR_INIT("a b"), "\"a b\"" },
        { STR_INIT("a=b"), "\"a=b\"" },
        { STR_INIT("say \"x\\\""), "\"say \\\"x\\\\\\\"\"" },
        { STR_INIT("a\r\nlevel=error"), "\"a\\u000d\\u000alevel=error\"" },
        { STR_INIT("a\0b"), "\"a\\u0000b\"" },
        { STR_INIT("\033[31m"), "\"\\u001b[31m\"" },
        { STR_INIT("\x7f\xc3\xa4"), "\"\\u007f\\u00c3\\u00a4\"" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char want[256];
        snprintf(want, sizeof want,
            "time=" WHEN " level=info event=test v=%s\n", rows[i].want);
        capture_begin();
        log_one("v", rows[i].value);
        EXPECT_STR(i, capture_end(), want);
    }
}

static void
test_json(void **state)
{
    (void)state;
    log_setup(LOG_INFO, LOG_JSON);
    capture_begin();
    struct log_line l;
    log_begin(&l, LOG_WARN, "request");
    log_str(&l, "path", STR("/a\"\n"));
    log_int(&l, "status", -1);
    log_cstr(&l, "none", NULL);
    log_end(&l);
    EXPECT_STR(0, capture_end(),
        "{\"time\":\"" WHEN "\",\"level\":\"warn\",\"event\":\"request\","
        "\"path\":\"/a\\\"\\u000a\",\"status\":-1,\"none\":\"\"}\n");
}

static void
test_levels(void **state)
{
    (void)state;
    log_setup(LOG_WARN, LOG_KEY_VALUE);
    capture_begin();
    log_note(LOG_ERROR, "e", "x");
    log_note(LOG_WARN, "w", "x");
    log_note(LOG_INFO, "i", "x");
    log_note(LOG_DEBUG, "d", "x");
    EXPECT_STR(0, capture_end(),
        "time=" WHEN " level=error event=e text=x\n"
        "time=" WHEN " level=warn event=w text=x\n");
}

/* Whatever bytes a value holds, one event is one line of plain ASCII. */
static void
test_hostile_bytes_stay_one_line(void **state)
{
    (void)state;
    char all[256];
    for (int i = 0; i < 256; i++)
        all[i] = (char)i;
    for (int format = LOG_KEY_VALUE; format <= LOG_JSON; format++) {
        log_setup(LOG_INFO, (enum log_format)format);
        capture_begin();
        log_one("v", (struct str){ all, sizeof all });
        struct str got = capture_end();
        assert_true(got.n > 256);
        assert_int_equal(str_find(got, '\n'), got.n - 1);
        for (size_t i = 0; i + 1 < got.n; i++)
            EXPECT(i, got.p[i] >= 0x20 && got.p[i] < 0x7f);
    }
}

static void
test_too_much_is_cut_and_closed(void **state)
{
    (void)state;
    static char big[LOG_LINE_MAX * 2];
    static const size_t lengths[] = { sizeof big, 900 };
    for (int i = 0; i < 4; i++) {
        int format = i % 2 ? LOG_JSON : LOG_KEY_VALUE;
        log_setup(LOG_INFO, (enum log_format)format);
        /* the longer encoding, then one that goes in as it is */
        memset(big, i < 2 ? '\n' : 'a', sizeof big);
        capture_begin();
        struct log_line l;
        log_begin(&l, LOG_INFO, "test");
        for (int k = 0; k < 10; k++)
            log_str(&l, "v", (struct str){ big, lengths[i / 2] });
        for (int k = 0; k < 100; k++)
            log_int(&l, "n", k);
        log_end(&l);
        struct str got = capture_end();
        assert_true(got.n > LOG_LINE_MAX / 2 && got.n <= LOG_LINE_MAX);
        assert_int_equal(str_find(got, '\n'), got.n - 1);
        size_t quotes = 0;
        for (size_t k = 0; k < got.n; k++)
            quotes += got.p[k] == '"';
        assert_int_equal(quotes % 2, 0);
        assert_true(str_ends(got, format == LOG_JSON ? STR("}\n") : STR("\n")));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_key_value, set_up),
        cmocka_unit_test_setup(test_json, set_up),
        cmocka_unit_test_setup(test_levels, set_up),
        cmocka_unit_test_setup(test_hostile_bytes_stay_one_line, set_up),
        cmocka_unit_test_setup(test_too_much_is_cut_and_closed, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
