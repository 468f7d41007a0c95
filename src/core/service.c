/* SPDX-License-Identifier: ISC */
#include "core/service.h"

#include "core/access.h"
#include "core/change.h"
#include "core/fate.h"
#include "secret/random.h"
#include "store/store_team.h"
#include "store/store_workspace.h"

enum err_code
service_page(struct cx *cx, struct service_account **out, size_t *n)
{
    *n = 0;
    if (access_need(cx, RIGHT_MEMBER_SEE))
        return cx->err.code;
    return store_service_page(cx->store, cx->ws.id, out, n);
}

static enum err_code
find(struct cx *cx, struct str uuid, struct service_account *out)
{
    if (store_service_by_uuid(cx->store, cx->ws.id, uuid, out))
        return cx->err.code;
    if (!out->id)
        return ERR(&cx->err, ERR_NOT_FOUND,
            "There is no such service account in this workspace.");
    return ERR_OK;
}

enum err_code
service_get(struct cx *cx, struct str uuid, struct service_account *out)
{
    if (access_need(cx, RIGHT_SERVICE_EDIT))
        return cx->err.code;
    return find(cx, uuid, out);
}

static enum err_code
check_name(struct cx *cx, struct str name, int64_t not_id)
{
    bool taken;
    if (store_service_name_taken(cx->store, cx->ws.id, name, not_id, &taken))
        return cx->err.code;
    if (taken)
        return err_field(&cx->err, "name",
            "There is a service account called %.*s. Choose another name",
            STR_ARG(name));
    return ERR_OK;
}

static enum err_code
check_room(struct cx *cx)
{
    struct service_account *all;
    size_t n;
    if (store_service_list(cx->store, cx->ws.id, &all, &n))
        return cx->err.code;
    if (n >= SERVICE_MOST)
        return ERR(&cx->err, ERR_CONFLICT,
            "There are %d service accounts. Remove one that is not needed.",
            (int)SERVICE_MOST);
    return ERR_OK;
}

enum err_code
service_add(struct cx *cx, const struct service_in *in)
{
    struct service_account s = { .name = in->name,
        .uuid = random_uuid(cx->arena, cx->now_s * 1000) };
    if (CHANGE_BEGIN_AS(cx, RIGHT_SERVICE_EDIT))
        return cx->err.code;
    if (check_room(cx) || check_name(cx, in->name, 0) ||
        store_service_insert(cx->store, cx->ws.id,
            cx->actor.kind == ACTOR_USER ? cx->actor.user.id : 0, &s,
            cx->now_s))
        return change_abort(cx);
    struct audit_event event = { "service.add", "service", s.uuid, s.name,
        NULL };
    return change_commit(cx, &event);
}

enum err_code
service_rename(struct cx *cx, struct str uuid, const struct service_in *in)
{
    struct service_account s;
    if (CHANGE_BEGIN_AS(cx, RIGHT_SERVICE_EDIT))
        return cx->err.code;
    if (find(cx, uuid, &s) || check_name(cx, in->name, s.id) ||
        store_service_rename(cx->store, cx->ws.id, s.id, in->name))
        return change_abort(cx);
    struct val *details = val_map(cx->arena);
    change_diff(details, "name", s.name, in->name);
    struct audit_event event = { "service.edit", "service", s.uuid, in->name,
        details };
    return change_commit(cx, str_eq(s.name, in->name) ? AUDIT_NONE : &event);
}

enum err_code
service_remove(struct cx *cx, struct str uuid, const struct fate_in *in)
{
    struct service_account s;
    if (CHANGE_BEGIN_AS(cx, RIGHT_SERVICE_EDIT))
        return cx->err.code;
    if (find(cx, uuid, &s))
        return change_abort(cx);
    if (in->fate == FATE_HAND_OVER && str_ends(in->to, s.uuid))
        err_field(&cx->err, "to", "Choose an owner who stays");
    if (cx->err.code || fate_all(cx, HOLDER_SERVICE, s.id, in) ||
        store_service_remove(cx->store, cx->ws.id, s.id, cx->now_s))
        return change_abort(cx);
    struct audit_event event = { "service.remove", "service", s.uuid, s.name,
        NULL };
    return change_commit(cx, &event);
}
