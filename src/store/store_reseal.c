/* SPDX-License-Identifier: ISC */
#include "store/store_reseal.h"

#include "store/engine.h"

#include <string.h>

static const struct {
    enum sql walk, set;
} statements[] = {
    [SEALED_PASSWORD] = { SQL_PASSWORD_WALK, SQL_PASSWORD_RESEAL },
    [SEALED_SEED] = { SQL_SEED_WALK, SQL_SEED_RESEAL },
    [SEALED_WEBHOOK] = { SQL_WEBHOOK_WALK, SQL_WEBHOOK_RESEAL },
    [SEALED_WEBHOOK_OLD] = { SQL_WEBHOOK_OLD_WALK, SQL_WEBHOOK_OLD_RESEAL },
    [SEALED_OUTBOX] = { SQL_OUTBOX_WALK, SQL_OUTBOX_RESEAL },
    [SEALED_KEY] = { SQL_SECRET_WALK, SQL_SECRET_RESEAL },
};
_Static_assert(COUNT_OF(statements) == SEALED_KIND_COUNT, "kinds");

enum err_code
store_sealed_walk(struct store *st, enum sealed_kind kind, int64_t after,
    int most, struct sealed_row **out, size_t *n)
{
    struct q q;
    must(kind != SEALED_KEY);
    *out = arena_array(store_arena(st), (size_t)most, sizeof **out);
    *n = 0;
    q_begin(&q, st, statements[kind].walk);
    q_int(&q, "after", after);
    q_int(&q, "most", most);
    while (*n < (size_t)most && q_row(&q))
        (*out)[(*n)++] = (struct sealed_row){ q_get_int(&q, 0),
            q_get_text(&q, 1), q_get_blob(&q, 2) };
    return q_end(&q);
}

enum err_code
store_sealed_set(struct store *st, enum sealed_kind kind, int64_t id,
    struct str sealed)
{
    struct q q;
    q_begin(&q, st, statements[kind].set);
    q_int(&q, "id", id);
    q_blob(&q, "sealed", sealed.p, sealed.n);
    return q_run_exactly(&q, 1);
}

/* ---- keys in one go ---- */

static enum err_code
stale_upto(struct store *st, int64_t after, int most, int64_t *upto)
{
    struct q q;
    q_begin(&q, st, SQL_STALE_UPTO);
    q_int(&q, "after", after);
    q_int(&q, "most", most);
    *upto = q_row(&q) ? q_get_int_or(&q, 0, after) : after;
    return q_end(&q);
}

static void
read_stale(struct q *q, struct stale_row *r)
{
    struct key *k = &r->secret.key;
    *r = (struct stale_row){ .seal_n = q_get_int(q, 1),
        .stale = q_get_int(q, 6) != 0,
        .fit = q_get_int(q, 10) != 0 };
    r->secret.id = q_get_int(q, 7);
    r->secret.sealed = q_get_blob(q, 8);
    r->secret.mac = q_get_blob(q, 9);
    k->id = q_get_int(q, 0);
    k->workspace_id = q_get_int(q, 2);
    k->uuid = q_get_text(q, 3);
    k->prefix = q_get_text(q, 4);
    if (!key_kind_read(q_get_text(q, 5), &k->kind))
        r->secret.sealed.n = 0; /* no kind of ours: it cannot open */
}

enum err_code
store_stale_walk(struct store *st, int64_t after, int most,
    struct stale_row **out, size_t *n, int64_t *upto)
{
    struct q q;
    size_t room = (size_t)most;
    *n = 0;
    if (stale_upto(st, after, most, upto))
        return st->err->code;
    *out = arena_array(store_arena(st), room, sizeof **out);
    q_begin(&q, st, SQL_STALE_WALK);
    q_int(&q, "after", after);
    q_int(&q, "upto", *upto);
    while (q_row(&q)) {
        if (*n == room) { /* some have two */
            struct stale_row *more =
                arena_array(store_arena(st), 2 * room, sizeof *more);
            memcpy(more, *out, room * sizeof *more);
            *out = more;
            room *= 2;
        }
        read_stale(&q, &(*out)[(*n)++]);
    }
    return q_end(&q);
}

enum err_code
store_stale_secret(struct store *st, const struct stale_row *row,
    struct str sealed)
{
    struct q q;
    rows_quiet(st, true);
    q_begin(&q, st, SQL_STALE_SECRET);
    q_blob(&q, "sealed", sealed.p, sealed.n);
    q_int(&q, "fit", row->fit);
    q_int(&q, "seal_n", row->seal_n);
    q_int(&q, "id", row->secret.id);
    enum err_code code = q_run_exactly(&q, 1);
    rows_quiet(st, false);
    return code;
}

enum err_code
store_stale_keys(struct store *st, const struct stale_row *rows, size_t n,
    int64_t after, int64_t upto)
{
    if (rows_seal_lists(st, after, upto))
        return st->err->code;
    for (size_t i = 0; i < n; i++) {
        struct q q;
        if (!rows[i].stale ||
            (i && rows[i].secret.key.id == rows[i - 1].secret.key.id))
            continue;
        q_begin(&q, st, SQL_STALE_KEY);
        q_int(&q, "id", rows[i].secret.key.id);
        if (q_run_exactly(&q, 1))
            return st->err->code;
    }
    return ERR_OK;
}

/* ---- the rest ---- */

enum err_code
store_secret_refind(struct store *st, int64_t id, struct str mac)
{
    struct q q;
    q_begin(&q, st, SQL_SECRET_REFIND);
    q_int(&q, "id", id);
    q_blob(&q, "mac", mac.p, mac.n);
    return q_run_exactly(&q, 1);
}

enum err_code
store_management_count(struct store *st, int64_t now_s, int64_t *n)
{
    struct q q;
    *n = 0;
    q_begin(&q, st, SQL_MANAGEMENT_COUNT);
    q_int(&q, "now", now_s);
    if (q_row(&q))
        *n = q_get_int(&q, 0);
    return q_end(&q);
}
