/* SPDX-License-Identifier: ISC */
/* Reading keys, and the small changes: disable, enable, end, revoke. */
#include "core/key.h"

#include "core/access.h"
#include "core/ceiling.h"
#include "core/change.h"
#include "core/key_rules.h"
#include "core/rowseal.h"
#include "secret/keytext.h"
#include "store/store_workspace.h"
#include "text/when.h"

#include <inttypes.h>
#include <string.h>

bool
key_spent_up(const struct key *k)
{
    return k->spend_limit >= 0 && k->spent >= k->spend_limit;
}

bool
key_waits(const struct key *k)
{
    return k->claim_ends_s && !k->claimed_s;
}

enum key_status
key_status(const struct key *k, int64_t now_s)
{
    if (k->revoked_s)
        return KEY_REVOKED;
    if (k->expires_s && k->expires_s <= now_s)
        return KEY_EXPIRED;
    if (k->suspended_s)
        return KEY_SUSPENDED;
    if (k->disabled_s)
        return KEY_DISABLED;
    if (key_waits(k))
        return KEY_WAITING;
    if (key_spent_up(k) || k->rule_over.n)
        return KEY_LIMIT_REACHED;
    if (k->expires_s && k->expires_s <= now_s + KEY_EXPIRING_S)
        return KEY_EXPIRING;
    if (k->old_ends_s > now_s)
        return KEY_ROTATING;
    return KEY_ACTIVE;
}

bool
key_leaked(const struct key *k)
{
    return k->suspended_s && str_is(k->suspended_why, "leaked");
}

bool
key_broken(const struct key *k)
{
    return k->suspended_s && str_is(k->suspended_why, KEY_SEAL_BROKEN);
}

struct str
key_seal_ad(struct arena *a, const struct key *k)
{
    return arena_fmt(a, "key 1 %" PRId64 " %.*s %.*s %s", k->workspace_id,
        STR_ARG(k->uuid), STR_ARG(k->prefix), key_kind_name(k->kind));
}

bool
key_may_edit(const struct cx *cx, const struct key *k)
{
    if (k->kind != KEY_STANDARD)
        return access_has(cx, RIGHT_KEY_SPECIAL);
    return access_has(cx, RIGHT_KEY_OTHERS) ||
        (access_own(cx, k) && access_has(cx, RIGHT_KEY_CREATE));
}

bool
key_may_revoke(const struct cx *cx, const struct key *k)
{
    return access_has(cx, RIGHT_KEY_REVOKE) &&
        (k->kind == KEY_STANDARD || access_has(cx, RIGHT_KEY_SPECIAL));
}

bool
key_may_create(const struct cx *cx, enum key_kind kind)
{
    return access_has(cx,
        kind == KEY_STANDARD ? RIGHT_KEY_CREATE : RIGHT_KEY_SPECIAL);
}

enum err_code
key_need_edit(struct cx *cx, const struct key *k)
{
    if (key_may_edit(cx, k))
        return access_alive(cx);
    return access_need(cx,
        k->kind == KEY_STANDARD ? RIGHT_KEY_OTHERS : RIGHT_KEY_SPECIAL);
}

enum err_code
key_need_revoke(struct cx *cx, const struct key *k)
{
    if (key_may_revoke(cx, k))
        return ERR_OK;
    return access_need(cx,
        k->kind == KEY_STANDARD ? RIGHT_KEY_REVOKE : RIGHT_KEY_SPECIAL);
}

enum err_code
key_need_create(struct cx *cx, enum key_kind kind)
{
    return access_need(cx,
        kind == KEY_STANDARD ? RIGHT_KEY_CREATE : RIGHT_KEY_SPECIAL);
}

enum err_code
key_find(struct cx *cx, struct str prefix, struct key *out)
{
    struct key_times t;
    cx_times(cx, &t);
    if (store_key_by_prefix(cx->store, cx->ws.id, prefix, &t, out))
        return cx->err.code;
    if (!out->id)
        return ERR(&cx->err, ERR_NOT_FOUND,
            "There is no such key in this workspace.");
    return ERR_OK;
}

enum err_code
key_find_to_edit(struct cx *cx, struct str prefix, struct key *out)
{
    if (access_need(cx, RIGHT_KEY_SEE) || key_find(cx, prefix, out))
        return cx->err.code;
    return key_need_edit(cx, out);
}

/* The same to stop it, which is done in a deleted workspace, too. */
static enum err_code
find_to_stop(struct cx *cx, struct str prefix, struct key *out)
{
    if (access_need(cx, RIGHT_KEY_SEE) || key_find(cx, prefix, out))
        return cx->err.code;
    return key_may_edit(cx, out) ? ERR_OK : key_need_edit(cx, out);
}

/* Members see facts of standard keys; the others are not even named.  A key
 * that may set limits sees admin keys too: it may be one of them. */
