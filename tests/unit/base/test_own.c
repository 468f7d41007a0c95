/* SPDX-License-Identifier: ISC */
/* As if root ran it, whoever does: these four are what base/own.c asks. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static uid_t fake_geteuid(void);
static int fake_fstat(int fd, struct stat *st);
static int fake_stat(const char *path, struct stat *st);
static int fake_fchown(int fd, uid_t user, gid_t group);
#define geteuid fake_geteuid
#define fstat(fd, st) fake_fstat(fd, st)
#define stat(path, st) fake_stat(path, st)
#define fchown fake_fchown
#include "base/own.c"
#undef geteuid
#undef fstat
#undef stat
#undef fchown

#include "help.h"

#include <stdlib.h>

enum { ROOT, SERVER = 400, OTHER = 500 };

static char folder[] = "own_test.XXXXXX";
static uid_t me;         /* who runs it */
static const char *like; /* the path that is OTHER's */
static int given, why;   /* calls of fchown; what the next one fails with */
static uid_t to_user;
static gid_t to_group;

static uid_t
fake_geteuid(void)
{
    return me;
}

/* What was made is of who made it. */
static int
fake_fstat(int fd, struct stat *st)
{
    int bad = fstat(fd, st);
    st->st_uid = me;
    return bad;
}

/* The folder is the server's. */
static int
fake_stat(const char *path, struct stat *st)
{
    int bad = stat(path, st);
    st->st_uid = like && strcmp(path, like) == 0 ? OTHER : SERVER;
    st->st_gid = st->st_uid + 1;
    return bad;
}

static int
fake_fchown(int fd, uid_t user, gid_t group)
{
    given++;
    to_user = user;
    to_group = group;
    assert_true(fd >= 0);
    errno = why;
    return why ? -1 : 0;
}

/* As `who`: is a new file given away, and to whom? ROOT: it is not. */
static uid_t
made_by(uid_t who, const char *path, const char *beside)
{
    me = who;
    given = why = 0;
    to_user = ROOT;
    (void)unlink(path);
    int fd = own_open(path, O_WRONLY | O_EXCL, 0600, beside);
    assert_true(fd >= 0);
    close(fd);
    assert_true(given <= 1);
    assert_true(!given || to_group == to_user + 1);
    return to_user;
}

static void
roots_files_are_the_servers(void **state)
{
    (void)state;
    assert_int_equal(made_by(ROOT, "new", NULL), SERVER);
    assert_int_equal(made_by(ROOT, "new", "not-there"), SERVER);
    like = "old";
    assert_int_equal(made_by(ROOT, "old", NULL), SERVER);
    assert_int_equal(made_by(ROOT, "new", "old"), OTHER);
    assert_true(own_give("new", "old"));
    assert_int_equal(given, 2);
    /* those of everybody else are their own */
    assert_int_equal(made_by(OTHER, "new", "old"), ROOT);
    assert_true(own_give("new", NULL));
    assert_int_equal(given, 0);
    /* and nothing is done to what is the server's already */
    assert_int_equal(made_by(SERVER, "new", NULL), ROOT);
    me = ROOT;
    like = NULL;
}

static void
what_has_two_names_is_left(void **state)
{
    (void)state;
    assert_int_equal(made_by(ROOT, "one", NULL), SERVER);
    (void)unlink("two");
    assert_int_equal(link("one", "two"), 0);
    given = 0;
    int fd = own_open("two", O_WRONLY, 0600, NULL);
    assert_true(fd >= 0);
    close(fd);
    assert_true(own_give("two", NULL));
    assert_int_equal(given, 0);
    (void)unlink("two");
    /* nor is a link followed */
    assert_int_equal(symlink("one", "two"), 0);
    assert_int_equal(own_open("two", O_WRONLY, 0600, NULL), -1);
    assert_false(own_give("two", NULL));
    assert_int_equal(given, 0);
    (void)unlink("two");
}

static void
what_cannot_be_given_is_not_made(void **state)
{
    (void)state;
    me = ROOT;
    why = EPERM;
    (void)unlink("new");
    assert_int_equal(own_open("new", O_WRONLY | O_EXCL, 0600, NULL), -1);
    assert_int_equal(errno, EPERM);
    assert_int_equal(access("new", F_OK), -1);
    assert_false(own_give("one", NULL));
    /* nobody in this container is that user */
    why = EINVAL;
    int fd = own_open("new", O_WRONLY | O_EXCL, 0600, NULL);
    assert_true(fd >= 0);
    close(fd);
    why = 0;
    assert_int_equal(own_open("none/new", O_WRONLY, 0600, NULL), -1);
    assert_int_equal(errno, ENOENT);
}

static int
leave(void **state)
{
    static const char *const names[] = { "new", "old", "one", "two" };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        (void)unlink(names[i]);
    return chdir("..") || rmdir(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roots_files_are_the_servers),
        cmocka_unit_test(what_has_two_names_is_left),
        cmocka_unit_test(what_cannot_be_given_is_not_made),
    };
    if (!mkdtemp(folder) || chdir(folder) != 0)
        return 99;
    return cmocka_run_group_tests(tests, NULL, leave);
}
