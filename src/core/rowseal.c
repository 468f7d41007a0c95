/* SPDX-License-Identifier: ISC */
#include "core/rowseal.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "core/backup.h"
#include "core/change.h"
#include "core/notice.h"
#include "secret/mac.h"
#include "store/store_rowseal.h"
#include "store/store_workspace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SWEEP = 200, AT_ONCE = 4000, SPARE = 256 * 1024 };

_Static_assert((int)ROW_MAC_BYTES == (int)MAC_SHORT_BYTES, "one size");

/* ---- the subkeys ---- */

struct asked {
    const struct secrets *of;
    enum secrets_age age;
    const uint8_t *key;
};

/* While thousands of rows are sealed at once: what each file held when they
 * began, since looking at a file costs more than a MAC. */
static _Thread_local struct {
    bool on, known[ROW_KEY_COUNT];
    const uint8_t *key[ROW_KEY_COUNT];
} batch;

static void
look_up(void *arg)
{
    struct asked *a = arg;
    a->key = secrets_other(a->of, a->age, SUBKEY_ROWS);
}

static enum row_made
make(const void *of, enum row_key which, const void *p, size_t n,
    uint8_t out[ROW_MAC_BYTES])
{
    static const enum secrets_age ages[] = { [ROW_KEY_NEXT] = SECRETS_NEXT,
        [ROW_KEY_NOW] = SECRETS_NOW, [ROW_KEY_OLD] = SECRETS_OLD };
    struct asked a = { .of = of };
    if (which == ROW_KEY_OWN) {
        a.key = secrets_subkey(of, SUBKEY_ROWS);
    } else if (batch.known[which]) {
        a.key = batch.key[which];
    } else {
        a.age = ages[which];
        if (!memory_try(look_up, &a))
            return ROW_NO_MEMORY;
        batch.known[which] = batch.on;
        batch.key[which] = a.key;
    }
    if (!a.key)
        return ROW_NO_KEY;
    mac_short(a.key, p, n, out);
    return ROW_MADE;
}

void
seal_batch(bool on)
{
    memset(&batch, 0, sizeof batch);
    batch.on = on;
}

struct row_macs
seal_macs(const struct secrets *s)
{
    return (struct row_macs){ make, s };
}

/* ---- the mark ---- */

static bool
mark_of(struct cx *cx, enum row_key which, struct str *out)
{
    static const char what[] = "all rows are sealed 1";
    uint8_t mac[ROW_MAC_BYTES];
    enum row_made made = make(cx->secrets, which, what, sizeof what - 1, mac);
    if (made == ROW_NO_MEMORY)
        memory_ran_out();
    if (made == ROW_NO_KEY)
        return false;
    *out = b64_show(cx->arena,
        (struct str){ (const char *)mac, sizeof mac });
    return true;
}

static bool
mark_fits(struct cx *cx, struct str mark)
{
    struct str want;
    bool fits = false;
    for (int which = 0; which < ROW_KEY_COUNT && mark.n; which++)
        fits = fits || (mark_of(cx, (enum row_key)which, &want) &&
            mark.n == want.n && mac_equal(mark.p, want.p, mark.n));
    return fits;
}

static enum err_code
has_mark(struct cx *cx, bool *marked)
{
    struct str mark;
    *marked = false;
    if (store_sealed_mark(cx->store, &mark))
        return cx->err.code;
    *marked = mark_fits(cx, mark);
    return ERR_OK;
}

/* In the open transaction. */
static enum err_code
set_mark(struct cx *cx, enum row_key which)
{
    struct str mark;
    if (!mark_of(cx, which, &mark) && !mark_of(cx, ROW_KEY_OWN, &mark))
        return ERR_FAULT(&cx->err, "no subkey for row seals");
    return store_sealed_mark_set(cx->store, mark);
}

static const char *
witness_of(struct cx *cx, const char *master)
{
    return arena_cstr(cx->arena, arena_fmt(cx->arena, "%s.sealed", master));
}

/* The folder of the master secret may be closed to us: then only the database
 * tells that it was sealed. */
static void
leave_witness(const char *path, const char *master)
{
    int fd = own_open(path, O_WRONLY, 0400, master);
    if (fd >= 0)
        close(fd);
    else
        log_note(LOG_INFO, "row_seals_witness", strerror(errno));
}

/* ---- sealing ---- */

static enum err_code
seal_some(struct cx *cx, enum row_kind kind, int64_t after, enum row_key which,
    enum row_which rows)
{
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    seal_batch(true);
    store_row_key(cx->store, which);
    enum err_code code =
        store_row_seal(cx->store, kind, after, after + AT_ONCE, rows)
        ? change_abort(cx)
        : change_commit(cx, AUDIT_NONE);
    seal_batch(false);
    return code;
}

