/* SPDX-License-Identifier: ISC */
#ifndef APP_FCGI_WIRE_H
#define APP_FCGI_WIRE_H

/*
 * The bytes of FastCGI 1.0, read from pieces of any size and written into
 * memory; knows no socket.  One connection carries one request at a time:
 * a second one beside it is refused with "cannot multiplex", as the
 * specification allows.
 *
 *   wire_start(w)                                  once for a connection
 *   wire_request(w, arena)                         before each request
 *   event = wire_feed(w, &input) ...               until WIRE_PARAMS
 *   wire_params(w, &pairs), wire_body(w, room, n)
 *   event = wire_feed(w, &input) ...               until w->body_n or WIRE_ENDED
 *
 * Bounds: WIRE_PARAMS_MOST bytes of parameters, WIRE_PAIRS_MOST of them; of
 * the body, what wire_body made room for, the rest is skipped; of questions
 * about ourselves (FCGI_GET_VALUES), WIRE_VALUES_MOST bytes.
 */

#include "base/buf.h"
#include "text/form.h"

enum {
    WIRE_HEAD = 8,                  /* bytes before each record */
    WIRE_TAIL = 24,                 /* end of the output, end of the request */
    WIRE_RECORD_MOST = 65528,       /* content of a record that we write */
    WIRE_PARAMS_MOST = 1024 * 1024, /* more than any web server passes on */
    WIRE_PAIRS_MOST = 1000,         /* of them; requests may have fewer */
    WIRE_VALUES_MOST = 1024,
    WIRE_REPLY_MOST = 4096
};

enum wire_event {
    WIRE_MORE,    /* all input is used up */
    WIRE_PARAMS,  /* the parameters are whole */
    WIRE_ENDED,   /* the body is whole */
    WIRE_ABORTED, /* the web server gave the request up */
    WIRE_BROKEN   /* not FastCGI, past a bound, or a role we do not have */
};

enum wire_stage {
    WIRE_IDLE,     /* no request */
    WIRE_IN_PARAMS,
    WIRE_IN_BODY,
    WIRE_WHOLE
};

struct wire {
    /* the request in hand */
    enum wire_stage stage;
    unsigned id;
    bool keep;       /* the web server wants the connection kept */
    bool authorizer; /* its role; else responder */
    struct buf params;
    char *body;      /* room of the caller, or NULL: skip it */
    size_t body_n, body_max;
    struct buf reply; /* to be sent now; the sender sets n to 0 */

    /* the record in hand */
    uint8_t head[WIRE_HEAD];
    size_t head_n;      /* bytes of it that are there */
    size_t left, pad;   /* content and padding that are to come */
    uint8_t small[WIRE_VALUES_MOST]; /* content of short records */
    size_t small_n;
};

/* wire_start -- a new connection. */
void wire_start(struct wire *w);

/*
 * wire_request -- get ready for the next request; what is left of a record
 * that began already stays.
 * a  holds parameters and replies until the next wire_request
 */
void wire_request(struct wire *w, struct arena *a);

/*
 * wire_feed -- take in bytes.
 * input  shortened by what was used; after any event but WIRE_MORE the rest
 *        is to be fed again
 */
enum wire_event wire_feed(struct wire *w, struct str *input);

/*
 * wire_params -- the parameters, FCGI_ROLE as the first of them.
 * out  refers to the arena of wire_request
 * Returns false when their lengths do not fit what was sent, or there are more
 * than WIRE_PAIRS_MOST.
 */
NODISCARD bool wire_params(const struct wire *w, struct arena *a,
    struct pairs *out);

/* wire_body -- put the first n bytes of the body there. */
void wire_body(struct wire *w, char *room, size_t n);

/* wire_head -- the bytes before n (at most WIRE_RECORD_MOST) bytes of
 * output. */
void wire_head(const struct wire *w, size_t n, uint8_t out[WIRE_HEAD]);

/* wire_tail -- end of the output and of the request; the web server is told
 * that all went well (failures are answers too). */
void wire_tail(const struct wire *w, uint8_t out[WIRE_TAIL]);

#endif
