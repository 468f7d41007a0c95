/* SPDX-License-Identifier: ISC */
#include "core/tally.h"

#include "base/log.h"
#include "core/change.h"
#include "core/touch.h"
#include "core/trace.h"
#include "store/store_key.h"
#include "store/store_request.h"
#include "store/store_reserve.h"
#include "store/store_usage.h"
#include "text/when.h"

#include <inttypes.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 2048, PLACES = 512, NAME_BYTES = 200, ADDRESS_BYTES = 46, ID_BYTES = 36 };

/* One kind; key_id 0: a free slot. */
struct kind {
    int64_t key_id, workspace_id;
    int64_t minute_s;
    int64_t n;       /* not written yet */
    int64_t kept;    /* of these, with a trace */
    int all_kept;    /* the same, those written too */
    enum reason reason;
    char model[NAME_BYTES + 1], endpoint[NAME_BYTES + 1];
    char address[ADDRESS_BYTES + 1], request_id[ID_BYTES + 1];
};

/* A refusal with its trace, waiting to be written; its texts lie behind it in
 * the same piece of memory. */
struct waiting {
    struct waiting *next;
    struct refused_call call;
};

/* How many traces of a workspace were kept in a minute. */
struct place {
    int64_t workspace_id, minute_s;
    int n;
};

struct tally {
    pthread_mutex_t lock;
    struct waiting *first, **last;
    int n_traces; /* in that list, or promised to it */
    struct place places[PLACES];
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
    t->last = &t->first;
    return t;
}

static void
drop_traces(struct waiting *w)
{
    while (w) {
        struct waiting *next = w->next;
        free(w);
        w = next;
    }
}

void
tally_free(struct tally *t)
{
    if (!t)
        return;
    pthread_mutex_destroy(&t->lock);
    drop_traces(t->first);
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

/* The lock is held.  The slot that took it in; NULL: there was no room. */
static struct kind *
put(struct tally *t, struct kind *k)
{
    int n_beside;
    struct kind *room, *s = find(t, k, &room, &n_beside);
    if (!s && (n_beside >= TALLY_KINDS - 1 || !room)) {
        /* the last kind of a key takes in all others */
        k->model[0] = k->endpoint[0] = '\0';
        s = find(t, k, &room, &n_beside);
    }
    if (s) {
        s->n += k->n;
        s->kept += k->kept;
    } else if (room) {
        *room = *k;
        s = room;
    } else {
        t->lost += k->n;
    }
    if (s)
        t->waiting += k->n;
    return s;
}

/* ---- traces ---- */

/* The count of a workspace in this minute; NULL: too many workspaces. */
static struct place *
place_of(struct tally *t, int64_t workspace_id, int64_t minute_s)
{
    struct place *room = NULL;
    for (size_t i = 0; i < PLACES; i++) {
        struct place *p = &t->places[i];
        if (p->workspace_id == workspace_id && p->minute_s == minute_s)
            return p;
        if (!room && p->minute_s < minute_s)
            room = p;
    }
    if (room)
        *room = (struct place){ workspace_id, minute_s, 0 };
    return room;
}

/* May this refusal have a trace?  Then it is counted as kept.  The lock is
 * held. */
static bool
promise(struct tally *t, struct kind *s)
{
    struct place *p = NULL;
    if (s && s->all_kept < TALLY_TRACES_KIND && t->n_traces < TALLY_TRACES)
        p = place_of(t, s->workspace_id, s->minute_s);
    if (!p || p->n >= TALLY_TRACES_MINUTE)
        return false;
    p->n++;
    s->kept++;
    s->all_kept++;
    t->n_traces++;
    return true;
}

static struct waiting *
waiting_new(const struct refused_call *c)
{
    struct waiting *w;
    const size_t texts[] = { offsetof(struct refused_call, request_id),
        offsetof(struct refused_call, model),
        offsetof(struct refused_call, endpoint),
        offsetof(struct refused_call, deployment),
        offsetof(struct refused_call, address),
        offsetof(struct refused_call, reason),
        offsetof(struct refused_call, message),
        offsetof(struct refused_call, trace) };
    size_t bytes = sizeof *w;
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        bytes += ((const struct str *)((const char *)c + texts[i]))->n;
    w = malloc(bytes);
    if (!w)
        memory_ran_out();
    *w = (struct waiting){ NULL, *c };
    char *at = (char *)(w + 1);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct str *s = (struct str *)((char *)&w->call + texts[i]);
        if (s->n)
            memcpy(at, s->p, s->n);
        s->p = at;
        at += s->n;
    }
    return w;
}

struct refusal {
    struct cx *cx;
    struct tally *t;
    const struct call *call;
    const struct decision *d;
};

