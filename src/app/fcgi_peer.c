/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE /* accept4, explicit_bzero */
#include "app/fcgi_peer.h"

#include "base/clock.h"
#include "base/nap.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

void
peer_init(struct peer *p, int stop)
{
    *p = (struct peer){ .fd = -1, .stop = stop };
}

int
peer_accept(struct peer *p, int listen)
{
    int fd = accept4(listen, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return errno;
    must(p->fd < 0);
    p->fd = fd;
    p->kept = false;
    p->input = (struct str){ NULL, 0 };
    wire_start(&p->wire);
    return 0;
}

void
peer_close(struct peer *p)
{
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
}

/* ---- writing ---- */

static bool
wait_writable(const struct peer *p)
{
    struct pollfd f = { .fd = p->fd, .events = POLLOUT };
    int n;
    nap_begin();
    do
        n = poll(&f, 1, PEER_WRITE_MS);
    while (n < 0 && errno == EINTR);
    nap_end();
    return n > 0;
}

/* All of it, or the connection is of no use any more. */
static bool
send_all(struct peer *p, struct iovec *v, int n)
{
    while (n) {
        struct msghdr m = { .msg_iov = v, .msg_iovlen = (size_t)n };
        ssize_t done = sendmsg(p->fd, &m, MSG_NOSIGNAL);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0 && (errno != EAGAIN || !wait_writable(p)))
            return false;
        size_t left = done < 0 ? 0 : (size_t)done;
        for (; n && left >= v->iov_len; v++, n--)
            left -= v->iov_len;
        if (n) {
            v->iov_base = (char *)v->iov_base + left;
            v->iov_len -= left;
        }
    }
    return true;
}

static struct iovec
piece(const void *p, size_t n)
{
    return (struct iovec){ (void *)(uintptr_t)p, n };
}

static bool
send_replies(struct peer *p)
{
    struct buf *b = &p->wire.reply;
    struct iovec v = piece(b->p, b->n);
    bool ok = b->n == 0 || send_all(p, &v, 1);
    b->n = 0;
    return ok;
}

static struct str
cut_record(struct str *s, size_t most)
{
    struct str part = str_head(*s, most);
    *s = str_from(*s, part.n);
    return part;
}

void
peer_answer(struct peer *p, struct str head, struct str body)
{
    bool ok = send_replies(p);
    uint8_t record[WIRE_HEAD], tail[WIRE_TAIL];
    wire_tail(&p->wire, tail);
    while (ok && head.n + body.n) {
        struct str h = cut_record(&head, WIRE_RECORD_MOST);
        struct str b = cut_record(&body, WIRE_RECORD_MOST - h.n);
        bool last = head.n + body.n == 0;
        wire_head(&p->wire, h.n + b.n, record);
        struct iovec v[4] = { piece(record, sizeof record), piece(h.p, h.n),
            piece(b.p, b.n), piece(tail, last ? sizeof tail : 0) };
        ok = send_all(p, v, 4);
    }
    if (!ok) /* the web server is gone, and so is whoever asked it */
        peer_close(p);
}

/* ---- reading ---- */

/* Is nothing due?  So it is between two requests of a connection that is kept; a
 * new one was made for a request, which is on its way. */
static bool
is_resting(const struct peer *p)
{
    return p->wire.stage == WIRE_IDLE && p->kept && p->wire.head_n == 0;
}

/* How long to wait for more; -1: for ever. */
static int
patience(struct peer *p)
{
    bool idle = p->wire.stage == WIRE_IDLE;
    if (is_resting(p))
        return -1;
    int64_t now_us = clock_mono_us();
    if (!p->until_us)
        p->until_us = now_us + PEER_REQUEST_MS * INT64_C(1000);
    int64_t ms = (p->until_us - now_us + 999) / 1000;
    if (idle && ms > PEER_FIRST_MS)
        ms = PEER_FIRST_MS;
    return ms > 0 ? (int)ms : 0;
}

/* Something to read?  Not when time is over, or none is due and the server
 * stops. */
static bool
wait_readable(struct peer *p)
{
    bool hurry = false;
    for (;;) {
        struct pollfd f[2] = { { .fd = p->fd, .events = POLLIN },
            { .fd = hurry ? -1 : p->stop, .events = POLLIN } };
        nap_begin();
        int n = poll(f, 2, patience(p));
        nap_end();
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        if (f[0].revents)
            return true;
        if (is_resting(p))
            return false;
        hurry = true;
        int64_t soon_us = clock_mono_us() + PEER_HURRY_MS * INT64_C(1000);
        if (p->until_us > soon_us)
            p->until_us = soon_us;
    }
}

/* The next bytes; what was asked of us meanwhile is answered first, since the
 * web server may wait for it. */
