/* SPDX-License-Identifier: ISC */
/*
 * seed CONFIG EMAIL <STRINGS -- a key for each line, in a workspace "Strings"
 * of EMAIL: the line is its note and, when it fits, its name.  Prints the
 * prefix of each, or "-" for a line that is refused.
 */
#include "app/app.h"

#include "core/account.h"
#include "core/key.h"
#include "core/workspace.h"
#include "secret/random.h"

#include <stdio.h>
#include <string.h>

static enum err_code
open_workspace(struct worker *w, const char *email)
{
    struct cx *cx = worker_shell(w);
    struct user owner;
    struct workspace ws;
    struct workspace_in made = { .name = STR("Strings") };
    struct settings_in in = { .version = 1, .name = STR("Strings"),
        .event_months = WORKSPACE_EVENTS_USUAL, .key_max = WORKSPACE_KEYS_MOST };
    if (user_by_email(cx, str_cstr(email), &owner) ||
        workspace_create(cx, &made, &owner, &ws))
        return cx->err.code;
    return settings_save(cx, &in);
}

static void
add_key(struct worker *w, struct str line, long n)
{
    struct cx *cx = worker_shell(w);
    struct key_in in = { .expiry = KEY_EXPIRY_NONE, .note = line,
        .deployment = STR("public") };
    struct str text;
    struct key k;
    in.name = line.n <= KEY_NAME_MAX ? line
                                     : arena_fmt(cx->arena, "line %ld", n);
    if (workspace_enter(cx, STR("strings")) == ERR_OK &&
        key_create(cx, KEY_STANDARD, &in, &text, &k) == ERR_OK)
        printf("%.*s\n", STR_ARG(k.prefix));
    else
        printf("-\n");
}

int
main(int argc, char **argv)
{
    struct arena *a = arena_new(64 * 1024);
    struct err err;
    struct config config;
    struct app app;
    struct worker w = { 0 };
    char line[8192];
    err_init(&err, a);
    if (argc != 3)
        return 2;
    secret_start();
    if (config_load(a, argv[1], &config, &err) ||
        app_open(&app, &config, APP_STORE, false, &err) ||
        worker_open(&w, &app, &err) || open_workspace(&w, argv[2])) {
        const struct str msg = w.cx.err.code ? w.cx.err.msg : err.msg;
        fprintf(stderr, "seed: %.*s\n", STR_ARG(msg));
        return 1;
    }
    for (long n = 0; fgets(line, sizeof line, stdin); n++) {
        line[strcspn(line, "\n")] = '\0';
        add_key(&w, str_cstr(line), n);
    }
    worker_close(&w);
    app_close(&app);
    arena_free(a);
    return 0;
}
