/* SPDX-License-Identifier: ISC */
#include "core/allot.h"

#include "core/access.h"
#include "core/change.h"
#include "store/store_usage.h"
#include "text/when.h"

static enum err_code
set_limits(struct cx *cx, struct str prefix, const struct limit_in *limits,
    size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (limit_set(cx, prefix, &limits[i]))
            return cx->err.code;
    return ERR_OK;
}

enum err_code
allot_create(struct cx *cx, const struct key_in *in,
    const struct limit_in *limits, size_t n, struct str *text,
    struct key *out)
{
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (!key_create(cx, KEY_STANDARD, in, text, out) &&
        !set_limits(cx, out->prefix, limits, n) &&
        !change_commit(cx, AUDIT_NONE))
        return ERR_OK;
    *text = (struct str){ NULL, 0 };
    return change_abort(cx);
}

enum err_code
allot_edit(struct cx *cx, struct str prefix, const struct key_in *in,
    const struct limit_in *limits, size_t n)
{
    struct key was;
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if ((in->set.present && key_edit(cx, prefix, in, &was)) ||
        set_limits(cx, prefix, limits, n))
        return change_abort(cx);
    return change_commit(cx, AUDIT_NONE);
}

enum err_code
allot_today(struct cx *cx, const struct key *k, struct limits *limits,
    struct usage_rows *today)
{
    enum { MODELS_MOST = 1000 };
    struct usage_filter f = { .workspace_id = cx->ws.id,
        .key_id = k->id,
        .from_s = when_day_start(cx->now_s),
        .to_s = when_day_start(cx->now_s) + DAY_S,
        .bucket = USAGE_WHOLE,
        .group = USAGE_BY_MODEL,
        .most = MODELS_MOST };
    bool own = cx->actor.kind == ACTOR_KEY && cx->actor.key.id == k->id;
    if ((!own && access_need(cx, RIGHT_LIMITS)) ||
        limit_load(cx, cx->ws.id, k->id, limits))
        return cx->err.code;
    return store_usage_rows(cx->store, &f, today);
}
