/* SPDX-License-Identifier: ISC */
#include "core/own.h"

#include "core/change.h"
#include "core/check.h"
#include "core/key_rules.h"
#include "core/throttle.h"
#include "core/usage.h"
#include "store/store_request.h"
#include "store/store_usage.h"
#include "store/store_workspace.h"
#include "text/when.h"

/* A try is counted before it is made, and given back when it was right. */
static enum err_code
count_try(struct cx *cx)
{
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (throttle_take(cx, THROTTLE_SIGN_IN, STR("")))
        return change_abort(cx);
    return change_commit(cx, AUDIT_NONE);
}

static enum err_code
give_back(struct cx *cx)
{
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (throttle_give(cx, THROTTLE_SIGN_IN, STR("")))
        return change_abort(cx);
    return change_commit(cx, AUDIT_NONE);
}

static enum err_code
prove(struct cx *cx, struct str text, struct own *out)
{
    struct decision d;
    check_proof(cx, str_trim(text), &d);
    if (d.reason == REASON_UNAVAILABLE) {
        ERR(&cx->err, ERR_BUSY, "The key cannot be looked at just now.");
        cx->err.retry_s = 1;
        return cx->err.code;
    }
    if (!d.known || d.key.revoked_s)
        return err_field(&cx->err, "key", "This is not a live key of this "
            "server. Check that it was copied whole");
    out->key = d.key;
    return give_back(cx);
}

static enum err_code
read_sums(struct cx *cx, struct own *out)
{
    struct key_times t;
    cx_times(cx, &t);
    struct usage_filter f = { .workspace_id = cx->ws.id,
        .key_id = out->key.id, .from_s = t.day_s, .to_s = t.day_s + DAY_S };
    if (store_usage_totals(cx->store, &f, &out->today))
        return cx->err.code;
    f.from_s = t.month_s;
    return store_usage_totals(cx->store, &f, &out->month);
}

static enum err_code
read_limits(struct cx *cx, struct own *out)
{
    struct limits all;
    if (limit_of_key(cx, cx->ws.id, &out->key, &all))
        return cx->err.code;
    out->limits.items = arena_array(cx->arena, all.n,
        sizeof *out->limits.items);
    for (size_t i = 0; i < all.n; i++)
        if (!all.items[i].shadow)
            out->limits.items[out->limits.n++] = all.items[i];
    return ERR_OK;
}

static enum err_code
read_refusals(struct cx *cx, struct own *out)
{
    int64_t from_ms = usage_days(cx, USAGE_KEY_DAYS).from_s * 1000;
    struct request_filter f = { .workspace_id = cx->ws.id,
        .key_id = out->key.id, .outcome = STR("refused"),
        .from_ms = from_ms, .kept_ms = from_ms, .most = OWN_REFUSALS };
    return store_request_list(cx->store, &f, &out->refusals,
        &out->n_refusals);
}

/* As in its workspace, whoever asks. */
static enum err_code
read_all(struct cx *cx, struct own *out)
{
    struct str prefix = out->key.prefix;
    if (store_workspace_by_id(cx->store, out->key.workspace_id, 0, &cx->ws) ||
        key_find(cx, prefix, &out->key) ||
        store_key_access(cx->store, &out->key))
        return cx->err.code;
    out->workspace = cx->ws.name;
    if (out->key.kind != KEY_STANDARD)
        return ERR_OK;
    if (read_limits(cx, out) || read_sums(cx, out))
        return cx->err.code;
    return read_refusals(cx, out);
}

enum err_code
own_look(struct cx *cx, struct str text, struct own *out)
{
    struct workspace own = cx->ws;
    *out = (struct own){ .n_refusals = 0 };
    if (count_try(cx) || prove(cx, text, out))
        return cx->err.code;
    enum err_code code = read_all(cx, out);
    cx->ws = own;
    return code;
}
