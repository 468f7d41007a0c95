/* SPDX-License-Identifier: ISC */
#include "core/session.h"

#include "core/change.h"
#include "core/proof.h"
#include "core/rowseal.h"
#include "secret/random.h"
#include "store/store_user.h"

enum err_code
session_begin(struct cx *cx, const struct user *u, struct str *token)
{
    struct session s = { .uuid = random_uuid(cx->arena, cx->now_s * 1000),
        .user_id = u->id,
        .epoch = u->epoch,
        .created_s = cx->now_s,
        .seen_s = cx->now_s,
        .ends_s = cx->now_s + SESSION_LIFE_S,
        .address = cx->address,
        .agent = cx->agent };
    *token = random_token(cx->arena);
    struct str mac = proof_token(cx, SUBKEY_SESSION, *token);
    enum err_code code = store_session_insert(cx->store, &s, mac);
    if (!code)
        code = store_session_end_oldest(cx->store, u->id, SESSION_MOST);
    if (!code)
        cx->actor = (struct actor){ .kind = ACTOR_USER, .user = *u,
            .session = s };
    return code;
}

enum err_code
session_open(struct cx *cx, struct str token, bool *expired)
{
    struct session s;
    struct user u;
    *expired = false;
    if (token.n == 0)
        return ERR_OK;
    if (store_session_by_mac(cx->store, proof_token(cx, SUBKEY_SESSION, token),
            &s, &u))
        return cx->err.code;
    if (!s.id || !seal_user(cx, &u))
        return ERR_OK;
    if (s.broken) {
        seal_alarm_person(cx, s.id, "session", u.email);
        return ERR_OK;
    }
    if (s.ends_s <= cx->now_s || s.seen_s + SESSION_IDLE_S <= cx->now_s) {
        *expired = true;
        return ERR_OK;
    }
    if (u.disabled_s || u.epoch != s.epoch)
        return ERR_OK;
    cx->actor = (struct actor){ .kind = ACTOR_USER, .user = u, .session = s };
    return ERR_OK;
}

enum err_code
session_need(struct cx *cx)
{
    if (cx->actor.kind == ACTOR_USER)
        return ERR_OK;
    return ERR(&cx->err, ERR_UNAUTHENTICATED, "Sign in to go on.");
}

enum err_code
session_close(struct cx *cx)
{
    if (session_need(cx) || CHANGE_BEGIN(cx))
        return cx->err.code;
    const struct actor *who = &cx->actor;
    if (store_session_end(cx->store, who->session.id))
        return change_abort(cx);
    struct audit_event event = { "session.end", "user", who->user.uuid,
        who->user.email, NULL };
    return change_commit(cx, &event);
}

enum err_code
session_list(struct cx *cx, struct session **out, size_t *n)
{
    struct session *all;
    size_t n_all;
    *n = 0;
    if (session_need(cx) ||
        store_session_list(cx->store, cx->actor.user.id, &all, &n_all))
        return cx->err.code;
    for (size_t i = 0; i < n_all; i++)
        if (!all[i].broken && all[i].ends_s > cx->now_s &&
            all[i].seen_s + SESSION_IDLE_S > cx->now_s &&
            all[i].epoch == cx->actor.user.epoch)
            all[(*n)++] = all[i];
    *out = all;
    return ERR_OK;
}

enum err_code
session_end(struct cx *cx, struct str uuid)
{
    bool ended;
    if (session_need(cx) || CHANGE_BEGIN(cx))
        return cx->err.code;
    if (store_session_end_by_uuid(cx->store, cx->actor.user.id, uuid, &ended))
        return change_abort(cx);
    if (!ended) {
        ERR(&cx->err, ERR_NOT_FOUND, "This session has ended already.");
        return change_abort(cx);
    }
    struct audit_event event = { "session.end", "session", uuid, STR(""),
        NULL };
    return change_commit(cx, &event);
}

enum err_code
session_end_others(struct cx *cx)
{
    if (session_need(cx) || CHANGE_BEGIN(cx))
        return cx->err.code;
    const struct actor *who = &cx->actor;
    if (store_session_end_others(cx->store, who->user.id, who->session.id))
        return change_abort(cx);
    struct audit_event event = { "session.end_others", "user",
        who->user.uuid, who->user.email, NULL };
    return change_commit(cx, &event);
}

/* In the open transaction: may the actor's session still do anything?  What
 * was true when the request began may have ended since. */
static enum err_code
need_still(struct cx *cx)
{
    bool still;
    if (proof_still(cx, &cx->actor.user, &still) || still)
        return cx->err.code;
    return ERR(&cx->err, ERR_UNAUTHENTICATED, "Sign in to go on.");
}

static enum err_code
renew(struct cx *cx, struct str *token)
{
    struct session *s = &cx->actor.session;
    bool renewed;
    *token = random_token(cx->arena);
    if (store_session_renew(cx->store, s->id,
            proof_token(cx, SUBKEY_SESSION, *token), cx->actor.user.epoch,
            cx->now_s, &renewed))
        return cx->err.code;
    if (!renewed)
        return ERR(&cx->err, ERR_UNAUTHENTICATED, "Sign in to go on.");
    s->fresh_s = cx->now_s;
    return ERR_OK;
}

enum err_code
session_renew(struct cx *cx, struct str *token)
{
    return need_still(cx) ? cx->err.code : renew(cx, token);
}

enum err_code
session_only(struct cx *cx, struct str *token)
{
    struct user *u = &cx->actor.user;
    if (need_still(cx) ||
        store_user_end_sessions(cx->store, u->id, cx->now_s) ||
        store_session_end_others(cx->store, u->id, cx->actor.session.id))
        return cx->err.code;
    u->epoch++;
    return renew(cx, token);
}

bool
session_fresh(const struct cx *cx)
{
    return cx->actor.session.fresh_s + SESSION_FRESH_S > cx->now_s;
}
