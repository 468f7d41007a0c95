/* SPDX-License-Identifier: ISC */
#ifndef APP_FCGI_PEER_H
#define APP_FCGI_PEER_H

/*
 * One connection from the web server, of one thread: reads requests, writes
 * answers, within time limits.  A web server sends a short request in one
 * piece and gets its answer in one: accept, read, sendmsg, close.
 *
 *   if (peer_accept(p, listen)) do {
 *       if (!peer_params(p, arena, &params)) break;
 *       body = peer_body(p, room, n);
 *       peer_answer(p, head, body);
 *   } while (peer_finish(p));
 *   peer_close(p);
 */

#include "app/fcgi_wire.h"

enum {
    PEER_FIRST_MS = 2000,    /* a new connection, until its first byte */
    PEER_REQUEST_MS = 30000, /* from a request's first wait to its last byte */
    PEER_WRITE_MS = 30000,   /* the web server takes nothing of an answer */
    PEER_LINGER_MS = 2000,   /* what is left of a request after its answer */
    PEER_HURRY_MS = 1000     /* a request that is not whole when we stop */
};

struct peer {
    int fd;   /* -1: none */
    int stop; /* descriptor that is readable once the server is to stop */
    bool kept; /* a request was answered: the next may come at any time */
    int64_t until_us; /* of the request in hand; 0: no wait yet */
    size_t dirty;     /* of `bytes`: what holds something */
    struct wire wire;
    struct str input; /* of `bytes`, not fed yet */
    char bytes[16 * 1024];
};

/* peer_init -- no connection yet. stop: see above. */
void peer_init(struct peer *p, int stop);

/*
 * peer_accept -- take a connection from a listening socket that does not
 * block.  Returns 0, or errno (EAGAIN: there is none).
 */
int peer_accept(struct peer *p, int listen);

/*
 * peer_params -- wait for a request and read its parameters.
 * a    holds them until the next peer_params
 * Returns false when there is none: the web server closed, was too slow, sent
 * nonsense; or this server stops.
 */
NODISCARD bool peer_params(struct peer *p, struct arena *a,
    struct pairs *out);

/* peer_body -- the first n bytes of the body, into room (for n); shorter when
 * it ended before, or did not come in time. */
struct str peer_body(struct peer *p, char *room, size_t n);

/* peer_answer -- send header lines (at most BUF_MAX_FIELD bytes, with the empty
 * line) and body. */
void peer_answer(struct peer *p, struct str head, struct str body);

/*
 * peer_finish -- skip what is left of the request: a connection closed over
 * unread bytes loses its answer.  The bytes that were read are wiped.
 * Returns true when the connection is kept for another one.
 */
NODISCARD bool peer_finish(struct peer *p);

/*
 * An answer that is sent later, from memory, by a connection that ends with it.
 *
 * peer_may_pack     does this request's connection end with its answer?
 * peer_pack         instead of peer_answer: the bytes to send into room (for
 *                   `most`), the connection into *fd; what was read is wiped.
 *                   Returns their number; 0, and nothing is done: the
 *                   connection is kept, or the request is not whole, or there
 *                   is no room
 * peer_pack_bytes   the bytes alone, of the request with that number
 * peer_send_packed  send, and close; who does not take it has gone
 */
bool peer_may_pack(const struct peer *p);
NODISCARD size_t peer_pack(struct peer *p, struct str head, struct str body,
    char *room, size_t most, int *fd);
NODISCARD size_t peer_pack_bytes(unsigned id, struct str head,
    struct str body, char *room, size_t most);
void peer_send_packed(int fd, const char *bytes, size_t n);

/* peer_close -- nothing to do when there is no connection. */
void peer_close(struct peer *p);

#endif
