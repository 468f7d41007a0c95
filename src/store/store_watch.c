/* SPDX-License-Identifier: ISC */
#include "store/store_watch.h"

enum err_code
store_watch_keys(struct store *st, int64_t now_s, int64_t soon_s,
    struct watch_key **out, size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), WATCH_KEYS_MOST, sizeof **out);
    *n = 0;
    q_begin(&q, st, SQL_WATCH_KEYS);
    q_int(&q, "now", now_s);
    q_int(&q, "soon", soon_s);
    q_int(&q, "most", WATCH_KEYS_MOST);
    while (*n < WATCH_KEYS_MOST && q_row(&q))
        (*out)[(*n)++] = (struct watch_key){ q_get_int(&q, 0),
            q_get_int(&q, 1), q_get_text(&q, 2), q_get_int(&q, 3),
            q_get_int(&q, 4), q_get_int(&q, 5) != 0 };
    return q_end(&q);
}

enum err_code
store_watch_key_told(struct store *st, int64_t id)
{
    struct q q;
    q_begin(&q, st, SQL_WATCH_KEY_TOLD);
    q_int(&q, "id", id);
    return q_run_exactly(&q, 1);
}

enum err_code
store_watch_progress(struct store *st, const char *job, int64_t *at,
    bool *known)
{
    struct q q;
    *at = 0;
    q_begin(&q, st, SQL_WATCH_PROGRESS);
    q_text(&q, "job", str_cstr(job));
    *known = q_row(&q);
    if (*known)
        *at = q_get_int(&q, 0);
    return q_end(&q);
}

enum err_code
store_watch_progress_set(struct store *st, const char *job, int64_t at)
{
    struct q q;
    q_begin(&q, st, SQL_WATCH_PROGRESS_SET);
    q_text(&q, "job", str_cstr(job));
    q_int(&q, "at", at);
    return q_run_exactly(&q, 1);
}

enum err_code
store_watch_last_call(struct store *st, int64_t *id)
{
    struct q q;
    *id = 0;
    q_begin(&q, st, SQL_WATCH_LAST_CALL);
    if (q_row(&q))
        *id = q_get_int(&q, 0);
    return q_end(&q);
}

enum err_code
store_watch_calls(struct store *st, int64_t after, struct watch_call **out,
    size_t *n, int64_t *upto)
{
    struct q q;
    *out = arena_array(store_arena(st), WATCH_CALLS_MOST, sizeof **out);
    *n = 0;
    *upto = after;
    q_begin(&q, st, SQL_WATCH_CALLS);
    q_int(&q, "after", after);
    q_int(&q, "most", WATCH_CALLS_MOST);
    while (*n < WATCH_CALLS_MOST && q_row(&q)) {
        (*out)[(*n)++] = (struct watch_call){ q_get_int(&q, 0),
            q_get_int(&q, 1), q_get_text(&q, 2) };
        if (q_get_int(&q, 3) > *upto)
            *upto = q_get_int(&q, 3);
    }
    return q_end(&q);
}

enum err_code
store_watch_budget(struct store *st, const struct watch_budget *b,
    int64_t now_s, bool *fresh)
{
    struct q q;
    int64_t changes = 0;
    q_begin(&q, st, SQL_WATCH_BUDGET);
    q_int(&q, "key", b->key_id);
    q_int(&q, "rule", b->rule_id);
    q_int(&q, "start", b->start_s);
    q_int(&q, "amount", b->amount);
    q_int(&q, "level", b->level);
    q_int(&q, "now", now_s);
    enum err_code code = q_run_changes(&q, &changes);
    *fresh = changes == 1;
    return code;
}
