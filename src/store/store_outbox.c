/* SPDX-License-Identifier: ISC */
#include "store/store_outbox.h"

#include <string.h>

static void
read_outbox(struct q *q, struct outbox *o)
{
    struct str state = q_get_text(q, 7);
    *o = (struct outbox){
        .id = q_get_int(q, 0),
        .uuid = q_get_text(q, 1),
        .workspace_id = q_get_int(q, 2),
        .webhook_id = q_get_int(q, 3),
        .kind = (enum notice_kind)q_get_int(q, 4),
        .recipient = q_get_text(q, 5),
        .sealed = q_get_blob(q, 6),
        .made_s = q_get_int(q, 8),
        .due_s = q_get_int(q, 9),
        .ends_s = q_get_int(q, 10),
        .tries = q_get_int(q, 11),
        .problem = q_get_text(q, 12),
    };
    for (int i = 0; i < OUTBOX_STATE_COUNT; i++)
        if (str_is(state, outbox_state_name((enum outbox_state)i)))
            o->state = (enum outbox_state)i;
}

enum err_code
store_outbox_by_id(struct store *st, int64_t id, struct outbox *out)
{
    struct q q;
    *out = (struct outbox){ 0 };
    q_begin(&q, st, SQL_OUTBOX_BY_ID);
    q_int(&q, "id", id);
    if (q_row(&q))
        read_outbox(&q, out);
    return q_end(&q);
}

enum err_code
store_outbox_add(struct store *st, const struct outbox *o)
{
    struct q q;
    q_begin(&q, st, SQL_OUTBOX_ADD);
    q_text(&q, "uuid", o->uuid);
    q_id_or_null(&q, "workspace", o->workspace_id);
    q_id_or_null(&q, "webhook", o->webhook_id);
    q_int(&q, "kind", (int64_t)o->kind);
    q_text(&q, "recipient", o->recipient);
    q_blob(&q, "sealed", o->sealed.p, o->sealed.n);
    q_int(&q, "now", o->made_s);
    q_int(&q, "ends", o->ends_s);
    return q_run_exactly(&q, 1);
}

/* The addresses that q finds; ends it. */
static enum err_code
read_people(struct q *q, struct strs *out)
{
    struct arena *a = store_arena(q->st);
    size_t cap = 8;
    *out = (struct strs){ arena_array(a, cap, sizeof *out->items), 0 };
    while (q_row(q)) {
        if (out->n == cap) {
            struct str *more = arena_array(a, 2 * cap, sizeof *more);
            memcpy(more, out->items, cap * sizeof *more);
            out->items = more;
            cap *= 2;
        }
        out->items[out->n++] = q_get_text(q, 0);
    }
    return q_end(q);
}

enum err_code
store_outbox_people(struct store *st, int64_t workspace_id, int64_t user_id,
    bool admins, struct strs *out)
{
    struct q q;
    q_begin(&q, st, SQL_OUTBOX_PEOPLE);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "owner", user_id);
    q_int(&q, "admins", admins);
    return read_people(&q, out);
}

enum err_code
store_outbox_guards(struct store *st, int64_t workspace_id, bool operators,
    struct strs *out)
{
    struct q q;
    q_begin(&q, st, SQL_OUTBOX_GUARDS);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "operators", operators);
    return read_people(&q, out);
}

enum err_code
store_outbox_hooks_all(struct store *st, enum notice_kind kind, int64_t after,
    struct outbox_hook **out, size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), OUTBOX_HOOKS_MOST, sizeof **out);
    *n = 0;
    q_begin(&q, st, SQL_OUTBOX_HOOKS_ALL);
    q_int(&q, "kind", (int64_t)kind);
    q_int(&q, "after", after);
    q_int(&q, "most", OUTBOX_HOOKS_MOST);
    while (*n < OUTBOX_HOOKS_MOST && q_row(&q))
        (*out)[(*n)++] = (struct outbox_hook){ q_get_int(&q, 0),
            q_get_int(&q, 1) };
    return q_end(&q);
}

