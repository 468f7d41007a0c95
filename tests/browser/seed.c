/* SPDX-License-Identifier: ISC */
/*
 * seed CONFIG EMAIL <STRINGS -- a key for each line, in a workspace "Strings"
 * of EMAIL: the line is its note and, when it fits, its name.  Prints the
 * prefix of each, or "-" for a line that is refused.
 */
#include "../inside.h"

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
    struct inside in;
    char line[8192];
    if (argc != 3)
        return 2;
    inside_open(&in, "seed", argv[1]);
    if (open_workspace(&in.w, argv[2]))
        return inside_close(&in);
    for (long n = 0; fgets(line, sizeof line, stdin); n++) {
        line[strcspn(line, "\n")] = '\0';
        add_key(&in.w, str_cstr(line), n);
    }
    (void)worker_shell(&in.w); /* the last line may have been refused */
    return inside_close(&in);
}
