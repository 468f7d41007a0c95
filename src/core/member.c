/* SPDX-License-Identifier: ISC */
#include "core/member.h"

#include "core/access.h"
#include "core/change.h"
#include "core/fate.h"
#include "store/store_user.h"
#include "store/store_workspace.h"

static enum err_code
find(struct cx *cx, struct str uuid, struct member *out)
{
    if (store_member_by_uuid(cx->store, cx->ws.id, uuid, out))
        return cx->err.code;
    if (!out->user_id)
        return ERR(&cx->err, ERR_NOT_FOUND,
            "There is no such member in this workspace.");
    return ERR_OK;
}

enum err_code
member_get(struct cx *cx, struct str uuid, struct member *out)
{
    if (access_need(cx, RIGHT_MEMBER_SEE))
        return cx->err.code;
    return find(cx, uuid, out);
}

static bool
is_self(const struct cx *cx, const struct member *m)
{
    return cx->actor.kind == ACTOR_USER && m->user_id == cx->actor.user.id;
}

static enum right
right_on(enum role role)
{
    return role == ROLE_OWNER ? RIGHT_OWNER_EDIT : RIGHT_MEMBER_EDIT;
}

bool
member_may_edit(const struct cx *cx, const struct member *m)
{
    return m->role != ROLE_NONE && access_has(cx, right_on(m->role));
}

enum err_code
holder_keys(struct cx *cx, enum key_holder who, int64_t id, int most,
    struct key **out, size_t *n, bool *more)
{
    struct key_times t;
    size_t n_all;
    cx_times(cx, &t);
    *n = 0;
    *more = false;
    if (access_need(cx, RIGHT_KEY_SEE) ||
        store_key_of(cx->store, cx->ws.id, who, id, 0, most + 1, &t, out,
            &n_all))
        return cx->err.code;
    for (size_t i = 0; i < n_all && i < (size_t)most; i++)
        if ((*out)[i].kind == KEY_STANDARD ||
            access_has(cx, RIGHT_KEY_SPECIAL))
            (*out)[(*n)++] = (*out)[i];
    *more = n_all > (size_t)most;
    return ERR_OK;
}

enum err_code
member_is_last(struct cx *cx, const struct member *m, bool *last)
{
    struct member other;
    *last = false;
    if (m->role != ROLE_OWNER)
        return ERR_OK;
    if (store_owner_other(cx->store, cx->ws.id, m->user_id, &other))
        return cx->err.code;
    *last = other.user_id == 0;
    return ERR_OK;
}

/* In the open transaction: is there an owner beside this one? */
static enum err_code
need_other_owner(struct cx *cx, const struct member *m)
{
    bool last;
    if (member_is_last(cx, m, &last) || !last)
        return cx->err.code;
    ERR(&cx->err, ERR_CONFLICT,
        "%.*s the last owner of this workspace. Make somebody else an owner "
        "first.", STR_ARG(is_self(cx, m) ? STR("You are") :
            arena_fmt(cx->arena, "%.*s is", STR_ARG(m->name))));
    cx->err.reason = "last_owner";
    return cx->err.code;
}

/* Their sessions end; of the actor, all but this one. */
static enum err_code
end_sessions(struct cx *cx, const struct member *m)
{
    return store_session_end_others(cx->store, m->user_id,
        is_self(cx, m) ? cx->actor.session.id : 0);
}

static enum err_code
write_role(struct cx *cx, const struct member *m, enum role role)
{
    if (store_member_set_role(cx->store, cx->ws.id, m->user_id, role))
        return cx->err.code;
    return end_sessions(cx, m);
}

static struct audit_event
role_event(struct cx *cx, const char *action, const struct member *m,
    enum role role)
{
    struct val *details = val_map(cx->arena);
    change_diff(details, "role", str_cstr(role_name(m->role)),
        str_cstr(role_name(role)));
    return (struct audit_event){ action, "user", m->uuid, m->email,
        details };
}

enum err_code
member_set_role(struct cx *cx, struct str uuid, enum role role)
{
    struct member m;
    if (CHANGE_BEGIN_AS(cx, RIGHT_MEMBER_EDIT))
        return cx->err.code;
    if (find(cx, uuid, &m) || access_need(cx, right_on(m.role)) ||
        access_need(cx, right_on(role)))
        return change_abort(cx);
    if (m.role == role)
        return change_commit(cx, AUDIT_NONE);
    if (need_other_owner(cx, &m) || write_role(cx, &m, role))
        return change_abort(cx);
    struct audit_event event = role_event(cx, "member.role", &m, role);
    return change_commit(cx, &event);
}

