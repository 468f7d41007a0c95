/* SPDX-License-Identifier: ISC */
/* Signed heads, and the export that ends with one. */
#include "core/audit_head.h"

#include "base/log.h"
#include "core/access.h"
#include "core/audit.h"
#include "core/audit_file.h"
#include "core/notice.h"
#include "text/hex.h"

#include <inttypes.h>
#include <string.h>

enum { BATCH = 500 };

static struct str
head_text(struct arena *a, const struct audit_head *h)
{
    return arena_fmt(a, "keylodge audit head 1\n%" PRId64 " %" PRId64
        "\n%.*s", h->seq, h->at_s, STR_ARG(hex_show(a, h->hash.p, h->hash.n)));
}

static bool
head_good(struct cx *cx, const struct audit_head *h)
{
    return h->signature.n == SIGNATURE_BYTES &&
        signature_good(signer_public(cx->signer), head_text(cx->arena, h),
            (const uint8_t *)h->signature.p);
}

static bool
head_is_ours(const struct cx *cx, const struct audit_head *h)
{
    return cx->signer && str_eq(h->public_key,
        (struct str){ (const char *)signer_public(cx->signer),
            SIGNER_PUBLIC });
}

static struct audit_head
make_head(struct cx *cx, int64_t seq, struct str hash)
{
    uint8_t *signature = arena_alloc(cx->arena, SIGNATURE_BYTES);
    struct audit_head h = { .seq = seq, .at_s = cx->now_s, .hash = hash,
        .public_key = { (const char *)signer_public(cx->signer),
            SIGNER_PUBLIC } };
    signer_sign(cx->signer, head_text(cx->arena, &h), signature);
    h.signature = (struct str){ (const char *)signature, SIGNATURE_BYTES };
    return h;
}

enum err_code
audit_sign(struct cx *cx, int64_t seq, struct str hash)
{
    struct arena *a = cx->arena;
    if (!cx->signer)
        return ERR_OK;
    struct audit_head h = make_head(cx, seq, hash);
    struct str line = arena_fmt(a, "%" PRId64 " %" PRId64 " %.*s %.*s", h.seq,
        h.at_s, STR_ARG(hex_show(a, hash.p, hash.n)),
        STR_ARG(hex_show(a, h.signature.p, h.signature.n)));
    log_note(LOG_INFO, "audit_head", arena_cstr(a, line));
    struct notice n = { .kind = NOTICE_AUDIT_HEAD, .head = &h };
    if (store_audit_head_add(cx->store, &h))
        return cx->err.code;
    return notice_add(cx, &n);
}

/* Is the row of this head the one that was signed? */
static enum err_code
row_fits(struct cx *cx, const struct audit_head *h, bool *fits)
{
    struct audit *row;
    size_t n;
    *fits = false;
    if (store_audit_chain(cx->store, h->seq - 1, 1, &row, &n))
        return cx->err.code;
    *fits = n && row->seq == h->seq && str_eq(row->hash, h->hash);
    return ERR_OK;
}

static enum err_code
check_head(struct cx *cx, const struct audit_head *h, int64_t rows,
    int64_t *bad)
{
    bool fits;
    if (!head_is_ours(cx, h))
        return ERR_OK; /* of an audit key that was lost since */
    if (row_fits(cx, h, &fits))
        return cx->err.code;
    if (!head_good(cx, h) || !fits)
        *bad = h->seq > rows ? rows + 1 : h->seq;
    return ERR_OK;
}

enum err_code
audit_heads_check(struct cx *cx, int64_t rows, int64_t *bad)
{
    int64_t after = 0;
    size_t n = BATCH;
    while (n == BATCH && !*bad) {
        struct audit_head *heads;
        if (store_audit_heads(cx->store, after, BATCH, &heads, &n))
            return cx->err.code;
        for (size_t i = 0; i < n && !*bad; i++)
            if (check_head(cx, &heads[i], rows, bad))
                return cx->err.code;
        if (n)
            after = heads[n - 1].seq;
    }
    return ERR_OK;
}

enum err_code
audit_sweep(struct cx *cx)
{
    struct audit_head head;
    struct audit *row;
    size_t n;
    if (store_audit_head_last(cx->store, &head) ||
        store_audit_chain(cx->store, head.seq, 1, &row, &n))
        return cx->err.code;
    if (!n || row->at_s > cx->now_s - AUDIT_HEAD_S ||
        head.at_s > cx->now_s - AUDIT_HEAD_S)
        return ERR_OK;
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    int64_t seq;
    struct str hash;
    if (store_audit_last(cx->store, &seq, &hash) ||
        audit_sign(cx, seq, hash))
        return change_abort(cx);
    return change_commit(cx, AUDIT_NONE);
}

