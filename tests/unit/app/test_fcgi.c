/* SPDX-License-Identifier: ISC */
/* One FastCGI connection: what a web server may send, what it should not, and
 * how slowly. */
#define _GNU_SOURCE /* MSG_DONTWAIT with a socket pair, usleep */
#include "app/fcgi_peer.h"

#include "base/clock.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
/* cmocka wants setjmp, stdarg and stdio before it */
#include <cmocka.h>

enum { BEGIN = 1, ABORT = 2, END = 3, PARAMS = 4, STDIN = 5, STDOUT = 6,
    DATA = 8, GET_VALUES = 9, GET_VALUES_RESULT = 10, UNKNOWN_TYPE = 11 };

/* Both ends of a connection. */
struct stage {
    struct arena *arena;
    struct peer *peer;
    int listen, web, stop;
};

static void
put(struct buf *b, int type, int id, const void *p, size_t n)
{
    const char head[8] = { 1, (char)type, (char)(id >> 8), (char)id,
        (char)(n >> 8), (char)n, 3, 0 }; /* three bytes of padding */
    buf_add(b, head, sizeof head);
    buf_add(b, p, n);
    buf_add(b, "pad", 3);
}

static void
put_begin(struct buf *b, int id, int role, int flags)
{
    const char body[8] = { 0, (char)role, (char)flags };
    put(b, BEGIN, id, body, sizeof body);
}

static void
put_pair(struct buf *b, const char *name, struct str value)
{
    size_t n = value.n;
    buf_char(b, (char)strlen(name));
    if (n < 128) {
        buf_char(b, (char)n);
    } else {
        const char four[4] = { (char)(0x80 | n >> 24), (char)(n >> 16),
            (char)(n >> 8), (char)n };
        buf_add(b, four, 4);
    }
    buf_cstr(b, name);
    buf_str(b, value);
}

/* A request with two parameters, one of them long. */
static void
put_request(struct buf *b, int role, int flags, struct str body)
{
    static char many[300];
    struct buf params;
    buf_init(&params, b->arena, BUF_MAX_FIELD);
    memset(many, 'v', sizeof many);
    put_pair(&params, "REQUEST_METHOD", STR("POST"));
    /* Apache says the role here, too; the record is what counts */
    put_pair(&params, "FCGI_ROLE", STR("AUTHORIZER"));
    put_pair(&params, "HTTP_LONG", (struct str){ many, sizeof many });
    put_begin(b, 7, role, flags);
    put(b, PARAMS, 7, params.p, params.n);
    put(b, PARAMS, 7, "", 0);
    if (body.n)
        put(b, STDIN, 7, body.p, body.n);
    put(b, STDIN, 7, "", 0);
}

static struct buf
new_buf(const struct stage *s)
{
    struct buf b;
    buf_init(&b, s->arena, BUF_MAX_PAGE);
    return b;
}

static void
web_send(const struct stage *s, const struct buf *b)
{
    assert_int_equal(send(s->web, b->p, b->n, 0), b->n);
}

/* Everything until the other side closes, or there is nothing for now. */
static struct str
web_read(const struct stage *s)
{
    struct buf b = new_buf(s);
    char piece[4096];
    ssize_t n;
    while ((n = recv(s->web, piece, sizeof piece, MSG_DONTWAIT)) > 0)
        buf_add(&b, piece, (size_t)n);
    return buf_view(&b);
}

/* The next record of what came; false at the end. */
static bool
next_record(struct str *all, int *type, int *id, struct str *content)
{
    const unsigned char *p = (const unsigned char *)all->p;
    if (all->n == 0)
        return false;
    assert_true(all->n >= 8 && p[0] == 1);
    size_t n = (size_t)p[4] << 8 | p[5];
    assert_true(all->n >= 8 + n + p[6]);
    *type = p[1];
    *id = p[2] << 8 | p[3];
    *content = str_head(str_from(*all, 8), n);
    *all = str_from(*all, 8 + n + p[6]);
    return true;
}

