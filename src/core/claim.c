/* SPDX-License-Identifier: ISC */
#include "core/claim.h"

#include "core/ceiling.h"
#include "core/change.h"
#include "core/key.h"
#include "core/key_rules.h"
#include "core/proof.h"
#include "core/rowseal.h"
#include "core/throttle.h"
#include "secret/random.h"
#include "store/store_user.h"
#include "store/store_workspace.h"
#include "text/when.h"

static const char KIND[] = "claim";

enum err_code
claim_allowed(struct cx *cx, enum key_kind kind, int claim)
{
    if (!claim || kind == KEY_STANDARD)
        return ERR_OK;
    return err_field(&cx->err, "claim", "The secret of this kind of key is "
        "shown to who makes it. Choose to see it now");
}

enum err_code
claim_start(struct cx *cx, struct key *k, int claim, struct str *link)
{
    struct str token = random_token(cx->arena);
    *link = arena_fmt(cx->arena, "%.*s/claim/%.*s", STR_ARG(cx->public_url),
        STR_ARG(token));
    k->claim_ends_s = cx->now_s + key_claim_s(claim);
    if (k->expires_s && k->expires_s < k->claim_ends_s)
        k->claim_ends_s = k->expires_s;
    if (store_once_void(cx->store, KIND, 0, k->id, cx->now_s) ||
        store_key_claim_ends(cx->store, k, k->claim_ends_s, cx->now_s))
        return cx->err.code;
    return store_once_insert(cx->store, KIND,
        proof_token(cx, SUBKEY_ONCE, token), 0, k->id, cx->now_s,
        k->claim_ends_s);
}

/* A key that the actor may change, and that waits. */
static enum err_code
find_waiting(struct cx *cx, struct str prefix, struct key *out)
{
    if (key_find_to_edit(cx, prefix, out))
        return cx->err.code;
    if (out->claimed_s)
        return ERR(&cx->err, ERR_CONFLICT,
            "The holder of this key has opened the link already.");
    if (!key_waits(out) || out->revoked_s)
        return ERR(&cx->err, ERR_CONFLICT,
            "This key does not wait for a holder.");
    return ERR_OK;
}

enum err_code
claim_renew(struct cx *cx, struct str prefix, const struct claim_in *in,
    struct str *link, struct key *out)
{
    *link = (struct str){ NULL, 0 };
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (key_find_to_edit(cx, prefix, out) ||
        key_form_check(cx, in->once, out) || find_waiting(cx, prefix, out) ||
        store_key_access(cx->store, out) || ceiling_need(cx, out) ||
        claim_start(cx, out, KEY_CLAIM_DAY + in->claim, link) ||
        key_form_note(cx, in->once, out)) {
        *link = (struct str){ NULL, 0 };
        return change_abort(cx);
    }
    struct val *details = val_map(cx->arena);
    val_put_str(details, "ends", when_rfc3339(cx->arena, out->claim_ends_s));
    struct audit_event event = { "key.claim_link", "key", out->prefix,
        out->name, details };
    if (change_commit(cx, &event))
        *link = (struct str){ NULL, 0 };
    return cx->err.code;
}

enum err_code
claim_withdraw(struct cx *cx, struct str prefix, struct key *out)
{
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (find_waiting(cx, prefix, out))
        return change_abort(cx);
    struct audit_event event = { "key.claim_withdraw", "key", out->prefix,
        out->name, NULL };
    if (out->claim_ends_s <= cx->now_s)
        return change_commit(cx, AUDIT_NONE); /* it is dead already */
    if (store_once_void(cx->store, KIND, 0, out->id, cx->now_s) ||
        store_key_claim_ends(cx->store, out, cx->now_s, cx->now_s))
        return change_abort(cx);
    return change_commit(cx, &event);
}

/* The key is read as in its workspace, whoever asks: having the link is the
 * right to it.  cx->ws stays there. */
static enum err_code
find(struct cx *cx, struct str token, struct claim_link *link,
    struct claim *out)
{
    *out = (struct claim){ .state = CLAIM_OVER };
    if (store_key_of_claim(cx->store, proof_token(cx, SUBKEY_ONCE, token),
            link))
        return cx->err.code;
    if (link->broken)
        seal_alarm_person(cx, link->id, "link", link->prefix);
    if (!link->id || link->broken)
        return ERR(&cx->err, ERR_NOT_FOUND,
            "There is no such link. Check that it was copied whole, or ask "
            "for a new one.");
    if (store_workspace_by_id(cx->store, link->workspace_id, 0, &cx->ws) ||
        key_find(cx, link->prefix, &out->key))
        return cx->err.code;
    out->workspace = cx->ws.name;
    out->ends_s = link->ends_s;
    if (link->used_s)
        out->state = CLAIM_TAKEN;
    else if (link->ends_s > cx->now_s && !cx->ws.deleted_s &&
        key_status(&out->key, cx->now_s) == KEY_WAITING)
        out->state = CLAIM_OPEN;
    return ERR_OK;
}

enum err_code
claim_look(struct cx *cx, struct str token, struct claim *out)
{
    struct claim_link link;
    struct workspace own = cx->ws;
    enum err_code code = find(cx, token, &link, out);
    cx->ws = own;
    return code;
}

/* In the open transaction. */
static enum err_code
make_secret(struct cx *cx, const struct claim_link *link, struct claim *c,
    struct str *text)
{
    bool changed;
    if (store_once_use(cx->store, link->id, cx->now_s) ||
        store_key_claimed(cx->store, &c->key, cx->address, cx->agent,
            cx->now_s, &changed))
        return cx->err.code;
    if (!changed)
        return ERR_FAULT(&cx->err, "a claim of a key that does not wait");
    c->key.claimed_s = cx->now_s;
    return key_new_secret(cx, &c->key, text);
}

enum err_code
claim_take(struct cx *cx, struct str token, struct str *text,
    struct claim *out)
{
    struct claim_link link;
    *text = (struct str){ NULL, 0 };
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (throttle_take(cx, THROTTLE_SIGN_IN, STR("")))
        return change_abort(cx);
    if (find(cx, token, &link, out)) {
        /* the try counts, what it was for does not */
        struct err why = cx->err;
        err_init(&cx->err, cx->arena);
        if (!change_commit(cx, AUDIT_NONE))
            cx->err = why;
        return cx->err.code;
    }
    if (out->state != CLAIM_OPEN)
        return change_commit(cx, AUDIT_NONE);
    struct audit_event event = { "key.claim", "key", out->key.prefix,
        out->key.name, NULL };
    if (throttle_give(cx, THROTTLE_SIGN_IN, STR("")) ||
        make_secret(cx, &link, out, text)) {
        *text = (struct str){ NULL, 0 };
        return change_abort(cx);
    }
    if (change_commit(cx, &event))
        *text = (struct str){ NULL, 0 };
    return cx->err.code;
}