/* In transactions of some thousand rows; the mark last. */
static enum err_code
seal_everything(struct cx *cx, enum row_key which, enum row_which rows,
    int64_t pause_us)
{
    int64_t top;
    for (const enum row_kind *k = store_row_owners(); *k; k++) {
        if (rows == ROWS_STALE && *k == ROW_KEY)
            continue; /* core/reseal.c has done these, with their secrets */
        if (store_row_top(cx->store, *k, &top))
            return cx->err.code;
        for (int64_t after = 0; after < top; after += AT_ONCE) {
            if (seal_some(cx, *k, after, which, rows))
                return cx->err.code;
            if (pause_us)
                clock_wait(clock_mono_us() + pause_us);
        }
    }
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (set_mark(cx, which))
        return change_abort(cx);
    return change_commit(cx, AUDIT_NONE);
}

enum err_code
seal_again(struct cx *cx, enum row_key which, int64_t pause_us)
{
    return seal_everything(cx, which, ROWS_STALE, pause_us);
}

enum err_code
seal_secret(struct cx *cx, const char *master)
{
    bool marked, any, other = false;
    if (has_mark(cx, &marked) ||
        (!marked && store_sealed_any(cx->store, &any)) ||
        (!marked && any && backup_other_secret(cx, &other)))
        return cx->err.code;
    return other ? ERR(&cx->err, ERR_INVALID, "The database was made with "
                       "another master secret than %s: nothing in it opens. "
                       "Put the copy of the secrets of its time there (%s and "
                       "%s-audit), or name its master secret, or another "
                       "database, in the settings.", master, master, master)
                 : ERR_OK;
}

/* Is there nothing yet that could have a seal? */
static enum err_code
has_rows(struct cx *cx, bool *rows)
{
    int64_t top;
    *rows = false;
    for (const enum row_kind *k = store_row_owners(); *k && !*rows; k++) {
        if (store_row_top(cx->store, *k, &top))
            return cx->err.code;
        *rows = top > 0;
    }
    return ERR_OK;
}

enum err_code
seal_start(struct cx *cx, const char *master, bool adopt)
{
    struct stat st;
    bool marked, any, rows;
    const char *witness = witness_of(cx, master);
    if (has_mark(cx, &marked))
        return cx->err.code;
    if (marked) {
        if (!adopt && stat(witness, &st) != 0)
            leave_witness(witness, master);
        return ERR_OK;
    }
    if (seal_secret(cx, master) || store_sealed_any(cx->store, &any) ||
        has_rows(cx, &rows))
        return cx->err.code;
    if (any || (rows && !adopt && stat(witness, &st) == 0)) {
        log_note(LOG_ERROR, "row_seals_missing", "The database has lost the "
            "mark that its rows are sealed: somebody has changed it, or it "
            "is of another time. Its keys are refused. If it is one of before "
            "rows were sealed, and yours: keylodge restore takes it");
        return ERR_OK;
    }
    /* all of it or nothing: half of it would look like a lost mark */
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (seal_everything(cx, ROW_KEY_NOW, ROWS_ALL, 0))
        return change_abort(cx);
    if (change_commit(cx, AUDIT_NONE))
        return cx->err.code;
    if (!adopt)
        leave_witness(witness, master);
    log_note(LOG_INFO, "rows_sealed", "each key, workspace and user");
    return ERR_OK;
}

/* ---- what is broken ---- */

static void
tell(struct str name, const char *what)
{
    struct log_line l;
    log_begin(&l, LOG_ERROR, "row_seal_broken");
    log_cstr(&l, "kind", what);
    log_str(&l, "id", name);
    log_end(&l);
}

static void
alarm_once(const struct cx *cx, uint64_t id, struct str name,
    const char *what)
{
    static _Atomic int64_t told[64]; /* the minute of the last line */
    int64_t minute = cx->now_s / 60;
    if (atomic_exchange(&told[id % COUNT_OF(told)], minute) != minute)
        tell(name, what);
}

void
seal_alarm(const struct cx *cx, const struct key *k)
{
    alarm_once(cx, (uint64_t)k->id, k->prefix, "key");
}

void
seal_alarm_person(const struct cx *cx, int64_t id, const char *what,
    struct str name)
{
    /* the third letter: users, sessions and links of one id have places of
     * their own */
    alarm_once(cx, (uint64_t)id + (uint64_t)(unsigned char)what[2] * 31u,
        name, what);
}

bool
seal_user(const struct cx *cx, const struct user *u)
{
    if (u->broken)
        seal_alarm_person(cx, u->id, "user", u->email);
    return u->id && !u->broken;
}

enum err_code
seal_refuse_user(struct cx *cx)
{
    ERR(&cx->err, ERR_FORBIDDEN, "What is stored about this account was "
        "changed outside of Keylodge (row seal broken). Nobody signs in with "
        "it until whoever runs this installation has looked at it.");
    cx->err.reason = "row_seal_broken";
    return cx->err.code;
}

enum err_code
seal_refuse(struct cx *cx)
{
    tell(cx->ws.slug, "workspace");
    cx->ws = (struct workspace){ 0 };
    ERR(&cx->err, ERR_FORBIDDEN, "What is stored about this workspace, or who "
        "is in it, was changed outside of Keylodge (row seal broken). Nobody "
        "gets in until whoever runs this installation has looked at it.");
    cx->err.reason = "row_seal_broken";
    return cx->err.code;
}

