/* SPDX-License-Identifier: ISC */
#include "app/fcgi_wire.h"

#include <string.h>

/* FastCGI 1.0, sections 3.3, 4 and 5. */
enum {
    VERSION = 1,
    BEGIN_REQUEST = 1, ABORT_REQUEST = 2, END_REQUEST = 3, PARAMS = 4,
    STDIN = 5, STDOUT = 6, GET_VALUES = 9, GET_VALUES_RESULT = 10,
    UNKNOWN_TYPE = 11,
    RESPONDER = 1, AUTHORIZER = 2, KEEP_CONN = 1,
    REQUEST_COMPLETE = 0, CANT_MPX_CONN = 1, UNKNOWN_ROLE = 3,
    BODY = 8, /* of records of a fixed size */
    PAIRS_USUAL = 64 /* more is rare: room for it comes when it is needed */
};

void
wire_start(struct wire *w)
{
    *w = (struct wire){ .stage = WIRE_IDLE };
}

void
wire_request(struct wire *w, struct arena *a)
{
    w->stage = WIRE_IDLE;
    w->body = NULL;
    w->body_n = w->body_max = 0;
    buf_init(&w->params, a, WIRE_PARAMS_MOST);
    buf_init(&w->reply, a, WIRE_REPLY_MOST);
}

void
wire_body(struct wire *w, char *room, size_t n)
{
    w->body = room;
    w->body_max = n;
}

/* ---- writing ---- */

static void
put_head(uint8_t out[WIRE_HEAD], int type, unsigned id, size_t n)
{
    out[0] = VERSION;
    out[1] = (uint8_t)type;
    out[2] = (uint8_t)(id >> 8);
    out[3] = (uint8_t)id;
    out[4] = (uint8_t)(n >> 8);
    out[5] = (uint8_t)n;
    out[6] = out[7] = 0;
}

static void
put_end(uint8_t out[WIRE_HEAD + BODY], unsigned id, int how)
{
    put_head(out, END_REQUEST, id, BODY);
    memset(out + WIRE_HEAD, 0, BODY); /* four bytes of exit status first */
    out[WIRE_HEAD + 4] = (uint8_t)how;
}

void
wire_head(const struct wire *w, size_t n, uint8_t out[WIRE_HEAD])
{
    must(n <= WIRE_RECORD_MOST);
    put_head(out, STDOUT, w->id, n);
}

void
wire_tail(const struct wire *w, uint8_t out[WIRE_TAIL])
{
    _Static_assert(WIRE_TAIL == WIRE_HEAD + WIRE_HEAD + BODY, "two records");
    put_head(out, STDOUT, w->id, 0);
    put_end(out + WIRE_HEAD, w->id, REQUEST_COMPLETE);
}

static void
reply_end(struct wire *w, unsigned id, int how)
{
    uint8_t r[WIRE_HEAD + BODY];
    put_end(r, id, how);
    buf_add(&w->reply, r, sizeof r);
}

/* ---- names and values ---- */

/* A length: one byte, or four with the first bit set. */
static bool
take_length(struct str *s, size_t *out)
{
    const uint8_t *p = (const uint8_t *)s->p;
    size_t bytes = s->n && p[0] >> 7 ? 4 : 1;
    if (s->n < bytes)
        return false;
    *out = bytes == 1 ? p[0]
                      : (size_t)(p[0] & 0x7f) << 24 | (size_t)p[1] << 16 |
            (size_t)p[2] << 8 | p[3];
    *s = str_from(*s, bytes);
    return true;
}

static bool
take_pair(struct str *s, struct pair *out)
{
    size_t name, value;
    if (!take_length(s, &name) || !take_length(s, &value) || name > s->n ||
        value > s->n - name)
        return false;
    out->name = str_head(*s, name);
    *s = str_from(*s, name);
    out->value = str_head(*s, value);
    *s = str_from(*s, value);
    return true;
}

bool
wire_params(const struct wire *w, struct arena *a, struct pairs *out)
{
    struct str s = buf_view(&w->params);
    size_t room = PAIRS_USUAL;
    *out = (struct pairs){ arena_array(a, room, sizeof *out->items), 0 };
    out->items[out->n++] = (struct pair){ STR("FCGI_ROLE"),
        w->authorizer ? STR("AUTHORIZER") : STR("RESPONDER") };
    while (s.n) {
        if (out->n == room) {
            struct pair *few = out->items;
            if (room > WIRE_PAIRS_MOST)
                return false;
            room = WIRE_PAIRS_MOST + 1;
            out->items = arena_array(a, room, sizeof *out->items);
            memcpy(out->items, few, out->n * sizeof *few);
        }
        struct pair *one = &out->items[out->n];
        if (!take_pair(&s, one))
            return false;
        /* Apache's Authorizer says it once more; the record has said it */
        out->n += !str_is(one->name, "FCGI_ROLE");
    }
    return true;
}

/* What a web server may ask about us.  One connection carries one request;
 * how many connections are answered at once is a setting, which none of them
 * reads. */
