/* SPDX-License-Identifier: ISC */
#include "core/denied.h"

#include "core/change.h"
#include "core/touch.h"
#include "secret/mac.h"
#include "store/store_attempt.h"
#include "store/store_workspace.h"
#include "text/utf8.h"
#include "text/when.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { ID_MAX = 40, NAME_MAX = 160, WHAT_MAX = 80, ADDRESS_MAX = 46 };

static const struct {
    const char *action, *reason;
} kinds[] = {
    [DENIED_PASSWORD] = { "session.refused", "wrong password" },
    [DENIED_DISABLED] = { "session.refused", "account disabled" },
    [DENIED_CODE] = { "session.refused", "wrong code" },
    [DENIED_WAIT] = { "session.refused", "too many tries" },
    [DENIED_CONFIRM] = { "session.confirm_refused",
        "wrong password or code" },
    [DENIED_RIGHT] = { "access.refused", "not allowed" },
    [DENIED_FOREIGN] = { "access.refused", "form of another site" },
    [DENIED_ELSEWHERE] = { "access.refused", "id of another workspace" },
};
_Static_assert(COUNT_OF(kinds) == DENIED_KIND_COUNT, "kinds");

/* One hour of one kind of attempt. */
struct hour {
    bool used, told; /* told: its first line is written */
    enum denied_kind kind;
    enum actor_kind actor; /* ACTOR_NONE: at an account */
    int64_t id;            /* of the account, or of the person or key */
    int64_t workspace_id;
    int64_t opened_s, last_s;
    int64_t first_s, n;    /* since the last line */
    char uuid[ID_MAX], name[NAME_MAX], what[WHAT_MAX];
    char address[ADDRESS_MAX], request_id[ID_MAX];
};

struct denied {
    pthread_mutex_t lock;
    size_t used; /* hours in use: with none, nobody looks through them */
    struct hour hours[DENIED_MOST];
    struct hour rest[DENIED_KIND_COUNT]; /* when those are full */
};

struct denied *
denied_new(void)
{
    struct denied *d = calloc(1, sizeof *d);
    must(d != NULL);
    must(pthread_mutex_init(&d->lock, NULL) == 0);
    return d;
}

void
denied_free(struct denied *d)
{
    pthread_mutex_destroy(&d->lock);
    free(d);
}

/* ---- counting ---- */

