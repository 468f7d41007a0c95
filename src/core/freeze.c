/* SPDX-License-Identifier: ISC */
#include "core/freeze.h"

#include "core/change.h"
#include "core/operator.h"
#include "store/store_workspace.h"
#include "text/when.h"

/* When it ends; 0: when somebody thaws it. */
static int64_t
end_of(struct cx *cx, const struct freeze_in *in)
{
    static const int64_t after[] = { [FREEZE_HOUR] = HOUR_S,
        [FREEZE_DAY] = DAY_S, [FREEZE_WEEK] = 7 * DAY_S };
    if (in->lasts == FREEZE_OPEN)
        return 0;
    if (in->lasts != FREEZE_DATE)
        return cx->now_s + after[in->lasts];
    if (!field_has(freeze_fields, &in->set, "until"))
        err_field(&cx->err, "until", "Enter the last day, or choose how long");
    else if (in->until <= cx->now_s)
        err_field(&cx->err, "until", "That time has passed: enter a later one");
    return in->until;
}

/* In the open change, of cx->ws. */
static enum err_code
freeze_now(struct cx *cx, const struct freeze_in *in, struct workspace *w)
{
    if (cx->ws.frozen_s) {
        ERR(&cx->err, ERR_CONFLICT,
            "This workspace is frozen already, by %.*s.",
            STR_ARG(cx->ws.frozen_by));
        cx->err.reason = "frozen";
        return cx->err.code;
    }
    *w = cx->ws;
    w->frozen_s = cx->now_s;
    w->frozen_why = in->why;
    w->frozen_by = cx_actor_name(cx);
    w->frozen_until_s = end_of(cx, in);
    return cx->err.code ? cx->err.code : store_workspace_freeze(cx->store, w);
}

static enum err_code
freeze_commit(struct cx *cx, const struct workspace *w)
{
    struct val *details = val_map(cx->arena);
    val_put_str(details, "reason", w->frozen_why);
    val_put_str(details, "ends", w->frozen_until_s
            ? when_rfc3339(cx->arena, w->frozen_until_s)
            : STR("when thawed"));
    struct audit_event event = { "workspace.freeze", "workspace", w->slug,
        w->name, details };
    if (change_commit(cx, &event))
        return cx->err.code;
    cx->ws = *w;
    return ERR_OK;
}

enum err_code
freeze_begin(struct cx *cx, const struct freeze_in *in)
{
    struct workspace w;
    if (CHANGE_BEGIN_AS(cx, RIGHT_FREEZE))
        return cx->err.code;
    return freeze_now(cx, in, &w) ? change_abort(cx) : freeze_commit(cx, &w);
}

/* In the open change, of cx->ws. */
static enum err_code
thaw_and_commit(struct cx *cx)
{
    bool was = cx->ws.frozen_s != 0;
    if (access_alive(cx) || store_workspace_thaw(cx->store, cx->ws.id))
        return change_abort(cx);
    struct audit_event event = { "workspace.thaw", "workspace", cx->ws.slug,
        cx->ws.name, NULL };
    return change_commit(cx, was ? &event : AUDIT_NONE);
}

enum err_code
freeze_end(struct cx *cx)
{
    if (CHANGE_BEGIN_AS(cx, RIGHT_FREEZE))
        return cx->err.code;
    return thaw_and_commit(cx);
}

/* ---- deleting ---- */

/* Who deletes types its name, but for the shell. */
static enum err_code
deletable(struct cx *cx, struct str typed)
{
    if (cx->ws.personal)
        return ERR(&cx->err, ERR_CONFLICT,
            "This workspace is personal, and stays as long as its person. "
            "Freeze it to stop its calls.");
    if (cx->ws.deleted_s)
        return ERR(&cx->err, ERR_CONFLICT,
            "This workspace is deleted already.");
    if (cx->actor.kind != ACTOR_SHELL && !str_eq(str_trim(typed),
            cx->ws.name))
        return err_field(&cx->err, "confirm",
            "Type the name of the workspace, %.*s, to delete it",
            STR_ARG(cx->ws.name));
    return ERR_OK;
}

enum err_code
workspace_delete(struct cx *cx, struct str typed)
{
    if (CHANGE_BEGIN_AS(cx, RIGHT_WORKSPACE_DELETE))
        return cx->err.code;
    struct workspace w = cx->ws;
    w.deleted_s = w.frozen_s = cx->now_s;
    w.frozen_why = STR("it was deleted");
    w.frozen_by = cx_actor_name(cx);
    w.frozen_until_s = 0;
    if (deletable(cx, typed) || store_workspace_freeze(cx->store, &w) ||
        store_workspace_set_deleted(cx->store, w.id, w.deleted_s))
        return change_abort(cx);
    struct audit_event event = { "workspace.delete", "workspace", w.slug,
        w.name, NULL };
    if (change_commit(cx, &event))
        return cx->err.code;
    cx->ws = w;
    return ERR_OK;
}

/* In the open change, of cx->ws. */
static enum err_code
restore_and_commit(struct cx *cx)
{
    bool was = cx->ws.deleted_s != 0;
    if (store_workspace_set_deleted(cx->store, cx->ws.id, 0))
        return change_abort(cx);
    struct audit_event event = { "workspace.restore", "workspace",
        cx->ws.slug, cx->ws.name, NULL };
    if (change_commit(cx, was ? &event : AUDIT_NONE))
        return cx->err.code;
    cx->ws.deleted_s = 0;
    return ERR_OK;
}

/* ---- by who operates the installation ---- */

/* A change of any workspace; cx->ws is it. */
static enum err_code
begin_as_operator(struct cx *cx, struct str slug)
{
    cx->ws = (struct workspace){ 0 };
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (operator_again(cx) || operator_workspace(cx, slug, &cx->ws))
        return change_abort(cx);
    return ERR_OK;
}

enum err_code
freeze_any(struct cx *cx, struct str slug, const struct freeze_in *in)
{
    struct workspace w;
    if (begin_as_operator(cx, slug))
        return cx->err.code;
    return freeze_now(cx, in, &w) ? change_abort(cx) : freeze_commit(cx, &w);
}

enum err_code
thaw_any(struct cx *cx, struct str slug)
{
    return begin_as_operator(cx, slug) ? cx->err.code : thaw_and_commit(cx);
}

enum err_code
workspace_restore(struct cx *cx, struct str slug)
{
    return begin_as_operator(cx, slug) ? cx->err.code
                                       : restore_and_commit(cx);
}
