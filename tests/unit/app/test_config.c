/* SPDX-License-Identifier: ISC */
/* What is said of settings that are none, or cannot be: file, line, and how to
 * mend it.  And which paths are open to others. */
#include "app/config.h"

#include "app/file.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 300 };

static char top[PATH_BYTES], file[PATH_BYTES + 20];

static int
setup(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(top, sizeof top, "%.200s/config.XXXXXX", tmp ? tmp : ".");
    assert_non_null(mkdtemp(top));
    (void)snprintf(file, sizeof file, "%s/my.conf", top);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    (void)unlink(file);
    return rmdir(top);
}

/* What config_load says of a file with this text, without the path of the
 * folder; "" when it takes it. */
static struct str
said(struct arena *a, const char *text)
{
    struct config c;
    struct err err;
    FILE *f = fopen(file, "we");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
    err_init(&err, a);
    if (config_load(a, file, &c, &err) == ERR_OK)
        return (struct str){ "", 0 };
    assert_int_equal(err.code, strstr(text, "[open") ? ERR_MALFORMED
                                                     : ERR_INVALID);
    assert_true(str_starts(err.msg, str_cstr(top)));
    return str_from(err.msg, strlen(top) + 1);
}

static void
test_lines(void **state)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        { "[server]\npublic_url = http://a\n", "" },
        { "[sever]\npublic_url = http://a\n",
            "my.conf:2: there is no setting public_url in [sever]. Did you "
            "mean public_url in [server]?" },
        { "# a remark\n\n[server]\nthreads = 2\n\nthreds = 9\n",
            "my.conf:6: there is no setting threds in [server]. Did you mean "
            "threads in [server]?" },
        { "[server]\nprefix = /p\n",
            "my.conf:2: there is no setting prefix in [server]. Did you mean "
            "prefix in [gate]?" },
        { "[mail]\n\nsmtp = smtp://a\n",
            "my.conf:3: there is no setting smtp in [mail]. Did you mean "
            "smtp_url in [mail]?" },
        { "public_url = http://a\n",
            "my.conf:1: public_url stands before the first section. Did you "
            "mean public_url in [server]?" },
        { "[server]\n[open\n", "my.conf:2: a section is written [name]" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct arena *a = arena_new(64 * 1024);
        struct str got = said(a, rows[i].text);
        if (!str_is(got, rows[i].says))
            print_error("%zu: %.*s\n", i, STR_ARG(got));
        assert_true(str_is(got, rows[i].says));
        arena_free(a);
    }
    (void)state;
}

static void
test_folder(void **state)
{
    static const struct {
        const char *path, *folder;
    } rows[] = {
        { "/a/b", "/a" }, { "/a/b/c.db", "/a/b" }, { "/b", "/" },
        { "b", "." }, { "a/b", "a" }, { "./b", "." },
    };
    char out[FILE_FOLDER_MOST], longest[FILE_FOLDER_MOST + 2];
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_true(file_folder(rows[i].path, out));
        assert_string_equal(out, rows[i].folder);
    }
    memset(longest, 'x', sizeof longest);
    longest[FILE_FOLDER_MOST - 1] = '/';
    longest[FILE_FOLDER_MOST + 1] = '\0';
    assert_true(file_folder(longest, out));
    longest[FILE_FOLDER_MOST - 1] = 'x';
    longest[FILE_FOLDER_MOST] = '/';
    assert_false(file_folder(longest, out));
    (void)state;
}

/* Reading by others is no matter of this: settings are 0640 root:keylodge. */
static void
test_open(void **state)
{
    static const struct {
        mode_t mode;
        bool open;
    } rows[] = {
        { 0600, false }, { 0640, false }, { 0644, false }, { 0755, false },
        { 0660, true }, { 0620, true }, { 0602, true }, { 0666, true },
        { 0777, true },
    };
    assert_int_equal(said(*state, "").n, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(chmod(file, rows[i].mode), 0);
        assert_int_equal(file_is_open(file), rows[i].open);
        assert_int_equal(chmod(top, rows[i].mode | 0700), 0);
        assert_int_equal(file_is_open(top), rows[i].open);
    }
    assert_int_equal(chmod(top, 0700), 0);
    assert_false(file_is_open("/nowhere/at/all"));
}

static int
with_arena(void **state)
{
    *state = arena_new(64 * 1024);
    return 0;
}

static int
without_arena(void **state)
{
    arena_free(*state);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_folder),
        cmocka_unit_test_setup_teardown(test_open, with_arena, without_arena),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