static void
keep(void *arg)
{
    const struct refusal *r = arg;
    struct cx *cx = r->cx;
    struct tally *t = r->t;
    const struct call *call = r->call;
    const struct decision *d = r->d;
    struct refused_call c = { .workspace_id = d->key.workspace_id,
        .key_id = d->key.id,
        .at_ms = cx->now_s * 1000 + cx->sub_ms,
        .request_id = cx->request_id,
        .model = trace_name(call->model),
        .endpoint = trace_name(call->endpoint),
        .deployment = trace_name(call->deployment),
        .address = call->address_text,
        .reason = str_cstr(reason_code(d->reason)),
        .message = d->message,
        .trace = trace_write(cx, call, d) };
    struct waiting *w = waiting_new(&c);
    pthread_mutex_lock(&t->lock);
    *t->last = w;
    t->last = &w->next;
    pthread_mutex_unlock(&t->lock);
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
    bool kept = promise(t, put(t, &k));
    pthread_mutex_unlock(&t->lock);
    if (!kept)
        return;
    struct refusal r = { cx, t, call, d };
    if (memory_try(keep, &r))
        return;
    pthread_mutex_lock(&t->lock);
    t->n_traces--; /* what was promised does not come */
    pthread_mutex_unlock(&t->lock);
    memory_ran_out();
}

/* ---- writing ---- */

static struct waiting *
take_traces(struct tally *t)
{
    pthread_mutex_lock(&t->lock);
    struct waiting *first = t->first;
    t->first = NULL;
    t->last = &t->first;
    for (struct waiting *w = first; w; w = w->next)
        t->n_traces--;
    pthread_mutex_unlock(&t->lock);
    return first;
}

static void
put_back_traces(struct tally *t, struct waiting *first)
{
    struct waiting **last = &first;
    if (!first)
        return;
    pthread_mutex_lock(&t->lock);
    for (; *last; last = &(*last)->next)
        t->n_traces++;
    *last = t->first;
    if (!t->first)
        t->last = last;
    t->first = first;
    pthread_mutex_unlock(&t->lock);
}

static size_t
take_all(struct cx *cx, struct tally *t, struct kind **out, int64_t *lost)
{
    size_t n = 0;
    *out = NULL;
    pthread_mutex_lock(&t->lock);
    bool any = t->waiting > 0;
    pthread_mutex_unlock(&t->lock);
    if (any) /* outside of the lock: memory may run out */
        *out = arena_array(cx->arena, SLOTS, sizeof **out);
    pthread_mutex_lock(&t->lock);
    *lost = t->lost;
    t->lost = 0;
    if (any) {
        for (size_t i = 0; i < SLOTS; i++)
            if (t->slots[i].n) {
                (*out)[n++] = t->slots[i];
                t->slots[i].n = t->slots[i].kept = 0;
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
        (void)put(t, &all[i]);
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
    if (store_refused_event_add(cx->store, &e, k->n, k->kept))
        return cx->err.code;
    return store_usage_sum(cx->store, &e, &sum);
}

/* Those among the oldest that were kept long enough. */
static enum err_code
prune(struct cx *cx, int64_t most)
{
    return store_refused_prune(cx->store,
        (cx->now_s - REFUSALS_KEPT_DAYS * (int64_t)DAY_S) * 1000, most);
}

static enum err_code
write_all(struct cx *cx, const struct kind *all, size_t n,
    const struct waiting *traces)
{
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    int64_t most = 0;
    for (; traces; traces = traces->next, most += 2)
        if (store_refused_insert(cx->store, &traces->call))
            return change_abort(cx);
    /* twice as many go as come, so the table stays within its days */
    if (most && prune(cx, most))
        return change_abort(cx);
    for (size_t i = 0; i < n; i++)
        if (write_one(cx, &all[i]))
            return change_abort(cx);
    return change_commit(cx, AUDIT_NONE);
}

struct batch {
    struct cx *cx;
    const struct kind *all;
    size_t n;
    const struct waiting *traces;
};

static void
write_batch(void *arg)
{
    const struct batch *b = arg;
    (void)write_all(b->cx, b->all, b->n, b->traces);
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
    struct waiting *traces = take_traces(t);
    struct batch b = { cx, all, n, traces };
    bool whole = (!n && !traces) || memory_try(write_batch, &b);
    if (whole && !cx->err.code) {
        drop_traces(traces);
        return ERR_OK;
    }
    put_back(t, all, n);
    put_back_traces(t, traces);
    if (!whole)
        memory_ran_out();
    return cx->err.code;
}

enum err_code
tally_prune(struct cx *cx)
{
    enum { STEP = 500 };
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (prune(cx, STEP))
        return change_abort(cx);
    return change_commit(cx, AUDIT_NONE);
}