enum err_code
store_outbox_hooks(struct store *st, int64_t workspace_id, int64_t user_id,
    enum notice_kind kind, struct outbox_hook **out, size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), OUTBOX_HOOKS_MOST, sizeof **out);
    *n = 0;
    q_begin(&q, st,
        workspace_id ? SQL_OUTBOX_HOOKS : SQL_OUTBOX_HOOKS_OF_USER);
    if (workspace_id)
        q_int(&q, "workspace", workspace_id);
    else
        q_int(&q, "user", user_id);
    q_int(&q, "kind", (int64_t)kind);
    while (*n < OUTBOX_HOOKS_MOST && q_row(&q))
        (*out)[(*n)++] = (struct outbox_hook){ q_get_int(&q, 0),
            q_get_int(&q, 1) };
    return q_end(&q);
}

enum err_code
store_outbox_by_uuid(struct store *st, int64_t workspace_id, struct str uuid,
    struct outbox *out)
{
    struct q q;
    *out = (struct outbox){ 0 };
    q_begin(&q, st, SQL_OUTBOX_BY_UUID);
    q_int(&q, "workspace", workspace_id);
    q_text(&q, "uuid", uuid);
    if (q_row(&q))
        read_outbox(&q, out);
    return q_end(&q);
}

enum err_code
store_outbox_release(struct store *st, int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_OUTBOX_RELEASE);
    q_int(&q, "now", now_s);
    return q_run(&q);
}

enum err_code
store_outbox_late(struct store *st, bool hook, int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_OUTBOX_LATE);
    q_int(&q, "hook", hook);
    q_int(&q, "now", now_s);
    return q_run(&q);
}

enum err_code
store_outbox_claim(struct store *st, bool hook, int64_t now_s,
    struct outbox *out)
{
    struct q q;
    *out = (struct outbox){ 0 };
    q_begin(&q, st, SQL_OUTBOX_NEXT);
    q_int(&q, "hook", hook);
    q_int(&q, "always", NOTICE_SEAL_BROKEN);
    q_int(&q, "now", now_s);
    if (q_row(&q))
        read_outbox(&q, out);
    if (q_end(&q) || !out->id)
        return store_err(st)->code;
    q_begin(&q, st, SQL_OUTBOX_CLAIM);
    q_int(&q, "id", out->id);
    out->state = OUTBOX_SENDING;
    out->tries++;
    return q_run_exactly(&q, 1);
}

enum err_code
store_outbox_sent(struct store *st, int64_t id)
{
    struct q q;
    q_begin(&q, st, SQL_OUTBOX_SENT);
    q_int(&q, "id", id);
    return q_run_exactly(&q, 1);
}

enum err_code
store_outbox_failed(struct store *st, int64_t id, bool final, int64_t due_s,
    struct str problem)
{
    struct q q;
    q_begin(&q, st, SQL_OUTBOX_FAILED);
    q_int(&q, "id", id);
    q_int(&q, "final", final);
    q_int(&q, "due", due_s);
    q_text(&q, "problem", problem);
    return q_run_exactly(&q, 1);
}

enum err_code
store_outbox_try_add(struct store *st, int64_t id, const struct outbox_try *t)
{
    struct q q;
    q_begin(&q, st, SQL_OUTBOX_TRY_ADD);
    q_int(&q, "id", id);
    q_int(&q, "n", t->n);
    q_int(&q, "at", t->at_s);
    q_int(&q, "took", t->took_ms);
    q_int(&q, "status", t->status);
    q_int(&q, "bytes", t->bytes);
    q_text(&q, "problem", t->problem);
    return q_run(&q);
}

enum err_code
store_outbox_again(struct store *st, int64_t id, int64_t ends_s,
    int64_t now_s, bool *changed)
{
    struct q q;
    int64_t changes = 0;
    q_begin(&q, st, SQL_OUTBOX_AGAIN);
    q_int(&q, "id", id);
    q_int(&q, "ends", ends_s);
    q_int(&q, "now", now_s);
    enum err_code code = q_run_changes(&q, &changes);
    *changed = changes == 1;
    return code;
}

