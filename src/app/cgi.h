/* SPDX-License-Identifier: ISC */
#ifndef APP_CGI_H
#define APP_CGI_H

#include "app/app.h"

/*
 * cgi_serve -- answer the one request that the environment and standard input
 * hold (RFC 3875), on standard output.  For small sites: a process, with the
 * store opened, for each request.
 * Side effects: what the server's threads write once a second (stamps,
 * refusals, reservations that are over) is written before it returns.
 * Errors: when the program cannot answer at all; an error of the request is
 * an answer.
 */
NODISCARD enum err_code cgi_serve(struct app *app, struct err *err);

/* cgi_asked -- did a web server start this program for one request?  Then the
 * words of the command line are nobody's but the client's. */
bool cgi_asked(void);

#endif
