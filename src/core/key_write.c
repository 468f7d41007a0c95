/* SPDX-License-Identifier: ISC */
/* Making keys and secrets, and editing. */
#include "core/key.h"

#include "base/buf.h"
#include "core/access.h"
#include "core/ceiling.h"
#include "core/change.h"
#include "core/claim.h"
#include "core/form.h"
#include "core/key_rules.h"
#include "core/limit.h"
#include "core/usage.h"
#include "secret/keytext.h"
#include "secret/mac.h"
#include "secret/random.h"
#include "secret/seal.h"
#include "secret/signing.h"
#include "store/store_leak.h"
#include "store/store_team.h"
#include "store/store_user.h"
#include "text/money.h"
#include "text/when.h"

#include <inttypes.h>

/* A form's id counts as used for this long; then its row is pruned and the
 * session that could send it again is long over. */
enum { FORM_ONCE_S = 2 * DAY_S };

enum err_code
key_form_check(struct cx *cx, struct str once, struct key *out)
{
    int64_t at_s;
    struct str prefix;
    if (once.n == 0)
        return ERR_OK; /* the shell and programs have no form */
    if (store_form_once_find(cx->store, form_mac(cx, once),
            cx->actor.user.id, &at_s, &prefix))
        return cx->err.code;
    if (!at_s)
        return ERR_OK;
    if (key_find(cx, prefix, out))
        return cx->err.code;
    out->created_s = at_s;
    ERR(&cx->err, ERR_CONFLICT, "This key was already shown.");
    cx->err.reason = "shown";
    return cx->err.code;
}

enum err_code
key_form_note(struct cx *cx, struct str once, const struct key *k)
{
    if (once.n == 0)
        return ERR_OK;
    if (store_form_once_insert(cx->store, form_mac(cx, once),
            cx->actor.user.id, k->id, cx->now_s))
        return cx->err.code;
    return store_form_once_prune(cx->store, cx->now_s - FORM_ONCE_S);
}

enum err_code
key_new_prefix(struct cx *cx, struct str *out)
{
    enum { TRIES_MOST = 8 };
    char *p = arena_alloc(cx->arena, KEYTEXT_PREFIX);
    bool taken = true;
    for (int i = 0; i < TRIES_MOST && taken; i++) {
        random_b62(p, KEYTEXT_PREFIX);
        *out = (struct str){ p, KEYTEXT_PREFIX };
        if (store_key_prefix_taken(cx->store, *out, &taken))
            return cx->err.code;
    }
    return taken ? ERR_FAULT(&cx->err, "no free prefix") : ERR_OK;
}

enum err_code
key_new_secret(struct cx *cx, struct key *k, struct str *text)
{
    static const enum keytext_kind kinds[] = { KEYTEXT_STANDARD,
        KEYTEXT_MANAGEMENT, KEYTEXT_ADMIN };
    uint8_t hash[KEYTEXT_HASH];
    *text = keytext_make(cx->arena, k->prefix, kinds[k->kind]);
    keytext_hash(*text, hash);
    k->last4 = str_from(*text, KEYTEXT_CHARS - KEYTEXT_LAST);
    struct str sealed = seal(cx->arena, cx->secrets, SUBKEY_APIKEY,
        key_seal_ad(cx->arena, k),
        (struct str){ (const char *)hash, sizeof hash });
    return store_secret_insert(cx->store, k->id, sealed, k->last4, cx->now_s);
}

struct str
key_signing(struct cx *cx, const struct key *k, struct str text)
{
    uint8_t hash[KEYTEXT_HASH];
    if (k->kind != KEY_MANAGEMENT)
        return (struct str){ NULL, 0 };
    keytext_hash(text, hash);
    return signing_secret(cx->arena, cx->secrets, k->uuid, hash);
}

