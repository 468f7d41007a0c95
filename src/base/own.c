/* SPDX-License-Identifier: ISC */
#include "base/own.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
folder_stat(const char *path, struct stat *out)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    int n = !slash ? snprintf(folder, sizeof folder, ".")
                   : snprintf(folder, sizeof folder, "%.*s",
                         slash == path ? 1 : (int)(slash - path), path);
    return n > 0 && (size_t)n < sizeof folder && stat(folder, out) == 0;
}

static bool
give(int fd, const char *path, const char *like)
{
    struct stat is, to;
    if (geteuid() != 0)
        return true;
    if (fstat(fd, &is) != 0 ||
        !((like && stat(like, &to) == 0) || folder_stat(path, &to)))
        return false;
    if (!S_ISREG(is.st_mode) || is.st_nlink != 1 || is.st_uid == to.st_uid)
        return true;
    /* EINVAL: in a container, somebody outside of it, so no server's user */
    return fchown(fd, to.st_uid, to.st_gid) == 0 || errno == EINVAL;
}

int
own_open(const char *path, int flags, mode_t mode, const char *like)
{
    int fd = open(path, flags | O_CREAT | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0 || give(fd, path, like))
        return fd;
    int why = errno;
    close(fd);
    if (flags & O_EXCL)
        (void)unlink(path);
    errno = why;
    return -1;
}

bool
own_give(const char *path, const char *like)
{
    if (geteuid() != 0)
        return true;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    bool ok = fd >= 0 && give(fd, path, like);
    int why = errno;
    if (fd >= 0)
        close(fd);
    errno = why;
    return ok;
}
