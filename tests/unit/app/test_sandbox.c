/* SPDX-License-Identifier: ISC */
/* What a server in its sandbox can still do, and 25 things that it cannot
 * (SECURITY.md T33).  Each is tried in a child of its own. */
#define _GNU_SOURCE
#include "app/sandbox.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_BYTES = 300, WORKED = 0, REFUSED = 1, KILLED = 2, OTHER = 3 };

static char top[PATH_BYTES], data[PATH_BYTES], house[PATH_BYTES];
static char db[PATH_BYTES + 20], master[PATH_BYTES + 20];
static char outside[PATH_BYTES + 20], letter[PATH_BYTES + 20];

static void
write_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "x", 1), 1);
    close(fd);
}

static int
setup(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(top, sizeof top, "%s/sandbox.XXXXXX", tmp ? tmp : ".");
    assert_non_null(mkdtemp(top));
    (void)snprintf(data, sizeof data, "%.200s/data", top);
    (void)snprintf(house, sizeof house, "%.200s/house", top);
    assert_int_equal(mkdir(data, 0700), 0);
    assert_int_equal(mkdir(house, 0700), 0);
    (void)snprintf(db, sizeof db, "%s/test.db", data);
    (void)snprintf(master, sizeof master, "%.200s/keys", top);
    assert_int_equal(mkdir(master, 0700), 0);
    strcat(master, "/master");
    (void)snprintf(outside, sizeof outside, "%s/new", house);
    (void)snprintf(letter, sizeof letter, "%s/letter", house);
    write_file(db);
    write_file(master);
    write_file(letter);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    char command[PATH_BYTES + 20];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", top);
    return system(command);
}

/* ---- acts: true when it was done ---- */

static bool
opens(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);
    return fd >= 0 && close(fd) == 0;
}

static void *
idle(void *p)
{
    return p;
}

static bool
allowed_thread(void)
{
    pthread_t t;
    return pthread_create(&t, NULL, idle, NULL) == 0 &&
        pthread_join(t, NULL) == 0;
}

static bool
allowed_data(void)
{
    char beside[PATH_BYTES + 30];
    (void)snprintf(beside, sizeof beside, "%s-wal", db);
    return opens(db, O_RDWR) && opens(beside, O_RDWR | O_CREAT) &&
        unlink(beside) == 0;
}

static bool
allowed_master(void)
{
    return opens(master, O_RDONLY);
}

static bool
allowed_unix(void)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    return fd >= 0 && close(fd) == 0;
}

static bool
do_fork(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return pid > 0; /* to wait for it is another act */
}

static bool
do_clone3(void)
{
    struct {
        uint64_t flags, pidfd, child, parent, exit_signal, stack, size, tls;
    } args = { .exit_signal = SIGCHLD };
    long pid = syscall(SYS_clone3, &args, sizeof args);
    if (pid == 0)
        _exit(0);
    return pid > 0;
}

static bool
do_shell(void)
{
    /* a program of another place: /bin is /usr/bin, so one of our own */
    char *words[] = { outside, NULL };
    char *none[] = { NULL };
    execve(letter, words, none);
    return errno == ENOEXEC; /* it was let in, and is no program */
}

static bool
do_internet(void)
{
    return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static bool
do_internet6(void)
{
    return socket(AF_INET6, SOCK_DGRAM, 0) >= 0;
}

static bool
do_netlink(void)
{
    return socket(AF_NETLINK, SOCK_RAW, 0) >= 0;
}

static bool
do_listen(void)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    (void)snprintf(a.sun_path, sizeof a.sun_path, "%.60s/s", data);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    return bind(fd, (struct sockaddr *)&a, sizeof a) == 0;
}

