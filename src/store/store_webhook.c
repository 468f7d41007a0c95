/* SPDX-License-Identifier: ISC */
#include "store/store_webhook.h"

static void
read_webhook(struct q *q, struct webhook *w)
{
    *w = (struct webhook){
        .id = q_get_int(q, 0),
        .uuid = q_get_text(q, 1),
        .workspace_id = q_get_int(q, 2),
        .url = q_get_text(q, 3),
        .events = q_get_int(q, 4),
        .sealed = q_get_blob(q, 5),
        .old_sealed = q_get_blob(q, 6),
        .old_ends_s = q_get_int(q, 7),
        .paused_s = q_get_int(q, 8),
        .created_s = q_get_int(q, 9),
        .version = q_get_int(q, 10),
        .once = q_get_blob(q, 11),
        .updated_s = q_get_int(q, 12),
    };
}

enum err_code
store_webhook_insert(struct store *st, struct webhook *w)
{
    struct q q;
    q_begin(&q, st, SQL_WEBHOOK_INSERT);
    q_text(&q, "uuid", w->uuid);
    q_int(&q, "workspace", w->workspace_id);
    q_text(&q, "url", w->url);
    q_int(&q, "events", w->events);
    q_blob(&q, "sealed", w->sealed.p, w->sealed.n);
    q_blob(&q, "once", w->once.p, w->once.n);
    q_int(&q, "now", w->created_s);
    enum err_code code = q_run_exactly(&q, 1);
    w->id = q_last_id(&q);
    return code;
}

enum err_code
store_webhook_list(struct store *st, int64_t workspace_id,
    struct webhook **out, size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), WEBHOOKS_MOST, sizeof **out);
    *n = 0;
    q_begin(&q, st, SQL_WEBHOOK_LIST);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "most", WEBHOOKS_MOST);
    while (*n < WEBHOOKS_MOST && q_row(&q)) {
        struct webhook *w = &(*out)[(*n)++];
        read_webhook(&q, w);
        w->last_state = q_get_text(&q, 13);
        w->last_s = q_get_int(&q, 14);
        w->last_problem = q_get_text(&q, 15);
    }
    return q_end(&q);
}

enum err_code
store_webhook_by_uuid(struct store *st, int64_t workspace_id,
    struct str uuid, struct webhook *out)
{
    struct q q;
    *out = (struct webhook){ 0 };
    q_begin(&q, st, SQL_WEBHOOK_BY_UUID);
    q_int(&q, "workspace", workspace_id);
    q_text(&q, "uuid", uuid);
    if (q_row(&q))
        read_webhook(&q, out);
    return q_end(&q);
}

enum err_code
store_webhook_by_id(struct store *st, int64_t id, struct webhook *out)
{
    struct q q;
    *out = (struct webhook){ 0 };
    q_begin(&q, st, SQL_WEBHOOK_BY_ID);
    q_int(&q, "id", id);
    if (q_row(&q))
        read_webhook(&q, out);
    return q_end(&q);
}

/* A statement on one row: its id, its workspace, the time. */
static void
begin_one(struct q *q, struct store *st, enum sql which,
    const struct webhook *w, int64_t now_s)
{
    q_begin(q, st, which);
    q_int(q, "id", w->id);
    q_int(q, "workspace", w->workspace_id);
    if (now_s)
        q_int(q, "now", now_s);
}

enum err_code
store_webhook_edit(struct store *st, const struct webhook *w, int64_t now_s,
    bool *changed)
{
    struct q q;
    int64_t changes = 0;
    begin_one(&q, st, SQL_WEBHOOK_EDIT, w, now_s);
    q_text(&q, "url", w->url);
    q_int(&q, "events", w->events);
    q_int(&q, "version", w->version);
    enum err_code code = q_run_changes(&q, &changes);
    *changed = changes == 1;
    return code;
}

enum err_code
store_webhook_pause(struct store *st, const struct webhook *w, int64_t at_s,
    int64_t now_s)
{
    struct q q;
    begin_one(&q, st, SQL_WEBHOOK_PAUSE, w, now_s);
    q_id_or_null(&q, "at", at_s);
    return q_run_exactly(&q, 1);
}

enum err_code
store_webhook_rotate(struct store *st, const struct webhook *w,
    struct str sealed, int64_t old_ends_s, int64_t now_s)
{
    struct q q;
    begin_one(&q, st, SQL_WEBHOOK_ROTATE, w, now_s);
    q_blob(&q, "once", w->once.p, w->once.n);
    q_blob(&q, "sealed", sealed.p, sealed.n);
    q_int(&q, "ends", old_ends_s);
    return q_run_exactly(&q, 1);
}

enum err_code
store_webhook_end_old(struct store *st, const struct webhook *w,
    int64_t now_s)
{
    struct q q;
    begin_one(&q, st, SQL_WEBHOOK_END_OLD, w, now_s);
    return q_run_exactly(&q, 1);
}

enum err_code
store_webhook_remove(struct store *st, const struct webhook *w)
{
    struct q q;
    begin_one(&q, st, SQL_WEBHOOK_REMOVE, w, 0);
    return q_run_exactly(&q, 1);
}
