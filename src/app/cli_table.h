/* SPDX-License-Identifier: ISC */
#ifndef APP_CLI_TABLE_H
#define APP_CLI_TABLE_H

/* The commands of the shell and their options, each declared once: what reads
 * the words, --help and the completions of shells are made of these tables. */

#include "app/cli_command.h"

/* What stands for a value in a synopsis, and what may be typed there. */
struct word_kind {
    const char *name;                /* "FILE" */
    bool path;                       /* a file or folder */
    const char *(*choice)(size_t i); /* the i-th word of its list, NULL after
                                        the last; NULL: any text */
};

struct word_option {
    const char *name;  /* "spend-limit" */
    const char *value; /* name of a word_kind; NULL: a flag */
    const char *about;
    size_t at;         /* in struct words, or struct globals: a text, or with a
                          flag a bool */
};

/* What stands before the command. */
struct globals {
    const char *config;
    bool check_config, print_config, help, version;
};

/* What a command opens before it runs. */
enum command_needs {
    NEEDS_NOTHING,  /* not even settings: it runs anywhere */
    NEEDS_SETTINGS,
    NEEDS_STORE,    /* database and secrets; making them is for `init` */
    NEEDS_FACES     /* and templates and static files */
};

struct command {
    const char *verb, *noun; /* "key create": verb is the first word */
    enum command_needs needs;
    bool rest_is_all;        /* given an argument it needs nothing but that */
    const char *takes;       /* names of its options; '!' after one: needed */
    const char *rest;        /* name of a word_kind; "[FILE]" may be left out,
                                "PATH..." is one or more; NULL: none */
    command_fn *run;
    const char *about;       /* a short line */
    const char *group;       /* of the first command of a group: its title */
};

extern const struct command cli_commands[];
extern const size_t cli_n_commands;
extern const struct word_option cli_options[];
extern const size_t cli_n_options;
extern const struct word_option cli_globals[];
extern const size_t cli_n_globals;

/* cli_takes -- does the command take this option?  *needed: must it be given?
 * (NULL: not asked) */
bool cli_takes(const struct command *c, const char *option, bool *needed);

/* cli_value -- the kind of a value by its name, also as in `rest`. */
const struct word_kind *cli_value(const char *name);

/* How `rest` may be left out or repeated. */
bool cli_rest_optional(const struct command *c);
bool cli_rest_many(const struct command *c);

/* cli_command_name -- "key create"; lifetime of `a`. */
const char *cli_command_name(struct arena *a, const struct command *c);

#endif
