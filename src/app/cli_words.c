/* SPDX-License-Identifier: ISC */
#include "app/cli_words.h"

#include "app/cli_help.h"
#include "app/like.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LIKE_LEAST = 600 };

/* Where options are read into, and which. */
struct reader {
    struct arena *a;             /* NULL: globals */
    const struct word_option *table;
    size_t n;
    const struct command *of;    /* NULL: globals */
    void *into;
    bool help;
};

static bool
is_taken(const struct reader *r, const struct word_option *o)
{
    return !r->of || cli_takes(r->of, o->name, NULL);
}

/* "key list: ", or nothing before the command. */
static void
complain_of(const struct reader *r)
{
    fputs("keylodge: ", stderr);
    if (r->of)
        fprintf(stderr, "%s: ", cli_command_name(r->a, r->of));
}

/* One that stands before the command and was typed after it. */
static bool
stands_before(const struct reader *r, struct str name)
{
    for (size_t i = 0; r->of && i < cli_n_globals; i++) {
        const struct word_option *o = &cli_globals[i];
        if (!str_is(name, o->name))
            continue;
        fprintf(stderr, "--%s stands before the command: keylodge --%s", o->name,
            o->name);
        if (o->value)
            fprintf(stderr, " %s %s", o->value,
                cli_command_name(r->a, r->of));
        fputc('\n', stderr);
        return true;
    }
    return false;
}

/* "--naem", and "-n": options have one name, a long one. */
static const struct word_option *
no_option(const struct reader *r, const char *typed)
{
    struct str name = str_from(str_cstr(typed), typed[1] == '-' ? 2 : 1), value;
    (void)str_cut(name, '=', &name, &value);
    const char *best = NULL;
    int most = LIKE_LEAST - 1;
    for (size_t i = 0; i < r->n; i++)
        if (is_taken(r, &r->table[i]) && like(name, r->table[i].name) > most) {
            best = r->table[i].name;
            most = like(name, best);
        }
    complain_of(r);
    if (stands_before(r, name))
        return NULL;
    fprintf(stderr, "there is no option %s%.*s", typed[1] == '-' ? "--" : "-",
        STR_ARG(name));
    if (best)
        fprintf(stderr, "; did you mean --%s?\n", best);
    else
        fputs("; see --help\n", stderr);
    return NULL;
}

static const struct word_option *
option_of(const struct reader *r, const char *typed, struct str name)
{
    for (size_t i = 0; i < r->n; i++)
        if (str_is(name, r->table[i].name) && is_taken(r, &r->table[i]))
            return &r->table[i];
    return no_option(r, typed);
}

/* "standard, management or admin"; of a long list the nearest. */
static void
print_choices(const struct word_kind *k, const char *typed)
{
    enum { SHORT = 12 };
    size_t n = 0, best = 0;
    for (; k->choice(n); n++)
        if (like(str_cstr(typed), k->choice(n)) >
            like(str_cstr(typed), k->choice(best)))
            best = n;
    if (n > SHORT) {
        fprintf(stderr, "one that is known; did you mean %s?\n",
            k->choice(best));
        return;
    }
    for (size_t i = 0; k->choice(i); i++)
        fprintf(stderr, "%s%s", i == 0 ? "" : k->choice(i + 1) ? ", " : " or ",
            k->choice(i));
    fputc('\n', stderr);
}

static bool
is_choice(const struct word_kind *k, const char *typed)
{
    size_t i = 0;
    if (!k->choice)
        return true;
    while (k->choice(i) && strcmp(k->choice(i), typed) != 0)
        i++;
    return k->choice(i) != NULL;
}

static bool
take_value(struct reader *r, const struct word_option *o, const char *value)
{
    char *at = (char *)r->into + o->at;
    if (*(const char **)(void *)at) {
        complain_of(r);
        fprintf(stderr, "--%s is given twice\n", o->name);
        return false;
    }
    if (!is_choice(cli_value(o->value), value)) {
        complain_of(r);
        fprintf(stderr, "--%s must be ", o->name);
        print_choices(cli_value(o->value), value);
        return false;
    }
    *(const char **)(void *)at = value;
    return true;
}

/* One option at argv[0], "--name", "--name=value" or "--name value"; *used: how
 * many words it is. */
