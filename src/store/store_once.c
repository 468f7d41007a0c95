/* SPDX-License-Identifier: ISC */
#include "store/store_once.h"

enum err_code
store_api_once_insert(struct store *st, const struct api_once *o)
{
    struct q q;
    q_begin(&q, st, SQL_API_ONCE_INSERT);
    q_blob(&q, "mac", o->mac.p, o->mac.n);
    q_int(&q, "workspace", o->workspace_id);
    q_blob(&q, "request", o->request.p, o->request.n);
    q_text(&q, "kind", o->object_kind);
    q_text(&q, "object", o->object_id);
    q_int(&q, "now", o->at_s);
    return q_run(&q);
}

enum err_code
store_api_once_find(struct store *st, struct api_once *io)
{
    struct q q;
    io->at_s = 0;
    q_begin(&q, st, SQL_API_ONCE_FIND);
    q_blob(&q, "mac", io->mac.p, io->mac.n);
    q_int(&q, "workspace", io->workspace_id);
    if (q_row(&q)) {
        io->request = q_get_blob(&q, 0);
        io->object_kind = q_get_text(&q, 1);
        io->object_id = q_get_text(&q, 2);
        io->at_s = q_get_int(&q, 3);
    }
    return q_end(&q);
}

enum err_code
store_api_once_prune(struct store *st, int64_t before_s)
{
    struct q q;
    q_begin(&q, st, SQL_API_ONCE_PRUNE);
    q_int(&q, "before", before_s);
    return q_run(&q);
}
