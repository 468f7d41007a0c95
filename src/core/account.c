/* SPDX-License-Identifier: ISC */
#include "core/account.h"

#include "core/change.h"
#include "core/demo.h"
#include "core/proof.h"
#include "core/rowseal.h"
#include "core/session.h"
#include "core/workspace.h"
#include "secret/random.h"
#include "store/store_user.h"

bool
email_looks_right(struct str s)
{
    struct str local, domain;
    if (!str_cut(s, '@', &local, &domain) || local.n == 0 || domain.n < 3 ||
        str_find(domain, '@') < domain.n || str_find(s, ' ') < s.n)
        return false;
    size_t dot = str_find(domain, '.');
    return dot > 0 && dot + 1 < domain.n;
}

enum err_code
setup_link(struct cx *cx, struct str *token)
{
    bool any;
    *token = (struct str){ NULL, 0 };
    if (cx->actor.kind != ACTOR_SHELL)
        return ERR(&cx->err, ERR_FORBIDDEN, "Only the shell does this.");
    if (store_user_any(cx->store, &any) || any)
        return cx->err.code;
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    *token = random_token(cx->arena);
    struct str mac = proof_token(cx, SUBKEY_ONCE, *token);
    if (store_once_void(cx->store, "setup", 0, 0, cx->now_s) ||
        store_once_insert(cx->store, "setup", mac, 0, 0, cx->now_s,
            cx->now_s + SETUP_LINK_S))
        return change_abort(cx);
    struct audit_event event = { "setup.link", "installation", STR(""),
        STR(""), NULL };
    return change_commit(cx, &event);
}

enum err_code
setup_state(struct cx *cx, struct str token, enum setup_state *out)
{
    bool any;
    struct once_link link;
    *out = SETUP_WRONG_LINK;
    /* in this order, as nothing may be locked here: when somebody used the
     * link just now, then the person is there, too */
    if (store_once_by_mac(cx->store, "setup",
            proof_token(cx, SUBKEY_ONCE, token), &link) ||
        store_user_any(cx->store, &any))
        return cx->err.code;
    if (link.broken)
        seal_alarm_person(cx, link.id, "link", STR("setup"));
    if (any)
        *out = SETUP_DONE;
    else if (link.id && !link.broken && !link.used_s && link.ends_s > cx->now_s)
        *out = SETUP_OPEN;
    return ERR_OK;
}

enum err_code
account_prepare(struct cx *cx, struct str email, struct str name,
    struct str password, struct user *u)
{
    *u = (struct user){ .uuid = random_uuid(cx->arena, cx->now_s * 1000),
        .email = str_lower(cx->arena, email),
        .name = name,
        .epoch = 1 };
    if (!email_looks_right(u->email))
        err_field(&cx->err, "email",
            "Enter an e-mail address like name@example.org");
    if (proof_rules(cx, password, u->email, name) || cx->err.code)
        return cx->err.code;
    return proof_make(cx, u->uuid, password, &u->password);
}

enum err_code
account_insert(struct cx *cx, struct user *u)
{
    struct user other;
    if (store_user_by_email(cx->store, u->email, &other))
        return cx->err.code;
    if (other.id)
        return err_field(&cx->err, "email",
            "There is an account with this address");
    if (store_user_insert(cx->store, u, cx->now_s))
        return cx->err.code;
    return workspace_personal(cx, u);
}

/* May somebody set up with this link now? */
static enum err_code
need_setup(struct cx *cx, struct str token)
{
    enum setup_state state;
    if (setup_state(cx, token, &state))
        return cx->err.code;
    if (state == SETUP_DONE)
        ERR(&cx->err, ERR_CONFLICT, "Setup is done. Sign in.");
    if (state == SETUP_WRONG_LINK)
        ERR(&cx->err, ERR_NOT_FOUND,
            "This link is not valid any more. Make another with "
            "keylodge setup-link.");
    return cx->err.code;
}

enum err_code
setup_finish(struct cx *cx, const struct setup_in *in, struct str *session)
{
    struct user u;
    /* asked first, too: hashing a password is dear, and anybody may knock */
    if (need_setup(cx, in->token) ||
        account_prepare(cx, in->email, in->name, in->password, &u) ||
        CHANGE_BEGIN(cx))
        return cx->err.code;
    if (need_setup(cx, in->token))
        return change_abort(cx);
    struct once_link link;
    if (store_once_by_mac(cx->store, "setup",
            proof_token(cx, SUBKEY_ONCE, in->token), &link) ||
        store_once_use(cx->store, link.id, cx->now_s) ||
        account_insert(cx, &u) || demo_join(cx, &u) ||
        store_user_set_operator(cx->store, u.id, true, cx->now_s) ||
        session_begin(cx, &u, session))
        return change_abort(cx);
    struct audit_event event = { "setup.finish", "user", u.uuid, u.email,
        NULL };
    return change_commit(cx, &event);
}

enum err_code
user_add(struct cx *cx, struct str email, struct str name,
    struct str password, struct user *out)
{
    if (cx->actor.kind != ACTOR_SHELL)
        return ERR(&cx->err, ERR_FORBIDDEN, "Only the shell does this.");
    if (account_prepare(cx, email, name, password, out))
        return cx->err.code;
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (account_insert(cx, out))
        return change_abort(cx);
    struct audit_event event = { "user.add", "user", out->uuid, out->email,
        NULL };
    return change_commit(cx, &event);
}

enum err_code
user_by_email(struct cx *cx, struct str email, struct user *out)
{
    if (store_user_by_email(cx->store, str_lower(cx->arena, email), out))
        return cx->err.code;
    if (!out->id)
        return ERR(&cx->err, ERR_NOT_FOUND, "Nobody has the address %.*s.",
            STR_ARG(email));
    return ERR_OK;
}

enum err_code
profile_set(struct cx *cx, const struct profile_in *in)
{
    if (session_need(cx) || CHANGE_BEGIN(cx))
        return cx->err.code;
    const struct user *u = &cx->actor.user;
    if (store_user_set_name(cx->store, u->id, in->name, cx->now_s))
        return change_abort(cx);
    struct val *details = val_map(cx->arena);
    change_diff(details, "name", u->name, in->name);
    struct audit_event event = { "user.edit", "user", u->uuid, u->email,
        details };
    return change_commit(cx, &event);
}
