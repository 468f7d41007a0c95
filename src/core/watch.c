/* SPDX-License-Identifier: ISC */
#include "core/watch.h"

#include "core/change.h"
#include "core/key.h"
#include "core/limit.h"
#include "core/notice.h"
#include "core/workspace.h"
#include "store/store_watch.h"
#include "text/when.h"

static const char BUDGETS[] = "budgets", SENDER[] = "sender";
enum { WARN_PERCENT = 80, ALL_PERCENT = 100 };

/* ---- keys that end ---- */

static enum err_code
tell_end(struct cx *cx, const struct watch_key *k)
{
    struct key key;
    bool tell = k->works && k->expires_s - k->created_s > WATCH_KEY_LIFE_S;
    cx->ws = (struct workspace){ 0 };
    if (workspace_enter_id(cx, k->workspace_id))
        return cx->err.code;
    tell = tell && !cx->ws.deleted_s;
    if ((tell && key_get(cx, k->prefix, &key)) || CHANGE_BEGIN(cx))
        return cx->err.code;
    struct notice n = { .kind = NOTICE_KEY_EXPIRES, .key = &key };
    if (store_watch_key_told(cx->store, k->id) || (tell && notice_add(cx, &n)))
        return change_abort(cx);
    return change_commit(cx, AUDIT_NONE);
}

static enum err_code
look_at_keys(struct cx *cx)
{
    struct watch_key *keys;
    size_t n;
    if (store_watch_keys(cx->store, cx->now_s, cx->now_s + KEY_EXPIRING_S,
            &keys, &n))
        return cx->err.code;
    for (size_t i = 0; i < n; i++)
        if (tell_end(cx, &keys[i]))
            return cx->err.code;
    return ERR_OK;
}

/* ---- budgets ---- */

/* Percent that is worth telling: 0, 80, 100. */
static int
level_of(const struct limit *l)
{
    if (l->counts != LIMIT_MONEY || l->source == LIMIT_CREDITS || l->shadow ||
        l->amount <= 0)
        return 0;
    if (l->used >= l->amount)
        return ALL_PERCENT;
    return l->used >= l->amount - l->amount / 5 ? WARN_PERCENT : 0;
}

static enum err_code
tell_budget(struct cx *cx, const struct limit *l, const struct key *key)
{
    bool of_key = l->source != LIMIT_RULE_WORKSPACE;
    bool fresh;
    struct watch_budget b = { .key_id = of_key ? key->id : 0,
        .rule_id = l->id, .start_s = l->resets_s ? l->start_s : 0,
        .amount = l->amount, .level = level_of(l) };
    struct notice n = {
        .kind = b.level == ALL_PERCENT ? NOTICE_BUDGET_100 : NOTICE_BUDGET_80,
        .key = of_key ? key : NULL,
        .limit = l,
    };
    if (!b.level)
        return ERR_OK;
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (store_watch_budget(cx->store, &b, cx->now_s, &fresh) ||
        (fresh && notice_add(cx, &n)))
        return change_abort(cx);
    return change_commit(cx, AUDIT_NONE);
}

static enum err_code
look_at_budgets(struct cx *cx, const struct watch_call *call)
{
    struct limits limits;
    struct key key;
    cx->ws = (struct workspace){ 0 };
    if (workspace_enter_id(cx, call->workspace_id) ||
        key_get(cx, call->prefix, &key) ||
        limit_list(cx, call->prefix, &limits))
        return cx->err.code;
    for (size_t i = 0; i < limits.n; i++)
        if (tell_budget(cx, &limits.items[i], &key))
            return cx->err.code;
    return ERR_OK;
}

static enum err_code
save(struct cx *cx, const char *job, int64_t at)
{
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (store_watch_progress_set(cx->store, job, at))
        return change_abort(cx);
    return change_commit(cx, AUDIT_NONE);
}

static enum err_code
look_at_calls(struct cx *cx)
{
    struct watch_call *calls;
    size_t n;
    int64_t after, upto;
    bool known;
    if (store_watch_progress(cx->store, BUDGETS, &after, &known))
        return cx->err.code;
    if (!known) { /* what was before the first look is not told */
        if (store_watch_last_call(cx->store, &upto))
            return cx->err.code;
        return save(cx, BUDGETS, upto);
    }
    if (store_watch_calls(cx->store, after, &calls, &n, &upto))
        return cx->err.code;
    for (size_t i = 0; i < n; i++)
        if (look_at_budgets(cx, &calls[i]))
            return cx->err.code;
    return upto == after ? ERR_OK : save(cx, BUDGETS, upto);
}

enum err_code
watch_some(struct cx *cx, struct watch *w)
{
    int64_t minute_s = cx->now_s - cx->now_s % MINUTE_S;
    if (w->minute_s != minute_s) {
        if (look_at_keys(cx) || save(cx, SENDER, cx->now_s))
            return cx->err.code;
        w->minute_s = minute_s;
    }
    return look_at_calls(cx);
}

enum err_code
watch_sender(struct cx *cx, int64_t *at_s)
{
    bool known;
    return store_watch_progress(cx->store, SENDER, at_s, &known);
}
