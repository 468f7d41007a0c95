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

#endif
