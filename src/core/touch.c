/* SPDX-License-Identifier: ISC */
#include "core/touch.h"

#include "base/clock.h"
#include "core/change.h"
#include "core/denied.h"
#include "core/hint.h"
#include "core/pace.h"
#include "core/tally.h"
#include "store/store_clock.h"
#include "store/store_key.h"
#include "store/store_rotation.h"
#include "store/store_user.h"
#include "text/when.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 4096, PROBES = 8, ADDRESS_MAX = 46, WORD_MAX = 80,
    AGENT_MAX = 120 };

enum touch_kind { TOUCH_FREE, TOUCH_KEY, TOUCH_SESSION, TOUCH_SECRET };

struct touch {
    enum touch_kind kind;
    int64_t id;        /* of the key, session or secret */
    int64_t other;     /* of the secret; of the user */
    int64_t workspace; /* last visited by the user, or 0 */
    int64_t at_s;      /* start of the minute; of a secret, to the second */
    int64_t calls;     /* with a secret, on the day of at_s */
    char address[ADDRESS_MAX + 1];
    char endpoint[WORD_MAX + 1];
    char model[WORD_MAX + 1];
    char agent[AGENT_MAX + 1];
};

struct touches {
    pthread_mutex_t lock;
    size_t waiting;
    struct tally *tally;
    struct pace *pace;
    struct hints *hints;
    struct denied *denied;
    struct touch slots[SLOTS];
};

struct touches *
touches_new(void)
{
    struct touches *t = calloc(1, sizeof *t);
    must(t != NULL);
    must(pthread_mutex_init(&t->lock, NULL) == 0);
    t->tally = tally_new();
    t->pace = pace_new();
    t->hints = hints_new();
    t->denied = denied_new();
    return t;
}

struct tally *
touches_tally(struct touches *t)
{
    return t->tally;
}

struct pace *
touches_pace(struct touches *t)
{
    return t->pace;
}

struct denied *
touches_denied(struct touches *t)
{
    return t->denied;
}

struct hints *
touches_hints(struct touches *t)
{
    return t->hints;
}

void
touches_free(struct touches *t)
{
    if (!t)
        return;
    pthread_mutex_destroy(&t->lock);
    tally_free(t->tally);
    pace_free(t->pace);
    hints_free(t->hints);
    denied_free(t->denied);
    free(t);
}