static void
copy_text(char *out, size_t room, struct str s)
{
    size_t n = s.n < room ? s.n : room - 1;
    while (n && n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n--; /* no half character */
    if (n)
        memcpy(out, s.p, n);
    out[n] = '\0';
}

static bool
is_same(const struct hour *a, const struct hour *b)
{
    return a->kind == b->kind && a->actor == b->actor && a->id == b->id &&
        a->workspace_id == b->workspace_id && strcmp(a->what, b->what) == 0;
}

/* Its hour, or a free one, or the one of all further ones of the kind. */
static struct hour *
hour_of(struct denied *d, const struct hour *like)
{
    struct hour *room = &d->rest[like->kind];
    for (size_t i = DENIED_MOST; i-- > 0;) {
        struct hour *h = &d->hours[i];
        if (h->used && is_same(h, like))
            return h;
        if (!h->used)
            room = h;
    }
    return room;
}

/* real: it happened; else this only takes as long. */
static void
count(struct cx *cx, struct hour *like, bool real)
{
    struct denied *d = touches_denied(cx->touches);
    copy_text(like->address, sizeof like->address, cx->address);
    copy_text(like->request_id, sizeof like->request_id, cx->request_id);
    pthread_mutex_lock(&d->lock);
    struct hour *h = hour_of(d, like);
    if (!real) {
        pthread_mutex_unlock(&d->lock);
        return;
    }
    bool together = h == &d->rest[like->kind];
    if (!h->used) {
        *h = together ? (struct hour){ .kind = like->kind } : *like;
        h->used = true;
        d->used++;
        h->opened_s = cx->now_s;
    }
    if (!together) { /* the newest place tells most */
        memcpy(h->address, like->address, sizeof h->address);
        memcpy(h->request_id, like->request_id, sizeof h->request_id);
    }
    if (!h->n++)
        h->first_s = cx->now_s;
    h->last_s = cx->now_s;
    pthread_mutex_unlock(&d->lock);
}

void
denied_account(struct cx *cx, enum denied_kind kind, const struct user *u)
{
    struct hour h = { .kind = kind, .id = u->id };
    if (cx->actor.kind == ACTOR_USER)
        h.actor = ACTOR_USER; /* their own, within a session */
    if (!cx->touches)
        return;
    if (u->id) {
        copy_text(h.uuid, sizeof h.uuid, u->uuid);
        copy_text(h.name, sizeof h.name, u->email);
    }
    count(cx, &h, true);
}

/* False: nobody who is counted. */
static bool
of_actor(struct cx *cx, enum denied_kind kind, struct str what,
    struct hour *h)
{
    const struct actor *who = &cx->actor;
    bool user = who->kind == ACTOR_USER;
    *h = (struct hour){ .kind = kind, .actor = who->kind,
        .id = user ? who->user.id : who->key.id,
        .workspace_id = user ? cx->ws.id : who->key.workspace_id };
    if (!cx->touches || (!user && who->kind != ACTOR_KEY))
        return false;
    copy_text(h->uuid, sizeof h->uuid,
        user ? who->user.uuid : who->key.prefix);
    copy_text(h->name, sizeof h->name, cx_actor_name(cx));
    copy_text(h->what, sizeof h->what, what);
    return true;
}

void
denied_actor(struct cx *cx, enum denied_kind kind, struct str what)
{
    struct hour h;
    if (of_actor(cx, kind, what, &h))
        count(cx, &h, true);
}

void
denied_missing(struct cx *cx, struct str id, struct str what)
{
    struct hour h;
    bool found;
    if (of_actor(cx, DENIED_ELSEWHERE, what, &h) &&
        !store_id_elsewhere(cx->store, id, h.workspace_id,
            h.actor == ACTOR_USER ? h.id : 0, &found))
        count(cx, &h, found);
}

/* ---- writing ---- */

/* What is due now: with the address of each, to take off what was written. */
struct due {
    struct hour h;
    struct hour *at;
};

static bool
is_over(const struct hour *h, int64_t now_s, bool all)
{
    return all || now_s >= h->opened_s + DENIED_WINDOW_S;
}

static struct hour *
hour_at(struct denied *d, size_t i)
{
    return i < DENIED_MOST ? &d->hours[i] : &d->rest[i - DENIED_MOST];
}

static void
let_go(struct denied *d, struct hour *h)
{
    h->used = h->told = false;
    d->used--;
}

static bool
is_due(const struct hour *h, int64_t now_s, bool all)
{
    return h->used && h->n && (!h->told || is_over(h, now_s, all));
}

/* Copies of what is due; hours that are over without are free again. */
static struct due *
find_due(struct cx *cx, struct denied *d, bool all, size_t *n)
{
    enum { ALL = DENIED_MOST + DENIED_KIND_COUNT };
    size_t room = 0;
    *n = 0;
    pthread_mutex_lock(&d->lock);
    for (size_t i = 0; d->used && i < ALL; i++)
        room += is_due(hour_at(d, i), cx->now_s, all);
    pthread_mutex_unlock(&d->lock);
    /* outside of the lock: memory may run out */
    struct due *out = arena_array(cx->arena, room, sizeof *out);
    pthread_mutex_lock(&d->lock);
    for (size_t i = 0; d->used && i < ALL; i++) {
        struct hour *h = hour_at(d, i);
        bool due = is_due(h, cx->now_s, all);
        if (due && *n < room)
            out[(*n)++] = (struct due){ *h, h };
        else if (!due && h->used && is_over(h, cx->now_s, all))
            let_go(d, h);
    }
    pthread_mutex_unlock(&d->lock);
    return out;
}

/* They stand in the log now. */
static void
take_off(struct cx *cx, struct denied *d, const struct due *due, size_t n,
    bool all)
{
    pthread_mutex_lock(&d->lock);
    for (size_t i = 0; i < n; i++) {
        struct hour *h = due[i].at;
        h->told = true;
        h->n -= due[i].h.n;
        if (due[i].h.n)
            h->first_s = h->last_s; /* of those that came meanwhile */
        if (is_over(h, cx->now_s, all) && !h->n)
            let_go(d, h);
    }
    pthread_mutex_unlock(&d->lock);
}

static struct val *
details_of(struct cx *cx, const struct hour *h)
{
    struct val *v = val_map(cx->arena);
    val_put_cstr(v, "reason", kinds[h->kind].reason);
    if (h->n < 2)
        return v;
    val_put_fmt(v, "times", "%" PRId64, h->n);
    val_put_str(v, "first", when_rfc3339(cx->arena, h->first_s));
    val_put_str(v, "last", when_rfc3339(cx->arena, h->last_s));
    return v;
}

/* As the actor was, for the line. */
static void
act_as(struct cx *cx, const struct hour *h)
{
    cx->actor.kind = h->actor;
    cx->address = arena_dup(cx->arena, str_cstr(h->address));
    cx->request_id = arena_dup(cx->arena, str_cstr(h->request_id));
    struct str id = arena_dup(cx->arena, str_cstr(h->uuid));
    struct str name = arena_dup(cx->arena, str_cstr(h->name));
    cx->actor.user = (struct user){ .uuid = id, .email = name };
    cx->actor.key = (struct key){ .prefix = id, .name = name };
}

/* In the open change: one line, in the log of this workspace. */
static enum err_code
tell_in(struct cx *cx, const struct hour *h, int64_t workspace_id)
{
    bool account = !h->what[0];
    struct audit_event event = { kinds[h->kind].action,
        account ? "user" : "address",
        arena_dup(cx->arena, str_cstr(account ? h->uuid : h->what)),
        arena_dup(cx->arena, str_cstr(account ? h->name : h->what)),
        details_of(cx, h) };
    if (account && !h->id)
        event.object_name = STR("no known account");
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    cx->ws.id = workspace_id;
    act_as(cx, h);
    enum err_code code = change_commit(cx, &event);
    cx->actor.kind = ACTOR_NONE;
    cx->ws.id = 0;
    return code;
}

/* The log of each workspace that this account is in; of none when it is in
 * none. */
static enum err_code
tell(struct cx *cx, const struct hour *h)
{
    int64_t in[DENIED_WORKSPACES] = { h->workspace_id };
    size_t n = 1;
    if (!h->workspace_id && h->id && h->actor != ACTOR_KEY &&
        store_workspace_ids(cx->store, h->id, DENIED_WORKSPACES, in, &n))
        return cx->err.code;
    in[0] = n ? in[0] : 0;
    for (size_t i = 0; i < (n ? n : 1); i++)
        if (tell_in(cx, h, in[i]))
            return cx->err.code;
    return ERR_OK;
}

/* Was the first line of this hour written by a process before this one?  The
 * count of tries keeps that (core/throttle.h prunes it). */
static enum err_code
is_told(struct cx *cx, const struct hour *h, bool *told)
{
    uint8_t mac[MAC_BYTES];
    struct attempt a;
    struct str parts[] = { STR("denied"), str_cstr(kinds[h->kind].reason),
        arena_fmt(cx->arena, "%d %" PRId64 " %" PRId64, (int)h->actor,
            h->id, h->workspace_id),
        str_cstr(h->what) };
    mac_make(cx->secrets, SUBKEY_ONCE, parts, COUNT_OF(parts), mac);
    struct str key = { (const char *)mac, MAC_BYTES };
    *told = false;
    if (store_attempt_find(cx->store, key, &a))
        return cx->err.code;
    *told = a.ends_s > cx->now_s;
    if (*told)
        return ERR_OK;
    a = (struct attempt){ .tries = 1,
        .ends_s = cx->now_s + DENIED_WINDOW_S };
    return store_attempt_put(cx->store, key, &a);
}

static enum err_code
write_due(struct cx *cx, struct due *due, size_t n, bool all)
{
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    for (size_t i = 0; i < n; i++) {
        struct hour *h = &due[i].h;
        bool told = h->told;
        if (!told && is_told(cx, h, &told))
            return change_abort(cx);
        /* told by another process: counted here until the hour is over */
        if (told && !is_over(h, cx->now_s, all))
            h->n = 0;
        else if (tell(cx, h))
            return change_abort(cx);
    }
    return change_commit(cx, AUDIT_NONE);
}

enum err_code
denied_flush(struct cx *cx, bool all)
{
    struct denied *d = touches_denied(cx->touches);
    size_t n;
    cx->actor.kind = ACTOR_NONE;
    struct due *due = find_due(cx, d, all, &n);
    if (n == 0)
        return ERR_OK;
    if (write_due(cx, due, n, all))
        return cx->err.code;
    take_off(cx, d, due, n, all);
    return ERR_OK;
}
