/* SPDX-License-Identifier: ISC */
#include "core/tally.h"

#include "base/log.h"
#include "core/change.h"
#include "core/touch.h"
#include "store/store_key.h"
#include "store/store_reserve.h"
#include "store/store_usage.h"
#include "text/when.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 2048, NAME_BYTES = 200, ADDRESS_BYTES = 46, ID_BYTES = 36 };

/* One kind; key_id 0: a free slot. */
struct kind {
    int64_t key_id, workspace_id;
    int64_t minute_s;
    int64_t n; /* not written yet */
    enum reason reason;
    char model[NAME_BYTES + 1], endpoint[NAME_BYTES + 1];
    char address[ADDRESS_BYTES + 1], request_id[ID_BYTES + 1];
};

struct tally {
    pthread_mutex_t lock;
    int64_t waiting; /* counts that are not written yet */
    int64_t lost;    /* counts for which there was no room */
    struct kind slots[SLOTS];
};

struct tally *
tally_new(void)
{
    struct tally *t = calloc(1, sizeof *t);
    must(t != NULL);
    must(pthread_mutex_init(&t->lock, NULL) == 0);
    return t;
}

void
tally_free(struct tally *t)
{
    if (!t)
        return;
    pthread_mutex_destroy(&t->lock);
    free(t);
}

/* ---- counting ---- */

static void
copy(char *out, size_t room, struct str s)
{
    s = str_head(s, room);
    if (s.n)
        memcpy(out, s.p, s.n);
    out[s.n] = '\0';
}

static bool
same_kind(const struct kind *a, const struct kind *b)
{
    return a->key_id == b->key_id && a->minute_s == b->minute_s &&
        a->reason == b->reason && strcmp(a->model, b->model) == 0 &&
        strcmp(a->endpoint, b->endpoint) == 0;
}

/* The slot of this kind; NULL: there is none, and *room is a free one or NULL,
 * *n_beside how many kinds this key has in this minute.  The walk is short
 * against the rest of a refusal. */
static struct kind *
find(struct tally *t, const struct kind *k, struct kind **room, int *n_beside)
{
    *room = NULL;
    *n_beside = 0;
    for (size_t i = 0; i < SLOTS; i++) {
        struct kind *s = &t->slots[i];
        if (same_kind(s, k))
            return s;
        /* a minute that is over and written makes room */
        bool old = s->minute_s < k->minute_s && s->n == 0;
        if (!*room && (s->key_id == 0 || old))
            *room = s;
        *n_beside += s->key_id == k->key_id && s->minute_s == k->minute_s;
    }
    return NULL;
}

/* The lock is held. */
static void
put(struct tally *t, struct kind *k)
{
    int n_beside;
    struct kind *room, *s = find(t, k, &room, &n_beside);
    if (!s && (n_beside >= TALLY_KINDS - 1 || !room)) {
        /* the last kind of a key takes in all others */
        k->model[0] = k->endpoint[0] = '\0';
        s = find(t, k, &room, &n_beside);
    }
    if (s)
        s->n += k->n;
    else if (room)
        *room = *k;
    else
        t->lost += k->n;
    if (s || room)
        t->waiting += k->n;
}

/* Names come from the caller: only those that are known here are kept. */
static struct str
known_model(struct cx *cx, const struct call *call, const struct key *k)
{
    struct gate_model m = { 0 };
    if (call->model.n == 0)
        return STR("");
    if (store_gate_model(cx->store, k, call->model, &m)) {
        err_init(&cx->err, cx->arena); /* it is only a name */
        return STR("");
    }
    return m.id ? call->model : STR("");
}

void
tally_refused(struct cx *cx, const struct call *call,
    const struct decision *d)
{
    struct tally *t = cx->touches ? touches_tally(cx->touches) : NULL;
    if (!t)
        return;
    struct kind k = { .key_id = d->key.id,
        .workspace_id = d->key.workspace_id,
        .minute_s = cx->now_s - cx->now_s % MINUTE_S,
        .n = 1,
        .reason = d->reason };
    copy(k.model, NAME_BYTES, known_model(cx, call, &d->key));
    copy(k.endpoint, NAME_BYTES,
        key_endpoint_known(call->endpoint) ? call->endpoint : STR(""));
    copy(k.address, ADDRESS_BYTES, call->address_text);
    copy(k.request_id, ID_BYTES, cx->request_id);
    pthread_mutex_lock(&t->lock);
    put(t, &k);
    pthread_mutex_unlock(&t->lock);
}

/* ---- writing ---- */

static size_t
take_all(struct cx *cx, struct tally *t, struct kind **out, int64_t *lost)
{
    size_t n = 0;
    *out = NULL;
    pthread_mutex_lock(&t->lock);
    *lost = t->lost;
    t->lost = 0;
    if (t->waiting) {
        *out = arena_array(cx->arena, SLOTS, sizeof **out);
        for (size_t i = 0; i < SLOTS; i++)
            if (t->slots[i].n) {
                (*out)[n++] = t->slots[i];
                t->slots[i].n = 0;
            }
        t->waiting = 0;
    }
    pthread_mutex_unlock(&t->lock);
    return n;
}

static void
put_back(struct tally *t, struct kind *all, size_t n)
{
    pthread_mutex_lock(&t->lock);
    for (size_t i = 0; i < n; i++)
        put(t, &all[i]);
    pthread_mutex_unlock(&t->lock);
}

static enum err_code
write_one(struct cx *cx, const struct kind *k)
{
    const char *reason = reason_code(k->reason);
    struct usage_sum sum = { .refused = k->n };
    struct usage_event e = { .workspace_id = k->workspace_id,
        .key_id = k->key_id,
        .event_id = arena_fmt(cx->arena, "refused %" PRId64 " %s %s %s",
            k->minute_s, reason, k->model, k->endpoint),
        .at_ms = k->minute_s * 1000,
        .model = str_cstr(k->model),
        .endpoint = str_cstr(k->endpoint),
        .reason = str_cstr(reason),
        .address = str_cstr(k->address),
        .request_id = str_cstr(k->request_id) };
    if (store_refused_event_add(cx->store, &e, k->n))
        return cx->err.code;
    return store_usage_sum(cx->store, &e, &sum);
}

static enum err_code
write_all(struct cx *cx, const struct kind *all, size_t n)
{
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    for (size_t i = 0; i < n; i++)
        if (write_one(cx, &all[i]))
            return change_abort(cx);
    return change_commit(cx, AUDIT_NONE);
}

enum err_code
tally_flush(struct cx *cx)
{
    struct kind *all;
    int64_t lost;
    struct tally *t = touches_tally(cx->touches);
    size_t n = take_all(cx, t, &all, &lost);
    if (lost) {
        struct log_line l;
        log_begin(&l, LOG_WARN, "refusals_not_counted");
        log_int(&l, "n", lost);
        log_end(&l);
    }
    if (n && write_all(cx, all, n))
        put_back(t, all, n);
    return cx->err.code;
}
