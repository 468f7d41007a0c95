/* SPDX-License-Identifier: ISC */
#include "core/signin.h"

#include "core/change.h"
#include "core/denied.h"
#include "core/factor.h"
#include "core/notice.h"
#include "core/proof.h"
#include "core/rowseal.h"
#include "core/session.h"
#include "core/throttle.h"
#include "secret/seal.h"
#include "store/store_attempt.h"
#include "store/store_user.h"

#include <inttypes.h>
#include <string.h>

#define STEP_BOUND STR("sign-in code 1")

/* ---- counting tries ---- */

/* From where they come: an address, or a network of one line, where people get
 * another address each day. */
static struct str
place(struct cx *cx)
{
    enum { LINE_BYTES = 8 };
    static const uint8_t mapped[10] = { 0 };
    struct cidr line = { cx->peer, LINE_BYTES * 8 };
    if (memcmp(cx->peer.b, mapped, sizeof mapped) == 0)
        return cx->address;
    memset(line.net.b + LINE_BYTES, 0, sizeof line.net.b - LINE_BYTES);
    return cidr_show(cx->arena, &line);
}

static enum err_code
is_known_place(struct cx *cx, const struct user *u, bool *known)
{
    return store_sign_in_place_known(cx->store, u->id, place(cx),
        cx->now_s - SIGN_IN_PLACE_S, known);
}

/* What tries at u are counted for, here: `text` names the account.  For u who
 * is nobody the same work is done. */
static enum err_code
account_subject(struct cx *cx, const struct user *u, struct str text,
    struct str *subject)
{
    bool known;
    *subject = text;
    if (is_known_place(cx, u, &known))
        return cx->err.code;
    if (known)
        *subject = arena_fmt(cx->arena, "%.*s\n%.*s", STR_ARG(text),
            STR_ARG(place(cx)));
    return ERR_OK;
}

/* One more try at u, from this network and at this account; all in one
 * change. */
static enum err_code
take(struct cx *cx, enum throttle_rule rule, struct str subject,
    const struct user *u)
{
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (throttle_take(cx, THROTTLE_SIGN_IN, STR("")) ||
        throttle_take(cx, rule, subject)) {
        if (cx->err.code == ERR_LIMITED)
            denied_account(cx, DENIED_WAIT, u);
        return change_abort(cx);
    }
    return change_commit(cx, AUDIT_NONE);
}

/* In the open transaction: it was right. */
static enum err_code
give(struct cx *cx, enum throttle_rule rule, struct str subject)
{
    if (throttle_give(cx, THROTTLE_SIGN_IN, STR("")))
        return cx->err.code;
    return throttle_give(cx, rule, subject);
}

/* ---- the first step ---- */

static enum err_code
refuse_sign_in(struct cx *cx, enum denied_kind why, const struct user *u)
{
    denied_account(cx, why, u);
    return ERR(&cx->err, ERR_INVALID,
        "E-mail address or password is not right");
}

static struct str
step_seal(struct cx *cx, const struct user *u)
{
    return seal_b64(cx->arena, cx->secrets, SUBKEY_CARRY, STEP_BOUND,
        arena_fmt(cx->arena, "%" PRId64 "\n%" PRId64 "\n%" PRId64,
            cx->now_s + SIGN_IN_CODE_S, u->id, u->epoch));
}

/* In the open transaction: all proofs are right. */
static enum err_code
let_in(struct cx *cx, const struct user *u, struct str *session)
{
    bool known;
    struct notice n = { .kind = NOTICE_SIGN_IN, .person = u };
    if (is_known_place(cx, u, &known) || session_begin(cx, u, session) ||
        store_sign_in_place_put(cx->store, u->id, place(cx), cx->now_s))
        return cx->err.code;
    /* the very first time every place is new */
    return known || !u->seen_s ? ERR_OK : notice_add(cx, &n);
}

