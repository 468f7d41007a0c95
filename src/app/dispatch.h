/* SPDX-License-Identifier: ISC */
#ifndef APP_DISPATCH_H
#define APP_DISPATCH_H

/*
 * One request from parameters to answer: the gates in their fixed order, one
 * handler, one answer.  Knows no FastCGI: the same two calls serve the web
 * server, plain CGI and tests.
 *
 *   n = dispatch_begin(w, params);      ... read n bytes of body ...
 *   dispatch_end(w, body, &answer);     ... write answer, log_request(w) ...
 */

#include "app/app.h"

struct answer {
    int status;
    struct pairs headers;
    struct str body;
};

/*
 * dispatch_begin -- read the parameters, find the row, refuse what needs no
 * body to be refused.  Everything lives until the next dispatch_begin of w.
 * params  CGI names and values, must live as long
 * Returns how many bytes of body to read; 0 when there are none, or when the
 * answer is an error already.
 */
size_t dispatch_begin(struct worker *w, const struct pairs *params);

/* dispatch_room -- room for n bytes of body, as long as the request; NULL when
 * memory ran out: then dispatch_end says so, whatever it is given. */
char *dispatch_room(struct worker *w, size_t n);

/* dispatch_end -- the rest; always gives an answer, also when memory runs out
 * on the way: nothing is changed then, or all, and the answer is 503.  A body
 * shorter than announced is refused. */
void dispatch_end(struct worker *w, size_t announced, struct str body,
    struct answer *out);

/* dispatch_head -- the header lines of an answer as CGI has them, "Status: 200"
 * first, with the empty line after them.  When there is no memory for them,
 * *answer becomes one that needs none. */
struct str dispatch_head(struct arena *a, struct answer *answer);

/* app_static -- handler of /static/{name}. */
handler app_static;

/* dispatch_log -- the one line of the log about this request. */
void dispatch_log(struct worker *w, const struct answer *answer);

/* The table of routes, for tests and documentation. */
const struct route *routes(size_t *n);

#endif
