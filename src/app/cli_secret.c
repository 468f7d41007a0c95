/* SPDX-License-Identifier: ISC */
#include "app/cli_command.h"
#include "core/reseal.h"

#include <inttypes.h>
#include <stdio.h>

int
cli_rotate_secret(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    const char *path = w->app->config->master;
    struct resealed r;
    if (words->end ? reseal_end(cx, path, &r) : reseal_begin(cx, path, &r))
        return cli_fail(&cx->err);
    printf("%" PRId64 " values, %" PRId64 " sealed anew\n", r.values,
        r.changed);
    if (words->end) {
        puts("the old master secret is gone; keep a copy of the new one "
             "elsewhere");
        return EXIT_DONE;
    }
    puts("keep a copy of the new master secret elsewhere; reload the server "
         "(people sign in again),\nthen run: keylodge rotate-secret --end");
    if (r.management)
        printf("%" PRId64 " management keys get another signing secret: "
               "programs that sign with one need a rotated key\n",
            r.management);
    return EXIT_DONE;
}
