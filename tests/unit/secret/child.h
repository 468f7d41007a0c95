/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SECRET_CHILD_H
#define TESTS_SECRET_CHILD_H

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * child_signal -- run fn(p) in a child of its own, for calls that must not
 * come back.  Gives the signal the child died of, or 0 when it came back.
 */
static int
child_signal(void (*fn)(void *), void *p)
{
    pid_t pid = fork();
    if (pid == 0) {
        struct rlimit none = { 0, 0 };
        setrlimit(RLIMIT_CORE, &none);
        signal(SIGSEGV, SIG_DFL); /* the sanitizers have their own */
        signal(SIGABRT, SIG_DFL); /* and so has cmocka */
        fn(p);
        _exit(0);
    }
    int status = -1;
    waitpid(pid, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

#endif
