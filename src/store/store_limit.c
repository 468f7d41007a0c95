/* SPDX-License-Identifier: ISC */
#include "store/store_limit.h"

#include "base/attr.h"

enum { ROOM = 2 * LIMIT_RULES_MOST + 2 };

static void
read_limit(struct q *q, struct limit *l)
{
    *l = (struct limit){ .id = q_get_int(q, 0),
        .source = q_is_null(q, 1) ? LIMIT_RULE_WORKSPACE : LIMIT_RULE_KEY,
        .model_id = q_get_int(q, 2),
        .model = q_get_text(q, 3),
        .model_uuid = q_get_text(q, 4),
        .amount = q_get_int(q, 7),
        .shadow = q_get_int(q, 8) != 0,
        .begun = q_get_int(q, 9) != 0,
        .used = q_get_int(q, 10),
        .reserved = q_get_int(q, 11),
        .would_refuse = q_get_int(q, 12),
        .before = q_get_int(q, 13),
        .version = q_get_int(q, 14) };
    must(limit_counts_read(q_get_text(q, 5), &l->counts));
    must(limit_period_read(q_get_text(q, 6), &l->period));
}

/* Adds those of one key, or of the workspace itself, to l; *broken when the
 * seal of one is. */
static enum err_code
read_some(struct store *st, int64_t workspace_id, int64_t key_id,
    const struct key_times *t, int64_t minute_s, struct limit l[ROOM],
    size_t *n, bool *broken)
{
    struct q q;
    size_t most = *n + LIMIT_RULES_MOST;
    q_begin(&q, st, SQL_LIMIT_LIST);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "key", key_id);
    q_int(&q, "minute", minute_s);
    q_int(&q, "day", t->day_s);
    q_int(&q, "week", t->week_s);
    q_int(&q, "month", t->month_s);
    while (*n < most && q_row(&q)) {
        size_t at = (*n)++;
        struct limit one;
        read_limit(&q, &one);
        *broken = *broken || q_get_int(&q, 15) == 0;
        for (; at && l[at - 1].id > one.id; at--)
            l[at] = l[at - 1];
        l[at] = one;
    }
    return q_end(&q);
}

enum err_code
store_limit_list(struct store *st, int64_t workspace_id, int64_t key_id,
    const struct key_times *t, int64_t minute_s, struct limits *out)
{
    struct limit l[ROOM];
    size_t n = 0;
    out->broken = false;
    enum err_code code =
        read_some(st, workspace_id, 0, t, minute_s, l, &n, &out->broken);
    if (!code && key_id)
        code = read_some(st, workspace_id, key_id, t, minute_s, l, &n,
            &out->broken);
    out->n = n;
    out->items = arena_array(store_arena(st), n + 2, sizeof *out->items);
    for (size_t i = 0; i < n; i++)
        out->items[i] = l[i];
    return code;
}

enum err_code
store_limit_set(struct store *st, int64_t workspace_id, int64_t key_id,
    struct limit *l, int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_LIMIT_SET);
    q_int(&q, "workspace", workspace_id);
    q_id_or_null(&q, "key", key_id);
    q_id_or_null(&q, "model", l->model_id);
    q_text(&q, "counts", str_cstr(limit_counts_name(l->counts)));
    q_text(&q, "period", str_cstr(limit_period_name(l->period)));
    q_int(&q, "amount", l->amount);
    q_int(&q, "shadow", l->shadow);
    q_int(&q, "now", now_s);
    l->id = q_row(&q) ? q_get_int(&q, 0) : 0;
    while (q_row(&q))
        continue;
    return q_end(&q);
}

enum err_code
store_limit_remove(struct store *st, int64_t workspace_id, int64_t id)
{
    struct q q;
    q_begin(&q, st, SQL_LIMIT_REMOVE);
    q_int(&q, "id", id);
    q_int(&q, "workspace", workspace_id);
    return q_run_exactly(&q, 1);
}

