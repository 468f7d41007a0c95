/* SPDX-License-Identifier: ISC */
#include "core/since.h"

#include "core/freeze.h"
#include "core/key.h"
#include "core/member.h"
#include "core/operator.h"
#include "core/people.h"
#include "core/rotation.h"
#include "core/service.h"
#include "core/webhook.h"
#include "core/workspace.h"
#include "store/store_workspace.h"

/* What is done, while it is done. */
struct end {
    struct cx *cx;
    struct since *s;
    const struct since_thing *t;
    struct restored *out;
    const struct since_line **kept_end, **look_end;
};

static const char *const objects[] = {
    [SINCE_KEY] = "key",
    [SINCE_SERVICE] = "service account",
    [SINCE_MEMBER] = "member",
    [SINCE_PERSON] = "person",
    [SINCE_WEBHOOK] = "webhook",
    [SINCE_WORKSPACE] = "workspace",
};

/* A line on the thing of now, in memory that stays. */
static struct since_line *
line_of(struct end *e, struct str what)
{
    struct since_line *l = ARENA_NEW(e->s->keep, struct since_line);
    l->object = objects[e->t->about];
    l->workspace = arena_dup(e->s->keep, e->cx->ws.slug);
    l->id = e->t->about == SINCE_WORKSPACE ? l->workspace : e->t->id;
    l->name = e->t->about == SINCE_WORKSPACE
        ? arena_dup(e->s->keep, e->cx->ws.name)
        : e->t->name;
    l->what = arena_dup(e->s->keep, what);
    return l;
}

static void
kept(struct end *e, int64_t *count, struct str what)
{
    struct since_line *l = line_of(e, what);
    *e->kept_end = l;
    e->kept_end = &l->next;
    (*count)++;
}

static void
look(struct end *e, struct str what)
{
    struct since_line *l = line_of(e, what);
    *e->look_end = l;
    e->look_end = &l->next;
    e->out->to_look++;
}

/* The change of `what` gave this code: it is counted, or a rule refuses it and
 * a person has to look.  What the backup does not know needs no end.  Returns
 * the errors that are left. */
static enum err_code
settle(struct end *e, enum err_code code, int64_t *count, struct str what)
{
    struct err *err = &e->cx->err;
    if (code == ERR_OK) {
        kept(e, count, what);
        return ERR_OK;
    }
    if (code == ERR_INVALID || code == ERR_FORBIDDEN || code == ERR_CONFLICT)
        look(e, arena_fmt(e->s->keep, "not %.*s: %.*s", STR_ARG(what),
            STR_ARG(err->n_fields ? err->fields[0].msg : err->msg)));
    else if (code != ERR_NOT_FOUND)
        return code;
    err_init(err, e->cx->arena);
    return ERR_OK;
}

/* Was it found?  That it was not is no error; others stay in cx->err. */
static bool
is_there(struct end *e, enum err_code code)
{
    if (code == ERR_NOT_FOUND)
        err_init(&e->cx->err, e->cx->arena);
    return code == ERR_OK;
}

/* ---- keys ---- */

/* Is the secret that the backup has one that passes no more? */
static bool
secret_is_over(const struct since_thing *t, const struct key *k,
    int64_t now_s)
{
    if (key_waits(k))
        return false; /* it has none */
    /* the secret that went on ended by its time, the other by hand */
    return t->is & (SINCE_LEAKED | SINCE_ROTATED) ||
        (t->is & SINCE_UNDONE && k->old_ends_s <= now_s);
}

/* Why it passes no more; empty: it may go on. */
static struct str
why_off(const struct since_thing *t, bool secret_over)
{
    if (secret_over && t->is & SINCE_LEAKED)
        return STR("disabled, as it leaked: rotate it, then enable it");
    if (secret_over)
        return STR("disabled, as its secret was rotated and the new one is "
                   "not in the backup: rotate it, then enable it");
    if (t->is & SINCE_LEFT)
        return STR("disabled, as its owner left: give it to somebody, then "
                   "enable it");
    return t->is & SINCE_OFF ? STR("disabled") : STR("");
}

/* A new secret that nobody is told takes the place of all there are: or who
 * enables the key, or rotates it with an overlap, lets the old one in. */
static enum err_code
drop_secret(struct end *e)
{
    struct rotate_in in = { .overlap = KEY_OVERLAP_NONE };
    struct str text;
    struct key now_is;
    return settle(e, key_rotate(e->cx, e->t->id, &in, &text, &now_is),
        &e->out->secrets, STR("secret ended"));
}

