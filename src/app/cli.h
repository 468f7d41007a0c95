/* SPDX-License-Identifier: ISC */
#ifndef APP_CLI_H
#define APP_CLI_H

#include "app/cli_words.h"

/*
 * cli_alone -- run a command that needs not even settings, such as "scan".
 * code  out: the exit code
 * Returns false, and has done nothing, when it is another command.
 */
bool cli_alone(const struct cli_call *call, int *code);

/*
 * cli_run -- one shell command, through the same core functions as every other
 * face.
 * Returns the exit code: 0 done, 1 failed, 2 wrong words; 69 the store cannot
 * answer; 77 not allowed; 78 configuration or secrets.
 */
int cli_run(const struct config *c, const struct cli_call *call);

/* cli_check -- would a server start with these settings (app_try)?  Says what is
 * wrong, or that it is well.  Returns the exit code, as cli_run. */
int cli_check(const struct config *c);

/*
 * cli_hold_standard -- first of all: of the three standard files those that are
 * closed get something in their place that fails as a closed one does, so that
 * no file which is opened later is taken for one of them.
 */
void cli_hold_standard(void);

/*
 * cli_close_out -- last of all: what is left for standard output is written, and
 * the file is closed.
 * code  what the command ended with
 * Returns the exit code: EXIT_FAILED, with a line on stderr, instead of
 * EXIT_DONE when something that was printed could not be written.
 */
int cli_close_out(int code);

#endif
