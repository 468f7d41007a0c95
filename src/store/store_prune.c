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
store_prune_events_count(struct store *st, int64_t workspace_id,
    int64_t before_ms, int64_t *n)
{
    struct q q;
    q_begin(&q, st, SQL_PRUNE_EVENTS_COUNT);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "before", before_ms);
    *n = q_row(&q) ? q_get_int(&q, 0) : 0;
    return q_end(&q);
}

static const struct {
    enum sql remove, count;
} statements[] = {
    [PRUNE_RESERVATIONS] = { SQL_PRUNE_RESERVATIONS,
        SQL_PRUNE_RESERVATIONS_COUNT },
    [PRUNE_SESSIONS] = { SQL_PRUNE_SESSIONS, SQL_PRUNE_SESSIONS_COUNT },
    [PRUNE_LINKS] = { SQL_PRUNE_LINKS, SQL_PRUNE_LINKS_COUNT },
    [PRUNE_ATTEMPTS] = { SQL_PRUNE_ATTEMPTS, SQL_PRUNE_ATTEMPTS_COUNT },
    [PRUNE_PLACES] = { SQL_PRUNE_PLACES, SQL_PRUNE_PLACES_COUNT },
    [PRUNE_BUDGETS] = { SQL_PRUNE_BUDGET_TOLD, SQL_PRUNE_BUDGET_TOLD_COUNT },
    [PRUNE_OUTBOX] = { SQL_PRUNE_OUTBOX, SQL_PRUNE_OUTBOX_COUNT },
};
_Static_assert(COUNT_OF(statements) == PRUNE_COUNT, "kinds");

enum err_code
store_prune(struct store *st, enum prune_what what, int64_t before_s,
    int64_t most, int64_t *deleted)
{
    struct q q;
    q_begin(&q, st, statements[what].remove);
    q_int(&q, "before", before_s);
    q_int(&q, "most", most);
    return q_run_changes(&q, deleted);
}

enum err_code
store_prune_count(struct store *st, enum prune_what what, int64_t before_s,
    int64_t *n)
{
    struct q q;
    q_begin(&q, st, statements[what].count);
    q_int(&q, "before", before_s);
    *n = q_row(&q) ? q_get_int(&q, 0) : 0;
    return q_end(&q);
}
