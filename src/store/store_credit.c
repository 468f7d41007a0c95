/* SPDX-License-Identifier: ISC */
#include "store/store_credit.h"

enum err_code
store_credit_state(struct store *st, int64_t workspace_id, int64_t month_s,
    struct credit_state *out)
{
    struct q q;
    *out = (struct credit_state){ 0 };
    q_begin(&q, st, SQL_CREDIT_STATE);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "month", month_s);
    if (q_row(&q))
        *out = (struct credit_state){ !q_is_null(&q, 0), q_get_int(&q, 0),
            q_get_int(&q, 1), q_get_int(&q, 2) };
    return q_end(&q);
}

enum err_code
store_credit_use(struct store *st, int64_t workspace_id, bool on)
{
    struct q q;
    q_begin(&q, st, on ? SQL_CREDIT_USE_ON : SQL_CREDIT_USE_OFF);
    q_int(&q, "workspace", workspace_id);
    return q_run_exactly(&q, 1);
}

enum err_code
store_credit_move(struct store *st, int64_t workspace_id, int64_t amount,
    int64_t *balance, bool *used)
{
    struct q q;
    q_begin(&q, st, SQL_CREDIT_MOVE);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "amount", amount);
    *used = q_row(&q);
    *balance = *used ? q_get_int(&q, 0) : 0;
    while (*used && q_row(&q))
        continue;
    return q_end(&q);
}

enum err_code
store_credit_entry_insert(struct store *st, const struct credit_entry *e)
{
    struct q q;
    q_begin(&q, st, SQL_CREDIT_ENTRY_INSERT);
    q_text(&q, "uuid", e->uuid);
    q_int(&q, "workspace", e->workspace_id);
    q_int(&q, "at", e->at_s);
    q_text(&q, "kind", str_cstr(e->kind));
    q_int(&q, "amount", e->amount);
    q_int(&q, "balance", e->balance);
    q_text(&q, "model", e->model);
    q_text(&q, "reference", e->reference);
    q_text(&q, "note", e->note);
    q_text(&q, "by", e->by_name);
    if (e->once.n)
        q_blob(&q, "once", e->once.p, e->once.n);
    else
        q_null(&q, "once");
    return q_run_exactly(&q, 1);
}

enum err_code
store_credit_once(struct store *st, int64_t workspace_id, struct str mac,
    bool *made)
{
    struct q q;
    q_begin(&q, st, SQL_CREDIT_ONCE);
    q_int(&q, "workspace", workspace_id);
    q_blob(&q, "once", mac.p, mac.n);
    *made = q_row(&q);
    return q_end(&q);
}

enum err_code
store_credit_line_extend(struct store *st, const struct credit_entry *e,
    int calls, int64_t day_s, bool *joined)
{
    struct q q;
    int64_t changes = 0;
    q_begin(&q, st, SQL_CREDIT_LINE_EXTEND);
    q_int(&q, "workspace", e->workspace_id);
    q_int(&q, "at", e->at_s);
    q_int(&q, "calls", calls);
    q_int(&q, "amount", e->amount);
    q_int(&q, "balance", e->balance);
    q_int(&q, "day", day_s);
    enum err_code code = q_run_changes(&q, &changes);
    *joined = changes == 1;
    return code;
}

enum err_code
store_credit_line_insert(struct store *st, const struct credit_entry *e,
    const char *kind, int calls)
{
    struct q q;
    q_begin(&q, st, SQL_CREDIT_LINE_INSERT);
    q_int(&q, "workspace", e->workspace_id);
    q_text(&q, "kind", str_cstr(kind));
    q_int(&q, "at", e->at_s);
    q_int(&q, "calls", calls);
    q_int(&q, "amount", e->amount);
    q_int(&q, "balance", e->balance);
    q_text(&q, "note", e->note);
    q_text(&q, "by", e->by_name);
    return q_run_exactly(&q, 1);
}

static void
turn(struct credit_line *rows, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        struct credit_line other = rows[i];
        rows[i] = rows[n - 1 - i];
        rows[n - 1 - i] = other;
    }
}

enum err_code
store_credit_list(struct store *st, const struct credit_filter *f,
    struct credit_line **out, size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), (size_t)f->most, sizeof **out);
    *n = 0;
    q_begin(&q, st, f->after ? SQL_CREDIT_LIST_BACK : SQL_CREDIT_LIST);
    q_int(&q, "workspace", f->workspace_id);
    q_id_or_null(&q, "mark", f->after ? f->after : f->before);
    q_text_or_null(&q, "kind", f->kind);
    q_id_or_null(&q, "from", f->from_s);
    q_id_or_null(&q, "to", f->to_s);
    q_int(&q, "most", f->most);
    while (*n < (size_t)f->most && q_row(&q))
        (*out)[(*n)++] = (struct credit_line){ q_get_int(&q, 0),
            q_get_text(&q, 1), q_get_int(&q, 2), q_get_int(&q, 3),
            q_get_int(&q, 4), q_get_int(&q, 5), q_get_int(&q, 6),
            q_get_text(&q, 7), q_get_text(&q, 8) };
    enum err_code code = q_end(&q);
    if (f->after)
        turn(*out, *n);
    return code;
}
