/* SPDX-License-Identifier: ISC */
#include "app/cli_command.h"
#include "core/accept.h"
#include "core/account.h"
#include "core/workspace.h"
#include "text/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct str
shown(const struct broken_row *r, struct str text)
{
    return accept_can_show(r) ? text : STR("(unreadable)");
}

/* Is it the first of its key, workspace or account? */
static bool
begins(const struct broken_row *rows, size_t i)
{
    return i == 0 || rows[i - 1].of != rows[i].of ||
        rows[i - 1].id != rows[i].id;
}

/* Each under the key or workspace that it belongs to. */
static void
show(const struct broken_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct broken_row *r = &rows[i];
        if (begins(rows, i))
            printf("%s %.*s\n", r->of, STR_ARG(shown(r, r->name)));
        printf("    %-9.*s %.*s\n", STR_ARG(r->what),
            STR_ARG(shown(r, r->holds)));
    }
}

/* What stays refused, whatever is answered.  Returns how many rows do not. */
static size_t
warn_of_rest(const struct broken_row *rows, size_t n)
{
    size_t judged = 0;
    for (size_t i = 0; i < n; i++) {
        judged += rows[i].judged;
        if (begins(rows, i) && !rows[i].judged)
            fprintf(stderr, "keylodge: %s %.*s is not accepted: it holds what "
                            "lets somebody in and nobody can judge. It stays "
                            "refused. %s\n", rows[i].of,
                STR_ARG(shown(&rows[i], rows[i].name)),
                accept_instead(&rows[i]));
    }
    return judged;
}

static struct val *
rows_val(struct cx *cx, const struct broken_row *rows, size_t n,
    bool accepted)
{
    struct val *v = val_map(cx->arena);
    val_put_bool(v, "accepted", accepted);
    struct val *list = val_put_list(v, "rows");
    for (size_t i = 0; i < n; i++) {
        struct val *row = val_add_map(list), *holds = NULL;
        struct err unread;
        bool plain = accept_can_show(&rows[i]);
        err_init(&unread, cx->arena);
        val_put_cstr(row, "of", rows[i].of);
        cli_put_text(row, "id", plain ? rows[i].name : STR(""));
        val_put_str(row, "row", rows[i].what);
        val_put_bool(row, "acceptable", rows[i].judged);
        if (plain &&
            !json_read(cx->arena, rows[i].holds, &holds, &unread))
            val_put(row, "holds", holds);
        else
            val_put_null(row, "holds");
    }
    return v;
}

/* Whoever accepts says so by typing the name once more. */
static int
ask(const char *name, size_t n)
{
    char line[128];
    fprintf(stderr, "Once accepted, %s believed as if Keylodge had written "
                    "%s.\nType %s to accept: ",
        n == 1 ? "this row is" : "these rows are", n == 1 ? "it" : "them",
        name);
    if (!isatty(STDIN_FILENO) || !fgets(line, sizeof line, stdin)) {
        fputs("\nkeylodge: nobody is there to ask: say --yes, or --dry-run\n",
            stderr);
        return EXIT_WORDS;
    }
    if (str_is(str_trim(str_cstr(line)), name))
        return EXIT_DONE;
    fputs("keylodge: nothing was accepted\n", stderr);
    return EXIT_FAILED;
}

int
cli_reseal(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct broken_row *rows;
    struct user user, *u = NULL;
    size_t n;
    int code = EXIT_DONE;
    if (words->yes && !words->rest) {
        fputs("keylodge: reseal: name the workspace or account that --yes is "
              "for\n", stderr);
        return EXIT_WORDS;
    }
    if (words->rest && strchr(words->rest, '@'))
        u = &user;
    if ((u && user_by_email(cx, str_cstr(words->rest), u)) ||
        (words->rest && !u && workspace_enter(cx, str_cstr(words->rest))) ||
        accept_look(cx, u, &rows, &n))
        return cli_fail(&cx->err);
    if (n == 0)
        return cli_tell(cx, words, rows_val(cx, rows, 0, false),
            "every row is as Keylodge left it");
    if (!words->json)
        show(rows, n);
    if (!words->rest || words->dry_run) {
        if (words->json)
            cli_print_json(cx, rows_val(cx, rows, n, false));
        return EXIT_FAILED;
    }
    size_t judged = warn_of_rest(rows, n);
    if (judged && !words->yes)
        code = ask(words->rest, judged);
    if (code)
        return code;
    if (accept_rows(cx, u, rows, n))
        return cli_fail(&cx->err);
    (void)cli_tell(cx, words, rows_val(cx, rows, n, true),
        judged == 1 ? "%zu row accepted" : "%zu rows accepted", judged);
    return judged == n ? EXIT_DONE : EXIT_FAILED;
}
