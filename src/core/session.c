/* SPDX-License-Identifier: ISC */
#include "core/session.h"

#include "core/change.h"
#include "core/proof.h"
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

static enum err_code
refuse_sign_in(struct cx *cx)
{
    return ERR(&cx->err, ERR_INVALID,
        "E-mail address or password is not right");
}

enum err_code
sign_in(struct cx *cx, struct str email, struct str password,
    struct str *session)
{
    struct user u;
    bool ok, rehash;
    if (store_user_by_email(cx->store, str_lower(cx->arena, email), &u) ||
        proof_check(cx, &u, password, &ok, &rehash))
        return cx->err.code;
    if (!ok || !u.id || u.disabled_s)
        return refuse_sign_in(cx);
    struct str sealed = { NULL, 0 };
    if (rehash && proof_make(cx, u.uuid, password, &sealed))
        return cx->err.code;
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (proof_still(cx, &u, &ok) || (!ok && refuse_sign_in(cx)))
        return change_abort(cx);
    if (sealed.n &&
        store_user_set_password(cx->store, u.id, sealed, false, cx->now_s))
        return change_abort(cx);
    if (session_begin(cx, &u, session))
        return change_abort(cx);
    struct audit_event event = { "session.start", "user", u.uuid, u.email,
        NULL };
    return change_commit(cx, &event);
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
            &s))
        return cx->err.code;
    if (!s.id)
        return ERR_OK;
    if (s.ends_s <= cx->now_s || s.seen_s + SESSION_IDLE_S <= cx->now_s) {
        *expired = true;
        return ERR_OK;
    }
    if (store_user_by_id(cx->store, s.user_id, &u))
        return cx->err.code;
    if (!u.id || u.disabled_s || u.epoch != s.epoch)
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
        if (all[i].ends_s > cx->now_s &&
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

static enum err_code
refuse_current(struct cx *cx)
{
    return err_field(&cx->err, "current",
        "This is not your current password");
}

enum err_code
password_change(struct cx *cx, const struct password_in *in)
{
    const struct user *u = &cx->actor.user;
    bool ok, rehash;
    struct str sealed;
    if (session_need(cx) || proof_check(cx, u, in->current, &ok, &rehash))
        return cx->err.code;
    if (!ok)
        return refuse_current(cx);
    if (proof_rules(cx, in->password, u->email, u->name) ||
        proof_make(cx, u->uuid, in->password, &sealed) || CHANGE_BEGIN(cx))
        return cx->err.code;
    if (proof_still(cx, u, &ok) || (!ok && refuse_current(cx)))
        return change_abort(cx);
    /* the epoch moves on, so every session ends; this one moves along */
    if (store_user_set_password(cx->store, u->id, sealed, true, cx->now_s) ||
        store_session_end_others(cx->store, u->id, cx->actor.session.id) ||
        store_session_set_epoch(cx->store, cx->actor.session.id,
            u->epoch + 1) ||
        store_session_set_fresh(cx->store, cx->actor.session.id, cx->now_s))
        return change_abort(cx);
    struct audit_event event = { "user.password", "user", u->uuid, u->email,
        NULL };
    return change_commit(cx, &event);
}
