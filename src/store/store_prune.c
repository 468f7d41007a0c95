/* SPDX-License-Identifier: ISC */
#include "store/store_prune.h"

#include "base/attr.h"

enum err_code
store_prune_next(struct store *st, int64_t after, struct prune_place *out)
{
    struct q q;
    *out = (struct prune_place){ .oldest_ms = INT64_MAX };
    q_begin(&q, st, SQL_PRUNE_NEXT);
    q_int(&q, "after", after);
    if (q_row(&q))
        *out = (struct prune_place){ q_get_int(&q, 0), q_get_int(&q, 1),
            q_get_int_or(&q, 2, INT64_MAX) };
    return q_end(&q);
}

enum err_code
store_prune_events(struct store *st, int64_t workspace_id, int64_t before_ms,
    int64_t most, int64_t *deleted)
{
    struct q q;
    q_begin(&q, st, SQL_PRUNE_EVENTS);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "before", before_ms);
    q_int(&q, "most", most);
    return q_run_changes(&q, deleted);
}

enum err_code
store_prune(struct store *st, enum prune_what what, int64_t before_s,
    int64_t most, int64_t *deleted)
{
    static const enum sql statements[] = {
        [PRUNE_RESERVATIONS] = SQL_PRUNE_RESERVATIONS,
        [PRUNE_SESSIONS] = SQL_PRUNE_SESSIONS,
        [PRUNE_LINKS] = SQL_PRUNE_LINKS,
        [PRUNE_ATTEMPTS] = SQL_PRUNE_ATTEMPTS,
        [PRUNE_PLACES] = SQL_PRUNE_PLACES,
        [PRUNE_BUDGETS] = SQL_PRUNE_BUDGET_TOLD,
        [PRUNE_OUTBOX] = SQL_PRUNE_OUTBOX,
    };
    struct q q;
    _Static_assert(COUNT_OF(statements) == PRUNE_COUNT, "kinds");
    q_begin(&q, st, statements[what]);
    q_int(&q, "before", before_s);
    q_int(&q, "most", most);
    return q_run_changes(&q, deleted);
}
