/* SPDX-License-Identifier: ISC */
#include "help.h"

#include "base/buf.h"
#include "text/hex.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct str
corpus_read(struct arena *a, const char *name)
{
    const char *folder = getenv("KEYLODGE_CORPORA");
    struct str path = arena_fmt(a, "%s/%s",
        folder ? folder : "../shared/corpora", name);
    FILE *f = fopen(path.p, "rb");
    struct buf b;
    buf_init(&b, a, BUF_MAX_BODY);
    if (!f) {
        printf("# left out: %s is not here\n", name);
        return buf_view(&b);
    }
    char piece[4096];
    size_t n;
    while ((n = fread(piece, 1, sizeof piece, f)) > 0)
        buf_add(&b, piece, n);
    fclose(f);
    must(!b.full);
    return buf_view(&b);
}

struct str
percent_decode(struct arena *a, struct str s)
{
    struct buf b;
    buf_init(&b, a, BUF_MAX_FIELD);
    for (size_t i = 0; i < s.n; i++) {
        int high = i + 2 < s.n ? hex_digit(s.p[i + 1]) : -1;
        int low = i + 2 < s.n ? hex_digit(s.p[i + 2]) : -1;
        bool escape = s.p[i] == '%' && high >= 0 && low >= 0;
        buf_char(&b, escape ? (char)(high << 4 | low) : s.p[i]);
        i += escape ? 2 : 0;
    }
    return buf_view(&b);
}

bool
aborts(void (*fn)(void *p), void *p)
{
    fflush(stdout);
    pid_t child = fork();
    must(child >= 0);
    if (child == 0) {
        /* the log line of must() would look like a failure of the test */
        FILE *quiet = freopen("/dev/null", "w", stderr);
        fn(p);
        _exit(quiet ? 0 : 1);
    }
    int status;
    pid_t done = waitpid(child, &status, 0);
    must(done == child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}
