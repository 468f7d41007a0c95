/* SPDX-License-Identifier: ISC */
#include "store/store_leak.h"

static enum err_code
run_one(struct store *st, enum sql which, int64_t key_id, int64_t secret_id,
    int64_t now_s, bool *changed)
{
    struct q q;
    int64_t changes = 0;
    q_begin(&q, st, which);
    q_int(&q, "key", key_id);
    q_int(&q, "secret", secret_id);
    q_int(&q, "now", now_s);
    enum err_code code = q_run_changes(&q, &changes);
    *changed = changes == 1;
    return code;
}

enum err_code
store_leak_suspend(struct store *st, int64_t key_id, int64_t secret_id,
    int64_t now_s, bool *changed)
{
    return run_one(st, SQL_LEAK_SUSPEND, key_id, secret_id, now_s, changed);
}

enum err_code
store_leak_end_secret(struct store *st, int64_t key_id, int64_t secret_id,
    int64_t now_s, bool *changed)
{
    return run_one(st, SQL_LEAK_END_SECRET, key_id, secret_id, now_s,
        changed);
}

enum err_code
store_leak_lift(struct store *st, int64_t workspace_id, int64_t key_id)
{
    struct q q;
    q_begin(&q, st, SQL_LEAK_LIFT);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "key", key_id);
    return q_run(&q);
}

enum err_code
store_leak_insert(struct store *st, int64_t key_id, const struct leak *r)
{
    struct q q;
    q_begin(&q, st, SQL_LEAK_INSERT);
    q_int(&q, "key", key_id);
    q_int(&q, "at", r->at_s);
    q_text(&q, "address", r->address);
    q_text(&q, "source", r->source);
    q_text(&q, "last4", r->last4);
    return q_run_exactly(&q, 1);
}

enum err_code
store_leak_miss(struct store *st, int64_t day_s)
{
    struct q q;
    q_begin(&q, st, SQL_LEAK_MISS);
    q_int(&q, "day", day_s);
    return q_run(&q);
}

enum err_code
store_leak_list(struct store *st, int64_t workspace_id, int64_t key_id,
    int most, struct leak **out, size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), (size_t)most, sizeof **out);
    *n = 0;
    q_begin(&q, st, SQL_LEAK_LIST);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "key", key_id);
    q_int(&q, "most", most);
    while (*n < (size_t)most && q_row(&q))
        (*out)[(*n)++] = (struct leak){ q_get_int(&q, 0), q_get_text(&q, 1),
            q_get_text(&q, 2), q_get_text(&q, 3) };
    return q_end(&q);
}
