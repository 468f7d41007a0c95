/* SPDX-License-Identifier: ISC */
#include "core/factor.h"

#include "base/buf.h"
#include "core/bound.h"
#include "core/account.h"
#include "core/change.h"
#include "core/rowseal.h"
#include "core/session.h"
#include "secret/mac.h"
#include "secret/random.h"
#include "secret/seal.h"
#include "secret/totp.h"
#include "store/store_factor.h"
#include "store/store_user.h"
#include "text/url.h"

enum { RECOVERY_BYTES = 15, RECOVERY_CHARS = 24, RECOVERY_GROUP = 4 };

static enum err_code
open_seed(struct cx *cx, const struct user *u, const struct factor *f,
    struct str *seed)
{
    if (seal_open(cx->arena, cx->secrets, SUBKEY_TOTP, bound_seed(cx->arena, u->uuid),
            f->seed, seed))
        return ERR_OK;
    return ERR_FAULT(&cx->err, "sealed seed of %.*s does not open",
        STR_ARG(u->uuid));
}

/* What people type beside the code: blanks and hyphens; and small letters. */
static struct str
plain_code(struct cx *cx, struct str typed)
{
    struct buf b;
    buf_init(&b, cx->arena, CODE_TEXT_MOST);
    for (size_t i = 0; i < typed.n; i++) {
        char c = typed.p[i];
        if (c == ' ' || c == '-')
            continue;
        buf_char(&b, c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
    }
    return b.full ? STR("") : buf_view(&b);
}

/* ---- recovery codes ---- */

static struct str
hash_of(struct cx *cx, struct str code)
{
    uint8_t *sum = arena_alloc(cx->arena, DIGEST_BYTES);
    digest(&code, 1, sum);
    return (struct str){ (const char *)sum, DIGEST_BYTES };
}

/* "ABCD-EFGH-..." */
static struct str
grouped(struct cx *cx, struct str code)
{
    struct buf b;
    buf_init(&b, cx->arena, CODE_TEXT_MOST);
    for (size_t i = 0; i < code.n; i++) {
        if (i && i % RECOVERY_GROUP == 0)
            buf_char(&b, '-');
        buf_char(&b, code.p[i]);
    }
    must(!b.full);
    return buf_view(&b);
}

/* In the open transaction: the actor has these and no others. */
static enum err_code
new_codes(struct cx *cx, struct str *codes)
{
    int64_t user = cx->actor.user.id;
    if (store_recovery_remove(cx->store, user))
        return cx->err.code;
    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        char bytes[RECOVERY_BYTES];
        random_bytes(bytes, sizeof bytes);
        struct str code =
            base32_show(cx->arena, (struct str){ bytes, sizeof bytes });
        if (store_recovery_insert(cx->store, user, hash_of(cx, code)))
            return cx->err.code;
        codes[i] = grouped(cx, code);
    }
    return ERR_OK;
}

/* ---- the actor's own ---- */

enum err_code
factor_state(struct cx *cx, struct factor_state *out)
{
    struct factor f;
    *out = (struct factor_state){ .on = false };
    if (session_need(cx) ||
        store_factor_find(cx->store, cx->actor.user.id, &f) ||
        store_recovery_left(cx->store, cx->actor.user.id, &out->codes_left))
        return cx->err.code;
    out->on = f.proved_s != 0;
    out->begun = f.id && !f.proved_s;
    out->since_s = f.proved_s;
    return ERR_OK;
}

static enum err_code
is_on(struct cx *cx)
{
    return ERR(&cx->err, ERR_CONFLICT,
        "Codes are on already. To use another app, turn them off first.");
}

enum err_code
factor_begin(struct cx *cx)
{
    char bytes[TOTP_SEED_BYTES];
    bool begun;
    if (session_need(cx) || CHANGE_BEGIN(cx))
        return cx->err.code;
    const struct user *u = &cx->actor.user;
    random_bytes(bytes, sizeof bytes);
    struct str sealed = seal(cx->arena, cx->secrets, SUBKEY_TOTP,
        bound_seed(cx->arena, u->uuid), (struct str){ bytes, sizeof bytes });
    if (store_factor_begin(cx->store, u->id, sealed, cx->now_s, &begun) ||
        (!begun && is_on(cx)))
        return change_abort(cx);
    struct audit_event event = { "factor.begin", "user", u->uuid, u->email,
        NULL };
    return change_commit(cx, &event);
}

/* The factor of the actor that waits for its first code. */
static enum err_code
waiting(struct cx *cx, struct factor *f, struct str *seed)
{
    const struct user *u = &cx->actor.user;
    if (store_factor_find(cx->store, u->id, f))
        return cx->err.code;
    if (f->proved_s)
        return is_on(cx);
    if (!f->id)
        return ERR(&cx->err, ERR_NOT_FOUND,
            "Nothing waits to be confirmed. Turn on codes first.");
    return open_seed(cx, u, f, seed);
}

enum err_code
factor_pending(struct cx *cx, struct factor_seed *out)
{
    struct factor f;
    struct str seed;
    struct buf uri;
    if (session_need(cx) || waiting(cx, &f, &seed))
        return cx->err.code;
    out->base32 = base32_show(cx->arena, seed);
    buf_init(&uri, cx->arena, BUF_MAX_FIELD);
    buf_cstr(&uri, "otpauth://totp/Keylodge:");
    url_encode(&uri, cx->actor.user.email);
    buf_cstr(&uri, "?secret=");
    buf_str(&uri, out->base32);
    buf_cstr(&uri, "&issuer=Keylodge");
    must(!uri.full);
    out->uri = buf_view(&uri);
    return ERR_OK;
}

