/* SPDX-License-Identifier: ISC */
#include "store/store_audit.h"

enum err_code
store_audit_last(struct store *st, int64_t *seq, struct str *hash)
{
    struct q q;
    *seq = 0;
    *hash = (struct str){ NULL, 0 };
    q_begin(&q, st, SQL_AUDIT_LAST);
    if (q_row(&q)) {
        *seq = q_get_int(&q, 0);
        *hash = q_get_blob(&q, 1);
    }
    return q_end(&q);
}

enum err_code
store_audit_insert(struct store *st, const struct audit *r)
{
    struct q q;
    q_begin(&q, st, SQL_AUDIT_INSERT);
    q_int(&q, "seq", r->seq);
    q_int(&q, "at", r->at_s);
    q_id_or_null(&q, "workspace", r->workspace_id);
    q_text(&q, "actor_kind", r->actor_kind);
    q_text(&q, "actor_id", r->actor_id);
    q_text(&q, "actor_name", r->actor_name);
    q_text(&q, "action", r->action);
    q_text(&q, "object_kind", r->object_kind);
    q_text(&q, "object_id", r->object_id);
    q_text(&q, "object_name", r->object_name);
    q_text(&q, "details", r->details);
    q_text(&q, "address", r->address);
    q_text(&q, "request", r->request_id);
    q_blob(&q, "prev", r->prev_hash.p, r->prev_hash.n);
    q_blob(&q, "hash", r->hash.p, r->hash.n);
    return q_run_exactly(&q, 1);
}

static enum err_code
read_rows(struct q *q, struct store *st, int most, struct audit **out,
    size_t *n)
{
    *out = arena_array(store_arena(st), (size_t)most, sizeof **out);
    *n = 0;
    while (*n < (size_t)most && q_row(q)) {
        struct audit *r = &(*out)[(*n)++];
        *r = (struct audit){
            .seq = q_get_int(q, 0),
            .at_s = q_get_int(q, 1),
            .workspace_id = q_get_int(q, 2),
            .actor_kind = q_get_text(q, 3),
            .actor_id = q_get_text(q, 4),
            .actor_name = q_get_text(q, 5),
            .action = q_get_text(q, 6),
            .object_kind = q_get_text(q, 7),
            .object_id = q_get_text(q, 8),
            .object_name = q_get_text(q, 9),
            .details = q_get_text(q, 10),
            .address = q_get_text(q, 11),
            .request_id = q_get_text(q, 12),
            .prev_hash = q_get_blob(q, 13),
            .hash = q_get_blob(q, 14),
        };
    }
    return q_end(q);
}

static void
turn(struct audit *rows, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        struct audit other = rows[i];
        rows[i] = rows[n - 1 - i];
        rows[n - 1 - i] = other;
    }
}

enum err_code
store_audit_list(struct store *st, const struct audit_filter *f,
    struct audit **out, size_t *n)
{
    struct q q;
    bool all = f->workspace_id == 0;
    int64_t mark = f->after ? f->after : f->before;
    q_begin(&q, st, all ? SQL_AUDIT_LIST_ALL
        : f->after      ? SQL_AUDIT_LIST_BACK
                        : SQL_AUDIT_LIST);
    if (!all)
        q_int(&q, "workspace", f->workspace_id);
    q_id_or_null(&q, "mark", all && !mark ? INT64_MAX : mark);
    q_text_or_null(&q, "actor", f->actor);
    q_text_or_null(&q, "action", f->action);
    q_text_or_null(&q, "object", f->object);
    q_text_or_null(&q, "find", f->find);
    q_text_or_null(&q, "find_id", f->find_id);
    q_id_or_null(&q, "from", f->from_s);
    q_id_or_null(&q, "to", f->to_s);
    q_int(&q, "most", f->most);
    enum err_code code = read_rows(&q, st, f->most, out, n);
    if (f->after)
        turn(*out, *n);
    return code;
}

enum err_code
store_audit_of(struct store *st, int64_t workspace_id, const char *kind,
    struct str object_id, int most, struct audit **out, size_t *n)
{
    struct q q;
    q_begin(&q, st, SQL_AUDIT_LIST_OBJECT);
    q_int(&q, "workspace", workspace_id);
    q_text(&q, "kind", str_cstr(kind));
    q_text(&q, "object", object_id);
    q_int(&q, "most", most);
    return read_rows(&q, st, most, out, n);
}

enum err_code
store_audit_chain(struct store *st, int64_t after, int most,
    struct audit **out, size_t *n)
{
    struct q q;
    q_begin(&q, st, SQL_AUDIT_CHAIN);
    q_int(&q, "after", after);
    q_int(&q, "most", most);
    return read_rows(&q, st, most, out, n);
}

enum err_code
store_audit_chain_of(struct store *st, int64_t workspace_id, int64_t after,
    int most, struct audit **out, size_t *n)
{
    struct q q;
    q_begin(&q, st, SQL_AUDIT_CHAIN_WORKSPACE);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "after", after);
    q_int(&q, "most", most);
    return read_rows(&q, st, most, out, n);
}

enum err_code
store_audit_head_add(struct store *st, const struct audit_head *h)
{
    struct q q;
    q_begin(&q, st, SQL_AUDIT_HEAD_INSERT);
    q_int(&q, "seq", h->seq);
    q_int(&q, "at", h->at_s);
    q_blob(&q, "hash", h->hash.p, h->hash.n);
    q_blob(&q, "public_key", h->public_key.p, h->public_key.n);
    q_blob(&q, "signature", h->signature.p, h->signature.n);
    return q_run(&q);
}

static struct audit_head
read_head(struct q *q)
{
    return (struct audit_head){ .seq = q_get_int(q, 0),
        .at_s = q_get_int(q, 1),
        .hash = q_get_blob(q, 2),
        .public_key = q_get_blob(q, 3),
        .signature = q_get_blob(q, 4) };
}

enum err_code
store_audit_head_last(struct store *st, struct audit_head *out)
{
    struct q q;
    *out = (struct audit_head){ 0 };
    q_begin(&q, st, SQL_AUDIT_HEAD_LAST);
    if (q_row(&q))
        *out = read_head(&q);
    return q_end(&q);
}

enum err_code
store_audit_heads(struct store *st, int64_t after, int most,
    struct audit_head **out, size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), (size_t)most, sizeof **out);
    *n = 0;
    q_begin(&q, st, SQL_AUDIT_HEAD_LIST);
    q_int(&q, "after", after);
    q_int(&q, "most", most);
    while (*n < (size_t)most && q_row(&q))
        (*out)[(*n)++] = read_head(&q);
    return q_end(&q);
}
