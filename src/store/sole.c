/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE /* locks of an open file: F_OFD_SETLK */
#include "store/sole.h"

#include "base/clock.h"
#include "base/str.h"
#include "store/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SOLE_BYTE = 1, PAUSE_US = 20 * 1000 }; /* byte 0: store/disk.c */

/* 0: it is ours; EAGAIN: somebody else has it still; another errno. */
static int
knock(int fd, int64_t until_us)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET,
        .l_start = SOLE_BYTE, .l_len = 1 };
    while (fcntl(fd, F_OFD_SETLK, &lock) != 0) {
        if (errno != EAGAIN || clock_mono_us() >= until_us)
            return errno;
        clock_wait(clock_mono_us() + PAUSE_US);
    }
    return 0;
}

enum err_code
sole_take(const char *path, int kept, int wait_ms, int *out, struct err *err)
{
    struct stat st;
    const char *lock = arena_cstr(err->arena,
        arena_fmt(err->arena, "%s.lock", path));
    int64_t until_us = clock_mono_us() + (int64_t)wait_ms * 1000;
    bool same = kept >= 0 && file_is(kept, lock);
    *out = -1;
    if (kept >= 0 && !same)
        close(kept);
    if (!same && stat(path, &st) != 0)
        return ERR_OK;
    int fd = same ? kept : lock_open(lock, path);
    int why = fd < 0 ? errno : knock(fd, until_us);
    if (why && fd >= 0)
        close(fd);
    if (why == EAGAIN)
        return ERR(err, ERR_BUSY, "Another server serves the database %s. "
            "Stop it first, or name another database in [store] path.", path);
    if (why)
        return ERR(err, ERR_INVALID, "The lock file %s cannot be taken: %s. "
            "It has to be a file of whoever owns the database.", lock,
            strerror(why));
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    *out = fd;
    return ERR_OK;
}

enum err_code
sole_follow(const char *path, int *held, struct err *err)
{
    int got;
    const char *lock = arena_cstr(err->arena,
        arena_fmt(err->arena, "%s.lock", path));
    if (*held > STDERR_FILENO && file_is(*held, lock))
        return ERR_OK;
    if (sole_take(path, -1, 0, &got, err) == ERR_OK)
        *held = got;
    return err->code;
}
