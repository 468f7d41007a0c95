/* SPDX-License-Identifier: ISC */
/* Completion of our words in bash, zsh and fish, made of the tables.  Texts of
 * the tables have no quotes, colons, brackets or backslashes, so none need to be
 * escaped. */
#include "app/cli_complete.h"

#include "app/cli_table.h"

#include <stdio.h>
#include <string.h>

/* The command that is the first of its verb: verbs are said once. */
static bool
is_first(size_t i)
{
    return i == 0 || strcmp(cli_commands[i - 1].verb, cli_commands[i].verb) != 0;
}

/* "standard management admin" */
static void
put_choices(const struct word_kind *k)
{
    for (size_t i = 0; k->choice && k->choice(i); i++)
        printf("%s%s", i ? " " : "", k->choice(i));
}

/* Names of all commands after `verb`, or with NULL of all verbs. */
static void
put_names(const char *verb)
{
    const char *space = "";
    for (size_t i = 0; i < cli_n_commands; i++) {
        const struct command *c = &cli_commands[i];
        if (verb ? strcmp(c->verb, verb) == 0 : is_first(i)) {
            printf("%s%s", space, verb ? c->noun : c->verb);
            space = " ";
        }
    }
}

/* ---- bash ---- */

/* What follows an option: a file, a word of a list, or any text. */
static void
bash_value(const struct word_option *o)
{
    const struct word_kind *k = cli_value(o->value);
    printf("    --%s) ", o->name);
    if (k->path) {
        printf("_keylodge_files; return ;;\n");
        return;
    }
    printf("_keylodge_words '");
    put_choices(k);
    printf("'; return ;;\n");
}

static void
bash_values(void)
{
    for (size_t i = 0; i < cli_n_globals; i++)
        if (cli_globals[i].value)
            bash_value(&cli_globals[i]);
    for (size_t i = 0; i < cli_n_options; i++)
        if (cli_options[i].value)
            bash_value(&cli_options[i]);
}

static void
bash_command(const struct command *c)
{
    const struct word_kind *k = c->rest ? cli_value(c->rest) : NULL;
    printf("    '%s %s'%s)\n        ", c->verb, c->noun ? c->noun : "",
        c->noun ? "" : "*");
    if (k && k->path)
        printf("[[ $cur == -* ]] || _keylodge_files\n        ");
    printf("_keylodge_words '");
    if (k && k->choice) {
        put_choices(k);
        putchar(' ');
    }
    for (size_t i = 0; i < cli_n_options; i++)
        if (cli_takes(c, cli_options[i].name, NULL))
            printf("--%s ", cli_options[i].name);
    printf("--help' ;;\n");
}

static void
bash(void)
{
    fputs("# bash completion of keylodge(1); made by `keylodge completion "
          "bash`\n"
          "_keylodge_words() {\n"
          "    local IFS=$' \\t\\n'\n"
          "    COMPREPLY+=($(compgen -W \"$1\" -- \"$cur\"))\n"
          "}\n\n"
          "_keylodge_files() {\n"
          "    local IFS=$'\\n'\n"
          "    compopt -o filenames 2>/dev/null\n"
          "    COMPREPLY+=($(compgen -f -- \"$cur\"))\n"
          "}\n\n"
          "_keylodge() {\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} verb= noun= i=1\n"
          "    local prev=${COMP_WORDS[COMP_CWORD-1]}\n"
          "    COMPREPLY=()\n"
          "    # --name=value comes as three words\n"
          "    if [[ $cur == = ]]; then\n"
          "        cur=\n"
          "    elif [[ $prev == = ]]; then\n"
          "        prev=${COMP_WORDS[COMP_CWORD-2]}\n"
          "    fi\n"
          "    while ((i < COMP_CWORD)); do\n"
          "        case ${COMP_WORDS[i]} in\n"
          "        --config) ((i++)); [[ ${COMP_WORDS[i]} == = ]] && ((i++)) "
          ";;\n"
          "        -*) ;;\n"
          "        *) if [[ -z $verb ]]; then verb=${COMP_WORDS[i]}\n"
          "           elif [[ -z $noun ]]; then noun=${COMP_WORDS[i]}; fi ;;\n"
          "        esac\n"
          "        ((i++))\n"
          "    done\n"
          "    case $prev in\n", stdout);
    bash_values();
    printf("    esac\n    case \"$verb $noun\" in\n"
           "    ' ') _keylodge_words '");
    for (size_t i = 0; i < cli_n_globals; i++)
        printf("--%s ", cli_globals[i].name);
    put_names(NULL);
    printf("' ;;\n");
    for (size_t i = 0; i < cli_n_commands; i++) {
        const struct command *c = &cli_commands[i];
        if (c->noun && is_first(i)) {
            printf("    '%s ') _keylodge_words '", c->verb);
            put_names(c->verb);
            printf(" --help' ;;\n");
        }
        bash_command(c);
    }
    printf("    esac\n}\ncomplete -F _keylodge keylodge\n");
}

