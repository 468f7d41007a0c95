/* SPDX-License-Identifier: ISC */
#include "core/rotation.h"

#include "core/ceiling.h"
#include "core/change.h"
#include "core/key.h"
#include "core/key_rules.h"
#include "store/store_rotation.h"
#include "store/store_workspace.h"
#include "text/money.h"
#include "text/when.h"

enum err_code
rotation_get(struct cx *cx, const struct key *k, struct rotation *out)
{
    struct key_secret *all;
    size_t n;
    bool fresh = false, old = false;
    *out = (struct rotation){ 0 };
    if (k->old_ends_s <= cx->now_s || k->revoked_s)
        return ERR_OK;
    if (key_secrets(cx, k, &all, &n))
        return cx->err.code;
    for (size_t i = 0; i < n; i++) {
        if (!all[i].ends_s && !fresh) {
            out->fresh = all[i];
            fresh = true;
        } else if (all[i].ends_s > cx->now_s && !old) {
            out->old = all[i];
            old = true;
        }
    }
    out->on = fresh && old;
    return ERR_OK;
}

int64_t
rotation_calls(const struct cx *cx, const struct key_secret *s)
{
    return s->calls_day_s == when_day_start(cx->now_s) ? s->calls : 0;
}

/* A key that the actor may change, and whose rotation goes on. */
static enum err_code
find_rotating(struct cx *cx, struct str prefix, struct key *k,
    struct rotation *r)
{
    if (key_find_to_edit(cx, prefix, k) || rotation_get(cx, k, r))
        return cx->err.code;
    if (!r->on)
        return ERR(&cx->err, ERR_CONFLICT,
            "The old secret of this key has ended already.");
    return ERR_OK;
}

static enum err_code
read_plan(struct cx *cx, const struct rotation_in *in, int64_t *ends_s,
    int64_t *silent_s)
{
    static const int64_t after[] = { [ROTATION_HOUR] = HOUR_S,
        [ROTATION_DAY] = DAY_S,
        [ROTATION_WEEK] = 7 * DAY_S,
        [ROTATION_SILENT] = ROTATION_MOST_S };
    *silent_s = 0;
    if (in->ends == ROTATION_SILENT) {
        if (!in->silent_hours)
            return err_field(&cx->err, "silent_hours",
                "Enter a number of hours, such as 24");
        *silent_s = in->silent_hours * HOUR_S;
    }
    if (in->ends != ROTATION_DATE) {
        *ends_s = cx->now_s + after[in->ends];
        return ERR_OK;
    }
    *ends_s = in->ends_on;
    if (!in->ends_on)
        return err_field(&cx->err, "ends_on", "Enter the last day");
    if (*ends_s <= cx->now_s)
        return err_field(&cx->err, "ends_on", "This day is over. To end the "
            "old secret now, use the button on the page of the key");
    if (*ends_s > cx->now_s + ROTATION_MOST_S)
        return err_field(&cx->err, "ends_on", "At most %d days from now",
            ROTATION_MOST_S / (int)DAY_S);
    return ERR_OK;
}

enum err_code
rotation_plan(struct cx *cx, struct str prefix, const struct rotation_in *in,
    struct key *out)
{
    struct rotation r;
    int64_t ends_s = 0, silent_s = 0;
    bool changed;
    if (read_plan(cx, in, &ends_s, &silent_s) || CHANGE_BEGIN(cx))
        return cx->err.code;
    if (find_rotating(cx, prefix, out, &r) ||
        store_key_access(cx->store, out) || ceiling_need(cx, out))
        return change_abort(cx);
    if (out->expires_s && out->expires_s < ends_s)
        ends_s = out->expires_s;
    if (store_rotation_plan(cx->store, out->id, ends_s, silent_s, cx->now_s,
            &changed) ||
        store_key_touched(cx->store, out, cx->now_s))
        return change_abort(cx);
    must(changed);
    out->old_ends_s = ends_s;
    struct val *details = val_map(cx->arena);
    change_diff(details, "old_secret_ends",
        when_rfc3339(cx->arena, r.old.ends_s),
        when_rfc3339(cx->arena, ends_s));
    if (silent_s)
        val_put_str(details, "or_when_silent_for",
            count_of(cx->arena, in->silent_hours, "hour"));
    struct audit_event event = { "key.rotation_plan", "key", out->prefix,
        out->name, details };
    return change_commit(cx, &event);
}

enum err_code
rotation_undo(struct cx *cx, struct str prefix, struct key *out)
{
    struct rotation r;
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (find_rotating(cx, prefix, out, &r) ||
        store_key_access(cx->store, out) || ceiling_need(cx, out) ||
        store_rotation_undo(cx->store, out->id, r.old.id, r.fresh.id,
            cx->now_s) ||
        store_key_touched(cx->store, out, cx->now_s))
        return change_abort(cx);
    struct val *details = val_map(cx->arena);
    val_put_str(details, "goes_on", r.old.last4);
    val_put_str(details, "ended", r.fresh.last4);
    struct audit_event event = { "key.rotation_undo", "key", out->prefix,
        out->name, details };
    return change_commit(cx, &event);
}

static enum err_code
end_silent(struct cx *cx, const struct silent *s)
{
    struct key k;
    bool changed;
    struct audit_event event = { "key.silent_end", "key", s->prefix, STR(""),
        NULL };
    if (store_workspace_by_id(cx->store, s->workspace_id, 0, &cx->ws) ||
        CHANGE_BEGIN(cx))
        return cx->err.code;
    if (key_find(cx, s->prefix, &k) ||
        store_rotation_silent_end(cx->store, s->secret_id, cx->now_s,
            &changed))
        return change_abort(cx);
    event.object_name = k.name;
    return change_commit(cx, changed ? &event : AUDIT_NONE);
}

enum err_code
rotation_sweep(struct cx *cx)
{
    struct silent *all;
    size_t n;
    if (store_rotation_silent(cx->store, cx->now_s, &all, &n))
        return cx->err.code;
    cx->actor.kind = ACTOR_NONE; /* nobody does it, and nobody may more */
    for (size_t i = 0; i < n; i++)
        if (end_silent(cx, &all[i]))
            return cx->err.code;
    return ERR_OK;
}
