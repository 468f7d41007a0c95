/* SPDX-License-Identifier: ISC */
#include "core/freeze.h"

#include "core/change.h"
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

enum err_code
freeze_begin(struct cx *cx, const struct freeze_in *in)
{
    if (CHANGE_BEGIN_AS(cx, RIGHT_FREEZE))
        return cx->err.code;
    if (cx->ws.frozen_s) {
        ERR(&cx->err, ERR_CONFLICT,
            "This workspace is frozen already, by %.*s.",
            STR_ARG(cx->ws.frozen_by));
        cx->err.reason = "frozen";
        return change_abort(cx);
    }
    struct workspace w = cx->ws;
    w.frozen_s = cx->now_s;
    w.frozen_why = in->why;
    w.frozen_by = cx_actor_name(cx);
    w.frozen_until_s = end_of(cx, in);
    if (cx->err.code || store_workspace_freeze(cx->store, &w))
        return change_abort(cx);
    struct val *details = val_map(cx->arena);
    val_put_str(details, "reason", w.frozen_why);
    val_put_str(details, "ends", w.frozen_until_s
            ? when_rfc3339(cx->arena, w.frozen_until_s)
            : STR("when thawed"));
    struct audit_event event = { "workspace.freeze", "workspace", w.slug,
        w.name, details };
    if (change_commit(cx, &event))
        return cx->err.code;
    cx->ws = w;
    return ERR_OK;
}

enum err_code
freeze_end(struct cx *cx)
{
    if (CHANGE_BEGIN_AS(cx, RIGHT_FREEZE))
        return cx->err.code;
    bool was = cx->ws.frozen_s != 0;
    if (store_workspace_thaw(cx->store, cx->ws.id))
        return change_abort(cx);
    struct audit_event event = { "workspace.thaw", "workspace", cx->ws.slug,
        cx->ws.name, NULL };
    return change_commit(cx, was ? &event : AUDIT_NONE);
}