static bool
take_option(struct reader *r, int argc, char **argv, int *used)
{
    struct str name, value;
    bool has_value = str_cut(str_cstr(argv[0] + 2), '=', &name, &value);
    *used = 1;
    if (r->of && (str_is(name, "help") || strcmp(argv[0], "-h") == 0)) {
        r->help = true;
        return true;
    }
    const struct word_option *o = option_of(r, argv[0], name);
    if (!o)
        return false;
    if (o->value && !has_value && argc > 1) {
        *used = 2;
        return take_value(r, o, argv[1]);
    }
    if ((o->value != NULL) != has_value) {
        complain_of(r);
        fprintf(stderr, o->value ? "--%s needs a %s\n" : "--%s takes no value\n",
            o->name, o->value);
        return false;
    }
    if (o->value)
        return take_value(r, o, value.p);
    *(bool *)(void *)((char *)r->into + o->at) = true;
    return true;
}

static bool
is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0';
}

bool
cli_read_globals(int argc, char **argv, struct globals *out, int *used)
{
    struct reader r = { NULL, cli_globals, cli_n_globals, NULL, out, false };
    int n = 0, at = 0;
    *out = (struct globals){ NULL, false, false, false, false };
    while (at < argc && is_option(argv[at])) {
        if (strncmp(argv[at], "--", 2) != 0) {
            (void)no_option(&r, argv[at]);
            return false;
        }
        if (!take_option(&r, argc - at, argv + at, &n))
            return false;
        at += n;
    }
    *used = at;
    return true;
}

/* ---- the command ---- */

/* It is none: say which there are, after a first word that is right, or which
 * one is like it. */
static void
no_command(int argc, char **argv)
{
    const char *best = NULL;
    int most = LIKE_LEAST - 1;
    bool begun = false;
    for (size_t i = 0; i < cli_n_commands; i++) {
        const struct command *c = &cli_commands[i];
        bool same = strcmp(c->verb, argv[0]) == 0;
        if (same && !begun)
            most = 0; /* whatever is nearest, of these */
        begun = begun || same;
        if (begun != same)
            continue;
        const char *known = same ? c->noun : c->verb;
        int now = like(str_cstr(same && argc > 1 ? argv[1] : argv[0]), known);
        if (now > most) {
            most = now;
            best = known;
        }
    }
    fputs("keylodge: ", stderr);
    if (begun && argc < 2)
        fprintf(stderr, "%s needs a second word; see keylodge %s --help\n",
            argv[0], argv[0]);
    else if (best)
        fprintf(stderr, "there is no command %s%s%s; did you mean %s%s%s?\n",
            argv[0], begun ? " " : "", begun ? argv[1] : "",
            begun ? argv[0] : "", begun ? " " : "", best);
    else
        fprintf(stderr, "there is no command %s; see keylodge --help\n",
            argv[0]);
}

static const struct command *
find_command(int argc, char **argv, int *used)
{
    for (size_t i = 0; i < cli_n_commands; i++) {
        const struct command *c = &cli_commands[i];
        *used = c->noun ? 2 : 1;
        if (strcmp(argv[0], c->verb) == 0 &&
            (!c->noun || (argc > 1 && strcmp(argv[1], c->noun) == 0)))
            return c;
    }
    return NULL;
}

/* Is all there that is needed, and no more? */
static bool
complete(const struct reader *r, const struct words *w)
{
    const struct command *c = r->of;
    for (size_t i = 0; i < r->n; i++) {
        const struct word_option *o = &r->table[i];
        bool needed = false;
        if (cli_takes(c, o->name, &needed) && needed &&
            !*(const char *const *)(const void *)((const char *)w + o->at)) {
            complain_of(r);
            fprintf(stderr, "--%s is needed; see --help\n", o->name);
            return false;
        }
    }
    if (c->rest && !w->rest && !cli_rest_optional(c)) {
        complain_of(r);
        fprintf(stderr, "%s is needed; see --help\n", c->rest);
        return false;
    }
    if (w->n_rest > (c->rest ? 1 : 0) && !cli_rest_many(c)) {
        complain_of(r);
        fprintf(stderr, "the word \"%s\" is one too many; see --help\n",
            w->all_rest[c->rest ? 1 : 0]);
        return false;
    }
    if (c->rest && w->rest && !is_choice(cli_value(c->rest), w->rest)) {
        complain_of(r);
        fprintf(stderr, "%s must be ", c->rest);
        print_choices(cli_value(c->rest), w->rest);
        return false;
    }
    return true;
}

