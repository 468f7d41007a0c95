/* SPDX-License-Identifier: ISC */
#include "store/store_rotation.h"

enum err_code
store_rotation_seen(struct store *st, const struct secret_seen *s)
{
    struct q q;
    q_begin(&q, st, SQL_ROTATION_SEEN);
    q_int(&q, "id", s->secret_id);
    q_int(&q, "at", s->at_s);
    q_int(&q, "day", s->day_s);
    q_int(&q, "calls", s->calls);
    q_text(&q, "address", s->address);
    q_text(&q, "agent", s->agent);
    return q_run(&q);
}

static enum err_code
run_one(struct q *q, bool *changed)
{
    int64_t changes = 0;
    enum err_code code = q_run_changes(q, &changes);
    *changed = changes > 0;
    return code;
}

enum err_code
store_rotation_plan(struct store *st, int64_t key_id, int64_t ends_s,
    int64_t silent_s, int64_t now_s, bool *changed)
{
    struct q q;
    q_begin(&q, st, SQL_ROTATION_PLAN);
    q_int(&q, "key", key_id);
    q_int(&q, "at", ends_s);
    q_id_or_null(&q, "silent", silent_s);
    q_int(&q, "now", now_s);
    return run_one(&q, changed);
}

enum err_code
store_rotation_undo(struct store *st, int64_t key_id, int64_t old_id,
    int64_t new_id, int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_ROTATION_NEW_END);
    q_int(&q, "id", new_id);
    q_int(&q, "key", key_id);
    q_int(&q, "now", now_s);
    enum err_code code = q_run_exactly(&q, 1);
    if (code)
        return code;
    q_begin(&q, st, SQL_ROTATION_OLD_BACK);
    q_int(&q, "id", old_id);
    q_int(&q, "key", key_id);
    q_int(&q, "now", now_s);
    return q_run_exactly(&q, 1);
}

enum err_code
store_rotation_silent(struct store *st, int64_t now_s, struct silent **out,
    size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), SILENT_MOST, sizeof **out);
    *n = 0;
    q_begin(&q, st, SQL_ROTATION_SILENT);
    q_int(&q, "now", now_s);
    while (*n < SILENT_MOST && q_row(&q))
        (*out)[(*n)++] = (struct silent){ .secret_id = q_get_int(&q, 0),
            .prefix = q_get_text(&q, 1),
            .workspace_id = q_get_int(&q, 2) };
    return q_end(&q);
}

enum err_code
store_rotation_silent_end(struct store *st, int64_t secret_id, int64_t now_s,
    bool *changed)
{
    struct q q;
    q_begin(&q, st, SQL_ROTATION_SILENT_END);
    q_int(&q, "id", secret_id);
    q_int(&q, "now", now_s);
    return run_one(&q, changed);
}
