/* SPDX-License-Identifier: ISC */
#include "app/cli_help.h"

#include <stdio.h>
#include <string.h>

enum { COLUMNS = 79, ABOUT_AT = 24, CHOICES_AT = 6 };

static void
commands(FILE *f, const char *verb)
{
    for (size_t i = 0; i < cli_n_commands; i++) {
        const struct command *c = &cli_commands[i];
        if (verb && strcmp(c->verb, verb) != 0)
            continue;
        if (c->group && !verb)
            fprintf(f, "\n%s\n", c->group);
        int at = fprintf(f, "  %s%s%s", c->verb, c->noun ? " " : "",
            c->noun ? c->noun : "");
        fprintf(f, "%*s%s\n", at < ABOUT_AT ? ABOUT_AT - at : 1, "",
            c->about);
    }
}

/* "  --name NAME           its name" */
static void
option_line(FILE *f, const struct word_option *o)
{
    int at = fprintf(f, "  --%s%s%s", o->name, o->value ? " " : "",
        o->value ? o->value : "");
    if (at >= ABOUT_AT) {
        fputc('\n', f);
        at = 0;
    }
    fprintf(f, "%*s%s\n", ABOUT_AT - at, "", o->about);
}

void
cli_help(void *to)
{
    FILE *f = to;
    fputs("usage: keylodge [--config FILE] COMMAND [WORD...]\n"
          "       keylodge COMMAND --help\n", f);
    commands(f, NULL);
    fputs("\nBefore the command\n", f);
    for (size_t i = 0; i < cli_n_globals; i++)
        option_line(f, &cli_globals[i]);
    fputs("\nexit: 0 done, 1 failed, 2 usage, 69 unavailable, 77 not allowed, "
          "78 settings\n", f);
}

bool
cli_help_verb(struct arena *a, const char *verb)
{
    (void)a;
    bool any = false;
    for (size_t i = 0; i < cli_n_commands; i++)
        any = any || strcmp(cli_commands[i].verb, verb) == 0;
    if (any) {
        printf("usage: keylodge %s WORD...\n\n", verb);
        commands(stdout, verb);
    }
    return any;
}

/* A word of the synopsis, on the next line when this one is full. */
static void
put_word(int *at, struct str word)
{
    if (*at + 1 + (int)word.n > COLUMNS) {
        fputs("\n          ", stdout);
        *at = 10;
    }
    *at += printf(" %.*s", STR_ARG(word));
}

static void
synopsis(struct arena *a, const struct command *c)
{
    int at = printf("usage: keylodge %s", cli_command_name(a, c));
    if (c->rest)
        put_word(&at, str_cstr(c->rest));
    for (int want = 1; want >= 0; want--) /* those first that are needed */
        for (size_t i = 0; i < cli_n_options; i++) {
            const struct word_option *o = &cli_options[i];
            bool needed = false;
            if (!cli_takes(c, o->name, &needed) || needed != (want == 1))
                continue;
            put_word(&at, arena_fmt(a, "%s--%s%s%s%s", needed ? "" : "[",
                o->name, o->value ? " " : "", o->value ? o->value : "",
                needed ? "" : "]"));
        }
    putchar('\n');
}

static void
choices(const char *value)
{
    const struct word_kind *k = cli_value(value);
    if (!k->choice)
        return;
    int at = printf("  %s:", k->name);
    for (size_t i = 0; k->choice(i); i++) {
        if (at + 2 + (int)strlen(k->choice(i)) > COLUMNS)
            at = printf("\n%*s", CHOICES_AT, "") - 1;
        at += printf(" %s%s", k->choice(i), k->choice(i + 1) ? "," : "\n");
    }
}

void
cli_help_command(struct arena *a, const struct command *c)
{
    bool any = c->rest && cli_value(c->rest)->choice;
    synopsis(a, c);
    printf("\n%s\n\n", c->about);
    for (size_t i = 0; i < cli_n_options; i++)
        if (cli_takes(c, cli_options[i].name, NULL)) {
            option_line(stdout, &cli_options[i]);
            any = any ||
                (cli_options[i].value &&
                    cli_value(cli_options[i].value)->choice);
        }
    if (!any)
        return;
    putchar('\n');
    if (c->rest)
        choices(c->rest);
    for (size_t i = 0; i < cli_n_options; i++)
        if (cli_takes(c, cli_options[i].name, NULL) && cli_options[i].value)
            choices(cli_options[i].value);
}
