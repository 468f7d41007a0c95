/* SPDX-License-Identifier: ISC */
#ifndef APP_CLI_HELP_H
#define APP_CLI_HELP_H

/* The help texts, made of the tables of cli_table.h; under 80 columns. */

#include "app/cli_table.h"

/* cli_help -- every command in a line, on `to`, a FILE. */
void cli_help(void *to);

/* cli_help_verb -- the commands that begin with this word, on stdout.  Returns
 * false when there is none. */
bool cli_help_verb(struct arena *a, const char *verb);

/* cli_help_command -- what it does and takes, on stdout. */
void cli_help_command(struct arena *a, const struct command *c);

#endif
