/* SPDX-License-Identifier: ISC */
#include "core/reseal.h"

#include "base/clock.h"
#include "base/own.h"
#include "core/bound.h"
#include "core/change.h"
#include "core/key.h"
#include "core/rowseal.h"
#include "secret/foreign.h"
#include "secret/seal.h"
#include "store/store_backup.h"
#include "store/store_reseal.h"
#include "store/store_rowseal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    /* in one transaction: for some 100 ms nobody else writes */
    BATCH = 2000,
    BATCH_KEYS = 4000, /* these need no notes of what was changed */
    PAUSE_US = 6000,   /* after it: who knocks at the lock file gets in */
    SPARE = 1024 * 1024
};

static struct str
bound_uuid(struct arena *a, struct str uuid)
{
    (void)a;
    return uuid;
}

/* Under which subkey each kind lies, and bound to what. */
static const struct {
    enum subkey subkey;
    struct str (*bound)(struct arena *a, struct str uuid);
} kinds[] = {
    [SEALED_PASSWORD] = { SUBKEY_PASSWORD, bound_password },
    [SEALED_SEED] = { SUBKEY_TOTP, bound_seed },
    [SEALED_WEBHOOK] = { SUBKEY_WEBHOOK, bound_uuid },
    [SEALED_WEBHOOK_OLD] = { SUBKEY_WEBHOOK, bound_uuid },
    [SEALED_OUTBOX] = { SUBKEY_NOTICE, bound_uuid },
    [SEALED_KEY] = { SUBKEY_APIKEY, NULL },
};
_Static_assert(COUNT_OF(kinds) == SEALED_KIND_COUNT, "kinds");

/* One walk through everything. */
struct walk {
    struct cx *cx;
    struct arena *a;       /* of the batch */
    bool end;              /* to the secret that was loaded, else to the next */
    bool look;             /* only whether each value opens */
    /* of the batch: looking at a file costs more than opening a value */
    bool asked[SUBKEY_COUNT];
    const uint8_t *keys[SUBKEY_COUNT];
    struct resealed *out;
};

static const uint8_t *
wanted(struct walk *w, enum subkey which)
{
    if (w->end)
        return secrets_subkey(w->cx->secrets, which);
    if (!w->asked[which])
        w->keys[which] =
            secrets_other(w->cx->secrets, SECRETS_NEXT, which);
    w->asked[which] = true;
    return w->keys[which];
}

/* *out: sealed with the one that is wanted; that may be `sealed` itself.
 * old: it is most likely sealed with what this process has. */
static enum err_code
renew(struct walk *w, enum sealed_kind kind, int64_t id, bool old,
    struct str ad, struct str sealed, struct str *out)
{
    struct str plain;
    enum subkey which = kinds[kind].subkey;
    const uint8_t *key = wanted(w, which);
    *out = sealed;
    if (!key && !w->look)
        return ERR_FAULT(&w->cx->err, "the new master secret is gone");
    w->out->values++;
    bool opened = old && !w->end && seal_open_with(w->a,
        secrets_subkey(w->cx->secrets, which), ad, sealed, &plain);
    if (!opened && key && seal_open_with(w->a, key, ad, sealed, &plain))
        return ERR_OK;
    if (!opened && !seal_open(w->a, w->cx->secrets, which, ad, sealed, &plain))
        return ERR_FAULT(&w->cx->err, "sealed value %" PRId64 " of kind %d "
            "opens with no master secret", id, (int)kind);
    if (w->look)
        return ERR_OK;
    w->out->changed++;
    *out = seal_with(w->a, key, ad, plain);
    return ERR_OK;
}

static enum err_code
value(struct walk *w, enum sealed_kind kind, int64_t id, struct str ad,
    struct str sealed)
{
    struct str out;
    if (renew(w, kind, id, w->look, ad, sealed, &out) || out.p == sealed.p)
        return w->cx->err.code;
    return store_sealed_set(w->cx->store, kind, id, out);
}

/* An imported secret is found by a MAC of what is sealed. */
static enum err_code
refind(struct walk *w, const struct walked_secret *row)
{
    uint8_t mac[MAC_BYTES];
    struct str plain;
    const uint8_t *key = wanted(w, SUBKEY_FOREIGN);
    if (!key || !seal_open(w->a, w->cx->secrets, SUBKEY_APIKEY,
            key_seal_ad(w->a, &row->key), row->sealed, &plain) ||
        plain.n != KEYTEXT_HASH)
        return ERR_FAULT(&w->cx->err, "secret %" PRId64 " cannot be found "
            "anew", row->id);
    foreign_mac(key, (const uint8_t *)plain.p, mac);
    return store_secret_refind(w->cx->store, row->id,
        (struct str){ (const char *)mac, sizeof mac });
}