/* In the open transaction: the password of u is right. */
static enum err_code
password_right(struct cx *cx, const struct user *u, struct str subject,
    struct str sealed, struct str *session, struct str *step)
{
    bool ok, codes;
    if (proof_still(cx, u, &ok) ||
        (!ok && refuse_sign_in(cx, DENIED_PASSWORD, u)) ||
        give(cx, THROTTLE_ACCOUNT, subject) || factor_on(cx, u->id, &codes))
        return cx->err.code;
    if (sealed.n &&
        store_user_set_password(cx->store, u->id, sealed, cx->now_s))
        return cx->err.code;
    if (!codes)
        return let_in(cx, u, session);
    *step = step_seal(cx, u);
    return ERR_OK;
}

enum err_code
sign_in(struct cx *cx, struct str email, struct str password,
    struct str *session, struct str *step)
{
    struct user u;
    struct str subject, sealed = { NULL, 0 };
    bool ok, rehash;
    *session = *step = sealed;
    email = str_lower(cx->arena, email);
    if (store_user_by_email(cx->store, email, &u) ||
        account_subject(cx, &u, email, &subject) ||
        take(cx, THROTTLE_ACCOUNT, subject, &u) ||
        proof_check(cx, &u, password, &ok, &rehash))
        return cx->err.code;
    if (u.broken)
        return seal_refuse_user(cx);
    if (!ok || !u.id || u.disabled_s)
        return refuse_sign_in(cx, ok && u.id ? DENIED_DISABLED
                                             : DENIED_PASSWORD, &u);
    if (rehash && proof_make(cx, u.uuid, password, &sealed))
        return cx->err.code;
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (password_right(cx, &u, subject, sealed, session, step))
        return change_abort(cx);
    struct audit_event event = { step->n ? "session.password"
                                         : "session.start",
        "user", u.uuid, u.email, NULL };
    return change_commit(cx, &event);
}

/* ---- the second step ---- */

/* u->id is 0 when the step is not, or no longer, good. */
static enum err_code
step_open(struct cx *cx, struct str step, struct user *u)
{
    struct str plain, ends_text, id_text, epoch_text;
    int64_t ends, id, epoch;
    *u = (struct user){ 0 };
    if (!seal_b64_open(cx->arena, cx->secrets, SUBKEY_CARRY, STEP_BOUND, step,
            &plain) ||
        !str_cut(plain, '\n', &ends_text, &plain) ||
        !str_cut(plain, '\n', &id_text, &epoch_text) ||
        !str_int(ends_text, &ends) || !str_int(id_text, &id) ||
        !str_int(epoch_text, &epoch) || ends <= cx->now_s)
        return ERR_OK;
    if (store_user_by_id(cx->store, id, u))
        return cx->err.code;
    if (!seal_user(cx, u) || u->disabled_s || u->epoch != epoch)
        *u = (struct user){ 0 };
    return ERR_OK;
}

enum err_code
sign_in_step(struct cx *cx, struct str step, bool *waits)
{
    struct user u;
    *waits = false;
    if (step_open(cx, step, &u))
        return cx->err.code;
    *waits = u.id != 0;
    return ERR_OK;
}

static enum err_code
refuse_step(struct cx *cx)
{
    return ERR(&cx->err, ERR_INVALID,
        "This took too long, or your password was changed. Sign in again");
}

static enum err_code
refuse_code(struct cx *cx, enum denied_kind kind, const struct user *u)
{
    denied_account(cx, kind, u);
    return err_field(&cx->err, "code",
        "This code is not right, or was used already. Enter the one that the "
        "app shows now");
}

/* In the open transaction. */
static enum err_code
code_checked(struct cx *cx, const struct user *u, struct str code,
    struct str subject, enum factor_use *how)
{
    bool ok;
    if (proof_still(cx, u, &ok) || (!ok && refuse_step(cx)) ||
        factor_use(cx, u, code, how) ||
        (*how == FACTOR_WRONG && refuse_code(cx, DENIED_CODE, u)))
        return cx->err.code;
    return give(cx, THROTTLE_PROOF, subject);
}

