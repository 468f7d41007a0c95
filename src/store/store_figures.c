/* SPDX-License-Identifier: ISC */
#include "store/store_figures.h"

static const int64_t HOUR_MS = 3600 * 1000;

/* The whole hours of a span, and what is left of it before and after. */
static void
bind_hours(struct q *q, const struct figures_span *s)
{
    int64_t first = (s->from_ms + HOUR_MS - 1) / HOUR_MS * HOUR_MS;
    int64_t last = s->to_ms / HOUR_MS * HOUR_MS;
    bool whole = first < last;
    q_int(q, "hour_from", whole ? first / 1000 : 0);
    q_int(q, "hour_to", whole ? last / 1000 : 0);
    q_int(q, "from", s->from_ms);
    q_int(q, "head_end", whole ? first : s->to_ms);
    q_int(q, "tail_from", whole ? last : s->to_ms);
    q_int(q, "to", s->to_ms);
}

static struct usage_row *
add_row(struct store *st, struct usage_rows *rows, size_t *cap)
{
    if (rows->n == *cap) {
        struct usage_row *old = rows->items;
        *cap = *cap ? 2 * *cap : 8;
        rows->items = arena_array(store_arena(st), *cap, sizeof *old);
        for (size_t i = 0; i < rows->n; i++)
            rows->items[i] = old[i];
    }
    return &rows->items[rows->n++];
}

enum err_code
store_figures_between(struct store *st, const struct figures_span *s,
    struct usage_rows *out)
{
    struct q q;
    size_t cap = 0;
    *out = (struct usage_rows){ NULL, 0 };
    q_begin(&q, st, SQL_FIGURES_BETWEEN);
    q_int(&q, "workspace", s->workspace_id);
    q_int(&q, "key", s->key_id);
    bind_hours(&q, s);
    while (q_row(&q)) {
        struct usage_sum sum = { q_get_int(&q, 1), q_get_int(&q, 2),
            q_get_int(&q, 3), q_get_int(&q, 4), q_get_int(&q, 5),
            q_get_int(&q, 6) };
        if (out->n > FIGURES_MODELS_MOST) {
            usage_sum_add(&out->items[FIGURES_MODELS_MOST].sum, &sum);
            continue;
        }
        bool named = out->n < FIGURES_MODELS_MOST;
        *add_row(st, out, &cap) = (struct usage_row){
            .group = named ? q_get_text(&q, 0) : STR(FIGURES_OTHERS),
            .sum = sum };
    }
    return q_end(&q);
}

static void
bind_calls(struct q *q, const struct figures_calls *f)
{
    q_int(q, "workspace", f->span.workspace_id);
    q_int(q, "key", f->span.key_id);
    q_int(q, "from", f->span.from_ms);
    q_int(q, "to", f->span.to_ms);
    q_int(q, "succeeded", f->succeeded);
    q_int(q, "failed", f->failed);
    q_text_or_null(q, "models", f->models);
}

enum err_code
store_figures_calls(struct store *st, const struct figures_calls *f,
    struct usage_event **out, size_t *n)
{
    struct q q;
    *n = 0;
    *out = arena_array(store_arena(st), (size_t)f->most, sizeof **out);
    q_begin(&q, st, SQL_FIGURES_CALLS);
    bind_calls(&q, f);
    q_int(&q, "most", f->most);
    q_int(&q, "skip", f->skip);
    while (q_row(&q))
        (*out)[(*n)++] = (struct usage_event){
            .at_ms = q_get_int(&q, 0),
            .outcome = q_get_int(&q, 1) ? USAGE_SUCCEEDED : USAGE_FAILED,
            .model = q_get_text(&q, 2),
            .cost = q_get_int(&q, 3),
            .input_tokens = q_get_int(&q, 4),
            .output_tokens = q_get_int(&q, 5),
            .request_id = q_get_text(&q, 6),
            .event_id = q_get_text(&q, 7),
            .client_id = q_get_text(&q, 8),
        };
    return q_end(&q);
}

enum err_code
store_figures_count(struct store *st, const struct figures_calls *f,
    int64_t *n)
{
    struct q q;
    *n = 0;
    q_begin(&q, st, SQL_FIGURES_CALLS_COUNT);
    bind_calls(&q, f);
    if (q_row(&q))
        *n = q_get_int(&q, 0);
    return q_end(&q);
}

enum err_code
store_figures_ledger(struct store *st, const struct ledger_filter *f,
    struct ledger_entry **out, size_t *n)
{
    struct q q;
    *n = 0;
    *out = arena_array(store_arena(st), (size_t)f->most, sizeof **out);
    q_begin(&q, st, SQL_FIGURES_LEDGER);
    q_int(&q, "workspace", f->workspace_id);
    q_id_or_null(&q, "before", f->before);
    q_int_or_null(&q, "from", f->from_s);
    q_int_or_null(&q, "to", f->to_s);
    q_text_or_null(&q, "kind", f->kind);
    q_int(&q, "sign", f->sign);
    q_int(&q, "most", f->most);
    while (q_row(&q))
        (*out)[(*n)++] = (struct ledger_entry){ q_get_int(&q, 0),
            q_get_int(&q, 1), q_get_text(&q, 2), q_get_int(&q, 3),
            q_get_text(&q, 4), q_get_text(&q, 5) };
    return q_end(&q);
}
