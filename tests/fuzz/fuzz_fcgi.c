/* SPDX-License-Identifier: ISC */

/*
 * Any bytes as one FastCGI connection.  The first byte says in pieces of which
 * size they come.  Properties: pieces change nothing (the same events, the same
 * parameters, the same body, the same replies); parameters lie within what was
 * sent; no more body than there is room for; replies are bounded.
 */

#include "app/fcgi_wire.h"

#include "base/log.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { EVENTS = 64, ROOM = 100 };

/* What came of one reading of the input. */
struct outcome {
    enum wire_event events[EVENTS];
    size_t n, n_pairs, pairs_bytes;
    char body[ROOM];
    size_t body_n, reply_n;
};

static void
look_at_params(struct arena *a, const struct wire *w, struct outcome *out)
{
    struct pairs pairs;
    if (!wire_params(w, a, &pairs))
        return;
    must(pairs.n >= 1 && pairs.n <= WIRE_PAIRS_MOST + 1);
    must(str_is(pairs.items[0].name, "FCGI_ROLE"));
    size_t bytes = 0;
    for (size_t i = 1; i < pairs.n; i++) {
        bytes += pairs.items[i].name.n + pairs.items[i].value.n;
        for (size_t k = 0; k < pairs.items[i].value.n; k++)
            out->pairs_bytes += (unsigned char)pairs.items[i].value.p[k];
    }
    must(bytes <= w->params.n);
    out->n_pairs += pairs.n;
}

static void
happen(struct arena *a, struct wire *w, enum wire_event e,
    struct outcome *out)
{
    out->events[out->n++] = e;
    if (e == WIRE_PARAMS) {
        look_at_params(a, w, out);
        out->body_n = 0;
        wire_body(w, out->body, ROOM);
    }
    must(w->body_n <= w->body_max && w->body_max <= ROOM);
    out->body_n = w->body_n;
    if (e == WIRE_ENDED || e == WIRE_ABORTED) {
        out->reply_n += w->reply.n;
        wire_request(w, a);
    }
}

static void
read_all(struct arena *a, struct str s, size_t piece, struct outcome *out)
{
    struct wire w;
    enum wire_event e = WIRE_MORE;
    wire_start(&w);
    wire_request(&w, a);
    while (s.n && e != WIRE_BROKEN && out->n < EVENTS) {
        struct str now = str_head(s, piece);
        s = str_from(s, now.n);
        while (now.n && e != WIRE_BROKEN && out->n < EVENTS) {
            e = wire_feed(&w, &now);
            must(e != WIRE_MORE || now.n == 0);
            if (e != WIRE_MORE)
                happen(a, &w, e, out);
        }
    }
    must(w.reply.n <= WIRE_REPLY_MOST && w.params.n <= WIRE_PARAMS_MOST);
    out->reply_n += w.reply.n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct arena *a = arena_new(1024);
    char *copy = arena_alloc(a, size - 1);
    if (size > 1)
        memcpy(copy, data + 1, size - 1);
    struct str all = { copy, size - 1 };
    struct outcome *whole = ARENA_NEW(a, struct outcome);
    struct outcome *pieces = ARENA_NEW(a, struct outcome);
    read_all(a, all, all.n, whole);
    read_all(a, all, (size_t)data[0] + 1, pieces);
    must(whole->n == pieces->n && whole->n_pairs == pieces->n_pairs &&
        whole->pairs_bytes == pieces->pairs_bytes &&
        whole->body_n == pieces->body_n &&
        whole->reply_n == pieces->reply_n);
    must(memcmp(whole->events, pieces->events, sizeof whole->events) == 0);
    must(memcmp(whole->body, pieces->body, whole->body_n) == 0);
    arena_free(a);
    return 0;
}