static enum err_code
check_room(struct cx *cx, enum key_kind kind)
{
    int64_t live;
    if (store_key_count_live(cx->store, cx->ws.id, kind, cx->now_s,
            cx->ws.key_max, &live))
        return cx->err.code;
    if (live < cx->ws.key_max)
        return ERR_OK;
    ERR(&cx->err, ERR_CONFLICT,
        "This workspace has %" PRId64 " of %.*s. Revoke one that is not "
        "needed, or ask an owner to raise the limit in Settings.", live,
        STR_ARG(count_of(cx->arena, cx->ws.key_max, "key")));
    cx->err.reason = "limit";
    return cx->err.code;
}

static struct str
limit_text(struct cx *cx, const struct key *k)
{
    if (k->spend_limit < 0)
        return STR("none");
    return arena_fmt(cx->arena, "%.*s %s%s",
        STR_ARG(money_show(cx->arena, k->spend_limit)),
        k->spend_reset == SPEND_NO_RESET ? "" : "each ",
        k->spend_reset == SPEND_NO_RESET ? "in all"
                                         : spend_reset_name(k->spend_reset));
}

static struct str
expiry_text(struct cx *cx, const struct key *k)
{
    return k->expires_s ? when_rfc3339(cx->arena, k->expires_s)
                        : STR("none");
}

/* "models: a, b; " unless all are allowed. */
static void
add_access(struct buf *b, const char *what, bool all, const struct strs *list)
{
    if (all)
        return;
    buf_fmt(b, "%s%s: ", b->n ? "; " : "", what);
    for (size_t i = 0; i < list->n; i++)
        buf_fmt(b, "%s%.*s", i ? ", " : "", STR_ARG(list->items[i]));
    if (list->n == 0)
        buf_cstr(b, "none");
}

/* The lists themselves, so that the log tells one change from another; models
 * by uuid, because names may be given to others later. */
static struct str
access_text(struct cx *cx, const struct key_access *a)
{
    struct buf b;
    struct strs deployment = { (struct str[]){ a->deployment_uuid }, 1 };
    buf_init(&b, cx->arena, BUF_MAX_FIELD);
    add_access(&b, "categories", a->all_categories, &a->categories);
    add_access(&b, "models", a->all_models, &a->model_uuids);
    add_access(&b, "endpoints", a->all_endpoints, &a->endpoints);
    add_access(&b, "networks", a->all_networks, &a->networks);
    add_access(&b, "deployment", a->deployment_id == 0, &deployment);
    return b.n ? buf_view(&b) : STR("everything");
}

/* Everything of a new key, in the open transaction. */
static enum err_code
insert_key(struct cx *cx, const struct key_in *in, struct key *k,
    struct str *text, struct str *rates)
{
    struct key_label *labels;
    size_t n_labels;
    if (check_room(cx, k->kind) || key_new_prefix(cx, &k->prefix) ||
        ceiling_start(cx, k) || key_apply(cx, in, k, &labels, &n_labels) ||
        store_key_insert(cx->store, k,
            cx->actor.kind == ACTOR_KEY ? cx->actor.key.id : 0, cx->now_s) ||
        (in->claim ? claim_start(cx, k, in->claim, text)
                   : key_new_secret(cx, k, text)) ||
        store_key_set_access(cx->store, k) ||
        store_key_set_labels(cx->store, k->id, labels, n_labels) ||
        limit_start(cx, in, k, rates))
        return cx->err.code;
    return key_form_note(cx, in->once, k);
}

