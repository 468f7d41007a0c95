/* SPDX-License-Identifier: ISC */
/* What becomes of words for standard output that it cannot take. */
#define _GNU_SOURCE /* fallocate */
#include "app/cli.h"

#include "app/cli_command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void
cli_hold_standard(void)
{
    /* in each the wrong way round: reading or writing fails as when closed */
    static const int modes[] = { [STDIN_FILENO] = O_WRONLY,
        [STDOUT_FILENO] = O_RDONLY, [STDERR_FILENO] = O_RDONLY };
    for (int fd = 0; fd < (int)COUNT_OF(modes); fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)open("/dev/null", modes[fd]); /* takes the lowest number */
}

/* Is there room for a secret in this file?  True of what cannot be asked. */
static bool
has_room(int fd)
{
    enum { ROOM = 4096 };
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return true;
    off_t at = fcntl(fd, F_GETFL) & O_APPEND ? st.st_size
                                             : lseek(fd, 0, SEEK_CUR);
    return fallocate(fd, FALLOC_FL_KEEP_SIZE, at < 0 ? 0 : at, ROOM) == 0 ||
        (errno != ENOSPC && errno != EDQUOT);
}

/* errno says why not */
static bool
can_write(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLOUT };
    int mode = fcntl(fd, F_GETFL);
    if (mode < 0)
        return false;
    errno = EBADF;
    if ((mode & O_ACCMODE) == O_RDONLY)
        return false;
    if (poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLHUP | POLLNVAL))) {
        errno = EPIPE;
        return false;
    }
    return has_room(fd);
}

bool
cli_once_ready(void)
{
    /* who reads may go meanwhile: that is told, it does not end us */
    (void)signal(SIGPIPE, SIG_IGN);
    if (can_write(STDOUT_FILENO))
        return true;
    fprintf(stderr, "keylodge: standard output cannot be written: %s. Nothing "
                    "was made: what this command prints is shown once\n",
        strerror(errno));
    return false;
}

int
cli_tell_once(struct cx *cx, const struct words *words, const struct val *v,
    struct str text, struct str lost)
{
    (void)cli_tell(cx, words, v, "%.*s", STR_ARG(text));
    if (fflush(stdout) == 0 && !ferror(stdout))
        return EXIT_DONE;
    fprintf(stderr, "keylodge: standard output cannot be written: %s. %.*s\n",
        strerror(errno), STR_ARG(lost));
    __fpurge(stdout); /* it is said, once */
    clearerr(stdout);
    return EXIT_FAILED;
}

int
cli_close_out(int code)
{
    bool bad = ferror(stdout) != 0;
    bad = fclose(stdout) != 0 || bad;
    if (!bad)
        return code;
    fprintf(stderr, "keylodge: standard output cannot be written: %s%s\n",
        strerror(errno), code == EXIT_DONE
            ? ". What the command had to do is done, what it said is lost"
            : "");
    return code == EXIT_DONE ? EXIT_FAILED : code;
}
