/* SPDX-License-Identifier: ISC */
#include "inside.h"

#include <stdio.h>
#include <stdlib.h>

static void
say(const struct inside *in, const struct err *err)
{
    fprintf(stderr, "%s: %.*s %.*s\n", in->name, STR_ARG(err->msg),
        STR_ARG(err->detail));
}

void
inside_open(struct inside *in, const char *name, const char *path)
{
    struct err err;
    *in = (struct inside){ .name = name, .arena = arena_new(64 * 1024) };
    err_init(&err, in->arena);
    secret_start();
    if (config_load(in->arena, path, &in->config, &err) ||
        app_open(&in->app, &in->config, APP_STORE, false, &err) ||
        worker_open(&in->w, &in->app, &err)) {
        say(in, &err);
        exit(1);
    }
}

int
inside_close(struct inside *in)
{
    bool failed = in->w.cx.err.code != ERR_OK;
    if (failed)
        say(in, &in->w.cx.err);
    worker_close(&in->w);
    app_close(&in->app);
    arena_free(in->arena);
    return failed;
}