enum err_code
factor_turn_on(struct cx *cx, struct str code, struct str *codes,
    struct str *session)
{
    struct factor f;
    struct str seed;
    if (session_need(cx) || CHANGE_BEGIN(cx))
        return cx->err.code;
    const struct user *u = &cx->actor.user;
    if (waiting(cx, &f, &seed))
        return change_abort(cx);
    int64_t step = totp_match(seed, plain_code(cx, code), cx->now_s, 0);
    if (!step) {
        err_field(&cx->err, "code", "This is not the code that the app shows "
            "now. If it is, the clock of that device is wrong");
        return change_abort(cx);
    }
    if (store_factor_prove(cx->store, f.id, step, cx->now_s) ||
        new_codes(cx, codes) || session_only(cx, session))
        return change_abort(cx);
    struct audit_event event = { "factor.on", "user", u->uuid, u->email,
        NULL };
    return change_commit(cx, &event);
}

/* In the open transaction: this person's factor is on, or ERR_CONFLICT. */
static enum err_code
need_on(struct cx *cx, const struct user *u)
{
    bool on;
    if (factor_on(cx, u->id, &on) || on)
        return cx->err.code;
    return ERR(&cx->err, ERR_CONFLICT, "Codes are off already.");
}

enum err_code
factor_renew_codes(struct cx *cx, struct str *codes)
{
    if (session_need(cx) || CHANGE_BEGIN(cx))
        return cx->err.code;
    const struct user *u = &cx->actor.user;
    if (need_on(cx, u) || new_codes(cx, codes))
        return change_abort(cx);
    struct audit_event event = { "factor.codes", "user", u->uuid, u->email,
        NULL };
    return change_commit(cx, &event);
}

enum err_code
factor_turn_off(struct cx *cx, struct str *session)
{
    if (session_need(cx) || CHANGE_BEGIN(cx))
        return cx->err.code;
    const struct user *u = &cx->actor.user;
    if (need_on(cx, u) || store_factor_remove(cx->store, u->id) ||
        session_only(cx, session))
        return change_abort(cx);
    struct audit_event event = { "factor.off", "user", u->uuid, u->email,
        NULL };
    return change_commit(cx, &event);
}

enum err_code
factor_remove(struct cx *cx, struct str email)
{
    struct user u;
    if (cx->actor.kind != ACTOR_SHELL)
        return ERR(&cx->err, ERR_FORBIDDEN, "Only the shell does this.");
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (user_by_email(cx, email, &u) || need_on(cx, &u) ||
        store_factor_remove(cx->store, u.id) ||
        store_user_end_sessions(cx->store, u.id, cx->now_s) ||
        store_session_end_others(cx->store, u.id, 0))
        return change_abort(cx);
    struct audit_event event = { "factor.off", "user", u.uuid, u.email,
        NULL };
    return change_commit(cx, &event);
}

/* ---- using it ---- */

static enum err_code
use_app(struct cx *cx, const struct user *u, const struct factor *f,
    struct str code, bool *taken)
{
    struct str seed;
    *taken = false;
    if (open_seed(cx, u, f, &seed))
        return cx->err.code;
    int64_t step = totp_match(seed, code, cx->now_s, f->last_step);
    return step ? store_factor_step(cx->store, f->id, step, taken) : ERR_OK;
}

enum err_code
factor_use(struct cx *cx, const struct user *u, struct str code,
    enum factor_use *how)
{
    struct factor f;
    bool taken = false;
    *how = FACTOR_WRONG;
    code = plain_code(cx, code);
    if (store_factor_find(cx->store, u->id, &f) || !f.proved_s)
        return cx->err.code;
    if (f.broken) {
        seal_alarm_person(cx, f.id, "factor", u->email);
        return ERR_OK;
    }
    if (code.n == RECOVERY_CHARS) {
        if (!store_recovery_use(cx->store, u->id, hash_of(cx, code),
                cx->now_s, &taken) && taken)
            *how = FACTOR_RECOVERY;
    } else if (!use_app(cx, u, &f, code, &taken) && taken) {
        *how = FACTOR_CODE;
    }
    return cx->err.code;
}

enum err_code
factor_on(struct cx *cx, int64_t user_id, bool *on)
{
    struct factor f;
    *on = false;
    if (store_factor_find(cx->store, user_id, &f))
        return cx->err.code;
    *on = f.proved_s != 0;
    return ERR_OK;
}

enum err_code
factor_missing(struct cx *cx, const struct workspace *w, bool *missing)
{
    bool on;
    *missing = false;
    if (cx->actor.kind != ACTOR_USER || cx->now_s < w->second_factor_s ||
        !factor_rule_covers(w->second_factor, w->role))
        return ERR_OK;
    if (factor_on(cx, cx->actor.user.id, &on))
        return cx->err.code;
    *missing = !on;
    return ERR_OK;
}

enum err_code
factor_due(struct cx *cx, int64_t *from_s)
{
    struct workspace then = cx->ws;
    bool missing;
    *from_s = 0;
    then.second_factor_s = 0;
    if (cx->now_s >= cx->ws.second_factor_s ||
        factor_missing(cx, &then, &missing))
        return cx->err.code;
    *from_s = missing ? cx->ws.second_factor_s : 0;
    return ERR_OK;
}

enum err_code
factor_need(struct cx *cx)
{
    bool missing;
    struct str name = cx->ws.name;
    if (factor_missing(cx, &cx->ws, &missing) || !missing)
        return cx->err.code;
    cx->ws = (struct workspace){ 0 };
    ERR(&cx->err, ERR_FORBIDDEN, "%.*s asks you for a code at sign-in. Turn on "
        "codes on the page Security of your account, then go on here.",
        STR_ARG(name));
    cx->err.reason = FACTOR_REASON;
    return cx->err.code;
}
