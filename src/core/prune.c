/* SPDX-License-Identifier: ISC */
#include "core/prune.h"

#include "core/report.h"
#include "text/when.h"

int64_t
prune_before_ms(int64_t now_s, int64_t months)
{
    int64_t start_s = when_month_start(now_s);
    for (int64_t i = 0; i < months; i++)
        start_s = when_month_start(start_s - 1);
    return start_s * 1000;
}

/* One small transaction; *deleted tells whether there may be more. */
static enum err_code
prune_events(struct cx *cx, int64_t workspace_id, int64_t before_ms,
    int64_t *deleted)
{
    store_tx_lax(cx->store);
    if (STORE_TX_BEGIN(cx->store))
        return cx->err.code;
    if (store_prune_events(cx->store, workspace_id, before_ms, PRUNE_ROWS,
            deleted)) {
        store_tx_abort(cx->store);
        return cx->err.code;
    }
    return store_tx_commit(cx->store);
}

/* Stays at a workspace until nothing old is left there. */
static enum err_code
walk_events(struct cx *cx, struct prune *p)
{
    p->round = false;
    for (int i = 0; i < PRUNE_STEPS; i++) {
        struct prune_place at;
        int64_t deleted = 0;
        if (store_prune_next(cx->store, p->workspace_id, &at))
            return cx->err.code;
        if (!at.workspace_id) {
            p->workspace_id = 0;
            p->round = true;
            return ERR_OK;
        }
        int64_t before_ms = prune_before_ms(cx->now_s, at.months);
        if (at.oldest_ms < before_ms &&
            prune_events(cx, at.workspace_id, before_ms, &deleted))
            return cx->err.code;
        p->done.calls += deleted;
        if (deleted < PRUNE_ROWS)
            p->workspace_id = at.workspace_id;
    }
    return ERR_OK;
}

/* How long each kind is kept, and what it is called. */
static const struct {
    int64_t keep_s;
    const char *name;
} rest[] = {
    [PRUNE_RESERVATIONS] = { REPORT_LATE_S, "reservations" },
    [PRUNE_SESSIONS] = { 0, "sessions" },
    [PRUNE_LINKS] = { PRUNE_LINK_S, "links" },
    [PRUNE_ATTEMPTS] = { 0, "attempts" },
    [PRUNE_PLACES] = { SIGN_IN_PLACE_S, "places" },
    [PRUNE_BUDGETS] = { PRUNE_TOLD_S, "budgets_told" },
    [PRUNE_OUTBOX] = { PRUNE_OUTBOX_S, "messages" },
};
_Static_assert(COUNT_OF(rest) == PRUNE_COUNT, "kinds");

const char *
prune_name(enum prune_what what)
{
    return rest[what].name;
}

static enum err_code
prune_rest(struct cx *cx, struct pruned *done, bool *more)
{
    *more = false;
    store_tx_lax(cx->store);
    if (STORE_TX_BEGIN(cx->store))
        return cx->err.code;
    for (int what = 0; what < PRUNE_COUNT; what++) {
        int64_t deleted;
        if (store_prune(cx->store, (enum prune_what)what,
                cx->now_s - rest[what].keep_s, PRUNE_ROWS, &deleted)) {
            store_tx_abort(cx->store);
            return cx->err.code;
        }
        *more = *more || deleted == PRUNE_ROWS;
        done->rest[what] += deleted;
    }
    return store_tx_commit(cx->store);
}

enum err_code
prune_some(struct cx *cx, struct prune *p)
{
    bool more;
    int64_t minute_s = cx->now_s - cx->now_s % MINUTE_S;
    if (walk_events(cx, p) || p->minute_s == minute_s)
        return cx->err.code;
    if (prune_rest(cx, &p->done, &more))
        return cx->err.code;
    p->minute_s = more ? 0 : minute_s;
    return ERR_OK;
}

enum err_code
prune_all(struct cx *cx, struct pruned *out)
{
    struct prune p = { .workspace_id = 0 };
    *out = (struct pruned){ 0 };
    if (cx->actor.kind != ACTOR_SHELL)
        return ERR(&cx->err, ERR_FORBIDDEN, "Only the shell does this.");
    do {
        if (prune_some(cx, &p))
            return cx->err.code;
    } while (!p.round || !p.minute_s);
    *out = p.done;
    return ERR_OK;
}

enum err_code
prune_count(struct cx *cx, struct pruned *out)
{
    struct prune_place at = { 0 };
    int64_t n = 0;
    *out = (struct pruned){ 0 };
    do {
        if (store_prune_next(cx->store, at.workspace_id, &at) ||
            (at.workspace_id &&
                store_prune_events_count(cx->store, at.workspace_id,
                    prune_before_ms(cx->now_s, at.months), &n)))
            return cx->err.code;
        out->calls += at.workspace_id ? n : 0;
    } while (at.workspace_id);
    for (int what = 0; what < PRUNE_COUNT; what++)
        if (store_prune_count(cx->store, (enum prune_what)what,
                cx->now_s - rest[what].keep_s, &out->rest[what]))
            return cx->err.code;
    return ERR_OK;
}
