/* SPDX-License-Identifier: ISC */
#include "store/store_factor.h"

enum err_code
store_factor_find(struct store *st, int64_t user_id, struct factor *out)
{
    struct q q;
    *out = (struct factor){ 0 };
    q_begin(&q, st, SQL_FACTOR_FIND);
    q_int(&q, "user", user_id);
    if (q_row(&q))
        *out = (struct factor){ q_get_int(&q, 0), q_get_blob(&q, 1),
            q_get_int(&q, 2), q_get_int(&q, 3), q_get_int(&q, 4),
            q_get_int(&q, 5) != 0 };
    return q_end(&q);
}

static enum err_code
run_once(struct q *q, bool *done)
{
    int64_t changes = 0;
    enum err_code code = q_run_changes(q, &changes);
    *done = changes > 0;
    return code;
}

enum err_code
store_factor_begin(struct store *st, int64_t user_id, struct str seed,
    int64_t now_s, bool *begun)
{
    struct q q;
    q_begin(&q, st, SQL_FACTOR_BEGIN);
    q_int(&q, "user", user_id);
    q_blob(&q, "seed", seed.p, seed.n);
    q_int(&q, "now", now_s);
    return run_once(&q, begun);
}

enum err_code
store_factor_prove(struct store *st, int64_t id, int64_t step, int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_FACTOR_PROVE);
    q_int(&q, "id", id);
    q_int(&q, "step", step);
    q_int(&q, "now", now_s);
    return q_run_exactly(&q, 1);
}

enum err_code
store_factor_step(struct store *st, int64_t id, int64_t step, bool *taken)
{
    struct q q;
    q_begin(&q, st, SQL_FACTOR_STEP);
    q_int(&q, "id", id);
    q_int(&q, "step", step);
    return run_once(&q, taken);
}

enum err_code
store_factor_remove(struct store *st, int64_t user_id)
{
    struct q q;
    q_begin(&q, st, SQL_FACTOR_REMOVE);
    q_int(&q, "user", user_id);
    if (q_run(&q))
        return store_err(st)->code;
    return store_recovery_remove(st, user_id);
}

enum err_code
store_recovery_insert(struct store *st, int64_t user_id, struct str hash)
{
    struct q q;
    q_begin(&q, st, SQL_RECOVERY_CODE_INSERT);
    q_int(&q, "user", user_id);
    q_blob(&q, "hash", hash.p, hash.n);
    return q_run(&q);
}

enum err_code
store_recovery_use(struct store *st, int64_t user_id, struct str hash,
    int64_t now_s, bool *used)
{
    struct q q;
    q_begin(&q, st, SQL_RECOVERY_CODE_USE);
    q_int(&q, "user", user_id);
    q_blob(&q, "hash", hash.p, hash.n);
    q_int(&q, "now", now_s);
    return run_once(&q, used);
}

enum err_code
store_recovery_left(struct store *st, int64_t user_id, int64_t *n)
{
    struct q q;
    *n = 0;
    q_begin(&q, st, SQL_RECOVERY_CODE_LEFT);
    q_int(&q, "user", user_id);
    if (q_row(&q))
        *n = q_get_int(&q, 0);
    return q_end(&q);
}

enum err_code
store_recovery_remove(struct store *st, int64_t user_id)
{
    struct q q;
    q_begin(&q, st, SQL_RECOVERY_CODE_REMOVE);
    q_int(&q, "user", user_id);
    return q_run(&q);
}
