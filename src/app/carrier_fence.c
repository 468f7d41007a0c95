/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE /* syscall, O_PATH */
#include "app/carrier.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What name look-up, TLS and shared libraries read.  /etc as a whole is not
 * among it: the master secret stands there. */
static const char *const readable[] = {
    "/usr", "/lib", "/lib64", "/etc/ssl", "/etc/pki", "/etc/ca-certificates",
    "/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf",
    "/etc/gai.conf", "/etc/services", "/etc/ld.so.cache", "/etc/localtime",
    "/run/systemd/resolve", "/run/resolvconf", "/run/nscd", "/dev/urandom",
    "/dev/null",
};

enum {
    READS = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
        LANDLOCK_ACCESS_FS_EXECUTE,
    WRITES = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
        LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
        LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
        LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
        LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM
};

static void
allow(int set, const char *path)
{
    struct landlock_path_beneath_attr rule = {
        .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE,
        .parent_fd = open(path, O_PATH | O_CLOEXEC),
    };
    if (rule.parent_fd < 0)
        return; /* not everywhere is everything */
    int dir = openat(rule.parent_fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir >= 0) {
        rule.allowed_access |= LANDLOCK_ACCESS_FS_READ_DIR;
        close(dir);
    }
    (void)syscall(SYS_landlock_add_rule, set, LANDLOCK_RULE_PATH_BENEATH,
        &rule, 0);
    close(rule.parent_fd);
}

bool
carrier_fence(void)
{
    struct landlock_ruleset_attr all = { .handled_access_fs = READS | WRITES };
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return false;
    int set = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    if (set < 0)
        return false;
    for (size_t i = 0; i < COUNT_OF(readable); i++)
        allow(set, readable[i]);
    bool done = syscall(SYS_landlock_restrict_self, set, 0) == 0;
    close(set);
    return done;
}