/* The end of an old secret that the backup has still. */
static enum err_code
end_old(struct end *e, const struct key *k)
{
    const struct since_thing *t = e->t;
    struct cx *cx = e->cx;
    struct key now_is;
    int64_t *count = &e->out->secrets;
    struct rotation_in in = { .ends = ROTATION_DATE, .ends_on = t->at_s };
    if (k->old_ends_s <= cx->now_s)
        return ERR_OK;
    if (t->is & SINCE_UNDONE)
        return settle(e, rotation_undo(cx, t->id, &now_is), count,
            STR("newer secret ended, as its rotation was taken back"));
    bool planned = t->is & SINCE_PLANNED;
    if (t->is & SINCE_OLD_ENDED || (planned && t->at_s <= cx->now_s))
        return settle(e, key_end_old(cx, t->id), count,
            STR("old secret ended"));
    if (!planned || t->at_s >= k->old_ends_s)
        return ERR_OK;
    return settle(e, rotation_plan(cx, t->id, &in, &now_is), count,
        STR("end of the old secret set, as before"));
}

static enum err_code
end_key(struct end *e)
{
    const struct since_thing *t = e->t;
    struct key k;
    if (!is_there(e, key_get(e->cx, t->id, &k)) || k.revoked_s)
        return e->cx->err.code;
    if (t->is & SINCE_REVOKED)
        return settle(e, key_revoke(e->cx, t->id, false, STR(""), &k),
            &e->out->revoked, STR("revoked"));
    bool over = secret_is_over(t, &k, e->cx->now_s);
    /* no secret can take the place of one that somebody may let in again by a
     * later expiry */
    if (over && key_status(&k, e->cx->now_s) == KEY_EXPIRED)
        return settle(e, key_revoke(e->cx, t->id, false, STR(""), &k),
            &e->out->revoked, STR("revoked, as it expired and its secret "
                                  "was rotated or leaked"));
    struct str off = why_off(t, over);
    if ((over ? drop_secret(e) : end_old(e, &k)) ||
        (off.n && !k.disabled_s &&
            settle(e, key_disable(e->cx, t->id, &k), &e->out->disabled, off)))
        return e->cx->err.code;
    if (t->changes.n)
        look(e, t->changes);
    return ERR_OK;
}

/* ---- who is in a workspace ---- */

/* Its keys were revoked just now, or handed to somebody whom a log does not
 * name: then it stays, and is told. */
static enum err_code
end_service(struct end *e)
{
    struct service_account s;
    struct fate_in in = { .fate = FATE_HAND_OVER };
    if (!is_there(e, service_get(e->cx, e->t->id, &s)))
        return e->cx->err.code;
    return settle(e, service_remove(e->cx, e->t->id, &in), &e->out->others,
        STR("removed"));
}

static enum err_code
end_member(struct end *e)
{
    const struct since_thing *t = e->t;
    struct fate_in later = { .fate = FATE_LATER };
    struct member m;
    struct cx *cx = e->cx;
    if (!is_there(e, member_get(cx, t->id, &m)) || m.role == t->role)
        return cx->err.code;
    struct str role = str_cstr(role_name(t->role));
    if (t->role == ROLE_NONE)
        return settle(e, member_remove(cx, t->id, &later), &e->out->people,
            STR("removed; what becomes of their keys is asked on the page "
                "Members"));
    if (m.role > t->role)
        return settle(e, member_set_role(cx, t->id, t->role),
            &e->out->people,
            arena_fmt(cx->arena, "made %.*s", STR_ARG(role)));
    look(e, arena_fmt(cx->arena, "was made %.*s", STR_ARG(role)));
    return ERR_OK;
}

static enum err_code
end_person(struct end *e)
{
    const struct since_thing *t = e->t;
    struct workspace *alone;
    struct user u;
    size_t n;
    struct cx *cx = e->cx;
    int64_t *count = &e->out->people;
    if (!is_there(e, people_get(cx, t->id, &u)))
        return cx->err.code;
    if (t->is & SINCE_NO_OPERATOR && u.operator &&
        settle(e, operator_set(cx, &u, false), count,
            STR("is no operator any more")))
        return cx->err.code;
    if (t->is & SINCE_OFF && !u.disabled_s &&
        settle(e, people_disable(cx, &u, &alone, &n), count,
            STR("disabled")))
        return cx->err.code;
    if (t->changes.n)
        look(e, t->changes);
    return ERR_OK;
}

