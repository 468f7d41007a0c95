/* SPDX-License-Identifier: ISC */
#ifndef APP_CLI_WORDS_H
#define APP_CLI_WORDS_H

/* Reading what was typed, by the tables of cli_table.h.  What is wrong is one
 * line on stderr, which names the nearest known word. */

#include "app/cli_table.h"

/* cli_read_globals -- the options before the command; *used: how many words
 * they are.  argv[0] is the first of them.  Returns false when one is wrong. */
bool cli_read_globals(int argc, char **argv, struct globals *out, int *used);

/* What is to be done. */
struct cli_call {
    const struct command *command;
    struct words words;
};

/*
 * cli_read -- a command and its words; argv[0] is the first word of its name.
 * out   texts point into argv; the rest has the lifetime of `a`
 * code  out, when it returns false: the exit status.  The words were wrong, or
 *       help was asked for, and was printed.
 */
bool cli_read(struct arena *a, int argc, char **argv, struct cli_call *out,
    int *code);

#endif
