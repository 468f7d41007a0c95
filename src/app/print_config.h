/* SPDX-License-Identifier: ISC */
#ifndef APP_PRINT_CONFIG_H
#define APP_PRINT_CONFIG_H

/*
 * Configurations of web servers, made from the files in doc/examples and this
 * program's own settings, so that sockets, prefix and host agree.
 */

#include "app/config.h"
#include "base/buf.h"

/* What the settings do not know; NULL: the default. */
struct site {
    const char *upstream;        /* "HOST:PORT"; 127.0.0.1:9000 */
    const char *certificate;     /* /etc/ssl/certs/keylodge.pem */
    const char *certificate_key; /* /etc/ssl/private/keylodge.key */
    const char *program;         /* full path of this program */
};

/* print_config_server -- the i-th server that is known; NULL after the last. */
const char *print_config_server(size_t i);

/*
 * print_config -- append the configuration of one web server.
 * server  one of those above
 * c       with public_url (https: with TLS; port; path), sockets, gate prefix
 * Errors: ERR_INVALID: a setting is missing or has a character that the
 *         server's file cannot hold (quotes, spaces, '$').
 */
NODISCARD enum err_code print_config(struct arena *a, const char *server,
    const struct config *c, const struct site *site, struct buf *out,
    struct err *err);

#endif
