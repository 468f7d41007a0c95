/* SPDX-License-Identifier: ISC */
#include "core/reset.h"

#include "core/account.h"
#include "core/change.h"
#include "core/denied.h"
#include "core/notice.h"
#include "core/proof.h"
#include "core/rowseal.h"
#include "core/throttle.h"
#include "secret/random.h"
#include "store/store_user.h"

static bool
may_sign_in(const struct cx *cx, const struct user *u)
{
    return seal_user(cx, u) && u->password.n && !u->disabled_s;
}

/* In the open transaction: the one good link of u. */
static enum err_code
new_link(struct cx *cx, const struct user *u, struct str *link)
{
    struct str token = random_token(cx->arena);
    struct str mac = proof_token(cx, SUBKEY_ONCE, token);
    *link = arena_fmt(cx->arena, "%.*s/reset/%.*s", STR_ARG(cx->public_url),
        STR_ARG(token));
    if (store_once_void(cx->store, "reset", u->id, 0, cx->now_s))
        return cx->err.code;
    return store_once_insert(cx->store, "reset", mac, u->id, 0, cx->now_s,
        cx->now_s + RESET_LINK_S);
}

/* In the open transaction. */
static enum err_code
mail_link(struct cx *cx, const struct user *u)
{
    struct str link;
    if (new_link(cx, u, &link))
        return cx->err.code;
    struct notice n = { .kind = NOTICE_RESET, .person = u, .link = link,
        .ends_s = cx->now_s + RESET_LINK_S };
    return notice_add(cx, &n);
}

enum err_code
reset_ask(struct cx *cx, struct str email)
{
    struct user u;
    email = str_lower(cx->arena, email);
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (store_user_by_email(cx->store, email, &u) ||
        throttle_take(cx, THROTTLE_SIGN_IN, STR("")) ||
        throttle_take(cx, THROTTLE_RESET, email)) {
        if (cx->err.code == ERR_LIMITED)
            denied_account(cx, DENIED_WAIT, &u);
        return change_abort(cx);
    }
    if (!may_sign_in(cx, &u) || !notice_mailed(cx))
        return change_commit(cx, AUDIT_NONE);
    if (mail_link(cx, &u))
        return change_abort(cx);
    struct audit_event event = { "reset.ask", "user", u.uuid, u.email, NULL };
    return change_commit(cx, &event);
}

enum err_code
reset_link(struct cx *cx, struct str email, struct str *link)
{
    struct user u;
    if (cx->actor.kind != ACTOR_SHELL)
        return ERR(&cx->err, ERR_FORBIDDEN, "Only the shell does this.");
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (!user_by_email(cx, email, &u) && u.broken)
        seal_refuse_user(cx);
    else if (!cx->err.code && !may_sign_in(cx, &u))
        ERR(&cx->err, ERR_CONFLICT, "%.*s may not sign in.",
            STR_ARG(u.email));
    if (cx->err.code || new_link(cx, &u, link))
        return change_abort(cx);
    struct audit_event event = { "reset.link", "user", u.uuid, u.email,
        NULL };
    return change_commit(cx, &event);
}

/* The row of a good link and its person; in the open transaction, or none. */
static enum err_code
find(struct cx *cx, struct str token, struct once_link *link,
    struct user *u)
{
    *u = (struct user){ 0 };
    if (store_once_by_mac(cx->store, "reset",
            proof_token(cx, SUBKEY_ONCE, token), link) ||
        (link->id && store_user_by_id(cx->store, link->user_id, u)))
        return cx->err.code;
    if (link->broken)
        seal_alarm_person(cx, link->id, "link", u->email);
    if (link->id && !link->broken && !link->used_s &&
        link->ends_s > cx->now_s && may_sign_in(cx, u))
        return ERR_OK;
    return ERR(&cx->err, ERR_NOT_FOUND,
        "This link is not valid any more: it works once and for an hour, and "
        "only the newest one does. Ask for another one.");
}

enum err_code
reset_open(struct cx *cx, struct str token, struct user *out)
{
    struct once_link link;
    return find(cx, token, &link, out);
}

/* In the open transaction. */
static enum err_code
finish(struct cx *cx, const struct once_link *link, const struct user *u,
    struct str sealed)
{
    if (store_once_use(cx->store, link->id, cx->now_s) ||
        store_user_set_password(cx->store, u->id, sealed, cx->now_s) ||
        store_user_end_sessions(cx->store, u->id, cx->now_s) ||
        store_session_end_others(cx->store, u->id, 0))
        return cx->err.code;
    return throttle_give(cx, THROTTLE_ACCOUNT, u->email);
}

enum err_code
reset_finish(struct cx *cx, struct str token, struct str password)
{
    struct once_link link;
    struct user u;
    struct str sealed;
    /* asked first, too: hashing a password is dear, and anybody may knock */
    if (find(cx, token, &link, &u) ||
        proof_rules(cx, password, u.email, u.name) ||
        proof_make(cx, u.uuid, password, &sealed) || CHANGE_BEGIN(cx))
        return cx->err.code;
    if (find(cx, token, &link, &u) || finish(cx, &link, &u, sealed))
        return change_abort(cx);
    struct audit_event event = { "reset.finish", "user", u.uuid, u.email,
        NULL };
    return change_commit(cx, &event);
}
