/* SPDX-License-Identifier: ISC */
#include "core/account.h"

#include "core/change.h"
#include "core/demo.h"
#include "core/workspace.h"
#include "secret/mac.h"
#include "secret/password.h"
#include "secret/random.h"
#include "secret/seal.h"
#include "store/store_user.h"
#include "text/utf8.h"

static struct str
token_mac(struct cx *cx, enum subkey which, struct str token)
{
    uint8_t *mac = arena_alloc(cx->arena, MAC_BYTES);
    mac_make(cx->secrets, which, &token, 1, mac);
    return (struct str){ (const char *)mac, MAC_BYTES };
}

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

static bool
holds_nocase(struct cx *cx, struct str s, struct str part)
{
    struct str low = str_lower(cx->arena, s);
    struct str want = str_lower(cx->arena, part);
    for (size_t i = 0; want.n && i + want.n <= low.n; i++)
        if (str_eq((struct str){ low.p + i, want.n }, want))
            return true;
    return false;
}

static bool
one_character(struct str s)
{
    for (size_t i = 1; i < s.n; i++)
        if (s.p[i] != s.p[0])
            return false;
    return true;
}

/* Refused passwords: our own name, the person's own words, one character. */
static enum err_code
check_password(struct cx *cx, struct str password, struct str email,
    struct str name)
{
    struct str local, domain;
    (void)str_cut(email, '@', &local, &domain);
    if (!utf8_valid(password))
        return err_field(&cx->err, "password",
            "The password must be text in UTF-8");
    if (holds_nocase(cx, password, STR("keylodge")) ||
        one_character(password) ||
        (local.n >= 4 && holds_nocase(cx, password, local)) ||
        (name.n >= 4 && holds_nocase(cx, password, name)))
        return err_field(&cx->err, "password",
            "This password is easy to guess. Choose one without your name, "
            "your e-mail address or the name of this product");
    return ERR_OK;
}

static struct str
password_ad(struct cx *cx, struct str user_uuid)
{
    return arena_fmt(cx->arena, "password 1 %.*s", STR_ARG(user_uuid));
}

/* Hash and seal; slow on purpose, so never inside a transaction. */
static enum err_code
make_password(struct cx *cx, struct str user_uuid, struct str password,
    struct str *sealed)
{
    struct str hash;
    if (password_hash(cx->arena, password, &hash, &cx->err))
        return cx->err.code;
    *sealed = seal(cx->arena, cx->secrets, SUBKEY_PASSWORD,
        password_ad(cx, user_uuid), hash);
    return ERR_OK;
}

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
    struct str mac = token_mac(cx, SUBKEY_SESSION, *token);
    enum err_code code = store_session_insert(cx->store, &s, mac);
    if (!code)
        code = store_session_end_oldest(cx->store, u->id, SESSION_MOST);
    if (!code)
        cx->actor = (struct actor){ .kind = ACTOR_USER, .user = *u,
            .session = s };
    return code;
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
    struct str mac = token_mac(cx, SUBKEY_ONCE, *token);
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
            token_mac(cx, SUBKEY_ONCE, token), &link) ||
        store_user_any(cx->store, &any))
        return cx->err.code;
    if (any)
        *out = SETUP_DONE;
    else if (link.id && !link.used_s && link.ends_s > cx->now_s)
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
    if (check_password(cx, password, u->email, name) || cx->err.code)
        return cx->err.code;
    return make_password(cx, u->uuid, password, &u->password);
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
            token_mac(cx, SUBKEY_ONCE, in->token), &link) ||
        store_once_use(cx->store, link.id, cx->now_s) ||
        account_insert(cx, &u) || demo_join(cx, &u) ||
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

/* Is this the password of u (who may be nobody)? */
static enum err_code
prove(struct cx *cx, const struct user *u, struct str password, bool *ok,
    bool *rehash)
{
    struct str hash = { NULL, 0 };
    if (u->id && u->password.n &&
        !seal_open(cx->arena, cx->secrets, SUBKEY_PASSWORD,
            password_ad(cx, u->uuid), u->password, &hash))
        return ERR_FAULT(&cx->err, "sealed password of %.*s does not open",
            STR_ARG(u->uuid));
    return password_check(password, hash, ok, rehash, &cx->err);
}

static enum err_code
refuse_sign_in(struct cx *cx)
{
    return ERR(&cx->err, ERR_INVALID,
        "E-mail address or password is not right");
}

/* In the open transaction: is the proof of u's password, which took its time
 * before the lock, still one?  Somebody may have changed the password. */
static enum err_code
still_proved(struct cx *cx, const struct user *u, bool *yes)
{
    struct user now_is;
    *yes = false;
    if (store_user_by_id(cx->store, u->id, &now_is))
        return cx->err.code;
    *yes = now_is.id && !now_is.disabled_s && now_is.epoch == u->epoch;
    return ERR_OK;
}

enum err_code
sign_in(struct cx *cx, struct str email, struct str password,
    struct str *session)
{
    struct user u;
    bool ok, rehash;
    if (store_user_by_email(cx->store, str_lower(cx->arena, email), &u) ||
        prove(cx, &u, password, &ok, &rehash))
        return cx->err.code;
    if (!ok || !u.id || u.disabled_s)
        return refuse_sign_in(cx);
    struct str sealed = { NULL, 0 };
    if (rehash && make_password(cx, u.uuid, password, &sealed))
        return cx->err.code;
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (still_proved(cx, &u, &ok) || (!ok && refuse_sign_in(cx)))
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
    if (store_session_by_mac(cx->store, token_mac(cx, SUBKEY_SESSION, token),
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

static enum err_code
need_person(struct cx *cx)
{
    if (cx->actor.kind == ACTOR_USER)
        return ERR_OK;
    return ERR(&cx->err, ERR_UNAUTHENTICATED, "Sign in to go on.");
}

enum err_code
session_close(struct cx *cx)
{
    if (need_person(cx) || CHANGE_BEGIN(cx))
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
    if (need_person(cx) ||
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
    if (need_person(cx) || CHANGE_BEGIN(cx))
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
    if (need_person(cx) || CHANGE_BEGIN(cx))
        return cx->err.code;
    const struct actor *who = &cx->actor;
    if (store_session_end_others(cx->store, who->user.id, who->session.id))
        return change_abort(cx);
    struct audit_event event = { "session.end_others", "user",
        who->user.uuid, who->user.email, NULL };
    return change_commit(cx, &event);
}

enum err_code
profile_set(struct cx *cx, const struct profile_in *in)
{
    if (need_person(cx) || CHANGE_BEGIN(cx))
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
    if (need_person(cx) || prove(cx, u, in->current, &ok, &rehash))
        return cx->err.code;
    if (!ok)
        return refuse_current(cx);
    if (check_password(cx, in->password, u->email, u->name) ||
        make_password(cx, u->uuid, in->password, &sealed) || CHANGE_BEGIN(cx))
        return cx->err.code;
    if (still_proved(cx, u, &ok) || (!ok && refuse_current(cx)))
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