static bool
sees(const struct cx *cx, enum key_kind kind)
{
    if (kind == KEY_STANDARD)
        return access_has(cx, RIGHT_KEY_SEE);
    return access_has(cx, RIGHT_KEY_SPECIAL) ||
        (kind == KEY_ADMIN && cx->actor.kind == ACTOR_KEY &&
            access_has(cx, RIGHT_LIMITS));
}

static enum err_code
need_see(struct cx *cx, enum key_kind kind)
{
    if (sees(cx, kind))
        return ERR_OK;
    return access_need(cx,
        kind == KEY_STANDARD ? RIGHT_KEY_SEE : RIGHT_KEY_SPECIAL);
}

enum err_code
key_get(struct cx *cx, struct str prefix, struct key *out)
{
    *out = (struct key){ 0 };
    if (access_need(cx, RIGHT_KEY_SEE) || key_find(cx, prefix, out))
        return cx->err.code;
    if (need_see(cx, out->kind)) {
        *out = (struct key){ 0 };
        return cx->err.code;
    }
    return store_key_access(cx->store, out);
}

enum err_code
key_by_uuid(struct cx *cx, struct str uuid, struct key *out)
{
    struct key_times t;
    cx_times(cx, &t);
    *out = (struct key){ 0 };
    if (access_need(cx, RIGHT_KEY_SEE) ||
        store_key_by_uuid(cx->store, cx->ws.id, str_lower(cx->arena, uuid),
            &t, out))
        return cx->err.code;
    if (!out->id || !sees(cx, out->kind)) {
        *out = (struct key){ 0 };
        return ERR(&cx->err, ERR_NOT_FOUND,
            "There is no such key in this workspace.");
    }
    return store_key_access(cx->store, out);
}

enum err_code
key_own(struct cx *cx, struct key *out)
{
    const struct key *k = &cx->actor.key;
    if (cx->actor.kind != ACTOR_KEY)
        return ERR(&cx->err, ERR_FORBIDDEN, "Only an API key has itself.");
    if (key_find(cx, k->prefix, out))
        return cx->err.code;
    must(out->id == k->id);
    return store_key_access(cx->store, out);
}

enum err_code
key_enter(struct cx *cx)
{
    struct key now_is;
    struct key *k = &cx->actor.key;
    must(cx->actor.kind == ACTOR_KEY);
    cx->ws = (struct workspace){ .id = k->workspace_id };
    if (key_find(cx, k->prefix, &now_is) ||
        store_workspace_by_id(cx->store, k->workspace_id,
            now_is.owner_user_id, &cx->ws))
        return cx->err.code;
    if (cx->ws.seal || key_broken(&now_is))
        return seal_refuse(cx);
    if (now_is.id != k->id || now_is.revoked_s ||
        (now_is.expires_s && now_is.expires_s <= cx->now_s)) {
        ERR(&cx->err, ERR_UNAUTHENTICATED,
            "This API key is not valid any more.");
        cx->err.reason = "invalid_api_key";
    } else if (now_is.disabled_s || now_is.suspended_s || cx->ws.deleted_s) {
        ERR(&cx->err, ERR_FORBIDDEN, cx->ws.deleted_s
                ? "The workspace of this API key was deleted."
                : "This API key was switched off.");
        cx->err.reason = "disabled_api_key";
    }
    if (cx->err.code)
        return cx->err.code;
    *k = now_is;
    return ERR_OK;
}

enum err_code
key_list(struct cx *cx, struct key_filter *f, struct key **out, size_t *n,
    bool *more)
{
    struct key_times t;
    cx_times(cx, &t);
    *n = 0;
    *more = false;
    if (need_see(cx, f->kind))
        return cx->err.code;
    f->workspace_id = cx->ws.id;
    int most = f->most;
    f->most = most + 1;
    enum err_code code = store_key_list(cx->store, f, &t, out, n);
    f->most = most;
    if (!code && *n > (size_t)most) {
        *more = true;
        *n = (size_t)most;
        if (f->back) /* the extra row is the first one then */
            (*out)++;
    }
    return code;
}

enum err_code
key_list_all(struct cx *cx, enum key_kind kind, struct key **out, size_t *n)
{
    enum { AT_ONCE = 500 };
    struct key_filter f = { .kind = kind, .back = true, .most = AT_ONCE };
    size_t cap = 0;
    bool more = true;
    *out = NULL;
    *n = 0;
    while (more) {
        struct key *part, *all;
        size_t n_part;
        if (key_list(cx, &f, &part, &n_part, &more))
            return cx->err.code;
        if (*n + n_part > cap) {
            cap = 2 * cap + AT_ONCE;
            all = arena_array(cx->arena, cap, sizeof *all);
            if (*n)
                memcpy(all, *out, *n * sizeof *all);
            *out = all;
        }
        for (size_t i = n_part; i > 0; i--) /* a page is newest first */
            (*out)[(*n)++] = part[i - 1];
        if (n_part)
            f.mark_id = part[0].id;
    }
    return ERR_OK;
}