/* In the open transaction: mail and events, but for what is one of many.  Who
 * has lost the master secret need not be told of each key. */
static enum err_code
alert(struct cx *cx, const struct row_state *row, const char *kind)
{
    int64_t here, all;
    if (store_broken_count(cx->store, row->workspace_id, &here) ||
        store_broken_all(cx->store, SEAL_TOLD_MOST + 1, &all))
        return cx->err.code;
    struct notice n = { .kind = NOTICE_SEAL_BROKEN, .broken = kind,
        .broken_name = row->name, .to_owners = here <= SEAL_TOLD_MOST,
        .to_operators = all <= SEAL_TOLD_MOST };
    return notice_add(cx, &n);
}

/* Found, or whole again. */
static enum err_code
note(struct cx *cx, const struct row_state *row)
{
    const char *what = row->kind == ROW_KEY ? "key"
        : row->kind == ROW_USER             ? "user"
                                            : "workspace";
    if (store_workspace_by_id(cx->store, row->workspace_id, 0, &cx->ws) ||
        CHANGE_BEGIN(cx))
        return cx->err.code;
    if (store_broken_set(cx->store, row, cx->now_s))
        return change_abort(cx);
    struct audit_event event = { "seal.broken", what, row->name, STR(""),
        NULL };
    if (row->broken && alert(cx, row, what))
        return change_abort(cx);
    if (row->broken)
        tell(row->name, event.object_kind);
    return change_commit(cx, row->broken ? &event : AUDIT_NONE);
}

static bool
is_among(const int64_t *ids, size_t n, int64_t id)
{
    for (size_t i = 0; i < n; i++)
        if (ids[i] == id)
            return true;
    return false;
}

/* What is looked at.  A link of the set-up is found when somebody uses it. */
static const enum row_kind walked[] = { ROW_KEY, ROW_WORKSPACE, ROW_USER };

enum err_code
seal_sweep(struct cx *cx, struct seal_walk *w)
{
    struct row_state *rows;
    int64_t kept[ROWS_MOST];
    size_t n, n_kept = 0;
    enum row_kind kind = walked[w->kind];
    if (store_row_walk(cx->store, kind, w->after, SWEEP, &rows, &n) ||
        (n && store_broken_noted(cx->store, kind, w->after, rows[n - 1].id,
                  kept, &n_kept)))
        return cx->err.code;
    cx->actor.kind = ACTOR_NONE; /* nobody does it, and nobody may more */
    for (size_t i = 0; i < n; i++)
        if (rows[i].broken != is_among(kept, n_kept, rows[i].id) &&
            note(cx, &rows[i]))
            return cx->err.code;
    w->after = n ? rows[n - 1].id : 0;
    if (n < SWEEP) {
        w->after = 0;
        w->kind = (w->kind + 1) % (int)COUNT_OF(walked);
    }
    return ERR_OK;
}

static enum err_code
count_kind(struct cx *cx, enum row_kind kind, int64_t *rows, int64_t *broken)
{
    int64_t after = 0;
    size_t n = ROWS_MOST;
    while (n == ROWS_MOST && !cx->err.code) {
        struct row_state *some;
        arena_reset(store_arena(cx->store));
        if (store_row_walk(cx->store, kind, after, ROWS_MOST, &some, &n))
            return cx->err.code;
        for (size_t i = 0; i < n; i++)
            *broken += some[i].broken;
        *rows += (int64_t)n;
        after = n ? some[n - 1].id : after;
    }
    return cx->err.code;
}

enum err_code
seal_count(struct cx *cx, int64_t *rows, int64_t *broken)
{
    /* there may be more of them than memory */
    struct arena *spare = arena_new(SPARE);
    struct arena *before = store_swap(cx->store, spare);
    *rows = *broken = 0;
    for (size_t i = 0; i < COUNT_OF(walked) && !cx->err.code; i++)
        (void)count_kind(cx, walked[i], rows, broken);
    (void)store_swap(cx->store, before);
    arena_free(spare);
    return cx->err.code;
}

enum err_code
seal_broken_here(struct cx *cx, int64_t *n)
{
    return store_broken_count(cx->store, cx->ws.id, n);
}

enum err_code
seal_broken_people(struct cx *cx, int64_t *n)
{
    return store_broken_people(cx->store, cx->ws.id, n);
}

enum err_code
seal_broken_any(struct cx *cx, bool *any)
{
    int64_t n;
    *any = !store_broken_all(cx->store, 1, &n) && n > 0;
    return cx->err.code;
}

enum err_code
seal_broken_all(struct cx *cx, int64_t *n)
{
    return store_broken_all(cx->store, 1000, n);
}

enum err_code
seal_secret_fits(struct cx *cx, bool *fits)
{
    struct str mark;
    *fits = false;
    if (store_sealed_mark(cx->store, &mark))
        return cx->err.code;
    *fits = mark.n == 0 || mark_fits(cx, mark);
    return ERR_OK;
}
