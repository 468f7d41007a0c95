/* SPDX-License-Identifier: ISC */
#include "store/store_backup.h"

#include <inttypes.h>

enum err_code
store_backup_counts(struct store *st, struct backup_counts *out)
{
    struct q q;
    *out = (struct backup_counts){ 0 };
    q_begin(&q, st, SQL_BACKUP_COUNTS);
    if (q_row(&q))
        *out = (struct backup_counts){ q_get_int(&q, 0), q_get_int(&q, 1),
            q_get_int(&q, 2), q_get_int(&q, 3), q_get_int(&q, 4) };
    return q_end(&q);
}

enum err_code
store_backup_last(struct store *st, int64_t *at_s)
{
    struct q q;
    *at_s = 0;
    q_begin(&q, st, SQL_BACKUP_LAST);
    if (q_row(&q))
        *at_s = q_get_int(&q, 0); /* text of digits */
    return q_end(&q);
}

enum err_code
store_backup_place(struct store *st, struct str *folder)
{
    struct q q;
    *folder = (struct str){ NULL, 0 };
    q_begin(&q, st, SQL_BACKUP_PLACE);
    if (q_row(&q))
        *folder = q_get_text(&q, 0);
    return q_end(&q);
}

enum err_code
store_backup_note(struct store *st, int64_t at_s, struct str folder)
{
    struct q q;
    q_begin(&q, st, SQL_BACKUP_NOTE);
    q_text(&q, "at", arena_fmt(store_arena(st), "%" PRId64, at_s));
    if (q_run(&q))
        return store_err(st)->code;
    q_begin(&q, st, SQL_BACKUP_PLACE_NOTE);
    q_text(&q, "folder", folder);
    return q_run(&q);
}

enum err_code
store_secret_walk(struct store *st, int64_t after, int most,
    struct walked_secret **out, size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), (size_t)most, sizeof **out);
    *n = 0;
    q_begin(&q, st, SQL_SECRET_WALK);
    q_int(&q, "after", after);
    q_int(&q, "most", most);
    while (*n < (size_t)most && q_row(&q)) {
        struct walked_secret *s = &(*out)[(*n)++];
        *s = (struct walked_secret){ .id = q_get_int(&q, 0),
            .sealed = q_get_blob(&q, 1) };
        s->key.workspace_id = q_get_int(&q, 2);
        s->key.uuid = q_get_text(&q, 3);
        s->key.prefix = q_get_text(&q, 4);
        if (!key_kind_read(q_get_text(&q, 5), &s->key.kind))
            s->sealed.n = 0; /* no kind of ours: it cannot open */
        s->mac = q_get_blob(&q, 6);
    }
    return q_end(&q);
}

static enum err_code
run_at(struct store *st, enum sql which, int64_t now_s)
{
    struct q q;
    q_begin(&q, st, which);
    q_int(&q, "now", now_s);
    return q_run(&q);
}

enum err_code
store_void_all(struct store *st, int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_SESSION_END_ALL);
    enum err_code code = q_run(&q);
    if (!code)
        code = run_at(st, SQL_ONCE_VOID_ALL, now_s);
    if (!code)
        code = run_at(st, SQL_INVITE_VOID_ALL, now_s);
    return code;
}