/* The rows after the head: each is bound to the one before. */
static enum err_code
check_tail(struct cx *cx, struct audit_state *out, struct str prev)
{
    struct audit *rows;
    size_t n;
    if (store_audit_chain(cx->store, out->head_seq, AUDIT_HEAD_ROWS, &rows,
            &n))
        return cx->err.code;
    for (size_t i = 0; i < n; i++) {
        uint8_t hash[DIGEST_BYTES];
        audit_row_hash(&rows[i], hash);
        out->rows_after++;
        if (rows[i].seq != out->head_seq + out->rows_after ||
            !str_eq(rows[i].prev_hash, prev) ||
            rows[i].hash.n != sizeof hash ||
            memcmp(rows[i].hash.p, hash, sizeof hash) != 0) {
            out->bad = out->head_seq + out->rows_after;
            break;
        }
        prev = rows[i].hash;
    }
    return ERR_OK;
}

enum err_code
audit_state(struct cx *cx, struct audit_state *out)
{
    struct audit_head head;
    *out = (struct audit_state){ 0 };
    if (access_need(cx, RIGHT_AUDIT_OWN) ||
        store_audit_head_last(cx->store, &head))
        return cx->err.code;
    out->head_seq = head.seq;
    out->head_at_s = head.at_s;
    if (head.seq && row_fits(cx, &head, &out->head_good))
        return cx->err.code;
    if (head_is_ours(cx, &head))
        out->head_good = out->head_good && head_good(cx, &head);
    return check_tail(cx, out, head.hash);
}

/* ---- the export ---- */

/* That it is exported, and a head over that: both, or neither. */
static enum err_code
note_export(struct cx *cx, struct audit_head *out)
{
    struct audit_event event = { "audit.export", "audit", STR(""),
        cx->ws.id ? cx->ws.name : STR("the whole log"), NULL };
    int64_t seq;
    struct str hash;
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (CHANGE_BEGIN(cx) || change_commit(cx, &event) ||
        store_audit_last(cx->store, &seq, &hash) ||
        audit_sign(cx, seq, hash))
        return change_abort(cx);
    *out = make_head(cx, seq, hash);
    return change_commit(cx, AUDIT_NONE);
}

static enum err_code
read_batch(struct cx *cx, int64_t after, struct audit **rows, size_t *n)
{
    return cx->ws.id
        ? store_audit_chain_of(cx->store, cx->ws.id, after, BATCH, rows, n)
        : store_audit_chain(cx->store, after, BATCH, rows, n);
}

static enum err_code
write_rows(struct cx *cx, struct arena *a, const struct audit_head *head,
    audit_sink *sink, void *to, int64_t *rows)
{
    struct audit_writer w;
    struct audit_scope scope = { .workspace_id = cx->ws.id,
        .workspace = cx->ws.uuid };
    struct buf out;
    bool more = true;
    buf_init(&out, a, BUF_MAX_CSV);
    audit_file_begin(&w, scope, &out);
    while (more) {
        struct audit *batch;
        size_t n;
        if (read_batch(cx, w.last_seq, &batch, &n))
            return cx->err.code;
        for (size_t i = 0; i < n && batch[i].seq <= head->seq; i++)
            audit_file_row(&w, &batch[i], &out);
        more = n == BATCH && batch[n - 1].seq < head->seq;
        if (!more)
            audit_file_end(&w, head, cx->signer, &out);
        must(!out.full);
        if (!sink(to, buf_view(&out)))
            return ERR(&cx->err, ERR_INVALID, "The export cannot be written.");
        arena_reset(a);
        buf_init(&out, a, BUF_MAX_CSV);
    }
    *rows = w.rows;
    return ERR_OK;
}

enum err_code
audit_export(struct cx *cx, audit_sink *sink, void *to, int64_t *rows)
{
    struct audit_head head;
    *rows = 0;
    if (cx->actor.kind != ACTOR_SHELL)
        return ERR(&cx->err, ERR_FORBIDDEN, "Only the shell does this.");
    must(cx->signer != NULL);
    if (note_export(cx, &head))
        return cx->err.code;
    /* the log may be larger than memory: rows live as long as their batch */
    struct arena *a = arena_new(1024 * 1024);
    store_attach(cx->store, a, &cx->err);
    (void)write_rows(cx, a, &head, sink, to, rows);
    store_attach(cx->store, cx->arena, &cx->err);
    arena_free(a);
    return cx->err.code;
}
