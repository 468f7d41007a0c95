/* SPDX-License-Identifier: ISC */
#include "core/operator.h"

#include "core/change.h"
#include "core/notice.h"
#include "core/rowseal.h"
#include "core/workspace.h"
#include "store/store_operation.h"
#include "store/store_user.h"
#include "store/store_workspace.h"
#include "text/when.h"

bool
operator_is(const struct cx *cx)
{
    return cx->actor.kind == ACTOR_SHELL ||
        (cx->actor.kind == ACTOR_USER && cx->actor.user.operator);
}

enum err_code
operator_need(struct cx *cx)
{
    if (operator_is(cx))
        return ERR_OK;
    return ERR(&cx->err, ERR_NOT_FOUND, "There is nothing at this address.");
}

enum err_code
operator_again(struct cx *cx)
{
    struct user now;
    if (cx->actor.kind == ACTOR_USER) {
        if (store_user_by_id(cx->store, cx->actor.user.id, &now))
            return cx->err.code;
        cx->actor.user.operator = seal_user(cx, &now) && now.operator &&
            !now.disabled_s;
    }
    return operator_need(cx);
}

enum err_code
operator_other(struct cx *cx, const struct user *u, const char *words)
{
    if (cx->actor.kind != ACTOR_USER || cx->actor.user.id != u->id)
        return ERR_OK;
    return ERR(&cx->err, ERR_CONFLICT,
        "%s Another operator can, or the shell of the server.", words);
}

enum err_code
operator_set(struct cx *cx, const struct user *u, bool on)
{
    if (operator_need(cx) || CHANGE_BEGIN(cx))
        return cx->err.code;
    if (operator_again(cx) || (!on &&
            operator_other(cx, u, "You cannot take this from yourself.")))
        return change_abort(cx);
    if (u->operator == on)
        return change_commit(cx, AUDIT_NONE);
    if (on && u->disabled_s) {
        ERR(&cx->err, ERR_CONFLICT, "They are disabled. Enable them first.");
        return change_abort(cx);
    }
    if (store_user_set_operator(cx->store, u->id, on, cx->now_s))
        return change_abort(cx);
    struct val *details = val_map(cx->arena);
    change_diff(details, "operator", u->operator ? STR("yes") : STR("no"),
        on ? STR("yes") : STR("no"));
    struct audit_event event = { "user.operator", "user", u->uuid, u->email,
        details };
    return change_commit(cx, &event);
}

enum err_code
operator_mail_test(struct cx *cx)
{
    const struct user *u = &cx->actor.user;
    struct notice n = { .kind = NOTICE_MAIL_TEST, .person = u };
    if (operator_need(cx))
        return cx->err.code;
    if (!notice_mailed(cx))
        return ERR(&cx->err, ERR_CONFLICT,
            "There is no way for mail. Set one in [mail] of the settings, and "
            "reload the server.");
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (operator_again(cx) || notice_add(cx, &n))
        return change_abort(cx);
    struct audit_event event = { "mail.test", "user", u->uuid, u->email,
        NULL };
    return change_commit(cx, &event);
}

enum err_code
operator_workspaces(struct cx *cx, const struct operation_ask *ask,
    struct workspace_overview **out, size_t *n, bool *more)
{
    struct operation_ask one_more = *ask;
    one_more.most++;
    *n = 0;
    *more = false;
    if (operator_need(cx))
        return cx->err.code;
    store_slow(cx->store, true);
    enum err_code code = store_workspace_overview(cx->store, &one_more,
        when_day_start(cx->now_s) - (OPERATION_DAYS - 1) * DAY_S, cx->now_s,
        out, n);
    store_slow(cx->store, false);
    if (code)
        return code;
    *more = *n > ask->most;
    *n -= *more;
    for (size_t i = 0; i < *n; i++)
        workspace_thaw_if_over(cx, &(*out)[i].ws);
    return ERR_OK;
}

enum err_code
operator_counts(struct cx *cx, struct operation_counts *out)
{
    *out = (struct operation_counts){ 0 };
    if (operator_need(cx))
        return cx->err.code;
    store_slow(cx->store, true);
    enum err_code code = store_operation_counts(cx->store, cx->now_s,
        cx->now_s - SESSION_IDLE_S, out);
    store_slow(cx->store, false);
    return code;
}

enum err_code
operator_look(struct cx *cx, struct str slug, struct workspace_overview *out)
{
    struct workspace w;
    struct workspace_overview *all;
    struct operation_ask ask = { .state = STR(""), .most = 1 };
    bool more;
    size_t n;
    *out = (struct workspace_overview){ .n_owners = 0 };
    if (operator_workspace(cx, slug, &w))
        return cx->err.code;
    ask.before = w.id + 1;
    if (operator_workspaces(cx, &ask, &all, &n, &more))
        return cx->err.code;
    if (n)
        *out = all[0];
    return ERR_OK;
}

enum err_code
operator_workspace(struct cx *cx, struct str slug, struct workspace *out)
{
    *out = (struct workspace){ 0 };
    if (operator_need(cx) ||
        store_workspace_by_slug(cx->store, slug, 0, out))
        return cx->err.code;
    if (!out->id)
        return ERR(&cx->err, ERR_NOT_FOUND, "There is no such workspace.");
    workspace_thaw_if_over(cx, out);
    return ERR_OK;
}
