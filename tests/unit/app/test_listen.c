/* SPDX-License-Identifier: ISC */
/* Sockets of our own: one that was left is taken away, and nothing else is. */
#include "app/listen.h"

#include "base/attr.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* cmocka wants setjmp, stdarg and stddef before it */
#include <cmocka.h>

static char folder[] = "/tmp/keylodge-listen-XXXXXX";
static struct arena *arena;

static int
set_up(void **state)
{
    (void)state;
    arena = arena_new(16 * 1024);
    return mkdtemp(folder) == NULL;
}

static int
tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return rmdir(folder);
}

static const char *
path(const char *name)
{
    return arena_fmt(arena, "%s/%s", folder, name).p;
}

static mode_t
mode_of(const char *name)
{
    struct stat st;
    return lstat(path(name), &st) ? 0 : st.st_mode;
}

/* listens -- a socket there, or -1 and what was said of it. */
static int
listens(const char *name, const char **says)
{
    struct err err;
    int fd = -1;
    err_init(&err, arena);
    if (listen_at(path(name), &fd, &err))
        *says = arena_cstr(arena, err.msg);
    return fd;
}

static void
assert_left_alone(const char *name, mode_t type)
{
    const char *says = "";
    assert_int_equal(listens(name, &says), -1);
    if (!strstr(says, "is there and is no socket, so it was left alone"))
        fail_msg("%s: %s", name, says);
    assert_int_equal(mode_of(name) & S_IFMT, type);
    listen_end(path(name));
    assert_int_equal(mode_of(name) & S_IFMT, type);
}

static void
test_others(void **state)
{
    char text[8] = "";
    (void)state;
    int fd = open(path("file"), O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_int_equal(write(fd, "mine", 4), 4);
    close(fd);
    assert_left_alone("file", S_IFREG);
    fd = open(path("file"), O_RDONLY);
    assert_int_equal(read(fd, text, sizeof text), 4);
    assert_string_equal(text, "mine");
    close(fd);
    assert_int_equal(symlink("file", path("link")), 0);
    assert_left_alone("link", S_IFLNK);
    assert_int_equal(mkfifo(path("fifo"), 0600), 0);
    assert_left_alone("fifo", S_IFIFO);
    assert_int_equal(mkdir(path("folder"), 0700), 0);
    assert_left_alone("folder", S_IFDIR);
    assert_int_equal(unlink(path("file")) | unlink(path("link")) |
        unlink(path("fifo")) | rmdir(path("folder")), 0);
}

static void
test_own(void **state)
{
    const char *says = "";
    (void)state;
    int fd = listens("sock", &says);
    assert_true(fd >= 0);
    assert_int_equal(mode_of("sock"), S_IFSOCK | 0660);
    assert_int_equal(listens("sock", &says), -1);
    assert_non_null(strstr(says, "Another server answers at "));
    close(fd); /* as of a process that was killed */
    assert_int_equal(mode_of("sock") & S_IFMT, S_IFSOCK);
    fd = listens("sock", &says);
    assert_true(fd >= 0);
    close(fd);
    listen_end(path("sock"));
    assert_int_equal(mode_of("sock"), 0);
    assert_int_equal(listens("no/sock", &says), -1);
    assert_non_null(strstr(says, "cannot be made"));
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_own),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
