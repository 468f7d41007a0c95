/* SPDX-License-Identifier: ISC */
#include "core/figures.h"

#include "core/access.h"
#include "core/key.h"
#include "core/pace.h"

enum err_code
figures_key(struct cx *cx, struct str prefix, struct key *out)
{
    must(cx->actor.kind == ACTOR_KEY);
    *out = cx->actor.key;
    if (prefix.n == 0 || str_eq(prefix, out->prefix))
        return ERR_OK;
    if (out->kind == KEY_STANDARD)
        return ERR(&cx->err, ERR_FORBIDDEN,
            "An API key sees its own figures. Ask for those of another key "
            "with a management key.");
    if (access_need(cx, RIGHT_USAGE_ALL))
        return cx->err.code;
    return key_get(cx, prefix, out);
}

enum err_code
figures_between(struct cx *cx, const struct key *k, int64_t from_ms,
    int64_t to_ms, struct usage_rows *out)
{
    struct figures_span s = { cx->ws.id, k->id, from_ms, to_ms };
    return store_figures_between(cx->store, &s, out);
}

enum err_code
figures_calls(struct cx *cx, const struct key *k, struct figures_calls *f,
    struct usage_event **out, size_t *n, int64_t *total)
{
    f->span.workspace_id = cx->ws.id;
    f->span.key_id = k->id;
    if (pace_logs(cx))
        return cx->err.code;
    store_slow(cx->store, true);
    if (store_figures_count(cx->store, f, total))
        return cx->err.code;
    return store_figures_calls(cx->store, f, out, n);
}

static enum err_code
need_money(struct cx *cx)
{
    const struct key *k = &cx->actor.key;
    must(cx->actor.kind == ACTOR_KEY);
    if (!k->owner_user_id || access_role_has(cx->ws.role, RIGHT_CREDITS))
        return ERR_OK;
    return ERR(&cx->err, ERR_FORBIDDEN,
        "The credits of a workspace are for its owners: ask with a key that "
        "one of them owns.");
}

enum err_code
figures_credits(struct cx *cx, struct credit_state *out)
{
    struct key_times t;
    cx_times(cx, &t);
    *out = (struct credit_state){ .used = false };
    if (need_money(cx))
        return cx->err.code;
    return store_credit_state(cx->store, cx->ws.id, t.month_s, out);
}

enum err_code
figures_ledger(struct cx *cx, struct ledger_filter *f,
    struct ledger_entry **out, size_t *n, bool *more)
{
    *n = 0;
    *more = false;
    if (need_money(cx))
        return cx->err.code;
    int most = f->most;
    f->workspace_id = cx->ws.id;
    f->most = most + 1;
    enum err_code code = store_figures_ledger(cx->store, f, out, n);
    f->most = most;
    if (!code && *n > (size_t)most) {
        *more = true;
        *n = (size_t)most;
    }
    return code;
}
