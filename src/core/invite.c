/* SPDX-License-Identifier: ISC */
#include "core/invite.h"

#include "core/account.h"
#include "core/change.h"
#include "core/notice.h"
#include "core/rowseal.h"
#include "core/session.h"
#include "core/workspace.h"
#include "secret/mac.h"
#include "secret/random.h"
#include "store/store_team.h"
#include "store/store_workspace.h"
#include "text/when.h"

static struct str
invite_mac(struct cx *cx, struct str token)
{
    struct str parts[] = { STR("invite"), token };
    uint8_t *mac = arena_alloc(cx->arena, MAC_BYTES);
    mac_make(cx->secrets, SUBKEY_ONCE, parts, COUNT_OF(parts), mac);
    return (struct str){ (const char *)mac, MAC_BYTES };
}

/*
 * The token of the link that a form makes.  Made of the form's single-use id,
 * so that a form which is sent twice makes one invitation; and of who sends it,
 * so that nobody can take the id of another's.
 */
static struct str
make_token(struct cx *cx, struct str once)
{
    struct str parts[] = { STR("invite token"), cx->ws.uuid,
        cx->actor.user.uuid, once };
    uint8_t mac[MAC_BYTES];
    mac_make(cx->secrets, SUBKEY_ONCE, parts, COUNT_OF(parts), mac);
    return b64_show(cx->arena, (struct str){ (const char *)mac, MAC_BYTES });
}

/* May the actor invite for this role, and withdraw such an invitation? */
static enum err_code
need_role(struct cx *cx, enum role role)
{
    return access_need(cx,
        role == ROLE_OWNER ? RIGHT_OWNER_EDIT : RIGHT_MEMBER_EDIT);
}

static enum err_code
open_ones(struct cx *cx, struct invite **out, size_t *n)
{
    struct invite *all;
    size_t n_all;
    *n = 0;
    if (store_invite_list(cx->store, cx->ws.id, cx->now_s, INVITE_MOST, &all,
            &n_all))
        return cx->err.code;
    *out = all;
    for (size_t i = 0; i < n_all; i++)
        if (invite_state(&all[i], cx->now_s) == INVITE_OPEN)
            all[(*n)++] = all[i];
    return ERR_OK;
}

/* In the open transaction. */
static enum err_code
check_invite(struct cx *cx, const struct invite *v)
{
    struct invite *all;
    size_t n;
    if (need_role(cx, v->role))
        return cx->err.code;
    if (!email_looks_right(v->email))
        return err_field(&cx->err, "email",
            "Enter an e-mail address like name@example.org");
    if (member_joinable(cx, v->email))
        return cx->err.code;
    if (store_invite_replace(cx->store, cx->ws.id, v->email,
            access_has(cx, RIGHT_OWNER_EDIT), cx->now_s) ||
        open_ones(cx, &all, &n))
        return cx->err.code;
    if (n >= INVITE_MOST)
        return ERR(&cx->err, ERR_CONFLICT,
            "%d invitations are open. Withdraw one that is not needed.",
            (int)INVITE_MOST);
    return ERR_OK;
}

/* In the open transaction: was this form sent before? */
static enum err_code
need_new(struct cx *cx, struct str mac, struct invite *out)
{
    struct invite made;
    if (store_invite_by_mac(cx->store, mac, &made) ||
        !made.id)
        return cx->err.code;
    *out = made;
    ERR(&cx->err, ERR_CONFLICT,
        "The link for %.*s was shown already. No second one was made.",
        STR_ARG(made.email));
    cx->err.reason = "shown";
    return cx->err.code;
}

enum err_code
invite_create(struct cx *cx, const struct invite_in *in, struct invite *out,
    struct str *link)
{
    *link = (struct str){ NULL, 0 };
    *out = (struct invite){ 0 };
    if (CHANGE_BEGIN_AS(cx, RIGHT_MEMBER_EDIT))
        return cx->err.code;
    struct str token = make_token(cx, in->once);
    struct str mac = invite_mac(cx, token);
    if (need_new(cx, mac, out))
        return change_abort(cx);
    *out = (struct invite){
        .uuid = random_uuid(cx->arena, cx->now_s * 1000),
        .workspace_id = cx->ws.id,
        .workspace_name = cx->ws.name,
        .email = str_lower(cx->arena, in->email),
        .role = role_choice(in->role),
        .created_s = cx->now_s,
        .ends_s = cx->now_s + INVITE_LIFE_S,
    };
    if (check_invite(cx, out) ||
        store_invite_insert(cx->store, out,
            cx->actor.kind == ACTOR_USER ? cx->actor.user.id : 0, mac) ||
        store_invite_by_mac(cx->store, mac, out))
        return change_abort(cx);
    *link = arena_fmt(cx->arena, "%.*s/invite/%.*s", STR_ARG(cx->public_url),
        STR_ARG(token));
    struct notice n = { .kind = NOTICE_INVITE, .email = out->email,
        .role = out->role, .link = *link, .ends_s = out->ends_s };
    if (notice_add(cx, &n))
        return change_abort(cx);
    struct val *details = val_map(cx->arena);
    val_put_cstr(details, "role", role_name(out->role));
    struct audit_event event = { "invite.create", "invite", out->uuid,
        out->email, details };
    return change_commit(cx, &event);
}