enum err_code
key_create(struct cx *cx, enum key_kind kind, const struct key_in *in,
    struct str *text, struct key *out)
{
    struct str rates;
    *text = (struct str){ NULL, 0 };
    *out = (struct key){
        .uuid = random_uuid(cx->arena, cx->now_s * 1000),
        .workspace_id = cx->ws.id,
        .kind = kind,
        .by_user_id =
            cx->actor.kind == ACTOR_USER ? cx->actor.user.id : 0,
        .by_name = cx_actor_name(cx),
        .created_s = cx->now_s,
        .spend_limit = -1,
        .version = 1,
    };
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (key_need_create(cx, kind) || claim_allowed(cx, kind, in->claim) ||
        key_form_check(cx, in->once, out) ||
        insert_key(cx, in, out, text, &rates)) {
        *text = (struct str){ NULL, 0 };
        return change_abort(cx);
    }
    struct val *details = val_map(cx->arena);
    val_put_cstr(details, "kind", key_kind_name(kind));
    val_put_str(details, "expires", expiry_text(cx, out));
    val_put_str(details, "spending_limit", limit_text(cx, out));
    val_put_str(details, "rate_limits", rates);
    if (in->claim)
        val_put_str(details, "claim_link_ends",
            when_rfc3339(cx->arena, out->claim_ends_s));
    val_put_str(details, "access", access_text(cx, &out->access));
    struct audit_event event = { "key.create", "key", out->prefix, out->name,
        details };
    if (change_commit(cx, &event))
        *text = (struct str){ NULL, 0 };
    return cx->err.code;
}

/* Expired: then it does not count among the keys there may be. */
static bool
is_over(const struct cx *cx, const struct key *k)
{
    return k->expires_s && k->expires_s <= cx->now_s;
}

static bool
owner_changed(const struct key *a, const struct key *b)
{
    return a->owner_user_id != b->owner_user_id ||
        a->owner_service_id != b->owner_service_id;
}

static struct val *
edit_diff(struct cx *cx, const struct key *a, const struct key *b)
{
    struct val *d = val_map(cx->arena);
    change_diff(d, "name", a->name, b->name);
    change_diff(d, "note", a->note, b->note);
    change_diff(d, "expires", expiry_text(cx, a), expiry_text(cx, b));
    change_diff(d, "spending_limit", limit_text(cx, a), limit_text(cx, b));
    change_diff(d, "access", access_text(cx, &a->access),
        access_text(cx, &b->access));
    if (is_over(cx, a) && !is_over(cx, b))
        val_put_bool(d, "expired_before", true);
    if (owner_changed(a, b))
        val_put_bool(d, "owner_changed", true);
    return d;
}

/* On or off, as a program may ask with the rest of an edit. */
static enum err_code
switch_key(struct cx *cx, const struct key *k, enum key_power power,
    struct val *details)
{
    bool changed = false;
    if (power == KEY_ON &&
        store_key_enable(cx->store, k, cx->now_s, &changed))
        return cx->err.code;
    if (power == KEY_OFF &&
        store_key_disable(cx->store, k, cx_actor_name(cx), cx->now_s,
            &changed))
        return cx->err.code;
    if (changed)
        change_diff(details, "disabled",
            power == KEY_ON ? STR("yes") : STR("no"),
            power == KEY_ON ? STR("no") : STR("yes"));
    return ERR_OK;
}

/* Does a program set the spending limit, and nothing else? */
static bool
only_spend(const struct key_in *in)
{
    uint64_t spend = (uint64_t)1 << field_index(key_fields,
                         STR("spend_limit")) |
        (uint64_t)1 << field_index(key_fields, STR("spend_reset"));
    return in->partial && in->power == KEY_AS_IT_IS && in->set.present &&
        !(in->set.present & ~spend);
}

/* That is setting a limit, so who sets limits may do it. */
static enum err_code
find_to_edit(struct cx *cx, struct str prefix, const struct key_in *in,
    struct key *out)
{
    if (!only_spend(in))
        return key_find_to_edit(cx, prefix, out);
    if (access_need(cx, RIGHT_LIMITS) || key_find(cx, prefix, out))
        return cx->err.code;
    return out->kind == KEY_STANDARD ? ERR_OK : key_need_edit(cx, out);
}

