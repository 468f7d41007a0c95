/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE /* O_PATH, syscall() */
#include "app/sandbox.h"

#include "app/file.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- files ---- */

#define READS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define RUNS (READS | LANDLOCK_ACCESS_FS_EXECUTE)
#define WRITES (READS | LANDLOCK_ACCESS_FS_WRITE_FILE | \
    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE)
#define ENDS LANDLOCK_ACCESS_FS_REMOVE_FILE
#define ALL (WRITES | RUNS | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
    LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | \
    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | \
    LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)
/* what may be said of a file that is no folder */
#define OF_FILES (LANDLOCK_ACCESS_FS_READ_FILE | \
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE)

/* A path that is not there needs no rule. */
static void
allow(int rules, const char *path, uint64_t access)
{
    struct stat st;
    if (!path)
        return;
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return;
    struct landlock_path_beneath_attr beneath = { .parent_fd = fd,
        .allowed_access = access };
    if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
        beneath.allowed_access &= OF_FILES;
    if (beneath.allowed_access)
        (void)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH,
            &beneath, 0);
    close(fd);
}

/* The folder that `path` lies in. */
static void
allow_around(int rules, const char *path, uint64_t access)
{
    char folder[FILE_FOLDER_MOST];
    if (path && file_folder(path, folder))
        allow(rules, folder, access);
}

/* The database and what stands beside it; secrets, settings, templates and the
 * program with its libraries for the next reload. */
static bool
close_files(const struct config *c)
{
    static const char *const system_files[] = { "/usr", "/lib", "/lib64",
        "/etc/ld.so.cache", "/etc/localtime", "/proc/self" };
    struct landlock_ruleset_attr handled = { .handled_access_fs = ALL };
    int rules = (int)syscall(SYS_landlock_create_ruleset, &handled,
        sizeof handled, 0);
    if (rules < 0)
        return false;
    for (size_t i = 0; i < COUNT_OF(system_files); i++)
        allow(rules, system_files[i], RUNS);
    allow(rules, "/proc/self/exe", RUNS);
    allow_around(rules, c->db_path, WRITES);
    allow_around(rules, c->master, READS);
    allow_around(rules, c->file, READS);
    allow(rules, c->gate_credential, READS);
    allow(rules, c->refused_passwords, READS);
    allow(rules, c->templates, READS);
    allow(rules, c->static_dir, READS);
    allow_around(rules, c->console_socket, ENDS);
    allow_around(rules, c->gate_socket, ENDS);
    bool closed = syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    close(rules);
    return closed;
}

/* ---- system calls ---- */

/* By what they are for; a server with 10,000 keys under load, a backup beside
 * it, and a reload make no other. */
static const int calls[] = {
    /* files */
    SCMP_SYS(access), SCMP_SYS(close), SCMP_SYS(fallocate), SCMP_SYS(fchmod),
    SCMP_SYS(fchown), SCMP_SYS(fcntl), SCMP_SYS(fdatasync), SCMP_SYS(flock),
    SCMP_SYS(fstat), SCMP_SYS(fstatfs), SCMP_SYS(fsync), SCMP_SYS(ftruncate),
    SCMP_SYS(getcwd), SCMP_SYS(getdents64), SCMP_SYS(link), SCMP_SYS(lseek),
    SCMP_SYS(lstat), SCMP_SYS(newfstatat), SCMP_SYS(open), SCMP_SYS(openat),
    SCMP_SYS(pread64), SCMP_SYS(pwrite64), SCMP_SYS(read), SCMP_SYS(readlink),
    SCMP_SYS(readv), SCMP_SYS(stat), SCMP_SYS(statfs), SCMP_SYS(statx),
    SCMP_SYS(umask), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(write),
    SCMP_SYS(writev), SCMP_SYS(fadvise64), SCMP_SYS(dup2), SCMP_SYS(dup3),
    /* memory */
    SCMP_SYS(brk), SCMP_SYS(madvise), SCMP_SYS(mlock), SCMP_SYS(mmap),
    SCMP_SYS(mprotect), SCMP_SYS(mremap), SCMP_SYS(munlock), SCMP_SYS(munmap),
    /* threads and time */
    SCMP_SYS(clock_getres), SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep), SCMP_SYS(exit), SCMP_SYS(exit_group),
    SCMP_SYS(futex), SCMP_SYS(getpid), SCMP_SYS(gettid),
    SCMP_SYS(gettimeofday), SCMP_SYS(nanosleep), SCMP_SYS(restart_syscall),
    SCMP_SYS(rseq), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigtimedwait),
    SCMP_SYS(sched_getaffinity), SCMP_SYS(sched_yield),
    SCMP_SYS(set_robust_list), SCMP_SYS(sigaltstack), SCMP_SYS(sysinfo),
    SCMP_SYS(tgkill), SCMP_SYS(time), SCMP_SYS(uname),
    /* who we are */
    SCMP_SYS(getegid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
    SCMP_SYS(getrandom), SCMP_SYS(getuid), SCMP_SYS(prlimit64),
    SCMP_SYS(getrlimit), SCMP_SYS(setrlimit),
    /* sockets that are there, and those of systemd */
    SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(connect),
    SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_wait), SCMP_SYS(eventfd2), SCMP_SYS(getpeername),
    SCMP_SYS(getsockname), SCMP_SYS(getsockopt), SCMP_SYS(poll),
    SCMP_SYS(ppoll), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg),
    SCMP_SYS(sendmsg), SCMP_SYS(sendto), SCMP_SYS(setsockopt),
    SCMP_SYS(shutdown),
    /* a reload: the same program again, which closes itself in once more */
    SCMP_SYS(arch_prctl), SCMP_SYS(execve), SCMP_SYS(landlock_add_rule),
    SCMP_SYS(landlock_create_ruleset), SCMP_SYS(landlock_restrict_self),
    SCMP_SYS(prctl), SCMP_SYS(seccomp), SCMP_SYS(set_tid_address),
};

/* A thread, not a process: glibc says which by the flags of clone(), and takes
 * clone() when clone3(), whose flags a filter cannot see, is not there. */
static int
allow_threads(scmp_filter_ctx f)
{
    enum { CLONE_THREAD_FLAG = 0x00010000 };
    int bad = seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    return bad ? bad : seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
        SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD_FLAG, CLONE_THREAD_FLAG));
}

static bool
close_calls(bool kill)
{
    scmp_filter_ctx f = seccomp_init(
        kill ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO(EPERM));
    int bad = f ? allow_threads(f) : ENOMEM;
    for (size_t i = 0; i < COUNT_OF(calls) && !bad; i++)
        bad = seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 0);
    if (!bad)
        bad = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
            SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0));
    if (!bad) {
        (void)seccomp_attr_set(f, SCMP_FLTATR_CTL_LOG, 1);
        /* a tree of comparisons, not a list: each call passes through it */
        (void)seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    }
    if (!bad)
        bad = seccomp_load(f);
    if (f)
        seccomp_release(f);
    return !bad;
}

void
sandbox_enter(const struct config *c)
{
    struct rlimit none = { 0, 0 };
    if (c->sandbox == SANDBOX_OFF)
        return;
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        log_note(LOG_WARN, "sandbox", "no new privileges: not known here");
        return;
    }
    if (!close_files(c))
        log_note(LOG_WARN, "sandbox", "files stay open: no Landlock here");
    if (!close_calls(c->sandbox == SANDBOX_KILL))
        log_note(LOG_WARN, "sandbox", "system calls stay open: no seccomp "
            "here");
}
