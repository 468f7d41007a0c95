/* SPDX-License-Identifier: ISC */
#include "app/cli_command.h"
#include "app/file.h"
#include "core/access.h"
#include "core/account.h"
#include "core/factor.h"
#include "core/reset.h"
#include "core/workspace.h"
#include "text/fields.h"

#include <stdio.h>

int
cli_user_add(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct pairs form = { NULL, 0 };
    struct setup_in in = { .name = { NULL, 0 } };
    struct str text, password, rest;
    struct user u;
    if (file_read(cx->arena, words->password_file, 4096, &text, &cx->err))
        return cli_fail(&cx->err);
    (void)str_cut(text, '\n', &password, &rest);
    cli_put_word(cx, &form, "t", STR("shell")); /* needs no link */
    cli_put_word(cx, &form, "email", str_cstr(words->rest));
    cli_put_word(cx, &form, "name", str_cstr(words->name));
    cli_put_word(cx, &form, "password", password);
    if (fields_from_form(cx->arena, setup_fields, &form, &in, &cx->err) ||
        user_add(cx, in.email, in.name, in.password, &u))
        return cli_fail(&cx->err);
    printf("%.*s\n", STR_ARG(u.uuid));
    return EXIT_DONE;
}

int
cli_user_codes_off(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    if (factor_remove(cx, str_cstr(words->rest)))
        return cli_fail(&cx->err);
    return EXIT_DONE;
}

int
cli_reset_link(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct str link;
    if (reset_link(cx, str_cstr(words->rest), &link))
        return cli_fail(&cx->err);
    printf("%.*s\n", STR_ARG(link));
    return EXIT_DONE;
}

int
cli_member_add(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct user u;
    enum role role = role_read(str_cstr(words->role ? words->role : "member"));
    if (user_by_email(cx, str_cstr(words->rest), &u) ||
        workspace_enter(cx, str_cstr(words->workspace)) ||
        member_add(cx, &u, role))
        return cli_fail(&cx->err);
    return EXIT_DONE;
}
