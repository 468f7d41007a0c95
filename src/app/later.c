/* SPDX-License-Identifier: ISC */
#include "app/later.h"

#include "api/refusal.h"
#include "app/metrics.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>

void
later_init(struct later *l, struct store *store)
{
    l->store = store;
    l->n = l->used = 0;
    l->busy = l->lost = false;
}

void
later_begin(struct later *l, const struct peer *p)
{
    l->lost = false;
    store_tx_later(l->store, peer_may_pack(p));
}

/* ---- what became of a call whose commit failed ---- */

#define LOST_HEAD "Status: %d\r\nContent-Type: application/json\r\n" \
    "Content-Length: %zu\r\nRetry-After: 1\r\nCache-Control: no-store\r\n" \
    "X-Content-Type-Options: nosniff\r\nX-Request-Id: %s\r\n" \
    "x-inference-id: %s\r\n\r\n"

struct lost {
    char head[sizeof LOST_HEAD + 2 * LATER_ID_MOST + 32];
    char body[REFUSAL_LOST_MOST + LATER_ID_MOST];
};

static void
lose(struct lost *t, const char *id)
{
    struct log_line line;
    int n = snprintf(t->head, sizeof t->head, LOST_HEAD,
        refusal_status(REASON_UNAVAILABLE),
        refusal_lost_body(id, t->body, sizeof t->body), id, id);
    must(n > 0 && (size_t)n < sizeof t->head);
    metrics_refused(reason_code(REASON_UNAVAILABLE));
    log_begin(&line, LOG_ERROR, "answer_lost");
    log_cstr(&line, "id", id);
    log_end(&line);
}

static void
send_lost(struct peer *p, const char *id)
{
    struct lost t;
    lose(&t, id);
    peer_answer(p, str_cstr(t.head), str_cstr(t.body));
}

static void
send_lost_packed(const struct waiting *w)
{
    struct lost t;
    char bytes[sizeof t + WIRE_HEAD + WIRE_TAIL];
    lose(&t, w->request_id);
    size_t n = peer_pack_bytes(w->wire_id, str_cstr(t.head),
        str_cstr(t.body), bytes, sizeof bytes);
    peer_send_packed(w->fd, bytes, n);
}

/* ---- settling ---- */

/* Both sleep now and then, and who sleeps settles: not again. */
static bool
settle(struct later *l)
{
    size_t at = 0;
    l->busy = true;
    bool ok = store_tx_settle(l->store);
    for (size_t i = 0; i < l->n; i++) {
        const struct waiting *w = &l->all[i];
        if (ok)
            peer_send_packed(w->fd, l->bytes + at, w->n);
        else
            send_lost_packed(w);
        at += w->n;
    }
    l->n = l->used = 0;
    l->busy = false;
    return ok;
}

bool
later_due(const struct later *l)
{
    return l->n == LATER_MOST ||
        (l->n && clock_mono_us() - l->since_us > LATER_US);
}

bool
later_waits(const struct later *l)
{
    return l->n || store_tx_waits(l->store);
}

void
later_settle(struct later *l)
{
    if (later_waits(l) && !l->busy && !settle(l))
        l->lost = true; /* the request in hand may have been among them */
}

/* false: it cannot wait. */
static bool
put(struct later *l, struct peer *p, struct str head, struct str body,
    struct str request_id)
{
    struct waiting *w = &l->all[l->n];
    if (l->n == LATER_MOST || request_id.n >= sizeof w->request_id)
        return false;
    w->wire_id = p->wire.id;
    w->n = peer_pack(p, head, body, l->bytes + l->used,
        sizeof l->bytes - l->used, &w->fd);
    if (!w->n)
        return false;
    memcpy(w->request_id, request_id.p, request_id.n);
    w->request_id[request_id.n] = '\0';
    if (l->n == 0)
        l->since_us = clock_mono_us();
    l->used += w->n;
    l->n++;
    return true;
}

void
later_answer(struct later *l, struct peer *p, struct str head,
    struct str body, struct str request_id)
{
    char id[LATER_ID_MOST];
    if (!store_tx_put_off(l->store)) {
        peer_answer(p, head, body);
        return;
    }
    if (!l->lost && put(l, p, head, body, request_id))
        return;
    if (settle(l) && !l->lost) {
        peer_answer(p, head, body);
        return;
    }
    (void)snprintf(id, sizeof id, "%.*s", STR_ARG(request_id));
    send_lost(p, id);
}