enum err_code
store_outbox_stuck(struct store *st, int64_t workspace_id, int64_t before,
    int most, struct outbox **out, size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), (size_t)most, sizeof **out);
    *n = 0;
    q_begin(&q, st,
        workspace_id ? SQL_OUTBOX_STUCK_WORKSPACE : SQL_OUTBOX_STUCK);
    if (workspace_id)
        q_int(&q, "workspace", workspace_id);
    q_int(&q, "before", before);
    q_int(&q, "most", most);
    while (*n < (size_t)most && q_row(&q))
        read_outbox(&q, &(*out)[(*n)++]);
    return q_end(&q);
}

static void
read_stuck(struct q *q, struct outbox_stuck *s)
{
    read_outbox(q, &s->message);
    s->workspace = q_get_text(q, 13);
    s->url = q_get_text(q, 14);
}

enum err_code
store_outbox_stuck_all(struct store *st, int64_t before, int most,
    struct outbox_stuck **out, size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), (size_t)most, sizeof **out);
    *n = 0;
    q_begin(&q, st, SQL_OUTBOX_STUCK_ALL);
    q_int(&q, "before", before);
    q_int(&q, "most", most);
    while (*n < (size_t)most && q_row(&q))
        read_stuck(&q, &(*out)[(*n)++]);
    return q_end(&q);
}

enum err_code
store_outbox_stuck_by_uuid(struct store *st, struct str uuid,
    struct outbox_stuck *out)
{
    struct q q;
    *out = (struct outbox_stuck){ .message = { .id = 0 } };
    q_begin(&q, st, SQL_OUTBOX_STUCK_BY_UUID);
    q_text(&q, "uuid", uuid);
    if (q_row(&q))
        read_stuck(&q, out);
    return q_end(&q);
}

enum err_code
store_outbox_hurry(struct store *st, int64_t id, int64_t now_s, bool *changed)
{
    struct q q;
    int64_t changes = 0;
    q_begin(&q, st, SQL_OUTBOX_HURRY);
    q_int(&q, "id", id);
    q_int(&q, "now", now_s);
    enum err_code code = q_run_changes(&q, &changes);
    *changed = changes == 1;
    return code;
}

enum err_code
store_outbox_drop(struct store *st, int64_t id, bool *changed)
{
    struct q q;
    int64_t changes = 0;
    q_begin(&q, st, SQL_OUTBOX_DROP);
    q_int(&q, "id", id);
    enum err_code code = q_run_changes(&q, &changes);
    *changed = changes == 1;
    return code;
}

enum err_code
store_outbox_of_hook(struct store *st, int64_t webhook_id, int64_t before,
    int most, struct outbox_line **out, size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), (size_t)most, sizeof **out);
    *n = 0;
    q_begin(&q, st, SQL_OUTBOX_OF_HOOK);
    q_int(&q, "webhook", webhook_id);
    q_int(&q, "before", before);
    q_int(&q, "most", most);
    while (*n < (size_t)most && q_row(&q)) {
        struct outbox_line *line = &(*out)[(*n)++];
        read_outbox(&q, &line->message);
        line->last = (struct outbox_try){ q_get_int(&q, 13),
            q_get_int(&q, 14), q_get_int(&q, 15), q_get_int(&q, 16),
            q_get_int(&q, 17), q_get_text(&q, 18) };
    }
    return q_end(&q);
}

enum err_code
store_outbox_counts(struct store *st, struct outbox_counts *out)
{
    struct q q;
    *out = (struct outbox_counts){ 0, 0, 0, 0 };
    q_begin(&q, st, SQL_OUTBOX_COUNTS);
    if (q_row(&q))
        *out = (struct outbox_counts){ q_get_int(&q, 0), q_get_int(&q, 1),
            q_get_int(&q, 2), q_get_int(&q, 3) };
    return q_end(&q);
}
