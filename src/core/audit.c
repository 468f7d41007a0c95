/* SPDX-License-Identifier: ISC */
#include "core/audit.h"

#include "core/access.h"
#include "core/audit_action.h"
#include "core/audit_file.h"
#include "core/audit_head.h"
#include "text/json.h"
#include "text/utf8.h"

#include <string.h>

/* Of one text in details too long for one line; with twenty such texts, each
 * character an escaped one, they still fit. */
enum { CLIP_CHARS = 500 };

static void
fill_actor(struct cx *cx, struct audit *row)
{
    row->actor_name = cx_actor_name(cx);
    switch (cx->actor.kind) {
    case ACTOR_USER:
        row->actor_kind = STR("user");
        row->actor_id = cx->actor.user.uuid;
        return;
    case ACTOR_KEY:
        row->actor_kind = STR("key");
        row->actor_id = cx->actor.key.prefix;
        return;
    case ACTOR_SHELL:
        row->actor_kind = STR("shell");
        break;
    case ACTOR_GATE:
    case ACTOR_NONE:
        row->actor_kind = STR("system");
        break;
    }
    row->actor_id = row->actor_kind;
}

/* The head of a long text, and how much is left out. */
static struct str
clip_text(struct arena *a, struct str s)
{
    struct str head = utf8_clip(s, CLIP_CHARS);
    if (head.n == s.n)
        return s;
    return arena_fmt(a, "%.*s \xe2\x80\xa6 and %zu characters more",
        STR_ARG(head), utf8_count(s) - CLIP_CHARS);
}

/* A copy of details whose texts are clipped. */
static struct val *
clip(struct arena *a, const struct val *v)
{
    struct val *out = val_map(a);
    for (size_t i = 0; i < v->u.map.n; i++) {
        const struct val_pair *p = &v->u.map.pairs[i];
        struct val *item = p->val;
        if (item->type == VAL_STR) {
            item = val_str(a, clip_text(a, item->u.s));
        } else if (item->type == VAL_LIST) {
            item = val_list(a);
            for (size_t k = 0; k < p->val->u.list.n; k++)
                val_add_str(item,
                    clip_text(a, val_text(p->val->u.list.items[k])));
        }
        val_put_new(out, p->name, item);
    }
    return out;
}

/* Always whole JSON: with the texts as they are, or clipped when that would
 * be too long for one line of the log. */
static enum err_code
write_details(struct cx *cx, const struct val *details, struct str *out)
{
    struct buf b;
    *out = STR("{}");
    if (!details)
        return ERR_OK;
    buf_init(&b, cx->arena, BUF_MAX_FIELD);
    json_write(&b, details);
    if (b.full) {
        buf_init(&b, cx->arena, BUF_MAX_FIELD);
        json_write(&b, clip(cx->arena, details));
    }
    if (b.full)
        return ERR_FAULT(&cx->err, "details too long");
    *out = buf_view(&b);
    return ERR_OK;
}

enum err_code
audit_append(struct cx *cx, const struct audit_event *event)
{
    struct audit row = { .at_s = cx->now_s,
        .workspace_id = cx->ws.id,
        .action = str_cstr(event->action),
        .object_kind = str_cstr(event->object_kind),
        .object_id = event->object_id,
        .object_name = event->object_name,
        .address = cx->address,
        .request_id = cx->request_id };
    if (!audit_action_known(event->action))
        return ERR_FAULT(&cx->err, "%s is not in core/audit_action.c",
            event->action);
    if (write_details(cx, event->details, &row.details))
        return cx->err.code;
    fill_actor(cx, &row);
    int64_t last;
    enum err_code code = store_audit_last(cx->store, &last, &row.prev_hash);
    if (code)
        return code;
    if (last == 0)
        row.prev_hash = STR(""); /* a blob of no bytes, not NULL */
    row.seq = last + 1;
    uint8_t *hash = arena_alloc(cx->arena, DIGEST_BYTES);
    audit_row_hash(&row, hash);
    row.hash = (struct str){ (const char *)hash, DIGEST_BYTES };
    if (store_audit_insert(cx->store, &row))
        return cx->err.code;
    return row.seq % AUDIT_HEAD_ROWS ? ERR_OK
                                     : audit_sign(cx, row.seq, row.hash);
}

enum err_code
audit_list(struct cx *cx, struct audit_filter *f, struct audit **out,
    size_t *n, bool *more)
{
    *more = false;
    if (access_need(cx, RIGHT_AUDIT_OWN))
        return cx->err.code;
    f->workspace_id = cx->ws.id;
    if (!access_has(cx, RIGHT_AUDIT_ALL))
        f->actor = cx->actor.user.uuid;
    int most = f->most;
    f->most = most + 1;
    enum err_code code = store_audit_list(cx->store, f, out, n);
    f->most = most;
    if (!code && *n > (size_t)most) {
        *more = true;
        *n = (size_t)most;
        if (f->after)
            (*out)++; /* the newest is the one too many */
    }
    return code;
}

enum err_code
audit_of_key(struct cx *cx, struct str prefix, int most, struct audit **out,
    size_t *n)
{
    if (access_need(cx, RIGHT_KEY_SEE))
        return cx->err.code;
    return store_audit_of(cx->store, cx->ws.id, "key", prefix, most, out, n);
}

/* Walk on from *after, by one batch; *n rows were read. */
static enum err_code
verify_batch(struct cx *cx, int64_t *after, uint8_t prev[DIGEST_BYTES],
    size_t *n, int64_t *bad)
{
    enum { BATCH = 500 };
    struct audit *batch;
    if (store_audit_chain(cx->store, *after, BATCH, &batch, n))
        return cx->err.code;
    for (size_t i = 0; i < *n; i++) {
        const struct audit *r = &batch[i];
        uint8_t hash[DIGEST_BYTES];
        audit_row_hash(r, hash);
        struct str made = { (const char *)hash, sizeof hash };
        struct str want_prev = { (const char *)prev,
            *after ? DIGEST_BYTES : 0 };
        if (r->seq != *after + 1 || !str_eq(r->prev_hash, want_prev) ||
            !str_eq(r->hash, made)) {
            *bad = *after + 1;
            return ERR_OK;
        }
        *after = r->seq;
        memcpy(prev, hash, sizeof hash);
    }
    return ERR_OK;
}

enum err_code
audit_verify(struct cx *cx, int64_t *rows, int64_t *bad)
{
    uint8_t prev[DIGEST_BYTES] = { 0 };
    size_t n = 0;
    *rows = *bad = 0;
    if (cx->actor.kind != ACTOR_SHELL)
        return ERR(&cx->err, ERR_FORBIDDEN, "Only the shell does this.");
    /* the log may be larger than memory: rows live as long as their batch */
    struct arena *a = arena_new(1024 * 1024);
    store_attach(cx->store, a, &cx->err);
    do
        arena_reset(a);
    while (!verify_batch(cx, rows, prev, &n, bad) && n && !*bad);
    arena_reset(a);
    if (!cx->err.code && !*bad && audit_heads_check(cx, *rows, bad))
        *bad = 0; /* the error says what is the matter */
    store_attach(cx->store, cx->arena, &cx->err);
    arena_free(a);
    return cx->err.code;
}