enum err_code
store_limit_change(struct store *st, int64_t workspace_id,
    const struct limit *l, int64_t now_s, bool *changed)
{
    struct q q;
    int64_t changes = 0;
    q_begin(&q, st, SQL_LIMIT_CHANGE);
    q_int(&q, "id", l->id);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "version", l->version);
    q_int(&q, "amount", l->amount);
    q_int(&q, "shadow", l->shadow);
    q_int(&q, "now", now_s);
    enum err_code code = q_run_changes(&q, &changes);
    *changed = changes == 1;
    return code;
}

enum err_code
store_limit_days_sum(struct store *st, int64_t workspace_id, int64_t key_id,
    const struct limit *l, struct spend_period p, int64_t *sum)
{
    struct q q;
    q_begin(&q, st, SQL_LIMIT_DAYS_SUM);
    q_text(&q, "counts", str_cstr(limit_counts_name(l->counts)));
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "key", key_id);
    q_int(&q, "start", p.start_s);
    q_int(&q, "end", p.end_s);
    q_text_or_null(&q, "model", l->model);
    *sum = q_row(&q) ? q_get_int(&q, 0) : 0;
    return q_end(&q);
}

enum err_code
store_limit_take_over(struct store *st, int64_t rule_id, int64_t start_s,
    int64_t used)
{
    struct q q;
    q_begin(&q, st, SQL_LIMIT_TAKE_OVER);
    q_int(&q, "rule", rule_id);
    q_int(&q, "start", start_s);
    q_int(&q, "used", used);
    return q_run_exactly(&q, 1);
}

enum err_code
store_replay(struct store *st, int64_t workspace_id, int64_t key_id,
    struct str model, int64_t from_s, int64_t most, store_replay_row *each,
    void *arg)
{
    struct q q;
    q_begin(&q, st, key_id ? SQL_REPLAY_KEY : SQL_REPLAY_WORKSPACE);
    q_int(&q, "workspace", workspace_id);
    if (key_id)
        q_int(&q, "key", key_id);
    q_text_or_null(&q, "model", model);
    q_int(&q, "from", from_s);
    q_int(&q, "most", most);
    while (q_row(&q)) {
        struct replay_call c = { .at_ms = q_get_int(&q, 0),
            .counts = q_get_int(&q, 1) != 0,
            .input_tokens = q_get_int(&q, 2),
            .output_tokens = q_get_int(&q, 3),
            .cost = q_get_int(&q, 4) };
        each(arg, &c);
    }
    return q_end(&q);
}

enum err_code
store_limit_spent_hour(struct store *st, int64_t workspace_id,
    int64_t start_s, int64_t amount, int64_t *hour_s)
{
    struct q q;
    q_begin(&q, st, SQL_LIMIT_SPENT_HOUR);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "start", start_s);
    q_int(&q, "amount", amount);
    *hour_s = q_row(&q) ? q_get_int(&q, 0) : 0;
    return q_end(&q);
}

enum err_code
store_limit_cell_add(struct store *st, const struct limit_cell *c)
{
    struct q q;
    q_begin(&q, st, SQL_LIMIT_CELL_ADD);
    q_int(&q, "rule", c->rule_id);
    q_int(&q, "start", c->start_s);
    q_int(&q, "used", c->used);
    q_int(&q, "reserved", c->reserved);
    q_int(&q, "would", c->would_refuse);
    return q_run_exactly(&q, 1);
}

enum err_code
store_limit_cell_release(struct store *st, int64_t rule_id, int64_t start_s,
    int64_t amount)
{
    struct q q;
    q_begin(&q, st, SQL_LIMIT_CELL_RELEASE);
    q_int(&q, "rule", rule_id);
    q_int(&q, "start", start_s);
    q_int(&q, "amount", amount);
    return q_run(&q);
}

enum err_code
store_limit_cell_prune(struct store *st, int64_t rule_id, int64_t before_s)
{
    struct q q;
    q_begin(&q, st, SQL_LIMIT_CELL_PRUNE);
    q_int(&q, "rule", rule_id);
    q_int(&q, "before", before_s);
    return q_run(&q);
}