static bool
receive(struct peer *p)
{
    if (!send_replies(p))
        return false;
    /* the web server is about to write what it connected for */
    bool soon = p->wire.stage == WIRE_IDLE && !p->kept;
    for (;;) {
        ssize_t n = read(p->fd, p->bytes, sizeof p->bytes);
        if (n > 0) {
            p->input = (struct str){ p->bytes, (size_t)n };
            if (p->dirty < p->input.n)
                p->dirty = p->input.n;
            return true;
        }
        if (n == 0)
            return false;
        if (errno == EAGAIN && soon) {
            soon = false;
            sched_yield();
            continue;
        }
        if (errno != EINTR && (errno != EAGAIN || !wait_readable(p)))
            return false;
    }
}

/* A request that was given up needs no more than its end. */
static bool
end_aborted(struct peer *p)
{
    uint8_t tail[WIRE_TAIL];
    wire_tail(&p->wire, tail);
    struct iovec v = piece(tail, sizeof tail);
    return send_replies(p) && send_all(p, &v, 1) && p->wire.keep;
}

bool
peer_params(struct peer *p, struct arena *a, struct pairs *out)
{
    wire_request(&p->wire, a);
    p->until_us = 0;
    for (;;) {
        if (p->input.n == 0 && !receive(p))
            return false;
        switch (wire_feed(&p->wire, &p->input)) {
        case WIRE_PARAMS:
            return wire_params(&p->wire, a, out);
        case WIRE_ABORTED:
            if (!end_aborted(p))
                return false;
            wire_request(&p->wire, a);
            p->until_us = 0;
            break;
        case WIRE_BROKEN:
            (void)send_replies(p);
            return false;
        case WIRE_MORE:
        case WIRE_ENDED:
            break;
        }
    }
}

struct str
peer_body(struct peer *p, char *room, size_t n)
{
    const struct wire *w = &p->wire;
    wire_body(&p->wire, room, n);
    enum wire_event e = WIRE_MORE;
    while (w->body_n < n && e == WIRE_MORE &&
        (p->input.n || receive(p)))
        e = wire_feed(&p->wire, &p->input);
    return (struct str){ room, w->body_n };
}

static bool
skip_rest(struct peer *p)
{
    const struct wire *w = &p->wire;
    enum wire_event e = WIRE_MORE;
    if (w->stage == WIRE_IN_BODY && p->input.n)
        e = wire_feed(&p->wire, &p->input);
    if (w->stage != WIRE_IN_BODY)
        return true;
    /* an authorizer need not be sent the end of a body */
    if (w->keep && w->authorizer)
        return true;
    if (!w->keep)
        (void)shutdown(p->fd, SHUT_WR);
    p->until_us = clock_mono_us() + PEER_LINGER_MS * INT64_C(1000);
    while (e == WIRE_MORE && receive(p))
        e = wire_feed(&p->wire, &p->input);
    return e == WIRE_ENDED;
}

/* A key or password does not stay behind; what came after it does. */
static void
wipe(struct peer *p)
{
    size_t used = p->input.n ? (size_t)(p->input.p - p->bytes) : p->dirty;
    explicit_bzero(p->bytes, used);
    p->dirty = p->input.n ? p->dirty : 0;
}

bool
peer_finish(struct peer *p)
{
    p->kept = p->fd >= 0 && skip_rest(p) && p->wire.keep;
    wipe(p);
    return p->kept;
}

/* ---- answers that are sent later ---- */

bool
peer_may_pack(const struct peer *p)
{
    return !p->wire.keep;
}

size_t
peer_pack_bytes(unsigned id, struct str head, struct str body, char *room,
    size_t most)
{
    const struct wire w = { .id = id };
    size_t n = head.n + body.n;
    if (n > WIRE_RECORD_MOST || most < n + WIRE_HEAD + WIRE_TAIL)
        return 0;
    wire_head(&w, n, (uint8_t *)room);
    memcpy(room + WIRE_HEAD, head.p, head.n);
    if (body.n)
        memcpy(room + WIRE_HEAD + head.n, body.p, body.n);
    wire_tail(&w, (uint8_t *)room + WIRE_HEAD + n);
    return n + WIRE_HEAD + WIRE_TAIL;
}

size_t
peer_pack(struct peer *p, struct str head, struct str body, char *room,
    size_t most, int *fd)
{
    if (p->wire.stage == WIRE_IN_BODY && p->input.n)
        (void)wire_feed(&p->wire, &p->input);
    if (p->wire.keep || p->wire.stage == WIRE_IN_BODY || p->wire.reply.n)
        return 0;
    size_t n = peer_pack_bytes(p->wire.id, head, body, room, most);
    if (n) {
        *fd = p->fd;
        p->fd = -1;
        wipe(p);
    }
    return n;
}

void
peer_send_packed(int fd, const char *bytes, size_t n)
{
    struct peer p = { .fd = fd };
    struct iovec v = piece(bytes, n);
    (void)send_all(&p, &v, 1);
    close(fd);
}
