/* SPDX-License-Identifier: ISC */
#include "core/stuck.h"

#include "core/change.h"
#include "core/operator.h"
#include "core/outbox.h"
#include "store/store_outbox.h"
#include "store/store_workspace.h"

enum err_code
stuck_list(struct cx *cx, int64_t before, struct outbox_stuck **out,
    size_t *n, bool *more)
{
    *n = 0;
    *more = false;
    if (operator_need(cx) ||
        store_outbox_stuck_all(cx->store, before, STUCK_PAGE + 1, out, n))
        return cx->err.code;
    *more = *n > STUCK_PAGE;
    if (*more)
        *n = STUCK_PAGE;
    return ERR_OK;
}

enum err_code
stuck_get(struct cx *cx, struct str uuid, struct outbox_stuck *out)
{
    if (operator_need(cx) ||
        store_outbox_stuck_by_uuid(cx->store, uuid, out))
        return cx->err.code;
    if (!out->message.id)
        return ERR(&cx->err, ERR_NOT_FOUND,
            "There is no such message. It may have gone out meanwhile.");
    return ERR_OK;
}

/* In the open transaction: the message, and its workspace, in whose log the
 * change is told. */
static enum err_code
take(struct cx *cx, struct str uuid, struct outbox_stuck *s)
{
    if (operator_again(cx) || stuck_get(cx, uuid, s))
        return cx->err.code;
    if (s->message.workspace_id)
        return store_workspace_by_id(cx->store, s->message.workspace_id,
            cx->actor.user.id, &cx->ws);
    return ERR_OK;
}

/* Ends the transaction; the actor is in no workspace afterwards, as before. */
static enum err_code
tell(struct cx *cx, const char *action, const struct outbox_stuck *s)
{
    const struct outbox *m = &s->message;
    struct val *details = val_map(cx->arena);
    val_put_cstr(details, "event", notice_name(m->kind));
    struct audit_event event = { action, m->webhook_id ? "event" : "mail",
        m->uuid, m->recipient, details };
    enum err_code code = change_commit(cx, &event);
    cx->ws = (struct workspace){ 0 };
    return code;
}

static enum err_code
give_up(struct cx *cx)
{
    cx->ws = (struct workspace){ 0 };
    return change_abort(cx);
}

/* In the open transaction. */
static enum err_code
hurry(struct cx *cx, const struct outbox *m)
{
    bool changed = false;
    if (m->state == OUTBOX_GIVEN_UP)
        return outbox_revive(cx, m);
    if (store_outbox_hurry(cx->store, m->id, cx->now_s, &changed))
        return cx->err.code;
    if (!changed)
        return ERR(&cx->err, ERR_CONFLICT, "This message is on its way.");
    return ERR_OK;
}

enum err_code
stuck_again(struct cx *cx, struct str uuid)
{
    struct outbox_stuck s;
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (take(cx, uuid, &s) || hurry(cx, &s.message))
        return give_up(cx);
    return tell(cx, "notice.again", &s);
}

enum err_code
stuck_drop(struct cx *cx, struct str uuid)
{
    struct outbox_stuck s;
    bool changed = false;
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (take(cx, uuid, &s) ||
        store_outbox_drop(cx->store, s.message.id, &changed))
        return give_up(cx);
    if (!changed) {
        ERR(&cx->err, ERR_CONFLICT,
            "This message is on its way. Load the list again to see how it "
            "went.");
        return give_up(cx);
    }
    return tell(cx, "notice.drop", &s);
}