enum err_code
invite_list(struct cx *cx, struct invite **out, size_t *n)
{
    *out = NULL;
    *n = 0;
    if (!access_has(cx, RIGHT_INVITE_SEE))
        return ERR_OK;
    return open_ones(cx, out, n);
}

/* In the open transaction: withdraw it, if it may be. */
static enum err_code
cancel(struct cx *cx, struct str uuid, struct invite *v)
{
    bool changed;
    if (store_invite_by_uuid(cx->store, cx->ws.id, uuid, v))
        return cx->err.code;
    if (!v->id)
        return ERR(&cx->err, ERR_NOT_FOUND,
            "There is no such invitation in this workspace.");
    if (need_role(cx, v->role) ||
        store_invite_cancel(cx->store, v, cx->now_s, &changed))
        return cx->err.code;
    if (!changed)
        return ERR(&cx->err, ERR_CONFLICT,
            v->accepted_s ? "%.*s has accepted this invitation already."
                          : "The invitation of %.*s was withdrawn already.",
            STR_ARG(v->email));
    return ERR_OK;
}

enum err_code
invite_withdraw(struct cx *cx, struct str uuid)
{
    struct invite v;
    if (CHANGE_BEGIN_AS(cx, RIGHT_MEMBER_EDIT))
        return cx->err.code;
    if (cancel(cx, uuid, &v))
        return change_abort(cx);
    struct audit_event event = { "invite.withdraw", "invite", v.uuid, v.email,
        NULL };
    return change_commit(cx, &event);
}

enum err_code
invite_open(struct cx *cx, struct str token, struct invite *out)
{
    if (store_invite_by_mac(cx->store, invite_mac(cx, token), out))
        return cx->err.code;
    if (out->broken)
        seal_alarm_person(cx, out->id, "invite", out->email);
    if (!out->id)
        return ERR(&cx->err, ERR_NOT_FOUND,
            "This invitation is not known. Open the whole link, or ask for "
            "another one.");
    switch (invite_state(out, cx->now_s)) {
    case INVITE_OPEN:
        break;
    case INVITE_USED:
        return ERR(&cx->err, ERR_NOT_FOUND,
            "This invitation was accepted already. Sign in to go to the "
            "workspace.");
    case INVITE_EXPIRED:
        return ERR(&cx->err, ERR_NOT_FOUND,
            "This invitation ended on %.*s. Ask %.*s for another one.",
            STR_ARG(when_long(cx->arena, out->ends_s)),
            STR_ARG(out->by_name.n ? out->by_name : STR("an owner")));
    case INVITE_GONE:
        return ERR(&cx->err, ERR_NOT_FOUND,
            "The workspace of this invitation was deleted. Ask %.*s what is "
            "to be done.", STR_ARG(out->by_name.n ? out->by_name
                                                  : STR("who invited you")));
    case INVITE_CANCELLED:
    case INVITE_VOID:
        return ERR(&cx->err, ERR_NOT_FOUND,
            "This invitation was withdrawn. Ask an owner or admin of the "
            "workspace for another one.");
    }
    return ERR_OK;
}

/* In the open transaction: the actor becomes a member, and is in the
 * workspace; the event tells it. */
static enum err_code
join(struct cx *cx, const struct invite *v, struct audit_event *event)
{
    const struct user *u = &cx->actor.user;
    bool is_member;
    if (!str_eq(u->email, v->email))
        return ERR(&cx->err, ERR_FORBIDDEN,
            "This invitation is for %.*s, and you are signed in as %.*s. Sign "
            "out, and open the link again.", STR_ARG(v->email),
            STR_ARG(u->email));
    if (store_member_is(cx->store, v->workspace_id, u->email, &is_member))
        return cx->err.code;
    if (is_member)
        return ERR(&cx->err, ERR_CONFLICT,
            "You are a member of %.*s already.",
            STR_ARG(v->workspace_name));
    if (store_member_insert(cx->store, v->workspace_id, u->id, v->role,
            cx->now_s) ||
        store_invite_use(cx->store, v->id, cx->now_s) ||
        workspace_enter_id(cx, v->workspace_id))
        return cx->err.code;
    struct val *details = val_map(cx->arena);
    val_put_cstr(details, "role", role_name(v->role));
    *event = (struct audit_event){ "invite.accept", "user", u->uuid, u->email,
        details };
    return ERR_OK;
}

enum err_code
invite_accept(struct cx *cx, struct str token)
{
    struct invite v;
    struct audit_event event;
    if (cx->actor.kind != ACTOR_USER)
        return ERR(&cx->err, ERR_UNAUTHENTICATED, "Sign in to go on.");
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (invite_open(cx, token, &v) || join(cx, &v, &event))
        return change_abort(cx);
    return change_commit(cx, &event);
}

enum err_code
invite_join(struct cx *cx, struct str token, const struct join_in *in,
    struct str *session)
{
    struct invite v;
    struct user u;
    struct audit_event event;
    /* asked first, too: hashing a password is dear, and anybody may knock */
    if (invite_open(cx, token, &v) ||
        account_prepare(cx, v.email, in->name, in->password, &u) ||
        CHANGE_BEGIN(cx))
        return cx->err.code;
    if (invite_open(cx, token, &v) || account_insert(cx, &u) ||
        session_begin(cx, &u, session) || join(cx, &v, &event))
        return change_abort(cx);
    val_put_bool(event.details, "new_account", true);
    return change_commit(cx, &event);
}
