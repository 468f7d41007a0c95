/* SPDX-License-Identifier: ISC */
#include "store/store_rowseal.h"

#include <string.h>

enum err_code
store_row_top(struct store *st, enum row_kind kind, int64_t *id)
{
    struct q q;
    q_begin(&q, st, SQL_SEALED_TOP);
    q_int(&q, "kind", (int)kind);
    *id = q_row(&q) ? q_get_int(&q, 0) : 0;
    return q_end(&q);
}

enum err_code
store_row_walk(struct store *st, enum row_kind kind, int64_t after, int most,
    struct row_state **out, size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), (size_t)most, sizeof **out);
    *n = 0;
    q_begin(&q, st, kind == ROW_KEY ? SQL_BROKEN_KEYS
            : kind == ROW_USER      ? SQL_BROKEN_USERS
                                    : SQL_BROKEN_WORKSPACES);
    q_int(&q, "after", after);
    q_int(&q, "most", most);
    while (*n < (size_t)most && q_row(&q))
        (*out)[(*n)++] = (struct row_state){ kind, q_get_int(&q, 0),
            q_get_int(&q, 1), q_get_text(&q, 2), q_get_int(&q, 3) != 0 };
    return q_end(&q);
}

struct parts {
    struct row_part *items;
    size_t n, room;
};

static enum err_code
add_parts(struct store *st, enum sql which, int64_t id, struct parts *p)
{
    struct q q;
    q_begin(&q, st, which);
    q_int(&q, "id", id);
    while (q_row(&q)) {
        if (p->n == p->room) {
            size_t room = p->room ? 2 * p->room : 8;
            struct row_part *more =
                arena_array(store_arena(st), room, sizeof *more);
            if (p->n)
                memcpy(more, p->items, p->n * sizeof *more);
            p->items = more;
            p->room = room;
        }
        p->items[p->n++] = (struct row_part){ q_get_text(&q, 0),
            q_get_text(&q, 1) };
    }
    return q_end(&q);
}

enum err_code
store_row_parts(struct store *st, enum row_kind kind, int64_t id,
    struct row_part **out, size_t *n)
{
    static const enum sql of_key[] = { SQL_BROKEN_PARTS_KEY,
        SQL_BROKEN_PARTS_LISTS },
        of_user[] = { SQL_BROKEN_PARTS_USER, SQL_BROKEN_PARTS_LINKS },
        of_workspace[] = { SQL_BROKEN_PARTS_WORKSPACE };
    const enum sql *which = kind == ROW_KEY ? of_key
        : kind == ROW_USER                  ? of_user
                                            : of_workspace;
    size_t n_which = kind == ROW_WORKSPACE ? COUNT_OF(of_workspace) : 2;
    struct parts p = { NULL, 0, 0 };
    enum err_code code = ERR_OK;
    for (size_t i = 0; i < n_which && !code; i++)
        code = add_parts(st, which[i], id, &p);
    *out = p.items;
    *n = p.n;
    return code;
}

enum err_code
store_broken_noted(struct store *st, enum row_kind kind, int64_t after,
    int64_t upto, int64_t ids[ROWS_MOST], size_t *n)
{
    struct q q;
    *n = 0;
    q_begin(&q, st, SQL_BROKEN_NOTED);
    q_int(&q, "kind", (int)kind);
    q_int(&q, "after", after);
    q_int(&q, "upto", upto);
    while (*n < ROWS_MOST && q_row(&q))
        ids[(*n)++] = q_get_int(&q, 0);
    return q_end(&q);
}

enum err_code
store_broken_set(struct store *st, const struct row_state *row, int64_t now_s)
{
    struct q q;
    q_begin(&q, st, row->broken ? SQL_BROKEN_NOTE : SQL_BROKEN_FORGET);
    q_int(&q, "kind", (int)row->kind);
    q_int(&q, "id", row->id);
    if (row->broken) {
        q_int(&q, "workspace", row->workspace_id);
        q_int(&q, "now", now_s);
    }
    return q_run(&q);
}

enum err_code
store_broken_count(struct store *st, int64_t workspace_id, int64_t *n)
{
    struct q q;
    q_begin(&q, st, SQL_BROKEN_COUNT);
    q_int(&q, "workspace", workspace_id);
    *n = q_row(&q) ? q_get_int(&q, 0) : 0;
    return q_end(&q);
}

enum err_code
store_broken_people(struct store *st, int64_t workspace_id, int64_t *n)
{
    struct q q;
    q_begin(&q, st, SQL_BROKEN_PEOPLE);
    q_int(&q, "workspace", workspace_id);
    *n = q_row(&q) ? q_get_int(&q, 0) : 0;
    return q_end(&q);
}

enum err_code
store_broken_all(struct store *st, int64_t most, int64_t *n)
{
    struct q q;
    q_begin(&q, st, SQL_BROKEN_ALL);
    q_int(&q, "most", most);
    *n = q_row(&q) ? q_get_int(&q, 0) : 0;
    return q_end(&q);
}

enum err_code
store_sealed_any(struct store *st, bool *any)
{
    struct q q;
    q_begin(&q, st, SQL_SEALED_ANY);
    *any = q_row(&q) && q_get_int(&q, 0) != 0;
    return q_end(&q);
}

enum err_code
store_sealed_mark(struct store *st, struct str *mark)
{
    struct q q;
    *mark = (struct str){ NULL, 0 };
    q_begin(&q, st, SQL_SEALED_MARK);
    if (q_row(&q))
        *mark = q_get_text(&q, 0);
    return q_end(&q);
}

enum err_code
store_sealed_mark_set(struct store *st, struct str mark)
{
    struct q q;
    q_begin(&q, st, SQL_SEALED_MARK_SET);
    q_text(&q, "mark", mark);
    return q_run(&q);
}