/* The output as it came, checked to end as it should. */
static struct str
output_of(const struct stage *s, struct str all)
{
    struct buf b = new_buf(s);
    int type = 0, id;
    struct str content;
    bool closed = false;
    while (next_record(&all, &type, &id, &content) && type != END) {
        assert_int_equal(type, STDOUT);
        assert_int_equal(id, 7);
        assert_false(closed);
        closed = content.n == 0;
        buf_str(&b, content);
    }
    assert_true(closed && type == END && all.n == 0);
    assert_memory_equal(content.p, "\0\0\0\0\0\0\0\0", 8);
    return buf_view(&b);
}

static void
connect_web(struct stage *s, struct sockaddr_un *addr, socklen_t n)
{
    s->web = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(connect(s->web, (struct sockaddr *)addr, n), 0);
    assert_int_equal(peer_accept(s->peer, s->listen), 0);
}

static int
setup(void **state)
{
    struct stage *s = calloc(1, sizeof *s);
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    socklen_t n = sizeof addr;
    s->arena = arena_new(1024);
    s->stop = eventfd(0, 0);
    s->peer = malloc(sizeof *s->peer);
    peer_init(s->peer, s->stop);
    s->listen = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    /* a name that only this process can have: the kernel makes one up */
    assert_int_equal(
        bind(s->listen, (struct sockaddr *)&addr, sizeof(sa_family_t)), 0);
    assert_int_equal(listen(s->listen, 4), 0);
    assert_int_equal(getsockname(s->listen, (struct sockaddr *)&addr, &n), 0);
    assert_int_equal(peer_accept(s->peer, s->listen), EAGAIN);
    connect_web(s, &addr, n);
    *state = s;
    return 0;
}

static int
teardown(void **state)
{
    struct stage *s = *state;
    peer_close(s->peer);
    close(s->web);
    close(s->listen);
    close(s->stop);
    free(s->peer);
    arena_free(s->arena);
    free(s);
    return 0;
}

/* One request as the server treats it; false: there was none. */
static bool
serve(struct stage *s, size_t n, struct str *body, const char *answer)
{
    struct pairs params;
    if (!peer_params(s->peer, s->arena, &params))
        return false;
    assert_int_equal(params.n, 3);
    assert_true(str_is(params.items[0].name, "FCGI_ROLE"));
    assert_true(str_is(params.items[0].value, "RESPONDER"));
    assert_true(str_is(params.items[1].name, "REQUEST_METHOD"));
    assert_true(str_is(params.items[1].value, "POST"));
    assert_int_equal(params.items[2].value.n, 300);
    *body = peer_body(s->peer, arena_alloc(s->arena, n), n);
    peer_answer(s->peer, STR("Status: 200\r\n\r\n"), str_cstr(answer));
    return true;
}

static void
test_request(void **state)
{
    struct stage *s = *state;
    struct buf b = new_buf(s);
    struct str body;
    put_request(&b, 1, 0, STR("hello"));
    web_send(s, &b);
    assert_true(serve(s, 5, &body, "answer"));
    assert_true(str_is(body, "hello"));
    assert_false(s->peer->wire.authorizer);
    assert_false(peer_finish(s->peer));
    for (size_t i = 0; i < sizeof s->peer->bytes; i++)
        assert_int_equal(s->peer->bytes[i], 0); /* nothing stays behind */
    assert_true(str_is(output_of(s, web_read(s)),
        "Status: 200\r\n\r\nanswer"));
}

static void
test_authorizer_without_end_of_body(void **state)
{
    struct stage *s = *state;
    struct buf b = new_buf(s);
    struct pairs params;
    put_begin(&b, 9, 2, 1);
    put(&b, PARAMS, 9, "", 0);
    web_send(s, &b);
    assert_true(peer_params(s->peer, s->arena, &params));
    assert_true(str_is(params.items[0].value, "AUTHORIZER"));
    peer_answer(s->peer, STR("Status: 200\r\n\r\n"), STR(""));
    int64_t began_us = clock_mono_us();
    assert_true(peer_finish(s->peer));
    assert_true(clock_mono_us() - began_us < PEER_LINGER_MS * 1000);
}

