/* SPDX-License-Identifier: ISC */
#include "store/store_operation.h"

enum err_code
store_operation_counts(struct store *st, int64_t now_s, int64_t idle_s,
    struct operation_counts *out)
{
    struct q q;
    *out = (struct operation_counts){ 0 };
    q_begin(&q, st, SQL_OPERATION_COUNTS);
    q_int(&q, "now", now_s);
    q_int(&q, "idle", idle_s);
    if (q_row(&q))
        *out = (struct operation_counts){ q_get_int(&q, 0), q_get_int(&q, 1),
            q_get_int(&q, 2), q_get_int(&q, 3), q_get_int(&q, 4),
            q_get_int(&q, 5) };
    return q_end(&q);
}

enum err_code
store_operation_newest(struct store *st, int64_t *at_s)
{
    struct q q;
    *at_s = 0;
    q_begin(&q, st, SQL_OPERATION_NEWEST);
    if (q_row(&q))
        *at_s = q_get_int(&q, 0);
    return q_end(&q);
}

enum err_code
store_operation_hook(struct store *st, bool *any)
{
    struct q q;
    q_begin(&q, st, SQL_OPERATION_HOOK);
    *any = q_row(&q);
    return q_end(&q);
}
