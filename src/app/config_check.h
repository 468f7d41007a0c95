/* SPDX-License-Identifier: ISC */
#ifndef APP_CONFIG_CHECK_H
#define APP_CONFIG_CHECK_H

#include "app/config.h"

/*
 * config_check -- do the settings make sense, each and together?  Looks at the
 * text of values alone, and at no file: whether what they name is there, shows
 * at a start.
 *
 *   public_url      http:// or https:// (lower case), a host, a port up to
 *                   65535, a path of plain characters without slash at the end
 *   gate prefix     a path, too, at and below which no address of ours lies,
 *                   and apart from the path of public_url
 *   sockets         what listen_check takes, two different ones
 *   files           no folder ("/" at the end)
 *   mail            one way, an address that it comes from, a server
 *   allow_networks  is read into hook_opened; lives in `a`
 *
 * c    every setting is as it was read; those with a built-in value are set
 * Errors: ERR_INVALID with "file:line: [section] key" and what to write.
 */
NODISCARD enum err_code config_check(struct arena *a, struct config *c,
    struct err *err);

#endif