/* Byte by byte, as no web server does it. */
static void
test_pieces(void **state)
{
    struct stage *s = *state;
    struct buf b = new_buf(s), all = new_buf(s);
    struct wire *w = &s->peer->wire;
    put_request(&b, 1, 1, STR("hello"));
    put_request(&b, 1, 0, STR("again"));
    char room[5];
    int begun = 0, ended = 0;
    wire_request(w, s->arena);
    for (size_t i = 0; i < b.n; i++) {
        struct str one = { b.p + i, 1 };
        switch (wire_feed(w, &one)) {
        case WIRE_PARAMS:
            begun++;
            wire_body(w, room, sizeof room);
            break;
        case WIRE_ENDED:
            ended++;
            buf_add(&all, room, w->body_n);
            wire_request(w, s->arena);
            break;
        case WIRE_MORE:
            break;
        case WIRE_ABORTED:
        case WIRE_BROKEN:
            fail();
        }
    }
    assert_int_equal(begun, 2);
    assert_int_equal(ended, 2);
    assert_true(str_is(buf_view(&all), "helloagain"));
}

static void
test_kept(void **state)
{
    struct stage *s = *state;
    struct buf b = new_buf(s);
    struct str body;
    /* the second is there before the first is answered */
    put_request(&b, 1, 1, STR("one"));
    put_request(&b, 1, 1, STR("two"));
    web_send(s, &b);
    assert_true(serve(s, 3, &body, "1"));
    assert_true(str_is(body, "one"));
    assert_true(peer_finish(s->peer));
    assert_true(str_is(output_of(s, web_read(s)), "Status: 200\r\n\r\n1"));
    assert_true(serve(s, 3, &body, "2"));
    assert_true(str_is(body, "two"));
    assert_true(peer_finish(s->peer));
    assert_true(str_is(output_of(s, web_read(s)), "Status: 200\r\n\r\n2"));
    uint64_t one = 1;
    assert_int_equal(write(s->stop, &one, sizeof one), sizeof one);
    assert_false(serve(s, 3, &body, "3")); /* waits no longer */
}

/* Refused early: the rest of the body is read, or its sender would see a
 * closed connection instead of the answer. */
static void
test_body_not_read(void **state)
{
    struct stage *s = *state;
    static char large[60000];
    struct buf b = new_buf(s);
    struct str body;
    memset(large, 'x', sizeof large);
    put_request(&b, 1, 0, (struct str){ large, sizeof large });
    web_send(s, &b);
    assert_true(serve(s, 0, &body, "too large"));
    assert_false(peer_finish(s->peer));
    peer_close(s->peer);
    assert_true(str_is(output_of(s, web_read(s)),
        "Status: 200\r\n\r\ntoo large"));
    char end;
    assert_int_equal(recv(s->web, &end, 1, 0), 0); /* and not ECONNRESET */
}

static void
test_body_too_short(void **state)
{
    struct stage *s = *state;
    struct buf b = new_buf(s);
    struct str body;
    put_request(&b, 1, 0, STR("hell"));
    web_send(s, &b);
    assert_true(serve(s, 5, &body, ""));
    assert_true(str_is(body, "hell"));
}

static void *
reader(void *arg)
{
    const struct stage *s = arg;
    char piece[65536];
    size_t *n = malloc(sizeof *n);
    ssize_t got;
    *n = 0;
    while ((got = recv(s->web, piece, sizeof piece, 0)) > 0)
        *n += (size_t)got;
    return n;
}

static void
test_large_answer(void **state)
{
    enum { BYTES = 3000000 };
    struct stage *s = *state;
    struct buf b = new_buf(s);
    struct pairs params;
    pthread_t t;
    void *n;
    char *large = malloc(BYTES);
    memset(large, 'y', BYTES);
    put_request(&b, 1, 0, STR(""));
    web_send(s, &b);
    assert_int_equal(pthread_create(&t, NULL, reader, s), 0);
    assert_true(peer_params(s->peer, s->arena, &params));
    peer_answer(s->peer, STR("Status: 200\r\n\r\n"),
        (struct str){ large, BYTES });
    assert_false(peer_finish(s->peer));
    peer_close(s->peer);
    pthread_join(t, &n);
    size_t text = BYTES + 15;
    size_t records = (text + WIRE_RECORD_MOST - 1) / WIRE_RECORD_MOST;
    assert_int_equal(*(size_t *)n, text + records * WIRE_HEAD + WIRE_TAIL);
    free(n);
    free(large);
}

