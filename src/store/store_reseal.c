/* SPDX-License-Identifier: ISC */
#include "store/store_reseal.h"

static const struct {
    enum sql walk, set;
} statements[] = {
    [SEALED_PASSWORD] = { SQL_PASSWORD_WALK, SQL_PASSWORD_RESEAL },
    [SEALED_SEED] = { SQL_SEED_WALK, SQL_SEED_RESEAL },
    [SEALED_WEBHOOK] = { SQL_WEBHOOK_WALK, SQL_WEBHOOK_RESEAL },
    [SEALED_WEBHOOK_OLD] = { SQL_WEBHOOK_OLD_WALK, SQL_WEBHOOK_OLD_RESEAL },
    [SEALED_OUTBOX] = { SQL_OUTBOX_WALK, SQL_OUTBOX_RESEAL },
    [SEALED_KEY] = { SQL_SECRET_WALK, SQL_SECRET_RESEAL },
};
_Static_assert(COUNT_OF(statements) == SEALED_KIND_COUNT, "kinds");

enum err_code
store_sealed_walk(struct store *st, enum sealed_kind kind, int64_t after,
    int most, struct sealed_row **out, size_t *n)
{
    struct q q;
    must(kind != SEALED_KEY);
    *out = arena_array(store_arena(st), (size_t)most, sizeof **out);
    *n = 0;
    q_begin(&q, st, statements[kind].walk);
    q_int(&q, "after", after);
    q_int(&q, "most", most);
    while (*n < (size_t)most && q_row(&q))
        (*out)[(*n)++] = (struct sealed_row){ q_get_int(&q, 0),
            q_get_text(&q, 1), q_get_blob(&q, 2) };
    return q_end(&q);
}

enum err_code
store_sealed_set(struct store *st, enum sealed_kind kind, int64_t id,
    struct str sealed)
{
    struct q q;
    q_begin(&q, st, statements[kind].set);
    q_int(&q, "id", id);
    q_blob(&q, "sealed", sealed.p, sealed.n);
    return q_run_exactly(&q, 1);
}

enum err_code
store_secret_refind(struct store *st, int64_t id, struct str mac)
{
    struct q q;
    q_begin(&q, st, SQL_SECRET_REFIND);
    q_int(&q, "id", id);
    q_blob(&q, "mac", mac.p, mac.n);
    return q_run_exactly(&q, 1);
}

enum err_code
store_management_count(struct store *st, int64_t now_s, int64_t *n)
{
    struct q q;
    *n = 0;
    q_begin(&q, st, SQL_MANAGEMENT_COUNT);
    q_int(&q, "now", now_s);
    if (q_row(&q))
        *n = q_get_int(&q, 0);
    return q_end(&q);
}