static void
reply_values(struct wire *w)
{
    static const char mpxs[] = "\x0f\x01" "FCGI_MPXS_CONNS" "0";
    uint8_t r[WIRE_HEAD];
    struct pair p;
    bool asked = false;
    struct str s = { (const char *)w->small, w->small_n };
    while (s.n && take_pair(&s, &p))
        asked = asked || str_is(p.name, "FCGI_MPXS_CONNS");
    size_t n = asked ? sizeof mpxs - 1 : 0;
    put_head(r, GET_VALUES_RESULT, 0, n);
    buf_add(&w->reply, r, sizeof r);
    buf_add(&w->reply, mpxs, n);
}

static void
reply_unknown(struct wire *w, uint8_t type)
{
    uint8_t r[WIRE_HEAD + BODY] = { 0 };
    put_head(r, UNKNOWN_TYPE, 0, BODY);
    r[WIRE_HEAD] = type;
    buf_add(&w->reply, r, sizeof r);
}

/* ---- records ---- */

static unsigned
record_id(const struct wire *w)
{
    return (unsigned)w->head[2] << 8 | w->head[3];
}

/* A record of the request in hand? */
static bool
is_ours(const struct wire *w)
{
    return w->stage != WIRE_IDLE && record_id(w) == w->id;
}

static enum wire_event
begun(struct wire *w)
{
    unsigned id = record_id(w);
    int role = w->small[0] << 8 | w->small[1];
    bool keep = (w->small[2] & KEEP_CONN) != 0;
    if (w->small_n != BODY || is_ours(w))
        return WIRE_BROKEN;
    if (w->stage != WIRE_IDLE) {
        reply_end(w, id, CANT_MPX_CONN);
        return WIRE_MORE;
    }
    if (role != RESPONDER && role != AUTHORIZER) {
        reply_end(w, id, UNKNOWN_ROLE);
        return keep ? WIRE_MORE : WIRE_BROKEN;
    }
    w->stage = WIRE_IN_PARAMS;
    w->id = id;
    w->keep = keep;
    w->authorizer = role == AUTHORIZER;
    return WIRE_MORE;
}

/* The record is whole. An empty one ends its stream. */
static enum wire_event
record_ended(struct wire *w)
{
    uint8_t type = w->head[1];
    bool empty = w->head[4] == 0 && w->head[5] == 0;
    if (record_id(w) == 0) {
        if (type == GET_VALUES)
            reply_values(w);
        else
            reply_unknown(w, type);
        return WIRE_MORE;
    }
    if (type == BEGIN_REQUEST)
        return begun(w);
    if (!is_ours(w))
        return WIRE_MORE;
    if (type == ABORT_REQUEST)
        return WIRE_ABORTED;
    if (type == PARAMS && empty) {
        w->stage = WIRE_IN_BODY;
        return WIRE_PARAMS;
    }
    if (type == STDIN && empty) {
        w->stage = WIRE_WHOLE;
        return WIRE_ENDED;
    }
    return WIRE_MORE;
}

/* Is this where the record belongs? What is not of the request is skipped. */
static bool
in_place(const struct wire *w)
{
    if (w->head[0] != VERSION || w->reply.full)
        return false;
    if (!is_ours(w))
        return true;
    if (w->head[1] == PARAMS)
        return w->stage == WIRE_IN_PARAMS;
    return w->head[1] != STDIN || w->stage == WIRE_IN_BODY;
}

static void
content(struct wire *w, struct str s)
{
    uint8_t type = w->head[1];
    unsigned id = record_id(w);
    if ((id == 0 && type == GET_VALUES) || (id && type == BEGIN_REQUEST)) {
        s = str_head(s, sizeof w->small - w->small_n);
        memcpy(w->small + w->small_n, s.p, s.n);
        w->small_n += s.n;
    } else if (is_ours(w) && type == PARAMS) {
        buf_str(&w->params, s);
    } else if (is_ours(w) && type == STDIN) {
        s = str_head(s, w->body_max - w->body_n);
        if (s.n)
            memcpy(w->body + w->body_n, s.p, s.n);
        w->body_n += s.n;
    }
}

static struct str
take(struct str *input, size_t most)
{
    struct str s = str_head(*input, most);
    *input = str_from(*input, s.n);
    return s;
}

/* One record, or as much of it as there is; WIRE_MORE also when it is whole
 * and nothing has happened. */
static enum wire_event
feed_record(struct wire *w, struct str *input)
{
    if (w->head_n < WIRE_HEAD) {
        struct str s = take(input, WIRE_HEAD - w->head_n);
        memcpy(w->head + w->head_n, s.p, s.n);
        w->head_n += s.n;
        if (w->head_n < WIRE_HEAD)
            return WIRE_MORE;
        if (!in_place(w))
            return WIRE_BROKEN;
        w->left = (size_t)w->head[4] << 8 | w->head[5];
        w->pad = w->head[6];
        w->small_n = 0;
    }
    struct str s = take(input, w->left);
    w->left -= s.n;
    if (s.n)
        content(w, s);
    w->pad -= take(input, w->pad).n;
    if (w->params.full)
        return WIRE_BROKEN;
    if (w->left || w->pad)
        return WIRE_MORE;
    w->head_n = 0;
    return record_ended(w);
}

enum wire_event
wire_feed(struct wire *w, struct str *input)
{
    enum wire_event e = WIRE_MORE;
    while (input->n && e == WIRE_MORE)
        e = feed_record(w, input);
    return e;
}
