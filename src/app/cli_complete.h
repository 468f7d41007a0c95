/* SPDX-License-Identifier: ISC */
#ifndef APP_CLI_COMPLETE_H
#define APP_CLI_COMPLETE_H

#include <stddef.h>

/* completion_shell -- the i-th shell that `completion` writes for; NULL after
 * the last. */
const char *completion_shell(size_t i);

#endif
