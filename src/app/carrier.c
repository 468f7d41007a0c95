/* SPDX-License-Identifier: ISC */
/*
 * keylodge-carrier -- the process that speaks to the outside: webhooks, mail.
 * Started by `keylodge send`; of no use by itself.  It is a program of its own
 * so that nothing but it has libcurl and what that brings along, and so that
 * its memory never held a secret of ours.
 */
#include "app/carrier.h"
#include "app/carry.h"
#include "base/clock.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct way {
    const char *name;
    carry_fn *run;
    bool fenced; /* a mail program must be able to do what it does */
} ways[] = {
    { CARRY_HOOK, carry_hook, true },
    { CARRY_SMTP, carry_smtp, true },
    { CARRY_COMMAND, carry_command, false },
    { CARRY_DIR, carry_dir, false },
    { CARRY_LOOK, carry_look, true },
    { CARRY_GREET, carry_greet, true },
};

struct str
carrier_text(const struct val *job, const char *name)
{
    return val_text(val_get_cstr(job, name));
}

static struct val *
answer(struct arena *a, const struct carried *c, int64_t took_ms)
{
    struct val *v = val_map(a);
    val_put_bool(v, "ok", c->ok);
    val_put_bool(v, "final", c->final);
    val_put_int(v, "status", c->status);
    val_put_int(v, "bytes", c->bytes);
    val_put_int(v, "took_ms", took_ms);
    val_put_str(v, "problem", c->problem);
    return v;
}

static void
work(const struct way *way)
{
    struct arena *a = arena_new(CARRY_MOST * 2);
    struct val *job;
    while ((job = carry_get(CARRY_FD, a)) != NULL) {
        struct carried c = { .ok = false };
        int64_t began_us = clock_mono_us();
        way->run(a, job, &c);
        struct val *v = answer(a, &c, (clock_mono_us() - began_us) / 1000);
        if (!carry_put(CARRY_FD, a, v))
            break;
        arena_reset(a);
    }
    arena_free(a);
}

int
main(int argc, char **argv)
{
    static const struct rlimit no_core = { 0, 0 };
    int type = 0;
    socklen_t n = sizeof type;
    const struct way *way = NULL;
    for (size_t i = 0; argc == 2 && i < COUNT_OF(ways); i++)
        if (strcmp(argv[1], ways[i].name) == 0)
            way = &ways[i];
    if (!way || getsockopt(CARRY_FD, SOL_SOCKET, SO_TYPE, &type, &n) != 0 ||
        type != SOCK_SEQPACKET) {
        fprintf(stderr, "keylodge-carrier is started by: keylodge send\n");
        return 2;
    }
    /* nobody is left to be told how a try went: end before it does harm */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_DUMPABLE, 0);
    (void)setrlimit(RLIMIT_CORE, &no_core);
    signal(SIGPIPE, SIG_IGN);
    /* Ctrl-C is for the sender, which lets us end what is under way */
    signal(SIGINT, SIG_IGN);
    if (!carrier_setup())
        return 1;
    if (way->fenced && !carrier_fence())
        fprintf(stderr, "keylodge-carrier: no Landlock here; going on\n");
    work(way);
    return 0;
}
