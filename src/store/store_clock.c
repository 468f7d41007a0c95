/* SPDX-License-Identifier: ISC */
#include "store/store_clock.h"

enum err_code
store_clock_see(struct store *st, int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_CLOCK_SEE);
    q_int(&q, "now", now_s);
    return q_run_exactly(&q, 1);
}

enum err_code
store_clock_seen(struct store *st, int64_t *seen_s)
{
    struct q q;
    q_begin(&q, st, SQL_CLOCK_SEEN);
    *seen_s = q_row(&q) ? q_get_int(&q, 0) : 0;
    return q_end(&q);
}