static struct val *
how_details(struct cx *cx, enum factor_use how)
{
    struct val *details = val_map(cx->arena);
    val_put_cstr(details, "with",
        how == FACTOR_RECOVERY ? "recovery code" : "code");
    return details;
}

enum err_code
sign_in_code(struct cx *cx, struct str step, struct str code,
    struct str *session, bool *recovery)
{
    struct user u;
    struct str subject;
    enum factor_use how;
    *recovery = false;
    if (step_open(cx, step, &u) || (!u.id && refuse_step(cx)) ||
        account_subject(cx, &u, u.uuid, &subject) ||
        take(cx, THROTTLE_PROOF, subject, &u) || CHANGE_BEGIN(cx))
        return cx->err.code;
    if (code_checked(cx, &u, code, subject, &how) ||
        let_in(cx, &u, session))
        return change_abort(cx);
    *recovery = how == FACTOR_RECOVERY;
    struct audit_event event = { "session.start", "user", u.uuid, u.email,
        how_details(cx, how) };
    return change_commit(cx, &event);
}

/* ---- within a session ---- */

static enum err_code
refuse_password(struct cx *cx, const char *field)
{
    denied_account(cx, DENIED_CONFIRM, &cx->actor.user);
    return err_field(&cx->err, field, "This is not your current password");
}

/* A password, which takes its time, so outside any transaction; `field` says
 * where it was typed. */
static enum err_code
password_proved(struct cx *cx, struct str password, const char *field)
{
    bool ok, rehash;
    if (proof_check(cx, &cx->actor.user, password, &ok, &rehash))
        return cx->err.code;
    return ok ? ERR_OK : refuse_password(cx, field);
}

static enum err_code
code_proved(struct cx *cx, struct str code, enum factor_use *how)
{
    if (factor_use(cx, &cx->actor.user, code, how))
        return cx->err.code;
    return *how == FACTOR_WRONG
        ? refuse_code(cx, DENIED_CONFIRM, &cx->actor.user)
        : ERR_OK;
}

enum err_code
confirm(struct cx *cx, const struct proof_in *in, struct str *token)
{
    enum factor_use how = FACTOR_WRONG;
    bool by_code = in->code.n != 0;
    if (session_need(cx))
        return cx->err.code;
    const struct user *u = &cx->actor.user;
    struct str subject = cx->actor.session.uuid;
    if (!by_code && !in->password.n)
        return err_field(&cx->err, "password", "Enter your password");
    if (take(cx, THROTTLE_PROOF, subject, u) ||
        (!by_code && password_proved(cx, in->password, "password")) ||
        CHANGE_BEGIN(cx))
        return cx->err.code;
    if ((by_code && code_proved(cx, in->code, &how)) ||
        give(cx, THROTTLE_PROOF, subject) || session_renew(cx, token))
        return change_abort(cx);
    struct audit_event event = { "session.confirm", "user", u->uuid, u->email,
        by_code ? how_details(cx, how) : NULL };
    return change_commit(cx, &event);
}

enum err_code
password_change(struct cx *cx, const struct password_in *in,
    struct str *token)
{
    struct str sealed;
    if (session_need(cx))
        return cx->err.code;
    const struct user *u = &cx->actor.user;
    struct str subject = cx->actor.session.uuid;
    if (take(cx, THROTTLE_PROOF, subject, u) ||
        password_proved(cx, in->current, "current") ||
        proof_rules(cx, in->password, u->email, u->name) ||
        proof_make(cx, u->uuid, in->password, &sealed) || CHANGE_BEGIN(cx))
        return cx->err.code;
    if (give(cx, THROTTLE_PROOF, subject) || session_only(cx, token) ||
        store_user_set_password(cx->store, u->id, sealed, cx->now_s))
        return change_abort(cx);
    struct audit_event event = { "user.password", "user", u->uuid, u->email,
        NULL };
    return change_commit(cx, &event);
}