static void
copy_text(char *out, size_t room, struct str s)
{
    size_t n = s.n < room ? s.n : room;
    while (n && n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n--; /* no half character */
    if (n)
        memcpy(out, s.p, n);
    out[n] = '\0';
}

/* The slot of this thing, or a free one near its place; NULL: drop it. */
static struct touch *
slot_of(struct touches *t, enum touch_kind kind, int64_t id)
{
    size_t at = ((uint64_t)id * 2654435761u + (uint64_t)kind) % SLOTS;
    struct touch *room = NULL;
    for (size_t i = 0; i < PROBES; i++) {
        struct touch *s = &t->slots[(at + i) % SLOTS];
        if (s->kind == kind && s->id == id)
            return s;
        if (s->kind == TOUCH_FREE && !room)
            room = s;
    }
    return room;
}

static void
put(struct touches *t, const struct touch *what)
{
    pthread_mutex_lock(&t->lock);
    struct touch *s = slot_of(t, what->kind, what->id);
    if (s) {
        int64_t was_in = s->kind == TOUCH_FREE ? 0 : s->workspace;
        int64_t more = s->kind == TOUCH_FREE ||
                when_day_start(s->at_s) != when_day_start(what->at_s)
            ? 0 : s->calls;
        if (s->kind == TOUCH_FREE)
            t->waiting++;
        *s = *what;
        s->calls += more;
        if (!s->workspace) /* a page of no workspace: the last one stays */
            s->workspace = was_in;
    }
    pthread_mutex_unlock(&t->lock);
}

static int64_t
minute(int64_t s)
{
    return s - s % MINUTE_S;
}

void
touch_key(struct cx *cx, const struct key *k, int64_t secret_id,
    struct str address, struct str endpoint, struct str model)
{
    struct touch w = { .kind = TOUCH_KEY,
        .id = k->id,
        .other = secret_id,
        .at_s = minute(cx->now_s) };
    if (!cx->touches || k->used_s >= w.at_s)
        return;
    copy_text(w.address, ADDRESS_MAX, address);
    copy_text(w.endpoint, WORD_MAX, endpoint);
    copy_text(w.model, WORD_MAX, model);
    put(cx->touches, &w);
}

void
touch_secret(struct cx *cx, int64_t secret_id, struct str address,
    struct str agent)
{
    struct touch w = { .kind = TOUCH_SECRET,
        .id = secret_id,
        .at_s = cx->now_s,
        .calls = 1 };
    if (!cx->touches)
        return;
    copy_text(w.address, ADDRESS_MAX, address);
    copy_text(w.agent, AGENT_MAX, agent);
    put(cx->touches, &w);
}

void
touch_session(struct cx *cx, int64_t workspace_id)
{
    const struct actor *who = &cx->actor;
    struct touch w = { .kind = TOUCH_SESSION,
        .id = who->session.id,
        .other = who->user.id,
        .workspace = workspace_id,
        .at_s = minute(cx->now_s) };
    bool moved = workspace_id && workspace_id != who->user.last_workspace_id;
    if (!cx->touches || (who->session.seen_s >= w.at_s && !moved))
        return;
    put(cx->touches, &w);
}

static enum err_code
write_one(struct cx *cx, const struct touch *w)
{
    struct store *st = cx->store;
    if (w->kind == TOUCH_KEY)
        return store_key_used(st, w->id, w->other, w->at_s,
            str_cstr(w->address), str_cstr(w->endpoint), str_cstr(w->model));
    if (w->kind == TOUCH_SECRET) {
        struct secret_seen seen = { .secret_id = w->id, .at_s = w->at_s,
            .day_s = when_day_start(w->at_s), .calls = w->calls,
            .address = str_cstr(w->address), .agent = str_cstr(w->agent) };
        return store_rotation_seen(st, &seen);
    }
    enum err_code code = store_session_stamp(st, w->id, w->at_s);
    if (!code)
        code = store_user_stamp(st, w->other, w->at_s, w->workspace);
    return code;
}

/* Take what waits out of the table, into the arena. */
static size_t
take_all(struct cx *cx, struct touch **out)
{
    struct touches *t = cx->touches;
    size_t n = 0;
    pthread_mutex_lock(&t->lock);
    size_t room = t->waiting;
    pthread_mutex_unlock(&t->lock);
    /* outside of the lock: memory may run out */
    *out = arena_array(cx->arena, room, sizeof **out);
    pthread_mutex_lock(&t->lock);
    for (size_t i = 0; i < SLOTS && n < room; i++) {
        if (t->slots[i].kind == TOUCH_FREE)
            continue;
        (*out)[n++] = t->slots[i];
        t->slots[i].kind = TOUCH_FREE;
    }
    t->waiting -= n;
    pthread_mutex_unlock(&t->lock);
    return n;
}

enum err_code
touch_flush(struct cx *cx)
{
    struct touch *all;
    if (tally_flush(cx) || (cx->now_s % MINUTE_S == 0 && tally_prune(cx)))
        return cx->err.code;
    size_t n = take_all(cx, &all);
    if (n == 0)
        return ERR_OK;
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    for (size_t i = 0; i < n; i++)
        if (write_one(cx, &all[i]))
            return change_abort(cx);
    if (store_clock_see(cx->store, cx->now_s))
        return change_abort(cx);
    return change_commit(cx, AUDIT_NONE);
}

enum err_code
touch_clock(struct cx *cx)
{
    int64_t seen_s;
    if (store_clock_seen(cx->store, &seen_s))
        return cx->err.code;
    clock_not_before(seen_s);
    return ERR_OK;
}
