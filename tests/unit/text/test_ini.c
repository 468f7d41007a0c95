/* SPDX-License-Identifier: ISC */
#include "text/ini.h"

#include "cases.h"

static const char sample[] =
    "# a comment\n"
    "name = first\r\n"
    "\n"
    "[server]\n"
    "  port=8080  \n"
    "url = http://a/?b=c # not a comment\n"
    "empty =\n"
    "name = \xC3\xA4\ttab\n"
    "[ log.file ]\n"
    "name = \"quoted\"";

static void
test_read(void **state)
{
    static const struct {
        const char *section, *key, *value;
        int line;
    } rows[] = {
        { "", "name", "first", 2 },
        { "server", "port", "8080", 5 },
        { "server", "url", "http://a/?b=c # not a comment", 6 },
        { "server", "empty", "", 7 },
        { "server", "name", "\xC3\xA4\ttab", 8 },
        { "log.file", "name", "\"quoted\"", 10 },
    };
    struct err err;
    struct ini ini;
    err_init(&err, *state);
    enum err_code code =
        ini_read(*state, str_cstr(sample), "a.ini", &ini, &err);
    EXPECT(0, err.msg, code == ERR_OK && ini.n == COUNT_OF(rows));
    for (size_t i = 0; i < ini.n; i++) {
        EXPECT_STR(i, ini.items[i].section, rows[i].section);
        EXPECT_STR(i, ini.items[i].key, rows[i].key);
        EXPECT_STR(i, ini.items[i].value, rows[i].value);
        EXPECT(i, ini.items[i].key, ini.items[i].line == rows[i].line);
    }
}

static void
test_many(void **state)
{
    struct str text = { NULL, 0 };
    struct err err;
    struct ini ini;
    err_init(&err, *state);
    assert_int_equal(ini_read(*state, text, "f", &ini, &err), ERR_OK);
    assert_int_equal(ini.n, 0);
    for (int i = 0; i < 200; i++)
        text = arena_fmt(*state, "%.*sk%d = v%d\n", STR_ARG(text), i, i);
    assert_int_equal(ini_read(*state, text, "f", &ini, &err), ERR_OK);
    assert_int_equal(ini.n, 200);
    for (int i = 0; i < 200; i++)
        EXPECT_STR(i, ini.items[i].value, arena_fmt(*state, "v%d", i).p);
}

static void
test_refuse(void **state)
{
    static const struct {
        struct str text;
        const char *starts;
    } rows[] = {
        { STR_INIT("a = 1\nb\n"), "my.ini:2: a setting" },
        { STR_INIT("\n\n= 1"), "my.ini:3: a key" },
        { STR_INIT("a b = 1"), "my.ini:1: a key" },
        { STR_INIT("[a"), "my.ini:1: a section is" },
        { STR_INIT("["), "my.ini:1: a section is" },
        { STR_INIT("[]"), "my.ini:1: a section's" },
        { STR_INIT("[a]b]"), "my.ini:1: a section's" },
        { STR_INIT("[a] # b"), "my.ini:1: a section is" },
        { STR_INIT("a = 1\na = 2"), "my.ini:2: this key" },
        { STR_INIT("[x]\na=1\n[y]\na=1\n[x]\na=2"), "my.ini:6: this key" },
        { STR_INIT("a = \xFF"), "my.ini:1: the line is not" },
        { STR_INIT("# \xC3"), "my.ini:1: the line is not" },
        { STR_INIT("a = b\0c"), "my.ini:1: the line holds" },
        { STR_INIT("a = b\rc"), "my.ini:1: the line holds" },
        { STR_INIT("a = \xE2\x80\xAE"), "my.ini:1: the line holds" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct err err;
        struct ini ini;
        err_init(&err, *state);
        enum err_code code =
            ini_read(*state, rows[i].text, "my.ini", &ini, &err);
        EXPECT(i, rows[i].text, code == ERR_MALFORMED);
        EXPECT(i, err.msg, str_starts(err.msg, str_cstr(rows[i].starts)));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(test_read),
        WITH_ARENA(test_many),
        WITH_ARENA(test_refuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