enum err_code
key_edit(struct cx *cx, struct str prefix, const struct key_in *in,
    struct key *now_is)
{
    struct key k;
    struct key_label *labels;
    size_t n_labels;
    bool changed = false;
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (find_to_edit(cx, prefix, in, now_is) ||
        store_key_access(cx->store, now_is))
        return change_abort(cx);
    k = *now_is;
    if (k.revoked_s) {
        ERR(&cx->err, ERR_CONFLICT,
            "This key was revoked and cannot be changed any more.");
        return change_abort(cx);
    }
    if (!in->partial || in->version)
        k.version = in->version;
    if (key_apply(cx, in, &k, &labels, &n_labels) ||
        (is_over(cx, now_is) && !is_over(cx, &k) && check_room(cx, k.kind)) ||
        store_key_update(cx->store, &k, cx->now_s, &changed))
        return change_abort(cx);
    if (!changed) {
        ERR(&cx->err, ERR_CONFLICT,
            "This key was changed after you opened the form.");
        cx->err.reason = "stale";
        return change_abort(cx);
    }
    /* a limit that counts anew takes over what its period has spent */
    bool counts_anew =
        now_is->spend_limit < 0 || now_is->spend_reset != k.spend_reset;
    if (store_key_set_access(cx->store, &k) ||
        store_key_set_labels(cx->store, k.id, labels, n_labels) ||
        /* also the answer for a key whose owner left */
        (owner_changed(now_is, &k) &&
            store_key_hand_over(cx->store, &k, k.owner_user_id,
                k.owner_service_id, cx->now_s)) ||
        (counts_anew && usage_spend_begin(cx, &k)))
        return change_abort(cx);
    struct val *details = edit_diff(cx, now_is, &k);
    if (switch_key(cx, &k, in->power, details))
        return change_abort(cx);
    struct audit_event event = { "key.edit", "key", k.prefix, k.name,
        details };
    return change_commit(cx, &event);
}

/* The old secret's end: after the overlap, never after the key's own; a
 * leaked one now, whatever was asked for. */
static int64_t
old_end(struct cx *cx, const struct key *k, int overlap)
{
    if (key_leaked(k))
        overlap = KEY_OVERLAP_NONE;
    int64_t at = cx->now_s + key_overlap_s(overlap);
    return k->expires_s && k->expires_s < at ? k->expires_s : at;
}

enum err_code
key_rotate(struct cx *cx, struct str prefix, const struct rotate_in *in,
    struct str *text, struct key *out)
{
    *text = (struct str){ NULL, 0 };
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (key_find_to_edit(cx, prefix, out) || key_form_check(cx, in->once, out) ||
        store_key_access(cx->store, out) || ceiling_need(cx, out))
        return change_abort(cx);
    enum key_status status = key_status(out, cx->now_s);
    if (status == KEY_REVOKED || status == KEY_EXPIRED) {
        ERR(&cx->err, ERR_CONFLICT,
            "A revoked or expired key cannot be rotated. Create a new one.");
        return change_abort(cx);
    }
    if (status == KEY_WAITING) {
        ERR(&cx->err, ERR_CONFLICT,
            "Nobody has this key yet: its holder has not opened the link. "
            "Make a new link instead.");
        return change_abort(cx);
    }
    bool ended;
    out->old_ends_s = old_end(cx, out, in->overlap);
    /* at most two live secrets: one that is on its way out ends now */
    if (store_secret_end_old(cx->store, out->id, cx->now_s, &ended) ||
        store_secret_end(cx->store, out->id, out->old_ends_s) ||
        key_new_secret(cx, out, text) ||
        store_key_touched(cx->store, out, cx->now_s) ||
        (key_leaked(out) &&
            store_leak_lift(cx->store, cx->ws.id, out->id)) ||
        key_form_note(cx, in->once, out)) {
        *text = (struct str){ NULL, 0 };
        return change_abort(cx);
    }
    struct val *details = val_map(cx->arena);
    val_put_str(details, "old_secret_ends",
        when_rfc3339(cx->arena, out->old_ends_s));
    if (key_leaked(out))
        val_put_bool(details, "suspension_lifted", true);
    struct audit_event event = { "key.rotate", "key", out->prefix, out->name,
        details };
    if (change_commit(cx, &event))
        *text = (struct str){ NULL, 0 };
    return cx->err.code;
}