/* Who names a key by the whole of it means its prefix; what comes after is
 * secret, and none of the commands is to have it. */
static void
forget_secret(struct reader *r, struct words *w)
{
    struct str prefix, rest;
    if (r->of->rest && strcmp(r->of->rest, "PREFIX") == 0 && w->rest &&
        str_cut(str_cstr(w->rest), '_', &prefix, &rest))
        w->rest = arena_cstr(r->a, prefix);
}

/* Options and other words in any order; after "--" there are only others. */
static bool
read_words(struct reader *r, int argc, char **argv, struct words *w)
{
    bool only_rest = false;
    w->all_rest = arena_alloc(r->a, ((size_t)argc + 1) * sizeof *argv);
    for (int i = 0, n = 1; i < argc; i += n) {
        n = 1;
        if (!only_rest && strcmp(argv[i], "--") == 0)
            only_rest = true;
        else if (only_rest || !is_option(argv[i]))
            w->all_rest[w->n_rest++] = argv[i];
        else if (strncmp(argv[i], "--", 2) != 0 && strcmp(argv[i], "-h") != 0)
            return no_option(r, argv[i]) != NULL;
        else if (!take_option(r, argc - i, argv + i, &n))
            return false;
    }
    w->all_rest[w->n_rest] = NULL;
    w->rest = w->all_rest[0];
    forget_secret(r, w);
    return r->help || complete(r, w);
}

/* "key --help" */
static bool
is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

bool
cli_read(struct arena *a, int argc, char **argv, struct cli_call *out,
    int *code)
{
    int used = 0;
    *out = (struct cli_call){ .command = find_command(argc, argv, &used) };
    *code = EXIT_WORDS;
    if (!out->command && argc > 1 && is_help(argv[1]) &&
        cli_help_verb(a, argv[0])) {
        *code = EXIT_DONE;
        return false;
    }
    if (!out->command) {
        no_command(argc, argv);
        return false;
    }
    struct reader r = { a, cli_options, cli_n_options, out->command,
        &out->words, false };
    if (!read_words(&r, argc - used, argv + used, &out->words))
        return false;
    if (r.help) {
        cli_help_command(a, out->command);
        *code = EXIT_DONE;
    }
    return !r.help;
}

/* ---- for the commands ---- */

bool
cli_number(const char *option, const char *typed, int64_t least,
    int64_t most, int64_t *out)
{
    if (str_int(str_cstr(typed), out) && *out >= least && *out <= most)
        return true;
    fprintf(stderr, "keylodge: --%s must be a number from %" PRId64 " to %"
        PRId64 "\n", option, least, most);
    return false;
}

/* "spend-limit" -> "spend_limit" */
static struct str
field_name(struct arena *a, const char *option)
{
    char *name = arena_cstr(a, str_cstr(option));
    for (char *c = name; *c; c++)
        if (*c == '-')
            *c = '_';
    return str_cstr(name);
}

/* A list is typed with commas; a form repeats its field, or has lines. */
static void
put_list(struct cx *cx, struct pairs *form, const struct field *f,
    struct str typed)
{
    struct str part, rest = typed;
    if (f->type != FIELD_LIST) {
        char *lines = arena_cstr(cx->arena, typed);
        for (char *c = lines; *c; c++)
            if (*c == ',')
                *c = '\n';
        form_add(cx->arena, form, str_cstr(f->name), str_cstr(lines));
        return;
    }
    while (rest.n) {
        (void)str_cut(rest, ',', &part, &rest);
        form_add(cx->arena, form, str_cstr(f->name), str_trim(part));
    }
}

void
cli_put_fields(struct cx *cx, const struct words *words,
    const struct field *table, struct pairs *form)
{
    for (size_t i = 0; i < cli_n_options; i++) {
        const struct word_option *o = &cli_options[i];
        if (!o->value)
            continue;
        const char *typed = *(const char *const *)(const void *)(
            (const char *)words + o->at);
        int at = field_index(table, field_name(cx->arena, o->name));
        if (!typed || at < 0)
            continue;
        if (strcmp(o->value, "LIST") == 0)
            put_list(cx, form, &table[at], str_cstr(typed));
        else
            form_add(cx->arena, form, str_cstr(table[at].name),
                str_cstr(typed));
    }
}
