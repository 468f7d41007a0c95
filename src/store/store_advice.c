/* SPDX-License-Identifier: ISC */
#include "store/store_advice.h"

enum err_code
store_advice_use(struct store *st, int64_t workspace_id, int64_t key_id,
    int64_t from_s, int most, struct use **out, size_t *n)
{
    struct q q;
    size_t cap = 0;
    *out = NULL;
    *n = 0;
    q_begin(&q, st, SQL_ADVICE_USE);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "key", key_id);
    q_int(&q, "from", from_s);
    q_int(&q, "most", most);
    while (q_row(&q)) {
        if (*n == cap) {
            struct use *more = arena_array(store_arena(st),
                cap = 2 * cap + 64, sizeof *more);
            for (size_t i = 0; i < *n; i++)
                more[i] = (*out)[i];
            *out = more;
        }
        (*out)[(*n)++] = (struct use){ .start_s = q_get_int(&q, 0),
            .model = q_get_text(&q, 1),
            .endpoint = q_get_text(&q, 2),
            .calls = q_get_int(&q, 3),
            .input = q_get_int(&q, 4),
            .output = q_get_int(&q, 5),
            .cost = q_get_int(&q, 6) };
    }
    return q_end(&q);
}

enum err_code
store_advice_add(struct store *st, int64_t workspace_id,
    const struct advice_done *d)
{
    struct q q;
    q_begin(&q, st, SQL_ADVICE_DONE_INSERT);
    q_text(&q, "uuid", d->uuid);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "key", d->key_id);
    q_text(&q, "kind", str_cstr(advice_kind_name(d->kind)));
    q_int(&q, "rule", d->rule_id);
    q_int(&q, "at", d->at_s);
    q_text(&q, "by", d->by_name);
    q_text(&q, "was", d->was);
    q_text(&q, "became", d->became);
    return q_run_exactly(&q, 1);
}

static struct advice_done
read_done(struct q *q)
{
    struct advice_done d = { .id = q_get_int(q, 0),
        .uuid = q_get_text(q, 1),
        .key_id = q_get_int(q, 2),
        .rule_id = q_get_int(q, 4),
        .at_s = q_get_int(q, 5),
        .by_name = q_get_text(q, 6),
        .was = q_get_text(q, 7),
        .became = q_get_text(q, 8) };
    (void)advice_kind_read(q_get_text(q, 3), &d.kind);
    return d;
}

enum err_code
store_advice_list(struct store *st, int64_t workspace_id, int64_t key_id,
    int64_t from_s, int most, struct advice_done **out, size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), (size_t)most, sizeof **out);
    *n = 0;
    q_begin(&q, st, SQL_ADVICE_DONE_LIST);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "key", key_id);
    q_int(&q, "from", from_s);
    q_int(&q, "most", most);
    while (*n < (size_t)most && q_row(&q))
        (*out)[(*n)++] = read_done(&q);
    return q_end(&q);
}

enum err_code
store_advice_get(struct store *st, int64_t workspace_id, int64_t key_id,
    struct str uuid, int64_t from_s, struct advice_done *out)
{
    struct q q;
    *out = (struct advice_done){ 0 };
    q_begin(&q, st, SQL_ADVICE_DONE_GET);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "key", key_id);
    q_text(&q, "uuid", uuid);
    q_int(&q, "from", from_s);
    if (q_row(&q))
        *out = read_done(&q);
    return q_end(&q);
}

enum err_code
store_advice_undo(struct store *st, int64_t id, int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_ADVICE_DONE_UNDO);
    q_int(&q, "id", id);
    q_int(&q, "now", now_s);
    return q_run_exactly(&q, 1);
}