/* ---- zsh ---- */

/* What completes a value, after "NAME:". */
static void
zsh_value(const struct word_kind *k)
{
    printf("%s:", k->name);
    if (k->path) {
        printf("_files");
    } else if (k->choice) {
        printf("(");
        put_choices(k);
        printf(")");
    } else {
        printf(" ");
    }
}

static void
zsh_option(const struct word_option *o)
{
    printf(" \\\n        '--%s%s[%s]", o->name, o->value ? "=" : "", o->about);
    if (o->value) {
        printf(":");
        zsh_value(cli_value(o->value));
    }
    printf("'");
}

static void
zsh_command(const struct command *c, const char *name)
{
    printf("    %s) _arguments", name);
    for (size_t i = 0; i < cli_n_options; i++)
        if (cli_takes(c, cli_options[i].name, NULL))
            zsh_option(&cli_options[i]);
    printf(" \\\n        '--help[what it takes]'");
    if (c->rest) {
        printf(" \\\n        '%s:", cli_rest_many(c) ? "*" : "1");
        zsh_value(cli_value(c->rest));
        printf("'");
    }
    printf(" ;;\n");
}

/* A verb with nouns: these, and what follows each. */
static void
zsh_verb(size_t first)
{
    const char *verb = cli_commands[first].verb;
    printf("    %s) _arguments -C '1:command:((", verb);
    for (size_t i = first; i < cli_n_commands; i++)
        if (strcmp(cli_commands[i].verb, verb) == 0)
            printf("%s%s\\:\"%s\"", i == first ? "" : " ",
                cli_commands[i].noun, cli_commands[i].about);
    printf("))' '*::word:->noun' && return\n"
           "    [[ $state == noun ]] || return\n"
           "    case $line[1] in\n");
    for (size_t i = first; i < cli_n_commands; i++)
        if (strcmp(cli_commands[i].verb, verb) == 0)
            zsh_command(&cli_commands[i], cli_commands[i].noun);
    printf("    esac ;;\n");
}

static void
zsh(void)
{
    fputs("#compdef keylodge\n"
          "# zsh completion of keylodge(1); made by `keylodge completion zsh`\n"
          "_keylodge() {\n"
          "    local curcontext=$curcontext state line\n"
          "    typeset -A opt_args\n"
          "    _arguments -C", stdout);
    for (size_t i = 0; i < cli_n_globals; i++)
        zsh_option(&cli_globals[i]);
    printf(" \\\n        '1:command:(");
    put_names(NULL);
    printf(")' \\\n        '*::word:->verb' && return\n"
           "    [[ $state == verb ]] || return\n"
           "    case $line[1] in\n");
    for (size_t i = 0; i < cli_n_commands; i++)
        if (!cli_commands[i].noun)
            zsh_command(&cli_commands[i], cli_commands[i].verb);
        else if (is_first(i))
            zsh_verb(i);
    /* completion loads it from $fpath by name; whoever sources it registers it */
    fputs("    esac\n}\n"
          "if [[ $funcstack[1] == _keylodge ]]; then\n"
          "    _keylodge \"$@\"\n"
          "else\n"
          "    compdef _keylodge keylodge\n"
          "fi\n", stdout);
}