/* In the open transaction: their keys, the membership, their sessions. */
static enum err_code
go(struct cx *cx, const struct member *m, const struct fate_in *in)
{
    if (need_other_owner(cx, m) ||
        fate_all(cx, HOLDER_USER, m->user_id, in) ||
        store_member_delete(cx->store, cx->ws.id, m->user_id))
        return cx->err.code;
    return end_sessions(cx, m);
}

/* The keys may not go to whoever goes. */
static enum err_code
need_other_holder(struct cx *cx, const struct member *m,
    const struct fate_in *in)
{
    if (in->fate == FATE_HAND_OVER && str_ends(in->to, m->uuid))
        return err_field(&cx->err, "to",
            "Choose somebody who stays in the workspace");
    return ERR_OK;
}

enum err_code
member_removable(struct cx *cx, struct str uuid, struct member *out)
{
    if (access_need_to_end(cx, RIGHT_MEMBER_EDIT) || find(cx, uuid, out) ||
        access_need_to_end(cx, right_on(out->role)))
        return cx->err.code;
    if (is_self(cx, out))
        return ERR(&cx->err, ERR_CONFLICT,
            "You cannot remove yourself. Leave the workspace from your page "
            "among its members.");
    return need_other_owner(cx, out);
}

enum err_code
member_remove(struct cx *cx, struct str uuid, const struct fate_in *in)
{
    struct member m;
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (member_removable(cx, uuid, &m) || need_other_holder(cx, &m, in) ||
        go(cx, &m, in))
        return change_abort(cx);
    struct audit_event event = role_event(cx, "member.remove", &m, ROLE_NONE);
    return change_commit(cx, &event);
}

enum err_code
member_leave(struct cx *cx)
{
    static const struct fate_in later = { .fate = FATE_LATER };
    struct member m;
    if (CHANGE_BEGIN_AS(cx, RIGHT_MEMBER_SEE))
        return cx->err.code;
    if (find(cx, cx->actor.user.uuid, &m) || go(cx, &m, &later))
        return change_abort(cx);
    struct audit_event event = role_event(cx, "member.leave", &m, ROLE_NONE);
    if (!change_commit(cx, &event))
        cx->ws = (struct workspace){ 0 };
    return cx->err.code;
}

/* In the open transaction. */
static enum err_code
transfer(struct cx *cx, const struct member *from, const struct member *to)
{
    if (is_self(cx, to))
        return ERR(&cx->err, ERR_CONFLICT, "You are an owner already.");
    if (to->disabled)
        return ERR(&cx->err, ERR_CONFLICT,
            "%.*s cannot sign in at present, and so cannot be the owner.",
            STR_ARG(to->name));
    if (to->role != ROLE_OWNER && write_role(cx, to, ROLE_OWNER))
        return cx->err.code;
    return write_role(cx, from, ROLE_ADMIN);
}

enum err_code
owner_transfer(struct cx *cx, struct str uuid)
{
    struct member to, from;
    if (CHANGE_BEGIN_AS(cx, RIGHT_OWNER_EDIT))
        return cx->err.code;
    if (find(cx, uuid, &to) || find(cx, cx->actor.user.uuid, &from) ||
        transfer(cx, &from, &to))
        return change_abort(cx);
    struct audit_event event = { "member.transfer", "user", to.uuid, to.email,
        NULL };
    return change_commit(cx, &event);
}

static int64_t
listed_since(const struct cx *cx)
{
    return cx->now_s - LEFT_LISTED_S;
}

enum err_code
left_list(struct cx *cx, struct left_person **out, size_t *n)
{
    *out = NULL;
    *n = 0;
    if (!access_has(cx, RIGHT_MEMBER_EDIT))
        return ERR_OK;
    return store_left_people(cx->store, cx->ws.id, listed_since(cx), out, n);
}

enum err_code
left_get(struct cx *cx, struct str uuid, struct member *out)
{
    if (access_need(cx, RIGHT_MEMBER_EDIT) ||
        store_left_person(cx->store, cx->ws.id, uuid, listed_since(cx), out))
        return cx->err.code;
    if (!out->user_id)
        return ERR(&cx->err, ERR_NOT_FOUND,
            "No keys of this person wait for an answer.");
    return ERR_OK;
}

enum err_code
left_answer(struct cx *cx, struct str uuid, const struct fate_in *in)
{
    struct member m;
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (left_get(cx, uuid, &m) || fate_some(cx, m.user_id, in))
        return change_abort(cx);
    return change_commit(cx, AUDIT_NONE); /* each key has its own line */
}