static enum err_code
look_at_keys(struct walk *w, int64_t *after, bool *more)
{
    struct walked_secret *rows;
    size_t n;
    if (store_secret_walk(w->cx->store, *after, BATCH, &rows, &n))
        return w->cx->err.code;
    *more = n == BATCH;
    for (size_t i = 0; i < n; i++) {
        if (value(w, SEALED_KEY, rows[i].id, key_seal_ad(w->a, &rows[i].key),
                rows[i].sealed))
            return w->cx->err.code;
        *after = rows[i].id;
    }
    return ERR_OK;
}

/* A key that is not stale is left to the notes of its change: they know what
 * was whole.  There are few. */
static enum err_code
secret(struct walk *w, const struct stale_row *row)
{
    struct store *st = w->cx->store;
    const struct walked_secret *s = &row->secret;
    struct str out;
    enum err_code code = renew(w, SEALED_KEY, s->id, row->stale,
        key_seal_ad(w->a, &s->key), s->sealed, &out);
    if (!code && row->stale)
        code = store_stale_secret(st, row, out);
    else if (!code && out.p != s->sealed.p)
        code = store_sealed_set(st, SEALED_KEY, s->id, out);
    return !code && s->mac.n ? refind(w, s) : code;
}

/* Secrets and row seals at once: each row is read and written one time. */
static enum err_code
some_keys(struct walk *w, int64_t *after, bool *more)
{
    struct store *st = w->cx->store;
    struct stale_row *rows;
    size_t n;
    int64_t upto;
    if (store_stale_walk(st, *after, BATCH_KEYS, &rows, &n, &upto))
        return w->cx->err.code;
    *more = n > 0;
    for (size_t i = 0; i < n; i++)
        if (rows[i].secret.id && secret(w, &rows[i]))
            return w->cx->err.code;
    if (store_stale_keys(st, rows, n, *after, upto))
        return w->cx->err.code;
    *after = upto;
    return ERR_OK;
}

static enum err_code
some_others(struct walk *w, enum sealed_kind kind, int64_t *after,
    bool *more)
{
    struct sealed_row *rows;
    size_t n;
    if (store_sealed_walk(w->cx->store, kind, *after, BATCH, &rows, &n))
        return w->cx->err.code;
    *more = n == BATCH;
    for (size_t i = 0; i < n; i++) {
        if (value(w, kind, rows[i].id, kinds[kind].bound(w->a, rows[i].uuid),
                rows[i].sealed))
            return w->cx->err.code;
        *after = rows[i].id;
    }
    return ERR_OK;
}

static enum row_key
row_key(const struct walk *w)
{
    return w->end ? ROW_KEY_OWN : ROW_KEY_NEXT;
}

static enum err_code
some(struct walk *w, enum sealed_kind kind, int64_t *after, bool *more)
{
    struct cx *cx = w->cx;
    memset(w->asked, 0, sizeof w->asked);
    if (!w->look && CHANGE_BEGIN(cx))
        return cx->err.code;
    if (!w->look) {
        store_row_key(cx->store, row_key(w));
        seal_batch(true);
    }
    (void)(kind != SEALED_KEY ? some_others(w, kind, after, more)
            : w->look         ? look_at_keys(w, after, more)
                              : some_keys(w, after, more));
    if (w->look)
        return cx->err.code;
    enum err_code code = cx->err.code ? change_abort(cx)
                                      : change_commit(cx, AUDIT_NONE);
    seal_batch(false);
    if (code)
        return code;
    clock_wait(clock_mono_us() + PAUSE_US);
    return ERR_OK;
}

static enum err_code
walk_all(struct walk *w, bool look)
{
    struct cx *cx = w->cx;
    struct arena *before;
    w->look = look;
    *w->out = (struct resealed){ 0 };
    w->a = arena_new(SPARE);
    before = store_swap(cx->store, w->a);
    for (int kind = 0; kind < SEALED_KIND_COUNT && !cx->err.code; kind++) {
        int64_t after = 0;
        bool more = true;
        while (more && !cx->err.code) {
            arena_reset(w->a);
            (void)some(w, (enum sealed_kind)kind, &after, &more);
        }
    }
    (void)store_swap(cx->store, before);
    arena_free(w->a);
    return cx->err.code;
}