static enum err_code
end_webhook(struct end *e)
{
    const struct since_thing *t = e->t;
    struct webhook w;
    struct cx *cx = e->cx;
    if (!is_there(e, webhook_get(cx, t->id, &w)))
        return cx->err.code;
    if (t->is & SINCE_GONE)
        return settle(e, webhook_remove(cx, t->id), &e->out->others,
            STR("removed"));
    if (t->is & SINCE_OFF && !w.paused_s &&
        settle(e, webhook_pause(cx, t->id, true), &e->out->others,
            STR("paused")))
        return cx->err.code;
    if (t->changes.n)
        look(e, t->changes);
    return ERR_OK;
}

/* ---- workspaces ---- */

/* With the reason that callers read, and no longer than it was to last. */
static enum err_code
freeze(struct end *e)
{
    const struct since_thing *t = e->t;
    struct cx *cx = e->cx;
    struct workspace w = cx->ws;
    struct freeze_in in = { .why = t->why, .until = t->at_s,
        .lasts = t->at_s ? FREEZE_DATE : FREEZE_OPEN };
    in.set.present = (uint64_t)1 << field_index(freeze_fields, STR("until"));
    workspace_thaw_if_over(cx, &w);
    if (t->at_s && t->at_s <= cx->now_s)
        return ERR_OK; /* that is over */
    bool longer = t->at_s ? w.frozen_until_s && w.frozen_until_s < t->at_s
                          : w.frozen_until_s != 0;
    if (w.frozen_s && !longer)
        return ERR_OK;
    struct str slug = w.slug;
    if (w.frozen_s && thaw_any(cx, slug))
        return cx->err.code;
    return settle(e, freeze_any(cx, slug, &in), &e->out->workspaces,
        arena_fmt(cx->arena, "frozen: %.*s (keylodge workspace thaw %.*s "
                             "lifts it)", STR_ARG(t->why), STR_ARG(slug)));
}

static enum err_code
end_workspace(struct end *e)
{
    const struct since_thing *t = e->t;
    struct cx *cx = e->cx;
    struct str slug = cx->ws.slug;
    if (cx->ws.deleted_s)
        return ERR_OK; /* as in the backup */
    if (t->is & SINCE_DELETED)
        return settle(e, workspace_delete(cx, STR("")), &e->out->workspaces,
            arena_fmt(cx->arena, "deleted (keylodge workspace restore %.*s, "
                                 "then thaw, brings it back)",
                STR_ARG(slug)));
    if (t->is & SINCE_FROZEN && freeze(e))
        return cx->err.code;
    if (t->changes.n)
        look(e, t->changes);
    return ERR_OK;
}

/* ---- all of it ---- */

static enum err_code (*const ends[])(struct end *) = {
    [SINCE_KEY] = end_key,
    [SINCE_SERVICE] = end_service,
    [SINCE_MEMBER] = end_member,
    [SINCE_PERSON] = end_person,
    [SINCE_WEBHOOK] = end_webhook,
    [SINCE_WORKSPACE] = end_workspace,
};
_Static_assert(COUNT_OF(ends) == SINCE_ABOUT_COUNT, "each has its end");

/* One of a workspace that the backup does not know is left. */
static enum err_code
end_thing(struct end *e)
{
    struct cx *cx = e->cx;
    cx->ws = (struct workspace){ 0 };
    if (e->t->about != SINCE_PERSON &&
        (store_workspace_by_id(cx->store, e->t->workspace_id, 0, &cx->ws) ||
            !cx->ws.id))
        return cx->err.code;
    return ends[e->t->about](e);
}

enum err_code
since_end(struct cx *cx, struct since *s, struct restored *out)
{
    struct end e = { .cx = cx, .s = s, .out = out, .kept_end = &out->kept,
        .look_end = &out->look };
    *out = (struct restored){ .rows = s->rows };
    for (int about = 0; about < SINCE_ABOUT_COUNT; about++)
        for (e.t = s->first; e.t && !cx->err.code; e.t = e.t->next)
            if (e.t->about == (enum since_about)about && end_thing(&e))
                break;
    cx->ws = (struct workspace){ 0 };
    return cx->err.code;
}