static bool
do_ptrace(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static bool
do_read_memory(void)
{
    char c;
    struct iovec v = { &c, 1 };
    return syscall(SYS_process_vm_readv, getppid(), &v, 1L, &v, 1L, 0L) >= 0;
}

static bool
do_kill(void)
{
    return kill(getppid(), 0) == 0;
}

static bool
do_read_other(void)
{
    return opens(letter, O_RDONLY);
}

static bool
do_read_passwords(void)
{
    return opens("/etc/passwd", O_RDONLY);
}

static bool
do_write_other(void)
{
    return opens(outside, O_WRONLY | O_CREAT);
}

static bool
do_write_master(void)
{
    return opens(master, O_WRONLY);
}

static bool
do_remove_master(void)
{
    return unlink(master) == 0;
}

static bool
do_move(void)
{
    return rename(db, outside) == 0;
}

static bool
do_folder(void)
{
    char folder[PATH_BYTES + 20];
    (void)snprintf(folder, sizeof folder, "%s/folder", data);
    return mkdir(folder, 0700) == 0;
}

static bool
do_symlink(void)
{
    char link[PATH_BYTES + 20];
    (void)snprintf(link, sizeof link, "%s/link", data);
    return symlink("/etc/passwd", link) == 0;
}

static bool
do_owner(void)
{
    return chown(db, getuid(), getgid()) == 0;
}

static bool
do_user(void)
{
    return setuid(getuid()) == 0;
}

static bool
do_group(void)
{
    return setgid(getgid()) == 0;
}

static bool
do_mount(void)
{
    return mount("none", data, "tmpfs", 0, NULL) == 0;
}

static bool
do_root(void)
{
    return chroot(data) == 0;
}

static bool
do_namespace(void)
{
    return unshare(CLONE_NEWUSER) == 0;
}

static bool
do_bpf(void)
{
    return syscall(SYS_bpf, 0, NULL, 0) >= 0 || errno == EINVAL;
}

static bool
do_keys(void)
{
    return syscall(SYS_keyctl, 0, -3, 1) >= 0;
}

static bool
do_io_uring(void)
{
    char room[256] = { 0 };
    return syscall(SYS_io_uring_setup, 1, room) >= 0;
}

static bool
do_memfd(void)
{
    return syscall(SYS_memfd_create, "x", 0) >= 0;
}

/* ---- trying ---- */

static int
try(bool (*act)(void), enum sandbox how)
{
    int status;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct config c = { .sandbox = how, .db_path = db,
            .master = master };
        sandbox_enter(&c);
        _exit(act() ? WORKED : REFUSED);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? WTERMSIG(status) == SIGSYS ? KILLED : OTHER
                               : WEXITSTATUS(status);
}

static void
test_allowed(void **state)
{
    (void)state;
    bool (*const acts[])(void) = { allowed_thread, allowed_data,
        allowed_master, allowed_unix };
    for (size_t i = 0; i < COUNT_OF(acts); i++)
        assert_int_equal(try(acts[i], SANDBOX_KILL), WORKED);
}

static void
test_forbidden(void **state)
{
    (void)state;
#define ACT(fn) { #fn, fn }
    static const struct {
        const char *name;
        bool (*act)(void);
    } acts[] = { ACT(do_fork), ACT(do_clone3), ACT(do_shell),
        ACT(do_internet), ACT(do_internet6), ACT(do_netlink), ACT(do_listen),
        ACT(do_ptrace), ACT(do_read_memory), ACT(do_kill), ACT(do_read_other),
        ACT(do_read_passwords), ACT(do_write_other), ACT(do_write_master),
        ACT(do_remove_master), ACT(do_move), ACT(do_folder), ACT(do_symlink),
        ACT(do_owner), ACT(do_user), ACT(do_group), ACT(do_mount),
        ACT(do_root), ACT(do_namespace), ACT(do_bpf), ACT(do_keys),
        ACT(do_io_uring), ACT(do_memfd) };
    _Static_assert(COUNT_OF(acts) >= 20, "of T33");
    int wrong = 0;
    for (size_t i = 0; i < COUNT_OF(acts); i++) {
        int on = try(acts[i].act, SANDBOX_ON);
        int killed = try(acts[i].act, SANDBOX_KILL);
        if (on == REFUSED && (killed == KILLED || killed == REFUSED))
            continue;
        print_error("%s: on %d, kill %d\n", acts[i].name, on, killed);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

/* The acts themselves are good: without a sandbox most of them work. */
static void
test_acts(void **state)
{
    (void)state;
    bool (*const acts[])(void) = { do_fork, do_clone3, do_internet, do_kill,
        do_read_other, do_write_other, do_folder, do_owner, do_memfd,
        do_read_passwords, do_listen, do_symlink, do_move };
    for (size_t i = 0; i < COUNT_OF(acts); i++)
        assert_int_equal(try(acts[i], SANDBOX_OFF), WORKED);
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = { T(test_allowed), T(test_forbidden),
        T(test_acts) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
