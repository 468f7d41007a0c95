/* SPDX-License-Identifier: ISC */
#include "core/people.h"

#include "core/account.h"
#include "core/change.h"
#include "core/operator.h"
#include "core/rowseal.h"
#include "store/store_team.h"
#include "store/store_user.h"
#include "store/store_workspace.h"

static enum err_code
need_shell(struct cx *cx)
{
    if (cx->actor.kind == ACTOR_SHELL)
        return ERR_OK;
    return ERR(&cx->err, ERR_FORBIDDEN, "Only the shell does this.");
}

enum err_code
people_list(struct cx *cx, int64_t after, size_t most, struct user **out,
    size_t *n)
{
    *n = 0;
    if (operator_need(cx))
        return cx->err.code;
    return store_user_list(cx->store, after, most, out, n);
}

enum err_code
people_overview(struct cx *cx, const struct operation_ask *ask,
    struct person_overview **out, size_t *n, bool *more)
{
    struct operation_ask one_more = *ask;
    one_more.most++;
    *n = 0;
    *more = false;
    if (operator_need(cx) ||
        store_user_overview(cx->store, &one_more, out, n))
        return cx->err.code;
    *more = *n > ask->most;
    *n -= *more;
    return ERR_OK;
}

enum err_code
people_get(struct cx *cx, struct str uuid, struct user *out)
{
    if (operator_need(cx) || store_user_by_uuid(cx->store, uuid, out))
        return cx->err.code;
    if (!out->id)
        return ERR(&cx->err, ERR_NOT_FOUND, "There is no such person.");
    return ERR_OK;
}

enum err_code
people_workspaces(struct cx *cx, const struct user *u,
    struct workspace **out, size_t *n)
{
    *n = 0;
    if (operator_need(cx))
        return cx->err.code;
    return store_workspace_of_user(cx->store, u->id, cx->now_s, out, n);
}

enum err_code
people_sessions(struct cx *cx, const struct user *u, struct session **out,
    size_t *n)
{
    size_t kept = 0;
    *n = 0;
    if (operator_need(cx) ||
        store_session_list(cx->store, u->id, out, n))
        return cx->err.code;
    for (size_t i = 0; i < *n; i++) {
        const struct session *s = &(*out)[i];
        if (!s->broken && s->epoch == u->epoch && s->ends_s > cx->now_s &&
            s->seen_s + SESSION_IDLE_S > cx->now_s)
            (*out)[kept++] = *s;
    }
    *n = kept;
    return ERR_OK;
}

/* A change of somebody by who operates the installation.  self: as of
 * operator_other; NULL: who does it may do it to themselves. */
static enum err_code
begin(struct cx *cx, const struct user *u, const char *self)
{
    if (operator_need(cx) || CHANGE_BEGIN(cx))
        return cx->err.code;
    if (operator_again(cx))
        return change_abort(cx);
    return !self || operator_other(cx, u, self) == ERR_OK ? ERR_OK
                                                          : change_abort(cx);
}

static struct audit_event
event_on(const char *action, const struct user *u, struct val *details)
{
    return (struct audit_event){ action, "user", u->uuid, u->email, details };
}

/* In the open transaction. */
static enum err_code
end_sessions(struct cx *cx, const struct user *u)
{
    if (store_user_end_sessions(cx->store, u->id, cx->now_s))
        return cx->err.code;
    return store_session_end_others(cx->store, u->id, 0);
}

enum err_code
people_alone(struct cx *cx, const struct user *u, struct workspace **out,
    size_t *n)
{
    size_t kept = 0;
    if (people_workspaces(cx, u, out, n))
        return cx->err.code;
    for (size_t i = 0; i < *n; i++) {
        const struct workspace *w = &(*out)[i];
        struct member other = { .user_id = 1 };
        if (w->role == ROLE_OWNER && !w->personal &&
            store_owner_other(cx->store, w->id, u->id, &other))
            return cx->err.code;
        if (!other.user_id)
            (*out)[kept++] = *w;
    }
    *n = kept;
    return ERR_OK;
}

enum err_code
people_disable(struct cx *cx, const struct user *u, struct workspace **alone,
    size_t *n)
{
    *n = 0;
    if (begin(cx, u, "You cannot disable yourself."))
        return cx->err.code;
    if (u->disabled_s)
        return change_commit(cx, AUDIT_NONE);
    if (store_user_set_disabled(cx->store, u->id, cx->now_s, cx->now_s) ||
        end_sessions(cx, u) || people_alone(cx, u, alone, n))
        return change_abort(cx);
    struct audit_event event = event_on("user.disable", u, NULL);
    return change_commit(cx, &event);
}

enum err_code
people_enable(struct cx *cx, const struct user *u)
{
    if (begin(cx, u, NULL))
        return cx->err.code;
    if (u->broken) {
        seal_refuse_user(cx);
        return change_abort(cx);
    }
    if (!u->disabled_s)
        return change_commit(cx, AUDIT_NONE);
    if (store_user_set_disabled(cx->store, u->id, 0, cx->now_s))
        return change_abort(cx);
    struct audit_event event = event_on("user.enable", u, NULL);
    return change_commit(cx, &event);
}

enum err_code
people_end_sessions(struct cx *cx, const struct user *u)
{
    if (begin(cx, u, NULL))
        return cx->err.code;
    if (end_sessions(cx, u))
        return change_abort(cx);
    struct audit_event event = event_on("user.end_sessions", u, NULL);
    return change_commit(cx, &event);
}

enum err_code
people_rename(struct cx *cx, const struct user *u, struct str name)
{
    if (need_shell(cx) || CHANGE_BEGIN(cx))
        return cx->err.code;
    if (store_user_set_name(cx->store, u->id, name, cx->now_s))
        return change_abort(cx);
    struct val *details = val_map(cx->arena);
    change_diff(details, "name", u->name, name);
    struct audit_event event = event_on("user.edit", u, details);
    return change_commit(cx, &event);
}

enum err_code
people_set_email(struct cx *cx, const struct user *u, struct str email)
{
    struct user other;
    email = str_lower(cx->arena, email);
    if (need_shell(cx))
        return cx->err.code;
    if (!email_looks_right(email))
        return err_field(&cx->err, "email",
            "Enter an e-mail address like name@example.org");
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (store_user_by_email(cx->store, email, &other))
        return change_abort(cx);
    if (other.id && other.id != u->id)
        err_field(&cx->err, "email", "There is an account with this address");
    if (cx->err.code ||
        store_user_set_email(cx->store, u->id, email, cx->now_s) ||
        store_once_void(cx->store, "reset", u->id, 0, cx->now_s))
        return change_abort(cx);
    struct val *details = val_map(cx->arena);
    change_diff(details, "email", u->email, email);
    struct audit_event event = event_on("user.edit", u, details);
    return change_commit(cx, &event);
}