static void
test_client_gone(void **state)
{
    struct stage *s = *state;
    struct buf b = new_buf(s);
    struct str body;
    put_request(&b, 1, 1, STR(""));
    web_send(s, &b);
    close(s->web);
    s->web = -1;
    assert_true(serve(s, 0, &body, "nobody"));
    assert_false(peer_finish(s->peer));
}

/* ---- what a web server may ask ---- */

static void
test_values(void **state)
{
    struct stage *s = *state;
    struct buf b = new_buf(s), v = new_buf(s);
    struct str body;
    put_pair(&v, "FCGI_MPXS_CONNS", STR(""));
    put_pair(&v, "FCGI_WHATEVER", STR(""));
    put(&b, GET_VALUES, 0, v.p, v.n);
    put(&b, 99, 0, "?", 1);
    put_request(&b, 1, 0, STR(""));
    web_send(s, &b);
    assert_true(serve(s, 0, &body, ""));
    struct str all = web_read(s), content;
    int type, id;
    assert_true(next_record(&all, &type, &id, &content));
    assert_int_equal(type, GET_VALUES_RESULT);
    assert_int_equal(id, 0);
    assert_int_equal(content.n, 18);
    assert_memory_equal(content.p, "\x0f\x01" "FCGI_MPXS_CONNS0", 18);
    assert_true(next_record(&all, &type, &id, &content));
    assert_int_equal(type, UNKNOWN_TYPE);
    assert_int_equal(content.p[0], 99);
    assert_true(str_is(output_of(s, all), "Status: 200\r\n\r\n"));
}

static void
test_second_at_once(void **state)
{
    struct stage *s = *state;
    struct buf b = new_buf(s);
    struct str body;
    put_begin(&b, 7, 1, 1);
    put_begin(&b, 8, 1, 1);
    put(&b, PARAMS, 8, "nonsense", 8);
    put(&b, DATA, 7, "not for us", 10);
    struct buf rest = new_buf(s);
    put_request(&rest, 1, 1, STR("x"));
    buf_add(&b, rest.p + 19, rest.n - 19); /* without its begin */
    web_send(s, &b);
    assert_true(serve(s, 1, &body, "ok"));
    assert_true(str_is(body, "x"));
    struct str all = web_read(s), content;
    int type, id;
    assert_true(next_record(&all, &type, &id, &content));
    assert_int_equal(type, END);
    assert_int_equal(id, 8);
    assert_int_equal(content.p[4], 1); /* cannot multiplex */
    assert_true(str_is(output_of(s, all), "Status: 200\r\n\r\nok"));
}

static void
test_abort(void **state)
{
    struct stage *s = *state;
    struct buf b = new_buf(s);
    struct str body;
    put_begin(&b, 7, 1, 1);
    put(&b, ABORT, 7, "", 0);
    put_request(&b, 1, 1, STR(""));
    web_send(s, &b);
    assert_true(serve(s, 0, &body, "next"));
    struct str all = web_read(s), content;
    int type, id;
    assert_true(next_record(&all, &type, &id, &content));
    assert_int_equal(type, STDOUT);
    assert_int_equal(content.n, 0);
    assert_true(next_record(&all, &type, &id, &content));
    assert_int_equal(type, END);
    assert_true(str_is(output_of(s, all), "Status: 200\r\n\r\nnext"));
}

static void
test_role_we_have_not(void **state)
{
    struct stage *s = *state;
    struct buf b = new_buf(s);
    struct pairs params;
    put_begin(&b, 7, 3, 0);
    web_send(s, &b);
    assert_false(peer_params(s->peer, s->arena, &params));
    struct str all = web_read(s), content;
    int type, id;
    assert_true(next_record(&all, &type, &id, &content));
    assert_int_equal(type, END);
    assert_int_equal(content.p[4], 3);
}

