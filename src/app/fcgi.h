/* SPDX-License-Identifier: ISC */
#ifndef APP_FCGI_H
#define APP_FCGI_H

#include "app/app.h"

/*
 * fcgi_serve -- answer FastCGI requests until SIGTERM or SIGINT; at SIGHUP the
 * process becomes a new one of itself (app/reload.h), when its settings are good.
 * Two listening sockets with their own threads, so that sign-ins and slow
 * pages never starve the gate: the console's (config.console_socket, else
 * descriptor 0 when it is a socket) and the gate's (config.gate_socket).
 * Requests in hand are finished; returns when every thread has ended.
 * Errors: ERR_INVALID with how to mend it (no socket, path too long, in use,
 * FCGI_WEB_SERVER_ADDRS set).
 */
NODISCARD enum err_code fcgi_serve(struct app *app, struct err *err);

/*
 * fcgi_stands_alone -- will fcgi_serve listen on a socket of its own, or on one
 * that systemd opened?  Otherwise a web server starts it, and more of it when
 * it likes: those share a database.
 */
bool fcgi_stands_alone(const struct config *c);

#endif
