/* SPDX-License-Identifier: ISC */
#ifndef APP_CLI_H
#define APP_CLI_H

#include "app/config.h"

/*
 * cli_alone -- run a command that needs not even settings, such as "scan".
 * code  out: the exit code
 * Returns false, and has done nothing, when it is another command, or none.
 */
bool cli_alone(int argc, char **argv, int *code);

/*
 * cli_run -- one shell command (argv[0] is its name), through the same core
 * functions as every other face.
 * Returns the exit code: 0 done, 1 failed, 2 wrong words; 69 the store cannot
 * answer; 77 not allowed; 78 configuration or secrets.
 */
int cli_run(const struct config *c, int argc, char **argv);

/* cli_usage -- the help text on `to`. */
void cli_usage(void *to);

#endif