/* ---- nonsense ---- */

/* Each ends the connection, and nothing worse. */
static void
test_broken(void **state)
{
    struct stage *s = *state;
    struct arena *a = s->arena;
    struct buf cases[9];
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        cases[i] = new_buf(s);
        if (i > 1)
            put_begin(&cases[i], 7, 1, 0);
    }
    buf_cstr(&cases[0], "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    put(&cases[1], BEGIN, 7, "\0\1", 2);      /* short */
    put_begin(&cases[2], 7, 1, 0);            /* twice */
    put(&cases[3], STDIN, 7, "early", 5);
    put(&cases[4], PARAMS, 7, "\x7f\x7f" "x", 3);   /* longer than is there */
    put(&cases[5], PARAMS, 7, "\x80", 1);
    put(&cases[6], PARAMS, 7, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
    char *pairs = arena_alloc(a, 65000); /* of nothing, too many */
    put(&cases[7], PARAMS, 7, pairs, 65000);
    for (int i = 0; i < 17; i++) /* more than WIRE_PARAMS_MOST */
        put(&cases[8], PARAMS, 7, pairs, 65000);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct wire w;
        struct pairs out;
        put(&cases[i], PARAMS, 7, "", 0);
        struct str input = buf_view(&cases[i]);
        wire_start(&w);
        wire_request(&w, a);
        enum wire_event e = wire_feed(&w, &input);
        bool taken = e == WIRE_PARAMS && wire_params(&w, a, &out);
        assert_false(taken);
        assert_true(e == WIRE_PARAMS || e == WIRE_BROKEN);
    }
}

/* A connection that never says anything holds its thread for a moment only. */
static void
test_silent(void **state)
{
    struct stage *s = *state;
    struct pairs params;
    int64_t began_us = clock_mono_us();
    assert_false(peer_params(s->peer, s->arena, &params));
    int64_t ms = (clock_mono_us() - began_us) / 1000;
    assert_in_range(ms, PEER_FIRST_MS - 100, PEER_REQUEST_MS - 1);
}

/* Half a request does not hold up the end of the server. */
static void
test_half_when_stopping(void **state)
{
    struct stage *s = *state;
    struct buf b = new_buf(s);
    struct pairs params;
    uint64_t one = 1;
    put_begin(&b, 7, 1, 0);
    web_send(s, &b);
    assert_int_equal(write(s->stop, &one, sizeof one), sizeof one);
    int64_t began_us = clock_mono_us();
    assert_false(peer_params(s->peer, s->arena, &params));
    int64_t ms = (clock_mono_us() - began_us) / 1000;
    assert_in_range(ms, PEER_HURRY_MS - 100, PEER_REQUEST_MS - 1);
}

/* Nor does a connection that is new; but a request may be on its way there, and
 * is not lost. */
static void
test_new_when_stopping(void **state)
{
    struct stage *s = *state;
    struct pairs params;
    uint64_t one = 1;
    assert_int_equal(write(s->stop, &one, sizeof one), sizeof one);
    int64_t began_us = clock_mono_us();
    assert_false(peer_params(s->peer, s->arena, &params));
    int64_t ms = (clock_mono_us() - began_us) / 1000;
    assert_in_range(ms, PEER_HURRY_MS - 100, PEER_REQUEST_MS - 1);
}

int
main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        WITH(test_request),
        WITH(test_authorizer_without_end_of_body),
        WITH(test_pieces),
        WITH(test_kept),
        WITH(test_body_not_read),
        WITH(test_body_too_short),
        WITH(test_large_answer),
        WITH(test_client_gone),
        WITH(test_values),
        WITH(test_second_at_once),
        WITH(test_abort),
        WITH(test_role_we_have_not),
        WITH(test_broken),
        WITH(test_silent),
        WITH(test_half_when_stopping),
        WITH(test_new_when_stopping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
