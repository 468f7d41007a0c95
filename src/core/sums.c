/* SPDX-License-Identifier: ISC */
#include "core/sums.h"

#include <string.h>

struct sums_row {
    struct usage_cell cell;
    struct usage_sum sum;
    uint16_t next; /* as in heads */
};

void
sums_open(struct sums *s, struct cx *cx)
{
    *s = (struct sums){ .cx = cx };
}

static bool
same(const struct usage_cell *a, const struct usage_cell *b)
{
    return a->key_id == b->key_id && a->start_s == b->start_s &&
        a->span == b->span && a->workspace_id == b->workspace_id &&
        str_eq(a->model, b->model) && str_eq(a->endpoint, b->endpoint);
}

static size_t
mix(size_t h, struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        h = h * 31 + (unsigned char)s.p[i];
    return h;
}

static size_t
head_of(const struct usage_cell *c)
{
    size_t h = (size_t)c->key_id * 31 + (size_t)c->start_s / 3600;
    h = mix(mix(h * 3 + c->span, c->model), c->endpoint);
    return h % SUMS_HEADS;
}

/* The row of this cell, made if there was none. */
static struct sums_row *
row_of(struct sums *s, const struct usage_cell *c)
{
    uint16_t *head = &s->heads[head_of(c)];
    for (uint16_t at = *head; at; at = s->rows[at - 1].next)
        if (same(&s->rows[at - 1].cell, c))
            return &s->rows[at - 1];
    if (s->n == s->room) {
        struct sums_row *few = s->rows;
        s->room = s->room ? 4 * s->room : 2 * USAGE_CELLS;
        s->rows = arena_array(s->cx->arena, s->room, sizeof *s->rows);
        if (s->n)
            memcpy(s->rows, few, s->n * sizeof *few);
    }
    struct sums_row *row = &s->rows[s->n++];
    *row = (struct sums_row){ .cell = *c, .next = *head };
    *head = (uint16_t)s->n;
    return row;
}

enum err_code
sums_add(struct sums *s, const struct usage_event *e, int64_t sign)
{
    struct usage_cell cells[USAGE_CELLS];
    if (s->n > SUMS_MOST - USAGE_CELLS && sums_write(s))
        return s->cx->err.code;
    usage_cells(e, cells);
    for (size_t i = 0; i < USAGE_CELLS; i++) {
        struct usage_sum *sum = &row_of(s, &cells[i])->sum;
        sum->refused += sign * (e->outcome == USAGE_REFUSED);
        sum->failed += sign * (e->outcome == USAGE_FAILED);
        sum->succeeded += sign * (e->outcome == USAGE_SUCCEEDED);
        sum->input_tokens += sign * e->input_tokens;
        sum->output_tokens += sign * e->output_tokens;
        sum->cost += sign * e->cost;
    }
    return ERR_OK;
}

enum err_code
sums_write(struct sums *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (store_usage_cell_add(s->cx->store, &s->rows[i].cell,
                &s->rows[i].sum))
            return s->cx->err.code;
    s->n = 0;
    memset(s->heads, 0, sizeof s->heads);
    return ERR_OK;
}
