/* SPDX-License-Identifier: ISC */
#include "app/cli_command.h"
#include "core/account.h"
#include "core/freeze.h"
#include "core/workspace.h"
#include "text/fields.h"
#include "text/when.h"

#include <stdio.h>

int
cli_workspace_add(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct pairs form = { NULL, 0 };
    struct workspace_in in = { .name = { NULL, 0 } };
    struct user owner;
    struct workspace ws;
    cli_put_word(cx, &form, "name", str_cstr(words->rest));
    if (fields_from_form(cx->arena, workspace_fields, &form, &in, &cx->err) ||
        user_by_email(cx, str_cstr(words->owner), &owner) ||
        workspace_create(cx, in.name, &owner, &ws))
        return cli_fail(&cx->err);
    printf("%.*s\n", STR_ARG(ws.slug));
    return EXIT_DONE;
}

/* Without --for and --until it lasts until somebody thaws it. */
static enum err_code
read_freeze(struct cx *cx, const struct words *words, struct freeze_in *in)
{
    struct pairs form = { NULL, 0 };
    cli_put_word(cx, &form, "why", str_cstr(words->why));
    cli_put_word(cx, &form, "lasts",
        words->until         ? STR("date")
            : words->lasts   ? str_cstr(words->lasts)
                             : STR("open"));
    if (words->until)
        cli_put_word(cx, &form, "until", str_cstr(words->until));
    return fields_from_form(cx->arena, freeze_fields, &form, in, &cx->err);
}

int
cli_workspace_freeze(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct freeze_in in = { .lasts = FREEZE_OPEN };
    if (words->lasts && words->until) {
        fprintf(stderr, "keylodge: give --for or --until, not both\n");
        return EXIT_WORDS;
    }
    if (read_freeze(cx, words, &in) ||
        workspace_enter(cx, str_cstr(words->rest)) || freeze_begin(cx, &in))
        return cli_fail(&cx->err);
    struct str ends = cx->ws.frozen_until_s
        ? when_rfc3339(cx->arena, cx->ws.frozen_until_s)
        : STR("somebody thaws it");
    printf("%.*s is frozen until %.*s\n", STR_ARG(cx->ws.slug),
        STR_ARG(ends));
    return EXIT_DONE;
}

int
cli_workspace_thaw(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    if (workspace_enter(cx, str_cstr(words->rest)))
        return cli_fail(&cx->err);
    bool was = cx->ws.frozen_s != 0;
    if (freeze_end(cx))
        return cli_fail(&cx->err);
    printf("%.*s %s\n", STR_ARG(cx->ws.slug),
        was ? "is thawed" : "was not frozen");
    return EXIT_DONE;
}
