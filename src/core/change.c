/* SPDX-License-Identifier: ISC */
#include "core/change.h"

#include "core/audit.h"
#include "core/factor.h"
#include "core/key.h"
#include "core/once.h"
#include "core/workspace.h"

const struct audit_event AUDIT_NONE[1] = { { .action = NULL } };

enum err_code
change_begin(struct cx *cx, const char *file, int line)
{
    if (!cx->may_write)
        return ERR_FAULT(&cx->err, "change without leave at %s:%d", file,
            line);
    if (cx->changes++)
        return ERR_OK; /* a part of the one that is open */
    if (store_tx_begin(cx->store, file, line)) {
        cx->changes = 0;
        return cx->err.code;
    }
    if (cx->actor.kind == ACTOR_USER && cx->ws.id &&
        (workspace_enter_id(cx, cx->ws.id) || factor_need(cx)))
        return change_abort(cx);
    if (cx->actor.kind == ACTOR_KEY && (key_enter(cx) || once_check(cx)))
        return change_abort(cx);
    return ERR_OK;
}

enum err_code
change_begin_as(struct cx *cx, enum right right, const char *file, int line)
{
    if (change_begin(cx, file, line))
        return cx->err.code;
    return access_need(cx, right) ? change_abort(cx) : ERR_OK;
}

enum err_code
change_commit(struct cx *cx, const struct audit_event *event)
{
    if (!cx->err.code && event->action &&
        (audit_append(cx, event) || once_note(cx, event)))
        return change_abort(cx);
    must(cx->changes > 0);
    if (--cx->changes)
        return cx->err.code;
    return store_tx_commit(cx->store);
}

enum err_code
change_abort(struct cx *cx)
{
    if (cx->changes && --cx->changes)
        return cx->err.code;
    store_tx_abort(cx->store);
    return cx->err.code;
}

void
change_diff(struct val *details, const char *name, struct str before,
    struct str after)
{
    if (str_eq(before, after))
        return;
    struct val *pair = val_put_list(details, name);
    val_add_str(pair, before);
    val_add_str(pair, after);
}