/* ---- fish ---- */

static void
fish_option(const char *when, const struct word_option *o)
{
    printf("complete -c keylodge -n '%s' -l %s", when, o->name);
    if (o->value) {
        const struct word_kind *k = cli_value(o->value);
        printf(k->path ? " -r -F" : " -x");
        if (k->choice) {
            printf(" -a '");
            put_choices(k);
            printf("'");
        }
    }
    printf(" -d '%s'\n", o->about);
}

static void
fish_command(struct arena *a, const struct command *c)
{
    const char *when = arena_fmt(a, "__keylodge_in %s",
        cli_command_name(a, c)).p;
    const char *before = arena_fmt(a, "__keylodge_at %s",
        c->noun ? c->verb : "").p;
    printf("complete -c keylodge -n '%s' -a %s -d '%s'\n", before,
        c->noun ? c->noun : c->verb, c->about);
    for (size_t i = 0; i < cli_n_options; i++)
        if (cli_takes(c, cli_options[i].name, NULL))
            fish_option(when, &cli_options[i]);
    printf("complete -c keylodge -n '%s' -l help -d 'what it takes'\n", when);
    if (c->rest && cli_value(c->rest)->path)
        printf("complete -c keylodge -n '%s' -F\n", when);
    if (c->rest && cli_value(c->rest)->choice) {
        printf("complete -c keylodge -n '%s' -a '", when);
        put_choices(cli_value(c->rest));
        printf("'\n");
    }
}

static void
fish(struct arena *a)
{
    fputs("# fish completion of keylodge(1); made by `keylodge completion "
          "fish`\n"
          "function __keylodge_typed # the words that are no options\n"
          "    set -l skip 0\n"
          "    for word in (commandline -opc)[2..-1]\n"
          "        if test $skip = 1\n"
          "            set skip 0\n"
          "        else if test \"$word\" = --config\n"
          "            set skip 1\n"
          "        else if not string match -q -- '-*' $word\n"
          "            echo $word\n"
          "        end\n"
          "    end\n"
          "end\n"
          "function __keylodge_at # are these the words, and no more?\n"
          "    set -l typed (__keylodge_typed)\n"
          "    test \"$typed\" = \"$argv\"\n"
          "end\n"
          "function __keylodge_in # are these the first of them?\n"
          "    set -l typed (__keylodge_typed)\n"
          "    test (count $typed) -ge (count $argv)\n"
          "    and test \"$typed[1..\"(count $argv)\"]\" = \"$argv\"\n"
          "end\n"
          "complete -c keylodge -f\n", stdout);
    for (size_t i = 0; i < cli_n_globals; i++)
        fish_option("__keylodge_at", &cli_globals[i]);
    for (size_t i = 0; i < cli_n_commands; i++) {
        const struct command *c = &cli_commands[i];
        if (c->noun && is_first(i))
            printf("complete -c keylodge -n __keylodge_at -a %s\n", c->verb);
        fish_command(a, c);
    }
}

/* ---- the command ---- */

static const char *const shells[] = { "bash", "zsh", "fish", NULL };

const char *
completion_shell(size_t i)
{
    return shells[i];
}

int
cli_completion(struct worker *w, const struct words *words)
{
    (void)w;
    if (strcmp(words->rest, "bash") == 0) {
        bash();
    } else if (strcmp(words->rest, "zsh") == 0) {
        zsh();
    } else {
        struct arena *a = arena_new(16 * 1024);
        fish(a);
        arena_free(a);
    }
    return EXIT_DONE;
}