static enum err_code
reseal_all(struct walk *w, const char *action)
{
    struct cx *cx = w->cx;
    if (walk_all(w, false) || seal_again(cx, row_key(w), PAUSE_US) ||
        CHANGE_BEGIN(cx))
        return cx->err.code;
    if (store_management_count(cx->store, cx->now_s, &w->out->management))
        return change_abort(cx);
    struct val *details = val_map(cx->arena);
    val_put_int(details, "values", w->out->values);
    val_put_int(details, "changed", w->out->changed);
    struct audit_event event = { action, "installation", STR(""), STR(""),
        details };
    return change_commit(cx, &event);
}

/* ---- files ---- */

static bool
is_there(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

static bool
same_file(const char *one, const char *two)
{
    struct stat a, b;
    return stat(one, &a) == 0 && stat(two, &b) == 0 && a.st_ino == b.st_ino &&
        a.st_dev == b.st_dev;
}

static enum err_code
refuse_files(struct cx *cx, const char *path)
{
    return ERR(&cx->err, ERR_INVALID, "The master secret %s cannot be "
        "replaced: %s. This user must be able to write to its folder.", path,
        strerror(errno));
}

/* The old one under its name for it, then the next in its place: at each
 * moment there is a file `path`, and what was sealed opens with one of them. */
static enum err_code
exchange(struct cx *cx, const char *path, const char *next, const char *old)
{
    if ((!is_there(old) && link(path, old) != 0) || rename(next, path) != 0)
        return refuse_files(cx, path);
    return ERR_OK;
}

/* Whoever runs this, the server reads what takes the place of its secret. */
static enum err_code
give_away(struct cx *cx, const char *path, const char *next)
{
    return own_give(next, path) ? ERR_OK : refuse_files(cx, path);
}

/* One change at a time: a second one would make a next secret of its own, and
 * put it in the place of the one that all is sealed with by then. */
static enum err_code
take_turn(struct cx *cx)
{
    if (cx->actor.kind != ACTOR_SHELL)
        return ERR(&cx->err, ERR_FORBIDDEN, "Only the shell does this.");
    return store_changer_take(cx->store)
        ? ERR_OK
        : ERR(&cx->err, ERR_BUSY, "Another keylodge rotate-secret is at work "
              "on this database; this one did nothing. When that is over, "
              "keylodge doctor tells what is left to do.");
}

static enum err_code
begin(struct cx *cx, const char *path, struct resealed *out)
{
    const char *next = secrets_path(cx->arena, path, SECRETS_NEXT);
    const char *old = secrets_path(cx->arena, path, SECRETS_OLD);
    struct walk w = { .cx = cx, .out = out };
    /* killed between link and rename, both names are one file */
    if (is_there(old) && !(is_there(next) && same_file(old, path)))
        return ERR(&cx->err, ERR_CONFLICT, "The old master secret %s is still "
            "there. Start the server again, then run: keylodge rotate-secret "
            "--end", old);
    /* All of it opens, or nothing is begun.  Once the next secret is there a
     * server may have sealed with it: whatever fails then, it stays. */
    if (walk_all(&w, true) ||
        (!is_there(next) && secrets_create(next, &cx->err)) ||
        give_away(cx, path, next) || reseal_all(&w, "secret.rotate"))
        return cx->err.code;
    return exchange(cx, path, next, old);
}

enum err_code
reseal_begin(struct cx *cx, const char *path, struct resealed *out)
{
    if (take_turn(cx))
        return cx->err.code;
    enum err_code code = begin(cx, path, out);
    store_changer_drop(cx->store);
    return code;
}

static enum err_code
end(struct cx *cx, const char *path, struct resealed *out)
{
    const char *old = secrets_path(cx->arena, path, SECRETS_OLD);
    struct walk w = { .cx = cx, .end = true, .out = out };
    if (!is_there(old))
        return ERR(&cx->err, ERR_NOT_FOUND, "There is no old master secret "
            "%s.", old);
    if (is_there(secrets_path(cx->arena, path, SECRETS_NEXT)))
        return ERR(&cx->err, ERR_CONFLICT, "A new master secret is on its "
            "way: run keylodge rotate-secret first.");
    if (walk_all(&w, true) || reseal_all(&w, "secret.end_old"))
        return cx->err.code;
    return unlink(old) == 0 ? ERR_OK : refuse_files(cx, old);
}

enum err_code
reseal_end(struct cx *cx, const char *path, struct resealed *out)
{
    if (take_turn(cx))
        return cx->err.code;
    enum err_code code = end(cx, path, out);
    store_changer_drop(cx->store);
    return code;
}
