/* SPDX-License-Identifier: ISC */
#include "core/fate.h"

#include "core/change.h"
#include "core/key_rules.h"
#include "store/store_team.h"
#include "store/store_workspace.h"

enum { AT_ONCE = 200 };

/* An answer, read once: who gets the keys, or for the time being an owner. */
struct fate {
    enum key_fate what;
    struct key_owner to;
    bool passes;
};

static enum err_code
read_fate(struct cx *cx, int64_t leaver_id, const struct fate_in *in,
    struct fate *out)
{
    struct member owner;
    *out = (struct fate){ .what = (enum key_fate)in->fate };
    if (out->what == FATE_HAND_OVER && in->to.n == 0)
        return err_field(&cx->err, "to", "Choose who gets the keys");
    if (out->what == FATE_HAND_OVER)
        return key_owner_find(cx, "to", in->to, &out->to);
    if (out->what == FATE_REVOKE || !cx->ws.leaver_passes)
        return ERR_OK;
    if (store_owner_other(cx->store, cx->ws.id, leaver_id, &owner))
        return cx->err.code;
    out->passes = owner.user_id != 0;
    out->to = (struct key_owner){ .user_id = owner.user_id,
        .name = owner.email, .role = owner.role };
    return ERR_OK;
}

static enum err_code
hand_over(struct cx *cx, const struct key *k, const struct key_owner *to,
    struct audit_event *event)
{
    if (!key_owner_fits(k->kind, to))
        return err_field(&cx->err, "to",
            "%.*s is %s key: only an admin, an owner or a service account can "
            "have it", STR_ARG(k->name),
            k->kind == KEY_ADMIN ? "an admin" : "a management");
    event->action = "key.hand_over";
    change_diff(event->details, "owner", k->owner_name, to->name);
    return store_key_hand_over(cx->store, k, to->user_id, to->service_id,
        cx->now_s);
}

static enum err_code
revoke(struct cx *cx, const struct key *k, struct audit_event *event)
{
    bool changed;
    event->action = "key.revoke";
    return store_key_revoke(cx->store, k, cx_actor_name(cx), cx->now_s,
        &changed);
}

/* Nobody has decided: the setting does for now. */
static enum err_code
leave_open(struct cx *cx, const struct key *k, const struct fate *fate,
    struct audit_event *event)
{
    event->action = fate->passes ? "key.pass" : "key.suspend";
    if (fate->passes)
        change_diff(event->details, "owner", k->owner_name, fate->to.name);
    return fate->passes
        ? store_key_pass_left(cx->store, k, fate->to.user_id, cx->now_s)
        : store_key_suspend_left(cx->store, k, cx->now_s);
}

static enum err_code
apply(struct cx *cx, const struct key *k, const struct fate *fate)
{
    enum err_code code = ERR_OK;
    struct audit_event event = { "", "key", k->prefix, k->name,
        val_map(cx->arena) };
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    switch (fate->what) {
    case FATE_HAND_OVER:
        code = hand_over(cx, k, &fate->to, &event);
        break;
    case FATE_REVOKE:
        code = revoke(cx, k, &event);
        break;
    case FATE_LATER:
        code = leave_open(cx, k, fate, &event);
        break;
    }
    return code ? change_abort(cx) : change_commit(cx, &event);
}

enum err_code
fate_all(struct cx *cx, enum key_holder who, int64_t id,
    const struct fate_in *in)
{
    struct fate fate;
    struct key_times t;
    int64_t after = 0;
    size_t n;
    struct key *keys;
    cx_times(cx, &t);
    do {
        if (store_key_of(cx->store, cx->ws.id, who, id, after, AT_ONCE, &t,
                &keys, &n))
            return cx->err.code;
        /* who has no keys is asked nothing */
        if (n && !after && read_fate(cx, id, in, &fate))
            return cx->err.code;
        for (size_t i = 0; i < n; i++)
            if (apply(cx, &keys[i], &fate))
                return cx->err.code;
        if (n)
            after = keys[n - 1].id;
    } while (n == AT_ONCE);
    return ERR_OK;
}

/* Is it one of those that this person left? */
static bool
is_left(const struct key *keys, size_t n, const struct key *k)
{
    for (size_t i = 0; i < n; i++)
        if (keys[i].id == k->id)
            return true;
    return false;
}

enum err_code
fate_some(struct cx *cx, int64_t left_user_id, const struct fate_in *in)
{
    struct fate fate;
    struct key_times t;
    cx_times(cx, &t);
    if (read_fate(cx, left_user_id, in, &fate))
        return cx->err.code;
    for (size_t i = 0; i < in->keys.n; i++) {
        struct key k, *waiting;
        size_t n;
        if (key_find(cx, in->keys.items[i], &k) ||
            store_key_of(cx->store, cx->ws.id, HOLDER_LEFT, left_user_id,
                k.id - 1, 1, &t, &waiting, &n))
            return cx->err.code;
        if (!is_left(waiting, n, &k))
            return ERR(&cx->err, ERR_NOT_FOUND,
                "The key %.*s does not wait for an answer any more.",
                STR_ARG(k.name));
        if (apply(cx, &k, &fate))
            return cx->err.code;
    }
    return ERR_OK;
}