enum err_code
key_counts(struct cx *cx, enum key_kind kind, struct key_counts *out)
{
    *out = (struct key_counts){ .most = cx->ws.key_max };
    if (need_see(cx, kind) ||
        store_key_any(cx->store, cx->ws.id, kind, &out->any) ||
        store_key_count_live(cx->store, cx->ws.id, kind, cx->now_s,
            KEY_COUNT_SHOWN, &out->live))
        return cx->err.code;
    out->room = out->live < out->most;
    return ERR_OK;
}

enum err_code
key_secrets(struct cx *cx, const struct key *k, struct key_secret **out,
    size_t *n)
{
    if (store_secret_list(cx->store, k->id, out, n))
        return cx->err.code;
    for (size_t i = 0; i < *n; i++)
        (*out)[i].sealed = STR("");
    return ERR_OK;
}

enum err_code
key_labels(struct cx *cx, const struct key *k, struct key_label **out,
    size_t *n)
{
    return store_key_labels(cx->store, k->id, out, n);
}

static enum err_code
refuse_if_over(struct cx *cx, const struct key *k)
{
    if (k->revoked_s)
        return ERR(&cx->err, ERR_CONFLICT,
            "This key was revoked and cannot be changed any more.");
    return ERR_OK;
}

/* Close a change of state; nothing is written when it was so before. */
static enum err_code
close_state(struct cx *cx, const struct key *k, const char *action,
    bool changed)
{
    struct audit_event event = { action, "key", k->prefix, k->name, NULL };
    return change_commit(cx, changed ? &event : AUDIT_NONE);
}

enum err_code
key_disable(struct cx *cx, struct str prefix, struct key *out)
{
    bool changed;
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (find_to_stop(cx, prefix, out) || refuse_if_over(cx, out) ||
        store_key_disable(cx->store, out, cx_actor_name(cx), cx->now_s,
            &changed))
        return change_abort(cx);
    return close_state(cx, out, "key.disable", changed);
}

enum err_code
key_enable(struct cx *cx, struct str prefix, struct key *out)
{
    bool changed;
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (key_find_to_edit(cx, prefix, out) || refuse_if_over(cx, out) ||
        store_key_access(cx->store, out) || ceiling_need(cx, out) ||
        store_key_enable(cx->store, out, cx->now_s, &changed))
        return change_abort(cx);
    return close_state(cx, out, "key.enable", changed);
}

enum err_code
key_end_old(struct cx *cx, struct str prefix)
{
    struct key k;
    bool changed;
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (find_to_stop(cx, prefix, &k) || refuse_if_over(cx, &k) ||
        store_secret_end_old(cx->store, k.id, cx->now_s, &changed))
        return change_abort(cx);
    return close_state(cx, &k, "key.end_old_secret", changed);
}

bool
key_needs_name(const struct cx *cx, const struct key *k)
{
    return k->used_s > cx->now_s - DAY_S;
}

enum err_code
key_revoke(struct cx *cx, struct str prefix, bool asked, struct str confirm,
    struct key *out)
{
    bool changed;
    /* a full disk must not keep a leaked key alive */
    store_tx_urgent(cx->store);
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (access_need(cx, RIGHT_KEY_SEE) || key_find(cx, prefix, out) ||
        key_need_revoke(cx, out))
        return change_abort(cx);
    if (asked && !out->revoked_s && key_needs_name(cx, out) &&
        !str_eq(confirm, out->name)) {
        err_field(&cx->err, "confirm",
            "Type the name of the key exactly as it is shown");
        return change_abort(cx);
    }
    if (store_key_revoke(cx->store, out, cx_actor_name(cx), cx->now_s,
            &changed))
        return change_abort(cx);
    return close_state(cx, out, "key.revoke", changed);
}

enum err_code
key_calls_today(struct cx *cx, const struct key *k, int64_t *calls)
{
    return store_key_calls_since(cx->store, k, cx->now_s - DAY_S, calls);
}

enum err_code
key_workspace(struct cx *cx, struct str prefix, int64_t *workspace_id)
{
    struct gate_key g;
    if (cx->actor.kind != ACTOR_SHELL)
        return ERR(&cx->err, ERR_FORBIDDEN, "Only the shell does this.");
    if (store_gate_key(cx->store, prefix, cx->now_s, NULL, NULL, &g))
        return cx->err.code;
    if (!g.key.id && prefix.n != KEYTEXT_PREFIX) /* it may be a secret */
        return ERR(&cx->err, ERR_NOT_FOUND, "There is no such key. Name it by "
            "its prefix, of %d characters, which key list shows.",
            KEYTEXT_PREFIX);
    if (!g.key.id)
        return ERR(&cx->err, ERR_NOT_FOUND, "There is no key %.*s.",
            STR_ARG(prefix));
    *workspace_id = g.key.workspace_id;
    return ERR_OK;
}
